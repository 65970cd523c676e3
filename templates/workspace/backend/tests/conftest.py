"""Clients of the application under test."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import text

from backend.core.settings import CommonSettings, DatabaseSettings, TestSettings
from backend.main import create_app


@pytest.fixture
def anyio_backend() -> str:
    """The event loop of the asynchronous tests."""
    return "asyncio"


@pytest.fixture
def settings() -> CommonSettings:
    """The settings of the test environment, with a database that is surely away."""
    away = SecretStr("postgresql+asyncpg://postgres@127.0.0.1:1/away")
    return TestSettings(database=DatabaseSettings(url=away))


@asynccontextmanager
async def client_of(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client that calls a started application without a socket."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://test") as client,
    ):
        yield client


@pytest.fixture
async def client(settings: CommonSettings) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application without a database."""
    async with client_of(create_app(settings)) as client:
        yield client


@pytest.fixture
async def db_client() -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application with the database of ``DATABASE_URL``, if it is migrated."""
    app = create_app(TestSettings())
    async with client_of(app) as client:
        try:
            async with app.state.database.engine.connect() as connection:
                await connection.execute(text("SELECT 1 FROM crawl_jobs LIMIT 1"))
        except Exception as error:  # whatever is wrong, the test cannot run
            pytest.skip(f"no database: {error}")
        yield client

"""Liveness, and the state of everything this service stands on."""

import asyncio
from collections.abc import Awaitable
from time import perf_counter
from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel
from sqlalchemy import text

from backend.core.redis import Cache
from backend.core.settings import CommonSettings
from backend.database.session import Database
from backend.services.task_queue import TaskQueue

router = APIRouter()

# Longer than any client's own timeout, so that the better message wins.
TIMEOUT_SECONDS = 6

State = Literal["healthy", "degraded", "unhealthy"]


class Health(BaseModel):
    """The process answers."""

    status: State
    service: str = "backend"
    environment: str


class Component(BaseModel):
    """One thing this service stands on."""

    status: State
    milliseconds: int
    message: str | None = None


class DetailedHealth(Health):
    """The process and what it stands on; the worst of them decides."""

    components: dict[str, Component]


async def _probe(check: Awaitable[object], when_down: State) -> Component:
    """Times a check. What it raises becomes the message."""
    started = perf_counter()
    status: State = "healthy"
    message = None
    try:
        await asyncio.wait_for(check, TIMEOUT_SECONDS)
    except Exception as error:  # a health check reports whatever there is
        status = when_down
        message = (str(error) or type(error).__name__).splitlines()[0]
    milliseconds = round((perf_counter() - started) * 1000)
    return Component(status=status, milliseconds=milliseconds, message=message)


async def _ping_database(database: Database) -> None:
    async with database.engine.connect() as connection:
        await connection.execute(text("SELECT 1"))


async def _find_worker(queue: TaskQueue) -> None:
    if not await queue.has_worker():
        raise RuntimeError("no worker answers")


@router.get("", response_model=Health)
async def get_health(request: Request) -> Health:
    """Whether the process answers; asks nobody else."""
    settings: CommonSettings = request.app.state.settings
    return Health(status="healthy", environment=settings.environment)


@router.get("/detailed", response_model=DetailedHealth)
async def get_detailed_health(request: Request, response: Response) -> DetailedHealth:
    """The state of every component; 503 when one that is needed is down."""
    state = request.app.state
    settings: CommonSettings = state.settings
    cache: Cache = state.cache
    redis_down: State = "degraded" if settings.tolerates_missing_redis else "unhealthy"
    checks = {
        "database": _probe(_ping_database(state.database), "unhealthy"),
        "redis_cache": _probe(cache.ping(), redis_down),
        "redis_limiter": _probe(state.limiter.ping(), redis_down),
        # Jobs wait for a worker; everything else works without one.
        "celery": _probe(_find_worker(state.queue), "degraded"),
    }
    components = dict(zip(checks, await asyncio.gather(*checks.values()), strict=True))
    found = {component.status for component in components.values()}
    worst: State = next(s for s in ("unhealthy", "degraded", "healthy") if s in found)
    if worst == "unhealthy":
        response.status_code = 503
    return DetailedHealth(status=worst, environment=settings.environment, components=components)

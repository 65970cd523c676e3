"""The connection pool, and one session per request."""

from collections.abc import AsyncIterator

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from backend.core.settings import DatabaseSettings

CONNECT_TIMEOUT_SECONDS = 5


class Database:
    """The pool of one application; it connects on first use."""

    def __init__(self, settings: DatabaseSettings) -> None:
        self.engine = create_async_engine(
            settings.url.get_secret_value(),
            pool_size=settings.pool_size,
            max_overflow=settings.max_overflow,
            pool_pre_ping=settings.pool_pre_ping,
            echo=settings.echo,
            connect_args={"timeout": CONNECT_TIMEOUT_SECONDS},
        )
        self.session = async_sessionmaker(self.engine, expire_on_commit=False)

    async def close(self) -> None:
        """Closes every connection."""
        await self.engine.dispose()


async def get_session(request: Request) -> AsyncIterator[AsyncSession]:
    """The session of a request. What the endpoint did not commit is rolled back."""
    database: Database = request.app.state.database
    async with database.session() as session:
        yield session

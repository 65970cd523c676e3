"""The worker's connection to PostgreSQL: synchronous, like its tasks."""

from functools import lru_cache

from sqlalchemy import create_engine
from sqlalchemy.orm import Session, sessionmaker

from backend.core.settings import get_settings

CONNECT_TIMEOUT_SECONDS = 5


@lru_cache
def _sessions() -> sessionmaker[Session]:
    """Made on first use, and so in the process that runs the task, never before the fork."""
    settings = get_settings().database
    engine = create_engine(
        settings.sync_url,
        # A worker process runs one task at a time.
        pool_size=1,
        max_overflow=1,
        pool_pre_ping=settings.pool_pre_ping,
        connect_args={"connect_timeout": CONNECT_TIMEOUT_SECONDS},
    )
    # A job that is deleted meanwhile must still be readable here.
    return sessionmaker(engine, expire_on_commit=False)


def session() -> Session:
    """A session; use it in a ``with`` block."""
    return _sessions()()

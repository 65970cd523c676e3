"""``DATABASE_*``: the PostgreSQL connection and its pool."""

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url

ASYNC_DRIVER = "postgresql+asyncpg://"
SYNC_DRIVER = "postgresql+psycopg"
# Asyncpg's alone.
ASYNC_OPTIONS = (
    "async_fallback",
    "command_timeout",
    "direct_tls",
    "prepared_statement_cache_size",
)


class DatabaseSettings(BaseSettings):
    """Where the database is, and how many connections a process may hold."""

    model_config = SettingsConfigDict(
        env_prefix="DATABASE_",
        env_file=[".env", "backend/.env"],
        extra="ignore",
        hide_input_in_errors=True,
    )

    url: SecretStr
    # Supabase's session pooler allows 15 connections on its smallest plan.
    pool_size: int = Field(default=5, ge=1, le=100)
    max_overflow: int = Field(default=10, ge=0, le=200)
    pool_pre_ping: bool = True
    echo: bool = False

    @field_validator("url")
    @classmethod
    def _is_async(cls, url: SecretStr) -> SecretStr:
        if not url.get_secret_value().startswith(ASYNC_DRIVER):
            raise ValueError(f"must start with {ASYNC_DRIVER}")
        return url

    @property
    def sync_url(self) -> str:
        """The same database for the worker, which is not asynchronous.

        What asyncpg calls ``ssl`` is ``sslmode`` for psycopg, which refuses any
        option that it does not know.
        """
        url = make_url(self.url.get_secret_value()).set(drivername=SYNC_DRIVER)
        query = {
            {"ssl": "sslmode"}.get(name, name): value
            for name, value in url.query.items()
            if name not in ASYNC_OPTIONS
        }
        return url.set(query=query).render_as_string(hide_password=False)

"""``DATABASE_*``: the PostgreSQL connection and its pool."""

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ASYNC_DRIVER = "postgresql+asyncpg://"
SYNC_DRIVER = "postgresql+psycopg://"


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
    pool_size: int = Field(default=5, ge=1, le=20)
    max_overflow: int = Field(default=10, ge=0, le=20)
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
        """The same database for the worker, which is not asynchronous."""
        return self.url.get_secret_value().replace(ASYNC_DRIVER, SYNC_DRIVER, 1)

"""The settings object that the application carries: every section in one place."""

from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from backend.core.settings.celery import CelerySettings
from backend.core.settings.database import DatabaseSettings
from backend.core.settings.rate_limit import RateLimitSettings
from backend.core.settings.redis import RedisSettings
from backend.core.settings.security import SecuritySettings
from backend.core.settings.storage import StorageSettings
from backend.core.settings.supabase import SupabaseSettings


class CommonSettings(BaseSettings):
    """The server's own settings, composed with those of each part.

    The process environment wins over ``backend/.env``, which wins over the root
    ``.env``. Paths are relative to the working directory: start from the root.
    """

    model_config = SettingsConfigDict(
        env_file=[".env", "backend/.env"], extra="ignore", hide_input_in_errors=True
    )

    environment: Literal["development", "staging", "production", "test"] = "development"
    debug: bool = False
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1024, le=65535)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = "INFO"

    database: DatabaseSettings = Field(default_factory=DatabaseSettings)
    supabase: SupabaseSettings = Field(default_factory=SupabaseSettings)
    cache: RedisSettings = Field(default_factory=RedisSettings)
    limiter: RateLimitSettings = Field(default_factory=RateLimitSettings)
    celery: CelerySettings = Field(default_factory=CelerySettings)
    security: SecuritySettings = Field(default_factory=SecuritySettings)
    storage: StorageSettings = Field(default_factory=StorageSettings)

    @property
    def tolerates_missing_redis(self) -> bool:
        """Whether the API may run without Redis, uncached and unlimited."""
        return self.environment in ("development", "test")

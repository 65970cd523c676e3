"""Defaults and refusals of each environment, and the choice between them."""

from functools import lru_cache
from typing import Literal, Self

from pydantic import model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from backend.core.settings.base import CommonSettings

LOCAL = ("localhost", "127.0.0.1", "[::1]", "0.0.0.0")


class DevSettings(CommonSettings):
    """A developer's machine: talkative, and forgiving about Redis."""

    environment: Literal["development"] = "development"
    debug: bool = True
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = "DEBUG"


class TestSettings(CommonSettings):
    """Test runs: quiet."""

    __test__ = False  # pytest would collect it by its name

    environment: Literal["test"] = "test"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = "WARNING"


class ProdSettings(CommonSettings):
    """Staging and production: whatever belongs to a developer's machine is refused."""

    environment: Literal["staging", "production"] = "production"

    @model_validator(mode="after")
    def _is_fit_for_users(self) -> Self:
        addresses = {
            "DATABASE_URL": self.database.url.get_secret_value(),
            "SUPABASE_URL": str(self.supabase.url),
            "CELERY_BROKER_URL": str(self.celery.broker_url),
            "CELERY_RESULT_BACKEND": str(self.celery.result_backend),
            "ALLOWED_ORIGINS": " ".join(self.security.allowed_origins),
        }
        if self.cache.enabled:
            addresses["CACHE_REDIS_HOST"] = self.cache.redis_host
        if self.limiter.enabled:
            addresses["LIMITER_REDIS_HOST"] = self.limiter.redis_host
        problems = [
            f"{name} points to this machine"
            for name, address in addresses.items()
            if any(local in address for local in LOCAL)
        ]
        if self.debug:
            problems.append("DEBUG is on")
        if self.database.echo:
            problems.append("DATABASE_ECHO is on")
        if self.security.demo_user_enabled:
            problems.append("DEMO_USER_ENABLED is on")
        if problems:
            raise ValueError(f"not fit for {self.environment}: {'; '.join(problems)}")
        return self


class _Choice(BaseSettings):
    """Reads the one variable that decides which class reads the rest."""

    model_config = SettingsConfigDict(
        env_file=[".env", "backend/.env"], extra="ignore", hide_input_in_errors=True
    )

    environment: Literal["development", "staging", "production", "test"] = "development"


@lru_cache
def get_settings() -> CommonSettings:
    """The settings of this process, read and validated once."""
    settings: dict[str, type[CommonSettings]] = {
        "development": DevSettings,
        "test": TestSettings,
        "staging": ProdSettings,
        "production": ProdSettings,
    }
    return settings[_Choice().environment]()

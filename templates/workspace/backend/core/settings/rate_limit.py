"""``LIMITER_*``: how often a caller may use the expensive endpoints."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class RateLimitSettings(BaseSettings):
    """A number of requests per window, counted in Redis."""

    model_config = SettingsConfigDict(
        env_prefix="LIMITER_",
        env_file=[".env", "backend/.env"],
        extra="ignore",
        hide_input_in_errors=True,
    )

    enabled: bool = True
    redis_host: str = "127.0.0.1"
    redis_port: int = Field(default=6379, ge=1, le=65535)
    redis_password: SecretStr | None = None
    redis_db: int = Field(default=1, ge=0, le=15)
    prefix: str = "pixcrawler:limiter:"
    default_times: int = Field(default=30, ge=1)
    default_seconds: int = Field(default=60, ge=1)

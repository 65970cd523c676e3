"""``CACHE_*``: the Redis database that holds what may be lost."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class RedisSettings(BaseSettings):
    """The cache. It shares its server with the limiter, never its database."""

    model_config = SettingsConfigDict(
        env_prefix="CACHE_",
        env_file=[".env", "backend/.env"],
        extra="ignore",
        hide_input_in_errors=True,
    )

    enabled: bool = True
    redis_host: str = "127.0.0.1"
    redis_port: int = Field(default=6379, ge=1, le=65535)
    redis_password: SecretStr | None = None
    redis_db: int = Field(default=0, ge=0, le=15)
    prefix: str = "pixcrawler:cache:"
    default_ttl: int = Field(default=60, ge=60, le=86400)

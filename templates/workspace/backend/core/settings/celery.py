"""``CELERY_*``: the queue between the API and its worker."""

from pydantic import Field, RedisDsn
from pydantic_settings import BaseSettings, SettingsConfigDict


class CelerySettings(BaseSettings):
    """Broker, result store and limits; read by the API and by the worker."""

    model_config = SettingsConfigDict(
        env_prefix="CELERY_",
        env_file=[".env", "backend/.env"],
        extra="ignore",
        hide_input_in_errors=True,
    )

    broker_url: RedisDsn = RedisDsn("redis://127.0.0.1:6379/2")
    result_backend: RedisDsn = RedisDsn("redis://127.0.0.1:6379/3")
    task_time_limit: int = Field(default=1800, ge=1, le=86400)
    worker_concurrency: int = Field(default=2, ge=1, le=256)

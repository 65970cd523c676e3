"""The Celery application, configured by the backend's settings."""

from typing import Any

from celery import Celery
from celery.signals import setup_logging

from backend.core.settings import get_settings
from utility.logging_config import configure_logging

settings = get_settings()

app = Celery("celery_core", include=["celery_core.tasks"])
app.conf.update(
    broker_url=str(settings.celery.broker_url),
    result_backend=str(settings.celery.result_backend),
    broker_connection_retry_on_startup=True,
    task_time_limit=settings.celery.task_time_limit,
    worker_concurrency=settings.celery.worker_concurrency,
    # A task is acknowledged when it ends: one that a crash interrupts runs again.
    task_acks_late=True,
    worker_prefetch_multiplier=1,
    task_serializer="json",
    result_serializer="json",
    accept_content=["json"],
    # Log lines are ours already; Celery would wrap each into one of its own.
    worker_redirect_stdouts=False,
)


@setup_logging.connect
def _configure_logging(**_: Any) -> None:
    """Takes the place of Celery's own set-up: its lines and ours go the same way."""
    configure_logging(settings.log_level)

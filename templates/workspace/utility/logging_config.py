"""Logging of every Python process: one format, one stream, one level.

Loguru writes to stderr. Records of libraries that use the standard ``logging``
are handed to it, so that Celery's lines and a task's own lines look alike.
"""

import logging
import sys
from typing import TYPE_CHECKING, Literal

from loguru import logger
from pydantic_settings import BaseSettings, SettingsConfigDict

if TYPE_CHECKING:
    from loguru import Logger


class LoggingSettings(BaseSettings):
    """How log lines are written, read from the root ``.env``."""

    model_config = SettingsConfigDict(env_prefix="PIXCRAWLER_", env_file=".env", extra="ignore")

    environment: Literal["development", "test", "staging", "production"] = "development"


class _ToLoguru(logging.Handler):
    """Hands the records of the standard library's loggers to Loguru."""

    def emit(self, record: logging.LogRecord) -> None:
        level: str | int = record.levelname
        if level not in logging.getLevelNamesMapping():
            level = record.levelno
        logger.patch(
            lambda loguru_record: loguru_record.update(
                name=record.name, function=record.funcName, line=record.lineno
            )
        ).opt(exception=record.exc_info).log(level, record.getMessage())


def configure_logging(level: str) -> None:
    """Send everything from ``level`` up to stderr: text for people, JSON in production."""
    logger.remove()
    logger.add(
        sys.stderr,
        level=level,
        serialize=LoggingSettings().environment == "production",
        # A traceback with the values of its variables would print secrets.
        diagnose=False,
    )
    logging.basicConfig(handlers=[_ToLoguru()], level=level, force=True)
    # Their DEBUG lines are about themselves, one per query or connection.
    for chatty in ("asyncio", "httpcore", "httpx", "kombu", "amqp", "watchfiles"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def get_logger(name: str) -> "Logger":
    """The logger of a module: ``logger = get_logger(__name__)``."""
    return logger.bind(logger=name)

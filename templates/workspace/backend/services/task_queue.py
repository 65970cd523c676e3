"""The API's end of the queue: it names tasks and never imports the worker."""

import asyncio

from celery import Celery
from kombu.exceptions import OperationalError

from backend.core.exceptions import RedisError
from backend.core.settings import CelerySettings

CRAWL = "celery_core.tasks.crawl"

# A request cannot wait for Redis to come back: one attempt, of two seconds at most.
TRANSPORT_OPTIONS = {"socket_connect_timeout": 2, "socket_timeout": 2, "max_retries": 0}


class TaskQueue:
    """Sends tasks to the worker, and asks whether one listens."""

    def __init__(self, settings: CelerySettings) -> None:
        # No result store: what a job came to stands in the database.
        self._celery = Celery("backend", broker=str(settings.broker_url))
        self._celery.conf.broker_transport_options = TRANSPORT_OPTIONS

    async def crawl(self, job_id: int, task_id: str) -> None:
        """Queues the crawl of a job. Raises RedisError when the broker is away."""
        try:
            await asyncio.to_thread(
                self._celery.send_task,
                CRAWL,
                args=[job_id],
                task_id=task_id,
                ignore_result=True,
                retry=False,
            )
        except OperationalError as error:
            raise RedisError("the task queue cannot reach Redis") from error

    async def has_worker(self) -> bool:
        """Whether a worker answers within a second."""
        # With a limit, the first answer ends the wait.
        return bool(await asyncio.to_thread(self._celery.control.ping, timeout=1.0, limit=1))

    def close(self) -> None:
        """Closes the connections."""
        self._celery.close()

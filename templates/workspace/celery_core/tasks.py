"""The tasks. They are retried only for faults of the infrastructure, and by hand."""

import time

from celery import Task
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from backend.core.settings import get_settings
from backend.models import CrawlJob
from backend.services.storage import storage_for
from celery_core import jobs
from celery_core.app import app
from celery_core.database import session
from celery_core.finder import find, shares
from utility.logging_config import get_logger

logger = get_logger(__name__)

MAX_RETRIES = 3
RETRY_SECONDS = 60

# How long a pretended crawl takes, whatever it finds.
CRAWL_SECONDS = 2.0


@app.task(name="celery_core.tasks.crawl", bind=True, acks_late=True, max_retries=MAX_RETRIES)
def crawl(self: Task, job_id: int) -> int:
    """Crawls a job's keywords and returns the number of images found.

    A job that was stopped, deleted or queued anew belongs to another task: this one ends.
    """
    log = logger.bind(job_id=job_id, task_id=self.request.id)
    try:
        with session() as db:
            job = jobs.take(db, job_id, self.request.id)
            if job is None:
                log.info("job {} is not for this task", job_id)
                return 0
            log.info("job {} is running: {}", job_id, ", ".join(job.keywords))
            return _crawl(db, job, self.request.id)
    except (OperationalError, ConnectionError) as error:
        attempt = self.request.retries + 1
        log.warning("job {}: attempt {} failed: {}", job_id, attempt, error)
        if attempt > MAX_RETRIES:
            raise
        raise self.retry(exc=error, countdown=RETRY_SECONDS) from error
    except Exception as error:
        log.exception("job {} failed", job_id)
        with session() as db:
            jobs.fail(db, job_id, self.request.id, str(error))
        raise


def _crawl(db: Session, job: CrawlJob, task_id: str) -> int:
    """Finds, stores and records image after image, as long as the job is this task's."""
    storage = storage_for(get_settings().storage)
    total = job.max_images
    found = 0
    for chunk, (keyword, count) in enumerate(shares(job.keywords, total), start=1):
        for number in range(1, count + 1):
            image = find(keyword, number)
            path = f"jobs/{job.id}/{image.filename}"
            time.sleep(CRAWL_SECONDS / total)
            storage.write(path, image.data)
            found += 1
            if not jobs.add_image(db, job, task_id, image, path, found):
                logger.info("job {} was stopped before image {}", job.id, found)
                return found - 1
        jobs.finish_chunk(db, job, task_id, chunk)
    jobs.complete(db, job, task_id)
    logger.info("job {} is complete: {} images", job.id, found)
    return found

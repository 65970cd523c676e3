"""The life of a crawl job: pending → running → completed, failed or cancelled."""

from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.exceptions import ConflictError, NotFoundError
from backend.models import ActivityLog, CrawlJob, Project
from backend.services.task_queue import TaskQueue
from utility.logging_config import get_logger

logger = get_logger(__name__)

STARTABLE = ("pending", "cancelled")
STOPPABLE = ("pending", "running")
RETRYABLE = ("failed", "cancelled")


async def project_of_user(session: AsyncSession, project_id: int, user_id: UUID) -> Project:
    """A user's own project. Raises NotFoundError, also for those of others."""
    project = await session.get(Project, project_id)
    if project is None or project.user_id != user_id:
        raise NotFoundError(f"there is no project {project_id}")
    return project


async def job_of_user(session: AsyncSession, job_id: int, user_id: UUID) -> CrawlJob:
    """A user's own job. Raises NotFoundError, also for those of others."""
    own = (
        select(CrawlJob)
        .join(Project, Project.id == CrawlJob.project_id)
        .where(CrawlJob.id == job_id, Project.user_id == user_id)
    )
    job = (await session.execute(own)).scalar_one_or_none()
    if job is None:
        raise NotFoundError(f"there is no job {job_id}")
    return job


async def enqueue(session: AsyncSession, queue: TaskQueue, job: CrawlJob, user_id: UUID) -> None:
    """Sets a job back to its beginning and queues it.

    The row is committed first, so that the worker finds it. If the queue is away the job stays
    pending and can be started later.
    """
    job.status = "pending"
    job.progress = job.downloaded_images = 0
    job.total_chunks = len(job.keywords)
    job.completed_chunks = job.failed_chunks = 0
    job.error = job.started_at = job.completed_at = None
    # The worker takes the job only under this id: a stopped task stays stopped.
    job.task_id = str(uuid4())
    record(session, user_id, "job.queued", job)
    await session.commit()
    await queue.crawl(job.id, job.task_id)
    logger.info("job {} is queued as {}", job.id, job.task_id)


async def stop(session: AsyncSession, job: CrawlJob, user_id: UUID) -> None:
    """Cancels a job; a running task notices before its next image."""
    require(job, STOPPABLE, "stopped")
    job.status = "cancelled"
    job.task_id = None
    record(session, user_id, "job.stopped", job)
    await session.commit()


def require(job: CrawlJob, allowed: tuple[str, ...], verb: str) -> None:
    """Raises ConflictError unless the job is in one of the states."""
    if job.status not in allowed:
        raise ConflictError(f"a job that is {job.status} cannot be {verb}")


def record(session: AsyncSession, user_id: UUID, action: str, job: CrawlJob) -> None:
    """Adds an entry to the activity log, in the caller's transaction."""
    session.add(
        ActivityLog(
            user_id=user_id,
            action=action,
            resource_type="crawl_job",
            resource_id=str(job.id),
            details={"name": job.name, "keywords": job.keywords},
        )
    )

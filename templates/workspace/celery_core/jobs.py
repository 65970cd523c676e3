"""What a task writes about its job. Each function is one transaction."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backend.models import (
    CrawlJob,
    Image,
    Notification,
    NotificationPreferences,
    Project,
    UsageMetric,
)
from celery_core.finder import FoundImage


def take(db: Session, job_id: int, task_id: str) -> CrawlJob | None:
    """The job, now running from its beginning; None when it is not this task's.

    A task may run twice, since it is acknowledged late, so the traces of a first run go.
    """
    started = {"status": "running", "progress": 0, "downloaded_images": 0, "completed_chunks": 0}
    if not _update(db, job_id, task_id, **started, started_at=datetime.now(UTC)):
        return None
    db.execute(delete(Image).where(Image.crawl_job_id == job_id))
    db.commit()
    return db.get(CrawlJob, job_id)


def add_image(
    db: Session, job: CrawlJob, task_id: str, image: FoundImage, path: str, found: int
) -> bool:
    """Records an image and the progress; false when the job is no longer this task's."""
    progress = found * 100 // job.max_images
    if not _update(db, job.id, task_id, downloaded_images=found, progress=progress):
        return False
    db.add(
        Image(
            crawl_job_id=job.id,
            keyword=image.keyword,
            original_url=image.url,
            filename=image.filename,
            storage_path=path,
            width=image.width,
            height=image.height,
            file_size=len(image.data),
            format="svg",
        )
    )
    db.commit()
    return True


def finish_chunk(db: Session, job: CrawlJob, task_id: str, chunk: int) -> None:
    """Records that the first ``chunk`` keywords are done."""
    _update(db, job.id, task_id, completed_chunks=chunk)
    db.commit()


def complete(db: Session, job: CrawlJob, task_id: str) -> None:
    """Ends the job well, counts it and tells its owner."""
    now = datetime.now(UTC)
    if _update(db, job.id, task_id, status="completed", progress=100, completed_at=now):
        _count(db, job)
        _notify(db, job, f"{job.name} is complete", f"{job.max_images} images are ready.")
    db.commit()


def fail(db: Session, job_id: int, task_id: str, error: str) -> None:
    """Ends the job badly and tells its owner."""
    now = datetime.now(UTC)
    if _update(db, job_id, task_id, status="failed", error=error, completed_at=now):
        job = db.get_one(CrawlJob, job_id)
        _notify(db, job, f"{job.name} failed", error)
    db.commit()


def _update(db: Session, job_id: int, task_id: str, **values: Any) -> bool:
    """Changes the job if it is still this task's, which also locks it until the commit."""
    mine = (
        CrawlJob.id == job_id,
        CrawlJob.task_id == task_id,
        CrawlJob.status.in_(("pending", "running")),
    )
    return db.execute(update(CrawlJob).where(*mine).values(**values)).rowcount == 1


def _owner(db: Session, job: CrawlJob) -> Any:
    return db.get_one(Project, job.project_id).user_id


def _count(db: Session, job: CrawlJob) -> None:
    row = insert(UsageMetric).values(
        user_id=_owner(db, job),
        metric_date=datetime.now(UTC).date(),
        jobs_completed=1,
        images_processed=job.max_images,
    )
    db.execute(
        row.on_conflict_do_update(
            index_elements=[UsageMetric.user_id, UsageMetric.metric_date],
            set_={
                "jobs_completed": UsageMetric.jobs_completed + 1,
                "images_processed": UsageMetric.images_processed + job.max_images,
            },
        )
    )


def _notify(db: Session, job: CrawlJob, title: str, message: str) -> None:
    owner = _owner(db, job)
    preferences = db.get(NotificationPreferences, owner)
    wanted = preferences is None or (
        preferences.job_failed if job.status == "failed" else preferences.job_completed
    )
    if wanted:
        db.add(Notification(user_id=owner, title=title, message=message))

"""Crawl jobs: made and steered here, done by the worker."""

from fastapi import APIRouter, Depends
from sqlalchemy import select

from backend.api.dependencies import CurrentUser, PageQuery, Queue, Session, page_of
from backend.core.rate_limit import rate_limit
from backend.models import CrawlJob, Project
from backend.schemas.common import Page
from backend.schemas.crawl import (
    CrawlJobCreate,
    CrawlJobOut,
    CrawlJobProgress,
    CrawlJobUpdate,
)
from backend.services import crawl_jobs as jobs

router = APIRouter()


@router.get("", response_model=Page[CrawlJobOut])
async def list_jobs(
    user: CurrentUser, session: Session, paging: PageQuery, project_id: int | None = None
) -> Page:
    """The caller's jobs, newest first, of all projects or of one."""
    own = select(CrawlJob).join(Project).where(Project.user_id == user.id)
    if project_id is not None:
        own = own.where(CrawlJob.project_id == project_id)
    return await page_of(session, own.order_by(CrawlJob.id.desc()), paging)


@router.post("", response_model=CrawlJobOut, status_code=201, dependencies=[Depends(rate_limit)])
async def create_job(
    new: CrawlJobCreate, user: CurrentUser, session: Session, queue: Queue
) -> CrawlJob:
    """Makes a job and, unless told otherwise, queues it."""
    await jobs.project_of_user(session, new.project_id, user.id)
    job = CrawlJob(**new.model_dump(exclude={"start"}))
    session.add(job)
    await session.commit()
    if new.start:
        await jobs.enqueue(session, queue, job, user.id)
    await session.refresh(job)
    return job


@router.get("/{job_id}", response_model=CrawlJobOut)
async def get_job(job_id: int, user: CurrentUser, session: Session) -> CrawlJob:
    """One job."""
    return await jobs.job_of_user(session, job_id, user.id)


@router.patch("/{job_id}", response_model=CrawlJobOut)
async def update_job(
    job_id: int, change: CrawlJobUpdate, user: CurrentUser, session: Session
) -> CrawlJob:
    """Changes what is given, unless the job is running."""
    job = await jobs.job_of_user(session, job_id, user.id)
    jobs.require(job, ("pending", "completed", "failed", "cancelled"), "changed")
    for field, value in change.model_dump(exclude_none=True).items():
        setattr(job, field, value)
    await session.commit()
    return job


@router.delete("/{job_id}", status_code=204)
async def delete_job(job_id: int, user: CurrentUser, session: Session) -> None:
    """Removes a job with its images. A running task stops at its next step."""
    job = await jobs.job_of_user(session, job_id, user.id)
    await session.delete(job)
    await session.commit()


@router.post("/{job_id}/start", response_model=CrawlJobOut, dependencies=[Depends(rate_limit)])
async def start_job(job_id: int, user: CurrentUser, session: Session, queue: Queue) -> CrawlJob:
    """Queues a job that has not run."""
    job = await jobs.job_of_user(session, job_id, user.id)
    jobs.require(job, jobs.STARTABLE, "started")
    await jobs.enqueue(session, queue, job, user.id)
    return job


@router.post("/{job_id}/stop", response_model=CrawlJobOut)
async def stop_job(job_id: int, user: CurrentUser, session: Session) -> CrawlJob:
    """Cancels a job; the images found so far stay."""
    job = await jobs.job_of_user(session, job_id, user.id)
    await jobs.stop(session, job, user.id)
    return job


@router.post("/{job_id}/retry", response_model=CrawlJobOut, dependencies=[Depends(rate_limit)])
async def retry_job(job_id: int, user: CurrentUser, session: Session, queue: Queue) -> CrawlJob:
    """Queues a job again that failed or was cancelled."""
    job = await jobs.job_of_user(session, job_id, user.id)
    jobs.require(job, jobs.RETRYABLE, "retried")
    await jobs.enqueue(session, queue, job, user.id)
    return job


@router.get("/{job_id}/progress", response_model=CrawlJobProgress)
async def get_progress(job_id: int, user: CurrentUser, session: Session) -> CrawlJob:
    """How far a job is; meant to be polled."""
    return await jobs.job_of_user(session, job_id, user.id)

"""The images that jobs found."""

import asyncio
from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.api.dependencies import CurrentUser, ImageStorage, PageQuery, Session, page_of
from backend.core.exceptions import NotFoundError
from backend.models import CrawlJob, Image, Project
from backend.schemas.common import Page
from backend.schemas.crawl import ImageOut
from backend.services.crawl_jobs import job_of_user

router = APIRouter()

MEDIA_TYPES = {"svg": "image/svg+xml", "png": "image/png", "jpg": "image/jpeg"}


async def _image_of_user(session: AsyncSession, image_id: int, user_id: UUID) -> Image:
    own = (
        select(Image)
        .join(CrawlJob, CrawlJob.id == Image.crawl_job_id)
        .join(Project, Project.id == CrawlJob.project_id)
        .where(Image.id == image_id, Project.user_id == user_id)
    )
    image = (await session.execute(own)).scalar_one_or_none()
    if image is None:
        raise NotFoundError(f"there is no image {image_id}")
    return image


@router.get("/jobs/{job_id}/images", response_model=Page[ImageOut])
async def list_images(job_id: int, user: CurrentUser, session: Session, paging: PageQuery) -> Page:
    """The images of a job, in the order in which they were found."""
    job = await job_of_user(session, job_id, user.id)
    found = select(Image).where(Image.crawl_job_id == job.id).order_by(Image.id)
    return await page_of(session, found, paging)


@router.get("/images/{image_id}", response_model=ImageOut)
async def get_image(image_id: int, user: CurrentUser, session: Session) -> Image:
    """What is known about an image."""
    return await _image_of_user(session, image_id, user.id)


@router.delete("/images/{image_id}", status_code=204)
async def delete_image(
    image_id: int, user: CurrentUser, session: Session, storage: ImageStorage
) -> None:
    """Removes an image and its bytes."""
    image = await _image_of_user(session, image_id, user.id)
    await session.delete(image)
    await session.commit()
    await asyncio.to_thread(storage.delete, image.storage_path)


@router.get("/images/{image_id}/download", response_class=Response)
async def download_image(
    image_id: int, user: CurrentUser, session: Session, storage: ImageStorage
) -> Response:
    """The bytes of an image."""
    image = await _image_of_user(session, image_id, user.id)
    return Response(
        await asyncio.to_thread(storage.read, image.storage_path),
        media_type=MEDIA_TYPES.get(image.format, "application/octet-stream"),
        headers={
            "Cache-Control": "private, max-age=3600",
            # An SVG that is opened by itself must not run scripts on our origin.
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
        },
    )

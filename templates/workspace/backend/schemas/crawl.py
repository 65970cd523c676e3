"""Projects, crawl jobs and images."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from backend.schemas.common import Row

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Keyword = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
JobStatus = Literal["pending", "running", "completed", "failed", "cancelled"]


class ProjectCreate(BaseModel):
    """A new project."""

    name: Name
    description: str | None = Field(default=None, max_length=2000)


class ProjectUpdate(BaseModel):
    """What may change in a project; what is left out stays."""

    name: Name | None = None
    description: str | None = Field(default=None, max_length=2000)
    status: Literal["active", "archived"] | None = None


class ProjectOut(Row):
    """A project."""

    id: int
    name: str
    description: str | None
    status: str
    created_at: datetime
    updated_at: datetime


class CrawlJobCreate(BaseModel):
    """A new crawl job. It is queued at once unless ``start`` is false."""

    project_id: int
    name: Name
    keywords: list[Keyword] = Field(min_length=1, max_length=10)
    max_images: int = Field(default=12, ge=1, le=100)
    start: bool = True


class CrawlJobUpdate(BaseModel):
    """What may change in a job that is not running."""

    name: Name | None = None
    keywords: list[Keyword] | None = Field(default=None, min_length=1, max_length=10)
    max_images: int | None = Field(default=None, ge=1, le=100)


class CrawlJobOut(Row):
    """A crawl job."""

    id: int
    project_id: int
    name: str
    keywords: list[str]
    max_images: int
    status: JobStatus
    progress: int
    downloaded_images: int
    error: str | None
    started_at: datetime | None
    completed_at: datetime | None
    created_at: datetime


class CrawlJobProgress(Row):
    """How far a job is: small, since it is polled."""

    id: int
    status: JobStatus
    progress: int
    downloaded_images: int
    max_images: int
    total_chunks: int
    completed_chunks: int
    failed_chunks: int
    error: str | None


class ImageOut(Row):
    """An image; its bytes are at ``/images/{id}/download``."""

    id: int
    crawl_job_id: int
    keyword: str
    original_url: str
    filename: str
    width: int
    height: int
    file_size: int
    format: str
    created_at: datetime

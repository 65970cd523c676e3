"""The work: projects, their crawl jobs and the images found."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from backend.models.base import Base, CreatedAt, UpdatedAt


class Project(CreatedAt, UpdatedAt, Base):
    """A user's folder of crawl jobs."""

    __tablename__ = "projects"
    __table_args__ = (
        Index("projects_user_id_idx", "user_id"),
        CheckConstraint("status in ('active', 'archived')", name="projects_status_check"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    user_id: Mapped[UUID] = mapped_column(
        Uuid, ForeignKey("profiles.id", ondelete="CASCADE"), nullable=False
    )
    name: Mapped[str] = mapped_column(String(120), nullable=False)
    description: Mapped[str | None] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(20), nullable=False, server_default="active")


class CrawlJob(CreatedAt, UpdatedAt, Base):
    """One crawl. A chunk is the work for one keyword; ``progress`` is in per cent."""

    __tablename__ = "crawl_jobs"
    __table_args__ = (
        Index("crawl_jobs_project_id_idx", "project_id"),
        Index("crawl_jobs_status_idx", "status"),
        CheckConstraint("progress between 0 and 100", name="crawl_jobs_progress_check"),
        CheckConstraint(
            "status in ('pending', 'running', 'completed', 'failed', 'cancelled')",
            name="crawl_jobs_status_check",
        ),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    project_id: Mapped[int] = mapped_column(
        Integer, ForeignKey("projects.id", ondelete="CASCADE"), nullable=False
    )
    name: Mapped[str] = mapped_column(String(120), nullable=False)
    keywords: Mapped[list[str]] = mapped_column(
        JSONB, nullable=False, server_default=text("'[]'::jsonb")
    )
    max_images: Mapped[int] = mapped_column(Integer, nullable=False, server_default=text("12"))
    status: Mapped[str] = mapped_column(String(20), nullable=False, server_default="pending")
    progress: Mapped[int] = mapped_column(Integer, nullable=False, server_default=text("0"))
    downloaded_images: Mapped[int] = mapped_column(
        Integer, nullable=False, server_default=text("0")
    )
    total_chunks: Mapped[int] = mapped_column(Integer, nullable=False, server_default=text("0"))
    completed_chunks: Mapped[int] = mapped_column(Integer, nullable=False, server_default=text("0"))
    failed_chunks: Mapped[int] = mapped_column(Integer, nullable=False, server_default=text("0"))
    task_id: Mapped[str | None] = mapped_column(Text)
    error: Mapped[str | None] = mapped_column(Text)
    started_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    completed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class Image(CreatedAt, Base):
    """An image that a job found; its bytes lie in the storage under ``storage_path``."""

    __tablename__ = "images"
    __table_args__ = (
        UniqueConstraint("crawl_job_id", "filename", name="images_crawl_job_id_filename_unique"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    crawl_job_id: Mapped[int] = mapped_column(
        Integer, ForeignKey("crawl_jobs.id", ondelete="CASCADE"), nullable=False
    )
    keyword: Mapped[str] = mapped_column(Text, nullable=False)
    original_url: Mapped[str] = mapped_column(Text, nullable=False)
    filename: Mapped[str] = mapped_column(String(255), nullable=False)
    storage_path: Mapped[str] = mapped_column(Text, nullable=False)
    width: Mapped[int] = mapped_column(Integer, nullable=False)
    height: Mapped[int] = mapped_column(Integer, nullable=False)
    file_size: Mapped[int] = mapped_column(Integer, nullable=False)
    format: Mapped[str] = mapped_column(String(10), nullable=False)

"""People: their profile, keys, notifications and what they did."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from backend.models.base import Base, CreatedAt, UpdatedAt

# Supabase owns this table; it is here for the foreign key below.
auth_users = Table(
    "users",
    Base.metadata,
    Column("id", Uuid, primary_key=True),
    Column("email", Text),
    schema="auth",
)


class Profile(CreatedAt, UpdatedAt, Base):
    """The application's half of a user in ``auth.users``."""

    __tablename__ = "profiles"

    id: Mapped[UUID] = mapped_column(
        Uuid, ForeignKey("auth.users.id", ondelete="CASCADE"), primary_key=True
    )
    email: Mapped[str] = mapped_column(Text, nullable=False, unique=True)
    full_name: Mapped[str | None] = mapped_column(Text)
    role: Mapped[str] = mapped_column(String(20), nullable=False, server_default="user")


class ApiKey(CreatedAt, Base):
    """A key for programs. Only its hash is kept; the prefix tells keys apart."""

    __tablename__ = "api_keys"
    __table_args__ = (Index("api_keys_user_id_idx", "user_id"),)

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, server_default=func.gen_random_uuid())
    user_id: Mapped[UUID] = mapped_column(
        Uuid, ForeignKey("profiles.id", ondelete="CASCADE"), nullable=False
    )
    name: Mapped[str] = mapped_column(String(80), nullable=False)
    key_prefix: Mapped[str] = mapped_column(String(12), nullable=False)
    key_hash: Mapped[str] = mapped_column(String(64), nullable=False, unique=True)
    usage_count: Mapped[int] = mapped_column(Integer, nullable=False, server_default=text("0"))
    last_used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class Notification(CreatedAt, Base):
    """A message to a user, such as the end of a job."""

    __tablename__ = "notifications"
    __table_args__ = (Index("notifications_user_id_is_read_idx", "user_id", "is_read"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    user_id: Mapped[UUID] = mapped_column(
        Uuid, ForeignKey("profiles.id", ondelete="CASCADE"), nullable=False
    )
    title: Mapped[str] = mapped_column(String(200), nullable=False)
    message: Mapped[str] = mapped_column(Text, nullable=False)
    is_read: Mapped[bool] = mapped_column(Boolean, nullable=False, server_default=text("false"))
    read_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class NotificationPreferences(UpdatedAt, Base):
    """Which messages a user wants. No row means the defaults."""

    __tablename__ = "notification_preferences"

    user_id: Mapped[UUID] = mapped_column(
        Uuid, ForeignKey("profiles.id", ondelete="CASCADE"), primary_key=True
    )
    email_enabled: Mapped[bool] = mapped_column(
        Boolean, nullable=False, server_default=text("true")
    )
    job_completed: Mapped[bool] = mapped_column(
        Boolean, nullable=False, server_default=text("true")
    )
    job_failed: Mapped[bool] = mapped_column(Boolean, nullable=False, server_default=text("true"))


class ActivityLog(CreatedAt, Base):
    """Who did what. It outlives the user that it speaks of."""

    __tablename__ = "activity_logs"
    __table_args__ = (Index("activity_logs_user_id_created_at_idx", "user_id", "created_at"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    user_id: Mapped[UUID | None] = mapped_column(
        Uuid, ForeignKey("profiles.id", ondelete="SET NULL")
    )
    action: Mapped[str] = mapped_column(Text, nullable=False)
    resource_type: Mapped[str | None] = mapped_column(String(40))
    resource_id: Mapped[str | None] = mapped_column(Text)
    # `metadata` is taken by SQLAlchemy itself.
    details: Mapped[dict[str, Any] | None] = mapped_column("metadata", JSONB)

"""Profiles, keys, notifications, activity and credits."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from backend.schemas.common import Row


class ProfileOut(Row):
    """The caller's profile."""

    id: UUID
    email: str
    full_name: str | None
    role: str


class ProfileUpdate(BaseModel):
    """What users may change about themselves."""

    full_name: str | None = Field(default=None, max_length=120)


class ApiKeyCreate(BaseModel):
    """A new API key."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]


class ApiKeyOut(Row):
    """An API key as it can be shown at any time."""

    id: UUID
    name: str
    key_prefix: str
    created_at: datetime
    revoked_at: datetime | None


class ApiKeyCreated(ApiKeyOut):
    """The only answer that holds the key itself."""

    key: str


class ApiKeyUsage(Row):
    """How often a key was used."""

    id: UUID
    usage_count: int
    last_used_at: datetime | None


class NotificationOut(Row):
    """A notification."""

    id: int
    title: str
    message: str
    is_read: bool
    created_at: datetime


class NotificationPreferencesOut(Row):
    """Which notifications a user wants."""

    email_enabled: bool = True
    job_completed: bool = True
    job_failed: bool = True


class NotificationPreferencesUpdate(BaseModel):
    """What is left out stays."""

    email_enabled: bool | None = None
    job_completed: bool | None = None
    job_failed: bool | None = None


class ActivityOut(Row):
    """An entry of the activity log."""

    id: int
    action: str
    resource_type: str | None
    resource_id: str | None
    details: dict[str, Any] | None
    created_at: datetime


class CreditBalance(Row):
    """A balance, in credits."""

    balance: int


class CreditPurchase(BaseModel):
    """Credits to buy."""

    amount: int = Field(ge=1, le=100_000)


class CreditTransactionOut(Row):
    """One change of the balance."""

    id: UUID
    kind: str
    amount: int
    balance_after: int
    description: str
    created_at: datetime


class UsageOut(Row):
    """What the user's jobs did on one day."""

    metric_date: date
    jobs_completed: int
    images_processed: int

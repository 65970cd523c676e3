"""SQLAlchemy models of the tables in ``frontend/lib/db/schema.ts``, which leads."""

from backend.models.account import (
    ActivityLog,
    ApiKey,
    Notification,
    NotificationPreferences,
    Profile,
)
from backend.models.base import Base
from backend.models.billing import CreditAccount, CreditTransaction, UsageMetric
from backend.models.crawl import CrawlJob, Image, Project

__all__ = [
    "ActivityLog",
    "ApiKey",
    "Base",
    "CrawlJob",
    "CreditAccount",
    "CreditTransaction",
    "Image",
    "Notification",
    "NotificationPreferences",
    "Profile",
    "Project",
    "UsageMetric",
]

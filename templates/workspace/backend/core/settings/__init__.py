"""Settings of the backend, one module per section of ``backend/.env``."""

from backend.core.settings.base import CommonSettings
from backend.core.settings.celery import CelerySettings
from backend.core.settings.database import DatabaseSettings
from backend.core.settings.environments import (
    DevSettings,
    ProdSettings,
    TestSettings,
    get_settings,
)
from backend.core.settings.rate_limit import RateLimitSettings
from backend.core.settings.redis import RedisSettings
from backend.core.settings.security import SecuritySettings
from backend.core.settings.storage import StorageSettings
from backend.core.settings.supabase import SupabaseSettings

__all__ = [
    "CelerySettings",
    "CommonSettings",
    "DatabaseSettings",
    "DevSettings",
    "ProdSettings",
    "RateLimitSettings",
    "RedisSettings",
    "SecuritySettings",
    "StorageSettings",
    "SupabaseSettings",
    "TestSettings",
    "get_settings",
]

"""The environment of every test: complete, and nobody's own files."""

import os
from pathlib import Path

import pytest

# What the settings read. `pixcrawler dev --exec` and `env run` hand it to the command that they run, and a
# variable of the process wins over whatever a test writes into a file.
SINGLE = {"ALLOWED_ORIGINS", "DEBUG", "HOST", "LOG_LEVEL", "PIXCRAWLER_ENVIRONMENT", "PORT"}
PREFIXES = ("AZURE_STORAGE_", "CACHE_", "CELERY_", "DATABASE_", "LIMITER_", "STORAGE_")
for name in list(os.environ):
    known = name.upper()
    if known != "DATABASE_URL" and (known in SINGLE or known.startswith(PREFIXES)):
        del os.environ[name]

# Set before a test module imports what reads settings.
os.environ.update(
    ENVIRONMENT="test",
    SUPABASE_URL="https://example.supabase.co",
    SUPABASE_ANON_KEY="anon",
    SUPABASE_SERVICE_ROLE_KEY="service-role",
    CACHE_ENABLED="false",
    LIMITER_ENABLED="false",
    DEMO_USER_ENABLED="true",
)
# `DATABASE_URL=… uv run pytest` also runs the tests that are marked `db`.
os.environ.setdefault("DATABASE_URL", "postgresql+asyncpg://postgres@127.0.0.1:1/away")


@pytest.fixture(autouse=True)
def _no_env_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Away from the workspace there is no ``.env`` to read."""
    monkeypatch.chdir(tmp_path)

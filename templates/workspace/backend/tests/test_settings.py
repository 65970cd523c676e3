"""Settings: where values come from, and what is refused where."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from backend.core.settings import (
    CommonSettings,
    DatabaseSettings,
    DevSettings,
    ProdSettings,
    SecuritySettings,
    StorageSettings,
    get_settings,
)

PRODUCTION = {
    "ENVIRONMENT": "production",
    "DATABASE_URL": "postgresql+asyncpg://app:secret@db.example.com:5432/app",
    "SUPABASE_URL": "https://example.supabase.co",
    "ALLOWED_ORIGINS": "https://example.com",
    "CACHE_ENABLED": "true",
    "CACHE_REDIS_HOST": "redis.example.com",
    "LIMITER_ENABLED": "true",
    "LIMITER_REDIS_HOST": "redis.example.com",
    "CELERY_BROKER_URL": "rediss://redis.example.com:6380/2",
    "CELERY_RESULT_BACKEND": "rediss://redis.example.com:6380/3",
    "DEMO_USER_ENABLED": "false",
}


def set_all(monkeypatch: pytest.MonkeyPatch, values: dict[str, str]) -> None:
    for name, value in values.items():
        monkeypatch.setenv(name, value)


def test_backend_file_wins_over_root_file_and_process_over_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "backend").mkdir()
    (tmp_path / ".env").write_text("LOG_LEVEL=ERROR\nPORT=1111\nHOST=root\n")
    (tmp_path / "backend" / ".env").write_text("PORT=2222\nHOST=backend\n")
    monkeypatch.setenv("HOST", "process")

    settings = CommonSettings()

    assert (settings.log_level, settings.port, settings.host) == ("ERROR", 2222, "process")


def test_environment_chooses_the_class(monkeypatch: pytest.MonkeyPatch) -> None:
    get_settings.cache_clear()
    monkeypatch.setenv("ENVIRONMENT", "development")

    assert isinstance(get_settings(), DevSettings)
    get_settings.cache_clear()


@pytest.mark.parametrize("url", ["", "postgresql://host/db", "sqlite:///file"])
def test_database_url_needs_the_async_driver(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", url)

    with pytest.raises(ValidationError, match=r"postgresql\+asyncpg://"):
        DatabaseSettings()


def test_a_wrong_url_is_reported_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://user:hunter2@host/db")

    with pytest.raises(ValidationError) as raised:
        DatabaseSettings()

    assert "hunter2" not in str(raised.value)


def test_the_worker_gets_the_synchronous_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql+asyncpg://u:p@host/db")

    assert DatabaseSettings().sync_url == "postgresql+psycopg://u:p@host/db"


def test_the_worker_speaks_tls_in_its_own_words(monkeypatch: pytest.MonkeyPatch) -> None:
    options = "ssl=require&prepared_statement_cache_size=0&command_timeout=60&async_fallback=true"
    monkeypatch.setenv("DATABASE_URL", f"postgresql+asyncpg://u:p%40@host/db?{options}")

    assert DatabaseSettings().sync_url == "postgresql+psycopg://u:p%40@host/db?sslmode=require"


def test_origins_are_a_comma_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_ORIGINS", "http://a.example/, http://b.example,")

    assert SecuritySettings().allowed_origins == ["http://a.example", "http://b.example"]


def test_azure_needs_an_account_under_either_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORAGE_PROVIDER", "azure")
    with pytest.raises(ValidationError, match="STORAGE_AZURE_CONNECTION_STRING"):
        StorageSettings()

    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", "AccountName=a")

    assert StorageSettings().azure_connection_string is not None


def test_production_accepts_remote_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, PRODUCTION)

    assert not ProdSettings().tolerates_missing_redis


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEBUG", "true"),
        ("DATABASE_ECHO", "true"),
        ("DEMO_USER_ENABLED", "true"),
        ("DATABASE_URL", "postgresql+asyncpg://app@localhost/app"),
        ("SUPABASE_URL", "http://127.0.0.1:54321"),
        ("CACHE_REDIS_HOST", "localhost"),
        ("CELERY_BROKER_URL", "redis://127.0.0.1:6379/2"),
        ("ALLOWED_ORIGINS", "https://example.com,http://localhost:3000"),
    ],
)
def test_production_refuses_a_developers_value(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_all(monkeypatch, PRODUCTION | {name: value})

    with pytest.raises(ValidationError, match=name):
        ProdSettings()

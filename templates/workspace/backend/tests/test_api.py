"""The application as a client sees it, without a database."""

import httpx
import pytest

from backend.core.settings import CommonSettings

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("path", ["/health", "/api/v1/health"])
async def test_liveness_asks_nobody_else(path: str, client: httpx.AsyncClient) -> None:
    response = await client.get(path)

    assert response.status_code == 200
    assert response.json()["status"] == "healthy"


async def test_readiness_names_what_is_down(client: httpx.AsyncClient) -> None:
    response = await client.get("/api/v1/health/detailed")

    assert response.status_code == 503
    assert response.json()["components"]["database"]["status"] == "unhealthy"


async def test_metrics_count_requests_by_route(client: httpx.AsyncClient) -> None:
    await client.get("/health")

    response = await client.get("/metrics")

    assert 'route="/health",status="200"' in response.text


async def test_a_missing_database_is_a_503(client: httpx.AsyncClient) -> None:
    response = await client.get("/api/v1/projects")

    assert response.status_code == 503
    assert response.json()["error"]["code"] == "database_error"


async def test_without_token_or_demo_user_it_is_a_401(
    client: httpx.AsyncClient, settings: CommonSettings
) -> None:
    settings.security.demo_user_enabled = False

    response = await client.get("/api/v1/projects")

    assert response.status_code == 401


async def test_only_the_listed_origins_may_call(client: httpx.AsyncClient) -> None:
    ours = await client.get("/health", headers={"Origin": "http://localhost:3000"})
    theirs = await client.get("/health", headers={"Origin": "http://evil.example"})

    assert ours.headers["access-control-allow-origin"] == "http://localhost:3000"
    assert "access-control-allow-origin" not in theirs.headers

"""Projects and jobs, against a real database."""

import httpx
import pytest

pytestmark = [pytest.mark.anyio, pytest.mark.db]


async def make_job(client: httpx.AsyncClient) -> dict:
    """A job that is not queued, in a project of its own."""
    project = (await client.post("/api/v1/projects", json={"name": "test"})).json()
    job = {"project_id": project["id"], "name": "test", "keywords": ["cat"], "start": False}
    return (await client.post("/api/v1/jobs", json=job)).json()


async def test_a_job_lives_in_its_project(db_client: httpx.AsyncClient) -> None:
    job = await make_job(db_client)
    project = f"/api/v1/projects/{job['project_id']}"
    path = f"/api/v1/jobs/{job['id']}"

    assert (await db_client.get(path)).json()["status"] == "pending"
    assert (await db_client.delete(project)).status_code == 204
    assert (await db_client.get(path)).status_code == 404


async def test_a_stopped_job_cannot_be_stopped_again(db_client: httpx.AsyncClient) -> None:
    job = await make_job(db_client)
    path = f"/api/v1/jobs/{job['id']}/stop"

    assert (await db_client.post(path)).json()["status"] == "cancelled"
    assert (await db_client.post(path)).status_code == 409

    await db_client.delete(f"/api/v1/projects/{job['project_id']}")

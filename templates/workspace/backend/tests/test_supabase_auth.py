"""Tokens: who verifies them, and what is tried again."""

import httpx
import pytest
from tenacity import wait_none

from backend.core.exceptions import AuthenticationError, InfrastructureError
from backend.core.redis import Cache
from backend.core.settings import CommonSettings
from backend.services.supabase_auth import SupabaseAuth

pytestmark = pytest.mark.anyio

USER = {"id": "00000000-0000-4000-8000-00000000000a", "email": "a@example.com"}


class Supabase:
    """Answers with the given statuses, one a request."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(self.statuses.pop(0), json=USER)


def auth(settings: CommonSettings, supabase: Supabase) -> SupabaseAuth:
    transport = httpx.MockTransport(supabase)
    service = SupabaseAuth(settings.supabase, Cache(settings.cache), transport)
    service.retry_wait = wait_none()
    return service


async def test_a_good_token_is_a_user(settings: CommonSettings) -> None:
    supabase = Supabase(200)

    user = await auth(settings, supabase).verify("token")

    assert user.email == "a@example.com"
    assert supabase.requests[0].headers["authorization"] == "Bearer token"


async def test_a_refused_token_is_not_tried_again(settings: CommonSettings) -> None:
    supabase = Supabase(401)

    with pytest.raises(AuthenticationError):
        await auth(settings, supabase).verify("token")

    assert len(supabase.requests) == 1


async def test_a_fault_of_the_server_is_tried_again(settings: CommonSettings) -> None:
    supabase = Supabase(503, 200)

    await auth(settings, supabase).verify("token")

    assert len(supabase.requests) == 2


async def test_three_faults_are_enough(settings: CommonSettings) -> None:
    supabase = Supabase(503, 503, 503)

    with pytest.raises(InfrastructureError):
        await auth(settings, supabase).verify("token")

    assert len(supabase.requests) == 3

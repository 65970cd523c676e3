"""Verifies access tokens with Supabase Auth, which alone issues them."""

import hashlib
import json
from dataclasses import dataclass
from uuid import UUID

import httpx
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    wait_exponential,
)
from tenacity.wait import wait_base

from backend.core.exceptions import AuthenticationError, InfrastructureError
from backend.core.redis import Cache
from backend.core.settings import SupabaseSettings
from utility.logging_config import get_logger

logger = get_logger(__name__)

TIMEOUT_SECONDS = 5


@dataclass(frozen=True)
class AuthUser:
    """A signed-in user, as Supabase knows them."""

    id: UUID
    email: str


def _is_passing(error: BaseException) -> bool:
    """Whether a second attempt may succeed: the network, and the server's own faults."""
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code >= 500
    return isinstance(error, httpx.TimeoutException | httpx.NetworkError)


def _log_retry(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    logger.warning("token check failed, attempt {}: {!r}", state.attempt_number, error)


class SupabaseAuth:
    """Asks ``/auth/v1/user`` who a token belongs to, and remembers the answer briefly."""

    retry_wait: wait_base = wait_exponential(min=2, max=10)

    def __init__(
        self,
        settings: SupabaseSettings,
        cache: Cache,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._cache = cache
        self._client = httpx.AsyncClient(
            base_url=str(settings.url),
            headers={"apikey": settings.anon_key.get_secret_value()},
            timeout=TIMEOUT_SECONDS,
            transport=transport,
        )

    async def verify(self, token: str) -> AuthUser:
        """The user of a token.

        Raises AuthenticationError for a token that Supabase refuses, InfrastructureError when
        Supabase does not answer.
        """
        # A hash, so that Redis never holds a token that somebody could use.
        key = f"auth:{hashlib.sha256(token.encode()).hexdigest()}"
        if cached := await self._cache.get(key):
            user = json.loads(cached)
        else:
            user = await self._fetch(token)
            await self._cache.set(key, json.dumps({"id": user["id"], "email": user["email"]}))
        return AuthUser(id=UUID(user["id"]), email=user["email"])

    async def _fetch(self, token: str) -> dict[str, str]:
        try:
            async for attempt in AsyncRetrying(
                retry=retry_if_exception(_is_passing),
                wait=self.retry_wait,
                stop=stop_after_attempt(3),
                before_sleep=_log_retry,
                reraise=True,
            ):
                with attempt:
                    response = await self._client.get(
                        "/auth/v1/user", headers={"Authorization": f"Bearer {token}"}
                    )
                    response.raise_for_status()
        except httpx.HTTPStatusError as error:
            if error.response.status_code in (401, 403):
                raise AuthenticationError("the access token is not valid") from error
            raise InfrastructureError("Supabase Auth failed") from error
        except httpx.HTTPError as error:
            raise InfrastructureError("Supabase Auth does not answer") from error
        return response.json()

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.aclose()

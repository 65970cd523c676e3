"""A fixed window per caller and route, counted in Redis."""

from fastapi import Request
from redis.exceptions import RedisError as RedisClientError

from backend.core.exceptions import RateLimitError, RedisError
from backend.core.redis import redis_client
from backend.core.settings import CommonSettings
from utility.logging_config import get_logger

logger = get_logger(__name__)


class RateLimiter:
    """Counts requests. Without Redis it lets everything through in development only."""

    def __init__(self, settings: CommonSettings) -> None:
        self._settings = settings.limiter
        self._may_be_absent = settings.tolerates_missing_redis
        self._redis = redis_client(settings.limiter)

    async def check(self, caller: str, route: str) -> None:
        """Counts one request.

        Raises RateLimitError when the window is full, RedisError when it cannot count and must.
        """
        if not self._settings.enabled:
            return
        window = self._settings.default_seconds
        key = f"{self._settings.prefix}{route}:{caller}"
        try:
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.set(key, 0, ex=window, nx=True)
                pipe.incr(key)
                pipe.ttl(key)
                _, count, seconds_left = await pipe.execute()
        except RedisClientError as error:
            if not self._may_be_absent:
                raise RedisError("the rate limiter cannot reach Redis") from error
            logger.warning("not limiting {}: {}", route, error)
            return
        if count > self._settings.default_times:
            raise RateLimitError(
                f"at most {self._settings.default_times} requests in {window} s",
                headers={"Retry-After": str(max(seconds_left, 1))},
            )

    async def ping(self) -> None:
        """Raises what the client raises when Redis does not answer."""
        await self._redis.ping()

    async def close(self) -> None:
        """Closes the connections."""
        await self._redis.aclose()


async def rate_limit(request: Request) -> None:
    """The dependency of limited routes: ``dependencies=[Depends(rate_limit)]``."""
    limiter: RateLimiter = request.app.state.limiter
    caller = request.client.host if request.client else "unknown"
    await limiter.check(caller, request.scope["route"].name)

"""Redis clients that give up after two seconds, and a cache that may be absent."""

from redis.asyncio import Redis
from redis.exceptions import RedisError as RedisClientError

from backend.core.settings import RateLimitSettings, RedisSettings
from utility.logging_config import get_logger

logger = get_logger(__name__)

TIMEOUT_SECONDS = 2


def redis_client(settings: RedisSettings | RateLimitSettings) -> Redis:
    """A client of the database that the settings name; it connects on first use."""
    password = settings.redis_password.get_secret_value() if settings.redis_password else None
    return Redis(
        host=settings.redis_host,
        port=settings.redis_port,
        password=password or None,
        db=settings.redis_db,
        decode_responses=True,
        socket_connect_timeout=TIMEOUT_SECONDS,
        socket_timeout=TIMEOUT_SECONDS,
    )


class Cache:
    """Strings with an expiry. Without Redis it forgets everything and says so once."""

    def __init__(self, settings: RedisSettings) -> None:
        self._settings = settings
        self._redis = redis_client(settings)
        self._warned = False

    async def get(self, key: str) -> str | None:
        """The value of a key, or None when it is unknown or Redis is away."""
        if not self._settings.enabled:
            return None
        try:
            return await self._redis.get(self._settings.prefix + key)
        except RedisClientError as error:
            self._warn(error)
            return None

    async def set(self, key: str, value: str) -> None:
        """Keeps a value for the default time to live."""
        if not self._settings.enabled:
            return
        try:
            await self._redis.set(self._settings.prefix + key, value, ex=self._settings.default_ttl)
        except RedisClientError as error:
            self._warn(error)

    async def ping(self) -> None:
        """Raises what the client raises when Redis does not answer."""
        await self._redis.ping()

    async def close(self) -> None:
        """Closes the connections."""
        await self._redis.aclose()

    def _warn(self, error: RedisClientError) -> None:
        if not self._warned:
            logger.warning("the cache is off until Redis is back: {}", error)
            self._warned = True

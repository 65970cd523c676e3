"""The application, ``backend.main:app``. Start it from the root of the workspace:

uv run uvicorn backend.main:app --reload --reload-dir backend
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from redis.exceptions import RedisError as RedisClientError

from backend.api.v1.endpoints import health, metrics
from backend.api.v1.router import api_router
from backend.core.error_handlers import install_error_handlers
from backend.core.exceptions import RedisError
from backend.core.middleware import ObserveRequests
from backend.core.rate_limit import RateLimiter
from backend.core.redis import Cache
from backend.core.settings import CommonSettings, get_settings
from backend.database.session import Database
from backend.services.storage import storage_for
from backend.services.supabase_auth import SupabaseAuth
from backend.services.task_queue import TaskQueue
from utility.logging_config import configure_logging, get_logger

logger = get_logger(__name__)


async def _require_redis(app: FastAPI) -> None:
    """Fails when Redis is away; where it may be, only says so."""
    settings: CommonSettings = app.state.settings
    wanted = {
        "the cache": (settings.cache.enabled, app.state.cache),
        "the rate limiter": (settings.limiter.enabled, app.state.limiter),
    }
    for name, (enabled, client) in wanted.items():
        if not enabled:
            continue
        try:
            await client.ping()
        except RedisClientError as error:
            if not settings.tolerates_missing_redis:
                raise RedisError(f"{name} needs Redis: {error}") from error
            logger.warning("{} is off, Redis does not answer: {}", name, error)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Checks what must be there, and closes what was opened."""
    state = app.state
    await _require_redis(app)
    logger.info("backend is up, environment {}", state.settings.environment)
    yield
    await state.auth.close()
    await state.cache.close()
    await state.limiter.close()
    await state.database.close()
    state.queue.close()
    logger.info("backend is down")


def create_app(settings: CommonSettings) -> FastAPI:
    """The application with everything that hangs on it; nothing connects before it is used."""
    configure_logging(settings.log_level)
    app = FastAPI(title="Pixcrawler API", debug=settings.debug, lifespan=lifespan)

    app.state.settings = settings
    app.state.database = Database(settings.database)
    app.state.cache = Cache(settings.cache)
    app.state.limiter = RateLimiter(settings)
    app.state.auth = SupabaseAuth(settings.supabase, app.state.cache)
    app.state.queue = TaskQueue(settings.celery)
    app.state.storage = storage_for(settings.storage)

    app.add_middleware(
        CORSMiddleware,
        allow_origins=settings.security.allowed_origins,
        allow_credentials=True,
        allow_methods=["GET", "POST", "PATCH", "DELETE"],
        allow_headers=["Authorization", "Content-Type", "X-API-Key"],
    )
    app.add_middleware(ObserveRequests)
    install_error_handlers(app)

    app.include_router(api_router)
    app.include_router(metrics.router, tags=["metrics"])
    # Load balancers look here.
    app.add_api_route("/health", health.get_health, tags=["health"], response_model=health.Health)
    return app


app = create_app(get_settings())

if __name__ == "__main__":
    uvicorn.run(app, host=app.state.settings.host, port=app.state.settings.port)

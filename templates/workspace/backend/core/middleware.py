"""Counts and times every request, and logs it in debug mode."""

from time import perf_counter

from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from utility.logging_config import get_logger

logger = get_logger(__name__)

REQUESTS = Counter("http_requests_total", "Requests by route.", ["method", "route", "status"])
LATENCY = Histogram("http_request_duration_seconds", "Time to answer.", ["method", "route"])

# Probes ask every few seconds; their lines would bury the others.
QUIET = ("/health", "/metrics")


class ObserveRequests:
    """ASGI middleware: plain, because a wrapper of responses would buffer downloads."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on and watches the status go by."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status = 500
        started = perf_counter()

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, watch)
        finally:
            seconds = perf_counter() - started
            method, path = scope["method"], scope["path"]
            route = _template(scope)
            REQUESTS.labels(method, route, status).inc()
            LATENCY.labels(method, route).observe(seconds)
            if not path.endswith(QUIET):
                logger.debug("{} {} -> {} in {:.0f} ms", method, path, status, seconds * 1000)


def _template(scope: Scope) -> str:
    """The path with its parameters' names for their values: one time series per route."""
    if "route" not in scope:
        return "unmatched"
    names = {str(value): name for name, value in scope.get("path_params", {}).items()}
    segments = scope["path"].split("/")
    return "/".join(f"{{{names[s]}}}" if s in names else s for s in segments)

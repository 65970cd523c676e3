"""What can go wrong, as the API tells it: a status, a code and a sentence."""


class AppError(Exception):
    """The base of every error that a client is meant to see."""

    status_code = 500
    code = "internal_error"

    def __init__(self, message: str, *, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.headers = headers


class ValidationError(AppError):
    """The request is well formed but makes no sense."""

    status_code = 422
    code = "validation_error"


class AuthenticationError(AppError):
    """Nobody knows who is asking."""

    status_code = 401
    code = "authentication_error"


class AuthorizationError(AppError):
    """It is known who is asking, and they may not."""

    status_code = 403
    code = "authorization_error"


class NotFoundError(AppError):
    """It does not exist, or belongs to somebody else."""

    status_code = 404
    code = "not_found"


class ConflictError(AppError):
    """The thing is in a state that forbids the request."""

    status_code = 409
    code = "conflict"


class RateLimitError(AppError):
    """Too many requests; the ``Retry-After`` header says when to return."""

    status_code = 429
    code = "rate_limited"


class InfrastructureError(AppError):
    """Something this service stands on does not answer."""

    status_code = 503
    code = "infrastructure_error"


class DatabaseError(InfrastructureError):
    """PostgreSQL does not answer, or its schema is not migrated."""

    code = "database_error"


class RedisError(InfrastructureError):
    """Redis does not answer."""

    code = "redis_error"

"""Turns every exception into one shape: ``{"error": {"code", "message", "details"}}``."""

from typing import Any

import asyncpg
from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from backend.core.exceptions import AppError, DatabaseError
from utility.logging_config import get_logger

logger = get_logger(__name__)


def _response(
    status_code: int,
    code: str,
    message: str,
    details: Any = None,
    headers: dict[str, str] | None = None,
) -> JSONResponse:
    error = {"code": code, "message": message, "details": jsonable_encoder(details)}
    return JSONResponse({"error": error}, status_code=status_code, headers=headers)


async def _app_error(request: Request, error: AppError) -> JSONResponse:
    if error.status_code >= 500:
        logger.error("{} {}: {}", request.method, request.url.path, error.message)
    return _response(error.status_code, error.code, error.message, headers=error.headers)


async def _invalid_request(_: Request, error: RequestValidationError) -> JSONResponse:
    details = [{"field": ".".join(map(str, e["loc"])), "message": e["msg"]} for e in error.errors()]
    return _response(422, "validation_error", "the request is not valid", details)


async def _http_error(_: Request, error: HTTPException) -> JSONResponse:
    return _response(error.status_code, "http_error", str(error.detail), headers=error.headers)


async def _database_error(request: Request, error: Exception) -> JSONResponse:
    cause = str(error).splitlines()[0]
    logger.error("{} {}: database: {}", request.method, request.url.path, cause)
    message = "the database does not answer as expected: is it up and migrated?"
    return _response(DatabaseError.status_code, DatabaseError.code, message)


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    logger.opt(exception=error).error("{} {} failed", request.method, request.url.path)
    return _response(500, AppError.code, "an unexpected error, now in the log")


def install_error_handlers(app: FastAPI) -> None:
    """Registers the handlers, from the most particular error to the last resort."""
    app.add_exception_handler(AppError, _app_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http_error)
    # A refused connection reaches us bare, before SQLAlchemy could wrap it.
    for kind in (SQLAlchemyError, asyncpg.PostgresError, OSError, TimeoutError):
        app.add_exception_handler(kind, _database_error)
    app.add_exception_handler(Exception, _unexpected)

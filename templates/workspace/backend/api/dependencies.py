"""What endpoints ask for in their signatures."""

from typing import Annotated

from fastapi import Depends, Query, Request
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel
from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.exceptions import AuthenticationError
from backend.core.settings import CommonSettings
from backend.database.session import get_session
from backend.models import Profile
from backend.schemas.common import Page
from backend.services.profiles import demo_profile, profile_of, profile_of_key
from backend.services.storage import Storage
from backend.services.supabase_auth import SupabaseAuth
from backend.services.task_queue import TaskQueue

bearer = HTTPBearer(auto_error=False, description="A Supabase access token")
api_key = APIKeyHeader(name="X-API-Key", auto_error=False, description="A key of this API")

Session = Annotated[AsyncSession, Depends(get_session)]


async def get_current_user(
    request: Request,
    session: Session,
    token: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
    key: Annotated[str | None, Depends(api_key)],
) -> Profile:
    """Who is asking: by token, by key, or in development as the demo user."""
    settings: CommonSettings = request.app.state.settings
    auth: SupabaseAuth = request.app.state.auth
    if token:
        return await profile_of(session, await auth.verify(token.credentials))
    if key:
        return await profile_of_key(session, key)
    if settings.security.demo_user_enabled:
        return await demo_profile(session)
    raise AuthenticationError("an access token or an API key is needed")


def get_queue(request: Request) -> TaskQueue:
    """The task queue of the application."""
    return request.app.state.queue


def get_storage(request: Request) -> Storage:
    """The storage of the application."""
    return request.app.state.storage


CurrentUser = Annotated[Profile, Depends(get_current_user)]
Queue = Annotated[TaskQueue, Depends(get_queue)]
ImageStorage = Annotated[Storage, Depends(get_storage)]


class Paging(BaseModel):
    """Which part of a list is wanted."""

    limit: int = 20
    offset: int = 0


def get_paging(
    limit: Annotated[int, Query(ge=1, le=100)] = 20, offset: Annotated[int, Query(ge=0)] = 0
) -> Paging:
    """The query parameters of every list."""
    return Paging(limit=limit, offset=offset)


PageQuery = Annotated[Paging, Depends(get_paging)]


async def page_of(session: AsyncSession, query: Select, paging: Paging) -> Page:
    """Runs a query twice: for its length and for one page of its rows."""
    counted = select(func.count()).select_from(query.order_by(None).subquery())
    total = (await session.execute(counted)).scalar_one()
    rows = await session.execute(query.limit(paging.limit).offset(paging.offset))
    return Page(items=list(rows.scalars()), total=total, limit=paging.limit, offset=paging.offset)

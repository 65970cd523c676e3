"""What the caller did."""

from fastapi import APIRouter
from sqlalchemy import select

from backend.api.dependencies import CurrentUser, PageQuery, Session, page_of
from backend.models import ActivityLog
from backend.schemas.account import ActivityOut
from backend.schemas.common import Page

router = APIRouter()


@router.get("", response_model=Page[ActivityOut])
async def list_activity(user: CurrentUser, session: Session, paging: PageQuery) -> Page:
    """The caller's activity log, newest first."""
    own = select(ActivityLog).where(ActivityLog.user_id == user.id)
    return await page_of(session, own.order_by(ActivityLog.id.desc()), paging)

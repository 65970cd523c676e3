"""Notifications, and which of them a user wants."""

from datetime import UTC, datetime

from fastapi import APIRouter
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from backend.api.dependencies import CurrentUser, PageQuery, Session, page_of
from backend.core.exceptions import NotFoundError
from backend.models import Notification, NotificationPreferences
from backend.schemas.account import (
    NotificationOut,
    NotificationPreferencesOut,
    NotificationPreferencesUpdate,
)
from backend.schemas.common import Page

router = APIRouter()


@router.get("", response_model=Page[NotificationOut])
async def list_notifications(user: CurrentUser, session: Session, paging: PageQuery) -> Page:
    """The caller's notifications, newest first."""
    own = select(Notification).where(Notification.user_id == user.id)
    return await page_of(session, own.order_by(Notification.id.desc()), paging)


@router.get("/preferences", response_model=NotificationPreferencesOut)
async def get_preferences(user: CurrentUser, session: Session) -> object:
    """What the caller wants to hear of."""
    stored = await session.get(NotificationPreferences, user.id)
    return stored or NotificationPreferencesOut()


@router.patch("/preferences", response_model=NotificationPreferencesOut)
async def update_preferences(
    change: NotificationPreferencesUpdate, user: CurrentUser, session: Session
) -> NotificationPreferences:
    """Changes what is given."""
    row = insert(NotificationPreferences).values(user_id=user.id)
    await session.execute(row.on_conflict_do_nothing())
    preferences = await session.get_one(NotificationPreferences, user.id)
    for field, value in change.model_dump(exclude_none=True).items():
        setattr(preferences, field, value)
    await session.commit()
    return preferences


# Before the route with the id, which would take "read-all" for one.
@router.patch("/read-all", status_code=204)
async def mark_all_read(user: CurrentUser, session: Session) -> None:
    """Marks every notification as read."""
    unread = Notification.is_read.is_(False)
    await session.execute(
        update(Notification)
        .where(Notification.user_id == user.id, unread)
        .values(is_read=True, read_at=datetime.now(UTC))
    )
    await session.commit()


@router.patch("/{notification_id}/read", response_model=NotificationOut)
async def mark_read(notification_id: int, user: CurrentUser, session: Session) -> Notification:
    """Marks one notification as read."""
    notification = await session.get(Notification, notification_id)
    if notification is None or notification.user_id != user.id:
        raise NotFoundError(f"there is no notification {notification_id}")
    if not notification.is_read:
        notification.is_read = True
        notification.read_at = datetime.now(UTC)
        await session.commit()
    return notification

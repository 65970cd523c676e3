"""Keys for programs, sent as ``X-API-Key``."""

import secrets
from datetime import UTC, datetime
from uuid import UUID

from fastapi import APIRouter
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.api.dependencies import CurrentUser, PageQuery, Session, page_of
from backend.core.exceptions import NotFoundError
from backend.models import ApiKey
from backend.schemas.account import ApiKeyCreate, ApiKeyCreated, ApiKeyOut, ApiKeyUsage
from backend.schemas.common import Page
from backend.services.profiles import hash_key

router = APIRouter()

PREFIX_LENGTH = 12


async def _key_of_user(session: AsyncSession, key_id: UUID, user_id: UUID) -> ApiKey:
    key = await session.get(ApiKey, key_id)
    if key is None or key.user_id != user_id:
        raise NotFoundError(f"there is no API key {key_id}")
    return key


@router.get("", response_model=Page[ApiKeyOut])
async def list_keys(user: CurrentUser, session: Session, paging: PageQuery) -> Page:
    """The caller's keys, newest first, revoked ones too."""
    own = select(ApiKey).where(ApiKey.user_id == user.id).order_by(ApiKey.created_at.desc())
    return await page_of(session, own, paging)


@router.post("", response_model=ApiKeyCreated, status_code=201)
async def create_key(new: ApiKeyCreate, user: CurrentUser, session: Session) -> ApiKeyCreated:
    """Makes a key. It is shown this once; only its hash is stored."""
    key = f"px_{secrets.token_urlsafe(32)}"
    row = ApiKey(
        user_id=user.id, name=new.name, key_prefix=key[:PREFIX_LENGTH], key_hash=hash_key(key)
    )
    session.add(row)
    await session.commit()
    await session.refresh(row)
    return ApiKeyCreated(key=key, **ApiKeyOut.model_validate(row).model_dump())


@router.delete("/{key_id}", status_code=204)
async def revoke_key(key_id: UUID, user: CurrentUser, session: Session) -> None:
    """Revokes a key; its row stays for the record."""
    key = await _key_of_user(session, key_id, user.id)
    key.revoked_at = key.revoked_at or datetime.now(UTC)
    await session.commit()


@router.get("/{key_id}/usage", response_model=ApiKeyUsage)
async def get_key_usage(key_id: UUID, user: CurrentUser, session: Session) -> ApiKey:
    """How often a key was used, and when last."""
    return await _key_of_user(session, key_id, user.id)

"""Finds the profile behind a request, and makes it on the first one."""

import hashlib
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.exceptions import AuthenticationError
from backend.models import ApiKey, Profile
from backend.models.account import auth_users
from backend.services.supabase_auth import AuthUser

DEMO_USER = AuthUser(id=UUID("00000000-0000-4000-8000-000000000001"), email="demo@example.com")


async def profile_of(session: AsyncSession, user: AuthUser) -> Profile:
    """The profile of a verified user."""
    if profile := await session.get(Profile, user.id):
        return profile
    row = insert(Profile).values(id=user.id, email=user.email)
    await session.execute(row.on_conflict_do_nothing())
    await session.commit()
    return await session.get_one(Profile, user.id)


async def demo_profile(session: AsyncSession) -> Profile:
    """The profile of the demo user, whom Supabase has never heard of."""
    if profile := await session.get(Profile, DEMO_USER.id):
        return profile
    row = insert(auth_users).values(id=DEMO_USER.id, email=DEMO_USER.email)
    await session.execute(row.on_conflict_do_nothing())
    return await profile_of(session, DEMO_USER)


async def profile_of_key(session: AsyncSession, key: str) -> Profile:
    """The profile of the owner of an API key. Raises AuthenticationError."""
    used = (
        update(ApiKey)
        .where(ApiKey.key_hash == hash_key(key), ApiKey.revoked_at.is_(None))
        .values(usage_count=ApiKey.usage_count + 1, last_used_at=datetime.now(UTC))
        .returning(ApiKey.user_id)
    )
    owner = (await session.execute(used)).scalar_one_or_none()
    if owner is None:
        raise AuthenticationError("the API key is not valid")
    await session.commit()
    found = await session.execute(select(Profile).where(Profile.id == owner))
    return found.scalar_one()


def hash_key(key: str) -> str:
    """What is stored of a key. Keys are long and random, so a plain hash is enough."""
    return hashlib.sha256(key.encode()).hexdigest()

"""The caller's profile. Signing in and out is Supabase's, in the browser."""

from fastapi import APIRouter

from backend.api.dependencies import CurrentUser, Session
from backend.models import Profile
from backend.schemas.account import ProfileOut, ProfileUpdate

router = APIRouter()


@router.get("/profile", response_model=ProfileOut)
async def get_profile(user: CurrentUser) -> Profile:
    """Who the caller is."""
    return user


@router.patch("/profile", response_model=ProfileOut)
async def update_profile(change: ProfileUpdate, user: CurrentUser, session: Session) -> Profile:
    """Changes the caller's name."""
    for field, value in change.model_dump(exclude_unset=True).items():
        setattr(user, field, value)
    await session.commit()
    return user

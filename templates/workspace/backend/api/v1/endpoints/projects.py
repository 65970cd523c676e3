"""Projects: the folders of crawl jobs."""

from fastapi import APIRouter
from sqlalchemy import select

from backend.api.dependencies import CurrentUser, PageQuery, Session, page_of
from backend.models import Project
from backend.schemas.common import Page
from backend.schemas.crawl import ProjectCreate, ProjectOut, ProjectUpdate
from backend.services.crawl_jobs import project_of_user

router = APIRouter()


@router.get("", response_model=Page[ProjectOut])
async def list_projects(user: CurrentUser, session: Session, paging: PageQuery) -> Page:
    """The caller's projects, newest first."""
    own = select(Project).where(Project.user_id == user.id).order_by(Project.id.desc())
    return await page_of(session, own, paging)


@router.post("", response_model=ProjectOut, status_code=201)
async def create_project(new: ProjectCreate, user: CurrentUser, session: Session) -> Project:
    """Makes a project."""
    project = Project(user_id=user.id, **new.model_dump())
    session.add(project)
    await session.commit()
    await session.refresh(project)
    return project


@router.get("/{project_id}", response_model=ProjectOut)
async def get_project(project_id: int, user: CurrentUser, session: Session) -> Project:
    """One project."""
    return await project_of_user(session, project_id, user.id)


@router.patch("/{project_id}", response_model=ProjectOut)
async def update_project(
    project_id: int, change: ProjectUpdate, user: CurrentUser, session: Session
) -> Project:
    """Changes what is given."""
    project = await project_of_user(session, project_id, user.id)
    for field, value in change.model_dump(exclude_unset=True).items():
        setattr(project, field, value)
    await session.commit()
    await session.refresh(project)
    return project


@router.delete("/{project_id}", status_code=204)
async def delete_project(project_id: int, user: CurrentUser, session: Session) -> None:
    """Removes a project with its jobs and images."""
    project = await project_of_user(session, project_id, user.id)
    await session.delete(project)
    await session.commit()

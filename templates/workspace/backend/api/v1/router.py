"""All routers of version 1."""

from fastapi import APIRouter

from backend.api.v1.endpoints import (
    activity,
    api_keys,
    auth,
    crawl_jobs,
    credits,
    datasets,
    health,
    notifications,
    projects,
)

api_router = APIRouter(prefix="/api/v1")

api_router.include_router(health.router, prefix="/health", tags=["health"])
api_router.include_router(auth.router, prefix="/auth", tags=["auth"])
api_router.include_router(projects.router, prefix="/projects", tags=["projects"])
api_router.include_router(crawl_jobs.router, prefix="/jobs", tags=["jobs"])
api_router.include_router(datasets.router, tags=["images"])
api_router.include_router(notifications.router, prefix="/notifications", tags=["notifications"])
api_router.include_router(credits.router, prefix="/credits", tags=["credits"])
api_router.include_router(api_keys.router, prefix="/api-keys", tags=["api keys"])
api_router.include_router(activity.router, prefix="/activity", tags=["activity"])

"""The worker of the workspace: ``uv run celery -A celery_core.app worker``."""

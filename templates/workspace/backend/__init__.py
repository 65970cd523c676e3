"""The API of the workspace: start it with ``uv run uvicorn backend.main:app``."""

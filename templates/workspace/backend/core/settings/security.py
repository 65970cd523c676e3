"""Who may call the API: browsers' origins and the demo user."""

from typing import Annotated

from pydantic import field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class SecuritySettings(BaseSettings):
    """CORS and the way in without a token."""

    model_config = SettingsConfigDict(
        env_file=[".env", "backend/.env"], extra="ignore", hide_input_in_errors=True
    )

    # NoDecode: pydantic-settings would want JSON here, the file has a comma list.
    allowed_origins: Annotated[list[str], NoDecode] = ["http://localhost:3000"]
    # Requests without a token act as one fixed user. Refused in production.
    demo_user_enabled: bool = False

    @field_validator("allowed_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return [origin.strip().rstrip("/") for origin in value.split(",") if origin.strip()]
        return value

"""``STORAGE_*``: where the crawled images are kept."""

from pathlib import Path
from typing import Literal, Self

from pydantic import AliasChoices, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class StorageSettings(BaseSettings):
    """A folder on this machine, or a container in Azure."""

    model_config = SettingsConfigDict(
        env_prefix="STORAGE_",
        env_file=[".env", "backend/.env"],
        extra="ignore",
        hide_input_in_errors=True,
    )

    provider: Literal["local", "azure"] = "local"
    local_path: Path = Path("storage")
    # The root tier shares the account under its global name.
    azure_connection_string: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices(
            "STORAGE_AZURE_CONNECTION_STRING", "AZURE_STORAGE_CONNECTION_STRING"
        ),
    )
    azure_container_name: str = "images"
    azure_max_retries: int = Field(default=3, ge=0, le=10)

    @model_validator(mode="after")
    def _azure_has_an_account(self) -> Self:
        if self.provider == "azure" and not self.azure_connection_string:
            raise ValueError("STORAGE_PROVIDER=azure needs STORAGE_AZURE_CONNECTION_STRING")
        return self

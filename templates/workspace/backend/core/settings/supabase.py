"""``SUPABASE_*``: the project whose users sign in here (root ``.env``)."""

from pydantic import HttpUrl, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class SupabaseSettings(BaseSettings):
    """The Supabase project and its two keys."""

    model_config = SettingsConfigDict(
        env_prefix="SUPABASE_",
        env_file=[".env", "backend/.env"],
        extra="ignore",
        hide_input_in_errors=True,
    )

    url: HttpUrl
    anon_key: SecretStr
    service_role_key: SecretStr

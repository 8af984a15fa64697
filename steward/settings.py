"""Settings, read once from the environment and `.env`. Every name is in README's table."""

from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.errors import Misconfigured


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="STEWARD_", env_file=".env", extra="ignore", hide_input_in_errors=True, frozen=True
    )

    state: Path = Path("state")
    """Folder for the embedded PostgreSQL and Redis, keys, models and the sandbox."""
    database_url: SecretStr | None = None
    """PostgreSQL 18 of your own, as a role that may create roles. None: the embedded one."""
    redis_url: SecretStr | None = None
    secret_key: SecretStr | None = None
    """64 hexadecimal digits that encrypt tokens at rest. None: made on first run, kept in the state folder."""

    host: str = "127.0.0.1"
    port: int = Field(8081, ge=1, le=65535)
    """For webhooks, health and metrics."""
    public_url: str = ""
    """How Telegram and WhatsApp reach this port, e.g. https://bots.example.com. Needed for webhooks only."""

    sandbox: Literal["auto", "on", "off"] = "auto"
    """auto: on until the first real bot or number is connected."""
    sandbox_port: int = Field(8080, ge=1, le=65535)

    signup: Literal["open", "members"] = "members"
    """Who may make a business with `/new`: anybody, or owners of one here and the operator's people. `open` with the
    sandbox unless set."""
    new_businesses_a_day: int = Field(200, ge=0)
    """How many are made in chat, by all together."""
    starter_budget: int = Field(10, ge=0, le=1_000_000)
    """A new business's limit of a month, in its currency, or as much as that many dollars or euros where units are
    smaller. 0: none."""

    highest_budget: int = Field(100, ge=0, le=10_000_000)
    """The most that a business made in chat may spend in a month, whatever its owner sets; counted like the starter
    budget. 0: no ceiling."""

    telegram_url: str = "https://api.telegram.org"
    whatsapp_url: str = "https://graph.facebook.com/v26.0"

    openai_api_key: SecretStr | None = Field(
        None, validation_alias=AliasChoices("STEWARD_OPENAI_API_KEY", "OPENAI_API_KEY")
    )
    openai_base_url: str = Field("", validation_alias=AliasChoices("STEWARD_OPENAI_BASE_URL", "OPENAI_BASE_URL"))
    """With `model` or without a key: any server that speaks OpenAI's protocol, e.g. http://127.0.0.1:11434/v1 for
    Ollama. Else: a proxy in front of OpenAI."""
    model: str = ""
    """The one model to use at OpenAI, or at `openai_base_url`."""
    model_price: str = Field("", pattern=r"^(\d+(\.\d+)?,\d+(\.\d+)?)?$")
    """US dollars for a million tokens in and out, for a model whose price nobody lists: `0.5,1.5`."""
    groq_api_key: SecretStr | None = Field(None, validation_alias=AliasChoices("STEWARD_GROQ_API_KEY", "GROQ_API_KEY"))
    groq_base_url: str = Field("", validation_alias=AliasChoices("STEWARD_GROQ_BASE_URL", "GROQ_BASE_URL"))
    anthropic_api_key: SecretStr | None = Field(
        None, validation_alias=AliasChoices("STEWARD_ANTHROPIC_API_KEY", "ANTHROPIC_API_KEY")
    )
    anthropic_base_url: str = Field(
        "", validation_alias=AliasChoices("STEWARD_ANTHROPIC_BASE_URL", "ANTHROPIC_BASE_URL")
    )

    whisper_model: str = "base"
    """A size, a hub id or a folder."""
    fetch_allow: str = ""
    """host:port pairs, separated by commas, that may be fetched although they are not on the public internet."""
    memory_index_mb: int = Field(128, ge=0)
    """Of this process's memory, for what people said long ago. 0: read anew for each question to a model."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    typing: bool = True
    """Show the typing action while a model works."""

    @field_validator(
        "public_url", "openai_base_url", "groq_base_url", "anthropic_base_url", "telegram_url", "whatsapp_url"
    )
    @classmethod
    def _is_url(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        return value.rstrip("/")

    @property
    def fetch_allowed(self) -> tuple[str, ...]:
        return tuple(filter(None, map(str.strip, self.fetch_allow.split(","))))


def load_settings() -> Settings:
    """Raises Misconfigured, naming each setting that is wrong and never a value."""
    try:
        return Settings()  # pyright: ignore[reportCallIssue]
    except ValidationError as error:
        wrong = "; ".join(f"{_name(str(e['loc'][0]))}: {e['msg']}" for e in error.errors())
        raise Misconfigured(f"Some settings are wrong. {wrong}") from error
    except UnicodeDecodeError as error:
        raise Misconfigured("The file .env is not UTF-8 text. Save it as UTF-8.") from error


def _name(place: str) -> str:
    """As it is set: a field's name, or the alias that was used."""
    name = place.upper()
    return name if name.startswith(("STEWARD_", "OPENAI_", "GROQ_", "ANTHROPIC_")) else f"STEWARD_{name}"

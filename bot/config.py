"""Settings from INVOICE_BOT_* or .env: the only place that reads the environment."""

from __future__ import annotations

import re
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from knowledge.texts import Locale

PREFIX = "INVOICE_BOT_"


class ConfigError(Exception):
    """A setting is missing or wrong; says which, and what is expected. Never contains a secret's value."""


def _token(value: SecretStr) -> SecretStr:
    if value.get_secret_value() and not re.fullmatch(r"\d+:[\w-]{10,}", value.get_secret_value()):
        raise ValueError("expected a token as BotFather gives it, like 123456:ABC…")
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError("expected a time zone like Asia/Shanghai") from error
    return value


def _url(value: str) -> str:
    if not re.match(r"https?://[^/\s]+", value):
        raise ValueError("expected an address that begins with http:// or https://")
    return value.rstrip("/")


def _url_or_none(value: str) -> str:
    return _url(value) if value else ""


def _listen(value: str) -> str:
    found = re.fullmatch(r"[\w.:\[\]-]+:(\d{1,5})", value)
    if value and (found is None or int(found[1]) > 65535):
        raise ValueError("expected HOST:PORT, like 127.0.0.1:8080")
    return value


def _database(value: str) -> str:
    try:
        url = make_url(value)
    except (ArgumentError, ValueError):
        url = URL.create("unknown")
    is_file = url.drivername == "sqlite+aiosqlite" and url.database not in (None, "", ":memory:")
    is_server = url.drivername == "postgresql+asyncpg" and url.database
    if not (is_file or is_server):
        raise ValueError("expected sqlite+aiosqlite:///FILE or postgresql+asyncpg://USER:PASSWORD@HOST/NAME")
    if is_server and find_spec("asyncpg") is None:
        raise ValueError("PostgreSQL needs the package asyncpg, which is not installed")
    return value


def _secrets(value: object) -> object:
    """`provider=secret,provider=secret`."""
    if not isinstance(value, str):
        return value
    pairs = [pair.strip().partition("=") for pair in value.split(",") if pair.strip()]
    if not all(re.fullmatch(r"[a-z0-9-]+", name) and sep and len(secret) >= 16 for name, sep, secret in pairs):
        raise ValueError("expected PROVIDER=SECRET,… with lower-case names and secrets of 16 characters or more")
    return {name: SecretStr(secret) for name, _, secret in pairs}


class Settings(BaseSettings):
    """One field a setting; docs/settings.md explains them."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", extra="ignore", hide_input_in_errors=True)

    token: Annotated[SecretStr, AfterValidator(_token)] = SecretStr("")
    api_url: Annotated[str, AfterValidator(_url)] = "https://api.telegram.org"
    database_url: Annotated[str, AfterValidator(_database), Field(repr=False)] = "sqlite+aiosqlite:///invoice-bot.db"
    desk_chat_id: int = 0
    mode: Literal["polling", "webhook"] = "polling"
    webhook_url: Annotated[str, AfterValidator(_url_or_none)] = ""
    webhook_secret: SecretStr = SecretStr("")
    http_listen: Annotated[str, AfterValidator(_listen)] = ""
    ingest_secrets: Annotated[dict[str, SecretStr], NoDecode, BeforeValidator(_secrets)] = Field(default_factory=dict)
    time_zone: Annotated[str, AfterValidator(_zone)] = "Asia/Shanghai"
    default_locale: Locale = Locale.ZH
    send_delay: Annotated[float, Field(ge=0, le=60)] = 4.0
    rate_overall: Annotated[float, Field(gt=0)] = 25
    rate_private: Annotated[float, Field(gt=0)] = 1
    rate_group: Annotated[float, Field(gt=0)] = 18
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    data_dir: Path = Path("playground-data")

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if self.mode == "webhook":
            missing = [name for name in ("webhook_url", "webhook_secret", "http_listen") if not _given(self, name)]
            if missing:
                raise ValueError(f"mode webhook needs {', '.join(PREFIX + name.upper() for name in missing)}")
            if not re.fullmatch(r"[A-Za-z0-9_-]{16,256}", self.webhook_secret.get_secret_value()):
                raise ValueError(f"{PREFIX}WEBHOOK_SECRET: expected 16 to 256 of A-Z a-z 0-9 _ -")
        return self

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def delay(self) -> timedelta:
        return timedelta(seconds=self.send_delay)

    @property
    def bot_id(self) -> int:
        return int(self.token.get_secret_value().partition(":")[0])

    @property
    def secrets(self) -> list[str]:
        """What must not be seen anywhere: tokens, keys, the database's password."""
        known = [self.token, self.webhook_secret, *self.ingest_secrets.values()]
        return [secret.get_secret_value() for secret in known] + [make_url(self.database_url).password or ""]

    def require_bot(self) -> None:
        """Raises ConfigError unless everything is there that talking to Telegram needs."""
        if not self.token.get_secret_value():
            raise ConfigError(f"{PREFIX}TOKEN is not set: expected a token as BotFather gives it")
        if self.desk_chat_id >= 0:
            raise ConfigError(f"{PREFIX}DESK_CHAT_ID is not set: expected the agents' group, a number below zero")


def load_settings(**overrides: object) -> Settings:
    """Raises ConfigError with the setting's name and what is expected."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]  # each value is validated by its field
    except ValidationError as error:
        raise ConfigError(_sentence(error)) from None
    except UnicodeDecodeError as error:
        raise ConfigError(".env: expected text in UTF-8") from error


def _given(settings: Settings, name: str) -> bool:
    value = getattr(settings, name)
    return bool(value.get_secret_value() if isinstance(value, SecretStr) else value)


def _sentence(error: ValidationError) -> str:
    lines = []
    for found in error.errors(include_url=False, include_context=False, include_input=False):
        name = PREFIX + str(found["loc"][0]).upper() + ": " if found["loc"] else ""
        lines.append(name + found["msg"].removeprefix("Value error, "))
    return "; ".join(lines)

"""Settings: each bad value stops the start with its name and what is expected; secrets are never shown."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from bot.config import PREFIX, ConfigError, Settings, load_settings
from knowledge.texts import Locale

TOKEN = "123456789:canary-of-a-token-0123456789abcdef"
GOOD = {
    "TOKEN": TOKEN,
    "DESK_CHAT_ID": "-1001234567890",
    "MODE": "webhook",
    "WEBHOOK_URL": "https://bot.example.org/telegram",
    "WEBHOOK_SECRET": "canary-of-a-webhook-secret",
    "HTTP_LISTEN": "127.0.0.1:8080",
    "INGEST_SECRETS": "platform=canary-of-an-ingest-secret, erp-2=another-canary-secret",
}


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting from the surroundings, no .env."""
    for name in Settings.model_fields:
        monkeypatch.delenv(PREFIX + name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def given(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name, value in values.items():
        monkeypatch.setenv(PREFIX + name, value)


def test_without_any_setting_the_defaults_hold() -> None:
    settings = load_settings()
    assert settings.token.get_secret_value() == ""
    assert settings.database_url == "sqlite+aiosqlite:///invoice-bot.db"
    assert (settings.mode, settings.default_locale, settings.time_zone) == ("polling", Locale.ZH, "Asia/Shanghai")
    assert settings.http_listen == ""
    assert (settings.rate_overall, settings.rate_private, settings.rate_group) == (25, 1, 18)


def test_a_full_set(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, **GOOD)
    settings = load_settings()
    settings.require_bot()
    assert settings.bot_id == 123456789
    assert {name: secret.get_secret_value() for name, secret in settings.ingest_secrets.items()} == {
        "platform": "canary-of-an-ingest-secret",
        "erp-2": "another-canary-secret",
    }


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("TOKEN", "abc", "BotFather"),
        ("TOKEN", "123456789:", "BotFather"),
        ("API_URL", "ftp://example.org", "http:// or https://"),
        ("API_URL", "example.org", "http:// or https://"),
        ("DATABASE_URL", "bot.db", "sqlite+aiosqlite:///FILE"),
        ("DATABASE_URL", "", "sqlite+aiosqlite:///FILE"),
        ("DATABASE_URL", "sqlite:///bot.db", "sqlite+aiosqlite:///FILE"),
        ("DATABASE_URL", "sqlite+aiosqlite://", "sqlite+aiosqlite:///FILE"),
        ("DATABASE_URL", "sqlite+aiosqlite:///:memory:", "sqlite+aiosqlite:///FILE"),
        ("DATABASE_URL", "postgresql://bot@localhost/bot", "postgresql+asyncpg://"),
        ("DATABASE_URL", "mysql+aiomysql://bot@localhost/bot", "postgresql+asyncpg://"),
        ("DATABASE_URL", "postgresql+asyncpg://bot@localhost:port/bot", "postgresql+asyncpg://"),
        ("DESK_CHAT_ID", "@desk", "valid integer"),
        ("MODE", "push", "'polling' or 'webhook'"),
        ("WEBHOOK_URL", "bot.example.org", "http:// or https://"),
        ("HTTP_LISTEN", "8080", "HOST:PORT"),
        ("HTTP_LISTEN", "127.0.0.1:99999", "HOST:PORT"),
        ("HTTP_LISTEN", "127.0.0.1:http", "HOST:PORT"),
        ("INGEST_SECRETS", "platform", "PROVIDER=SECRET"),
        ("INGEST_SECRETS", "platform=short", "16 characters"),
        ("INGEST_SECRETS", "Platform=canary-of-an-ingest-secret", "lower-case"),
        ("TIME_ZONE", "Peking", "Asia/Shanghai"),
        ("TIME_ZONE", "../etc/passwd", "Asia/Shanghai"),
        ("DEFAULT_LOCALE", "fr", "'zh-CN' or 'en'"),
        ("SEND_DELAY", "-1", "greater than or equal to 0"),
        ("SEND_DELAY", "61", "less than or equal to 60"),
        ("SEND_DELAY", "4s", "valid number"),
        ("RATE_OVERALL", "0", "greater than 0"),
        ("RATE_PRIVATE", "-3", "greater than 0"),
        ("RATE_GROUP", "many", "valid number"),
        ("LOG_LEVEL", "LOUD", "'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
    ],
)
def test_a_bad_value_is_named_with_what_is_expected(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, expected: str
) -> None:
    given(monkeypatch, **{name: value})
    with pytest.raises(ConfigError) as caught:
        load_settings()
    message = str(caught.value)
    assert message.startswith(f"{PREFIX}{name}: ")
    assert expected in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("name", "canary"),
    [
        ("TOKEN", "canary of a token with a blank"),
        ("WEBHOOK_SECRET", "canary/with/slashes"),
        ("INGEST_SECRETS", "platform=canary2"),
        ("DATABASE_URL", "mysql://bot:canary-of-a-password@localhost/bot"),
    ],
)
def test_a_bad_secret_is_not_repeated(monkeypatch: pytest.MonkeyPatch, name: str, canary: str) -> None:
    given(monkeypatch, **GOOD | {name: canary})
    with pytest.raises(ConfigError) as caught:
        load_settings()
    assert name in str(caught.value)
    assert "canary" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("missing", ["WEBHOOK_URL", "WEBHOOK_SECRET", "HTTP_LISTEN"])
def test_webhook_mode_needs_more(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    given(monkeypatch, **{name: value for name, value in GOOD.items() if name != missing})
    with pytest.raises(ConfigError, match=f"mode webhook needs {PREFIX}{missing}"):
        load_settings()


def test_every_bad_value_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, MODE="push", TIME_ZONE="Peking")
    with pytest.raises(ConfigError, match=rf"{PREFIX}MODE: .*; {PREFIX}TIME_ZONE: "):
        load_settings()


@pytest.mark.parametrize(("left_out", "expected"), [("TOKEN", "BotFather"), ("DESK_CHAT_ID", "below zero")])
def test_the_bot_needs_a_token_and_a_desk(monkeypatch: pytest.MonkeyPatch, left_out: str, expected: str) -> None:
    given(monkeypatch, **{name: value for name, value in GOOD.items() if name != left_out})
    with pytest.raises(ConfigError, match=rf"{PREFIX}{left_out} is not set: expected .*{expected}"):
        load_settings().require_bot()


def test_no_secret_in_any_representation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.config.find_spec", lambda name: name)
    given(monkeypatch, **GOOD, DATABASE_URL="postgresql+asyncpg://bot:canary-of-a-password@localhost/bot")
    settings = load_settings()
    for shown in (repr(settings), str(settings)):
        assert "canary" not in shown
    assert sorted(secret for secret in settings.secrets if "canary" not in secret) == []
    assert "canary-of-a-password" in settings.secrets


@pytest.mark.skipif(find_spec("asyncpg") is not None, reason="asyncpg is installed")
def test_postgresql_needs_its_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, DATABASE_URL="postgresql+asyncpg://bot@localhost/bot")
    with pytest.raises(ConfigError, match=f"{PREFIX}DATABASE_URL: .*asyncpg"):
        load_settings()


def test_settings_come_from_a_file_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    lines = [f"{PREFIX}TOKEN={TOKEN}", f"{PREFIX}DEFAULT_LOCALE=en", "SOMETHING_ELSE=1", "# a remark"]
    (tmp_path / ".env").write_text("\n".join(lines), encoding="utf-8")
    assert load_settings().token.get_secret_value() == TOKEN
    assert load_settings().default_locale is Locale.EN
    given(monkeypatch, DEFAULT_LOCALE="zh-CN")
    assert load_settings().default_locale is Locale.ZH


def test_a_bad_value_in_the_file_is_named_too(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"{PREFIX}MODE=push", encoding="utf-8")
    with pytest.raises(ConfigError, match=f"{PREFIX}MODE"):
        load_settings()


def test_a_file_in_another_encoding(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("# 设置".encode("gbk"))
    with pytest.raises(ConfigError, match=r"\.env: expected text in UTF-8"):
        load_settings()

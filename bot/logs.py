"""Logging: ids, never contents; and no secret in any record, whoever wrote it."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable
from urllib.parse import quote

from rich.console import Console
from rich.logging import RichHandler

# Any bot token, even one that is not ours, as libraries log it inside URLs: /bot123456:ABC…/getMe.
_TOKEN = re.compile(r"(?<!\d)\d{6,}(?::|%3A)[A-Za-z0-9_-]{10,}")


class SecretFilter(logging.Filter):
    """Replaces secrets in the finished text of a record, its traceback included."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__()
        self._secrets = {form for secret in secrets if secret for form in (secret, quote(secret, safe=""))}

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = self._clean(_text(record)), None
        if record.stack_info:
            record.stack_info = self._clean(record.stack_info)
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = self._clean(record.exc_text)
            record.exc_info = None
        return True

    def _clean(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return _TOKEN.sub("***", text)


def _text(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError):  # somebody's arguments do not fit: no reason to fail where it was logged
        return f"{record.msg} {record.args}"


def set_up(level: str, secrets: Iterable[str]) -> None:
    """To standard error: our four packages at this level, libraries from warnings up; everything through the filter."""
    handler = _handler()
    handler.addFilter(SecretFilter(secrets))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for name in ("bot", "handlers", "storage", "knowledge"):
        logging.getLogger(name).setLevel(level)


def _handler() -> logging.Handler:
    """Coloured for somebody who watches; one line a record for a file or a service manager."""
    handler: logging.Handler = logging.StreamHandler()
    line = "%(asctime)s %(levelname)s %(name)s: %(message)s"
    if sys.stderr.isatty():
        handler = RichHandler(console=Console(stderr=True), show_path=False, rich_tracebacks=False, markup=False)
        line = "%(name)s: %(message)s"
    handler.setFormatter(logging.Formatter(line))
    return handler

"""Chromium on the real playground. Skipped where the system has no Chromium or Playwright is not installed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.process import ROOT, Playground

pytest.importorskip("playwright", reason="Playwright is not installed")

from playwright.sync_api import Browser, expect, sync_playwright  # noqa: E402 - after the check that it is there

from tests.browser.page import Screen  # noqa: E402 - as above

FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
PATIENCE_MS = 10_000
PICTURES = ROOT / "docs" / "pictures"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("there is no Chromium on the PATH")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=path, args=FLAGS) as launched:
        yield launched


@pytest.fixture
def playground(tmp_path: Path) -> Iterator[Playground]:
    """Running, with the demo's people and invoices; its warnings and errors fail the test."""
    process = Playground(tmp_path)
    process.start()
    yield process
    process.stop()
    assert process.errors() == ""


@pytest.fixture
def open_page(browser: Browser, playground: Playground) -> Iterator[Callable[..., Screen]]:
    """Opens the page, as wide as a desk's screen unless told otherwise; complaints of the page fail the test."""
    opened: list[Screen] = []

    def open_it(**options: Any) -> Screen:
        page = browser.new_page(**{"viewport": WIDE, "locale": "zh-CN", "timezone_id": "Asia/Shanghai"} | options)
        page.set_default_timeout(PATIENCE_MS)
        opened.append(screen := Screen(page))
        page.goto(playground.url)
        return screen

    yield open_it
    for screen in opened:
        screen.page.close()
    assert [complaint for screen in opened for complaint in screen.complaints] == []


@pytest.fixture
def screen(open_page: Callable[..., Screen]) -> Screen:
    return open_page()


@pytest.fixture
def picture() -> Callable[..., None]:
    """Keeps what is on a screen as docs/pictures/NAME.png, if INVOICE_BOT_PICTURES=1; otherwise does nothing."""

    def keep(name: str, screen: Screen) -> None:
        if os.environ.get("INVOICE_BOT_PICTURES") == "1":
            screen.page.mouse.move(0, 0)
            screen.page.screenshot(path=PICTURES / f"{name}.png", animations="disabled")

    return keep

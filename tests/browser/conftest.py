"""Chromium on the real playground. Skipped where the system has no Chromium or Playwright is not installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.process import ROOT, Playground

if TYPE_CHECKING:  # a conftest cannot be skipped, so it must be importable without Playwright
    from playwright.sync_api import Browser

    from tests.browser.page import Screen

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NAMES = ("chromium", "chromium-browser", "google-chrome")
WIDE = {"width": 1440, "height": 960}
PHONE = {"width": 390, "height": 844}
PATIENCE_MS = 20_000
PICTURES = ROOT / "docs" / "pictures"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = next((path for name in NAMES if (path := shutil.which(name))), None)
    if path is None:
        pytest.skip(f"none of {', '.join(NAMES)} is on the PATH")
    from playwright.sync_api import expect, sync_playwright

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
    from tests.browser.page import Screen

    opened: list[Screen] = []

    def open_it(**options: Any) -> Screen:
        usual = {"viewport": WIDE, "locale": "zh-CN", "timezone_id": "Asia/Shanghai"}
        page = browser.new_page(**usual | options, device_scale_factor=1.5 if _wants_pictures() else 1)
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
def picture() -> Callable[[str, Screen], None]:
    """Keeps what is on a screen as docs/pictures/NAME.png, if PICTURES=1 is set; otherwise does nothing."""
    return _keep if _wants_pictures() else lambda _name, _screen: None


def _wants_pictures() -> bool:
    return os.environ.get("PICTURES") == "1"


def _keep(name: str, screen: Screen) -> None:
    path = PICTURES / f"{name}.png"
    screen.rest()
    screen.page.screenshot(path=path, animations="disabled")
    if pngquant := shutil.which("pngquant"):  # a third of the size, without a difference to the eye
        command = [
            pngquant,
            "--strip",
            "--speed",
            "1",
            "--quality",
            "80-98",
            "--force",
            "--ext",
            ".png",
            "--",
            str(path),
        ]
        subprocess.run(command, check=True)

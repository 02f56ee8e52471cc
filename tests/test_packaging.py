"""The wheel: our four packages with their data, no tests, built without a network; and it starts."""

from __future__ import annotations

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from bot import __version__

ROOT = Path(__file__).parents[1]
PACKAGES = {"bot", "handlers", "knowledge", "storage"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    built = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert built.returncode == 0, built.stderr
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    return set(zipfile.ZipFile(wheel).namelist())


def test_our_packages_and_nothing_else(names: set[str]) -> None:
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == PACKAGES


def test_every_tracked_file_of_theirs_is_there(names: set[str]) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", *sorted(PACKAGES)], capture_output=True, text=True, cwd=ROOT, check=False
    )
    if listed.returncode != 0:
        pytest.skip("not a git clone")
    tracked = {name for name in listed.stdout.split("\0") if name}
    assert sorted(tracked - names) == []


@pytest.mark.parametrize(
    "name",
    [
        "bot/playground/bot_api.json",
        "bot/playground/bot_api.LICENSE",
        "bot/playground/static/index.html",
        "knowledge/texts/data/errors.toml",
        "knowledge/flows/data/invoice-not-showing.yaml",
        "knowledge/articles/data/verify-input.zh-CN.md",
        "knowledge/articles/data/verify-input.en.md",
        "knowledge/invoices/data/demo.csv",
        "knowledge/invoices/data/NotoSansCJKsc-part.otf",
        "knowledge/invoices/data/NotoSansCJKsc-part.LICENSE",
        "storage/migrations/env.py",
        "storage/migrations/versions/0001_first_tables.py",
    ],
)
def test_data_files(names: set[str], name: str) -> None:
    assert name in names


def test_nothing_of_ours_that_is_private(names: set[str]) -> None:
    ends = (".pyc", ".db", ".env", ".log", ".sqlite")
    assert sorted(name for name in names if name.endswith(ends) or "__pycache__" in name) == []


def test_the_version_is_the_same_everywhere(wheel: Path) -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert declared == __version__
    assert wheel.name.split("-")[1] == __version__


def test_the_licence_and_the_script(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        info = f"invoice_bot-{__version__}.dist-info"
        assert "invoice-bot = bot.__main__:main" in archive.read(f"{info}/entry_points.txt").decode()
        assert "MIT" in archive.read(f"{info}/licenses/LICENSE").decode()


def test_it_starts_from_the_wheel_alone(wheel: Path, tmp_path: Path) -> None:
    """Unpacked elsewhere: no file of the project's folder is within reach, migrations and content included."""
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    database = f"sqlite+aiosqlite:///{tmp_path / 'bot.db'}"
    for arguments in (["migrate"], ["ask", "发票查不到", "--json"]):
        result = subprocess.run(
            [sys.executable, "-m", "bot", *arguments],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={"PYTHONPATH": str(folder), "INVOICE_BOT_DATABASE_URL": database, "PYTHONUTF8": "1"},
            check=False,
        )
        assert (result.returncode, result.stderr) == (0, "")

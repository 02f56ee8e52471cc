"""What is written down is so: settings, commands, routes; and nothing is written down that belongs to one machine."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from starlette.routing import Route

from bot import cli
from bot.cli_setup import agent, audit, org, outbox
from bot.config import PREFIX, Settings
from bot.web import WEBHOOK_PATH, webhook_route
from handlers.alerts import routes as alert_routes
from handlers.import_export import routes as import_routes
from tests.bot.test_cli import commands

ROOT = Path(__file__).parents[1]
UNUSED: Any = None
PLACES = ("/wo" + "rk/", "/tmp" + "/w/", "/ro" + "ot/", "/ho" + "me/")
REGISTRIES = (
    "py" + "pi.",
    "python" + "hosted.",
    "npm" + "js.",
    "proxy." + "golang",
    "deb." + "debian",
    "cra" + "tes.io",
)


def read(*parts: str) -> str:
    return ROOT.joinpath(*parts).read_text(encoding="utf-8")


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], capture_output=True, text=True, cwd=ROOT, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git clone")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def rows(text: str) -> dict[str, list[str]]:
    """The tables' rows by what stands in backticks in their first cell."""
    found = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for name in re.findall(r"`([^`]+)`", cells[0]) if cells else []:
            found[name] = cells
    return found


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_explained_with_its_default(name: str) -> None:
    row = rows(read("docs", "settings.md"))[PREFIX + name.upper()]
    default = Settings.model_fields[name].default
    shown = str(default) if isinstance(default, float | int | str | Path) and default not in ("", 0) else ""
    assert row[1].strip("`") == (shown or "none")
    assert len(row[2]) > 10


def test_no_setting_is_explained_that_does_not_exist() -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    for path in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        mentioned = set(re.findall(rf"{PREFIX}[A-Z_]+[A-Z]", path.read_text(encoding="utf-8")))
        assert mentioned - known == set(), path


@pytest.mark.parametrize("command", commands(cli.app), ids=" ".join)
def test_every_command_is_explained(command: tuple[str, ...]) -> None:
    described = rows(read("docs", "commands.md"))
    assert any(re.match(" ".join(command) + r"\b", name) for name in described), command


def test_no_command_is_explained_that_does_not_exist() -> None:
    known = {" ".join(command) for command in commands(cli.app)}
    for name in rows(read("docs", "commands.md")):
        words = re.split(r" [^a-z]", name)[0].split()
        assert " ".join(words[:2]) in known or words[0] in known, name


def test_every_option_is_explained() -> None:
    text = read("docs", "commands.md")
    for command in (c for group in (cli.app, org, agent, outbox, audit) for c in group.registered_commands):
        assert command.callback is not None
        declared = " ".join(str(hint) for hint in command.callback.__annotations__.values())
        for option in re.findall(r"\"(--[a-z-]+)\"|'(--[a-z-]+)'", declared):
            assert "".join(option) in text, option


def routes() -> list[tuple[str, str]]:
    found = [
        *alert_routes.routes(UNUSED, UNUSED),
        *import_routes.routes(UNUSED, UNUSED, UNUSED),
        webhook_route(UNUSED, ""),
        Route("/healthz", lambda _request: UNUSED),
    ]
    return [("GET" if "GET" in (route.methods or ()) else "POST", route.path) for route in found]


@pytest.mark.parametrize(("method", "path"), routes())
def test_every_route_is_explained(method: str, path: str) -> None:
    assert re.search(rf"^## `{method} {re.escape(path)}[?`]", read("docs", "http-api.md"), re.MULTILINE)
    assert WEBHOOK_PATH in {known for _method, known in routes()}


def test_links_inside_the_project_lead_somewhere() -> None:
    targets = [
        (path, target)
        for path in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text(encoding="utf-8"))
    ]
    broken = [f"{path.relative_to(ROOT)}: {target}" for path, target in targets if not (path.parent / target).exists()]
    assert broken == []


def test_nothing_names_a_machine_or_a_package_registry() -> None:
    """The same clone is built anywhere, from whatever registry is set up there."""
    found = []
    for path in tracked():
        text = path.read_bytes().decode("utf-8", "replace")
        found += [f"{path.relative_to(ROOT)}: {word}" for word in (*PLACES, *REGISTRIES) if word in text]
    assert found == []


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_pins_every_package_with_hashes_and_no_address(name: str) -> None:
    text = read(name)
    assert "://" not in text
    packages = re.findall(r"^([a-z0-9-]+)(?:\[[a-z,]+\])?==\S+", text, re.MULTILINE)
    entries = [entry for entry in re.split(r"\n(?=\S)", text) if not entry.startswith("#")]
    assert len(packages) == len(entries) > 30
    assert all("--hash=sha256:" in entry for entry in entries)


def test_what_runs_is_what_is_developed_with() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^[a-z0-9-]+(?:\[[a-z,]+\])?==[^\s;\\]+", read(name), re.MULTILINE))

    assert pins("requirements.lock") <= pins("requirements-dev.lock")


def test_the_make_targets_that_are_told_exist() -> None:
    known = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
    for path in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        told = set(re.findall(r"(?:^|`)make ([a-z-]+)", path.read_text(encoding="utf-8"), re.MULTILINE))
        assert told <= known, path

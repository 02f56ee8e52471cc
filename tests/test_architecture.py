"""The floors hold, files are where their names say, and texts stand in data."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("bot", "handlers", "storage", "knowledge")
HAN = re.compile(r"[\u4e00-\u9fff]")


def modules(*packages: str) -> Iterator[Path]:
    for package in packages:
        yield from sorted((ROOT / package).rglob("*.py"))


def test_import_contracts() -> None:
    tool = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run([tool, "--no-cache"], capture_output=True, text=True, cwd=ROOT, check=False)
    assert result.returncode == 0, result.stdout


def test_names_say_what_a_module_is_for() -> None:
    vague = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
    assert [path for path in modules(*PACKAGES) if path.stem in vague] == []


def test_no_module_is_called_like_a_library_that_we_use() -> None:
    libraries = {"telegram", "http", "xml", "json", "typing", "types", "logging", "sqlite3", "asyncio", "starlette"}
    assert [path for path in modules(*PACKAGES) if path.stem in libraries] == []


def test_every_tests_folder_is_a_package() -> None:
    """Without it, `import handlers` would find tests/handlers."""
    folders = {path.parent for path in (ROOT / "tests").rglob("*.py")}
    assert [folder for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def sentences(path: Path) -> Iterator[ast.Constant]:
    """String constants that are no docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node


@pytest.mark.parametrize("package", ["handlers", "storage"])
def test_no_chinese_sentence_stands_in_code(package: str) -> None:
    """What people read is data, in both languages."""
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in modules(package)
        for node in sentences(path)
        if HAN.search(str(node.value))
    ]
    assert found == []


def test_only_the_settings_read_the_environment() -> None:
    readers = [
        path
        for path in modules(*PACKAGES)
        if re.search(r"\bos\.(getenv\(|environ(\[|\.get\())", path.read_text("utf-8"))
    ]
    assert readers == []


def test_every_silenced_warning_says_why() -> None:
    """`# type: ignore` and `# noqa` carry a code and a reason."""
    bare = re.compile(r"#\s*(?:type:\s*ignore(?!\[[\w-]+(?:,\s*[\w-]+)*\]\s*#)|noqa(?!:))")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in modules(*PACKAGES)
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if bare.search(line)
    ]
    assert found == []


def test_permissions_are_decided_in_one_place() -> None:
    """Handlers ask `allowed`; none looks at what somebody is and decides by itself."""
    asked = re.compile(r"\.desk_role\b|\.role_in\(|\.is_lead\b|\bDeskRole\b")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in modules("handlers")
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if asked.search(line)
    ]
    assert found == []


# A use case that somebody begins with an id of theirs, and what asks for permission there.
ASKERS = {
    "allowed",
    "visible",
    "_permitted",
    "_called",
    "_for_agent",
    "_require",
    "_require_lead",
    "_lesson",
    "_cluster_of",
}
BY_ID = {"key", "org_id", "ticket_id", "lesson_id", "gap_id", "tax_id"}


def test_whatever_is_named_by_an_id_asks_for_permission() -> None:
    """Every public use case that a button or a command may give any id to."""
    free = {
        "AlertService.mute": "only one's own watch can be muted: the row is of the person",
        "AlertService.drop": "only one's own watch is dropped",
        "LessonService.rated": "whoever read an answer may rate it",
        "TicketService.topic_for": "for the delivery worker",
        "TicketService.auto_close": "for the clock",
    }
    found = set()
    for path in modules("handlers"):
        for service in (
            node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.ClassDef)
        ):
            for use in (one for one in service.body if isinstance(one, ast.AsyncFunctionDef)):
                names = {argument.arg for argument in (*use.args.args, *use.args.kwonlyargs)}
                calls = {
                    getattr(node.func, "attr", getattr(node.func, "id", ""))
                    for node in ast.walk(use)
                    if isinstance(node, ast.Call)
                }
                if service.name.endswith("Service") and not use.name.startswith("_") and names & BY_ID:
                    found |= set() if calls & ASKERS else {f"{service.name}.{use.name}"}
    assert found == set(free)

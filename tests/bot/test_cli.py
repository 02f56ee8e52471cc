"""The command line: what each command says, and that every failure is one line and a bad exit code."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from bot import __version__, cli, terminal
from bot.app import opened, utc_now
from bot.config import PREFIX, Settings, load_settings
from knowledge.lessons import Lesson, LessonState
from knowledge.taught import Answer
from knowledge.texts import Localized
from storage.messages import Op, Outcome, Outgoing, State
from tests.bot.test_logs import as_it_was
from tests.conftest import database, settings_for
from tests.fixtures.demo import BUYER, KEY, NUMBER
from tests.fixtures.invoices import build, to_csv

NEAR = NUMBER[:-2] + "71"  # another invoice of the demo
OTHER = "91000000MA00000232"
ROOT = Path(__file__).parents[2]
Cli = Callable[..., "Result"]


@dataclass(frozen=True, slots=True)
class Result:
    code: int
    out: str
    err: str

    @property
    def cause(self) -> str:
        """The one line of a failure."""
        assert self.code == 1, (self.code, self.out, self.err)
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        assert lines[0].startswith("invoice-bot: ")
        return lines[0].removeprefix("invoice-bot: ")


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """An empty folder to work in, no setting from the surroundings."""
    for name in Settings.model_fields:
        monkeypatch.delenv(PREFIX + name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    with as_it_was():
        yield tmp_path


@pytest.fixture
def run(here: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Cli:
    """`invoice-bot …` in this process, through the same `main` that the script calls."""

    def call(*arguments: str) -> Result:
        monkeypatch.setattr(sys, "argv", ["invoice-bot", *arguments])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        written = capfd.readouterr()
        return Result(int(ended.value.code or 0), written.out, written.err)

    return call


@pytest.fixture
def demo(run: Cli, here: Path) -> Cli:
    """With the demo's organization and invoices."""
    (here / "invoice-bot.db").write_bytes(database(is_seeded=True))
    return run


def write_lines(path: Path, *rows: object) -> str:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def read_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def commands(group: typer.Typer, *prefix: str) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for command in group.registered_commands:
        assert command.callback is not None
        found.append((*prefix, command.name or command.callback.__name__))
    for sub in group.registered_groups:
        assert sub.typer_instance is not None
        found += [(*prefix, str(sub.name)), *commands(sub.typer_instance, *prefix, str(sub.name))]
    return found


@pytest.mark.parametrize("command", [(), *commands(cli.app)], ids=" ".join)
def test_every_command_has_help(command: tuple[str, ...]) -> None:
    result = CliRunner().invoke(cli.app, [*command, "--help"])
    assert result.exit_code == 0
    assert "Usage" in result.output
    text = re.sub(r"\x1b\[[0-9;]*m", "", result.output)
    described = [line for line in text.split("Usage")[1].splitlines()[1:] if line.strip()]
    assert re.search(r"[A-Za-z票]{4}", described[0])


def test_version(run: Cli) -> None:
    assert run("--version") == Result(0, f"{__version__}\n", "")


@pytest.mark.parametrize(
    "arguments",
    [
        ("nothing",),
        ("import",),
        ("import", "no-such-file.csv"),
        ("import", "."),
        ("lookup",),
        ("lookup", "1", "--org", BUYER, "--limit", "0"),
        ("lookup", "--batch", "no-such-file.jsonl", "--out", "x"),
        ("lookup", "text-without-scope"),
        ("ask",),
        ("ask", "text", "--lang", "fr"),
        ("agent", "add", "nobody", "name"),
        ("org", "invite", BUYER, "--role", "king"),
        ("playground", "--port", "70000"),
        ("playground", "--port", "-1"),
    ],
    ids=" ".join,
)
def test_wrong_usage(run: Cli, arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.code == 2
    assert "Usage" in result.err
    assert "Traceback" not in result.err


# run


def test_run_without_a_token(run: Cli) -> None:
    assert run("run").cause == "INVOICE_BOT_TOKEN is not set: expected a token as BotFather gives it"


def test_run_without_a_desk(run: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PREFIX + "TOKEN", "123456:canary-of-a-token")
    assert run("run").cause.startswith("INVOICE_BOT_DESK_CHAT_ID is not set")


@pytest.mark.parametrize(("name", "value"), [("MODE", "push"), ("TOKEN", "canary"), ("INGEST_SECRETS", "a=canary")])
@pytest.mark.parametrize("command", ["run", "start", "playground", "migrate", "doctor"])
def test_a_bad_setting_stops_every_command(
    run: Cli, monkeypatch: pytest.MonkeyPatch, command: str, name: str, value: str
) -> None:
    monkeypatch.setenv(PREFIX + name, value)
    cause = run(command).cause
    assert cause.startswith(f"{PREFIX}{name}: ")
    assert "canary" not in cause


# migrate


def test_migrate_twice(run: Cli) -> None:
    first, second = run("migrate"), run("migrate")
    assert (first.code, first.out.split()[:2]) == (0, ["migrated", "to"])
    assert (second.code, second.out.split()[:2]) == (0, ["already", "at"])


def test_a_database_that_cannot_be_used(run: Cli, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "letter.db").write_text("A letter, not a database. " * 100)
    monkeypatch.setenv(PREFIX + "DATABASE_URL", f"sqlite+aiosqlite:///{here}/letter.db")
    cause = "letter.db cannot be used: file is not a database"
    for command in (("migrate",), ("doctor",), ("org", "list"), ("lookup", "1", "--org", BUYER)):
        assert run(*command).cause.endswith(cause)


# import


def test_import_says_what_it_did(run: Cli, here: Path) -> None:
    (here / "a.csv").write_bytes(to_csv(build(3)))
    expected = "a.csv: 3 added, 0 changed, 0 the same, 0 states changed, 0 states refused, 0 rows rejected, 0 warnings"
    assert run("import", "a.csv", "--dry-run") == Result(0, f"{expected} (dry run)\n", "")
    assert run("import", "a.csv").out == f"{expected}\n"
    assert "0 added, 0 changed, 3 the same" in run("import", "a.csv").out
    assert not (here / "a.csv.rejected.csv").exists()


def test_import_writes_refused_rows_to_a_file(run: Cli, here: Path) -> None:
    rows = to_csv(build(2)).decode().splitlines()
    broken = rows[1].replace(build(2)[0].number, "12", 1)
    (here / "[red]发票.csv").write_text("\n".join([rows[0], broken, rows[2]]), encoding="utf-8")
    result = run("import", "[red]发票.csv")
    assert result.code == 0
    assert result.out.startswith("[red]发票.csv: 1 added")
    assert "1 rows rejected" in result.out
    refused = (here / "[red]发票.csv.rejected.csv").read_text(encoding="utf-8-sig").splitlines()
    assert refused[0] == "行号,字段,原因"
    assert refused[1].startswith("2,发票号码,")


def test_import_for_one_organization(run: Cli, here: Path) -> None:
    (here / "a.csv").write_bytes(to_csv(build(3)))
    result = run("import", "a.csv", "--org", BUYER)
    assert "0 added" in result.out
    assert "3 rows rejected" in result.out


def test_import_of_several_files(run: Cli, here: Path) -> None:
    for name, content in (("a.csv", to_csv(build(2))), ("b.csv", to_csv(build(3, seed=2)))):
        (here / name).write_bytes(content)
    assert [line.split(",")[0] for line in run("import", "a.csv", "b.csv").out.splitlines()] == [
        "a.csv: 2 added",
        "b.csv: 3 added",
    ]


def test_import_names_a_file_that_is_no_table_and_takes_the_others(run: Cli, here: Path) -> None:
    for name, content in (("a.csv", to_csv(build(2))), ("b.csv", b""), ("c.csv", to_csv(build(3, seed=2)))):
        (here / name).write_bytes(content)
    result = run("import", "a.csv", "b.csv", "c.csv")
    assert result.cause == "b.csv: The file is empty."
    assert [line.split(",")[0] for line in result.out.splitlines()] == ["a.csv: 2 added", "c.csv: 3 added"]


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b"", "empty"),
        (b"a,b\n1,2\n", "No header was found"),
        (b"%PDF-1.7 hello", "“a&b.csv”"),
        (b"\xff\xff\xff\xff,\x00", "“a&b.csv”"),
    ],
)
def test_import_of_what_is_no_table(run: Cli, here: Path, content: bytes, cause: str) -> None:
    (here / "a&b.csv").write_bytes(content)
    assert cause in run("import", "a&b.csv").cause


# lookup


def test_lookup_shows_what_it_found(demo: Cli) -> None:
    result = demo("lookup", NUMBER, "--org", BUYER)
    assert result.code == 0
    assert NUMBER in result.out
    assert "阳光示例酒店管理有限公司" in result.out


def test_lookup_shows_numbers_whole_on_a_narrow_terminal(demo: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(terminal, "out", Console())
    shown = demo("lookup", "3017", "--org", BUYER).out
    assert NUMBER in shown
    assert "…" not in shown


def test_an_organization_that_nobody_knows_is_named(demo: Cli, here: Path) -> None:
    """Its tax id may be right all the same: invoices can be there before it is set up."""
    (here / "a.csv").write_bytes(to_csv(build(1)))
    for command in (
        ("lookup", NUMBER, "--org", "91000000MA00000312"),
        ("import", "a.csv", "--org", "91000000MA00000312"),
    ):
        result = demo(*command)
        assert (result.code, result.err) == (
            0,
            "note: no organization goes by 91000000MA00000312: it is taken as a tax id\n",
        )
    assert demo("lookup", NUMBER, "--org", BUYER).err == ""


def test_lookup_as_json(demo: Cli) -> None:
    answer = json.loads(demo("lookup", NUMBER, "--org", BUYER, "--json").out)
    first = answer["results"][0]
    assert (answer["query"], answer["found"]) == (NUMBER, True)
    assert {name: first[name] for name in ("key", "code", "number", "party", "differs")} == {
        "key": KEY, "code": "", "number": NUMBER, "party": "阳光示例酒店管理有限公司", "differs": "",
    }  # fmt: skip
    assert answer["ms"] > 0
    scores = [result["score"] for result in answer["results"]]
    assert scores == sorted(scores, reverse=True)


def test_lookup_of_a_number_says_which_other_fact_is_wrong(demo: Cli) -> None:
    answer = json.loads(demo("lookup", f"{NUMBER} 2026-09-15 ¥1281.00", "--org", BUYER, "--json").out)
    assert answer["results"][0]["key"] == KEY
    assert "您填 1281.00｜系统 1280.00" in answer["results"][0]["differs"]


def test_lookup_of_a_typo_says_what_differs(demo: Cli) -> None:
    typo = NUMBER[:13] + ("8" if NUMBER[13] != "8" else "9") + NUMBER[14:]
    answer = json.loads(demo("lookup", f"{typo} 2026-09-15 ¥1280.00", "--org", BUYER, "--json").out)
    assert answer["results"][0]["key"] == KEY
    assert f"第 14 位 您填 {typo[13]}｜系统 {NUMBER[13]}" in answer["results"][0]["differs"]
    assert "<" not in answer["results"][0]["differs"]


def test_verify_answers_as_it_does_a_stranger(demo: Cli) -> None:
    right, wrong = f"{NUMBER} 2026-09-15 1280.00", f"{NUMBER} 2026-09-15 1207.55"
    assert "与本系统登记的一致" in demo("verify", right).out
    assert json.loads(demo("verify", wrong, "--json").out) == {"text": wrong, "result": "otherwise"}
    assert "不一致或查无此票" in demo("verify", wrong).out
    assert demo("verify", f"01,32,,{NUMBER},1280.00,20260915,,").code == 0
    assert json.loads(demo("verify", right, "--json").out)["result"] == "consistent"
    assert json.loads(demo("verify", right, "--json").out)["result"] == "used_up"


def test_verify_says_what_it_needs(demo: Cli) -> None:
    result = demo("verify", f"{NUMBER} 2026-09-15")
    assert (result.code, result.cause) == (1, "still missing: Amount")


def test_lookup_stays_inside_its_scope(demo: Cli) -> None:
    for scope in (OTHER, "91000000MA00000312"):
        answer = json.loads(demo("lookup", NUMBER, "--org", scope, "--json").out)
        assert (answer["results"], answer["found"]) == ([], False)
    assert demo("lookup", NUMBER, "--org", OTHER).out == "not found\n"
    assert json.loads(demo("lookup", NUMBER, "--org", "*", "--json").out)["found"]


def test_lookup_knows_an_organization_by_all_its_names(demo: Cli, here: Path) -> None:
    """Members see the invoices of all its tax ids, so whoever asks in its name finds them too."""
    former, short = "110000000000157", "简称"
    demo("org", "alias", BUYER, former)
    demo("org", "alias", BUYER, short)
    (old,) = build(1)
    (here / "old.csv").write_bytes(to_csv([replace(old, buyer_tax_id=former)]))
    assert demo("import", "old.csv").code == 0
    for name in (BUYER, former, short):
        for number in (NUMBER, old.number):
            assert json.loads(demo("lookup", number, "--org", name, "--json").out)["found"], (name, number)
    source = write_lines(here / "in.jsonl", {"query": old.number, "orgs": [BUYER]}, {"query": NUMBER, "orgs": [OTHER]})
    assert demo("lookup", "--batch", source, "--out", "out.jsonl").code == 0
    assert [line["found"] for line in read_lines(here / "out.jsonl")] == [True, False]


def test_lookup_limit(demo: Cli) -> None:
    answer = json.loads(demo("lookup", "2611", "--org", BUYER, "--json", "--limit", "2").out)
    assert len(answer["results"]) <= 2


def test_lookup_batch(demo: Cli, here: Path) -> None:
    source = write_lines(
        here / "in.jsonl",
        {"query": NUMBER, "id": 7, "备注": "\u2028第二行"},
        {"query": NUMBER, "orgs": [OTHER]},
        {"query": NUMBER, "orgs": []},
        {"query": NUMBER, "orgs": [OTHER, BUYER]},
        {"query": "没有这张"},
    )
    assert demo("lookup", "--batch", source, "--out", "out.jsonl", "--org", BUYER) == Result(0, "", "")
    answers = read_lines(here / "out.jsonl")
    assert [answer["found"] for answer in answers] == [True, False, False, True, False]
    assert (answers[0]["id"], answers[0]["备注"]) == (7, "\u2028第二行")
    assert answers[0]["results"][0].keys() == {"key", "code", "number", "party", "score", "differs"}
    assert all(answer.keys() >= {"query", "results", "found", "ms"} for answer in answers)


def test_lookup_batch_over_everything(demo: Cli, here: Path) -> None:
    source = write_lines(here / "in.jsonl", {"query": NEAR})
    assert demo("lookup", "--batch", source, "--out", "out.jsonl", "--org", "*").code == 0
    assert read_lines(here / "out.jsonl")[0]["results"][0]["number"] == NEAR


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ('{"query": 5}', "in.jsonl:1: each line needs a text `query`"),
        ('{"query": "1", "orgs": []}\n{"text": "x"}', "in.jsonl:2: each line needs a text `query`"),
        ('{"query": "1"}', "give a tax id with --org"),
        ('{"query": "1", "orgs": "*"}', "give a tax id with --org"),
        ('{"query": "1", "orgs": [""]}', "give a tax id with --org"),
        ('{"query": "1", "orgs": null}', "give a tax id with --org"),
        ("[]", "in.jsonl:1: expected one JSON object a line"),
        ('{"query": "1"}\n\nnothing', "in.jsonl:3: expected one JSON object a line"),
        ("\udcff", "in.jsonl:1: expected one JSON object a line, in UTF-8"),
    ],
)
def test_lookup_batch_with_a_bad_line(demo: Cli, here: Path, line: str, cause: str) -> None:
    (here / "in.jsonl").write_bytes(line.encode("utf-8", "surrogateescape"))
    assert cause in demo("lookup", "--batch", "in.jsonl", "--out", "out.jsonl").cause
    assert not (here / "out.jsonl").exists()


def test_a_place_that_cannot_be_written(demo: Cli, here: Path) -> None:
    source = write_lines(here / "in.jsonl", {"query": NUMBER})
    result = demo("lookup", "--batch", source, "--out", "no-such-folder/out.jsonl", "--org", BUYER)
    assert result.cause == "no-such-folder/out.jsonl: No such file or directory"


# ask


def test_ask_tells_the_route_and_why(run: Cli) -> None:
    result = run("ask", "发票在系统里查不到")
    assert result.code == 0
    assert result.out.startswith("answer: invoice-not-showing (")
    assert "why: " in result.out


@pytest.mark.parametrize(
    ("text", "zone", "slug"),
    [
        ("发票在系统里查不到", "answer", "invoice-not-showing"),
        ("转人工", "answer", "human"),
        (NUMBER, "answer", "lookup"),
        ("谢谢", "answer", "smalltalk"),
        ("今天股票涨了吗", "unknown", "oos"),
    ],
)
def test_ask_as_json(run: Cli, text: str, zone: str, slug: str) -> None:
    answer = json.loads(run("ask", text, "--json").out)
    assert (answer["text"], answer["zone"], answer["slug"]) == (text, zone, slug)
    assert answer.keys() == {"text", "zone", "slug", "top3", "score", "ms"}
    assert len(answer["top3"]) <= 3


def test_ask_batch(run: Cli, here: Path) -> None:
    (here / "in.jsonl").write_text('\ufeff{"text": "转人工", "id": "a"}\n\n{"text": ""}\n', encoding="utf-8")
    assert run("ask", "--batch", "in.jsonl", "--out", "out.jsonl") == Result(0, "", "")
    answers = read_lines(here / "out.jsonl")
    assert [answer["slug"] for answer in answers] == ["human", "oos"]
    assert answers[0]["id"] == "a"
    assert all(answer.keys() >= {"text", "zone", "slug", "top3", "score", "ms"} for answer in answers)


def test_ask_batch_with_a_bad_line(run: Cli, here: Path) -> None:
    source = write_lines(here / "in.jsonl", {"query": "x"})
    assert run("ask", "--batch", source, "--out", "o").cause == "in.jsonl:1: each line needs a text `text`"


def teach(here: Path, *lessons: Lesson) -> None:
    async def add() -> None:
        async with opened(load_settings()) as services, services.storage.begin() as work:
            for lesson in lessons:
                await work.lessons.add(lesson, utc_now())

    asyncio.run(add())


def test_ask_makes_no_database(run: Cli, here: Path) -> None:
    assert run("ask", "转人工").code == 0
    assert list(here.iterdir()) == []


def test_ask_tells_what_was_taught(demo: Cli, here: Path) -> None:
    text, answer = "滴滴跑了一趟咋走账", Answer(Localized("打车", "Taxi"), Localized("答", "a"))
    flow = Lesson(0, "lost-invoice-flow", ("滴滴跑了一趟咋走账呢",), LessonState.SHADOW, 7)
    teach(here, flow, Lesson(0, "", (text,), LessonState.LIVE, 7, answer=answer))
    assert demo("ask", text).out.splitlines()[-1] == "taught: lesson 2 answers instead: taught-c"
    told = demo("ask", f"{text}呢").out.splitlines()[-1]
    assert told.startswith("taught: lesson 1 is watched, and would answer: lost-invoice-flow (")
    asked = json.loads(demo("ask", text, "--json").out)
    assert (asked["slug"], asked["lesson"]) == ("oos", {"id": 2, "state": "live", "slug": "taught-c"})
    assert "taught" not in demo("ask", "转人工").out
    source = write_lines(here / "in.jsonl", {"text": text})
    assert demo("ask", "--batch", source, "--out", "out.jsonl").code == 0
    assert read_lines(here / "out.jsonl")[0].keys() == {"text", "zone", "slug", "top3", "score", "ms"}


# org, agent


def test_organizations(run: Cli) -> None:
    assert run("org", "add", BUYER, "[b]公司[/x]").out == f"added {BUYER} [b]公司[/x]\n"
    listed = run("org", "list")
    assert BUYER in listed.out
    assert "[b]公司[/x]" in listed.out
    assert run("org", "members", BUYER).code == 0
    assert run("org", "add", BUYER, "又一次").cause == f"There is an organization with tax id {BUYER} already."
    assert BUYER[:-1] in run("org", "add", BUYER[:-1], "短").cause
    assert OTHER in run("org", "members", OTHER).cause


def test_aliases(run: Cli) -> None:
    run("org", "add", BUYER, "公司")
    former = "110000000000157"
    assert run("org", "alias", BUYER, former).out == f"公司 is known as {former} too\n"
    assert run("org", "alias", former, "简称").out == "公司 is known as 简称 too\n"
    assert f"{former} 简称" in run("org", "list").out
    assert run("org", "members", "简称").code == 0
    assert run("org", "alias", BUYER, "简称").cause == "An organization goes by 简称 already."
    assert BUYER[:-1] in run("org", "alias", BUYER, f"{BUYER[:-1]}0").cause
    assert run("org", "alias", BUYER, former, "--drop").out == "dropped\n"
    assert former in run("org", "alias", BUYER, former, "--drop").cause
    assert former in run("org", "members", former).cause


def test_import_takes_invoices_of_every_tax_id(run: Cli, here: Path) -> None:
    invoices = build(20)
    parties = [{one.buyer_tax_id, one.seller_tax_id} for one in invoices]
    first = invoices[0].buyer_tax_id
    second = next(one.buyer_tax_id for one in invoices if first not in (one.buyer_tax_id, one.seller_tax_id))
    (here / "a.csv").write_bytes(to_csv(invoices))
    run("org", "add", first, "公司")
    own = sum(first in both for both in parties)
    assert f"{own} added" in run("import", "a.csv", "--org", first, "--dry-run").out
    run("org", "alias", first, second)
    own = sum(not both.isdisjoint({first, second}) for both in parties)
    assert f"{own} added" in run("import", "a.csv", "--org", first).out


def test_invitations(run: Cli) -> None:
    run("org", "add", BUYER, "公司")
    assert re.fullmatch(r"/start join_[\w-]{20,59}\n", run("org", "invite", BUYER).out)
    link = run("org", "invite", BUYER, "--role", "manager", "--bot", "@piaoda_bot").out
    assert re.fullmatch(r"https://t\.me/piaoda_bot\?start=join_[\w-]{20,59}\n", link)
    assert OTHER in run("org", "invite", OTHER).cause


def test_agents(run: Cli) -> None:
    assert run("agent", "add", "7", "客服甲").out == "客服甲 (7) is agent at the desk\n"
    assert run("agent", "add", "7", "客服甲", "--role", "lead").out == "客服甲 (7) is lead at the desk\n"
    assert "客服甲" in run("agent", "list").out
    assert run("agent", "remove", "7").out == "removed\n"
    assert run("agent", "remove", "7").cause == "there is nobody with the id 7 at the desk"


# the process itself


def test_a_bug_shows_its_traceback_without_secrets(run: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object) -> None:
        raise RuntimeError("canary 123456:canary-of-a-token-0123456789")

    monkeypatch.setenv(PREFIX + "TOKEN", "123456:canary-of-a-token-0123456789")
    monkeypatch.setattr(cli, "migrate", fail)
    result = run("migrate")
    assert result.code == 70
    assert "RuntimeError: canary ***" in result.err
    assert "canary-of-a-token" not in result.err


def test_as_a_process(here: Path) -> None:
    """`python -m bot` from anywhere, with the installed package."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    environment["PYTHONPATH"] = str(ROOT)

    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "bot", *arguments]
        return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=here, check=False)

    failed = call("run")
    assert (failed.returncode, failed.stdout) == (1, "")
    assert failed.stderr == "invoice-bot: INVOICE_BOT_TOKEN is not set: expected a token as BotFather gives it\n"
    asked = call("ask", "转人工", "--json")
    assert (asked.returncode, asked.stderr) == (0, "")
    assert json.loads(asked.stdout)["slug"] == "human"


def test_dead_letters(run: Cli, here: Path) -> None:
    async def dead_letter() -> None:
        settings = Settings(_env_file=None, database_url=f"sqlite+aiosqlite:///{here / 'invoice-bot.db'}")
        async with opened(settings) as services, services.storage.begin() as work:
            await work.outbox.add(Outgoing(42, Op.SEND, {}), now=utc_now())
            (row,) = await work.outbox.claim(utc_now(), lambda _chat_id: True, 1)
            await work.outbox.settle([Outcome(row, State.DEAD, error="six attempts failed")], utc_now())

    asyncio.run(dead_letter())
    assert "six attempts failed" in run("outbox", "list").out
    assert run("outbox", "retry").out == "1 queued again\n"
    assert run("outbox", "retry").out == "0 queued again\n"


def test_statistics(demo: Cli, here: Path) -> None:
    out = demo("stats", "--org", BUYER, "--plot", "a.png", "--xlsx", "a.xlsx").out
    rows = [[cell.strip() for cell in re.split("[│┃|]", line)[1:-1]] for line in out.splitlines()]
    assert ["2026", "received", "25", "177,980.00", "2", "-10,999.99"] in rows
    assert ["all", "issued", "5", "180,000.01", "1", "-50,000.00"] in rows
    assert ["void", "received", "1", "0.00", "0", "0.00"] in rows
    assert out.endswith("picture: a.png\nworkbook: a.xlsx\n")
    assert (here / "a.png").read_bytes()[:4] == b"\x89PNG"
    assert (here / "a.xlsx").read_bytes()[:2] == b"PK"


def test_statistics_of_all_organizations_and_of_none(demo: Cli) -> None:
    assert "25" in demo("stats").out
    assert demo("stats", "--org", OTHER).cause == f"There is no organization with tax id {OTHER}."


# audit


def test_audit_verify(demo: Cli, here: Path) -> None:
    async def refuse() -> None:
        settings = settings_for("http://127.0.0.1:1", here, database_url=url)
        async with opened(settings) as services, services.storage.begin() as work:
            await work.audit.refused(1, {"by": "x"}, utc_now())

    url = f"sqlite+aiosqlite:///{here / 'invoice-bot.db'}"
    asyncio.run(refuse())
    assert demo("audit", "verify").out == "1 rows, none altered or missing\n"
    with sqlite3.connect(here / "invoice-bot.db") as connection:
        connection.execute("UPDATE audit SET actor_id = 2")
    connection.close()
    assert demo("audit", "verify").cause == "Row 1 of the audit log was altered or is missing."


def test_where_there_is_nothing_it_is_said(run: Cli, here: Path) -> None:
    (here / "a.csv").write_bytes(to_csv(build(2)))
    assert run("import", "a.csv").code == 0
    for command in (("org", "list"), ("agent", "list"), ("outbox", "list")):
        assert run(*command) == Result(0, "none\n", "")
    assert run("stats").err == "note: there are no organizations yet (org add), and only theirs are counted\n"

"""The command line. Every command exits non-zero with a one-line cause when something is wrong."""

from __future__ import annotations

import asyncio
import json
import logging
from pathlib import Path
from typing import Annotated, Any

import typer

from bot import __version__, knowledge_commands
from bot.app import Services, looked_at, opened, running
from bot.cli_import import import_command
from bot.cli_setup import agent, audit, org, outbox
from bot.cli_statistics import stats
from bot.config import Settings
from bot.demo import DEFAULT_PORT, playground
from bot.doctor import examine
from bot.lookups import ALL, ask_line, lesson_for, lookup_lines, verify_text
from bot.terminal import note_unknown, out, run_app, run_to_end, say, settings_now, show, until_stopped
from knowledge.content import ContentError
from knowledge.lessons import LessonState
from knowledge.texts import Locale, plain
from storage.database import Database
from storage.migrate import migrate, revision

app = typer.Typer(help="票答 · the helpdesk bot for invoices.", no_args_is_help=True, pretty_exceptions_enable=False)
app.add_typer(org, name="org")
app.add_typer(agent, name="agent")
app.add_typer(knowledge_commands.app, name="knowledge")
app.add_typer(outbox, name="outbox")
app.add_typer(audit, name="audit")
app.command("import")(import_command)
app.command("stats")(stats)

_log = logging.getLogger(__name__)


def main() -> None:
    run_app(app)


def _version(asked: bool) -> None:
    if asked:
        say(__version__)
        raise typer.Exit


@app.callback()
def _root(
    _version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


@app.command()
def run() -> None:
    """The bot against Telegram: polling, or webhook when configured. Needs a token and the desk's chat id."""
    run_to_end(_run_bot(settings_now()))


async def _run_bot(settings: Settings) -> None:
    async with until_stopped() as stopped, running(settings) as bot:
        say(f"running: {settings.mode}" + (f", {bot.http_url}" if bot.http_url else ""))
        await stopped.wait()


@app.command("playground")
def playground_command(
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Where the page is served; 0: a free port.")
    ] = DEFAULT_PORT,
    demo: Annotated[bool, typer.Option(help="Seed demo organizations, people and invoices.")] = True,
) -> None:
    """No token needed: a local Bot API with a web chat, and the real bot talking to it."""
    run_to_end(_play(settings_now(), port, demo=demo))


async def _play(settings: Settings, port: int, *, demo: bool) -> None:
    async with until_stopped() as stopped, playground(settings, port, demo=demo) as (url, _bot):
        say(f"playground: {url}/")
        await stopped.wait()


@app.command()
def start() -> None:
    """`run` if a token is set, otherwise `playground`: what `make run` does."""
    settings = settings_now()
    if settings.token.get_secret_value():
        run_to_end(_run_bot(settings))
    else:
        run_to_end(_play(settings, DEFAULT_PORT, demo=True))


@app.command()
def lookup(
    text: Annotated[str, typer.Argument(help="A number, or whatever is known of the invoice.")] = "",
    org_tax_id: Annotated[
        str, typer.Option("--org", help="Of the asker: a tax id, or a short name; '*' for all.")
    ] = "",
    limit: Annotated[int, typer.Option(min=1, max=50, help="How many at most.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="With keys and scores, for programs.")] = False,
    batch: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="JSON lines with `query`.")] = None,
    target: Annotated[Path | None, typer.Option("--out", help="Where a batch's answers go.")] = None,
) -> None:
    """What the bot would find for somebody of an organization."""
    if bool(text) == bool(batch) or bool(batch) != bool(target) or not (org_tax_id or batch):
        raise typer.BadParameter("give TEXT and --org, or --batch and --out")
    run_to_end(_lookup(settings_now(), text, org_tax_id, limit, as_json, batch, target))


async def _lookup(
    settings: Settings,
    text: str,
    org_tax_id: str,
    limit: int,
    as_json: bool,
    batch: Path | None,
    target: Path | None,
) -> None:
    async with opened(settings) as services:
        if org_tax_id not in ("", ALL):
            async with services.storage.read() as work:
                if await work.organizations.by_tax_id(org_tax_id) is None:
                    note_unknown(org_tax_id)
        if batch is not None and target is not None:
            lines = await asyncio.to_thread(_read_lines, batch, "query")
            answers = await lookup_lines(services, lines, org_tax_id, limit, settings.zone)
            await asyncio.to_thread(_write_lines, target, answers)
            return
        (answer,) = await lookup_lines(services, [{"query": text}], org_tax_id, limit, settings.zone)
        if as_json:
            out.print_json(data=answer)
            return
        if not answer["found"]:
            say("not found")
            return
        names = ("number", "code", "party", "score", "differs")
        show(names, ([str(result[name]) for name in names] for result in answer["results"]))


@app.command()
def verify(
    text: Annotated[str, typer.Argument(help="One line or a QR text: number, code of older ones, date, amount.")],
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """The public verification, as any stranger gets it: consistent, or one answer for everything else."""
    run_to_end(_verify(settings_now(), text, as_json=as_json))


async def _verify(settings: Settings, text: str, *, as_json: bool) -> None:
    async with opened(settings) as services:
        verified = await verify_text(services, text)
        if as_json:
            out.print_json(data={"text": text, "result": verified.verdict})
        else:
            say(plain(verified.text[settings.default_locale]))


@app.command()
def ask(
    text: Annotated[str, typer.Argument(help="What a requester would write.")] = "",
    lang: Annotated[Locale, typer.Option(help="Language of the shown title.")] = Locale.ZH,
    as_json: Annotated[bool, typer.Option("--json")] = False,
    batch: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="JSON lines with `text`.")] = None,
    target: Annotated[Path | None, typer.Option("--out", help="Where a batch's answers go.")] = None,
) -> None:
    """How the bot would route a text, and why; without --batch also what the desk has taught for it."""
    if bool(text) == bool(batch) or bool(batch) != bool(target):
        raise typer.BadParameter("give TEXT, or --batch and --out")
    run_to_end(_ask(settings_now(), text, lang, as_json, batch, target))


async def _ask(
    settings: Settings,
    text: str,
    lang: Locale,
    as_json: bool,
    batch: Path | None,
    target: Path | None,
) -> None:
    async with looked_at(settings) as (services, has_database):
        await asyncio.to_thread(services.router.warm)  # its seconds are no question's
        if batch is not None and target is not None:
            lines = await asyncio.to_thread(_read_lines, batch, "text")
            await asyncio.to_thread(
                _write_lines, target, [ask_line(services, line, settings.zone)[0] for line in lines]
            )
            return
        answer, reason = ask_line(services, {"text": text}, settings.zone)
        lesson = await lesson_for(services, text, settings.zone) if has_database else None
        if as_json:
            out.print_json(data=answer | ({"lesson": lesson} if lesson else {}))
            return
        say(f"{answer['zone']}: {_named(services, answer['slug'], lang)}, score {answer['score']:.2f}")
        say(f"why: {reason}")
        if lesson:
            does = "answers instead" if lesson["state"] == LessonState.LIVE else "is watched, and would answer"
            say(f"taught: lesson {lesson['id']} {does}: {_named(services, lesson['slug'], lang)}")


def _named(services: Services, slug: str, lang: Locale) -> str:
    title = services.features.articles.name(slug) or services.features.flows.name(slug)
    return f"{slug} ({title[lang]})" if title else slug


def _read_lines(path: Path, key: str) -> list[dict[str, Any]]:
    """`key`: what each line asks with."""
    lines = enumerate(path.read_bytes().removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1)
    return [_read_line(path, number, line, key) for number, line in lines if line.strip()]


def _read_line(path: Path, number: int, line: bytes, key: str) -> dict[str, Any]:
    try:
        data = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ContentError(path.name, "expected one JSON object a line, in UTF-8", line=number) from error
    if not isinstance(data, dict):
        raise ContentError(path.name, "expected one JSON object a line", line=number)
    if not isinstance(data.get(key), str):
        raise ContentError(path.name, f"each line needs a text `{key}`", line=number)
    return data


def _write_lines(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


@app.command("migrate")
def migrate_command() -> None:
    """Bring the database to this version's schema."""
    run_to_end(_migrate(settings_now()))


async def _migrate(settings: Settings) -> None:
    database = Database(settings.database_url)
    try:
        changed = await migrate(database)
        say(f"{'migrated to' if changed else 'already at'} {await revision(database)}")
    finally:
        await database.close()


@app.command()
def doctor() -> None:
    """Check settings, database, content and the desk; exits 1 if something is wrong."""
    run_to_end(_doctor(settings_now()))


async def _doctor(settings: Settings) -> None:
    marks = {True: "ok", False: "wrong", None: "note"}
    findings = await examine(settings)
    show(("check", "", "finding"), ((finding.name, marks[finding.is_ok], finding.text) for finding in findings))
    if any(finding.is_ok is False for finding in findings):
        raise typer.Exit(1)

"""The command line. Every command exits non-zero with a one-line cause when something is wrong."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import sys
from collections.abc import AsyncIterator, Coroutine, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
import uvloop
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text
from sqlalchemy.exc import OperationalError
from telegram.error import InvalidToken

from bot import __version__, logs
from bot.app import Services, opened, running, utc_now
from bot.config import ConfigError, Settings, load_settings
from bot.demo import DEFAULT_PORT, playground
from bot.doctor import examine
from bot.lookups import ask_line, lookup_line
from handlers.errors import NotFound, UserError
from knowledge.content import ContentError
from knowledge.permissions import DeskRole, Role
from knowledge.texts import Locale, Texts, plain
from storage.database import Database
from storage.migrate import NewerDatabaseError, UnusableDatabaseError, migrate, revision
from storage.users import Agent

app = typer.Typer(help="票答 · the helpdesk bot for invoices.", no_args_is_help=True, pretty_exceptions_enable=False)
org = typer.Typer(help="Organizations: whose invoices there are, and who may see them.", no_args_is_help=True)
agent = typer.Typer(help="Agents: who answers tickets at the desk.", no_args_is_help=True)
app.add_typer(org, name="org")
app.add_typer(agent, name="agent")
out = Console()
err = Console(stderr=True)


_log = logging.getLogger(__name__)

Known = (ConfigError, ContentError, UserError, NewerDatabaseError, UnusableDatabaseError)
Outside = (OperationalError, OSError, InvalidToken)


def main() -> None:
    """Known failures become one line on standard error and exit code 1.

    Anything else is a bug: exit code 70 and its traceback, by way of the log, which keeps secrets out of it.
    """
    logs.set_up("INFO", [])
    try:
        app()
    except (*Known, *Outside) as error:
        err.print(f"invoice-bot: {_cause(error)}", markup=False, highlight=False, soft_wrap=True)
        sys.exit(1)
    except Exception:
        _log.exception("this should not have happened")
        sys.exit(70)


def _cause(error: Exception) -> str:
    match error:
        case UserError():
            return plain(Texts.load()(error.text_key, **error.params)[Locale.EN])
        case OperationalError():
            return f"the database cannot be used: {error.orig}"
        case InvalidToken():
            return "INVOICE_BOT_TOKEN: Telegram does not know this token any more"
        case OSError() if error.filename:
            return f"{error.filename}: {error.strerror}"
        case _:
            return str(error)


def _say(line: str) -> None:
    """One line as it is, however long."""
    out.print(line, markup=False, highlight=False, soft_wrap=True)


def _show(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    table = Table(*headers)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    out.print(table)


def _version(asked: bool) -> None:
    if asked:
        _say(__version__)
        raise typer.Exit


@app.callback()
def _root(
    _version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def _settings(**overrides: object) -> Settings:
    settings = load_settings(**overrides)
    logs.set_up(settings.log_level, settings.secrets)
    return settings


def _run(work: Coroutine[Any, Any, None]) -> None:
    """Failures out of task groups come out alone, so that their cause is one line."""
    try:
        uvloop.run(work)
    except* (*Known, *Outside) as group:
        raise _first(group) from None


def _first(error: BaseException) -> BaseException:
    return _first(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error


@asynccontextmanager
async def _until_stopped() -> AsyncIterator[asyncio.Event]:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stopped.set)
    yield stopped


@app.command()
def run() -> None:
    """The bot against Telegram: polling, or webhook when configured. Needs a token and the desk's chat id."""
    _run(_run_bot(_settings()))


async def _run_bot(settings: Settings) -> None:
    async with _until_stopped() as stopped, running(settings) as bot:
        _say(f"running: {settings.mode}" + (f", {bot.http_url}" if bot.http_url else ""))
        await stopped.wait()


@app.command("playground")
def playground_command(
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Where the page is served; 0: a free port.")
    ] = DEFAULT_PORT,
    demo: Annotated[bool, typer.Option(help="Seed demo organizations, people and invoices.")] = True,
) -> None:
    """No token needed: a local Bot API with a web chat, and the real bot talking to it."""
    _run(_play(_settings(), port, demo=demo))


async def _play(settings: Settings, port: int, *, demo: bool) -> None:
    async with _until_stopped() as stopped, playground(settings, port, demo=demo) as (url, _bot):
        _say(f"playground: {url}/")
        await stopped.wait()


@app.command()
def start() -> None:
    """`run` if a token is set, otherwise `playground`: what `make run` does."""
    settings = _settings()
    if settings.token.get_secret_value():
        _run(_run_bot(settings))
    else:
        _run(_play(settings, DEFAULT_PORT, demo=True))


@app.command("import")
def import_command(
    paths: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, metavar="FILE…", show_default=False)],
    org_tax_id: Annotated[str, typer.Option("--org", help="Refuse invoices of which this tax id is no party.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
) -> None:
    """Invoices in: CSV, XLSX, XLS or JSON lines. Rejected rows go to FILE.rejected.csv."""
    _run(_import(_settings(), paths, org_tax_id, dry_run=dry_run))


async def _import(settings: Settings, paths: list[Path], org_tax_id: str, *, dry_run: bool) -> None:
    async with opened(settings) as services:
        for path in paths:
            content = await asyncio.to_thread(path.read_bytes)
            with _bar(path.name) as advance:
                summary = await services.imports.import_file(
                    path.name, content, utc_now(), tax_id=org_tax_id, dry_run=dry_run, progress=advance
                )
            _say(
                f"{path.name}: {summary.added} added, {summary.changed} changed, {summary.same} the same, "
                f"{summary.status_changed} states changed, {summary.refused} states refused, "
                f"{len(summary.rejected)} rows rejected" + (" (dry run)" if dry_run else "")
            )
            if summary.rejected:
                target = path.with_name(path.name + ".rejected.csv")
                rows = summary.rejected_csv(services.texts, settings.default_locale)
                await asyncio.to_thread(target.write_text, rows, encoding="utf-8-sig")
                _say(f"rejected rows: {target}")


@contextmanager
def _bar(name: str) -> Iterator[Any]:
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed} rows"), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        task = progress.add_task(name, total=None)
        yield lambda rows: progress.update(task, completed=rows)


@app.command()
def lookup(
    text: Annotated[str, typer.Argument(help="A number, or whatever is known of the invoice.")] = "",
    org_tax_id: Annotated[str, typer.Option("--org", help="Tax id of the asker's organization; '*' for all.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=50)] = 5,
    as_json: Annotated[bool, typer.Option("--json")] = False,
    batch: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="JSON lines with `query`.")] = None,
    target: Annotated[Path | None, typer.Option("--out", help="Where a batch's answers go.")] = None,
) -> None:
    """What the bot would find."""
    if bool(text) == bool(batch) or bool(batch) != bool(target) or not (org_tax_id or batch):
        raise typer.BadParameter("give TEXT and --org, or --batch and --out")
    _run(_lookup(_settings(), text, org_tax_id, limit, as_json, batch, target))


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
        if batch is not None and target is not None:
            lines = await asyncio.to_thread(_read_lines, batch)
            answers = [await lookup_line(services, line, org_tax_id, limit, settings.zone) for line in lines]
            await asyncio.to_thread(_write_lines, target, answers)
            return
        answer = await lookup_line(services, {"query": text}, org_tax_id, limit, settings.zone)
        if as_json:
            out.print_json(data=answer)
            return
        if not answer["found"]:
            _say("not found")
            return
        names = ("number", "code", "party", "score", "differs")
        _show(names, ([str(result[name]) for name in names] for result in answer["results"]))


@app.command()
def ask(
    text: Annotated[str, typer.Argument(help="What a requester would write.")] = "",
    lang: Annotated[Locale, typer.Option(help="Language of the shown title.")] = Locale.ZH,
    as_json: Annotated[bool, typer.Option("--json")] = False,
    batch: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="JSON lines with `text`.")] = None,
    target: Annotated[Path | None, typer.Option("--out", help="Where a batch's answers go.")] = None,
) -> None:
    """How the bot would route a text, and why."""
    if bool(text) == bool(batch) or bool(batch) != bool(target):
        raise typer.BadParameter("give TEXT, or --batch and --out")
    _run(_ask(_settings(), text, lang, as_json, batch, target))


async def _ask(
    settings: Settings,
    text: str,
    lang: Locale,
    as_json: bool,
    batch: Path | None,
    target: Path | None,
) -> None:
    async with opened(settings) as services:
        if batch is not None and target is not None:
            lines = await asyncio.to_thread(_read_lines, batch)
            await asyncio.to_thread(
                _write_lines, target, [ask_line(services, line, settings.zone)[0] for line in lines]
            )
            return
        answer, reason = ask_line(services, {"text": text}, settings.zone)
        if as_json:
            out.print_json(data=answer)
            return
        features = services.features
        title = features.articles.name(answer["slug"]) or features.flows.name(answer["slug"])
        shown = f" ({title[lang]})" if title else ""
        _say(f"{answer['zone']}: {answer['slug']}{shown}, score {answer['score']:.2f}")
        _say(f"why: {reason}")


def _read_lines(path: Path) -> list[dict[str, Any]]:
    lines = enumerate(path.read_bytes().removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1)
    return [_read_line(path, number, line) for number, line in lines if line.strip()]


def _read_line(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        data = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ContentError(path.name, "expected one JSON object a line, in UTF-8", line=number) from error
    if not isinstance(data, dict):
        raise ContentError(path.name, "expected one JSON object a line", line=number)
    return data


def _write_lines(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


@app.command("migrate")
def migrate_command() -> None:
    """Bring the database to this version's schema."""
    _run(_migrate(_settings()))


async def _migrate(settings: Settings) -> None:
    database = Database(settings.database_url)
    try:
        changed = await migrate(database)
        _say(f"{'migrated to' if changed else 'already at'} {await revision(database)}")
    finally:
        await database.close()


@app.command()
def doctor() -> None:
    """Check settings, database, content and the desk; exits 1 if something is wrong."""
    _run(_doctor(_settings()))


async def _doctor(settings: Settings) -> None:
    marks = {True: "ok", False: "wrong", None: "note"}
    findings = await examine(settings)
    _show(("check", "", "finding"), ((finding.name, marks[finding.is_ok], finding.text) for finding in findings))
    if any(finding.is_ok is False for finding in findings):
        raise typer.Exit(1)


@org.command("add")
def org_add(tax_id: str, name: str) -> None:
    """A new organization by its tax id (统一社会信用代码)."""

    async def work(services: Services) -> None:
        added = await services.features.organizations.add(tax_id, name, utc_now())
        _say(f"added {added.tax_id} {added.name}")

    _with_services(work)


@org.command("list")
def org_list() -> None:
    """All organizations."""

    async def work(services: Services) -> None:
        _show(("tax id", "name"), ((one.tax_id, one.name) for one in await services.features.organizations.all()))

    _with_services(work)


@org.command("invite")
def org_invite(
    tax_id: str,
    role: Annotated[Role, typer.Option(help="What the person may do there.")] = Role.MEMBER,
    bot_name: Annotated[str, typer.Option("--bot", help="The bot's user name, for a link that can be tapped.")] = "",
) -> None:
    """A one-time invitation, good for 7 days."""

    async def work(services: Services) -> None:
        parameter = await services.features.organizations.invite(tax_id, role, utc_now())
        link = f"https://t.me/{bot_name}?start={parameter}" if bot_name else f"/start {parameter}"
        _say(link)

    _with_services(work)


@org.command("members")
def org_members(tax_id: str) -> None:
    """Who belongs to an organization."""

    async def work(services: Services) -> None:
        members = await services.features.organizations.members(tax_id)
        _show(("id", "name", "role"), ((str(one.user_id), one.name, one.role) for one in members))

    _with_services(work)


@agent.command("add")
def agent_add(user_id: int, name: str, role: Annotated[DeskRole, typer.Option()] = DeskRole.AGENT) -> None:
    """Let somebody answer tickets, by Telegram id."""

    async def work(services: Services) -> None:
        async with services.storage.begin() as unit:
            await unit.agents.add(Agent(user_id, name, role), utc_now())
        _say(f"{name} ({user_id}) is {role} at the desk")

    _with_services(work)


@agent.command("list")
def agent_list() -> None:
    """Who is at the desk."""

    async def work(services: Services) -> None:
        async with services.storage.read() as unit:
            _show(("id", "name", "role"), ((str(one.user_id), one.name, one.role) for one in await unit.agents.all()))

    _with_services(work)


@agent.command("remove")
def agent_remove(user_id: int) -> None:
    """Take somebody from the desk."""

    async def work(services: Services) -> None:
        async with services.storage.begin() as unit:
            removed = await unit.agents.remove(user_id)
        if not removed:
            raise NotFound("cli.no_agent", user_id=user_id)
        _say("removed")

    _with_services(work)


def _with_services(work: Any) -> None:
    async def inside() -> None:
        async with opened(_settings()) as services:
            await work(services)

    _run(inside())

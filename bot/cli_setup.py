"""Commands about who and what there is: organizations, agents, the outbox's dead letters, the audit log."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.app import Services, utc_now
from bot.terminal import say, show, with_services
from handlers.errors import Conflict, NotFound
from knowledge.permissions import ADMIN, DeskRole, Role
from storage.users import Agent

TaxId = Annotated[str, typer.Argument(help="Any tax id of the organization, or a short name of it.")]
UserId = Annotated[int, typer.Argument(help="The person's number at Telegram.")]

org = typer.Typer(help="Organizations: whose invoices there are, and who may see them.", no_args_is_help=True)
agent = typer.Typer(help="Agents: who answers tickets at the desk.", no_args_is_help=True)
outbox = typer.Typer(help="Messages to send: how many are where, and the dead letters.", no_args_is_help=True)

audit = typer.Typer(help="What was refused to whom, each row chained to the one before.", no_args_is_help=True)


@org.command("add")
def org_add(
    tax_id: Annotated[str, typer.Argument(help="18 characters.")],
    name: Annotated[str, typer.Argument(help="As it stands on invoices.")],
) -> None:
    """A new organization by its tax id."""

    async def work(services: Services) -> None:
        added = await services.features.organizations.add(ADMIN, tax_id, name, utc_now())
        say(f"added {added.tax_id} {added.name}")

    with_services(work)


@org.command("list")
def org_list() -> None:
    """All organizations, with their further tax ids and short names."""

    async def work(services: Services) -> None:
        organizations = await services.features.organizations.all(ADMIN)
        lines = ((one.tax_id, one.name, " ".join((*one.tax_ids[1:], *one.names))) for one in organizations)
        show(("tax id", "name", "aliases"), lines)

    with_services(work)


@org.command("invite")
def org_invite(
    tax_id: TaxId,
    role: Annotated[Role, typer.Option(help="What the person may do there.")] = Role.MEMBER,
    bot_name: Annotated[str, typer.Option("--bot", help="The bot's user name, for a link that can be tapped.")] = "",
) -> None:
    """A one-time invitation, good for 7 days."""

    async def work(services: Services) -> None:
        parameter = await services.features.organizations.invite(ADMIN, tax_id, role, utc_now())
        name = bot_name.removeprefix("@")
        link = f"https://t.me/{name}?start={parameter}" if name else f"/start {parameter}"
        say(link)

    with_services(work)


@org.command("alias")
def org_alias(
    tax_id: TaxId,
    alias: Annotated[str, typer.Argument(help="A tax id of 15, 17, 18 or 20 characters, or a short name.")],
    drop: Annotated[bool, typer.Option("--drop", help="Take it away again.")] = False,
) -> None:
    """A further tax id (an old one, a branch's), whose invoices the members see too; or a short name."""

    async def work(services: Services) -> None:
        organizations = services.features.organizations
        if drop:
            await organizations.drop_alias(ADMIN, tax_id, alias, utc_now())
            say("dropped")
        else:
            known = await organizations.alias(ADMIN, tax_id, alias, utc_now())
            say(f"{known.name} is known as {alias} too")

    with_services(work)


@org.command("members")
def org_members(tax_id: TaxId) -> None:
    """Who belongs to an organization."""

    async def work(services: Services) -> None:
        members = await services.features.organizations.members(ADMIN, tax_id)
        show(("id", "name", "role"), ((str(one.user_id), one.name, one.role) for one in members))

    with_services(work)


@agent.command("add")
def agent_add(
    user_id: UserId,
    name: Annotated[str, typer.Argument(help="As the desk sees it.")],
    role: Annotated[DeskRole, typer.Option(help="A lead may also teach the bot.")] = DeskRole.AGENT,
) -> None:
    """Let somebody answer tickets, by Telegram id."""

    async def work(services: Services) -> None:
        async with services.storage.begin() as unit:
            await unit.agents.add(Agent(user_id, name, role), utc_now())
        say(f"{name} ({user_id}) is {role} at the desk")

    with_services(work)


@agent.command("list")
def agent_list() -> None:
    """Who is at the desk."""

    async def work(services: Services) -> None:
        async with services.storage.read() as unit:
            show(("id", "name", "role"), ((str(one.user_id), one.name, one.role) for one in await unit.agents.all()))

    with_services(work)


@agent.command("remove")
def agent_remove(user_id: UserId) -> None:
    """Take somebody from the desk."""

    async def work(services: Services) -> None:
        async with services.storage.begin() as unit:
            removed = await unit.agents.remove(user_id)
        if not removed:
            raise NotFound("cli.no_agent", user_id=user_id)
        say("removed")

    with_services(work)


@outbox.command("list")
def outbox_list() -> None:
    """How many messages are in which state, and each dead letter with its reason."""

    async def work(services: Services) -> None:
        async with services.storage.read() as unit:
            counts, dead = await unit.outbox.counts(), await unit.outbox.dead()
        show(("state", "messages"), ((state, str(count)) for state, count in sorted(counts.items())))
        if dead:
            show(("id", "chat", "reason"), ((str(row_id), str(chat_id), error) for row_id, chat_id, error in dead))

    with_services(work)


@outbox.command("retry")
def outbox_retry() -> None:
    """Queue the dead letters again; a running bot sends them within a minute."""

    async def work(services: Services) -> None:
        async with services.storage.begin() as unit:
            say(f"{await unit.outbox.retry_dead()} queued again")

    with_services(work)


@audit.command("verify")
def audit_verify() -> None:
    """Whether a row was altered or is missing; exits 1 if one is."""

    async def work(services: Services) -> None:
        async with services.storage.read() as unit:
            count, wrong = await unit.audit.verified()
        if wrong is not None:
            raise Conflict("cli.audit_broken", row=wrong)
        say(f"{count} rows, none altered or missing")

    with_services(work)

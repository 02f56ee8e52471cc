"""Organizations: joined by a one-time link, managed by their managers, left at once."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from handlers.alerts.service import Report
from handlers.errors import Conflict, InvalidInput, NotFound, NotPermitted, UserError
from handlers.incoming import Person, Tap
from handlers.organizations.service import INVITATION_LIFE, MOST_OPEN, PREFIX, OrganizationService
from knowledge.invoices.model import Axis
from knowledge.permissions import ADMIN, Actor, Role
from knowledge.texts import Locale
from storage.organizations import Member, Organization
from storage.schema import invitations, organization_events
from tests.conftest import AGENT, REQUESTER, STRANGER
from tests.fixtures.demo import BUYER, KEY, NUMBER
from tests.fixtures.services import NOW, Office

NEW, NOBODYS, FORMER = "91000000MA00000232", "91000000MA00000312", "110000000000157"
MANAGER, RIVAL = 45, 46  # of BUYER, to which REQUESTER belongs too; of NEW
NAMES = {MANAGER: "示例主管", RIVAL: "别家主管", STRANGER: "路人", REQUESTER: "示例会计"}


def service(here: Office) -> OrganizationService:
    return here.services.features.organizations


@pytest.fixture
async def peopled(here: Office) -> Office:
    """Two organizations with a manager each; a member in one of them; a stranger."""
    await service(here).add(ADMIN, NEW, "别家", NOW)
    async with here.services.storage.begin() as work:
        for user_id, name in NAMES.items():
            await work.users.seen(user_id, name, Locale.ZH, NOW)
        for user_id, tax_id in ((MANAGER, BUYER), (RIVAL, NEW)):
            organization = await work.organizations.by_tax_id(tax_id)
            assert organization is not None
            await work.organizations.join(organization.id, user_id, Role.MANAGER, NOW)
    return here


async def organization(here: Office, tax_id: str = BUYER) -> Organization:
    return next(one for one in await service(here).all(ADMIN) if tax_id in one.tax_ids)


async def join(here: Office, parameter: str, user_id: int = STRANGER, after: timedelta = timedelta()) -> str:
    """What somebody reads who follows the link."""
    async with here.services.storage.begin() as work:
        user = await work.users.seen(user_id, NAMES.get(user_id, "新人"), Locale.ZH, NOW)
        return (await service(here).join(work, user, parameter, NOW + after)).text[Locale.ZH]


async def members(here: Office, tax_id: str = BUYER) -> dict[int, Role]:
    return {member.user_id: member.role for member in await service(here).members(ADMIN, tax_id)}


async def scope(here: Office, user_id: int) -> tuple[str, ...]:
    async with here.services.storage.read() as work:
        return (await work.users.actor(user_id)).scope


async def events(here: Office, tax_id: str = BUYER) -> list[tuple[str, int | None]]:
    org_id = (await organization(here, tax_id)).id
    query = select(organization_events.c.event, organization_events.c.actor_id)
    async with here.services.storage.read() as work:
        rows = await work.connection.execute(
            query.where(organization_events.c.org_id == org_id).order_by(organization_events.c.version)
        )
        return [tuple(row) for row in rows]


def by(user_id: int) -> Tap:
    return Tap(Person(user_id, ""), user_id, 900, ())


async def newest_link(here: Office, chat_id: int = MANAGER) -> str:
    found = re.findall(rf"https://t\.me/bot\?start=({PREFIX}[\w-]+)", "\n".join(await here.queued(chat_id)))
    return str(found[-1])


async def send_invitation(here: Office, role: Role = Role.MEMBER, user_id: int = MANAGER) -> str:
    """The start parameter that this manager gets to pass on."""
    now = await organization(here)
    link = "https://t.me/bot?start={}".format
    await service(here).send_invitation(by(user_id), now.id, now.version, role, link, NOW)
    return await newest_link(here, user_id)


# The command line


async def test_added_and_listed(here: Office) -> None:
    added = await service(here).add(ADMIN, NEW, "新公司", NOW)
    assert (added.tax_id, added.name) == (NEW, "新公司")
    assert added in await service(here).all(ADMIN)
    with pytest.raises(Conflict, match=r"org\.exists"):
        await service(here).add(ADMIN, NEW, "又一次", NOW)


@pytest.mark.parametrize("tax_id", ["", "1", NEW[:-1], NEW[:-1] + "3", NEW + "2", NEW.lower(), "<b>"])
async def test_a_tax_id_must_hold(here: Office, tax_id: str) -> None:
    with pytest.raises(InvalidInput, match=r"org\.bad_tax_id"):
        await service(here).add(ADMIN, tax_id, "新公司", NOW)


async def test_an_unknown_organization(here: Office) -> None:
    with pytest.raises(NotFound, match=r"org\.unknown"):
        await service(here).members(ADMIN, NOBODYS)
    with pytest.raises(NotFound, match=r"org\.unknown"):
        await service(here).invite(ADMIN, NOBODYS, Role.MEMBER, NOW)


@pytest.mark.parametrize("who", [Actor(STRANGER), Actor(RIVAL, None, ((NEW, Role.MANAGER),))])
async def test_the_command_lines_use_cases_are_nobody_elses(peopled: Office, who: Actor) -> None:
    """The same words whether or not the organization exists."""
    organizations = service(peopled)
    with pytest.raises(NotPermitted):
        await organizations.add(who, NOBODYS, "新公司", NOW)
    with pytest.raises(NotPermitted):
        await organizations.all(who)
    for tax_id in (BUYER, NOBODYS):
        uses: list[Callable[[], Awaitable[object]]] = [
            lambda tax_id=tax_id: organizations.members(who, tax_id),  # type: ignore[misc]  # bound as it stands
            lambda tax_id=tax_id: organizations.invite(who, tax_id, Role.MEMBER, NOW),  # type: ignore[misc]  # same
            lambda tax_id=tax_id: organizations.alias(who, tax_id, "简称", NOW),  # type: ignore[misc]  # same
            lambda tax_id=tax_id: organizations.drop_alias(who, tax_id, "简称", NOW),  # type: ignore[misc]  # same
        ]
        for use in uses:
            with pytest.raises(NotFound, match=r"org\.unknown"):
                await use()


# Aliases


async def test_rows_of_a_further_tax_id_are_in_the_members_scope(peopled: Office) -> None:
    await service(peopled).alias(ADMIN, BUYER, FORMER, NOW)
    await service(peopled).alias(ADMIN, FORMER, "票答", NOW)
    known = await organization(peopled, FORMER)
    assert (known.tax_ids, known.names) == ((BUYER, FORMER), ("票答",))
    assert set(await scope(peopled, REQUESTER)) == {BUYER, FORMER}
    assert await service(peopled).members(ADMIN, "票答") == await service(peopled).members(ADMIN, BUYER)
    await service(peopled).drop_alias(ADMIN, BUYER, FORMER, NOW)
    assert await scope(peopled, REQUESTER) == (BUYER,)


@pytest.mark.parametrize("alias", [NEW[:-1] + "3", "1100000000001570", "", " "])
async def test_an_alias_that_cannot_be_one(peopled: Office, alias: str) -> None:
    with pytest.raises(InvalidInput, match=r"org\.bad_tax_id"):
        await service(peopled).alias(ADMIN, BUYER, alias, NOW)


async def test_an_alias_belongs_to_one_organization(peopled: Office) -> None:
    for taken in (NEW, BUYER):
        with pytest.raises(Conflict, match=r"org\.alias_taken"):
            await service(peopled).alias(ADMIN, BUYER, taken, NOW)
    for no_alias in (BUYER, NEW, "没有"):
        with pytest.raises(NotFound, match=r"org\.no_alias"):
            await service(peopled).drop_alias(ADMIN, BUYER, no_alias, NOW)


# Joining


@pytest.mark.parametrize("role", list(Role))
async def test_whoever_has_the_link_joins_in_its_role(peopled: Office, role: Role) -> None:
    read = await join(peopled, await send_invitation(peopled, role))
    assert "票答示例科技" in read
    assert (await members(peopled))[STRANGER] is role
    assert "路人" in (await peopled.queued(MANAGER))[-1]
    assert (await events(peopled))[-2:] == [("invited", MANAGER), ("joined", STRANGER)]


async def test_the_link_fits_into_a_start_parameter(here: Office) -> None:
    """Telegram takes 64 characters of A-Z a-z 0-9 _ -."""
    parameter = await service(here).invite(ADMIN, BUYER, Role.MEMBER, NOW)
    assert parameter.startswith(PREFIX)
    assert len(parameter) <= 64
    assert parameter.replace("_", "").replace("-", "").isalnum()


async def test_only_a_hash_of_the_link_is_kept(here: Office) -> None:
    parameter = await service(here).invite(ADMIN, BUYER, Role.MEMBER, NOW)
    token = parameter.removeprefix(PREFIX)
    async with here.services.storage.read() as work:
        kept = list(await work.connection.scalars(select(invitations.c.token_hash)))
    assert kept == [hashlib.sha256(token.encode()).hexdigest()]


async def test_a_link_is_good_once_and_for_seven_days(peopled: Office) -> None:
    """Unknown, used, too old, revoked, already inside: the same words, so that nobody learns which links there were."""
    used, old, revoked, inside = [await send_invitation(peopled) for _ in range(4)]
    await join(peopled, used)
    open_ones, now = await invitations_of(peopled), await organization(peopled)
    mark = hashlib.sha256(revoked.removeprefix(PREFIX).encode()).hexdigest()[:16]
    assert mark in open_ones
    await service(peopled).revoke(by(MANAGER), now.id, now.version, mark, NOW)
    for parameter, user_id, after in (
        (used, 999, timedelta()),
        (used, STRANGER, timedelta()),
        (old, 999, INVITATION_LIFE),
        (revoked, 999, timedelta()),
        (PREFIX + "made-up", 999, timedelta()),
        (inside, MANAGER, timedelta()),
    ):
        with pytest.raises(NotFound, match=r"org\.invitation_invalid") as refused:
            await join(peopled, parameter, user_id, after)
        assert refused.value.params == {}
    assert await members(peopled) == {MANAGER: Role.MANAGER, REQUESTER: Role.MEMBER, STRANGER: Role.MEMBER}
    await join(peopled, inside, 999)  # a member who tried it has not used it up
    assert 999 in await members(peopled)


async def invitations_of(here: Office) -> list[str]:
    async with here.services.storage.read() as work:
        known = await work.organizations.open_invitations((await organization(here)).id, NOW)
        return [one.token_hash[:16] for one in known]


async def test_invitations_are_bounded(peopled: Office) -> None:
    for _ in range(MOST_OPEN):
        await send_invitation(peopled)
    with pytest.raises(Conflict, match=r"org\.too_many_invitations"):
        await send_invitation(peopled)


# Who may do what in the chat


async def test_the_overview(peopled: Office) -> None:
    async def seen(user_id: int) -> tuple[str, list[str]]:
        async with peopled.services.storage.begin() as work:
            user = await work.users.get(user_id)
            assert user is not None
            message = await service(peopled).overview(work, user, NOW)
        return message.text[Locale.ZH], [button.data.split(":")[1] for row in message.rows for button in row]

    assert "还不属于任何企业" in (await seen(STRANGER))[0]
    text, verbs = await seen(REQUESTER)
    assert all(words in text for words in (BUYER, "示例会计 · 成员（您）", "示例主管 · 管理员", "2 人"))
    assert verbs == ["leaving"]
    assert (await seen(MANAGER))[1] == ["roles", "people", "page", "leaving"]
    await send_invitation(peopled)
    assert (await seen(MANAGER))[1] == ["roles", "open", "people", "page", "leaving"]
    await join(peopled, await service(peopled).invite(ADMIN, NEW, Role.MEMBER, NOW), MANAGER)
    assert (await seen(MANAGER))[1] == ["card", "card"]


PAGES = {
    "card": 0,
    "roles": 0,
    "open": 0,
    "people": 0,
    "person": REQUESTER,
    "removing": REQUESTER,
    "promoting": REQUESTER,
    "handing": REQUESTER,
}
PAGES_OF_MEMBERS = {"card", "leaving"}
WHO = [STRANGER, REQUESTER, MANAGER, RIVAL, AGENT]
Change = Callable[[OrganizationService, Tap, int, int], Awaitable[None]]
CHANGES: dict[str, Change] = {
    "invite": lambda one, tap, org, version: one.send_invitation(tap, org, version, Role.MEMBER, str, NOW),
    "revoke": lambda one, tap, org, version: one.revoke(tap, org, version, "0" * 16, NOW),
    "remove": lambda one, tap, org, version: one.remove(tap, org, version, REQUESTER, NOW),
    "promote": lambda one, tap, org, version: one.promote(tap, org, version, REQUESTER, NOW),
    "hand": lambda one, tap, org, version: one.hand_over(tap, org, version, REQUESTER, NOW),
    "leave": lambda one, tap, org, version: one.leave(tap, org, version, NOW),
}


async def outcome(used: Awaitable[None]) -> str:
    """Done, or the words of the refusal."""
    try:
        await used
    except UserError as error:
        return error.text_key
    return "done"


@pytest.mark.parametrize("name", [*PAGES, "leaving"])
@pytest.mark.parametrize("who", WHO)
async def test_pages(peopled: Office, who: int, name: str) -> None:
    now = await organization(peopled)
    shown = await outcome(service(peopled).page(by(who), now.id, name, PAGES.get(name, 0), NOW))
    if who == MANAGER or (who == REQUESTER and name in PAGES_OF_MEMBERS):
        assert shown == "done"
    else:
        assert shown == ("error.not_permitted" if who == REQUESTER else "error.unknown_button")
    unknown = await outcome(service(peopled).page(by(who), 404, name, PAGES.get(name, 0), NOW))
    assert unknown == "error.unknown_button"


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("who", WHO)
async def test_changes(peopled: Office, who: int, name: str) -> None:
    """Whoever may not: refused before anything is looked at, in the words of a button that leads nowhere."""
    now, before = await organization(peopled), await members(peopled)
    change, organizations = CHANGES[name], service(peopled)
    for version in (now.version, now.version + 1):
        assert await outcome(change(organizations, by(who), 404, version)) == "error.unknown_button"
    stale = await outcome(change(organizations, by(who), now.id, now.version + 1))
    assert (await members(peopled), await organization(peopled)) == (before, now)
    done = await outcome(change(organizations, by(who), now.id, now.version))
    match who, name:
        case (45, _):  # the manager
            last, unknown = "org.last_manager", "org.stale"
            assert (stale, done) == ("org.stale", {"leave": last, "revoke": unknown}.get(name, "done"))
        case (42, "leave"):  # a member
            assert (stale, done) == ("org.stale", "done")
        case (42, _):
            assert stale == done == "error.not_permitted"
        case _:
            assert stale == done == "error.unknown_button"
    if done != "done":
        assert (await members(peopled), await organization(peopled)) == (before, now)


# Parting


async def remove(here: Office, member_id: int, user_id: int = MANAGER) -> None:
    now = await organization(here)
    await service(here).remove(by(user_id), now.id, now.version, member_id, NOW)


async def watching(here: Office, user_id: int) -> list[str]:
    async with here.services.storage.read() as work:
        return [watch.invoice_key for watch in await work.alerts.of_user(user_id)]


async def test_a_removed_member_sees_and_hears_nothing_more(peopled: Office) -> None:
    await peopled.watch(REQUESTER, KEY)
    await remove(peopled, REQUESTER)
    assert await members(peopled) == {MANAGER: Role.MANAGER}
    assert await scope(peopled, REQUESTER) == ()
    assert await watching(peopled, REQUESTER) == []
    assert "不再是" in (await peopled.queued(REQUESTER))[-1]
    await peopled.services.features.alerts.record(
        Report("platform", "1", KEY, Axis.TAX_STATUS, "red_pending", NOW), NOW
    )
    assert not any(NUMBER in text for text in await peopled.queued(REQUESTER))
    assert (await events(peopled))[-1] == ("removed", MANAGER)


async def running(here: Office) -> bool:
    async with here.services.storage.read() as work:
        return await work.flows.running(REQUESTER) is not None


async def begin(here: Office, facts: dict[str, str]) -> None:
    async with here.services.storage.begin() as work:
        user = await work.users.get(REQUESTER)
        assert user is not None
        await here.services.features.flows.begin(work, user, "invoice-not-showing", NOW, facts=facts)


async def test_a_flow_about_an_invoice_ends_with_its_sight(peopled: Office) -> None:
    """What is known of the invoice stands in every question."""
    await begin(peopled, {"invoice_key": KEY, "number": NUMBER, "exists": "yes", "about": KEY})
    await remove(peopled, REQUESTER)
    assert not await running(peopled)


async def test_a_flow_with_nothing_but_what_they_said_goes_on(peopled: Office) -> None:
    await begin(peopled, {"number": NUMBER})
    await remove(peopled, REQUESTER)
    assert await running(peopled)


async def test_what_is_also_another_organizations_is_watched_on(peopled: Office) -> None:
    """The invoice's seller is an organization of theirs too."""
    async with peopled.services.storage.begin() as work:
        stored = await work.invoices.unscoped(KEY)
        assert stored is not None
        seller = await work.organizations.add(stored.invoice.seller_tax_id, "销方", NOW)
        assert seller is not None
        await work.organizations.join(seller.id, REQUESTER, Role.MEMBER, NOW)
    await peopled.watch(REQUESTER, KEY)
    await remove(peopled, REQUESTER)
    assert await watching(peopled, REQUESTER) == [KEY]


async def test_the_last_manager_stays(peopled: Office) -> None:
    with pytest.raises(Conflict, match=r"org\.last_manager"):
        await remove(peopled, MANAGER)
    await join(peopled, await send_invitation(peopled, Role.MANAGER))
    open_link = await send_invitation(peopled)
    await remove(peopled, MANAGER, STRANGER)
    assert await members(peopled) == {REQUESTER: Role.MEMBER, STRANGER: Role.MANAGER}
    with pytest.raises(NotFound, match=r"org\.invitation_invalid"):  # no way back in by a link of one's own
        await join(peopled, open_link, MANAGER)


async def test_a_second_manager(peopled: Office) -> None:
    """So that one of them may leave; nobody's invitations are lost."""
    open_link, now = await send_invitation(peopled), await organization(peopled)
    for _ in range(2):  # of a manager it changes nothing
        await service(peopled).promote(by(MANAGER), now.id, now.version, REQUESTER, NOW)
        assert await members(peopled) == {MANAGER: Role.MANAGER, REQUESTER: Role.MANAGER}
        now = await organization(peopled)
    assert len([text for text in await peopled.queued(REQUESTER) if "管理员" in text]) == 1
    assert (await events(peopled)).count(("promoted", MANAGER)) == 1
    await join(peopled, open_link)
    now = await organization(peopled)
    await service(peopled).leave(by(MANAGER), now.id, now.version, NOW)
    assert await members(peopled) == {REQUESTER: Role.MANAGER, STRANGER: Role.MEMBER}


async def test_back_to_all_organizations(peopled: Office) -> None:
    """Whoever belongs to one only has nowhere to go back to."""
    org_id = (await organization(peopled)).id
    await service(peopled).page(by(REQUESTER), org_id, "card", 0, NOW)
    assert "o:home" not in await peopled.buttons(REQUESTER)
    async with peopled.services.storage.begin() as work:
        await work.organizations.join((await organization(peopled, NEW)).id, REQUESTER, Role.MEMBER, NOW)
    await service(peopled).page(by(REQUESTER), org_id, "card", 0, NOW)
    assert (await peopled.buttons(REQUESTER))[-1] == "o:home"
    await service(peopled).home(by(REQUESTER), NOW)
    assert [data.split(":")[1] for data in await peopled.buttons(REQUESTER)] == ["card", "card"]


async def test_handing_over(peopled: Office) -> None:
    open_link, now = await send_invitation(peopled), await organization(peopled)
    await service(peopled).hand_over(by(MANAGER), now.id, now.version, REQUESTER, NOW)
    assert await members(peopled) == {MANAGER: Role.MEMBER, REQUESTER: Role.MANAGER}
    assert "管理员" in (await peopled.queued(REQUESTER))[-1]
    with pytest.raises(NotFound, match=r"org\.invitation_invalid"):
        await join(peopled, open_link)
    now = await organization(peopled)
    await service(peopled).leave(by(MANAGER), now.id, now.version, NOW)
    assert await members(peopled) == {REQUESTER: Role.MANAGER}
    assert (await events(peopled))[-2:] == [("handed_over", MANAGER), ("left", MANAGER)]


@pytest.mark.parametrize("member_id", [MANAGER, STRANGER, RIVAL, 404])
async def test_only_another_member_takes_over(peopled: Office, member_id: int) -> None:
    now = await organization(peopled)
    with pytest.raises(Conflict, match=r"org\.stale"):
        await service(peopled).hand_over(by(MANAGER), now.id, now.version, member_id, NOW)
    assert await organization(peopled) == now


async def test_a_second_tap_changes_nothing(peopled: Office) -> None:
    now = await organization(peopled)
    await service(peopled).send_invitation(by(MANAGER), now.id, now.version, Role.MEMBER, str, NOW)
    with pytest.raises(Conflict, match=r"org\.stale"):
        await service(peopled).send_invitation(by(MANAGER), now.id, now.version, Role.MEMBER, str, NOW)
    assert len(await invitations_of(peopled)) == 1


async def test_names_are_escaped(peopled: Office) -> None:
    async with peopled.services.storage.begin() as work:
        await work.users.seen(REQUESTER, "<b>会计</b>", Locale.ZH, NOW)
        user = await work.users.get(MANAGER)
        assert user is not None
        card = await service(peopled).overview(work, user, NOW)
    assert "&lt;b&gt;会计&lt;/b&gt; · 成员" in card.text[Locale.ZH]


async def test_a_large_organization_fits_into_a_message(peopled: Office) -> None:
    """4,096 characters and 100 buttons (Bot API)."""
    async with peopled.services.storage.begin() as work:
        organization_id = (await organization(peopled)).id
        for user_id in range(5000, 5120):
            await work.users.seen(user_id, "示" * 256, Locale.ZH, NOW)
            await work.organizations.join(organization_id, user_id, Role.MEMBER, NOW)
        user = await work.users.get(MANAGER)
        assert user is not None
        card = await service(peopled).overview(work, user, NOW)
    assert len(card.text[Locale.ZH]) < 4096
    assert "还有 92 人" in card.text[Locale.ZH]
    await service(peopled).page(by(MANAGER), organization_id, "people", 0, NOW)
    assert 50 < len(await peopled.buttons(MANAGER)) <= 100


async def test_members_are_as_they_joined(peopled: Office) -> None:
    assert [member.user_id for member in await service(peopled).members(ADMIN, NEW)] == [RIVAL]
    assert Member(RIVAL, "别家主管", Role.MANAGER) in await service(peopled).members(ADMIN, NEW)

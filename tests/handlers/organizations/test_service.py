"""Organizations, and joining them by a one-time link."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from sqlalchemy import select

from handlers.errors import Conflict, InvalidInput, NotFound
from handlers.organizations.service import INVITATION_LIFE, PREFIX
from knowledge.permissions import ADMIN, Role
from knowledge.texts import Locale
from storage.organizations import Member, Organization
from storage.schema import invitations
from tests.conftest import REQUESTER, STRANGER
from tests.fixtures.demo import BUYER
from tests.fixtures.services import NOW, Office

NEW = "91000000MA00000232"
NOBODYS = "91000000MA00000312"


async def join(here: Office, parameter: str, user_id: int = STRANGER, after: timedelta = timedelta()) -> Organization:
    async with here.services.storage.begin() as work:
        user = await work.users.seen(user_id, "路人", Locale.ZH, NOW)
        return await here.services.features.organizations.join(work, user, parameter, NOW + after)


async def members(here: Office, tax_id: str = BUYER) -> list[Member]:
    return await here.services.features.organizations.members(ADMIN, tax_id)


async def test_added_and_listed(here: Office) -> None:
    added = await here.services.features.organizations.add(ADMIN, NEW, "新公司", NOW)
    assert (added.tax_id, added.name) == (NEW, "新公司")
    assert added in await here.services.features.organizations.all(ADMIN)
    with pytest.raises(Conflict, match=r"org\.exists"):
        await here.services.features.organizations.add(ADMIN, NEW, "又一次", NOW)


@pytest.mark.parametrize("tax_id", ["", "1", NEW[:-1], NEW[:-1] + "3", NEW + "2", NEW.lower(), "<b>"])
async def test_a_tax_id_must_hold(here: Office, tax_id: str) -> None:
    with pytest.raises(InvalidInput, match=r"org\.bad_tax_id"):
        await here.services.features.organizations.add(ADMIN, tax_id, "新公司", NOW)


@pytest.mark.parametrize("role", list(Role))
async def test_whoever_has_the_link_joins_in_its_role(here: Office, role: Role) -> None:
    parameter = await here.services.features.organizations.invite(ADMIN, BUYER, role, NOW)
    organization = await join(here, parameter)
    assert organization.tax_id == BUYER
    assert Member(STRANGER, "路人", role) in await members(here)


async def test_the_link_fits_into_a_start_parameter(here: Office) -> None:
    """Telegram takes 64 characters of A-Z a-z 0-9 _ -."""
    parameter = await here.services.features.organizations.invite(ADMIN, BUYER, Role.MEMBER, NOW)
    assert parameter.startswith(PREFIX)
    assert len(parameter) <= 64
    assert parameter.replace("_", "").replace("-", "").isalnum()


async def test_only_a_hash_of_the_link_is_kept(here: Office) -> None:
    parameter = await here.services.features.organizations.invite(ADMIN, BUYER, Role.MEMBER, NOW)
    token = parameter.removeprefix(PREFIX)
    async with here.services.storage.read() as work:
        kept = list(await work.connection.scalars(select(invitations.c.token_hash)))
    assert kept == [hashlib.sha256(token.encode()).hexdigest()]


async def test_a_link_is_good_once_and_for_seven_days(here: Office) -> None:
    """Unknown, used and too old: the same words, so that nobody learns which links there were."""
    invite = here.services.features.organizations.invite
    used, old = await invite(ADMIN, BUYER, Role.MEMBER, NOW), await invite(ADMIN, BUYER, Role.MEMBER, NOW)
    await join(here, used)
    for parameter, after in ((used, timedelta()), (old, INVITATION_LIFE), (PREFIX + "made-up", timedelta())):
        with pytest.raises(NotFound, match=r"org\.invitation_invalid") as refused:
            await join(here, parameter, 999, after)
        assert refused.value.params == {}
    assert sorted(member.user_id for member in await members(here)) == [REQUESTER, STRANGER]


async def test_a_member_who_joins_again_keeps_the_role(here: Office) -> None:
    parameter = await here.services.features.organizations.invite(ADMIN, BUYER, Role.MANAGER, NOW)
    await join(here, parameter, REQUESTER)
    assert [member.role for member in await members(here)] == [Role.MEMBER]


async def test_an_unknown_organization(here: Office) -> None:
    organizations = here.services.features.organizations
    with pytest.raises(NotFound, match=r"org\.unknown"):
        await organizations.members(ADMIN, NOBODYS)
    with pytest.raises(NotFound, match=r"org\.unknown"):
        await organizations.invite(ADMIN, NOBODYS, Role.MEMBER, NOW)

"""Organizations, members, invitations."""

from __future__ import annotations

from datetime import timedelta

from knowledge.permissions import Role
from knowledge.texts import Locale
from storage.organizations import Invitation, Member, Organization
from storage.unit_of_work import UnitOfWork
from tests.storage.conftest import NOW

TAX_ID, OTHER = "91000000MA00000157", "91000000MA00000232"


async def add(work: UnitOfWork, tax_id: str = TAX_ID) -> Organization:
    organization = await work.organizations.add(tax_id, f"虚构 {tax_id}", NOW)
    assert organization is not None
    return organization


async def test_a_tax_id_exists_once(work: UnitOfWork) -> None:
    organization = await add(work)
    assert await work.organizations.add(TAX_ID, "同号", NOW) is None
    assert await work.organizations.by_tax_id(TAX_ID) == organization
    assert await work.organizations.get(organization.id) == organization
    assert await work.organizations.all() == [organization]


async def test_unknown_ones_are_none(work: UnitOfWork) -> None:
    assert await work.organizations.by_tax_id(TAX_ID) is None
    assert await work.organizations.get(1) is None


async def test_members_belong_to_their_own_organization(work: UnitOfWork) -> None:
    ours, theirs = await add(work), await add(work, OTHER)
    for user_id in (1, 2, 3):
        await work.users.seen(user_id, f"会计 {user_id}", Locale.ZH, NOW)
    assert await work.organizations.join(ours.id, 1, Role.MANAGER, NOW)
    assert await work.organizations.join(ours.id, 2, Role.MEMBER, NOW + timedelta(seconds=1))
    assert await work.organizations.join(theirs.id, 3, Role.MEMBER, NOW)
    assert await work.organizations.members(ours.id) == [
        Member(1, "会计 1", Role.MANAGER),
        Member(2, "会计 2", Role.MEMBER),
    ]


async def test_joining_twice_keeps_the_role(work: UnitOfWork) -> None:
    organization = await add(work)
    await work.users.seen(1, "会计", Locale.ZH, NOW)
    await work.organizations.join(organization.id, 1, Role.MANAGER, NOW)
    assert await work.organizations.join(organization.id, 1, Role.MEMBER, NOW) is False
    assert await work.organizations.members(organization.id) == [Member(1, "会计", Role.MANAGER)]


async def test_an_invitation_is_good_once(work: UnitOfWork) -> None:
    organization = await add(work)
    await work.organizations.invite(Invitation("hash", organization.id, Role.MANAGER, NOW + timedelta(days=7)))
    assert await work.organizations.take_invitation("another", 1, NOW) is None
    taken = await work.organizations.take_invitation("hash", 1, NOW)
    assert taken == Invitation("hash", organization.id, Role.MANAGER, NOW + timedelta(days=7), used_by=1)
    assert await work.organizations.take_invitation("hash", 2, NOW) is None
    assert await work.organizations.take_invitation("hash", 1, NOW) is None


async def test_an_invitation_ends(work: UnitOfWork) -> None:
    organization = await add(work)
    await work.organizations.invite(Invitation("hash", organization.id, Role.MEMBER, NOW + timedelta(days=7)))
    assert await work.organizations.take_invitation("hash", 1, NOW + timedelta(days=7)) is None

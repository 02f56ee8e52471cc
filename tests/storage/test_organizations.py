"""Organizations, members, invitations."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from knowledge.permissions import Role
from knowledge.texts import Locale
from storage.organizations import AliasKind, Invitation, Member, Organization, StaleOrganizationError
from storage.schema import organization_events
from storage.unit_of_work import UnitOfWork
from tests.storage.conftest import NOW

TAX_ID, OTHER, FORMER = "91000000MA00000157", "91000000MA00000232", "110000000000157"


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


async def test_every_alias_leads_to_its_organization(work: UnitOfWork) -> None:
    ours, theirs = await add(work), await add(work, OTHER)
    assert await work.organizations.add_alias(ours.id, FORMER, AliasKind.TAX_ID)
    assert await work.organizations.add_alias(ours.id, "虚构", AliasKind.NAME)
    for taken in (FORMER, "虚构", TAX_ID, OTHER):
        assert not await work.organizations.add_alias(theirs.id, taken, AliasKind.NAME)
    assert await work.organizations.add(FORMER, "别家", NOW) is None
    known = replace(ours, tax_ids=(TAX_ID, FORMER), names=("虚构",))
    for alias in (TAX_ID, FORMER, "虚构"):
        assert await work.organizations.by_tax_id(alias) == known
    assert await work.organizations.all() == [known, theirs]
    assert not await work.organizations.drop_alias(theirs.id, FORMER)
    assert await work.organizations.drop_alias(ours.id, FORMER)
    assert await work.organizations.by_tax_id(FORMER) is None


async def test_a_change_is_written_down_once(work: UnitOfWork) -> None:
    first = await add(work)
    second = await work.organizations.move(first, "invited", actor=7, now=NOW, details={"role": "member"})
    assert second == replace(first, version=2) == await work.organizations.get(first.id)
    with pytest.raises(StaleOrganizationError):
        await work.organizations.move(first, "left", actor=8, now=NOW, details={})
    query = select(organization_events.c.version, organization_events.c.event, organization_events.c.actor_id)
    assert [tuple(row) for row in await work.connection.execute(query)] == [(1, "added", None), (2, "invited", 7)]


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
    assert await work.organizations.of_user(3) == [theirs]
    assert await work.organizations.of_user(4) == []
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


async def test_roles_change_and_members_go(work: UnitOfWork) -> None:
    organization = await add(work)
    for user_id in (1, 2):
        await work.users.seen(user_id, "会计", Locale.ZH, NOW)
        await work.organizations.join(organization.id, user_id, Role.MEMBER, NOW)
    await work.organizations.set_role(organization.id, 2, Role.MANAGER)
    await work.organizations.remove(organization.id, 1)
    assert await work.organizations.members(organization.id) == [Member(2, "会计", Role.MANAGER)]


async def test_open_invitations(work: UnitOfWork) -> None:
    organization, later = await add(work), NOW + timedelta(days=7)
    first, *others = (Invitation(name, organization.id, Role.MEMBER, later, created_by=1) for name in "abc")
    by_another = Invitation("d", organization.id, Role.MEMBER, later, created_by=2)
    for one in (first, *others, by_another, Invitation("old", organization.id, Role.MEMBER, NOW)):
        await work.organizations.invite(one)
    assert await work.organizations.take_invitation("b", 9, NOW) is not None
    await work.organizations.revoke(organization.id, "c", NOW)
    await work.organizations.revoke(organization.id + 1, "a", NOW)
    assert await work.organizations.take_invitation("c", 9, NOW) is None
    assert await work.organizations.open_invitations(organization.id, NOW) == [first, by_another]
    await work.organizations.revoke_those_of(organization.id, 1, NOW)
    assert await work.organizations.open_invitations(organization.id, NOW) == [by_another]


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

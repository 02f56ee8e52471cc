"""POST /api/v1/hooks/{provider}: what is taken, what is refused with the field that is wrong."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.conftest import REQUESTER
from tests.fixtures.demo import BUYER, KEY, NUMBER
from tests.fixtures.services import Office

HOOK = "/api/v1/hooks/platform"
EVENT: dict[str, Any] = {
    "event_id": "evt-1",
    "event_type": "invoice.status_changed",
    "occurred_at": "2026-11-24T15:59:00+08:00",
    "invoice": {"digital_no": NUMBER, "total": "1280.00", "seller": {"name": "阳光示例酒店管理有限公司"}},
    "change": {"axis": "tax_status", "from": "normal", "to": "red_pending", "reason": "开票有误"},
    "raw": {"whatever": ["the platform", "knows"]},
}


def event(**changes: Any) -> dict[str, Any]:
    """The event with some of its fields changed: `change__to="void"`; a value of None takes the field out."""
    made = copy.deepcopy(EVENT)
    for path, value in changes.items():
        *parents, name = path.split("__")
        place = made
        for parent in parents:
            place = place[parent]
        if value is None:
            del place[name]
        else:
            place[name] = value
    return made


async def test_a_change_is_applied_and_told(here: Office) -> None:
    await here.watch(REQUESTER, KEY)
    response = await here.post(HOOK, EVENT)
    assert (response.status_code, response.json()) == (202, {"outcome": "applied"})
    assert "2026-11-24 15:59" in (await here.queued(REQUESTER))[-1]
    async with here.services.storage.read() as work:
        change = (await work.invoices.changes(KEY, [BUYER]))[0]
    assert (change.provider, change.event_id, change.old, change.reason) == ("platform", "evt-1", "normal", "开票有误")


async def test_a_repeat_changes_nothing(here: Office) -> None:
    await here.watch(REQUESTER, KEY)
    await here.post(HOOK, EVENT)
    response = await here.post(HOOK, event(change__to="fully_red"))
    assert (response.status_code, response.json()) == (200, {"outcome": "repeated"})
    assert len(await here.queued(REQUESTER)) == 1


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"change__to": "normal"}, "same"),
        ({"change__to": "void"}, "forbidden"),
        ({"invoice__digital_no": "9" * 20}, "unknown"),
        ({"invoice": {"code": "1100263130", "number": "99999999"}}, "unknown"),
    ],
)
async def test_what_is_kept_but_not_applied(here: Office, changes: dict[str, Any], outcome: str) -> None:
    response = await here.post(HOOK, event(**changes))
    assert (response.status_code, response.json()) == (200, {"outcome": outcome})


@pytest.mark.parametrize(
    "invoice",
    [{"code": "1100263130", "number": "04417523"}, {"code": "", "number": "26310000520074418862"}],
)
async def test_an_invoice_by_code_and_number(here: Office, invoice: dict[str, str]) -> None:
    response = await here.post(HOOK, event(invoice=invoice, change__axis="usage", change__to="selected"))
    assert (response.status_code, response.json()) == (202, {"outcome": "applied"})


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"event_id": None}, "event_id"),
        ({"event_id": ""}, "event_id"),
        ({"event_id": "e" * 129}, "event_id"),
        ({"event_id": 7}, "event_id"),
        ({"event_id": "a\x00b"}, "event_id"),
        ({"event_type": "invoice.issued"}, "event_type"),
        ({"occurred_at": None}, "occurred_at"),
        ({"occurred_at": "yesterday"}, "occurred_at"),
        ({"occurred_at": "2026-11-24T15:59:00"}, "occurred_at"),
        ({"occurred_at": "2026-13-24T15:59:00+08:00"}, "occurred_at"),
        ({"invoice": {}}, "invoice"),
        ({"invoice": []}, "invoice"),
        ({"invoice__digital_no": "2611000048291307301"}, "invoice"),
        ({"invoice": {"code": "1100263130", "number": "4417523"}}, "invoice"),
        ({"change": None}, "change"),
        ({"change__axis": "colour"}, "change.axis"),
        ({"change__to": "gone"}, "change"),
        ({"change__to": ""}, "change"),
        ({"change__axis": "usage"}, "change"),
        ({"change__reason": "r" * 501}, "change.reason"),
    ],
)
async def test_a_wrong_field_is_named(here: Office, changes: dict[str, Any], field: str) -> None:
    response = await here.post(HOOK, event(**changes))
    assert response.status_code == 422
    assert response.json()["error"].startswith(f"{field}: ")
    async with here.services.storage.read() as work:
        assert await work.invoices.changes(KEY, [BUYER]) == []


@pytest.mark.parametrize("body", [b"", b"hello", b"[]", b"null", b"\xff\xfe", b"[" * 100_000])
async def test_what_is_no_event(here: Office, body: bytes) -> None:
    response = await here.post(HOOK, body)
    assert response.status_code == 422
    assert response.json()["error"]


async def test_the_states_that_exist_are_told(here: Office) -> None:
    response = await here.post(HOOK, event(change__to="gone"))
    assert "normal, void, red, partly_red, fully_red, red_pending" in response.json()["error"]


async def test_only_signed(here: Office) -> None:
    response = await here.post(HOOK, EVENT, secret="a-secret-that-nobody-has")
    assert response.status_code == 401
    async with here.services.storage.read() as work:
        assert await work.invoices.changes(KEY, [BUYER]) == []

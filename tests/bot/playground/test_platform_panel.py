import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from aiohttp import web

from bot.playground import BotApi, Platform
from bot.playground.platform_panel import status_event
from bot.playground.server import serve

SECRET = "only-for-tests"
NOW = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)
INVOICE = {
    "key": "digital:24312000000136634917",
    "kind": "d_normal",
    "code": "",
    "number": "24312000000136634917",
    "seller_name": "上海示例科技有限公司",
    "buyer_name": "北京样例贸易有限公司",
    "issue_date": "2026-11-03",
    "total": "1280.00",
    "tax_status": "normal",
}


class Ingest:
    """The ingest API's end: keeps what came, answers what the test says."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.status = 202
        self.answer: Any = {"accepted": 1, "invoices": [INVOICE]}

    async def take(self, request: web.Request) -> web.Response:
        self.requests.append((request.path_qs, dict(request.headers), await request.read()))
        return web.json_response(self.answer, status=self.status)


@pytest.fixture
async def ingest() -> AsyncIterator[tuple[Ingest, str]]:
    ingest, app = Ingest(), web.Application()
    app.router.add_post("/api/v1/{tail:.*}", ingest.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield ingest, f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.fixture
async def panel(ingest: tuple[Ingest, str]) -> AsyncIterator[httpx.AsyncClient]:
    platform = Platform(ingest[1], "demo", SECRET, [dict(INVOICE)])
    async with serve(BotApi(), platform=platform) as url, httpx.AsyncClient(base_url=url) as client:
        yield client


def check_signature(headers: dict[str, str], body: bytes) -> None:
    signed = headers["X-Timestamp"].encode() + b"." + body
    assert headers["X-Signature"] == "sha256=" + hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()


async def test_change_a_status(ingest: tuple[Ingest, str], panel: httpx.AsyncClient) -> None:
    body = {"key": INVOICE["key"], "axis": "tax_status", "to": "fully_red"}
    response = await panel.post("/playground/platform/status", json=body)
    assert (response.status_code, response.json()["accepted"]) == (200, 1)
    path, headers, content = ingest[0].requests[0]
    assert path == "/api/v1/hooks/demo"
    check_signature(headers, content)
    event = json.loads(content)
    assert event["event_type"] == "invoice.status_changed"
    assert event["invoice"]["digital_no"] == INVOICE["number"]
    assert event["change"] == {"axis": "tax_status", "from": "normal", "to": "fully_red"}
    assert datetime.fromisoformat(event["occurred_at"]).utcoffset() is not None
    shown = (await panel.get("/playground/platform/invoices")).json()
    assert [one["tax_status"] for one in shown] == ["fully_red"]
    assert (await panel.get("/playground/state")).json()["platform"] == {"name": "demo"}


async def test_import(ingest: tuple[Ingest, str], panel: httpx.AsyncClient) -> None:
    ingest[0].answer = {"accepted": 2, "invoices": [INVOICE, {**INVOICE, "key": "legacy:012001800311:33207675"}]}
    files = {"file": ("全量发票.csv", "发票号码\n".encode(), "text/csv")}
    response = await panel.post("/playground/platform/import", files=files)
    assert response.json()["accepted"] == 2
    path, headers, content = ingest[0].requests[0]
    assert path.startswith("/api/v1/invoices/import?filename=%E5%85%A8")
    assert content == "发票号码\n".encode()
    check_signature(headers, content)
    assert len((await panel.get("/playground/platform/invoices")).json()) == 2


async def test_refusals_are_passed_on(ingest: tuple[Ingest, str], panel: httpx.AsyncClient) -> None:
    ingest[0].status, ingest[0].answer = 422, {"error": {"code": "bad_row", "message": "line 3"}}
    body = {"key": INVOICE["key"], "axis": "tax_status", "to": "void"}
    response = await panel.post("/playground/platform/status", json=body)
    assert (response.status_code, response.json()["error"]["message"]) == (422, "line 3")
    shown = (await panel.get("/playground/platform/invoices")).json()
    assert shown[0]["tax_status"] == "normal"


async def test_mistakes(panel: httpx.AsyncClient) -> None:
    unknown = await panel.post("/playground/platform/status", json={"key": "digital:1", "to": "void"})
    assert (unknown.status_code, unknown.json()) == (404, {"error": "the platform knows no such invoice"})
    other = await panel.post("/playground/platform/status", json={"key": INVOICE["key"], "axis": "usage", "to": "x"})
    assert other.status_code == 400
    assert (await panel.post("/playground/platform/import", files={"nothing": b""})).status_code == 400


async def test_no_ingest_api() -> None:
    platform = Platform("http://127.0.0.1:9", "demo", SECRET, [dict(INVOICE)])
    async with serve(BotApi(), platform=platform) as url, httpx.AsyncClient(base_url=url) as panel:
        response = await panel.post("/playground/platform/status", json={"key": INVOICE["key"], "to": "void"})
    assert response.status_code == 502
    assert response.json()["error"].startswith("the ingest API doesn't answer")


def test_a_legacy_invoice_is_named_by_code_and_number() -> None:
    event = status_event(
        {"key": "k", "code": "012001800311", "number": "33207675"}, "void", datetime.now().astimezone()
    )
    assert (event["invoice"]["code"], event["invoice"]["number"]) == ("012001800311", "33207675")
    assert "digital_no" not in event["invoice"]
    assert SECRET not in repr(Platform("u", "p", SECRET))

"""Signed requests: who may call the HTTP API, and that a refusal tells nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.web import build_web
from bot.web_auth import HOOK_LIMIT, IMPORT_LIMIT, WINDOW_SECONDS, sign
from handlers.errors import Conflict, InvalidInput, NotFound, NotPermitted
from knowledge.texts import Texts

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
SECRETS = {"platform": "a-secret-for-tests-only", "erp": "another-secret-for-tests"}
HOOK, IMPORT = "/api/v1/hooks/platform", "/api/v1/invoices/import"
BODY = '{"event_id": "1", "备注": "空格与中文"}'.encode()
ERRORS = {
    "invalid": (InvalidInput("table.unsupported", name="a&b.txt"), 400),
    "denied": (NotPermitted(), 403),
    "missing": (NotFound("lookup.none"), 404),
    "conflict": (Conflict("org.exists", tax_id="91000000MA00000157"), 409),
}


async def echo(request: Request) -> Response:
    body = await request.body()
    return JSONResponse({"provider": request.path_params.get("provider"), "bytes": len(body)})


async def fail(request: Request) -> Response:
    raise ERRORS[request.path_params["name"]][0]


async def health() -> dict[str, Any]:
    return {"inbox": {"pending": 3}}


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    routes = [
        Route("/api/v1/hooks/{provider}", echo, methods=["POST"]),
        Route(IMPORT, echo, methods=["POST"]),
        Route("/api/v1/fail/{name}", fail, methods=["POST"]),
    ]
    app = build_web(routes, SECRETS, Texts.load(), health, lambda: NOW)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bot") as opened:
        yield opened


def signed(body: bytes = BODY, *, secret: str = SECRETS["platform"], at: datetime = NOW) -> dict[str, str]:
    stamp = str(int(at.timestamp()))
    return {"X-Timestamp": stamp, "X-Signature": "sha256=" + sign(secret, stamp, body)}


def test_the_signature_is_hmac_sha256_over_timestamp_dot_body() -> None:
    """The vector of docs/http-api.md, computed with openssl."""
    assert sign("a-secret-for-tests-only", "1795507200", b'{"event_id":"1"}') == (
        "07311fbee22b02a35cb204e4afec39b2444b4dcbe1477c6e3591057e55cea02e"
    )


async def test_what_is_signed_passes_as_it_is(client: httpx.AsyncClient) -> None:
    response = await client.post(HOOK, content=BODY, headers=signed())
    assert (response.status_code, response.json()) == (200, {"provider": "platform", "bytes": len(BODY)})


async def test_the_prefix_may_be_left_out(client: httpx.AsyncClient) -> None:
    headers = {name: value.removeprefix("sha256=") for name, value in signed().items()}
    assert (await client.post(HOOK, content=BODY, headers=headers)).status_code == 200


@pytest.mark.parametrize("age", [-WINDOW_SECONDS, 0, WINDOW_SECONDS])
async def test_inside_the_window(client: httpx.AsyncClient, age: int) -> None:
    headers = signed(at=NOW - timedelta(seconds=age))
    assert (await client.post(HOOK, content=BODY, headers=headers)).status_code == 200


def unsigned() -> dict[str, dict[str, str]]:
    good = signed()
    return {
        "nothing": {},
        "no signature": {"X-Timestamp": good["X-Timestamp"]},
        "no timestamp": {"X-Signature": good["X-Signature"]},
        "empty": {"X-Timestamp": good["X-Timestamp"], "X-Signature": ""},
        "another secret": signed(secret="a-secret-that-nobody-has"),
        "no secret": signed(secret=""),
        "another provider's": signed(secret=SECRETS["erp"]),
        "another body": signed(BODY + b" "),
        "another time": {**good, "X-Timestamp": str(int(good["X-Timestamp"]) + 1)},
        "too old": signed(at=NOW - timedelta(seconds=WINDOW_SECONDS + 1)),
        "too new": signed(at=NOW + timedelta(seconds=WINDOW_SECONDS + 1)),
        "no number": {**good, "X-Timestamp": "now"},
        "a long number": {**good, "X-Timestamp": "1" * 400},
        "not ASCII": {**good, "X-Signature": "sha256=é"},
    }


@pytest.mark.parametrize("case", unsigned())
async def test_refused_always_with_the_same_words(client: httpx.AsyncClient, case: str) -> None:
    headers = [(name.encode(), value.encode("latin-1")) for name, value in unsigned()[case].items()]
    response = await client.post(HOOK, content=BODY, headers=headers)
    assert (response.status_code, response.json()) == (401, {"error": "not authenticated"})


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/hooks/nobody",
        "/api/v1/hooks/Platform",
        "/api/v1/hooks/plat_form",
        "/api/v1/hooks/platform/",
        "/api/v1/hooks/erp%23platform",
        "/api/v1/hooks/",
        "/api/v1/nothing",
        "/api/",
    ],
)
async def test_an_unknown_place_looks_like_a_wrong_signature(client: httpx.AsyncClient, path: str) -> None:
    """Whether a provider or a path exists is nobody's business."""
    refused = await client.post(HOOK, content=BODY, headers=signed(secret="a-secret-that-nobody-has"))
    response = await client.post(path, content=BODY, headers=signed(secret="a-secret-that-nobody-has"))
    assert (response.status_code, response.content) == (refused.status_code, refused.content)


@pytest.mark.parametrize("path", ["/api/v1/hooks/nobody", "/api/v1/hooks/Platform", "/api/v1/hooks/erp%23platform"])
async def test_one_provider_cannot_speak_for_another(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.post(path, content=BODY, headers=signed())).status_code == 401


async def test_the_host_header_does_not_choose_the_provider(client: httpx.AsyncClient) -> None:
    headers = {**signed(), "Host": "x/api/v1/hooks/platform?"}
    assert (await client.post("/api/v1/hooks/erp", content=BODY, headers=headers)).status_code == 401


@pytest.mark.parametrize("provider", SECRETS)
async def test_every_provider_may_import(client: httpx.AsyncClient, provider: str) -> None:
    response = await client.post(IMPORT, content=BODY, headers=signed(secret=SECRETS[provider]))
    assert response.status_code == 200


@pytest.mark.parametrize(("path", "limit"), [(HOOK, HOOK_LIMIT), (IMPORT, IMPORT_LIMIT)])
async def test_a_body_up_to_the_limit(client: httpx.AsyncClient, path: str, limit: int) -> None:
    body = b" " * limit
    assert (await client.post(path, content=body, headers=signed(body))).status_code == 200
    response = await client.post(path, content=body + b" ", headers=signed(body + b" "))
    assert (response.status_code, response.json()) == (413, {"error": f"the body is larger than {limit} bytes"})


async def test_a_body_without_a_length_is_cut_off_at_the_limit(client: httpx.AsyncClient) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 65536
            yield b" " * 65536

    # ASGITransport collects the stream, so the application is called as a server would call it.
    response = await call_streaming(client, endless())
    assert response == 413
    assert sent <= HOOK_LIMIT + 2 * 65536


async def call_streaming(client: httpx.AsyncClient, chunks: AsyncIterator[bytes]) -> int:
    transport = client._transport
    assert isinstance(transport, httpx.ASGITransport)
    statuses: list[int] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": await anext(chunks), "more_body": True}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    scope = {"type": "http", "method": "POST", "path": HOOK, "headers": [], "query_string": b"", "root_path": ""}
    await transport.app(scope, receive, send)
    return statuses[0]


async def test_health_needs_no_signature(client: httpx.AsyncClient) -> None:
    response = await client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"inbox": {"pending": 3}})


@pytest.mark.parametrize("name", ERRORS)
async def test_an_error_is_a_status_and_a_plain_sentence(client: httpx.AsyncClient, name: str) -> None:
    error, status = ERRORS[name]
    response = await client.post(f"/api/v1/fail/{name}", content=BODY, headers=signed())
    assert response.status_code == status
    assert response.json()["key"] == error.text_key
    assert "&amp;" not in response.json()["error"]
    assert "<" not in response.json()["error"]

"""POST /api/v1/hooks/{provider}: invoice platforms report status changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from handlers.alerts.schemas import StatusChanged
from handlers.alerts.service import AlertService, Outcome, Report

_STATUS = {Outcome.APPLIED: 202, Outcome.REPEATED: 200}


def routes(alerts: AlertService, clock: Callable[[], datetime]) -> list[Route]:
    """The request was authenticated before (web_auth); 202 applied, 200 known already or kept but not applied."""

    async def receive(request: Request) -> Response:
        try:
            event = StatusChanged.model_validate_json(await request.body())
        except ValidationError as error:
            return JSONResponse({"error": _first(error)}, status_code=422)
        report = Report(
            provider=request.path_params["provider"],
            event_id=event.event_id,
            invoice_key=event.invoice.key,
            axis=event.change.axis,
            new=event.change.to,
            occurred_at=event.occurred_at,
            reason=event.change.reason,
        )
        outcome = await alerts.record(report, clock())
        return JSONResponse({"outcome": outcome}, status_code=_STATUS.get(outcome, 200))

    return [Route("/api/v1/hooks/{provider}", receive, methods=["POST"])]


def _first(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_context=False)[0]
    place = ".".join(str(part) for part in found["loc"])
    return f"{place}: {found['msg']}" if place else str(found["msg"])

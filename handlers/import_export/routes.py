"""POST /api/v1/invoices/import?filename=…: a platform hands over a file of invoices."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from handlers.import_export.service import ImportService, Summary
from knowledge.invoices.imports import RowProblem
from knowledge.invoices.model import Invoice
from knowledge.texts import Localized, Texts, plain

SHOWN = 200


def routes(imports: ImportService, texts: Texts, clock: Callable[[], datetime]) -> list[Route]:
    """The request was authenticated before (web_auth)."""

    async def receive(request: Request) -> Response:
        name = request.query_params.get("filename", "")
        summary = await imports.import_content(name, await request.body(), clock())
        return JSONResponse(_answer(summary, texts))

    return [Route("/api/v1/invoices/import", receive, methods=["POST"])]


def _answer(summary: Summary, texts: Texts) -> dict[str, Any]:
    """Counts, the first 200 invoices, rejected rows and warnings."""
    return {
        "added": summary.added,
        "changed": summary.changed,
        "same": summary.same,
        "status_changed": summary.status_changed,
        "refused": summary.refused,
        "rejected": [_problem(problem, texts) for problem in summary.rejected.first[:SHOWN]],
        "rejected_total": summary.rejected.count,
        "warnings": [_problem(problem, texts) for problem in summary.warnings.first[:SHOWN]],
        "warnings_total": summary.warnings.count,
        "invoices": [platform_view(invoice) for invoice in summary.sample[:SHOWN]],
    }


def _problem(problem: RowProblem, texts: Texts) -> dict[str, Any]:
    return {"line": problem.line, "field": problem.field, "message": _plain(problem.text(texts))}


def _plain(text: Localized) -> dict[str, str]:
    return {language: plain(sentence) for language, sentence in text.to_json().items()}


def platform_view(invoice: Invoice) -> dict[str, Any]:
    """An invoice as platforms see it."""
    return {
        "key": invoice.key,
        "kind": invoice.kind,
        "code": invoice.code,
        "number": invoice.number,
        "seller_name": invoice.seller_name,
        "buyer_name": invoice.buyer_name,
        "issue_date": invoice.issue_date.isoformat() if invoice.issue_date else None,
        "total": None if invoice.total is None else f"{invoice.total:.2f}",
        "tax_status": invoice.tax_status,
    }

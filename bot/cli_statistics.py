"""`stats`: how many invoices and how much money, of one organization or of all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from bot.app import Services
from bot.terminal import note, say, settings_now, show, with_services
from knowledge.invoices.statistics import Direction, Statistics, Sums
from knowledge.permissions import ADMIN


def stats(
    org_tax_id: Annotated[str, typer.Option("--org", help="One organization's tax id; otherwise all together.")] = "",
    plot: Annotated[Path | None, typer.Option("--plot", dir_okay=False, help="Draw a PNG.")] = None,
    xlsx: Annotated[Path | None, typer.Option("--xlsx", dir_okay=False, help="Write a workbook.")] = None,
) -> None:
    """Invoices received and issued: counts and amounts by year and tax status; as a picture, as a workbook."""
    locale = settings_now().default_locale

    async def work(services: Services) -> None:
        tax_ids, statistics = await services.statistics.of(ADMIN, org_tax_id)
        if not tax_ids:
            note("there are no organizations yet (org add), and only theirs are counted")
        sums = ("invoices", "total", "red-letter", "their total")
        show(("year", "direction", *sums), _by_year(statistics), figures_from=2)
        show(("tax status", "direction", *sums), _by_status(statistics), figures_from=2)
        if plot is not None:
            await asyncio.to_thread(plot.write_bytes, await services.statistics.plot(statistics, locale))
            say(f"picture: {plot}")
        if xlsx is not None:
            await asyncio.to_thread(xlsx.write_bytes, await services.statistics.tables(tax_ids, statistics, locale))
            say(f"workbook: {xlsx}")

    with_services(work)


def _by_year(statistics: Statistics) -> Iterator[list[str]]:
    for year in (*statistics.years, None):
        for direction in Direction:
            total = replace(statistics, year=year).total(direction)
            yield [str(year or "all"), direction, *_row(total)]


def _by_status(statistics: Statistics) -> Iterator[list[str]]:
    for direction in Direction:
        for status, sums in statistics.by_status(direction).items():
            yield [status or "unknown", direction, *_row(sums)]


def _row(sums: Sums) -> list[str]:
    return [f"{sums.count:,}", f"{sums.yuan:,.2f}", f"{sums.red_count:,}", f"{sums.red_yuan:,.2f}"]

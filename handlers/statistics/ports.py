"""What statistics need from outside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from knowledge.invoices.chart import Chart
from knowledge.invoices.workbook import Sheet


class Drawer(Protocol):
    """Makes files; each takes about two seconds."""

    async def chart(self, chart: Chart) -> bytes: ...

    async def workbook(self, sheets: Sequence[Sheet]) -> bytes: ...

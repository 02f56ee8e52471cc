"""The key of an invoice. A number alone is unique only when it has 20 digits."""

from __future__ import annotations

import re

_DIGITAL = re.compile(r"[0-9]{20}")
_NUMBER = re.compile(r"[0-9]{8}")
_CODE = re.compile(r"[0-9]{10}|[0-9]{12}")


def invoice_key(code: str, number: str) -> str:
    """`digital:{20 digits}`, whatever the code, or `legacy:{code}:{number}`; ValueError for anything else."""
    if _DIGITAL.fullmatch(number):
        return f"digital:{number}"
    if _NUMBER.fullmatch(number) and _CODE.fullmatch(code):
        return f"legacy:{code}:{number}"
    raise ValueError("an invoice has a number of 20 digits, or one of 8 with a code of 10 or 12")


def mask(number: str) -> str:
    """For logs and public places: the last four digits."""
    return f"…{number[-4:]}"

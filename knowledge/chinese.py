"""Chinese characters of one script."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache


@cache
def converter(way: str) -> Callable[[str], str]:
    """One of OpenCC's ways, such as t2s or tw2sp; its dictionary is loaded when it is first needed."""
    from opencc import OpenCC

    convert: Callable[[str], str] = OpenCC(way).convert
    return convert


def in_simplified_characters(text: str) -> str:
    """Character by character; words stay the ones that they are."""
    return converter("t2s")(text)

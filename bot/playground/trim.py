"""Make bot_api.json from a full machine-readable Bot API: `python bot/playground/trim.py FULL.json`.

Kept: method and parameter names, types, what is required, limits, and the fields of the types that parameters
are made of. A parameter is one string: types joined by "|", "!" when required, then its limit, as in
"String! 1-64 bytes". "parsed" is a length in UTF-16 units after entities are parsed.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

_LIMIT = re.compile(r"(\d+)-(\d+) (characters after entit|characters|bytes|items|identifiers)")
_UNITS = {"characters after entit": "parsed", "identifiers": "items"}


def trim(api: dict[str, Any]) -> dict[str, Any]:
    methods = {name: _fields(method) for name, method in api["methods"].items()}
    return {
        "version": api["version"],
        "methods": methods,
        "types": {name: _type(api["types"][name]) for name in sorted(_used(api))},
    }


def _fields(owner: dict[str, Any]) -> dict[str, str]:
    return {field["name"]: _field(field) for field in owner.get("fields", ())}


def _field(field: dict[str, Any]) -> str:
    spec = "|".join(field["types"]) + ("!" if field["required"] else "")
    limit = _LIMIT.search(field["description"])
    if limit is None:
        return spec
    low, high, unit = limit.groups()
    return f"{spec} {low}-{high} {_UNITS.get(unit, unit)}"


def _type(described: dict[str, Any]) -> dict[str, str] | list[str]:
    subtypes: list[str] = described.get("subtypes", [])
    return subtypes or _fields(described)


def _used(api: dict[str, Any]) -> set[str]:
    """Names of the types that some parameter contains, at any depth."""
    owners = list(api["methods"].values())
    used: set[str] = set()
    while owners:
        owner = owners.pop()
        names = {name for field in owner.get("fields", ()) for name in field["types"]}
        names |= set(owner.get("subtypes", ()))
        fresh = {name.replace("Array of ", "") for name in names} & api["types"].keys() - used
        used |= fresh
        owners += [api["types"][name] for name in fresh]
    return used


if __name__ == "__main__":
    full = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    target = Path(__file__).with_name("bot_api.json")
    target.write_text(json.dumps(trim(full), indent=1, ensure_ascii=False) + "\n", "utf-8")

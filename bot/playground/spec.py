"""The Bot API as data (bot_api.json): is a call well formed? Unknown names and wrong types are refused loudly."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from bot.playground.errors import ApiError, bad

_INTEGER = re.compile(r"[+-]?\d{1,19}")
_SPEC = re.compile(r"(?P<types>[^!\d]+?)(?P<required>!?)(?: (?P<low>\d+)-(?P<high>\d+) (?P<unit>\w+))?")
# What Telegram says where it has a sentence of its own for a parameter that is missing or malformed.
_MISSING = {
    "chat_id": "chat_id is empty",
    "from_chat_id": "chat_id is empty",
    "text": "message text is empty",
    "message_id": "message identifier is not specified",
    "message_ids": "message identifiers are not specified",
    "file_id": "file_id not specified",
}
_MALFORMED = {("InlineKeyboardButton", "callback_data"): "BUTTON_DATA_INVALID"}


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a call."""

    name: str
    content: bytes
    mime: str


@dataclass(frozen=True, slots=True)
class Field:
    types: tuple[str, ...]
    required: bool
    low: int
    high: int | None
    unit: str

    @classmethod
    @cache
    def parse(cls, text: str) -> "Field":
        found = _SPEC.fullmatch(text)
        if found is None:
            raise ValueError(text)
        low, high = found["low"], found["high"]
        return cls(
            tuple(found["types"].split("|")),
            bool(found["required"]),
            int(low or 0),
            int(high) if high else None,
            found["unit"] or "",
        )


class Spec:
    """Methods and types of the Bot API."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.version: str = document["version"]
        self._methods = {
            name.lower(): {key: Field.parse(text) for key, text in fields.items()}
            for name, fields in document["methods"].items()
        }
        self._names = {name.lower(): name for name in document["methods"]}
        self._types: Mapping[str, Any] = document["types"]

    def method(self, name: str) -> str | None:
        """The method's own spelling; Telegram ignores case."""
        return self._names.get(name.lower())

    def check(self, name: str, raw: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters with their right Python types; ApiError 400 at the first that is wrong."""
        fields = self._methods[name.lower()]
        params: dict[str, Any] = {}
        for key, value in raw.items():
            field = fields.get(key)
            if field is None:
                raise bad(f"unknown parameter {key}")
            if value is not None:
                params[key] = self._parameter(name, key, field, value)
        for key, field in fields.items():
            if field.required and params.get(key) in (None, ""):
                self._missing(name, key, params)
        return params

    def _missing(self, name: str, key: str, params: Mapping[str, Any]) -> None:
        if name == "setWebhook" or (key in params and key not in _MISSING):
            return  # an empty URL removes the webhook
        raise bad(_MISSING.get(key, f"parameter {key} is required"))

    def _parameter(self, method: str, key: str, field: Field, value: Any) -> Any:
        """A parameter arrives as text (forms) or as JSON (JSON bodies)."""
        if isinstance(value, Upload):
            if "InputFile" not in field.types:
                raise bad(f"parameter {key} of {method} can't be a file")
            return value
        scalar = _scalar(field.types, value)
        if scalar is not None:
            _check_limit(key, field, scalar)
            return scalar
        decoded = _decoded(key, field, value)
        self._check_any(f"parameter {key}", field.types, decoded)
        _check_limit(key, field, decoded)
        return decoded

    def _check_any(self, where: str, types: tuple[str, ...], value: Any) -> None:
        """Accept what fits one of the types; complain about the one that it resembles most."""
        failure: ApiError | None = None
        for name in types:
            try:
                self._check_value(where, name, value)
            except ApiError as error:
                failure = failure if failure and _names_a_field(failure) else error
            else:
                return
        if failure:
            raise failure

    def _check_value(self, where: str, type_name: str, value: Any) -> None:
        if type_name.startswith("Array of "):
            if not isinstance(value, list):
                raise bad(f"{where} must be an Array")
            for item in value:
                self._check_value(where, type_name.removeprefix("Array of "), item)
        elif type_name in self._types:
            self._check_object(where, type_name, value)
        elif not _is_plain(type_name, value):
            raise bad(f"{where} must be of type {type_name}")

    def _check_object(self, where: str, type_name: str, value: Any) -> None:
        described = self._types[type_name]
        if isinstance(described, list):
            self._check_any(where, _subtypes(described, value), value)
            return
        if type_name == "KeyboardButton" and isinstance(value, str):
            return
        if not isinstance(value, dict):
            raise bad(f"{where} must be an Object ({type_name})")
        fields = {key: Field.parse(text) for key, text in described.items()}
        for key in value.keys() - fields.keys():
            raise bad(f"{where}: unknown field {key} of {type_name}")
        for key, field in fields.items():
            self._check_field(where, type_name, key, field, value)

    def _check_field(self, where: str, type_name: str, key: str, field: Field, value: Mapping[str, Any]) -> None:
        if value.get(key) is None:
            if field.required:
                raise bad(f"{where}: field {key} of {type_name} is required")
            return
        self._check_any(f"{where}: field {key} of {type_name}", field.types, value[key])
        if field.unit not in ("", "parsed") and not _in_limit(field, value[key]):
            sentence = f"{where}: field {key} of {type_name} must have {field.low}-{field.high} {field.unit}"
            raise bad(_MALFORMED.get((type_name, key), sentence))


@lru_cache(maxsize=1)
def bot_api() -> Spec:
    """The Bot API that this package was made for."""
    return Spec(json.loads(resources.files(__package__).joinpath("bot_api.json").read_text("utf-8")))


def _subtypes(names: list[str], value: Any) -> tuple[str, ...]:
    """The subtypes that an object's `type` or `source` allows, else all."""
    kind = str(value.get("type") or value.get("source") or "") if isinstance(value, dict) else ""
    wanted = kind.replace("_", "").lower()
    return tuple(name for name in names if wanted and name.lower().endswith(wanted)) or tuple(names)


def _names_a_field(error: ApiError) -> bool:
    return "field" in error.description or "_INVALID" in error.description


def _scalar(types: tuple[str, ...], value: Any) -> Any:
    """The value as one of the plain types; None when it is none of them."""
    if isinstance(value, str):
        return _scalar_from_text(types, value)
    if any(_is_plain(name, value) for name in types):
        return value
    if "Boolean" in types and value in (0, 1):
        return bool(value)
    return str(value) if types == ("String",) and isinstance(value, int) else None


def _scalar_from_text(types: tuple[str, ...], value: str) -> Any:
    if "Integer" in types and _INTEGER.fullmatch(value):
        return int(value)
    if "Float" in types:
        return _float(value)
    if "Boolean" in types:
        return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}.get(value.lower())
    return value if "String" in types or "InputFile" in types else None


def _float(value: str) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None


def _is_plain(type_name: str, value: Any) -> bool:
    match type_name:
        case "String" | "InputFile":
            return isinstance(value, str)
        case "Integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "Float":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "Boolean":
            return isinstance(value, bool)
    return False


def _decoded(key: str, field: Field, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if all(name in ("Integer", "Float", "Boolean") for name in field.types):
        raise bad(f"parameter {key} must be of type {' or '.join(field.types)}")
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        raise bad(f"can't parse {key} JSON object") from None


def _check_limit(key: str, field: Field, value: Any) -> None:
    if field.unit not in ("", "parsed") and not _in_limit(field, value):
        raise bad(f"parameter {key} must have {field.low}-{field.high} {field.unit}")


def _in_limit(field: Field, value: Any) -> bool:
    if field.high is None or not isinstance(value, str | list):
        return True
    size = len(value.encode()) if field.unit == "bytes" and isinstance(value, str) else len(value)
    return size <= field.high and (size >= field.low or (not field.required and size == 0 and field.unit != "bytes"))

"""Files that a call names with attach://: taken out before the parameters are checked, put in their places after."""

from collections.abc import Mapping
from typing import Any

from bot.playground.errors import bad
from bot.playground.spec import Upload

_PREFIX = "attach://"


def split(raw: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Upload]]:
    """The parameters without those uploads that others refer to, and these uploads by name."""
    named = {key: value for key, value in raw.items() if isinstance(value, Upload)}
    texts = " ".join(value for value in raw.values() if isinstance(value, str))
    attached = {key: value for key, value in named.items() if f"{_PREFIX}{key}" in texts}
    return {key: value for key, value in raw.items() if key not in attached}, attached


def put_in(value: Any, attached: Mapping[str, Upload]) -> Any:
    """The value with each attach:// reference, at any depth, replaced by its upload."""
    match value:
        case str() if value.startswith(_PREFIX):
            return _upload(value.removeprefix(_PREFIX), attached)
        case list():
            return [put_in(item, attached) for item in value]
        case dict():
            return {key: put_in(item, attached) for key, item in value.items()}
    return value


def _upload(name: str, attached: Mapping[str, Upload]) -> Upload:
    if name not in attached:
        raise bad(f"can't parse InputMedia: there is no file {name} in the request")
    return attached[name]

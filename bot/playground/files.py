"""Files on the server: an upload becomes a file id, and what messages show of it."""

import hashlib
import mimetypes
import secrets
from pathlib import PurePath

from bot.playground.errors import bad
from bot.playground.images import picture_size
from bot.playground.spec import Upload
from bot.playground.state import Json, StoredFile
from bot.playground.world import World

_LARGEST = {"photo": 10_000_000}
_LARGEST_OTHER = 50_000_000
_FOLDERS = {"voice": "voice", "audio": "music", "sticker": "stickers"}


def add_file(world: World, kind: str, upload: Upload) -> StoredFile:
    """Keep an upload of the given kind (photo, document …); the sizes allowed are those for bots."""
    if not upload.content:
        raise bad("file must be non-empty")
    if len(upload.content) > _LARGEST.get(kind, _LARGEST_OTHER):
        raise bad(f"file of size {len(upload.content)} bytes is too big for a {kind}")
    name = PurePath(upload.name or kind).name
    suffix = PurePath(name).suffix or mimetypes.guess_extension(upload.mime) or ""
    folder = _FOLDERS.get(kind, f"{kind}s")
    file = StoredFile(
        file_id=f"PG{secrets.token_urlsafe(24)}",
        unique_id=hashlib.sha256(upload.content).hexdigest()[:16],
        path=f"{folder}/file_{len(world.state.files)}{suffix}",
        name=name,
        mime=upload.mime,
        size=len(upload.content),
        content_kind=kind,
        content={},
    )
    file.content = {kind: _described(kind, file, upload)}
    world.state.files[file.file_id] = file
    world.state.keep_bytes(file.file_id, upload.content)
    world.state.keep(file)
    return file


def _described(kind: str, file: StoredFile, upload: Upload) -> Json | list[Json]:
    body: Json = {"file_id": file.file_id, "file_unique_id": file.unique_id, "file_size": file.size}
    match kind:
        case "photo":
            return [{**body, **_size(upload.content)}]
        case "document":
            return {**body, "file_name": file.name, "mime_type": file.mime}
        case "sticker":
            return {**body, "type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
        case "voice":
            return {**body, "duration": 1, "mime_type": file.mime}
        case "audio":
            return {**body, "duration": 1, "file_name": file.name, "mime_type": file.mime}
        case "video_note":
            return {**body, "duration": 1, "length": 240}
    return {**body, "duration": 1, "width": 640, "height": 360, "file_name": file.name, "mime_type": file.mime}


def _size(content: bytes) -> Json:
    size = picture_size(content)
    if size is None:
        raise bad("IMAGE_PROCESS_FAILED")
    width, height = size
    if not 0 < width + height <= 10_000 or max(size) > 20 * min(size):
        raise bad("PHOTO_INVALID_DIMENSIONS")
    return {"width": width, "height": height}

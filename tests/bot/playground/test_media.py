import struct
import zlib

import pytest
from telegram import Bot, InputMediaDocument, InputMediaPhoto
from telegram.error import BadRequest

from bot.playground import BotApi, PlaygroundError
from bot.playground.images import picture_size
from bot.playground.spec import Upload
from tests.bot.playground.conftest import REQUESTER


def png(width: int = 3, height: int = 2) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = b"".join(b"\0" + b"\xff\0\0" * width for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def test_picture_sizes() -> None:
    jpeg = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x0b\x08\x00\x10\x00\x20\x01\x01\x11\x00"
    assert picture_size(png(30, 20)) == (30, 20)
    assert picture_size(b"GIF89a" + struct.pack("<HH", 5, 6)) == (5, 6)
    assert picture_size(jpeg) == (32, 16)
    assert picture_size(b"%PDF-1.7") is None
    assert picture_size(b"\xff\xd8") is None


async def test_a_document_can_be_downloaded_and_sent_again(bot: Bot) -> None:
    content = "发票".encode()
    message = await bot.send_document(REQUESTER, content, filename="发票.xml", caption="<b>see</b>", parse_mode="HTML")
    assert message.document is not None
    assert (message.document.file_name, message.document.file_size) == ("发票.xml", 6)
    assert (message.caption, message.caption_entities[0].type) == ("see", "bold")
    file = await bot.get_file(message.document.file_id)
    assert bytes(await file.download_as_bytearray()) == content
    again = await bot.send_document(REQUESTER, message.document.file_id)
    assert again.document == message.document


async def test_a_photo_has_its_size(bot: Bot) -> None:
    message = await bot.send_photo(REQUESTER, png(30, 20))
    assert (message.photo[0].width, message.photo[0].height) == (30, 20)


async def test_other_kinds(bot: Bot) -> None:
    assert (await bot.send_voice(REQUESTER, b"OggS", duration=3)).voice
    assert (await bot.send_audio(REQUESTER, b"ID3", title="t")).audio
    assert (await bot.send_video(REQUESTER, b"mp4")).video
    assert (await bot.send_animation(REQUESTER, b"gif")).animation
    assert (await bot.send_sticker(REQUESTER, b"webp")).sticker
    assert (await bot.send_video_note(REQUESTER, b"mp4")).video_note


async def test_refused(api: BotApi, bot: Bot) -> None:
    with pytest.raises(BadRequest, match="Image_process_failed"):
        await bot.send_photo(REQUESTER, b"not a picture")
    with pytest.raises(BadRequest, match="Photo_invalid_dimensions"):
        await bot.send_photo(REQUESTER, png(100, 1))
    with pytest.raises(BadRequest, match="File must be non-empty"):
        await bot.send_document(REQUESTER, b"")
    with pytest.raises(BadRequest, match="Message caption is too long"):
        await bot.send_document(REQUESTER, b"a", caption="a" * 1025)
    with pytest.raises(BadRequest, match="Wrong remote file identifier specified"):
        await bot.send_document(REQUESTER, "AgAC-no-such-file")
    with pytest.raises(BadRequest, match="Failed to get http url content"):
        await bot.send_document(REQUESTER, "https://example.com/a.pdf")
    with pytest.raises(BadRequest, match="Wrong file_id or the file is temporarily unavailable"):
        await bot.get_file("AgAC-no-such-file")
    assert api.state.files == {}


async def test_a_document_is_no_photo(api: BotApi, bot: Bot) -> None:
    message = api.upload(REQUESTER, "a.txt", b"a", "text/plain")
    with pytest.raises(BadRequest, match="Can't use file of type document as photo"):
        await bot.send_photo(REQUESTER, message["document"]["file_id"])


async def test_album(api: BotApi, bot: Bot) -> None:
    sent = await bot.send_media_group(REQUESTER, [InputMediaPhoto(png(), caption="two"), InputMediaPhoto(png(4, 4))])
    assert len({message.media_group_id for message in sent}) == 1
    assert [message.caption for message in sent] == ["two", None]
    with pytest.raises(BadRequest, match="Document can't be mixed with other media types"):
        await bot.send_media_group(REQUESTER, [InputMediaPhoto(png()), InputMediaDocument(b"a", filename="a.txt")])
    with pytest.raises(BadRequest, match="2-10 items"):
        await bot.send_media_group(REQUESTER, [InputMediaPhoto(png())])


async def test_a_file_above_20_mb_cannot_be_fetched(api: BotApi, bot: Bot) -> None:
    message = api.upload(REQUESTER, "big.bin", bytes(20_000_001))
    with pytest.raises(BadRequest, match="File is too big"):
        await bot.get_file(message["document"]["file_id"])


async def test_people_upload(api: BotApi, bot: Bot) -> None:
    api.upload(REQUESTER, "scan.png", png(), "image/png", caption="看 /start")
    api.upload(REQUESTER, "fake.png", b"no picture", "image/png")
    pictures = [Upload(f"{number}.png", png(), "image/png") for number in (1, 2)]
    api.upload_album(REQUESTER, pictures, caption="both")
    messages = [update.message for update in await bot.get_updates() if update.message]
    assert [bool(message.photo) for message in messages] == [True, False, True, True]
    assert messages[0].parse_caption_entities() == {messages[0].caption_entities[0]: "/start"}
    assert messages[2].media_group_id == messages[3].media_group_id is not None
    assert [message.caption for message in messages[2:]] == ["both", None]
    with pytest.raises(PlaygroundError, match="file must be non-empty"):
        api.upload(REQUESTER, "empty.txt", b"")

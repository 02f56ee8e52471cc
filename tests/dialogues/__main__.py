"""`python -m tests.dialogues FILE…`: play dialogues and print both chats, to write or to judge them."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from tests.dialogues.script import parse_dialogue
from tests.dialogues.stage import Mismatch, stage


async def main(names: list[str]) -> None:
    for path in map(Path, names):
        dialogue = parse_dialogue(path.read_text(encoding="utf-8"), path.name)
        with tempfile.TemporaryDirectory() as folder:
            async with stage(dialogue, Path(folder)) as played:
                problem = ""
                try:
                    await played.play()
                except Mismatch as mismatch:
                    problem = str(mismatch).partition("\n")[0]
                print(f"{played.transcript()}\n{problem or 'as written'}\n")  # noqa: T201 - its purpose


asyncio.run(main(sys.argv[1:]))

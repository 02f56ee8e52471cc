"""The playground as a process of its own, as a person would start it; it can be killed and started again."""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parents[2]
START_SECONDS = 30.0


class Playground:
    """`python -m bot playground` with its data in `folder`; the same folder and port after a restart."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = 0
        self._process: subprocess.Popen[str] | None = None
        self.url = ""

    def start(self) -> str:
        """Returns when the page is served: its address."""
        command = [sys.executable, "-m", "bot", "playground", "--port", str(self._port)]
        with (self._folder / "playground.log").open("a", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                command, cwd=self._folder, env=self._environment(), stdout=subprocess.PIPE, stderr=log, text=True
            )
        self.url = self._address()
        self._port = int(self.url.rstrip("/").rpartition(":")[2])
        return self.url

    def _environment(self) -> dict[str, str]:
        """The surroundings without their own bot settings: no real token, no real database."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("INVOICE_BOT_")}
        data = {"INVOICE_BOT_DATA_DIR": str(self._folder / "data"), "INVOICE_BOT_LOG_LEVEL": "WARNING"}
        return kept | data | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"}

    def _address(self) -> str:
        assert self._process is not None
        assert self._process.stdout is not None
        line = _line(self._process.stdout, START_SECONDS)
        name, _, url = line.strip().partition(" ")
        assert name == "playground:", f"no address but {line!r}: {self.errors()}"
        return url

    def kill(self) -> None:
        """SIGKILL: no handler, no clean-up, nothing flushed."""
        assert self._process is not None
        self._process.kill()
        self._end()

    def stop(self) -> None:
        """SIGTERM, as an operator would; does nothing if it isn't running."""
        if self._process is not None:
            self._process.terminate()
            self._end()

    def _end(self) -> None:
        assert self._process is not None
        with self._process as process:
            process.wait(timeout=15)
        self._process = None

    def errors(self) -> str:
        """What it has written on standard error: warnings and worse."""
        return (self._folder / "playground.log").read_text(encoding="utf-8")


def _line(stream: IO[str], seconds: float) -> str:
    """The next line, or "" when the writer ends or stays silent for so long."""
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if selector.select(deadline - time.monotonic()):
                return stream.readline()
    return ""

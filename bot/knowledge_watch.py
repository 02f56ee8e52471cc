"""The knowledge base is read again when somebody changes it: for those who write it, in the playground."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from time import monotonic

from bot.app import Services, utc_now
from knowledge.checking import Checked, Finding, check
from knowledge.checking.findings import findings
from knowledge.content import ContentError
from knowledge.flows import engine
from knowledge.routing import Router
from knowledge.routing.reread import FOLDER, SUFFIXES, reread
from knowledge.sources import SUFFIXES as KINDS
from knowledge.sources import Sources, read_sources, shipped
from knowledge.texts import Locale, Texts, line_of, parse_texts, placeholders

PAUSE_SECONDS = 1
Stamps = Mapping[Path, tuple[int, int]]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Knowledge:
    checked: Checked
    router: Router


class KnowledgeWatch:
    """`root`: a folder laid out as `knowledge` is. What is broken is told, and what was known before stays."""

    def __init__(self, root: Path, services: Services, today: Callable[[], date]) -> None:
        self._root, self._services, self._today = root, services, today
        self._seen = _stamps(root)

    async def run(self) -> None:
        while True:
            await asyncio.sleep(PAUSE_SECONDS)
            try:
                await self.look()
            except Exception:
                _log.exception("the knowledge base was not read again")

    async def look(self) -> bool:
        """Whether something had changed and was taken over. Changed phrasings take some ten seconds."""
        stamps = await asyncio.to_thread(_stamps, self._root)
        changed = {path for path, _ in self._seen.items() ^ stamps.items()}
        if not changed:
            return False
        self._seen, begun = stamps, monotonic()
        _log.info("reading again: %s …", ", ".join(sorted(path.name for path in changed)))
        known = await asyncio.to_thread(self._read, any(path.parent == self._root / FOLDER for path in changed))
        if known is None:
            return False
        self._take(known)
        _log.info("… taken over, after %.1f s", monotonic() - begun)
        return True

    def _read(self, is_routing: bool) -> _Knowledge | None:
        """With the router warm; None if something is wrong, after telling what."""
        try:
            sources = read_sources(self._root)
            if is_routing:
                reread()
        except FileNotFoundError:  # just being saved; the next look sees it
            return None
        except ContentError as error:
            _tell(findings((error, *error.others)))
            return None
        checked = check(sources, self._today())
        errors = (*checked.errors, *_unsayable(self._services.texts, checked.texts, sources))
        if errors:
            _tell(errors)
            return None
        router = Router(checked.articles, checked.flows)
        router.warm()
        return _Knowledge(checked, router)

    def _take(self, known: _Knowledge) -> None:
        services, checked = self._services, known.checked
        services.texts.replace(checked.texts)
        engine.speak(checked.texts)
        services.features.articles.replace(checked.articles)
        services.features.flows.replace(checked.flows, checked.forms)
        services.router.replace(known.router)


@asynccontextmanager
async def watching(services: Services) -> AsyncIterator[None]:
    """While the block runs, if the knowledge base lies in a folder."""
    root = Path(str(shipped()))
    if not root.is_dir():
        yield
        return
    watch = KnowledgeWatch(root, services, lambda: utc_now().date())
    task = asyncio.create_task(watch.run(), name="knowledge")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def _tell(errors: Sequence[Finding]) -> None:
    for error in errors:
        _log.error("%s", error)
    _log.error("the knowledge base stays as it was: %s to be mended", len(errors))


def _stamps(root: Path) -> Stamps:
    """When each file was changed last, and its size."""
    return dict(_stamped(root))


def _stamped(root: Path) -> Iterator[tuple[Path, tuple[int, int]]]:
    for place, suffix in (*KINDS.items(), *((FOLDER, suffix) for suffix in SUFFIXES)):
        for path in (root / place).glob(f"*{suffix}"):
            with suppress(FileNotFoundError):
                status = path.stat()
                yield path, (status.st_mtime_ns, status.st_size)


def _unsayable(old: Texts, new: Texts, sources: Sources) -> list[Finding]:
    """Texts that the running code would look for in vain, or fill in too little."""
    lost = [key for key in old.keys() if key not in new]  # noqa: SIM118
    errors = [Finding("knowledge/texts/data", None, key, "this text is gone") for key in lost]
    return errors + findings(
        ContentError(file, f"nothing is given for {', '.join(sorted(more))}", line=line_of(source, key), field=key)
        for file, source in sources.texts.items()
        for key, text in parse_texts(source, file).items()
        if key in old and (more := placeholders(text[Locale.ZH]) - placeholders(old.template(key)[Locale.ZH]))
    )

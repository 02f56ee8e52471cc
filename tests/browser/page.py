"""The playground's page as a person uses it: what is seen and done in its panes, by role, label and test id."""

from __future__ import annotations

from playwright.sync_api import ConsoleMessage, Dialog, Locator, Page, expect

KEY = "digital:{}"


class Pane:
    """A conversation on the page: `requester` or `desk`."""

    def __init__(self, page: Page, name: str) -> None:
        self.page = page
        self.root = page.locator(f"#pane-{name}")
        self.log = page.get_by_test_id(f"{name}-messages")
        self.input = page.get_by_test_id(f"{name}-input")
        self.file = page.get_by_test_id(f"{name}-file")
        self.messages = self.log.get_by_role("article")
        self.own = self.log.locator(".own")

    def say(self, text: str) -> None:
        self.input.fill(text)
        self.input.press("Enter")

    def paste(self, text: str) -> None:
        """Through the clipboard, as people do; the page needs the permissions `clipboard-read` and `-write`."""
        self.page.evaluate("text => navigator.clipboard.writeText(text)", text)
        self.input.focus()
        self.input.press("ControlOrMeta+V")

    def tap(self, label: str) -> None:
        """Press the newest inline button with this label."""
        self.button(label).click()

    def button(self, label: str) -> Locator:
        return self.log.get_by_role("button", name=label).last

    def message(self, text: str) -> Locator:
        """The newest message with this text."""
        return self.messages.filter(has_text=text).last

    def shows(self, *texts: str) -> None:
        """Wait until the newest message has all these texts."""
        for text in texts:
            expect(self.messages.last).to_contain_text(text)

    def reply(self, text: str, to: Locator) -> None:
        to.dblclick(position={"x": 3, "y": 3})
        self.say(text)


class Desk(Pane):
    def __init__(self, page: Page) -> None:
        super().__init__(page, "desk")
        self.topics = page.get_by_test_id("topic-list")

    def open(self, name: str) -> None:
        self.topics.get_by_role("button", name=name).click()


class Platform:
    """The panel that plays an invoicing platform."""

    def __init__(self, page: Page) -> None:
        self.root = page.locator("#pane-platform")
        self.file = page.get_by_test_id("platform-file")
        self.summary = self.root.get_by_role("status").first
        self._page = page

    def row(self, number: str) -> Locator:
        return self._page.get_by_test_id(f"platform-row-{KEY.format(number)}")

    def change(self, number: str, status: str) -> None:
        """Push a change of an invoice's tax status; `status` as the platform names it (normal, void, …)."""
        self._page.get_by_test_id(f"platform-status-{KEY.format(number)}").select_option(status)
        self._page.get_by_test_id(f"platform-apply-{KEY.format(number)}").click()


class Screen:
    """The whole page, and whatever went wrong in it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.requester = Pane(page, "requester")
        self.desk = Desk(page)
        self.platform = Platform(page)
        self.complaints: list[str] = []
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("dialog", self._on_dialog)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.type}: {message.text}")

    def _on_dialog(self, dialog: Dialog) -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def rest(self) -> None:
        """Wait until nothing hangs over the page for a moment only."""
        self.page.mouse.move(0, 0)
        for shelf in self.page.locator(".toasts").all():
            expect(shelf).to_be_empty()

    def forgive(self, part: str) -> None:
        """Drop complaints that the test itself caused; there must be some."""
        kept = [complaint for complaint in self.complaints if part not in complaint]
        assert kept != self.complaints, f"no complaint with {part!r}"
        self.complaints[:] = kept

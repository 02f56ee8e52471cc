"""Answers on the page: an article, a question with choices, an interrupted flow that goes on; in both languages."""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
from playwright.sync_api import expect

from tests.browser.page import Screen

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Screen]
Picture = Callable[[str, Screen], None]
NARROW = {"width": 460, "height": 940}


def test_article_choices_and_digression_in_chinese(open_page: OpenPage, picture: Picture) -> None:
    screen = open_page(viewport=NARROW)
    chat = screen.requester
    chat.root.get_by_role("button", name="开始", exact=True).click()
    chat.shows("直接说问题")
    chat.say("发票丢了怎么办")
    chat.shows("发票丢失")
    picture("article-zh", screen)
    chat.say("发票有问题")
    chat.shows("您是想问")
    picture("clarify-zh", screen)
    chat.say("/fix")
    chat.tap("数电票（20 位号码）")
    chat.say("查验平台一天能查几次")
    chat.shows("我们刚才在：发票号码")
    picture("digression-zh", screen)
    expect(chat.button("跳过")).to_be_visible()


def test_article_choices_and_digression_in_english(open_page: OpenPage, picture: Picture) -> None:
    screen = open_page(viewport=NARROW, locale="en-GB")
    chat = screen.requester
    screen.page.get_by_test_id("language").click()
    chat.root.get_by_role("button", name="Start", exact=True).click()
    chat.tap("English")
    chat.shows("the helpdesk for invoices")
    chat.say("I lost an invoice, what now?")
    chat.shows("Lost")
    picture("article-en", screen)
    chat.say("problem with my invoice")
    chat.shows("Did you mean")
    picture("clarify-en", screen)
    chat.say("/fix")
    chat.tap("Digital (20 digits)")
    chat.say("how often can I verify an invoice per day")
    chat.shows("We were at: Invoice number")
    picture("digression-en", screen)
    expect(chat.button("Skip")).to_be_visible()

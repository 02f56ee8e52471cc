"""Messages as values: what is queued comes out again, in the reader's language."""

from __future__ import annotations

import json

import pytest

from handlers.messenger import Button, Message, Rendered, edit, post, react, render
from knowledge.texts import Locale, Localized, literal
from storage.messages import Lane, Link, Op

TEXT = Localized("<b>你好</b>", "<b>hello</b>")


@pytest.mark.parametrize(("locale", "html"), [(Locale.ZH, "<b>你好</b>"), (Locale.EN, "<b>hello</b>")])
def test_a_queued_message_is_rendered_in_one_language(locale: Locale, html: str) -> None:
    message = Message(TEXT, ((Button(TEXT, "m:menu"),),), reply_to=5, silent=True)
    rendered = render(json.loads(json.dumps(message.to_json())), locale)
    label = {Locale.ZH: "你好", Locale.EN: "hello"}[locale]
    assert rendered == Rendered(html, (((label, "data", "m:menu"),),), 5, silent=True)


@pytest.mark.parametrize(
    ("button", "kind", "value"),
    [
        (Button(TEXT, "m:menu"), "data", "m:menu"),
        (Button(TEXT, url="https://example.com"), "url", "https://example.com"),
        (Button(TEXT, copies="26110000482913073017"), "copies", "26110000482913073017"),
    ],
)
def test_a_button_is_one_of_three_kinds(button: Button, kind: str, value: str) -> None:
    assert render(Message(TEXT, ((button,),)).to_json(), Locale.EN).rows == ((("hello", kind, value),),)


def test_labels_are_plain_text() -> None:
    """Telegram shows a label as it is: `&lt;` would be read by people."""
    label = Localized("接着 ", "Go on ") + literal('<b>A&B</b> "x"')
    message = Message(TEXT, ((Button(label, "m:menu"),),))
    assert render(message.to_json(), Locale.EN).rows[0][0][0] == 'Go on <b>A&B</b> "x"'


def test_what_is_queued() -> None:
    sent = post(42, Message(TEXT), lane=Lane.ALERT, ticket_id=1, slot="flow", link=Link("alert", 3))
    assert (sent.chat_id, sent.op, sent.lane, sent.ticket_id, sent.slot) == (42, Op.SEND, Lane.ALERT, 1, "flow")
    assert (edit(42, 7, Message(TEXT)).op, edit(42, 7, Message(TEXT)).body["message_id"]) == (Op.EDIT, 7)
    assert react(42, 7, "👌").body == {"message_id": 7, "emoji": "👌"}

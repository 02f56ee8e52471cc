import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.playground.errors import ApiError
from bot.playground.html_text import parse_html


def spans(source: str) -> list[tuple[str, str]]:
    """(type, the text it covers) of each entity, in order."""
    text, entities = parse_html(source)
    units = text.encode("utf-16-le")
    return [(e["type"], units[2 * e["offset"] : 2 * (e["offset"] + e["length"])].decode("utf-16-le")) for e in entities]


@pytest.mark.parametrize(
    ("source", "text", "expected"),
    [
        ("plain", "plain", []),
        ("<b>发票</b> ok", "发票 ok", [("bold", "发票")]),
        ("<strong>a</strong><em>b</em>", "ab", [("bold", "a"), ("italic", "b")]),
        ("<u>a</u><s>b</s><del>c</del>", "abc", [("underline", "a"), ("strikethrough", "b"), ("strikethrough", "c")]),
        ("<b>x<i>y</i></b>", "xy", [("bold", "xy"), ("italic", "y")]),
        ("<b><i>z</i></b>", "z", [("bold", "z"), ("italic", "z")]),
        ("😀<b>😀x</b>", "😀😀x", [("bold", "😀x")]),
        ("<tg-spoiler>a</tg-spoiler>", "a", [("spoiler", "a")]),
        ('<span class="tg-spoiler">a</span>', "a", [("spoiler", "a")]),
        ("<blockquote>q</blockquote>", "q", [("blockquote", "q")]),
        ("<blockquote expandable>q</blockquote>", "q", [("expandable_blockquote", "q")]),
        ("<code>1 &lt; 2 &amp;&amp; 3</code>", "1 < 2 && 3", [("code", "1 < 2 && 3")]),
        ("<pre>a<b>b</b></pre>", "ab", [("pre", "ab")]),
        ("<b></b>x", "x", []),
        ("<B>x</b >", "x", [("bold", "x")]),
        ("<b>x</>", "x", [("bold", "x")]),
        ("a &nbsp; &#20013;&#x6587; &copy; & b", "a &nbsp; 中文 &copy; & b", []),
        ("&lt;b&gt;", "<b>", []),
    ],
)
def test_entities(source: str, text: str, expected: list[tuple[str, str]]) -> None:
    assert parse_html(source)[0] == text
    assert spans(source) == expected


def test_link() -> None:
    _, entities = parse_html('<a href="https://example.com/?a=1&amp;b=2">here</a>')
    assert entities == [{"type": "text_link", "offset": 0, "length": 4, "url": "https://example.com/?a=1&b=2"}]


def test_link_to_a_person_is_a_mention() -> None:
    _, entities = parse_html('<a href="tg://user?id=42">Wang</a>')
    assert entities[0]["type"] == "text_mention"
    assert entities[0]["user"]["id"] == 42


def test_link_that_leads_nowhere_stays_text() -> None:
    assert parse_html('<a href="not a link">x</a>') == ("x", [])


def test_code_in_pre_names_the_language() -> None:
    _, entities = parse_html('<pre><code class="language-python">x = 1</code></pre>')
    assert entities == [{"type": "pre", "offset": 0, "length": 5, "language": "python"}]


def test_language_of_bare_code_is_dropped() -> None:
    assert parse_html('<code class="language-python">x</code>')[1] == [{"type": "code", "offset": 0, "length": 1}]


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("发</b>", "Unexpected end tag at byte offset 3"),
        ("<br>", 'Unsupported start tag "br" at byte offset 0'),
        ("<p>x</p>", 'Unsupported start tag "p" at byte offset 0'),
        ("1 < 2", 'Unsupported start tag "" at byte offset 2'),
        ("x <b", "Unclosed start tag at byte offset 2"),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ('<a href="x>y</a>', 'Unclosed start tag "a" at byte offset 0'),
        ("<b/ >x</b>", 'Unsupported start tag "b/" at byte offset 0'),
        ("<b / >x</b>", 'Empty attribute name in the tag "b" at byte offset 0'),
        ('<tg-emoji emoji-id="x">😀</tg-emoji>', "Invalid custom emoji identifier specified"),
    ],
)
def test_refused(source: str, problem: str) -> None:
    with pytest.raises(ApiError) as caught:
        parse_html(source)
    assert caught.value.description == f"Bad Request: can't parse entities: {problem}"


@given(st.text())
def test_escaped_text_comes_back(text: str) -> None:
    assert parse_html(html.escape(text)) == (text, []) or "&#x27;" in html.escape(text)


@given(st.text(alphabet="<>/ab&;=\"' #x1pre", max_size=40))
def test_never_fails_otherwise(source: str) -> None:
    try:
        text, entities = parse_html(source)
    except ApiError:
        return
    assert all(0 < e["length"] <= len(text) for e in entities)


def test_hostile_input_takes_linear_time() -> None:
    for source in ("<" * 30_000, "&" * 30_000, "<b " * 10_000, "<b>" * 5_000 + "x" + "</b>" * 5_000):
        try:
            parse_html(source)
        except ApiError:
            continue

"""What Telegram refuses in an HTML message is found beforehand."""

import pytest

from knowledge.articles.markup import Fault, markup_fault


@pytest.mark.parametrize(
    "text",
    [
        "",
        "纯文字",
        "<b>粗<i>斜</i></b>",
        '<a href="https://rules.example/?a=1&amp;b=2">规则</a>',
        "<blockquote expandable>引用</blockquote>",
        "1 &lt; 2 &amp;&amp; 3 &gt; 2 &#10004;",
        "<tg-spoiler>x</tg-spoiler><code>a</code><pre>b</pre><u>c</u><s>d</s>",
    ],
)
def test_good(text: str) -> None:
    assert markup_fault(text) is None


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("<p>x</p>", Fault("Telegram knows no <p>", 1)),
        ("a<br>b", Fault("Telegram knows no <br>", 1)),
        ("a\n<b>x", Fault("<b> is not closed", 2)),
        ("<b><i>x</b></i>", Fault("</b> closes nothing", 1)),
        ("x</b>", Fault("</b> closes nothing", 1)),
        ('<b class="x">y</b>', Fault("<b> has an attribute that Telegram does not know", 1)),
        ("隐私\n安全 & 隐私", Fault("a bare <, > or & must be written &lt; &gt; &amp;", 2)),
        ("1 < 2", Fault("a bare <, > or & must be written &lt; &gt; &amp;", 1)),
        ("&nbsp;", Fault("Telegram knows no &nbsp;", 1)),
        ("<a>x</a>", Fault("<a> needs href", 1)),
        ("<!-- x -->", Fault("Telegram knows no comments", 1)),
    ],
)
def test_bad(text: str, fault: Fault) -> None:
    assert markup_fault(text) == fault

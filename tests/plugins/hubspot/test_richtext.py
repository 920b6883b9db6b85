"""Plain text, and the HTML that HubSpot keeps."""

import pytest

from trunkline_hubspot.richtext import to_html, to_text


@pytest.mark.parametrize("text", ["a < b && c > d", "one\ntwo", "&amp; stays", "<script>alert(1)</script>"])
def test_a_text_comes_back_from_html_as_it_was_typed(text: str) -> None:
    assert to_text(to_html(text)) == text


def test_of_html_only_what_is_seen_is_kept() -> None:
    html = "<style>p {}</style><div><p>Dear&nbsp;Ada,</p><p>two\nwords<br/>end</p></div>"
    assert to_text(html) == "Dear Ada,\ntwo words\nend"
    assert to_text("<br>") is None

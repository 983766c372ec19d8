"""Links in the HTML of mails, and the text beside it."""

import pytest

from mockserver.mails.bodies import Extras, list_links, make_html, read_html


def test_links_are_those_that_can_be_clicked() -> None:
    html = '<a href="mailto:a@b.c">m</a> <A HREF=\'http://x.example/1\'>1</A> <a href="https://x.example/2">2</a>'
    assert list_links(html, "html") == ("http://x.example/1", "https://x.example/2")
    text = "See https://x.example/a, (http://x.example/b?c=d.e) or https://x.example/."
    assert list_links(text, "plaintext") == (
        "https://x.example/a",
        "http://x.example/b?c=d.e",
        "https://x.example/",
    )


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<p>a</p><p>b</p>", "a\n\nb"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ('<a href="https://x.example">https://x.example</a>', "https://x.example"),
        ("<head><title>t</title></head><script>x</script>a &amp; b", "a & b"),
        ("  many \n  blanks  ", "many blanks"),
        ("</style>still seen", "still seen"),
        ("<b>unclosed <i>tags", "unclosed tags"),
        ("<!DOCTYPE html><!-- <p>x</p> -->İ<STYLE>p {}</STYLE>a<script>b", "İa"),
        ("1 < 2 > 0 &lt;b&gt;", "1 < 2 > 0 <b>"),
        ("<a href='https://x.example/?a&amp;b'><i>y</i></a>, <a>z</a>", "y [https://x.example/?a&b], z"),
        ("</a><a href=https://x.example>y", "y"),
    ],
)
def test_html_reads_as_text(page: str, text: str) -> None:
    assert read_html(page) == text


@pytest.mark.parametrize(
    "scrap", ["<a ", "<!--", "<![", "<", "</", "<?", "<a href='http://x' ", "<style>", "<a href=", "http://"]
)
def test_malformed_html_of_any_length_is_taken_as_it_is(scrap: str) -> None:
    content = scrap * (100_000 // len(scrap))
    body = make_html(content, Extras("https://u.example", "https://p.example", lambda _index, url: url), True)
    assert body.html is not None
    assert body.html.startswith(content)
    assert "Unsubscribe: https://u.example" in body.text

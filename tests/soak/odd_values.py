"""What is sent: plain values, odd but legal ones, and junk."""

from typing import Any

from mockserver.sending.reactions import MAGIC_ADDRESSES

ADDRESSES = [
    *(f"{name}@example.com" for name in ("ada", "grace", "alan", "radia", "Ada", "søren", "nobody+tag")),
    *(f"{word}{n}@example.org" for word in MAGIC_ADDRESSES for n in (1, 2)),
]
"""Few, so that leads of several campaigns are one contact; most are magic addresses."""
HOSTS = ["mail.yourcompany.com", "a.co", "outreach.example.com", "x--y.example.org"]
TEXTS = [
    "Q1 Product Launch", "Hi {{first_name|there}}", "{{Hi|Hello}} {{company}}", "interested", "ACME", "x",
    "<p>Hi <a href='https://x.io'>x</a></p>", "{% if company %}How is {{company}}?{% endif %}",
]  # fmt: skip
ODD_TEXTS = [
    "🙂" * 20, "שלום لكم", "\u202eevil\u202c", "a\u0000b", "\u0001\u0008", "é" * 200, "line\r\nBcc: a@b.co",
    " x ", "{{", "{{first_name", "{% if %}", "{{a|b|{{c}}}}", "{% endfor %}", "=HYPERLINK(1)",
    "'; DROP TABLE x; --", "\ufeffx", "﷽" * 30, "ẞß", "İi", "\u2028", "null", "0", "-1", "1e999",
    "../../etc", "%00%ff",
]  # fmt: skip
JUNK: list[Any] = [
    None, True, 0, -1, 10**30, 0.5, 1e308, "", "x", "x" * 100_001, [], [[]], [None], {}, {"a": {"b": []}},
    "2026-02-30T00:00:00Z", "not-a-uuid", [{}] * 300,
]  # fmt: skip
RAW = [
    b"", b"{", b"null", b"[]", b"\x00", b"\xff\xfe", b'{"name": NaN}', b'{"name": "\xff"}', b'"text"',
    b"[" * 3000, b'{"name": "\\ud800"}', b'["\\ud800"]', b'{"\\udfff": 1}', b'{"name": "a", "name": "b"}',
    b'\xef\xbb\xbf{"name": "bom"}', b'{"name": 1' + b"0" * 5000 + b"}", b'{"name": "a"} x',
    b'{"name": "\xed\xa0\x80"}', b'{"name": "' + b"x" * (9 * 1024 * 1024) + b'"}',
]  # fmt: skip
"""Bodies as they stand: half surrogates, bytes that are no text, more than a server takes."""
ENCODINGS = ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-7", "latin-1"]
MEDIA_TYPES = [
    "text/plain", "application/xml", "application/json; charset=utf-16", "multipart/form-data", "", "x",
]  # fmt: skip
CSV_JUNK = [
    b"", b"email\n", b'",a","\n' * 200, b"email,email\na@b.co,c@d.co\n", b"\xff\xfee\x00m\x00",
    b"email\n\x00@b.co\n", b"name\nx\n", b'email\n"ada@example.com\n',
    b"email;name\nada@example.com;x\n", b"PK\x03\x04zip",
]  # fmt: skip
PAGES = [
    "/", "/docs", "/healthz", "/readyz", "/openapi.yaml", "/_mock/openapi.yaml", "/favicon.ico", "/_mock",
    "/api", "/api/public/v1", "/api/public/v2/campaigns", "//", "/%2e%2e/etc/passwd", "/%00", "/%ff%fe",
]  # fmt: skip
HEADERS = [
    {"Origin": "http://localhost:3000"}, {"Origin": "https://evil.example"}, {"Origin": "null"},
    {"Accept": "text/html"}, {"Content-Encoding": "gzip"}, {"X-Forwarded-For": "1.2.3.4"},
    {"Prefer": "x=1"}, {"Prefer": "status=999"}, {"Prefer": "example=nope"}, {"If-None-Match": "*"},
    {"Range": "bytes=0-1"}, {"Cookie": "a=b"}, {"Authorization": "Bearer x"}, {"Accept-Encoding": "br"},
    {"X-HTTP-Method-Override": "DELETE"}, {"Te": "x"},
]  # fmt: skip
KEYS = ["", "x", "cs_live", "cs_test_1", "cs_\xe9", " "]
STATES: list[Any] = [
    {}, {"campaigns": [{"name": "A"}]}, {"leads": [{}]}, {"nope": []}, {"campaigns": 5},
    {"contact_tags": [{"name": "VIP"}], "contacts": [{"email": "ada@example.com"}]},
]  # fmt: skip
RUDE = [
    b"GET / HT", b"\x00\x01\x02\x03\r\n\r\n", b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n",
    b"POST /api/public/v1/campaigns HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {key}\r\n"
    b'Content-Type: application/json\r\nContent-Length: 99\r\n\r\n{"name": "half a body"',
    b"POST /api/public/v1/campaigns HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nx",
    b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" * 50,
    b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 100_000,
]  # fmt: skip
"""What clients send that go away without reading: no request, half of one, or many."""

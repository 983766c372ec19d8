"""Secrets are taken out of everything that is shown of an exchange."""

import json
import re
from codecs import getincrementaldecoder
from collections.abc import Collection, Iterable
from typing import Any
from urllib.parse import unquote_plus

from ..openapi.parsing import NotJsonError, read_json

REDACTED = "[redacted]"
_MASK = "x"
_FIRST_LINE = re.compile(r"(?:\A|\n\r?\n)([^\r\n]*)")
"""The first line of a text, and of each part of a form: it names the columns of a file."""
_WORDS = ("passw", "secret", "token", "apikey", "api_key", "api-key", "authorization", "credential")
_SECRET_HEADERS = ("cookie", "set-cookie")
_ESCAPES = (b"\\u", b"%")
"""What begins a character that is written in another way, in JSON and in URLs."""
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r"))
_MOST_DECODED = 5
"""What is still encoded after so many rounds is taken for a secret."""
_SHORTEST_VALUE = 8
"""A shorter text, for example a declared key `a`, is in too many others."""


class Redactor:
    """Takes secrets out: values of properties that are called like one, and API keys anywhere.

    `names` are properties that hold secrets under any name, for example `writeOnly` ones. `shown` are values
    of theirs that everybody knows and that are answered in a way of their own.
    """

    def __init__(self, names: Iterable[str], key_prefix: str, shown: Collection[str] = ()) -> None:
        words = (*_WORDS, *(name.casefold() for name in names))
        self._shown = shown
        self._name = re.compile("|".join(map(re.escape, words)), re.IGNORECASE)
        self._key = re.compile(rf"({_match_encoded(key_prefix)})[^\s\"'&,;/]+")
        self._signs = tuple({text.casefold().encode() for text in (*words, key_prefix)})
        self._plain_signs: tuple[str, ...] = ("%", key_prefix)
        """A text with none of them holds no key."""
        self.hide([])

    def hide(self, values: Iterable[str]) -> None:
        """Take these texts out as well: declared keys, a control token; a very short one stays."""
        found = [value for value in values if len(value) >= _SHORTEST_VALUE]
        self._plain_signs += tuple(found)
        self._value = re.compile("|".join(map(_match_encoded, found)) or "(?!)")
        self._signs += tuple(value.casefold().encode() for value in found)

    def redact_body(self, data: bytes) -> bytes:
        """Return a body without secrets; one that might hold some but is no JSON is not shown."""
        if not data:
            return data
        lowered, is_text = data.lower(), _is_text(data)
        if is_text and not _holds(lowered, self._signs) and not _holds(lowered, _ESCAPES):
            return data
        try:
            value = read_json(data)
        except NotJsonError:
            decoded = _decode(lowered.decode("utf-8", "replace"))
            if is_text and decoded is not None and not _holds(decoded.encode(), self._signs):
                return data
            return json.dumps(f"{REDACTED}: {len(data)} bytes that are no JSON").encode()
        return json.dumps(self.redact(value), ensure_ascii=False, separators=(",", ":")).encode()

    def mask_body(self, data: bytes) -> bytes | None:
        """Return a request body that is answered alike, without secrets; None when that cannot be made.

        In the place of the secret of a property stands a value of its type and length, since these decide
        whether it is valid. What is no JSON, for example a file of leads, cannot be masked when a name in the
        first line of a part is called like a secret, or when a key stands there in an encoding of its own.
        """
        if self.redact_body(data) == data:
            return data
        try:
            value = read_json(data)
        except NotJsonError:
            text, plain = (each.decode("latin-1") for each in (data, data.translate(None, _CONTROLS)))
            names = any(map(self._name.search, _FIRST_LINE.findall(plain)))
            masked = self.redact_text(text)
            is_hidden = masked == text and self.redact_text(plain) != plain
            return None if names or is_hidden else masked.encode("latin-1")
        masked = self._mask(value)
        return data if masked == value else json.dumps(masked, ensure_ascii=False).encode()

    def _mask(self, value: Any, *, is_secret: bool = False) -> Any:
        if isinstance(value, dict):
            return {
                self.redact_text(name): self._mask(
                    inner, is_secret=is_secret or bool(self._name.search(name))
                )
                for name, inner in value.items()
            }
        if isinstance(value, list):
            return [self._mask(item, is_secret=is_secret) for item in value]
        if isinstance(value, str):
            is_shown = not is_secret or value in self._shown
            return self.redact_text(value) if is_shown else _MASK * len(value)
        return type(value)() if is_secret and value is not None else value

    def redact(self, value: Any) -> Any:
        """Return a JSON value without secrets."""
        if isinstance(value, dict):
            return {
                self.redact_text(name): REDACTED
                if self._name.search(name) and inner is not None
                else self.redact(inner)
                for name, inner in value.items()
            }
        if isinstance(value, list):
            return [self.redact(item) for item in value]
        return self.redact_text(value) if isinstance(value, str) else value

    def redact_text(self, text: str) -> str:
        """Return a text without API keys, percent-encoded ones included."""
        if not any(sign in text for sign in self._plain_signs):
            return text
        return self._value.sub(REDACTED, self._key.sub(rf"\g<1>{REDACTED}", text))

    def redact_head(self, head: str) -> str:
        """Return headers, a line each, without secrets."""
        return "\n".join(map(self._redact_header, head.split("\n")))

    def redact_query(self, query: str) -> str:
        """Return a query string without secrets."""
        return "&".join(map(self._redact_part, query.split("&")))

    def _redact_header(self, line: str) -> str:
        name, colon, value = line.partition(": ")
        is_secret = self._name.search(name) or name.casefold() in _SECRET_HEADERS
        return name + colon + (REDACTED if is_secret else self.redact_text(value))

    def _redact_part(self, part: str) -> str:
        name, equals, value = part.partition("=")
        decoded = _decode(name)
        is_secret = decoded is None or self._name.search(decoded)
        return self.redact_text(name) + equals + (REDACTED if is_secret else self.redact_text(value))


def _match_encoded(text: str) -> str:
    """Return a pattern of a text each of whose bytes may be percent-encoded, also more than once."""
    return "".join(
        rf"(?:{re.escape(chr(byte))}|%(?:25)*(?i:{byte:02x}))" if byte < 128 else rf"%(?:25)*(?i:{byte:02x})"
        for byte in text.encode()
    )


def _decode(text: str) -> str | None:
    """Return a text without percent-encoding; None for one that is encoded over and over."""
    for _ in range(_MOST_DECODED):
        decoded = unquote_plus(text)
        if decoded == text:
            return text
        text = decoded
    return None


def _holds(data: bytes, signs: tuple[bytes, ...]) -> bool:
    return any(sign in data for sign in signs)


def _is_text(data: bytes) -> bool:
    """Return whether bytes are UTF-8, perhaps cut off, without the zeros that other encodings are full of."""
    try:
        getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError:
        return False
    return len(data.translate(None, _CONTROLS)) == len(data)

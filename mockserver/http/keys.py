"""API key → workspace and scopes."""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..errors import ApiError
from ..openapi.spec import Spec
from ..openapi.yaml_files import read_bounded_yaml
from ..settings import Settings

EXAMPLE_KEY = "cs_live_your_api_key"
"""What documentation and commands use where nobody names a key."""


class KeysFileError(Exception):
    """The file of declared keys breaks a rule; the message names the rule and the place."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key and what it may do."""

    value: str
    workspace: str
    scopes: tuple[str, ...] = ("*",)
    revoked: bool = False


@lru_cache(maxsize=1024)
def _make_key(value: str) -> Key:
    """Return a key with a workspace of its own; the same few come with every request."""
    return Key(value, workspace=value)


class KeyRing:
    """The keys that a server accepts.

    Out of the box that is every key with the documented prefix, each with all scopes and a workspace
    of its own. Declared keys may have fewer scopes, share a workspace or be revoked.
    """

    def __init__(self, spec: Spec, settings: Settings) -> None:
        self._spec = spec
        self._strict = settings.strict_keys
        self._grants: dict[tuple[tuple[str, ...], tuple[str, ...]], tuple[str, ...]] = {}
        self._declared: dict[str, Key] = {}
        for key in (*_read_file(settings.keys_file), *map(_read_flag, settings.key)):
            unknown = [scope for scope in key.scopes if scope not in spec.scopes]
            if unknown:
                known = ", ".join(spec.scopes)
                raise KeysFileError(f"{key.value}: no scope is called {unknown[0]!r}; there are {known}")
            self._declared[key.value] = key

    @property
    def odd(self) -> tuple[str, ...]:
        """The declared keys that the API would never give away, since they lack its prefix."""
        return tuple(value for value in self._declared if not value.startswith(self._spec.key_prefix))

    @property
    def declared(self) -> tuple[Key, ...]:
        """The declared keys."""
        return tuple(self._declared.values())

    def find(self, value: str | None) -> Key:
        """Return the key of a header value.

        Raises ApiError `missing_key` or `invalid_key`.
        """
        if not value:
            raise ApiError("missing_key")
        key = self._declared.get(value)
        if key is None and self.is_open(value):
            return _make_key(value)
        if key is None or key.revoked:
            raise ApiError("invalid_key")
        return key

    def is_open(self, value: str) -> bool:
        """Return whether a key works although it is not declared."""
        prefix = self._spec.key_prefix
        return (
            not self._strict
            and value not in self._declared
            and value.startswith(prefix)
            and len(value) > len(prefix)
        )

    def find_workspace(self, value: str | None) -> str | None:
        """Return the name of the workspace that a header value leads to; None when it leads nowhere."""
        try:
            return self.find(value).workspace
        except ApiError:
            return None

    def find_key(self, workspace: str) -> str | None:
        """Return a key that leads to a workspace; None when there is none, for example for a revoked one."""
        declared = (key.value for key in self._declared.values() if key.workspace == workspace)
        return next(
            (value for value in (*declared, workspace) if self.find_workspace(value) == workspace), None
        )

    @property
    def default(self) -> str | None:
        """The key of who names none: the first declared one, else an example; None when there is none."""
        declared = next((key.value for key in self._declared.values() if not key.revoked), None)
        return declared or (None if self._strict else EXAMPLE_KEY)

    def declare(self, key: Key) -> None:
        """Accept a key from now on, also a strict server."""
        self._declared[key.value] = key

    def forget(self, value: str) -> None:
        """Declare a key no longer."""
        self._declared.pop(value, None)

    def check_scopes(self, key: Key, required: tuple[str, ...]) -> None:
        """Raise ApiError `missing_scope` unless the key holds every required scope."""
        if key.scopes == ("*",):
            return
        missing = [scope for scope in required if not self._holds(key, scope)]
        if missing:
            raise ApiError(
                "missing_scope", missing=", ".join(missing), required=missing, granted=list(key.scopes)
            )

    def _holds(self, key: Key, scope: str) -> bool:
        return any(
            scope == held or any(fnmatchcase(scope, grant) for grant in self._spec.scopes[held])
            for held in key.scopes
        )


def _read_flag(flag: str) -> Key:
    value, _, scopes = flag.partition("=")
    if not value:
        raise KeysFileError(f"{flag!r} names no key; write KEY or KEY=SCOPE,…")
    return Key(value, workspace=value, scopes=tuple(filter(None, scopes.split(","))) or ("*",))


def _read_file(name: str) -> list[Key]:
    if not name:
        return []
    try:
        content: Any = read_bounded_yaml(Path(name))
    except OSError as error:
        raise KeysFileError(f"cannot read {name}: {error.strerror}") from None
    except ValueError as error:
        reason = " ".join(str(error).split())
        raise KeysFileError(f"{name} is neither YAML nor JSON: {reason}") from None
    rows = content.get("keys") if isinstance(content, dict) else None
    if not isinstance(rows, list):
        raise KeysFileError(f"{name} must be a mapping with a list called keys")
    return [_read_row(f"{name}, key {index}", row) for index, row in enumerate(rows, 1)]


def _read_row(where: str, row: Any) -> Key:
    if not isinstance(row, dict) or not isinstance(row.get("key"), str) or not row["key"]:
        raise KeysFileError(f"{where}: must be a mapping with a text called key")
    unknown = set(row) - {"key", "workspace", "scopes", "revoked"}
    if unknown:
        raise KeysFileError(f"{where}: {sorted(unknown)[0]!r} is none of key, workspace, scopes, revoked")
    scopes, revoked = row.get("scopes", ["*"]), row.get("revoked", False)
    if not isinstance(scopes, list) or not all(isinstance(scope, str) for scope in scopes):
        raise KeysFileError(f"{where}: scopes must be a list of texts")
    if not isinstance(revoked, bool):
        raise KeysFileError(f"{where}: revoked must be true or false")
    return Key(row["key"], str(row.get("workspace", row["key"])), tuple(scopes), revoked)

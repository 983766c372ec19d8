"""What is known of a lead or a contact, besides the address."""

from collections.abc import Iterator, KeysView, Mapping
from typing import Any

_NAMES = dict.fromkeys(("custom_fields", "first_name", "last_name", "company")).keys()


class Details(Mapping[str, Any]):
    """Names, company and custom fields, in a third of the memory that a dict takes: there may be millions."""

    __slots__ = ("company", "custom_fields", "first_name", "last_name")

    def __init__(self, values: Mapping[str, Any]) -> None:
        """Take over values of exactly the names that a contact has; raises KeyError when one is missing."""
        for name in _NAMES:
            setattr(self, name, values[name])

    def __getitem__(self, name: str) -> Any:
        if name not in _NAMES:
            raise KeyError(name)
        return getattr(self, name)

    def __iter__(self) -> Iterator[str]:
        return iter(_NAMES)

    def __len__(self) -> int:
        return len(_NAMES)

    def keys(self) -> KeysView[str]:
        """Return the names."""
        return _NAMES

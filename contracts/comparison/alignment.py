"""Alignment: which id of the server stands for which id of the model, and which balance for which."""

import re

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def list_ids(*texts: str) -> set[str]:
    """Return the ids in texts, in lower case."""
    return {found.casefold() for text in texts for found in _ID.findall(text)}


class Alignment:
    """Pairs of ids; a pair is made where both first appear, and holds from then on."""

    def __init__(self) -> None:
        self._theirs: dict[str, str] = {}
        self._models: dict[str, str] = {}
        self._apart: dict[str, float] = {}

    def copy(self) -> "Alignment":
        """Return an alignment with the same pairs, which goes its own way."""
        twin = Alignment()
        twin._theirs, twin._models, twin._apart = dict(self._theirs), dict(self._models), dict(self._apart)
        return twin

    def pair(self, theirs: str, models: str) -> bool:
        """Pair two ids; return whether they are a pair now, which they are not if one has another."""
        one, other = theirs.casefold(), models.casefold()
        if one not in self._models and other not in self._theirs:
            self._models[one] = other
            self._theirs[other] = one
        return self._models.get(one) == other

    def pair_texts(self, theirs: str, models: str) -> bool:
        """Pair the ids in two texts; return whether the texts are the same but for them."""
        if _ID.split(theirs) != _ID.split(models):
            return False
        pairs = zip(_ID.findall(theirs), _ID.findall(models), strict=True)
        return all(one == other or self.pair(one, other) for one, other in pairs)

    def keeps_distance(self, name: str, theirs: float, models: float) -> bool:
        """Return whether two balances are as far apart as they were when they first appeared."""
        return self._apart.setdefault(name, theirs - models) == theirs - models

    def find_theirs(self, models: str) -> str | None:
        """Return the server's id for an id of the model, or None."""
        return self._theirs.get(models.casefold())

    def find_models(self, theirs: str) -> str | None:
        """Return the model's id for an id of the server, or None."""
        return self._models.get(theirs.casefold())

    def as_theirs(self, text: str) -> str:
        """Return a text of the model with the server's ids in it."""
        return _ID.sub(lambda found: self._theirs.get(found[0].casefold(), found[0]), text)

    def as_models(self, text: str) -> str:
        """Return a text of the server with the model's ids in it."""
        return _ID.sub(lambda found: self._models.get(found[0].casefold(), found[0]), text)

"""What produces a result again: a version, a contract, a command."""

import shlex
from dataclasses import dataclass, field, replace
from functools import cache
from hashlib import sha256
from typing import Self

from mockserver.openapi.spec import find_spec
from mockserver.version import __version__


@cache
def hash_contract() -> str:
    """Return the SHA-256 of openapi.yaml, in hexadecimal."""
    return sha256(find_spec().read_bytes()).hexdigest()


@dataclass(frozen=True, slots=True)
class Recipe:
    """What produces a result again. It has no key."""

    arguments: tuple[str, ...]
    """Those of `coldsend-mock check`, without keys and reports."""
    keys: tuple[str, ...]
    """The options of the keys that were given, for example `--second-key`."""
    version: str = __version__
    openapi_sha256: str = field(default_factory=hash_contract)

    @property
    def command(self) -> str:
        """The command line."""
        return shlex.join(["coldsend-mock", "check", *self.arguments])

    def fix(self, random_seed: str) -> Self:
        """Return the recipe with the random seed of its run, if it has one."""
        if not random_seed or "--random-seed" in self.arguments:
            return self
        return replace(self, arguments=(*self.arguments, "--random-seed", random_seed))

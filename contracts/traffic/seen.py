"""What is known of a workspace, from what a recording has told so far."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from ..comparison.alignment import Alignment
from ..comparison.answers import Difference


@dataclass(frozen=True, slots=True)
class Deviation:
    """Something that a server answered otherwise than the worlds."""

    difference: Difference
    aspect: str
    needs: str = ""
    """The tag of the operations whose lists must have shown all that there is; empty: it counts anyway."""


@dataclass(slots=True)
class Seen:
    """What is known of one workspace."""

    key: str
    """The key in the worlds."""
    is_empty: bool = False
    """Whether it is known that it was empty when the recording began."""
    alignment: Alignment = field(default_factory=Alignment)
    doubtful: set[str] = field(default_factory=set)
    """Ids of the server whose records may differ from those of the worlds."""
    foreign: set[str] = field(default_factory=set)
    """Tags of operations that showed what is older than the recording, or somebody else's."""
    whole: set[str] = field(default_factory=set)
    """Tags of operations that listed all there is."""
    jobs: dict[str, datetime] = field(default_factory=dict)
    """Jobs that are not known to be done → when they were started."""
    emails: set[str] = field(default_factory=set)
    """Addresses that requests named, or that follow from them."""
    last: datetime | None = None

    def copy(self) -> "Seen":
        """Return the same knowledge, which goes its own way."""
        return replace(
            self,
            alignment=self.alignment.copy(),
            doubtful=set(self.doubtful),
            foreign=set(self.foreign),
            whole=set(self.whole),
            jobs=dict(self.jobs),
        )

    def knows(self, tag: str) -> bool:
        """Return whether nothing but what the recording made is in the lists of a tag."""
        if self.is_empty:
            return True
        return tag not in self.foreign and (tag in self.whole or not self.foreign)

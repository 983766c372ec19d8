"""The ids of rules that were released: none is lost, and none is given to another rule.

`python -m tests.released_rules` adds those of today to the list, which a release does. Who gives up a rule
puts `- ` before its line.
"""

from pathlib import Path

from contracts.run import list_rule_ids

_FILE = Path(__file__).parent / "released_rules.txt"
_GIVEN_UP = "- "


def read_released() -> tuple[set[str], set[str]]:
    """Return the ids of rules that are there, and of those that were given up."""
    lines = _FILE.read_text("utf-8").split("\n")[:-1]
    given_up = {line.removeprefix(_GIVEN_UP) for line in lines if line.startswith(_GIVEN_UP)}
    return {line for line in lines if not line.startswith(_GIVEN_UP)}, given_up


def main() -> None:
    """Add the ids of today to the list."""
    kept, given_up = read_released() if _FILE.exists() else (set(), set())
    lines = [*sorted(kept.union(list_rule_ids())), *(f"{_GIVEN_UP}{name}" for name in sorted(given_up))]
    _FILE.write_text("".join(f"{line}\n" for line in lines), "utf-8")


if __name__ == "__main__":
    main()

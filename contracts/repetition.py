"""`check --result FILE`: produce a result again, and compare it.

The file may come from somebody else. So it says what is checked, and how; the user says anew where keys go
and what a run may do.
"""

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from .verdict.outcomes import CannotRunError, Result
from .verdict.recipe import Recipe

KEYS = ("api_key", "second_key", "limited_key", "revoked_key")
_SAID_ANEW = ("url", "tag_id", "allow_launch", "allow_send", *KEYS)
_REPEATED = (
    "profile",
    "operations",
    "rules",
    "expected_failures",
    "wrong_key_probes",
    "max_requests",
    "requests_per_minute",
    "max_minutes",
    "strict",
    "random_seed",
    "traffic",
    "from_empty",
    "max_exchanges",
)
_MOST_BYTES = 200_000_000
_MOST_DIFFERENCES = 50


def make_recipe(context: click.Context) -> Recipe:
    """Return what produces the result of this command again, but for a random seed that is drawn."""
    arguments: list[str] = []
    keys: list[str] = []
    for parameter in context.command.params:
        name = parameter.name or ""
        if not _is_given(context, name):
            continue
        if name in KEYS:
            keys.append(parameter.opts[0])
        elif name in _REPEATED + _SAID_ANEW:
            arguments += _word(parameter, context.params[name])
    is_stand_in = context.params["url"] is None
    return Recipe(tuple(arguments), () if is_stand_in else tuple(keys))


def _word(parameter: click.Parameter, value: Any) -> Iterator[str]:
    """Yield the words of a command line that give a parameter its value."""
    if isinstance(parameter, click.Argument):
        yield str(value)
    elif isinstance(value, bool):
        yield parameter.opts[0] if value else parameter.secondary_opts[0]
    else:
        for each in value if parameter.multiple else [value]:
            yield from (parameter.opts[0], str(each))


@dataclass(frozen=True, slots=True)
class Former:
    """A result of before, as its file tells it."""

    file: Path
    recipe: Recipe
    outcomes: dict[str, str]
    """Rule → its outcome."""

    def choose(self, context: click.Context) -> dict[str, Any]:
        """Return the parameters of the command with which the result is produced again.

        Raises CannotRunError when another version made it, or the user has not said what a file may not say.
        """
        self._require_version()
        then = _parse(context.command, self.file, self.recipe.arguments)
        for parameter in context.command.params:
            name = parameter.name or ""
            is_given = _is_given(context, name)
            if name in _REPEATED and is_given:
                raise CannotRunError(f"{parameter.opts[0]} is what {self.file} says; leave it out.")
            was_given = parameter.opts[0] in self.recipe.keys if name in KEYS else _is_written(then, name)
            matters = name not in KEYS or _is_written(then, "url")
            if name in _SAID_ANEW and matters and is_given != was_given:
                done = "made with" if was_given else "made without"
                raise CannotRunError(f"{self.file} was {done} {_name(parameter)}; do so again.")
        if then.params["url"] != context.params["url"]:
            raise CannotRunError(f"{self.file} is about {then.params['url']}, not {context.params['url']}.")
        return {**context.params, **{name: then.params[name] for name in _REPEATED}}

    def _require_version(self) -> None:
        own = Recipe((), ())
        if (self.recipe.version, self.recipe.openapi_sha256) != (own.version, own.openapi_sha256):
            raise CannotRunError(
                f"{self.file} was made with another openapi.yaml, by coldsend-mock {self.recipe.version}: "
                f"pip install 'coldsend-mock[contracts]=={self.recipe.version}'."
            )

    def compare(self, result: Result) -> list[str]:
        """Return a sentence for each rule with another outcome than before, at most fifty."""
        now = {verdict.rule: str(verdict.outcome) for verdict in result.verdicts}
        found = [
            f"{rule} is {now.get(rule, 'not there')}, and was {self.outcomes.get(rule, 'not there')}"
            for rule in dict.fromkeys([*self.outcomes, *now])
            if now.get(rule) != self.outcomes.get(rule)
        ]
        more = len(found) - _MOST_DIFFERENCES
        return found if more <= 0 else [*found[:_MOST_DIFFERENCES], f"{more} more rules differ"]


def _parse(command: click.Command, file: Path, arguments: tuple[str, ...]) -> click.Context:
    """Return a command line as the command reads it, if it has only what a recipe may have."""
    try:
        context = command.make_context("check", list(arguments))
    except (click.ClickException, click.exceptions.Exit) as error:
        reason = error.format_message() if isinstance(error, click.ClickException) else "it asks for help"
        raise CannotRunError(f"the command in {file} cannot be repeated: {reason}") from None
    for parameter in command.params:
        name = parameter.name or ""
        if _is_written(context, name) and name not in _REPEATED + _SAID_ANEW:
            said = f"a result does not need {parameter.opts[0]}"
            raise CannotRunError(f"the command in {file} cannot be repeated: {said}.")
    if not _is_written(context, "url"):
        context.params["url"] = None  # and not what the environment says here
    return context


def _is_given(context: click.Context, name: str) -> bool:
    """Return whether the command line or the environment gives a parameter."""
    return context.get_parameter_source(name) in (ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT)


def _is_written(context: click.Context, name: str) -> bool:
    """Return whether a recipe gives a parameter; the environment of today is no part of it."""
    return context.get_parameter_source(name) is ParameterSource.COMMANDLINE


def _name(parameter: click.Parameter) -> str:
    return "URL" if isinstance(parameter, click.Argument) else parameter.opts[0]


def read_former(path: Path) -> Former:
    """Return the result that a report.json has; raises CannotRunError when it has none."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ValueError(f"it has more than {_MOST_BYTES:,} bytes")
        data = json.loads(path.read_text("utf-8"))
        recipe = data["recipe"]
        program, name, *arguments = shlex.split(recipe["command"])
        if (program, name) != ("coldsend-mock", "check") or data["interrupted"]:
            raise ValueError("it is not of a whole run of coldsend-mock check")
        outcomes = {str(row["rule"]): str(row["outcome"]) for row in data["verdicts"]}
        keys = tuple(map(str, recipe["keys"]))
        made = Recipe(tuple(arguments), keys, str(recipe["version"]), str(recipe["openapi_sha256"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise CannotRunError(f"{path} has no result: {type(error).__name__}: {error}") from None
    return Former(path, made, outcomes)

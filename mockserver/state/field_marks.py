"""Marks: what the annotation of a record's field says of its content; seeds and imports are checked by it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Documented:
    """A schema of openapi.yaml describes the field; `create` names that of the request if it differs."""

    schema: str
    create: str = ""


@dataclass(frozen=True, slots=True)
class Spread:
    """The dict holds the properties of this request schema that the record has no field for.

    Properties that the schema `answer`, if named, lets be null may be null or missing here.
    """

    schema: str
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Identifies:
    """The field is an id: of a record of a table, or of the record itself when no table is named."""

    table: str = ""


@dataclass(frozen=True, slots=True)
class OneOf:
    """The field has one of these values."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Seconds:
    """The field is a number of seconds, from 0 to a year."""


@dataclass(frozen=True, slots=True)
class Share:
    """The field is a number from 0 to 1."""

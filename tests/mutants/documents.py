"""Mutations of openapi.yaml: the server then keeps another contract."""

import copy

from .mutations import Json, Mutation, Plan


def find(document: Json, pointer: str) -> Json:
    """Return what stands at a JSON pointer (RFC 6901), for example `/components/schemas/Error`."""
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        document = document[int(name) if isinstance(document, list) else name]
    return document


def find_own(document: Json, pointer: str) -> Json:
    """Return what stands at a pointer; a `$ref` on the way becomes a copy of what it points to.

    So a change of what is found is one of that place alone.
    """
    owner: Json = {"": document}
    for part in pointer.split("/"):
        name = part.replace("~1", "/").replace("~0", "~")
        key = int(name) if isinstance(owner, list) else name
        while isinstance(owner[key], dict) and "$ref" in owner[key]:
            beside = dict(owner[key])
            target = find(document, beside.pop("$ref").removeprefix("#"))
            owner[key] = {**copy.deepcopy(target), **beside}
        owner = owner[key]
    return owner


def edit(pointer: str, value: Json) -> Mutation:
    """Replace a value of the document by another one; the mutation raises LookupError if there is none."""
    parent, _, name = pointer.rpartition("/")

    def mutate(plan: Plan) -> None:
        owner = find_own(plan.document, parent)
        key = int(name) if isinstance(owner, list) else name
        _ = owner[key]  # a pointer that leads nowhere would make a correct server
        owner[key] = copy.deepcopy(value)

    return mutate


def drop(pointer: str) -> Mutation:
    """Take something out of the document."""
    parent, _, name = pointer.rpartition("/")

    def mutate(plan: Plan) -> None:
        owner = find_own(plan.document, parent)
        del owner[int(name) if isinstance(owner, list) else name]

    return mutate


def require_not(pointer: str, name: str) -> Mutation:
    """Make a required property optional."""
    return lambda plan: find_own(plan.document, pointer)["required"].remove(name)

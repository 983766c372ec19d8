"""The command `coldsend-mock diff`."""

import json
from pathlib import Path

import click

from .documents import DocumentError, compare_documents, read_document
from .rules import Change

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.argument("old", type=_FILE)
@click.argument("new", type=_FILE)
@click.option("--json", "is_json", is_flag=True, help="Print the changes as JSON.")
@click.option("--breaking", "is_breaking_only", is_flag=True, help="Leave out what breaks no client.")
def diff(old: Path, new: Path, *, is_json: bool, is_breaking_only: bool) -> None:
    """Show what the contract NEW says otherwise than OLD, both OpenAPI files in YAML or JSON.

    Exits with 0 when nothing of it breaks a client, 1 when something does, 2 when a file cannot be read.
    """
    try:
        changes = compare_documents(read_document(old), read_document(new))
    except DocumentError as error:
        click.echo(f"Cannot compare: {error}", err=True)
        raise SystemExit(2) from None
    breaking = [each for each in changes if each.is_breaking]
    shown = breaking if is_breaking_only else [*breaking, *(e for e in changes if not e.is_breaking)]
    click.echo(_as_json(shown) if is_json else _as_text(shown, len(breaking), len(changes)))
    raise SystemExit(1 if breaking else 0)


def _as_json(changes: list[Change]) -> str:
    rows = [
        {
            "rule": each.rule,
            "breaking": each.is_breaking,
            "operation": each.where,
            "message": each.message,
            "summary": each.summary,
        }
        for each in changes
    ]
    return json.dumps({"changes": rows}, ensure_ascii=False, indent=1)


def _as_text(changes: list[Change], breaking: int, total: int) -> str:
    lines = [
        f"{'breaking' if each.is_breaking else 'compatible':11}{each.rule}: {each.where}: {each.message}"
        for each in changes
    ]
    return "\n".join([*lines, f"{total} changes, {breaking} of them breaking."])

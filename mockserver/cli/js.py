"""`coldsend-mock js`: the helper for tests in TypeScript, which users copy."""

from pathlib import Path

import click

from .command import main

_HELPER = Path(__file__).with_name("coldsend.ts")


@main.command()
def js() -> None:
    """Print a helper for tests in TypeScript, to be copied: `coldsend-mock docs javascript` shows its use."""
    click.echo(_HELPER.read_text("utf-8"), nl=False)

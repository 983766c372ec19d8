"""`coldsend-mock docs`: the pages of the documentation, which an installed package has with it."""

from collections.abc import Iterable
from pathlib import Path

import click

from ..server.pages import find_docs
from ..spelling import suggest
from .command import main
from .options import complete
from .tables import align

_MARK = "<!-- [[["
"""A line that begins with it says how a table of the page is made."""


def list_pages() -> Iterable[str]:
    """Return the names of the pages."""
    return sorted(page.stem for page in find_docs().glob("*.md"))


@main.command()
@click.argument("page", required=False, shell_complete=complete(list_pages))
def docs(page: str | None) -> None:
    """Print a PAGE of the documentation; without it, list the pages."""
    folder = find_docs()
    names = list(list_pages())
    if page is None:
        click.echo("\n".join(align([[name, _read_title(folder / f"{name}.md")] for name in names])))
        return
    if page not in names:
        raise click.ClickException(f"No page is called {page}; {suggest(page, names)}")
    lines = (folder / f"{page}.md").read_text("utf-8").splitlines(keepends=True)
    # In a terminal, a pager shows it.
    click.echo_via_pager("".join(line for line in lines if not line.startswith(_MARK)))


def _read_title(page: Path) -> str:
    with page.open(encoding="utf-8") as lines:
        return next(lines).removeprefix("# ").strip()

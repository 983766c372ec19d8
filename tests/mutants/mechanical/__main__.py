"""`python -m tests.mutants.mechanical`: measure the suite with mutants that nobody has thought up."""

import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import click

from ..comparison import CPU_SECONDS, Comparison, Tool, compare
from ..servers import Variant
from .host import serve
from .sources import list_mutations
from .table import render, render_comparison, save
from .trial import Trial, try_mutations

_MOST_TRIED = 6
"""So many mutants are tried at most for each observable one that is asked for."""


@click.command()
@click.argument("ids", nargs=-1, metavar="[MUTANT]…")
@click.option("--sample", default=60, show_default=True, help="Go on until so many can be observed.")
@click.option("--random-seed", default="1", show_default=True, help="What the sample is drawn by.")
@click.option("--module", "pattern", default="*", show_default=True, help="Draw from these modules.")
@click.option(
    "--variant",
    type=click.Choice([each.value for each in Variant]),
    default=Variant.MOCK.value,
    show_default=True,
    help="Make mutants of this correct server.",
)
@click.option("--workers", default=2, show_default=True, help="Trials at once.")
@click.option(
    "--whole", is_flag=True, help="Try all rules on each mutant, for a table of what each rule notices."
)
@click.option("--compare", "most_compared", default=0, help="Run Schemathesis against so many of them, too.")
@click.option(
    "--compare-seconds",
    default=CPU_SECONDS,
    show_default=True,
    help="The processor time of Schemathesis for each.",
)
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write all trials to a file.")
@click.option("--list", "lists", is_flag=True, help="List the mutants and stop.")
def main(
    ids: tuple[str, ...],
    sample: int,
    random_seed: str,
    pattern: str,
    variant: str,
    workers: int,
    whole: bool,
    most_compared: int,
    compare_seconds: float,
    json_file: Path | None,
    lists: bool,
) -> None:
    """Draw mutants of the server's code; of those that a client can observe, count what the suite notices.

    Each MUTANT names one by its id, which is tried instead of a sample.
    """
    mutations = [each for each in list_mutations(pattern) if not ids or each.id in ids]
    if not mutations:
        raise click.UsageError("no mutant is called so; see --list")
    if lists:
        for mutation in mutations:
            click.echo(f"{mutation.id} (line {mutation.line}): {mutation.change}")
        return
    Random(random_seed).shuffle(mutations)
    trials: list[Trial] = []
    with closing(
        try_mutations(mutations[: sample * _MOST_TRIED], workers, Variant(variant), whole=whole)
    ) as found:
        for trial in _take(found, sample):
            trials.append(trial)
            if json_file:
                save(trials, json_file)
            if sys.stderr.isatty() or len(trials) % 20 == 0:
                click.echo(f"\r{len(trials)} tried", err=True, nl=not sys.stderr.isatty())
    click.echo(render(trials, pattern, whole=whole))
    if most_compared:
        shown = [trial for trial in trials if trial.is_observable][:most_compared]
        names = [trial.mutation.id for trial in shown]
        compared_by: dict[Tool, Comparison] = {}
        for tool in Tool:  # saved after each: an hour may pass until the next
            compared_by[tool] = compare(names, serve, workers, tool, compare_seconds)
            if json_file:
                save(trials, json_file, compared_by)
        click.echo(render_comparison(shown, compared_by))


def _take(trials: Iterator[Trial], most: int) -> Iterator[Trial]:
    """Yield trials until so many are of observable mutants."""
    observable = 0
    for trial in trials:
        yield trial
        observable += trial.is_observable
        if observable >= most:
            return


if __name__ == "__main__":
    main()

"""`python -m tests.mutants`: measure the strength of the contract suite."""

import sys
import time
from fnmatch import fnmatchcase
from pathlib import Path
from random import Random

import click

from .catalogue import list_mutants, list_written
from .comparison import compare
from .servers import Variant
from .strength import Trial, check, serve, try_mutants, try_random_seeds
from .tally import Tally, read_known
from .traffic import Traffic, render, try_traffic


@click.command()
@click.argument("patterns", nargs=-1, metavar="[MUTANT]…")
@click.option("--seeds", "random_seeds", default=20, show_default=True, help="Runs on each correct server.")
@click.option("--workers", default=2, show_default=True, help="Runs at once.")
@click.option(
    "--variant",
    "variants",
    multiple=True,
    type=click.Choice([each.value for each in Variant]),
    help="Default: both.",
)
@click.option(
    "--json",
    "json_file",
    type=click.Path(path_type=Path),
    help="Write all results to a file; the rules that it names from an earlier run are tried first.",
)
@click.option(
    "--whole", default=0, help="Run so many mutants whole, too: do verdicts stay, which rule is first?"
)
@click.option("--compare", "compared", default=0, help="Run plain Schemathesis against so many mutants, too.")
@click.option("--traffic", is_flag=True, help="Check recorded traffic of the hand-written mutants instead.")
@click.option("--list", "lists", is_flag=True, help="List the mutants and stop.")
def main(
    patterns: tuple[str, ...],
    random_seeds: int,
    workers: int,
    variants: tuple[str, ...],
    json_file: Path | None,
    whole: int,
    compared: int,
    traffic: bool,
    lists: bool,
) -> None:
    """Run the contract suite against each MUTANT (a pattern of ids; default: all)."""
    mutants = [
        mutant
        for mutant in (list_written() if traffic else list_mutants())
        if any(fnmatchcase(mutant.id, each) for each in patterns or ("*",))
    ]
    if not mutants:
        raise click.UsageError("no mutant is called so; see --list")
    if lists:
        for mutant in mutants:
            click.echo(f"{mutant.id}: {mutant.summary}")
        return
    started = time.perf_counter()
    chosen = [Variant(variant) for variant in variants] or list(Variant)
    if traffic:
        click.echo(
            render({each.id: each for each in mutants}, try_traffic(mutants, chosen, Traffic, workers))
        )
        return
    tally = Tally({mutant.id: mutant for mutant in mutants})
    for variant in chosen:
        check(variant)  # what the suite generates is generated here, once
    tally.correct += try_random_seeds(max(random_seeds, 1), chosen, workers)
    ignored = {variant: frozenset(tally.rules_always_broken(variant)) for variant in chosen}
    known = read_known(json_file) if json_file else {}
    for trial in try_mutants(mutants, chosen, workers, ignored, known):
        tally.mutated.append(trial)
        _report_progress(trial, tally)
    drawn = Random(0).sample(mutants, min(whole, len(mutants)))
    tally.whole += try_mutants(drawn, chosen, workers, ignored, whole=True)
    tally.seconds = time.perf_counter() - started
    if compared:
        chosen_ids = [mutant.id for mutant in mutants][:: -(-len(mutants) // compared)]
        tally.comparison = compare(chosen_ids, serve, workers)
    if json_file:
        json_file.parent.mkdir(parents=True, exist_ok=True)
        tally.save(json_file)
    click.echo(tally.render())


def _report_progress(trial: Trial, tally: Tally) -> None:
    if not tally.is_killed(trial):
        click.echo(f"\r{trial.variant}: {trial.mutant} is not noticed {trial.trouble}", err=True)
    if sys.stderr.isatty():
        click.echo(f"\r{len(tally.mutated)} {trial.mutant:70}", err=True, nl=False)
    elif len(tally.mutated) % 100 == 0:
        click.echo(f"{len(tally.mutated)} tried", err=True)


main()

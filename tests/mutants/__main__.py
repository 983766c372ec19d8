"""`python -m tests.mutants`: measure the strength of the contract suite."""

import sys
import time
from fnmatch import fnmatchcase
from pathlib import Path

import click

from .catalogue import list_faults
from .comparison import compare
from .strength import Trial, Variant, check, try_faults, try_seeds
from .tally import Tally


@click.command()
@click.argument("patterns", nargs=-1, metavar="[FAULT]…")
@click.option("--seeds", default=20, show_default=True, help="Runs on each correct server.")
@click.option("--workers", default=2, show_default=True, help="Runs at once.")
@click.option(
    "--variant",
    "variants",
    multiple=True,
    type=click.Choice([each.value for each in Variant]),
    help="Default: both.",
)
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write all results to a file.")
@click.option("--compare", "compared", default=0, help="Run plain Schemathesis against so many faults, too.")
@click.option("--list", "lists", is_flag=True, help="List the faults and stop.")
def main(
    patterns: tuple[str, ...],
    seeds: int,
    workers: int,
    variants: tuple[str, ...],
    json_file: Path | None,
    compared: int,
    lists: bool,
) -> None:
    """Plant each FAULT (a pattern of ids; default: all) and run the contract suite against it."""
    faults = [
        fault for fault in list_faults() if any(fnmatchcase(fault.id, each) for each in patterns or ("*",))
    ]
    if not faults:
        raise click.UsageError("no fault is called so; see --list")
    if lists:
        for fault in faults:
            click.echo(f"{fault.id}: {fault.summary}")
        return
    started = time.perf_counter()
    chosen = [Variant(variant) for variant in variants] or list(Variant)
    tally = Tally({fault.id: fault for fault in faults})
    for variant in chosen:
        check(variant)  # what the suite generates is generated here, once
    tally.correct += try_seeds(max(seeds, 1), chosen, workers)
    ignored = {variant: frozenset(tally.rules_always_broken(variant)) for variant in chosen}
    for trial in try_faults(faults, chosen, workers, ignored):
        tally.faulty.append(trial)
        _tell_progress(trial, tally)
    tally.seconds = time.perf_counter() - started
    if compared:
        tally.comparison = compare(faults, compared, workers)
    if json_file:
        tally.save(json_file)
    click.echo(tally.render())


def _tell_progress(trial: Trial, tally: Tally) -> None:
    if not tally.is_killed(trial):
        click.echo(f"\r{trial.variant}: {trial.fault} is not noticed {trial.trouble}", err=True)
    if sys.stderr.isatty():
        click.echo(f"\r{len(tally.faulty)} {trial.fault:70}", err=True, nl=False)
    elif len(tally.faulty) % 100 == 0:
        click.echo(f"{len(tally.faulty)} tried", err=True)


main()

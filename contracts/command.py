"""The command `coldsend-mock check`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import fields, replace
from pathlib import Path
from tempfile import gettempdir
from typing import Any, TypeVar
from urllib.parse import urlsplit

import click
from hypothesis.configuration import set_hypothesis_home_dir
from rich.console import Console

from .api.cleanup import find_left, remove
from .interruption import listening, waiting
from .options import Options, Target
from .profiles import PROFILES
from .repetition import KEYS, Former, make_recipe, read_former
from .report import (
    Progress,
    ReportOptions,
    make_line,
    pausing_commands,
    print_result,
    report_options,
    report_to_github,
    write_reports,
)
from .run import Run, check_contract, list_rule_ids
from .safety.run_file import find_folder, read_run_files
from .stand_in import standing_in
from .traffic.checking import TrafficOptions, check_traffic
from .verdict.expected_failures import NONE_EXPECTED, read_expected_failures
from .verdict.outcomes import CannotRunError, Result, Verdict

KEPT, BROKEN, NOT_RUN, UNSTABLE, INTERRUPTED = 0, 1, 2, 3, 130

_MOST_CHARACTERS = 1_000
_DEFAULTS = Options()
F = TypeVar("F", bound=Callable[..., Any])


def _read_expected(_context: click.Context, _parameter: click.Parameter, path: Path | None) -> Any:
    try:
        return read_expected_failures(path, list_rule_ids()) if path else NONE_EXPECTED
    except CannotRunError as error:
        raise click.BadParameter(str(error)) from None


def _read_url(_context: click.Context, _parameter: click.Parameter, url: str | None) -> str | None:
    if url and urlsplit(url).password is not None:
        raise click.BadParameter("a report shows the URL, so it may have no password.")
    return url


expected_failures_option = click.option(
    "--expected-failures",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=_read_expected,
    metavar="FILE",
    help="Rules that are known to break, each with a reason and an end.",
)
"""The option of `check` and `proxy`; it comes as `ExpectedFailures`."""


def _key(name: str, variable: str, help_text: str) -> Callable[[F], F]:
    return click.option(name, default="", envvar=variable, show_envvar=True, metavar="KEY", help=help_text)


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.argument("url", required=False, envvar="COLDSEND_BASE_URL", callback=_read_url)
@_key("--api-key", "COLDSEND_API_KEY", "Key of the workspace to check in.")
@_key("--second-key", "COLDSEND_SECOND_KEY", "Key of another workspace, to check isolation.")
@_key("--limited-key", "COLDSEND_LIMITED_KEY", "Key that holds campaigns:read only, to check scopes.")
@_key("--revoked-key", "COLDSEND_REVOKED_KEY", "Key that was revoked, to check that it is refused.")
@click.option("--tag-id", default="", metavar="ID", help="Tag that the run may give to its contacts.")
@click.option(
    "--profile",
    type=click.Choice(["quick", "full", *PROFILES]),
    multiple=True,
    help="How deep to look, and at which part of the API.  [default: quick, everything]",
)
@click.option("--operations", multiple=True, metavar="GLOB", help="Check these operations only.")
@click.option("--rules", multiple=True, metavar="GLOB", help="Check these rules; !GLOB leaves rules out.")
@report_options
@expected_failures_option
@click.option("--allow-launch", is_flag=True, help="Let the run launch its campaigns.")
@click.option("--allow-send", is_flag=True, help="Let the run send mail.")
@click.option(
    "--wrong-key-probes/--no-wrong-key-probes", default=True, help="Try wrong keys.  [default: yes]"
)
@click.option(
    "--max-requests",
    type=click.IntRange(1),
    default=_DEFAULTS.max_requests,
    show_default=True,
    help="Send so many requests at most.",
)
@click.option(
    "--requests-per-minute",
    type=click.IntRange(0),
    help="Send so many requests a minute at most; 0 lifts it.  [default: 90, 0 on this machine]",
)
@click.option(
    "--max-minutes",
    type=click.FloatRange(0),
    default=_DEFAULTS.max_minutes,
    show_default=True,
    help="Ask nothing more after so many minutes.",
)
@click.option(
    "--strict/--lenient",
    default=None,
    help="Let undocumented differences break rules.  [default: on the mock only]",
)
@click.option("--random-seed", default="", help="Repeat the run that printed this random seed.")
@click.option(
    "--result",
    "former",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Produce the result of a report.json again, and compare it.",
)
@click.option(
    "--traffic",
    multiple=True,
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Check recorded traffic instead of a server; send nothing.",
)
@click.option("--from-empty", is_flag=True, help="The workspaces of --traffic were empty at its beginning.")
@click.option(
    "--max-exchanges",
    type=click.IntRange(1),
    default=TrafficOptions().max_exchanges,
    show_default=True,
    help="Read so many exchanges of --traffic at most.",
)
@click.option("--dry-run", is_flag=True, help="Print the requests, send none.")
@click.option("--clean-up", is_flag=True, help="List what killed runs left, ask, and remove it.")
@click.option("--yes", is_flag=True, help="Let --clean-up remove without a question.")
@click.option(
    "--marker", multiple=True, metavar="MARKER", help="Clean up after the run that printed this marker, too."
)
@click.pass_context
def check(context: click.Context, /, former: Path | None, **given: Any) -> None:
    """Check whether the server at URL keeps the contract. Without URL, check a mock of its own.

    URL is the base of the API, for example https://api.example.com/api/public/v1. The run marks
    everything that it makes by its name, and removes it at the end.

    With --traffic, the exchanges of recordings are checked: HAR files, VCR cassettes, the journal of a
    mock, NDJSON. URL is then the base of the API in them, if it is not the usual one.

    With --result, URL and keys are given again; the rest is as the file says. Exits with 0 when each rule
    has the same outcome, and with 1 when one has another.

    Exits with 0 when every rule is kept, 1 when one is broken, 2 when nothing or little could be checked,
    3 when the server is unstable: it did not answer for many rules.
    """
    console = Console(soft_wrap=False, highlight=False)
    try:
        before = read_former(former) if former else None
        code = _carry_out(console, context, before, before.choose(context) if before else given)
    except CannotRunError as error:
        click.echo(f"Cannot check: {make_line(str(error), _MOST_CHARACTERS)}", err=True)
        code = NOT_RUN
    except KeyboardInterrupt:
        code = INTERRUPTED
    raise SystemExit(code)


def _carry_out(
    console: Console, context: click.Context, before: Former | None, values: Mapping[str, Any]
) -> int:
    """Do what the parameters of the command ask for; return the exit code."""
    reports = ReportOptions(
        **{name: values[name] for name in ("report_dir", "all_exchanges", "github")},
        former=before,
        recipe=before.recipe if before else make_recipe(context),
    )
    if values["traffic"]:
        with listening():
            result = check_traffic(values["traffic"], _read_traffic_options(values))
            return report(console, result, reports)
    target = Target(values["url"] or "", **{name: values[name] for name in (*KEYS, "tag_id")})
    options = _read_options(values)
    # otherwise Hypothesis leaves a folder in the working directory
    set_hypothesis_home_dir(Path(gettempdir()) / "coldsend-mock-check")
    with listening(), _choose_target(target, options) as aimed:
        if values["clean_up"]:
            return _clean_up(console, aimed, options, values["marker"], values["yes"])
        return _check(console, options, aimed, target.base_url, reports)


def _read_traffic_options(values: Mapping[str, Any]) -> TrafficOptions:
    return TrafficOptions(
        base_url=values["url"] or "",
        rules=values["rules"] or ("*",),
        strict=bool(values["strict"]),
        is_empty=values["from_empty"],
        **{name: values[name] for name in ("operations", "expected_failures", "max_exchanges")},
    )


def _read_options(values: Mapping[str, Any]) -> Options:
    profiles = values["profile"]
    given = {each.name: values[each.name] for each in fields(Options) if each.name in values}
    given |= {
        "rules": values["rules"] or ("*",),
        "profile": next((name for name in profiles if name not in PROFILES), _DEFAULTS.profile),
        "part": next((name for name in profiles if name in PROFILES), _DEFAULTS.part),
    }
    return Options(**given)


@contextmanager
def _choose_target(target: Target, options: Options) -> Iterator[Target]:
    """Yield the server that gets the requests: the given one, or a stand-in without URL or on a dry run."""
    if target.base_url and not options.dry_run:
        yield target
        return
    with standing_in() as own:
        if not target.base_url:
            yield own
        else:
            # the same rules as on the server: with its keys and permissions only
            yield replace(
                own,
                second_key=own.second_key if target.second_key else "",
                limited_key=own.limited_key if target.limited_key else "",
                revoked_key=own.revoked_key if target.revoked_key else "",
                tag_id=own.tag_id if target.tag_id else "",
                incoming_events=None,
                is_mock=False,
            )


def _check(console: Console, options: Options, target: Target, wanted: str, reports: ReportOptions) -> int:
    with Progress(console) as progress:

        def on_start(run: Run) -> None:
            if not options.dry_run:
                console.print(_announce(run), markup=False, soft_wrap=True)

        def on_verdict(run: Run, verdict: Verdict) -> None:
            if options.dry_run:
                _print_sent(console, verdict, target.base_url, wanted or target.base_url)
            progress.advance(run, verdict)

        result = check_contract(target, options, on_verdict, on_start)
    if options.dry_run:
        console.print(f"Dry run: a run would send about {result.requests} requests; this one sent none.")
        return KEPT
    code = report(console, result, reports)
    if code != KEPT or reports.former:
        return code
    if result.is_unstable:
        click.echo("Unstable: the server did not answer for many rules.", err=True)
        return UNSTABLE
    if result.is_little_checked:
        raise CannotRunError(f"only {result.checked} of {len(result.verdicts)} rules could be checked.")
    return KEPT


def report(console: Console, result: Result, reports: ReportOptions) -> int:
    """Print a result, write its files, compare it with a former one; return the exit code."""
    recipe = reports.recipe
    result.recipe = recipe and recipe.fix(result.random_seed)
    with pausing_commands() if reports.github else nullcontext():
        print_result(console, result)
    if reports.report_dir:
        for path in write_reports(result, reports.report_dir, all_exchanges=reports.all_exchanges):
            console.print(f"Wrote {path}")
    if reports.github:
        report_to_github(result)
    if result.interrupted:
        return INTERRUPTED
    if reports.former:
        return KEPT if _compare(console, result, reports.former) else BROKEN
    return KEPT if result.is_kept else BROKEN


def _compare(console: Console, result: Result, former: Former) -> bool:
    """Say which rules have another outcome than before; return whether none has."""
    differences = former.compare(result)
    for each in differences:
        console.print(make_line(each, _MOST_CHARACTERS), markup=False)
    if not differences:
        console.print(f"Each rule has the outcome that {former.file} says.", markup=False)
    return not differences


def _announce(run: Run) -> str:
    """Return what the run is about to do: a rule costs about one request."""
    pace = run.options.find_pace(run.target)
    minutes = max(1, round(len(run.rules) / pace)) if pace else 0
    time = f", about {minutes} min at {pace} requests a minute" if pace else ""
    return f"Checking {len(run.rules)} rules{time}; names begin with {run.ledger.marker}."


def _print_sent(console: Console, verdict: Verdict, own: str, wanted: str) -> None:
    for exchange in verdict.exchanges:
        line = f"{verdict.rule}: {exchange.as_curl()}".replace(own, wanted)
        console.out(line, highlight=False)


def _clean_up(console: Console, target: Target, options: Options, markers: Sequence[str], yes: bool) -> int:
    """List what earlier runs left, ask, and remove it."""
    run = Run(target, replace(options, rules=()))
    files = list(read_run_files(options.runs_folder or find_folder(), run.target.base_url))
    found, others = find_left(run.api, files, markers)
    for made in found:
        console.print(f"  {make_line(made.label, _MOST_CHARACTERS)}", markup=False)
    if others:
        console.print(f"{others} more were made with a key that is not given.")
    if found and not yes:
        try:
            with waiting():
                yes = click.confirm(f"Remove these {len(found)}?")
        except click.Abort:
            raise CannotRunError("nobody answers whether to remove these; --yes says so.") from None
        if not yes:
            console.print("Removed none.")
            return KEPT
    for made in found:
        run.ledger.claim(made.id_name, made.value, made.key)
    removed, left = remove(run.api, found)
    for label in left:
        console.print(f"Could not remove {make_line(label, _MOST_CHARACTERS)}", markup=False)
    console.print(f"Removed {len(removed)}, left {len(left)}.")
    if left:
        return BROKEN
    for file in files if not others else ():
        file.delete()
    return KEPT

"""`pytest contracts`: options of the command line, and the server to check."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from .options import Options, Target
from .profiles import PROFILES
from .run import Run, list_chosen, list_rule_ids
from .stand_in import standing_in
from .verdict.expected_failures import read_expected_failures
from .verdict.outcomes import CannotRunError

_OPTIONS = {
    "--base-url": ("COLDSEND_BASE_URL", "base of the API to check (default: a mock of its own)"),
    "--api-key": ("COLDSEND_API_KEY", "key of the workspace to check in"),
    "--second-key": ("COLDSEND_SECOND_KEY", "key of another workspace"),
    "--limited-key": ("COLDSEND_LIMITED_KEY", "key that holds campaigns:read only"),
    "--revoked-key": ("COLDSEND_REVOKED_KEY", "key that was revoked"),
    "--tag-id": ("COLDSEND_TAG_ID", "tag that the run may give to its contacts"),
    "--contract-profile": ("COLDSEND_PROFILE", "quick or full, and a part of the API: core,full"),
    "--random-seed": ("COLDSEND_RANDOM_SEED", "names, ids and cases follow from it"),
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options."""
    group = parser.getgroup("contracts", "Checking a server against the contract")
    for flag, (variable, text) in _OPTIONS.items():
        group.addoption(flag, default=os.environ.get(variable, ""), help=f"{text}; environment: {variable}")
    group.addoption("--allow-launch", action="store_true", help="let the run launch its campaigns")
    group.addoption("--allow-send", action="store_true", help="let the run send mail")
    group.addoption("--expected-failures", default="", help="file of rules that are known to break")
    group.addoption("--rules", action="append", default=[], help="check these rules; !GLOB leaves rules out")
    group.addoption("--operations", action="append", default=[], help="check these operations only")
    group.addoption("--requests-per-minute", type=int, default=None, help="at most so many; 0 lifts it")
    group.addoption("--max-requests", type=int, default=Options().max_requests, help="at most so many")
    group.addoption("--max-minutes", type=float, default=Options().max_minutes, help="ask no longer")
    for name, value in (("strict", True), ("lenient", False)):
        group.addoption(
            f"--contract-{name}",
            action="store_const",
            const=value,
            dest="contract_strict",
            help="let undocumented differences break rules" if value else "let them warn",
        )
    group.addoption("--no-wrong-key-probes", action="store_true", help="never try wrong keys")


def _read_options(config: pytest.Config) -> Options:
    """Return the options of a run; raises CannotRunError for a bad file of expected failures."""
    path = str(config.getoption("--expected-failures"))
    profiles = str(config.getoption("--contract-profile")).split(",")
    defaults = Options()
    return Options(
        profile=next((name for name in profiles if name in ("quick", "full")), defaults.profile),
        part=next((name for name in profiles if name in PROFILES), defaults.part),
        rules=tuple(config.getoption("--rules")) or defaults.rules,
        operations=tuple(config.getoption("--operations")),
        expected_failures=(
            read_expected_failures(Path(path), list_rule_ids()) if path else defaults.expected_failures
        ),
        strict=config.getoption("contract_strict"),
        allow_launch=bool(config.getoption("--allow-launch")),
        allow_send=bool(config.getoption("--allow-send")),
        wrong_key_probes=not config.getoption("--no-wrong-key-probes"),
        requests_per_minute=config.getoption("--requests-per-minute"),
        max_requests=config.getoption("--max-requests"),
        max_minutes=config.getoption("--max-minutes"),
        random_seed=str(config.getoption("--random-seed")),
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one test of each rule."""
    if "rule" in metafunc.fixturenames:
        try:
            rules = list_chosen(_read_options(metafunc.config))
        except CannotRunError as error:
            raise pytest.UsageError(str(error)) from None
        metafunc.parametrize("rule", rules, ids=[rule.id for rule in rules])


def _read_target(config: pytest.Config, base_url: str) -> Target:
    return Target(
        base_url,
        api_key=str(config.getoption("--api-key")),
        second_key=str(config.getoption("--second-key")),
        limited_key=str(config.getoption("--limited-key")),
        revoked_key=str(config.getoption("--revoked-key")),
        tag_id=str(config.getoption("--tag-id")),
    )


@pytest.fixture(scope="session")
def run(request: pytest.FixtureRequest) -> Iterator[Run]:
    """Yield the run of this process. Under xdist each worker has its own run, mock and marker."""
    config = request.config
    options = _read_options(config)
    if options.random_seed:
        worker = os.environ.get("PYTEST_XDIST_WORKER", "")
        options = replace(options, random_seed=f"{options.random_seed}{worker}")
    with ExitStack() as stack:
        base_url = str(config.getoption("--base-url"))
        target = _read_target(config, base_url) if base_url else stack.enter_context(standing_in())
        try:
            own = stack.enter_context(Run(target, options))
        except CannotRunError as error:
            pytest.exit(f"Cannot check: {error}", returncode=2)
        yield own

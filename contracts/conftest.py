"""`pytest contracts`: options of the command line, and the server to check."""

import os
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from .options import Options, Target
from .registry import select
from .rules import list_rules
from .run import Run
from .stand_in import standing_in
from .verdict.outcomes import CannotRunError

_OPTIONS = {
    "--base-url": ("COLDSEND_BASE_URL", "base of the API to check (default: a mock of its own)"),
    "--api-key": ("COLDSEND_API_KEY", "key of the workspace to check in"),
    "--second-key": ("COLDSEND_SECOND_KEY", "key of another workspace"),
    "--limited-key": ("COLDSEND_LIMITED_KEY", "key that holds campaigns:read only"),
    "--tag-id": ("COLDSEND_TAG_ID", "tag that the run may give to its contacts"),
    "--contract-profile": ("COLDSEND_PROFILE", "quick or full (default: quick)"),
    "--random-seed": ("COLDSEND_RANDOM_SEED", "names, ids and cases follow from it"),
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options."""
    group = parser.getgroup("contracts", "Checking a server against the contract")
    for flag, (variable, text) in _OPTIONS.items():
        group.addoption(flag, default=os.environ.get(variable, ""), help=f"{text}; environment: {variable}")
    group.addoption("--allow-launch", action="store_true", help="let the run launch its campaigns")
    group.addoption("--allow-send", action="store_true", help="let the run send mail")
    group.addoption("--no-wrong-key-probes", action="store_true", help="never try wrong keys")


def _profile(config: pytest.Config) -> str:
    return str(config.getoption("--contract-profile")) or "quick"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one test of each rule."""
    if "rule" in metafunc.fixturenames:
        rules = select(list_rules(), ["*"], _profile(metafunc.config))
        metafunc.parametrize("rule", rules, ids=[rule.id for rule in rules])


def _read_target(config: pytest.Config, base_url: str) -> Target:
    return Target(
        base_url,
        api_key=str(config.getoption("--api-key")),
        second_key=str(config.getoption("--second-key")),
        limited_key=str(config.getoption("--limited-key")),
        tag_id=str(config.getoption("--tag-id")),
    )


@pytest.fixture(scope="session")
def run(request: pytest.FixtureRequest) -> Iterator[Run]:
    """Yield the run of this process. Under xdist each worker has its own run, mock and marker."""
    config = request.config
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    random_seed = str(config.getoption("--random-seed"))
    options = Options(
        profile=_profile(config),
        allow_launch=bool(config.getoption("--allow-launch")),
        allow_send=bool(config.getoption("--allow-send")),
        wrong_key_probes=not config.getoption("--no-wrong-key-probes"),
        random_seed=f"{random_seed}{worker}" if random_seed else "",
    )
    with ExitStack() as stack:
        base_url = str(config.getoption("--base-url"))
        target = _read_target(config, base_url) if base_url else stack.enter_context(standing_in())
        try:
            own = stack.enter_context(Run(target, options))
        except CannotRunError as error:
            pytest.exit(f"Cannot check: {error}", returncode=2)
        yield own

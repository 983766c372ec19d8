"""The files around the container; `python -m tests.container` carries the Dockerfile out."""

from pathlib import Path
from typing import Any

import yaml12

from mockserver.settings import check_environment, list_settings

from .container import read_dockerfile

ROOT = Path(__file__).parent.parent
COMPOSE: Any = yaml12.parse_yaml((ROOT / "docs/compose.yaml").read_text("utf-8"))
MOCK = COMPOSE["services"]["coldsend-mock"]


def test_the_settings_of_the_composed_mock_are_settings() -> None:
    check_environment(MOCK["environment"])
    image = dict(
        argument.split("=", 1) for name, argument in read_dockerfile(ROOT / "Dockerfile") if name == "ENV"
    )
    check_environment({name: value for name, value in image.items() if name != "PATH"})
    variables = {setting.variable for setting in list_settings()}
    assert MOCK["environment"].keys() <= variables
    assert MOCK["environment"]["COLDSEND_MOCK_ALLOWED_HOST"] == "coldsend-mock"


def test_each_composed_service_waits_for_a_healthy_one_that_exists() -> None:
    services = COMPOSE["services"]
    assert (services["app"]["depends_on"].keys(), MOCK["depends_on"].keys()) == (
        {"coldsend-mock"},
        {"mailpit"},
    )
    for service in services.values():
        for name, condition in service.get("depends_on", {}).items():
            assert name in services
            assert condition == {"condition": "service_healthy"}


def test_the_composed_container_can_do_little() -> None:
    assert (MOCK["read_only"], MOCK["cap_drop"]) == (True, ["ALL"])
    assert all(port.startswith("127.0.0.1:") for port in MOCK["ports"])


def test_the_image_is_built_from_what_the_package_needs() -> None:
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    kept = {line.removeprefix("!") for line in lines if line.startswith("!")}
    assert all((ROOT / name).exists() for name in kept)
    assert not kept & {"tests", ".venv", ".git"}

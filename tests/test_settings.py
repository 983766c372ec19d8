"""Every setting is a flag, an environment variable and a line of the help."""

from math import nan
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from mockserver import Settings
from mockserver.cli import main, serve
from mockserver.server.server import ListenError
from mockserver.settings import Setting, SettingError, list_settings

ROWS = list(list_settings())

each_setting = pytest.mark.parametrize("setting", ROWS, ids=lambda setting: setting.name)


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run `coldsend-mock serve`; the settings that would be served with, and what is printed."""
    seen: list[Settings] = []

    def listen(settings: Settings) -> None:
        seen.append(settings)
        raise ListenError("not in this test")

    def run(*arguments: str, **environment: str) -> tuple[Settings | None, Result]:
        seen.clear()
        result = CliRunner().invoke(main, ["serve", *arguments], env=environment)
        return (seen[0] if seen else None), result

    monkeypatch.setattr(serve, "Server", listen)
    monkeypatch.setattr(serve, "configure_logging", lambda settings: None)
    return run


def sample(setting: Setting) -> tuple[str, Any]:
    """Return a value as it is typed, and as it is in the settings."""
    if isinstance(setting.default, bool):
        return "1", True
    value = setting.default + 1 if isinstance(setting.default, (int, float)) else "some-text"
    return str(value), (value,) if setting.repeatable else value


def test_without_flags_everything_has_its_default(served: Any) -> None:
    assert served()[0] == Settings()


@each_setting
def test_a_setting_is_a_flag(setting: Setting, served: Any) -> None:
    typed, value = sample(setting)
    assert setting.flag == "--" + setting.name.replace("_", "-")
    flags = [setting.flag] if isinstance(setting.default, bool) else [setting.flag, typed]
    assert served(*flags)[0] == Settings(**{setting.name: value})


@each_setting
def test_a_setting_is_an_environment_variable(setting: Setting, served: Any) -> None:
    typed, value = sample(setting)
    assert setting.variable == "COLDSEND_MOCK_" + setting.name.upper()
    assert served(**{setting.variable: typed})[0] == Settings(**{setting.name: value})


@pytest.mark.parametrize("setting", [row for row in ROWS if row.repeatable], ids=lambda setting: setting.name)
def test_a_repeatable_setting_is_repeated_or_separated_by_spaces(setting: Setting, served: Any) -> None:
    value: Any = ("a", "b=c,d")
    expected = Settings(**{setting.name: value})
    assert served(setting.flag, "a", setting.flag, "b=c,d")[0] == expected
    assert served(**{setting.variable: "a b=c,d"})[0] == expected


def test_a_flag_wins_over_its_variable(served: Any) -> None:
    assert served("--port", "1", COLDSEND_MOCK_PORT="2")[0] == Settings(port=1)


@each_setting
def test_the_help_has_the_setting(setting: Setting, served: Any) -> None:
    settings, result = served("--help")
    assert settings is None
    text = " ".join(result.output.split())
    assert f"{setting.flag} {setting.metavar}".strip() in text
    assert setting.variable in text
    assert setting.summary in text
    if setting.default and not isinstance(setting.default, bool):
        assert f"default: {setting.default}" in text


@pytest.mark.parametrize(
    "arguments",
    [["--port", "65536"], ["--port", "-1"], ["--port", "http"], ["--threads", "0"], ["--max-body", "0"],
     ["--speed", "0"], ["--speed", "-1"], ["--speed", "1e7"], ["--speed", "nan"],
     ["--nothing"], ["extra"], ["--host"]],
)  # fmt: skip
def test_a_value_that_is_none_is_refused(arguments: list[str], served: Any) -> None:
    settings, result = served(*arguments)
    assert settings is None
    assert result.exit_code == 2
    assert "Error: " in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("port", 65536, "port=65536 is not 0 or more, and at most 65,535"),
        ("port", "8000", "port='8000' is no whole number"),
        ("threads", 0, "threads=0 is not 1 or more"),
        ("speed", nan, "speed=nan is not above 0, and at most 1,000,000"),
        ("strict_keys", 1, "strict_keys=1 is no bool"),
        ("journal", True, "journal=True is no whole number"),
        ("key", "cs_live_a", "key='cs_live_a' is no tuple of texts"),
        ("key", (1,), r"key=\(1,\) holds something that is no text"),
        ("seed", Path("a.yaml"), "seed=.* is no text"),
    ],
)
def test_a_value_that_is_none_is_refused_in_the_words_of_python(name: str, value: Any, message: str) -> None:
    with pytest.raises(SettingError, match=f"^{message}$"):
        Settings(**{name: value})


def test_a_whole_number_is_a_number() -> None:
    assert Settings(speed=60).speed == 60


@pytest.mark.parametrize(
    ("name", "names"), [("seed", "launch-ready"), ("behaviour", "holiday"), ("reaction_rate", "replied")]
)
def test_the_help_names_what_may_be_chosen(name: str, names: str, served: Any) -> None:
    text = " ".join(served("--help")[1].output.split())
    summary = next(row.summary for row in ROWS if row.name == name)
    assert names in text.partition(f"{summary} There are ")[2].partition(".")[0]


def test_a_number_without_a_lower_bound_above_zero_may_be_zero() -> None:
    setting = Setting("share", 0.5, "A share.", "N", least=0, most=1)
    assert serve.describe_option(setting)["type"].convert("0", None, None) == 0.0


def test_the_command_prints_its_version() -> None:
    result = CliRunner().invoke(main, ["--version"])
    assert result.output.startswith("coldsend-mock, version ")

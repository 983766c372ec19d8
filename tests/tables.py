"""The generated tables of the documentation.

Each public function below `run_cog` prints one table where a page calls it. `make docs` writes the tables,
a test compares them.
"""

import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import click
import yaml12
from cogapp import Cog

from contracts.changes.rules import BREAKING, COMPATIBLE
from contracts.command import check
from contracts.profiles import PROFILES
from contracts.verdict.outcomes import Outcome
from mockserver import Settings, create_app
from mockserver.cli import main
from mockserver.cli.agent_tools import TOOLS
from mockserver.control import load_control_spec
from mockserver.control.behaviours import load_behaviours
from mockserver.errors import SpecError
from mockserver.openapi.extensions import Extensions, read_vocabulary
from mockserver.openapi.references import Resolver
from mockserver.openapi.spec import DocumentedError, Spec, load_spec
from mockserver.seeding.seeds import describe_seeds
from mockserver.sending.behaviour import list_behaviours
from mockserver.sending.reactions import MAGIC_ADDRESSES
from mockserver.settings import list_settings
from mockserver.testing import pytest_plugin
from mockserver.testing.fixture import Coldsend

_ROOT = Path(__file__).parent.parent
PAGES = (
    _ROOT / "README.md",
    *sorted((_ROOT / "docs").glob("*.md")),
    *sorted((_ROOT / "docs/skills").glob("*/SKILL.md")),
)
_SPEC = load_spec()
_CONTROL = load_control_spec()
CALL_FIELDS = ("operation", "method", "path", "every", "first", "chance")
"""The fields of a fault rule that select calls; all others state what happens to them."""


def run_cog(*options: str) -> int:
    """Make the tables of all pages anew (`-r`) or compare them (`--check`); returns 0 when all is well."""
    arguments = [
        "-P",
        "-U",
        "--verbosity=1",
        "--check-fail-msg=run `make docs`",
        "-p",
        "from tests import tables",
    ]
    return int(Cog().main(["cog", *arguments, *options, *map(str, PAGES)]))


def operations() -> None:
    rows = (
        [
            o.operation_id,
            o.method,
            f"`{o.path.removeprefix(_SPEC.base_path)}`",
            ", ".join(o.scopes),
            "undocumented" if o.undocumented else o.source,
        ]
        for o in _SPEC.operations.values()
    )
    _print_table(["Operation", "", "Path", "Scope", "Source"], rows)


def control_operations() -> None:
    rows = ([f"`{o.method} {o.path}`", o.summary] for o in _CONTROL.operations.values())
    _print_table(["Operation", "What it does"], rows)


def commands() -> None:
    """Print the commands that ask a running server, with the first sentence of each."""
    _print_table(["Command", "What it does"], _list_commands(click.Context(main), "coldsend-mock"))


def _list_commands(context: click.Context, path: str) -> Iterator[list[str]]:
    group = context.command
    assert isinstance(group, click.Group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command
        if isinstance(command, click.Group):
            yield from _list_commands(click.Context(command), f"{path} {name}")
        is_command = not isinstance(command, click.Group) or command.invoke_without_command
        if is_command and any(parameter.name in {"url", "source_url"} for parameter in command.params):
            text = (command.help or "").partition("\n\n")[0]
            yield [f"`{path} {name}`", text]


def agent_tools() -> None:
    """Print the tools of an agent, with the first sentence of each."""
    rows = ([f"`{tool.name}`", tool.description.partition(". ")[0].rstrip(".") + "."] for tool in TOOLS)
    _print_table(["Tool", "What it does"], rows)


def settings() -> None:
    _print_table(["Flag", "Variable", "Default", "What it sets"], _list_settings())


def pytest_options() -> None:
    """Print the options of pytest.ini that the plugin adds, with the flags they stand for."""
    rows: list[list[str]] = []

    def add(name: str, summary: str, **_others: Any) -> None:
        rows.append([f"`{name}`", f"`--{name.removeprefix('coldsend_').replace('_', '-')}`"])

    group = SimpleNamespace(addoption=lambda *_names, **_others: None)
    parser: Any = SimpleNamespace(addini=add, getgroup=lambda *_names: group)
    pytest_plugin.pytest_addoption(parser)
    _print_table(["Option", "Flag of `coldsend-mock serve`"], rows)


def outcomes() -> None:
    _print_table(["Outcome", "Meaning"], ([outcome, outcome.summary] for outcome in Outcome))


def profiles() -> None:
    rows = ([f"`{name}`", profile.summary] for name, profile in PROFILES.items())
    _print_table(["Profile", "What it checks"], rows)


def check_options() -> None:
    context = click.Context(check)
    options = [option for option in check.params if isinstance(option, click.Option)]
    records = filter(None, (option.get_help_record(context) for option in options))
    _print_table(["Option", "What it does"], ([f"`{names}`", text] for names, text in records))


def action_inputs() -> None:
    """Print the inputs of the action for GitHub."""
    action: Any = yaml12.parse_yaml((_ROOT / "action.yml").read_text("utf-8"))
    rows = (
        [f"`{name}`", each["default"] and f"`{each['default']}`", each["description"]]
        for name, each in action["inputs"].items()
    )
    _print_table(["Input", "Default", "What it is"], rows)


def change_rules() -> None:
    """Print the rules of `coldsend-mock diff`."""
    rows = [[f"`{rule}`", summary, "yes"] for rule, summary in BREAKING.items()]
    rows += [[f"`{rule}`", summary, "no"] for rule, summary in COMPATIBLE.items()]
    _print_table(["Rule", "What it is", "Breaks clients"], rows)


def scopes() -> None:
    scheme = _SPEC.document["components"]["securitySchemes"]["ApiKey"]
    rows = (
        [
            f"`{name}`",
            schema["description"],
            ", ".join(f"`{pattern}`" for pattern in Extensions(schema).grants),
        ]
        for name, schema in Extensions(scheme).scopes.items()
    )
    _print_table(["Scope", "What it allows", "Scopes it includes"], rows)


def errors() -> None:
    found: dict[str, DocumentedError] = dict(_SPEC.server_errors)
    for operation in _SPEC.operations.values():
        found.update(operation.errors)
    rows = (
        [f"`{name}`", str(error.status), _describe_error(error.value)]
        for name, error in sorted(found.items(), key=lambda item: (item[1].status, item[0]))
    )
    _print_table(["Name", "Status", "What is wrong"], rows)


def seeds() -> None:
    """Print the named seeds with the comment that each begins with."""
    rows = [[f"`{name}`", summary] for name, summary in describe_seeds().items()]
    _print_table(["Seed", "What it holds"], rows)


def reaction_rates() -> None:
    properties = _CONTROL.schemas["ReactionRates"]["properties"]
    rows = ([f"`{name}`", str(rate["default"]), rate["description"]] for name, rate in properties.items())
    _print_table(["Reaction rate", "Default", "Share of what"], rows)


def why_codes() -> None:
    rows = ([f"`{code['const']}`", code["description"]] for code in _CONTROL.schemas["WhyCode"]["oneOf"])
    _print_table(["Code", "What it means"], rows)


def behaviours() -> None:
    """Print the numbers of the behaviour profiles."""
    profiles = {name: load_behaviours().find(name) for name in list_behaviours()}
    normal = profiles.pop("normal")
    profiles = {"normal": normal, **profiles}
    rows = [["", *(profile.summary for profile in profiles.values())]]
    for name in normal.reaction_rates:
        rows.append([f"rate `{name}`", *(f"{p.reaction_rates[name]:g}" for p in profiles.values())])
    for name in normal.delays:
        delays = (profile.delays[name] for profile in profiles.values())
        rows.append([f"delay `{name}`, s", *(f"{least:,} to {most:,}" for least, most in delays)])
    _print_table(["", *(f"`{name}`" for name in profiles)], rows)


def magic_addresses() -> None:
    """Print what happens to a lead of each magic address, as a campaign of two mails shows it."""
    mail = {
        "subject_template": "Quick question",
        "email_content": '<p>Is <a href="https://example.com/">this</a> yours?</p>',
        "content_type": "html",
    }
    follow_up = {"step_number": 2, "trigger_type": "NOT_REPLIED", "wait_days": 3, "variants": [mail]}
    settings: dict[str, Any] = dict.fromkeys(
        ("enable_tracking", "enable_click_tracking", "enable_unsubscribe"), True
    )
    app = create_app(Settings())
    rows = []
    for word in MAGIC_ADDRESSES:
        with Coldsend(app, f"cs_live_{word}") as coldsend:
            coldsend.clock.freeze(datetime(2026, 1, 5, 9, 0, tzinfo=UTC))
            inbox_ids = [coldsend.workspace.add_sender_account().inbox_id]
            campaign = coldsend.workspace.add_campaign(
                inbox_ids=inbox_ids, variants=[mail], sequences=[follow_up], **settings
            )
            coldsend.workspace.add_lead(campaign, f"{word}@example.com")
            coldsend.session.put(f"/campaigns/{campaign.campaign_id}", json={"launch": True})
            counts = coldsend.clock.advance(days=14)
            threads = coldsend.session.get("/replies").json()["conversations"]
            happened = [f"{count} {kind}" for kind, count in counts.items() if kind != "completed"]
            category = [f"`{thread['category']}`" for thread in threads if thread["category"]]
            rows.append([f"`{word}…`", ", ".join(happened), *(category or [""])])
    _print_table(["Address begins with", "What happens", "Category of the reply"], rows)


def fault_calls() -> None:
    """Print the fields of a fault rule that select calls."""
    _print_fault_fields(lambda name: name in CALL_FIELDS)


def fault_effects() -> None:
    """Print the other fields of a fault rule."""
    _print_fault_fields(lambda name: name not in CALL_FIELDS)


def _print_fault_fields(is_wanted: Callable[[str], bool]) -> None:
    properties = _CONTROL.schemas["FaultCreate"]["properties"].items()
    rows = ([f"`{name}`", field["description"]] for name, field in properties if is_wanted(name))
    _print_table(["Field", "What it says"], rows)


def placeholders(fields: dict[str, str], at: str, *rows: tuple[str, str]) -> None:
    """Print templates and what they are, with the text that the server makes of them at a time."""
    client = create_app(Settings()).test_client()

    def render(template: str) -> str:
        request = {"template": template, "fields": fields, "at": at}
        headers = {_CONTROL.key_header: "cs_live_docs"}
        answer: Any = client.post("/_mock/render", json=request, headers=headers).json
        assert answer["errors"] == [], answer
        return f"`{answer['template']}`" if answer["template"] else ""

    head = ["In a template", "In the mail", "What it is"]
    _print_table(head, ([f"`{template}`", render(template), what] for template, what in rows))


def extensions() -> None:
    """Print what the extensions of openapi.yaml mean, and where they may stand."""
    rows = (
        [f"`{name}`", ", ".join(word["places"]), word["meaning"]]
        for name, word in read_vocabulary()["words"].items()
    )
    _print_table(["Extension", "Where", "What it means"], rows)


def misspelt_extension() -> None:
    """Print what start-up says of a misspelt extension; the line number would change with every edit."""
    text = _SPEC.path.read_text("utf-8").replace("x-max-rows:", "x-max-row:", 1)
    with TemporaryDirectory() as folder:
        path = Path(folder) / _SPEC.path.name
        path.write_text(text, "utf-8")
        try:
            load_spec(path)
        except SpecError as error:
            print("> `" + re.sub(r"line \d+", "line …", str(error)) + "`")


def choices() -> None:
    _print_table(["Where", "What this project chose"], _list_choices(_SPEC))


def _print_table(head: list[str], rows: Iterable[list[str]]) -> None:
    for line in (head, ["---"] * len(head), *rows):
        print("|", " | ".join(" ".join(cell.split()).replace("|", r"\|") for cell in line), "|")


def _list_settings() -> Iterator[list[str]]:
    for setting in list_settings():
        metavar = "" if isinstance(setting.default, bool) else f" {setting.metavar}"
        default = "none" if setting.default in ("", ()) else f"`{setting.default}`"
        if setting.default is False:
            default = "off"
        repeated = " May be repeated." if setting.repeatable else ""
        yield [f"`{setting.flag}{metavar}`", f"`{setting.variable}`", default, setting.summary + repeated]


def _list_choices(spec: Spec) -> Iterator[list[str]]:
    document = spec.document
    resolver = Resolver(document)
    for path, item in resolver.resolve(document["paths"]).items():
        for method, operation in item.items():
            if method == "parameters":
                continue
            where = f"{method.upper()} {path}"
            if Extensions(operation).undocumented:
                yield [where, f"the operation as a whole, known from: {Extensions(operation).source}"]
            for parameter in operation.get("parameters", []):
                if Extensions(parameter).undocumented:
                    yield [where, f"query parameter `{parameter['name']}`: {parameter['description']}"]
            for status, response in operation["responses"].items():
                if Extensions(response).undocumented:
                    yield [where, f"answers {status}: {response['description']}"]
    for name, schema in document["components"]["schemas"].items():
        for place, node in _marked(schema, name):
            resolved = resolver.resolve(node)
            yield [f"`{place}`", resolved.get("description") or _describe_schema(resolved)]
    for name, example in document["components"]["examples"].items():
        if Extensions(example).undocumented:
            yield [f"error `{name}`", _describe_error(example["value"])]
    for place, node in _marked(spec.violations, "violation"):
        if "msg" in node:
            yield [f"`{place}`", f"{node['msg']} (`{node['type']}`)"]


def _marked(node: Any, place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(node, dict):
        if Extensions(node).undocumented:
            yield place, node
        for name, child in node.items():
            skipped = name in ("properties", "anyOf", "type", "format", "items")
            yield from _marked(child, place if skipped else f"{place}.{name}")
    elif isinstance(node, list):
        for child in node:
            yield from _marked(child, place)


def _describe_schema(schema: dict[str, Any]) -> str:
    branches = schema.get("anyOf", [schema])
    kinds = [branch.get("type", "") for branch in branches]
    kind = " or ".join(kinds[0] if isinstance(kinds[0], list) else kinds)
    facts = {key: value for key, value in branches[0].items() if key not in ("items", "type")}
    facts.update({key: schema[key] for key in ("default",) if key in schema})
    words = [f"{key} `{json.dumps(value)}`" for key, value in facts.items() if not key.startswith("x-")]
    return ", ".join([kind, *words])


def _describe_error(body: dict[str, Any]) -> str:
    detail = body["detail"]
    if isinstance(detail, list):
        return "; ".join(f"`{item['loc']}` {item['msg']}" for item in detail)
    return str(detail)


if __name__ == "__main__":
    sys.exit(run_cog("-r", *sys.argv[1:]))

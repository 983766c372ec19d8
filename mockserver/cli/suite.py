"""The commands of the contract suite, which uses this package, never the other way round."""

from importlib.metadata import entry_points

import click

from .command import main

_COMMANDS = {
    "check": "Check whether a server, or recorded traffic, keeps the contract (--help says how).",
    "coverage": "Show what of the contract a journal or recorded traffic never met.",
    "diff": "Show what a newer contract says otherwise than an older one.",
    "proxy": "Pass requests on to a server, and check each exchange.",
}


def _add(name: str, summary: str) -> None:
    @main.command(
        name,
        help=summary,
        add_help_option=False,
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    )
    @click.pass_context
    def run(context: click.Context) -> None:
        # Found as a plugin is.
        (entry,) = entry_points(group="coldsend_mock.commands", name=name) or (None,)
        try:
            command = entry.load() if entry else None
        except ModuleNotFoundError:
            command = None
        if command is None:
            context.fail("the contract suite is not installed: pip install 'coldsend-mock[contracts]'")
        command.main(args=context.args, prog_name=f"coldsend-mock {name}")


for _name, _summary in _COMMANDS.items():
    _add(_name, _summary)

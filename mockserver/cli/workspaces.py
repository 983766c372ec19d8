"""`coldsend-mock workspaces`."""

from .command import call, main
from .options import with_remote
from .remote import Remote
from .tables import write_table


@main.command()
@with_remote
def workspaces(remote: Remote) -> None:
    """List the workspaces in use, the one used last first."""
    answer = call(remote, "listWorkspaces")
    rows = [
        [
            each["key"] or f"{each['name']} (no key)",
            each["now"] + (" (stands still)" if each["frozen"] else ""),
            each["campaigns"],
            "fork" if each["is_fork"] else "",
        ]
        for each in answer["workspaces"]
    ]
    write_table(answer, ["key", "time", "campaigns", ""], rows)

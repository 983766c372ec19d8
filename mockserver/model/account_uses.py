"""Which campaigns may send from which sender accounts, kept as campaigns change."""

from ..state.records import Campaign
from ..state.workspace import Workspace


class AccountUses:
    """The campaigns of each sender account, found without a look at the other ones."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._users: dict[str, set[str]] = {}
        """Sender account → ids of its campaigns."""
        for campaign in workspace.campaigns:
            self._take(None, campaign)
        workspace.campaigns.watch(self._take)

    def list_users(self, inbox_id: str) -> list[Campaign]:
        """Return the campaigns that have a sender account, in no order."""
        users = map(self._workspace.campaigns.find, self._users.get(inbox_id, ()))
        return [campaign for campaign in users if campaign]

    def _take(self, before: Campaign | None, after: Campaign | None) -> None:
        if before and after and before.inbox_ids == after.inbox_ids:
            return
        if before:
            for inbox_id in set(before.inbox_ids):  # an import may name one twice
                users = self._users[inbox_id]
                users.discard(before.campaign_id)
                if not users:
                    del self._users[inbox_id]
        if after:
            for inbox_id in after.inbox_ids:
                self._users.setdefault(inbox_id, set()).add(after.campaign_id)

"""The views, a module each, in the order of the navigation."""

from ..view import View
from . import campaigns, data, faults, outbox, reference, replies, requests

VIEWS: tuple[View, ...] = (
    requests.VIEW,
    campaigns.VIEW,
    outbox.VIEW,
    replies.VIEW,
    faults.VIEW,
    data.VIEW,
    reference.VIEW,
)

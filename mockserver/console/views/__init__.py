"""The views, a module each, in the order of the navigation."""

from ..view import View
from . import campaigns, data, faults, outbox, reference, requests

VIEWS: tuple[View, ...] = (
    requests.VIEW,
    campaigns.VIEW,
    outbox.VIEW,
    faults.VIEW,
    data.VIEW,
    reference.VIEW,
)

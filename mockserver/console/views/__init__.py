"""The views, a module each, in the order of the navigation."""

from ..view import View
from . import campaigns, data, faults, requests

VIEWS: tuple[View, ...] = (requests.VIEW, campaigns.VIEW, faults.VIEW, data.VIEW)

"""The views, a module each, in the order of the navigation."""

from ..view import View
from . import requests

VIEWS: tuple[View, ...] = (requests.VIEW,)

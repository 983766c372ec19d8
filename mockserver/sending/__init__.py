"""Sending: when mails go out, what the leads do with them, and what that leads to."""

from .advance import advance_sending

__all__ = ["advance_sending"]

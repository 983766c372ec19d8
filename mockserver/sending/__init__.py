"""Sending: when mails go out, what they say, what people do with them, and who gets a copy."""

from .progress import advance_sending

__all__ = ["advance_sending"]

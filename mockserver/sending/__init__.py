"""Sending: when mails go out, what they say, and who gets a copy."""

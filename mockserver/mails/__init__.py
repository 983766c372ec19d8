"""Whole mails: rendered when somebody reads them, listed in threads and the outbox, copied to SMTP."""

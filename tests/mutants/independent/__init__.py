"""Faults of the server that others wrote, from its code and the contract alone, without the suite."""

from . import accounts, campaigns, contacts, flow, leads, lists, replies

MUTANTS = (
    *campaigns.MUTANTS,
    *leads.MUTANTS,
    *flow.MUTANTS,
    *contacts.MUTANTS,
    *lists.MUTANTS,
    *accounts.MUTANTS,
    *replies.MUTANTS,
)

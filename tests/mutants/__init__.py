"""Mutants for measuring how much a contract suite notices. No module of the product imports them."""

"""Mutants for measuring how much a contract suite notices. The product knows nothing of them."""

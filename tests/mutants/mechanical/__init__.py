"""Mutants that nobody has to think up: each follows from the code of the server by an operator."""

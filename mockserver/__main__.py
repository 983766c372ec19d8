"""`python -m mockserver` is the coldsend-mock command."""

from .cli import main

main(prog_name="coldsend-mock")

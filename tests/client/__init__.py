"""The vendor's published client against the mock; `make client` runs it in an environment of its own."""

"""The life of a request, from its bytes to its line in the log."""

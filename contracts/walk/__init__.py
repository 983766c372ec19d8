"""The walk: histories of operations, asked of the server and of a model of it, and compared."""

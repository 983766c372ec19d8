"""Situations: histories made on purpose for every operation that fits, asked of server and model."""

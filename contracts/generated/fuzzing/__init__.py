"""Fuzzing: generated requests, single and in sequences."""

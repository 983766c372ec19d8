"""Generated cases, one by one and in sequences."""

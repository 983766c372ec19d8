"""The soak: random requests to a mock for a long time, and what must hold after each of them."""

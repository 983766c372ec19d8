"""What an answer is weighed against, and what comes of it."""

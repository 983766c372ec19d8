"""What the records mean: what happened, who is written to, what an inbox may send."""

"""What keeps a real account from harm: what is sent, what is the run's own."""

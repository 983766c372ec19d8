"""What protects a real account: which requests may leave, which resources are the run's."""

"""What a rule works with: a client of the API, resources, replies."""

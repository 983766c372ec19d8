"""What a rule is given: the API as named operations, live resources, replies."""

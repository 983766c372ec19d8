"""What a test is given: the fixtures' workspace, its clients and its past."""

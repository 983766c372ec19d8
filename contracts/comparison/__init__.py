"""The comparison of two answers to the same request, one of the server and one of the model."""

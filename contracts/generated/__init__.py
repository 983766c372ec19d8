"""Rules that openapi.yaml makes by itself."""

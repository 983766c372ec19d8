"""The rules that follow from openapi.yaml."""

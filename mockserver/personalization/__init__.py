"""Personalization: templates are cut into pieces, compiled once, and rendered for each lead."""

"""Workspaces as documents: written, read again, and begun with."""

"""Writes: one row for each, and never two requests for one row."""

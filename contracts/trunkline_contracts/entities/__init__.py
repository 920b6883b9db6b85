"""The normalized entities, by category."""

"""The only way out: governed HTTP to the vendors."""

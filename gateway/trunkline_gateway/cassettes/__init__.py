"""Cassettes: recorded vendor traffic, scrubbed before it is kept, scanned before it is written, replayed exactly."""

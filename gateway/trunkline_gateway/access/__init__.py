"""Who is calling: tenants, their clients, and the keys that prove it."""

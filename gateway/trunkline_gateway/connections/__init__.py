"""Which account: the tenants' connections and the vault that keeps their credentials."""

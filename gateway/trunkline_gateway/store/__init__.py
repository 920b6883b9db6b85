"""Where rows are kept: one port, SQLite and PostgreSQL behind it."""

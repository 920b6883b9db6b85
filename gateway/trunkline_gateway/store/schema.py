"""The tables. Only text, integers and bytes: the same statements run on SQLite and PostgreSQL.

Times are microseconds since 1970 UTC. Every row carries its tenant.
"""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, PrimaryKeyConstraint, Table, Text

metadata = MetaData(
    naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s", "pk": "pk_%(table_name)s"},
)

tenants = Table(
    "tenants",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("created_at", BigInteger, nullable=False),
)

clients = Table(
    "clients",
    metadata,
    Column("key_id", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("secret_hash", LargeBinary, nullable=False),
    Column("profile", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
)
Index(None, clients.c.tenant)

connections = Table(
    "connections",
    metadata,
    Column("tenant", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("vendor", Text, nullable=False),
    Column("auth", Text, nullable=False),
    Column("settings", Text, nullable=False),
    Column("credentials", LargeBinary, nullable=False),
    Column("loopback", Text),
    Column("version", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("fields", Text),
    PrimaryKeyConstraint("tenant", "name"),
)

profiles = Table(
    "profiles",
    metadata,
    Column("tenant", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("tools", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("tenant", "name"),
)

verification_attempts = Table(
    "verification_attempts",
    metadata,
    Column("tenant", Text, nullable=False),
    Column("customer", LargeBinary, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("since", BigInteger, nullable=False),
    PrimaryKeyConstraint("tenant", "customer"),
)

operations = Table(
    "operations",
    metadata,
    Column("operation_id", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("client", Text, nullable=False),
    Column("tool", Text, nullable=False),
    Column("key_hash", LargeBinary, nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("connection", Text, nullable=False),
    Column("write_class", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("answer", LargeBinary),
    Column("send_deadline", BigInteger),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
)
Index(None, operations.c.tenant, operations.c.client, operations.c.tool, operations.c.key_hash, unique=True)
Index(None, operations.c.state, operations.c.send_deadline)

audit = Table(
    "audit",
    metadata,
    Column("tenant", Text, nullable=False),
    Column("record_id", Text, nullable=False),
    Column("client", Text, nullable=False),
    Column("call_id", Text, nullable=False),
    Column("phase", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("surface", Text, nullable=False),
    Column("tool", Text, nullable=False),
    Column("connection", Text),
    Column("arguments_hash", LargeBinary, nullable=False),
    Column("outcome", Text),
    Column("operation_id", Text),
    Column("vendor_requests", Text),
    Column("duration_us", BigInteger),
    PrimaryKeyConstraint("tenant", "record_id"),
    # Ids grow with time, so one tree holds a tenant's records in order: each insert writes one place, not three.
    sqlite_with_rowid=False,
)

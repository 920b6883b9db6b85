"""Profiles of a tenant's own, custom fields of a connection, attempts to verify a customer."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "profiles",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("tools", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "name", name=op.f("pk_profiles")),
    )
    op.create_table(
        "verification_attempts",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("customer", sa.LargeBinary(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "customer", name=op.f("pk_verification_attempts")),
    )
    op.add_column("connections", sa.Column("fields", sa.Text(), nullable=True))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("connections", "fields")
    op.drop_table("verification_attempts")
    op.drop_table("profiles")

"""Until when a customer is away, as the latest automatic reply says."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("people", sa.Column("away_until", sa.Date(), nullable=True))

"""Until when a customer is away, as the latest automatic reply says."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("people", sa.Column("away_until", sa.Date(), nullable=True))

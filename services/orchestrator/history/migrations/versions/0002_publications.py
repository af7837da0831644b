"""Publications: pictures that lie under a public name, to be erased with the job that they are of."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "publications",
        sa.Column("storage_key", sa.Text, nullable=False),
        sa.Column("job", sa.Text, nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("storage_key", name="pk_publications"),
        sa.ForeignKeyConstraint(["job"], ["jobs.id"], name="fk_publications_job_jobs", ondelete="CASCADE"),
    )
    op.create_index("ix_publications_job", "publications", ["job"])


def downgrade() -> None:
    op.drop_table("publications")

"""Asking carriers: whose turn is when, and what each account was asked and said."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

UP = """
-- One row a parcel that a carrier can be asked for. `look_at`: its turn, or while it is leased the lease's end.
CREATE TABLE pull_state (
    parcel_id   text PRIMARY KEY,
    provider    text NOT NULL,
    look_at     timestamptz NOT NULL,
    asked_at    timestamptz,
    answered_at timestamptz,
    unknown     integer NOT NULL DEFAULT 0,
    failures    integer NOT NULL DEFAULT 0,
    retry_at    timestamptz,
    outcome     text,
    detail      text,
    digest      bytea,           -- of the scans in the last answer that is durable
    lease_by    text
);
CREATE INDEX pull_state_turn ON pull_state (provider, look_at, parcel_id);

-- One row an account, named by provider and a digest of its credentials: other credentials start with a clean record.
-- `next_slot_at` spaces the requests of all processes; `paused_until` is when the account may be asked again.
CREATE TABLE pull_account (
    account      text PRIMARY KEY,
    provider     text NOT NULL,
    next_slot_at timestamptz NOT NULL DEFAULT '-infinity',
    day          date NOT NULL DEFAULT '-infinity',
    asked        bigint NOT NULL DEFAULT 0,
    state        text NOT NULL DEFAULT 'ok' CHECK (state IN ('ok', 'limited', 'exhausted', 'refused', 'trouble')),
    reason       text NOT NULL DEFAULT '',
    times        integer NOT NULL DEFAULT 0,
    since        timestamptz NOT NULL,
    paused_until timestamptz,
    seen_at      timestamptz NOT NULL
);

-- New registrations are found by their time.
CREATE INDEX registration_at ON registration (registered_at);
"""

DOWN = """
DROP INDEX registration_at;
DROP TABLE pull_account, pull_state;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)

"""Mappings: what people say that a code or a text means, and the scans that no table of ours explains."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

UP = r"""
-- Never changed: another one of the same key takes its place. `text` has no hub names and digits.
CREATE TABLE mapping (
    mapping_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source     text NOT NULL,
    carrier    text,              -- null: all carriers of the source
    code       text,
    text       text,
    milestone  text NOT NULL,
    detail     text,
    culprit    text,
    note       text,
    added_at   timestamptz NOT NULL,
    added_by   text NOT NULL,
    retired_at timestamptz,
    retired_by text,
    CHECK (code IS NOT NULL OR text IS NOT NULL)
);
CREATE UNIQUE INDEX mapping_live ON mapping
    (source, coalesce(carrier, ''), lower(coalesce(code, '')), md5(coalesce(text, ''))) WHERE retired_at IS NULL;

-- One row for each scan that is unread (`mapping_id` null) or that a mapping reads.
CREATE TABLE odd_scan (
    parcel_id   text NOT NULL,
    scan_id     text NOT NULL,
    source      text NOT NULL,
    carrier     text NOT NULL,
    code        text,
    said        text,
    received_at timestamptz NOT NULL,
    mapping_id  bigint,
    PRIMARY KEY (parcel_id, scan_id)
);
CREATE INDEX odd_scan_code ON odd_scan (source, lower(code), parcel_id, scan_id);
CREATE INDEX odd_scan_mapping ON odd_scan (mapping_id, parcel_id, scan_id) WHERE mapping_id IS NOT NULL;

INSERT INTO odd_scan (parcel_id, scan_id, source, carrier, code, said, received_at)
SELECT parcel_id, scan_id, body ->> 'source', body ->> 'carrier', left(body ->> 'code', 200),
       left(regexp_replace(regexp_replace(body ->> 'text',
           '【[^【】]{0,60}(中心|集散地|集散点|中转场|中轉場|营业点|营业部|网点|網點|公司|分部|省|市|县|縣|区|區|镇|鎮)】',
           '【】', 'g'), '\d+', '0', 'g'), 500),
       received_at
FROM (SELECT parcel_id, scan_id, received_at, convert_from(body, 'UTF8')::jsonb AS body
      FROM scan WHERE milestone = 'unknown') AS unread;
DROP INDEX scan_unknown;

-- When a dead event was given to the stream again.
ALTER TABLE dead_event ADD COLUMN replayed_at timestamptz;
CREATE INDEX dead_event_waiting ON dead_event (topic, partition, log_id, "offset") WHERE replayed_at IS NULL;
"""

DOWN = """
DROP INDEX dead_event_waiting;
ALTER TABLE dead_event DROP COLUMN replayed_at;
CREATE INDEX scan_unknown ON scan (received_at) WHERE milestone = 'unknown';
DROP TABLE odd_scan, mapping;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)

-- 0002: an event that a service sends twice changes an orchestration once.
--
-- At least the last 1,024 events that changed it, as eight bytes each (the keyed hash of
-- `source` and `id`), in three levels, so that a step writes anew only the small recent one.
-- Behind `snapshot`, as they change with it; a step by a timer leaves all three alone.

ALTER TABLE xorca.orchestration
    ADD COLUMN dedup_recent bytea,
    ADD COLUMN dedup_middle bytea,
    ADD COLUMN dedup_old    bytea;

-- Hashes do not compress: nobody should try.
ALTER TABLE xorca.orchestration
    ALTER COLUMN dedup_recent SET STORAGE EXTERNAL,
    ALTER COLUMN dedup_middle SET STORAGE EXTERNAL,
    ALTER COLUMN dedup_old    SET STORAGE EXTERNAL;

COMMENT ON COLUMN xorca.orchestration.dedup_recent IS 'Up to 16 of the events that changed it last, 8 bytes each; null: none.';
COMMENT ON COLUMN xorca.orchestration.dedup_middle IS 'Up to 128 events before those.';
COMMENT ON COLUMN xorca.orchestration.dedup_old IS 'Up to 1,024 events before those: the oldest that are remembered.';

-- 0003: a lane's row says where the lane lives.
--
-- A fleet may spread its lanes over several databases. Which of them has a lane's row is then
-- no accident of who came first, but the record that tells a lane that was given to the wrong
-- database from a new one: rows are made when the fleet is founded or gets more lanes. Of the
-- fleets before, all lanes live here.

INSERT INTO xorca.lane (lane, epoch)
SELECT number, 0 FROM xorca.fleet, generate_series(0, fleet.lanes - 1) AS number
ON CONFLICT (lane) DO NOTHING;

COMMENT ON TABLE xorca.lane IS 'One row per lane (partition number) that lives in this database: the fence, and how far the lane has come.';
COMMENT ON COLUMN xorca.lane.epoch IS 'Raised by each take-over; 0 before the first. A batch under an older epoch changes nothing.';

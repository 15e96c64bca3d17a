-- What an analyst asks for, by source and key of the sensor.
--
-- Statistics are merged, never averaged: n, sum and sum of squared deviations of the parts give those of
-- the whole exactly (sp.moments), whatever the cut.

-- The statistics of loads without metrics are those of their readings: sp.parts_of_sensor and sp.part count
-- them, where there are any. As all that names the columns of sp.reading they are written out by
-- sp.refresh_views.
CREATE FUNCTION sp.refresh_views() RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $refresh$
DECLARE
  statistics record := sp.statistics_of('r');
BEGIN
  EXECUTE format($f$
    CREATE OR REPLACE FUNCTION sp.parts_of_sensor(sensor_id integer)
    RETURNS TABLE (ingest_id integer, day date, quantity_id smallint, n bigint,
                   mean double precision, m2 double precision, min double precision,
                   max double precision, sum_sin double precision, sum_cos double precision)
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp
    AS %L$f$, format($b$
    DECLARE
      sp_since timestamptz := (SELECT pg_catalog.min(u.first_ts) FROM sp.unmeasured u);
    BEGIN
      IF sp_since IS NULL THEN
        RETURN;
      END IF;
      RETURN QUERY
      SELECT w.ingest_id, w.day, q.*
        FROM (SELECT r.ingest_id, (r.ts AT TIME ZONE 'UTC')::date AS day, %s
                FROM sp.reading r
               WHERE r.sensor_id = $1 AND r.ts >= sp_since
                 AND r.ts <= (SELECT pg_catalog.max(u.last_ts) FROM sp.unmeasured u)
                 AND EXISTS (SELECT FROM sp.unmeasured u WHERE u.ingest_id = r.ingest_id)
               GROUP BY 1, 2) AS w
       CROSS JOIN LATERAL (%s) AS q;
    END$b$, statistics.aggregates, statistics.results));
  -- All loads in one pass, or one where ingest_id is given: that goes down through the GROUP BY.
  EXECUTE format($v$
    CREATE OR REPLACE VIEW sp.part AS
    SELECT m.sensor_id, m.ingest_id, (m.window_start AT TIME ZONE 'UTC')::date AS day, m.quantity_id,
           m.n::bigint AS n, m.mean, m.m2, m.min, m.max, m.sum_sin, m.sum_cos
      FROM sp.metric m
    UNION ALL
    SELECT w.sensor_id, w.ingest_id, w.day, q.*
      FROM (SELECT r.sensor_id, u.ingest_id, (r.ts AT TIME ZONE 'UTC')::date AS day, %s
              FROM sp.unmeasured u
              JOIN sp.reading r ON r.ingest_id = u.ingest_id AND r.ts BETWEEN u.first_ts AND u.last_ts
             WHERE r.ts BETWEEN (SELECT min(first_ts) FROM sp.unmeasured)
                            AND (SELECT max(last_ts) FROM sp.unmeasured)
             GROUP BY 1, 2, 3) AS w
     CROSS JOIN LATERAL (%s) AS q$v$, statistics.aggregates, statistics.results);
  -- Inlined by the planner (a plain SQL function that is STABLE and sets nothing), so that the two
  -- times prune partitions and pick the index.
  EXECUTE format($f$
    CREATE OR REPLACE FUNCTION sp.hourly_between(since timestamptz, until timestamptz)
    RETURNS TABLE (source text, key text, quantity text, unit text, hour timestamptz, n bigint,
                   min double precision, max double precision, mean double precision,
                   stddev double precision)
    LANGUAGE sql STABLE AS %L$f$, pg_catalog.format($b$
    SELECT p.source::pg_catalog.text, p.key::pg_catalog.text, q.name::pg_catalog.text, q.unit, p.hour, p.n,
           p.min, p.max, sp.mean_of(p.moments, q.circle, p.sum_sin, p.sum_cos),
           sp.stddev_of(p.moments, q.circle, p.sum_sin, p.sum_cos)
      FROM (SELECT w.source, w.key, w.hour, v.quantity_id, v.n, sp.as_moments(v.n, v.mean, v.m2) AS moments,
                   v.min, v.max, v.sum_sin, v.sum_cos
              FROM (SELECT s.source, s.key, pg_catalog.date_trunc('hour', r.ts, 'UTC') AS hour, %s
                      FROM sp.reading r JOIN sp.sensor s ON s.sensor_id = r.sensor_id
                     WHERE r.ts >= $1 AND r.ts < $2
                     GROUP BY s.sensor_id, 3) AS w
             CROSS JOIN LATERAL (%s) AS v
            UNION ALL
            SELECT s.source, s.key, m.window_start, m.quantity_id, pg_catalog.sum(m.n)::bigint,
                   sp.moments(sp.as_moments(m.n, m.mean, m.m2)), pg_catalog.min(m.min),
                   pg_catalog.max(m.max), pg_catalog.sum(m.sum_sin), pg_catalog.sum(m.sum_cos)
              FROM sp.metric m JOIN sp.sensor s ON s.sensor_id = m.sensor_id
             WHERE m.window_hours = 1 AND m.window_start >= $1 AND m.window_start < $2
               AND m.window_start < (SELECT kept_since FROM sp.retention)
               AND (SELECT sp.kept_since() > '-infinity')
             GROUP BY s.sensor_id, 3, 4) AS p
      JOIN sp.quantity q ON q.quantity_id = p.quantity_id$b$, statistics.aggregates, statistics.results));
  -- Grouped by the local date, not by the start of its day: where clocks are put back over midnight, that exists
  -- twice. The bounds of the times, a day wider, prune partitions.
  EXECUTE format($f$
    CREATE OR REPLACE FUNCTION sp.daily_in(zone text, since date DEFAULT '-infinity',
                                           until date DEFAULT 'infinity')
    RETURNS TABLE (source text, key text, quantity text, unit text, day date, n bigint,
                   min double precision, max double precision, mean double precision,
                   stddev double precision)
    LANGUAGE sql STABLE AS %L$f$, pg_catalog.format($b$
    SELECT w.source::pg_catalog.text, w.key::pg_catalog.text, q.name::pg_catalog.text, q.unit, w.day, v.n,
           v.min, v.max,
           sp.mean_of(sp.as_moments(v.n, v.mean, v.m2), q.circle, v.sum_sin, v.sum_cos),
           sp.stddev_of(sp.as_moments(v.n, v.mean, v.m2), q.circle, v.sum_sin, v.sum_cos)
      FROM (SELECT s.source, s.key, (r.ts AT TIME ZONE $1)::pg_catalog.date AS day, %s
              FROM sp.reading r JOIN sp.sensor s ON s.sensor_id = r.sensor_id
             WHERE r.ts >= ($2::pg_catalog.timestamp AT TIME ZONE $1) - pg_catalog.interval '24 hours'
               AND r.ts < ($3::pg_catalog.timestamp AT TIME ZONE $1) + pg_catalog.interval '24 hours'
               AND (r.ts AT TIME ZONE $1)::pg_catalog.date >= $2
               AND (r.ts AT TIME ZONE $1)::pg_catalog.date < $3
             GROUP BY s.sensor_id, 3) AS w
     CROSS JOIN LATERAL (%s) AS v
      JOIN sp.quantity q ON q.quantity_id = v.quantity_id$b$, statistics.aggregates, statistics.results));
  EXECUTE format($v$
    CREATE OR REPLACE VIEW sp.latest_reading AS
    SELECT s.source, s.key, s.sensor_type, r.ts, r.ingest_id%1$s
      FROM sp.sensor s
     CROSS JOIN LATERAL (SELECT r.ts, r.ingest_id%1$s FROM sp.reading r
                          WHERE r.sensor_id = s.sensor_id ORDER BY r.ts DESC LIMIT 1) r;
    CREATE OR REPLACE VIEW sp.located_reading AS
    SELECT s.source, s.key, coalesce(t.sensor_type, s.sensor_type) AS sensor_type, l.key AS location,
           l.latitude, l.longitude, l.altitude, r.ts, r.ingest_id%1$s
      FROM sp.reading r
      JOIN sp.sensor s ON s.sensor_id = r.sensor_id
      LEFT JOIN sp.stated_type t ON t.ingest_id = r.ingest_id AND t.sensor_id = r.sensor_id
      LEFT JOIN sp.location l ON l.location_id = coalesce(r.location_id, s.location_id)$v$,
    sp.all_quantities(', r.%1$I'));
  COMMENT ON VIEW sp.latest_reading IS 'The latest reading of each sensor';
  COMMENT ON VIEW sp.located_reading IS 'Readings with the sensor''s type, as the load has it that brought or changed them last, and place (degrees, WGS 84; altitude in m)';
END
$refresh$;
COMMENT ON FUNCTION sp.refresh_views IS 'Brings the views that name the columns of sp.reading up to date with sp.quantity';

SELECT sp.refresh_views();
COMMENT ON FUNCTION sp.parts_of_sensor IS 'What loads without metrics hold of one sensor, per day and quantity';
COMMENT ON VIEW sp.part IS 'Statistics of each load, sensor, quantity and day, to be merged';
COMMENT ON COLUMN sp.part.day IS 'Day (UTC); an hour''s metrics are a row of their own';
COMMENT ON FUNCTION sp.hourly_between IS 'Hourly series of every sensor and quantity from since (inclusive) until (exclusive), hours in UTC; of dropped months where their loads had metrics of an hour';
COMMENT ON FUNCTION sp.daily_in IS 'Daily series of every sensor and quantity by the local days of a zone, from since (inclusive) until (exclusive), of the readings that are kept; a day in which clocks change has 23 or 25 hours';

CREATE VIEW sp.sensor_statistics AS
SELECT s.source, s.key, q.name AS quantity, q.unit, sum(p.n)::bigint AS n, min(p.min) AS min,
       max(p.max) AS max,
       sp.mean_of(sp.moments(sp.as_moments(p.n, p.mean, p.m2)), q.circle, sum(p.sum_sin),
                  sum(p.sum_cos)) AS mean,
       sp.stddev_of(sp.moments(sp.as_moments(p.n, p.mean, p.m2)), q.circle, sum(p.sum_sin),
                    sum(p.sum_cos)) AS stddev,
       min(p.day) AS first_day, max(p.day) AS last_day, count(DISTINCT p.ingest_id) AS files
  FROM sp.sensor s
 CROSS JOIN LATERAL (
         SELECT m.ingest_id, (m.window_start AT TIME ZONE 'UTC')::date AS day, m.quantity_id, m.n::bigint AS n,
                m.mean, m.m2, m.min, m.max, m.sum_sin, m.sum_cos
           FROM sp.metric m WHERE m.sensor_id = s.sensor_id
         UNION ALL
         SELECT * FROM sp.parts_of_sensor(s.sensor_id)) AS p
  JOIN sp.quantity q ON q.quantity_id = p.quantity_id
 GROUP BY s.sensor_id, q.quantity_id;
COMMENT ON VIEW sp.sensor_statistics IS 'Exact statistics of each sensor and quantity over all loaded files';
COMMENT ON COLUMN sp.sensor_statistics.source IS 'The network';
COMMENT ON COLUMN sp.sensor_statistics.key IS 'Its key of the sensor';
COMMENT ON COLUMN sp.sensor_statistics.quantity IS 'Column of sp.reading';
COMMENT ON COLUMN sp.sensor_statistics.unit IS 'Unit of min, max, mean and stddev';
COMMENT ON COLUMN sp.sensor_statistics.n IS 'Number of values';
COMMENT ON COLUMN sp.sensor_statistics.min IS 'Least value [unit]';
COMMENT ON COLUMN sp.sensor_statistics.max IS 'Greatest value [unit]';
COMMENT ON COLUMN sp.sensor_statistics.mean IS 'Mean, of a circular quantity the mean direction [unit]';
COMMENT ON COLUMN sp.sensor_statistics.stddev IS 'Sample standard deviation, of n - 1, or circular standard deviation; null for n = 1 [unit]';
COMMENT ON COLUMN sp.sensor_statistics.first_day IS 'First day with a value (UTC)';
COMMENT ON COLUMN sp.sensor_statistics.last_day IS 'Last day with a value (UTC)';
COMMENT ON COLUMN sp.sensor_statistics.files IS 'Number of loads whose readings these are; those of dropped months without metrics count as one';

-- Inlined like sp.hourly_between: of metrics the index reads the days between the two.
CREATE FUNCTION sp.daily_between(since date, until date)
RETURNS TABLE (source text, key text, quantity text, unit text, day date, n bigint, min double precision,
               max double precision, mean double precision, stddev double precision)
LANGUAGE sql STABLE
AS $$
  SELECT s.source::pg_catalog.text, s.key::pg_catalog.text, q.name::pg_catalog.text, q.unit, p.day,
         pg_catalog.sum(p.n)::bigint, pg_catalog.min(p.min), pg_catalog.max(p.max),
         sp.mean_of(sp.moments(sp.as_moments(p.n, p.mean, p.m2)), q.circle, pg_catalog.sum(p.sum_sin),
                    pg_catalog.sum(p.sum_cos)),
         sp.stddev_of(sp.moments(sp.as_moments(p.n, p.mean, p.m2)), q.circle, pg_catalog.sum(p.sum_sin),
                      pg_catalog.sum(p.sum_cos))
    FROM sp.sensor s
   CROSS JOIN LATERAL (
           SELECT (m.window_start AT TIME ZONE 'UTC')::pg_catalog.date AS day, m.quantity_id, m.n::bigint AS n,
                  m.mean, m.m2, m.min, m.max, m.sum_sin, m.sum_cos
             FROM sp.metric m
            WHERE m.sensor_id = s.sensor_id AND m.window_start >= $1::pg_catalog.timestamp AT TIME ZONE 'UTC'
              AND m.window_start < $2::pg_catalog.timestamp AT TIME ZONE 'UTC'
           UNION ALL
           SELECT u.day, u.quantity_id, u.n, u.mean, u.m2, u.min, u.max, u.sum_sin, u.sum_cos
             FROM sp.parts_of_sensor(s.sensor_id) u WHERE u.day >= $1 AND u.day < $2) AS p
    JOIN sp.quantity q ON q.quantity_id = p.quantity_id
   GROUP BY s.sensor_id, q.quantity_id, p.day
$$;
COMMENT ON FUNCTION sp.daily_between IS 'Daily series of every sensor and quantity from since (inclusive) until (exclusive), days in UTC';

CREATE VIEW sp.daily AS
SELECT * FROM sp.daily_between('-infinity', 'infinity');
COMMENT ON VIEW sp.daily IS 'Daily series of each sensor and quantity, days in UTC; quick for one sensor: WHERE source = ... AND key = ...; of some days: sp.daily_between(since, until)';
COMMENT ON COLUMN sp.daily.source IS 'The network';
COMMENT ON COLUMN sp.daily.key IS 'Its key of the sensor';
COMMENT ON COLUMN sp.daily.quantity IS 'Column of sp.reading';
COMMENT ON COLUMN sp.daily.unit IS 'Unit of min, max, mean and stddev';
COMMENT ON COLUMN sp.daily.day IS 'Day (UTC)';
COMMENT ON COLUMN sp.daily.n IS 'Number of values';
COMMENT ON COLUMN sp.daily.min IS 'Least value [unit]';
COMMENT ON COLUMN sp.daily.max IS 'Greatest value [unit]';
COMMENT ON COLUMN sp.daily.mean IS 'Mean, of a circular quantity the mean direction [unit]';
COMMENT ON COLUMN sp.daily.stddev IS 'Sample standard deviation, of n - 1, or circular standard deviation; null for n = 1 [unit]';

CREATE VIEW sp.hourly AS
SELECT * FROM sp.hourly_between('-infinity', 'infinity');
COMMENT ON VIEW sp.hourly IS 'Hourly series of each sensor and quantity, hours in UTC, from all readings; sp.hourly_between(since, until) reads only the months it needs';
COMMENT ON COLUMN sp.hourly.source IS 'The network';
COMMENT ON COLUMN sp.hourly.key IS 'Its key of the sensor';
COMMENT ON COLUMN sp.hourly.quantity IS 'Column of sp.reading';
COMMENT ON COLUMN sp.hourly.unit IS 'Unit of min, max, mean and stddev';
COMMENT ON COLUMN sp.hourly.hour IS 'Start of the hour';
COMMENT ON COLUMN sp.hourly.n IS 'Number of values';
COMMENT ON COLUMN sp.hourly.min IS 'Least value [unit]';
COMMENT ON COLUMN sp.hourly.max IS 'Greatest value [unit]';
COMMENT ON COLUMN sp.hourly.mean IS 'Mean, of a circular quantity the mean direction [unit]';
COMMENT ON COLUMN sp.hourly.stddev IS 'Sample standard deviation, of n - 1, or circular standard deviation; null for n = 1 [unit]';

-- The type is what that file says, not what the sensor is by others.
CREATE VIEW sp.file_statistics AS
SELECT p.ingest_id, i.name, s.source, coalesce(t.sensor_type, s.sensor_type) AS sensor_type,
       q.name AS quantity, q.unit, count(DISTINCT p.sensor_id) AS sensors, sum(p.n)::bigint AS n,
       min(p.min) AS min, max(p.max) AS max,
       sp.mean_of(sp.moments(sp.as_moments(p.n, p.mean, p.m2)), q.circle, sum(p.sum_sin),
                  sum(p.sum_cos)) AS mean,
       sp.stddev_of(sp.moments(sp.as_moments(p.n, p.mean, p.m2)), q.circle, sum(p.sum_sin),
                    sum(p.sum_cos)) AS stddev
  FROM sp.part p
  JOIN sp.ingest i ON i.ingest_id = p.ingest_id
  JOIN sp.quantity q ON q.quantity_id = p.quantity_id
  JOIN sp.sensor s ON s.sensor_id = p.sensor_id
  LEFT JOIN sp.stated_type t ON t.ingest_id = p.ingest_id AND t.sensor_id = p.sensor_id
 GROUP BY p.ingest_id, i.ingest_id, s.source, 4, q.quantity_id;
COMMENT ON VIEW sp.file_statistics IS 'Exact statistics of each sensor type and source within each file, of the readings that are the file''s';
COMMENT ON COLUMN sp.file_statistics.ingest_id IS 'The load (sp.ingest)';
COMMENT ON COLUMN sp.file_statistics.name IS 'The file';
COMMENT ON COLUMN sp.file_statistics.source IS 'The network';
COMMENT ON COLUMN sp.file_statistics.sensor_type IS 'Model, as the file has it';
COMMENT ON COLUMN sp.file_statistics.quantity IS 'Column of sp.reading';
COMMENT ON COLUMN sp.file_statistics.unit IS 'Unit of min, max, mean and stddev';
COMMENT ON COLUMN sp.file_statistics.sensors IS 'Number of sensors';
COMMENT ON COLUMN sp.file_statistics.n IS 'Number of values';
COMMENT ON COLUMN sp.file_statistics.min IS 'Least value [unit]';
COMMENT ON COLUMN sp.file_statistics.max IS 'Greatest value [unit]';
COMMENT ON COLUMN sp.file_statistics.mean IS 'Mean, of a circular quantity the mean direction [unit]';
COMMENT ON COLUMN sp.file_statistics.stddev IS 'Sample standard deviation, of n - 1, or circular standard deviation; null for n = 1 [unit]';

CREATE VIEW sp.sensor_seen AS
SELECT s.source, s.key, s.sensor_type, l.key AS location, l.latitude, l.longitude, l.altitude,
       least(s.dropped_first, f.ts) AS first_seen, coalesce(e.ts, s.dropped_last) AS last_seen
  FROM sp.sensor s
  LEFT JOIN LATERAL (SELECT ts FROM sp.reading
                      WHERE sensor_id = s.sensor_id ORDER BY ts LIMIT 1) f ON true
  LEFT JOIN LATERAL (SELECT ts FROM sp.reading
                      WHERE sensor_id = s.sensor_id ORDER BY ts DESC LIMIT 1) e ON true
  LEFT JOIN sp.location l ON l.location_id = s.location_id
 WHERE s.same_as IS NULL;
COMMENT ON VIEW sp.sensor_seen IS 'Each sensor: type, home, first and last reading';
COMMENT ON COLUMN sp.sensor_seen.source IS 'The network';
COMMENT ON COLUMN sp.sensor_seen.key IS 'Its key of the sensor';
COMMENT ON COLUMN sp.sensor_seen.sensor_type IS 'Model, as the first file that named one has it';
COMMENT ON COLUMN sp.sensor_seen.location IS 'The network''s key of its home';
COMMENT ON COLUMN sp.sensor_seen.latitude IS 'Latitude of its home, WGS 84 [degrees north]';
COMMENT ON COLUMN sp.sensor_seen.longitude IS 'Longitude of its home, WGS 84 [degrees east]';
COMMENT ON COLUMN sp.sensor_seen.altitude IS 'Altitude of its home [m]';
COMMENT ON COLUMN sp.sensor_seen.first_seen IS 'Earliest reading, in dropped months too';
COMMENT ON COLUMN sp.sensor_seen.last_seen IS 'Latest reading, in dropped months too';

CREATE VIEW sp.open_disputes AS
SELECT d.dispute_id, s.source, s.key, d.ts, d.kind, d."values", l.key AS location, l.latitude, l.longitude,
       d.ingest_id, b.name AS file, d."row", d.winner_id, w.name AS winner_file, d.noted_at
  FROM sp.dispute d
  JOIN sp.sensor s ON s.sensor_id = d.sensor_id
  JOIN sp.ingest b ON b.ingest_id = d.ingest_id
  JOIN sp.ingest w ON w.ingest_id = d.winner_id
  LEFT JOIN sp.location l ON l.location_id = coalesce(d.location_id, s.location_id)
 WHERE d.settled_at IS NULL;
COMMENT ON VIEW sp.open_disputes IS 'Values that were kept out or replaced, and that nobody has decided on: SELECT sp.settle(dispute_id, true) where they are right, false where those in sp.reading are';
COMMENT ON COLUMN sp.open_disputes.dispute_id IS 'Number of the dispute, for sp.settle';
COMMENT ON COLUMN sp.open_disputes.source IS 'The network';
COMMENT ON COLUMN sp.open_disputes.key IS 'Its key of the sensor';
COMMENT ON COLUMN sp.open_disputes.ts IS 'Time of the measurement';
COMMENT ON COLUMN sp.open_disputes.kind IS 'kept out or replaced';
COMMENT ON COLUMN sp.open_disputes."values" IS 'The values, by quantity';
COMMENT ON COLUMN sp.open_disputes.location IS 'The network''s name of the place where the sensor was then';
COMMENT ON COLUMN sp.open_disputes.latitude IS 'Its latitude, WGS 84 [degrees north]';
COMMENT ON COLUMN sp.open_disputes.longitude IS 'Its longitude, WGS 84 [degrees east]';
COMMENT ON COLUMN sp.open_disputes.ingest_id IS 'The load that brought them (sp.ingest)';
COMMENT ON COLUMN sp.open_disputes.file IS 'Its file';
COMMENT ON COLUMN sp.open_disputes."row" IS 'Row of the input that brought what was kept out, as the loader counts';
COMMENT ON COLUMN sp.open_disputes.winner_id IS 'The load whose values count instead (sp.ingest)';
COMMENT ON COLUMN sp.open_disputes.winner_file IS 'Its file';
COMMENT ON COLUMN sp.open_disputes.noted_at IS 'Start of the transaction that noted it';

CREATE VIEW sp.overlapping_files AS
SELECT o.ingest_id, i.name, o.earlier_id, e.name AS earlier_name, o.rows_same, o.rows_completed,
       o.rows_other
  FROM sp.overlap o
  JOIN sp.ingest i ON i.ingest_id = o.ingest_id
  JOIN sp.ingest e ON e.ingest_id = o.earlier_id;
COMMENT ON VIEW sp.overlapping_files IS 'Files that met rows of earlier ones; of a file that grows each state beside the one before it';

CREATE VIEW sp.rejects_by_reason AS
SELECT coalesce(r.source, (SELECT i.source FROM sp.ingest i WHERE i.ingest_id = r.ingest_id)) AS source,
       r.field, r.code, r."constraint",
       count(DISTINCT (r.day, r.digest)) AS rows, count(DISTINCT r.ingest_id) AS files
  FROM sp.rejection r
 GROUP BY 1, r.field, r.code, r."constraint";
COMMENT ON VIEW sp.rejects_by_reason IS 'How often rows failed in each way, over all files; a row that comes again, in the same bytes from the same source on the same day, counts once';
COMMENT ON COLUMN sp.rejects_by_reason.source IS 'The network; null where it is not known';
COMMENT ON COLUMN sp.rejects_by_reason.field IS 'Column of the files';
COMMENT ON COLUMN sp.rejects_by_reason.code IS 'Kind of error';
COMMENT ON COLUMN sp.rejects_by_reason."constraint" IS 'The constraint that failed';
COMMENT ON COLUMN sp.rejects_by_reason.rows IS 'Number of rows';
COMMENT ON COLUMN sp.rejects_by_reason.files IS 'Number of files with at least one';

CREATE VIEW sp.rejects_by_day AS
SELECT r.day, coalesce(r.source, i.source) AS source, r.sensor_key, r.field, r.code, r."constraint",
       count(DISTINCT r.digest) AS rows, count(DISTINCT r.ingest_id) AS files
  FROM sp.rejection r LEFT JOIN sp.ingest i ON i.ingest_id = r.ingest_id
 GROUP BY 1, 2, 3, 4, 5, 6;
COMMENT ON VIEW sp.rejects_by_day IS 'Rejected rows per day, sensor and reason; a row that comes again, in the same bytes, counts once, one that failed in two ways once for each';
COMMENT ON COLUMN sp.rejects_by_day.day IS 'Day of the row (UTC), as in sp.rejection';
COMMENT ON COLUMN sp.rejects_by_day.source IS 'The network';
COMMENT ON COLUMN sp.rejects_by_day.sensor_key IS 'Its key of the sensor, where it could be read';
COMMENT ON COLUMN sp.rejects_by_day.rows IS 'Number of rows';
COMMENT ON COLUMN sp.rejects_by_day.files IS 'Number of files with at least one';

CREATE FUNCTION sp.file_name(name text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
  SELECT pg_catalog.regexp_replace(pg_catalog.regexp_replace($1, '\.(gz|zst|xz|bz2)$', ''),
                                   '\.\d{8}T\d{6}\.\d{3}Z(-\d+)?(\.[^.]*)?$', '\2')
$$;
COMMENT ON FUNCTION sp.file_name IS 'The name that a file came with, unpacked: without the time that sp-watch adds where a name was taken, and without the ending of a packed file';

-- Of a row of which nobody can say what reading it would be, its file tells: where that comes again without it. It
-- is that file, not another of its name, as that of the next day, where the two met, or both a third one; or where it
-- has no more rows than were rejected, all measured before: those rows, from quarantine.
CREATE VIEW sp.open_rejects AS
WITH last AS (
  SELECT DISTINCT ON (coalesce(r.source, i.source), r.day, r.digest, r.field, r.code, r."constraint") r.*
    FROM sp.rejection r JOIN sp.ingest i ON i.ingest_id = r.ingest_id
   WHERE r.ts IS NULL OR r.ts >= sp.kept_since()
   ORDER BY coalesce(r.source, i.source), r.day, r.digest, r.field, r.code, r."constraint", r.ingest_id DESC
), file AS MATERIALIZED (
  SELECT ingest_id, sp.file_name(name) AS name, source, rows_read, rows_rejected, last_ts, committed_at FROM sp.ingest
), unplaced AS MATERIALIZED (
  SELECT f.* FROM file f WHERE f.ingest_id IN (SELECT ingest_id FROM last WHERE ts IS NULL OR sensor_key IS NULL)
), met AS (
  SELECT ingest_id, earlier_id AS other_id FROM sp.overlap
  UNION ALL
  SELECT earlier_id, ingest_id FROM sp.overlap
), near AS MATERIALIZED (
  SELECT u.ingest_id, m.other_id FROM unplaced u JOIN met m ON m.ingest_id = u.ingest_id
), again AS MATERIALIZED (
  SELECT u.ingest_id, f.ingest_id AS again_id
    FROM unplaced u JOIN file f ON f.name = u.name AND f.ingest_id > u.ingest_id AND coalesce(f.source = u.source, true)
   WHERE f.rows_read <= u.rows_rejected AND f.last_ts <= u.committed_at
     AND f.rows_read <= (SELECT max(rows_rejected) FROM unplaced)  -- before they are joined
  UNION
  SELECT m.ingest_id, f.ingest_id
    FROM (SELECT u.*, m.other_id
            FROM (SELECT ingest_id, other_id FROM near
                  UNION
                  SELECT n.ingest_id, m.other_id FROM near n JOIN met m ON m.ingest_id = n.other_id) AS m
            JOIN unplaced u ON u.ingest_id = m.ingest_id
          OFFSET 0) AS m  -- or files of one name, which may be all, would be joined first
    JOIN file f ON f.ingest_id = m.other_id AND f.name = m.name
   WHERE f.ingest_id > m.ingest_id AND coalesce(f.source = m.source, true)
)
SELECT r.*
  FROM last r
  JOIN sp.ingest i ON i.ingest_id = r.ingest_id
 WHERE NOT EXISTS (SELECT FROM sp.sensor s
                     JOIN sp.reading v ON v.sensor_id = coalesce(s.same_as, s.sensor_id)
                    WHERE s.source = coalesce(r.source, i.source) AND s.key = r.sensor_key AND v.ts = r.ts)
   AND NOT ((r.ts IS NULL OR r.sensor_key IS NULL)
            AND EXISTS (SELECT FROM again a
                         WHERE a.ingest_id = r.ingest_id
                           AND NOT EXISTS (SELECT FROM sp.rejection x
                                            WHERE x.ingest_id = a.again_id AND x.digest = r.digest)));
COMMENT ON VIEW sp.open_rejects IS 'Violations of rows for which no reading came later, mended, and whose month is kept; of a row without a time or a sensor, those of files that did not come again without it, whole or the rejected rows alone, under the same name (sp.file_name) from the same source; of a row that comes again those of the last load';

CREATE VIEW sp.file_quality AS
SELECT i.ingest_id, i.name, i.source, i.rows_read, i.rows_rejected, i.rows_left_out, i.rows_passed,
       round(100.0 * i.rows_rejected / nullif(i.rows_read, 0), 3) AS rejected_percent,
       coalesce(r.violations, 0) AS violations, i.rows_received, i.rows_loaded, i.rows_completed,
       i.rows_known, i.rows_kept_out, i.rows_replaced, i.rows_expired, i.first_ts, i.last_ts,
       i.committed_at
  FROM sp.ingest i
  LEFT JOIN LATERAL (SELECT count(*) AS violations FROM sp.rejection
                      WHERE ingest_id = i.ingest_id) r ON true;
COMMENT ON VIEW sp.file_quality IS 'Data quality of each file: the ledger''s numbers';
COMMENT ON COLUMN sp.file_quality.rejected_percent IS 'Rejected rows of those read [percent]';
COMMENT ON COLUMN sp.file_quality.violations IS 'Number of violations; a rejected row has one or more';

CREATE VIEW sp.data_quality AS
WITH per_sensor AS (
  -- The quantity with most values tells how many readings a sensor had that day.
  SELECT ingest_id, sensor_id, day, quantity_id, sum(n) AS n
    FROM sp.part GROUP BY 1, 2, 3, 4
), per_day AS (
  SELECT ingest_id, day, sensor_id, max(n) AS readings, sum(n) AS values, count(*) AS quantities
    FROM per_sensor GROUP BY 1, 2, 3
)
SELECT d.ingest_id, i.name, d.day,
       count(*) AS sensors,
       sum(d.readings)::bigint AS readings,
       sum(d.readings * d.quantities - d.values)::bigint AS missing_values,
       i.rows_read, i.rows_rejected,
       round(100.0 * i.rows_rejected / nullif(i.rows_read, 0), 3) AS rejected_percent
  FROM per_day d
  JOIN sp.ingest i ON i.ingest_id = d.ingest_id
 GROUP BY d.ingest_id, i.ingest_id, d.day;
COMMENT ON VIEW sp.data_quality IS 'Data quality per file and day of the data (UTC), of the readings that are the file''s';
COMMENT ON COLUMN sp.data_quality.ingest_id IS 'The load (sp.ingest)';
COMMENT ON COLUMN sp.data_quality.name IS 'The file';
COMMENT ON COLUMN sp.data_quality.day IS 'Day (UTC)';
COMMENT ON COLUMN sp.data_quality.sensors IS 'Sensors with readings that day';
COMMENT ON COLUMN sp.data_quality.readings IS 'Readings that day, as the quantity with most values of each sensor has it: one that lacks this value is not counted';
COMMENT ON COLUMN sp.data_quality.missing_values IS 'Values that are missing in them, of quantities of which the sensor gave some that day';
COMMENT ON COLUMN sp.data_quality.rows_read IS 'Data rows of the whole file';
COMMENT ON COLUMN sp.data_quality.rows_rejected IS 'Rejected rows of the whole file (a rejected row may have no usable time)';
COMMENT ON COLUMN sp.data_quality.rejected_percent IS 'Rejected rows of those read in the whole file [percent]';

-- Serves rejects and worst sensors by day. Rows come nearly sorted by day, so that it stays small:
--   SELECT * FROM sp.sensor_quality_between('2017-07-01Z', '2017-07-08Z');
CREATE INDEX rejection_day ON sp.rejection USING brin (day) WITH (pages_per_range = 16, autosummarize = on);
COMMENT ON INDEX sp.rejection_day IS 'Rejects of some days: WHERE day >= ... AND day < ...';

-- The functions below are plain SQL, STABLE, and set nothing, so that the planner inlines them: what is asked of one
-- sensor or network reads no other. OFFSET 0 keeps it from asking a sensor's rhythm again for each row.

-- A few of the latest readings tell it, and an index has them.
CREATE FUNCTION sp.rhythm_of(sensor_id integer, until timestamptz DEFAULT 'infinity') RETURNS interval
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY step)
    FROM (SELECT ts - lead(ts) OVER (ORDER BY ts DESC) AS step
            FROM (SELECT r.ts FROM sp.reading r WHERE r.sensor_id = $1 AND r.ts < $2
                   ORDER BY r.ts DESC LIMIT 200) AS latest) AS steps
$$;
COMMENT ON FUNCTION sp.rhythm_of IS 'How often a sensor measures: the median interval between its last 200 readings before a time; null where it has fewer than two';

CREATE FUNCTION sp.gaps_between(since timestamptz, until timestamptz)
RETURNS TABLE (source text, key text, last_before timestamptz, first_after timestamptz, length interval,
               rhythm interval, missed bigint)
LANGUAGE sql STABLE
AS $$
  SELECT s.source::pg_catalog.text, s.key::pg_catalog.text, g.last_before, g.first_after,
         g.first_after - g.last_before, m.rhythm,
         pg_catalog.round((extract(epoch FROM g.first_after - g.last_before)
                           / extract(epoch FROM m.rhythm) - 1)::numeric)::bigint
    FROM sp.sensor s
   CROSS JOIN LATERAL (SELECT sp.rhythm_of(s.sensor_id, $2) AS rhythm OFFSET 0) AS m
   CROSS JOIN LATERAL (
           SELECT pg_catalog.lag(r.ts) OVER (ORDER BY r.ts) AS last_before, r.ts AS first_after
             FROM sp.reading r
            WHERE r.sensor_id = s.sensor_id AND r.ts < $2
              AND r.ts >= coalesce((SELECT b.ts FROM sp.reading b WHERE b.sensor_id = s.sensor_id AND b.ts < $1
                                     ORDER BY b.ts DESC LIMIT 1), $1)) AS g
   WHERE g.first_after - g.last_before > 3 * m.rhythm
$$;
COMMENT ON FUNCTION sp.gaps_between IS 'Gaps in the series that end between two times: two readings of a sensor that lie more than three times its rhythm apart';

CREATE VIEW sp.gaps AS
SELECT * FROM sp.gaps_between('-infinity', 'infinity');
COMMENT ON VIEW sp.gaps IS 'Gaps in each series, of all readings; quick for one sensor: WHERE source = ... AND key = ...; of some days: sp.gaps_between(since, until)';
COMMENT ON COLUMN sp.gaps.source IS 'The network';
COMMENT ON COLUMN sp.gaps.key IS 'Its key of the sensor';
COMMENT ON COLUMN sp.gaps.last_before IS 'Last reading before the gap';
COMMENT ON COLUMN sp.gaps.first_after IS 'First reading after it';
COMMENT ON COLUMN sp.gaps.length IS 'Time between the two';
COMMENT ON COLUMN sp.gaps.rhythm IS 'The sensor''s median interval (sp.rhythm_of)';
COMMENT ON COLUMN sp.gaps.missed IS 'Readings that the rhythm would have had in between';

-- Where files come once a day all sensors of a network are silent until the next one; that says nothing of them.
CREATE FUNCTION sp.silent_sensors(at timestamptz DEFAULT NULL)
RETURNS TABLE (source text, key text, sensor_type text, last_seen timestamptz, silent_for interval,
               rhythm interval, missed bigint)
LANGUAGE sql STABLE
AS $$
  SELECT s.source::pg_catalog.text, s.key::pg_catalog.text, s.sensor_type, s.last_seen, s.at - s.last_seen, m.rhythm,
         pg_catalog.floor(extract(epoch FROM s.at - s.last_seen) / extract(epoch FROM m.rhythm))::bigint
    FROM (SELECT s.sensor_id, s.source, s.key, s.sensor_type, e.last_seen,
                 coalesce($1, pg_catalog.max(e.last_seen) OVER (PARTITION BY s.source)) AS at
            FROM sp.sensor s
            LEFT JOIN LATERAL (SELECT r.ts FROM sp.reading r
                                WHERE r.sensor_id = s.sensor_id AND r.ts < coalesce($1, pg_catalog.now())
                                ORDER BY r.ts DESC LIMIT 1) AS l ON true
           CROSS JOIN LATERAL (SELECT coalesce(l.ts, s.dropped_last) AS last_seen) AS e) AS s
   CROSS JOIN LATERAL (SELECT sp.rhythm_of(s.sensor_id, s.at) AS rhythm OFFSET 0) AS m
   WHERE s.last_seen < s.at AND s.at - s.last_seen > coalesce(10 * m.rhythm, pg_catalog.interval '24 hours')
   ORDER BY s.at - s.last_seen DESC, 1, 2
$$;
COMMENT ON FUNCTION sp.silent_sensors IS 'Sensors of which nothing was heard for more than ten times their rhythm before a time, the longest silent first; before the newest reading of their network unless a time is given. Of one without a rhythm for a day';

CREATE FUNCTION sp.readings_of_sensor(sensor_id integer, since timestamptz, until timestamptz)
RETURNS TABLE (day date, n bigint)
LANGUAGE sql STABLE
AS $$
  SELECT c.day, pg_catalog.max(c.n)::bigint
    FROM (SELECT pg_catalog.date_trunc('day', $2 + pg_catalog.interval '23:59:59.999999', 'UTC') AS first_whole,
                 pg_catalog.date_trunc('day', $3, 'UTC') AS after_whole) AS w
   CROSS JOIN LATERAL (
           SELECT p.day, pg_catalog.sum(p.n) AS n
             FROM (SELECT (m.window_start AT TIME ZONE 'UTC')::pg_catalog.date AS day, m.quantity_id, m.n::bigint AS n
                     FROM sp.metric m
                    WHERE m.sensor_id = $1 AND m.window_start >= w.first_whole AND m.window_start < w.after_whole
                   UNION ALL
                   SELECT u.day, u.quantity_id, u.n FROM sp.parts_of_sensor($1) u
                    WHERE u.day >= (w.first_whole AT TIME ZONE 'UTC')::pg_catalog.date
                      AND u.day < (w.after_whole AT TIME ZONE 'UTC')::pg_catalog.date) AS p
            GROUP BY p.day, p.quantity_id
           UNION ALL
           SELECT k.day, k.n
             FROM (VALUES ($2, least(w.first_whole, $3), true),
                          (w.first_whole, w.after_whole,
                           NOT EXISTS (SELECT FROM sp.metric m WHERE m.sensor_id = $1)),
                          (greatest(w.after_whole, least(w.first_whole, $3)), $3, true)) AS b(since, until, is_counted)
            CROSS JOIN LATERAL (
                    SELECT (r.ts AT TIME ZONE 'UTC')::pg_catalog.date AS day, pg_catalog.count(*) AS n
                      FROM sp.reading r
                     WHERE r.sensor_id = $1 AND r.ts >= b.since AND r.ts < b.until AND b.is_counted
                     GROUP BY 1) AS k) AS c
   GROUP BY c.day
$$;
COMMENT ON FUNCTION sp.readings_of_sensor IS 'Readings of a sensor on each day (UTC) that has any, from since (inclusive) until (exclusive): those of the metrics, as the quantity with most values has it; counted where it has no metrics, as one that tells texts only, and on a day that one of the times cuts, which has none any more in a dropped month';

CREATE FUNCTION sp.sensor_quality_between(since timestamptz, until timestamptz)
RETURNS TABLE (day date, source text, key text, rows_rejected bigint, readings bigint,
               rejected_percent numeric)
LANGUAGE sql STABLE
AS $$
  SELECT q.day, q.source::pg_catalog.text, q.key::pg_catalog.text, pg_catalog.sum(q.rows_rejected)::bigint,
         pg_catalog.sum(q.readings)::bigint,
         pg_catalog.round(100 * pg_catalog.sum(q.rows_rejected) / pg_catalog.sum(q.rows_rejected + q.readings), 3)
    FROM (SELECT r.day, coalesce(t.source, r.source, i.source) AS source, coalesce(t.key, r.sensor_key) AS key,
                 pg_catalog.count(DISTINCT r.digest) AS rows_rejected, 0::bigint AS readings
            FROM sp.rejection r
            LEFT JOIN sp.ingest i ON i.ingest_id = r.ingest_id
            LEFT JOIN sp.sensor s ON s.source = coalesce(r.source, i.source) AND s.key = r.sensor_key
            LEFT JOIN sp.sensor t ON t.sensor_id = s.same_as
           WHERE r.sensor_key IS NOT NULL AND r.day >= ($1 AT TIME ZONE 'UTC')::pg_catalog.date
             AND r.day <= (($2 - pg_catalog.interval '1 microsecond') AT TIME ZONE 'UTC')::pg_catalog.date
             AND (r.ts IS NULL OR r.ts >= $1 AND r.ts < $2)
           GROUP BY 1, 2, 3
          UNION ALL
          SELECT d.day, s.source, s.key, 0, d.n
            FROM sp.sensor s CROSS JOIN LATERAL sp.readings_of_sensor(s.sensor_id, $1, $2) AS d) AS q
   GROUP BY q.day, q.source, q.key
$$;
COMMENT ON FUNCTION sp.sensor_quality_between IS 'Rejected rows and readings of each sensor and day (UTC) with any of them, from since (inclusive) until (exclusive); a row without a time counts where its day has a part in that';

CREATE VIEW sp.sensor_quality AS
SELECT * FROM sp.sensor_quality_between('-infinity', 'infinity');
COMMENT ON VIEW sp.sensor_quality IS 'Rejected rows and readings of each sensor and day (UTC) with any of them; quick for one sensor: WHERE source = ... AND key = ...; of some days: sp.sensor_quality_between(since, until)';
COMMENT ON COLUMN sp.sensor_quality.day IS 'Day of the measurement (UTC), as in sp.rejection';
COMMENT ON COLUMN sp.sensor_quality.source IS 'The network';
COMMENT ON COLUMN sp.sensor_quality.key IS 'Its key of the sensor; of one that was merged that of the sensor it became';
COMMENT ON COLUMN sp.sensor_quality.rows_rejected IS 'Number of rejected rows; one that comes again, in the same bytes, counts once';
COMMENT ON COLUMN sp.sensor_quality.readings IS 'Readings that day (sp.readings_of_sensor)';
COMMENT ON COLUMN sp.sensor_quality.rejected_percent IS 'Rejected rows of both together [percent]';

-- Days to come are not expected.
CREATE FUNCTION sp.coverage_between(since timestamptz, until timestamptz)
RETURNS TABLE (source text, key text, day date, readings bigint, expected bigint, percent numeric)
LANGUAGE sql STABLE
AS $$
  SELECT s.source::pg_catalog.text, s.key::pg_catalog.text, d.day, d.readings, e.expected,
         pg_catalog.round(100.0 * d.readings / nullif(e.expected, 0), 2)
    FROM sp.sensor s
   CROSS JOIN LATERAL (
           SELECT sp.rhythm_of(s.sensor_id, $2) AS rhythm,
                  greatest($1, least(s.dropped_first, (SELECT r.ts FROM sp.reading r WHERE r.sensor_id = s.sensor_id
                                                        ORDER BY r.ts LIMIT 1))) AS since,
                  least($2, pg_catalog.now()) AS until
            WHERE s.dropped_first IS NOT NULL OR EXISTS (SELECT FROM sp.reading r WHERE r.sensor_id = s.sensor_id)
           OFFSET 0) AS m
   CROSS JOIN LATERAL (
           SELECT g.midnight, (g.midnight AT TIME ZONE 'UTC')::pg_catalog.date AS day, coalesce(c.n, 0) AS readings
             FROM pg_catalog.generate_series(pg_catalog.date_trunc('day', m.since, 'UTC'),
                                             m.until - pg_catalog.interval '1 microsecond',
                                             pg_catalog.interval '24 hours') AS g(midnight)
             LEFT JOIN sp.readings_of_sensor(s.sensor_id, $1, $2) AS c
               ON c.day = (g.midnight AT TIME ZONE 'UTC')::pg_catalog.date) AS d
   CROSS JOIN LATERAL (
           SELECT pg_catalog.round((extract(epoch FROM least(d.midnight + pg_catalog.interval '24 hours', m.until)
                                                        - greatest(d.midnight, m.since))
                                    / extract(epoch FROM m.rhythm))::numeric)::bigint AS expected) AS e
   WHERE m.since < $2
$$;
COMMENT ON FUNCTION sp.coverage_between IS 'Readings of each sensor and day (UTC) from since (inclusive) until (exclusive), days without any included, beside those that its rhythm would have in that time; from its first reading on';

CREATE VIEW sp.coverage AS
SELECT * FROM sp.coverage_between('-infinity', 'infinity');
COMMENT ON VIEW sp.coverage IS 'Coverage of each sensor and day until now; quick for one sensor: WHERE source = ... AND key = ...; of some days: sp.coverage_between(since, until)';
COMMENT ON COLUMN sp.coverage.source IS 'The network';
COMMENT ON COLUMN sp.coverage.key IS 'Its key of the sensor';
COMMENT ON COLUMN sp.coverage.day IS 'Day (UTC)';
COMMENT ON COLUMN sp.coverage.readings IS 'Readings there, as the quantity with most values has it';
COMMENT ON COLUMN sp.coverage.expected IS 'Readings that the sensor''s rhythm (sp.rhythm_of) has in the part of the day after its first one; null without a rhythm';
COMMENT ON COLUMN sp.coverage.percent IS 'Readings there of those expected [percent]; null where none was';

CREATE VIEW sp.lag AS
SELECT i.ingest_id, i.name, i.source, i.taken_at, i.committed_at, i.committed_at - i.taken_at AS waited,
       i.committed_at - i.last_ts AS of_newest, i.committed_at - i.first_ts AS of_oldest
  FROM sp.ingest i
 WHERE i.last_ts IS NOT NULL;
COMMENT ON VIEW sp.lag IS 'How late readings arrive: from the measurement until they can be asked for, of each file''s newest and oldest';
COMMENT ON COLUMN sp.lag.ingest_id IS 'The load (sp.ingest)';
COMMENT ON COLUMN sp.lag.name IS 'The file';
COMMENT ON COLUMN sp.lag.source IS 'The network; null where it holds data of several';
COMMENT ON COLUMN sp.lag.taken_at IS 'When sp-watch took the file from its folder';
COMMENT ON COLUMN sp.lag.committed_at IS 'When its readings could be asked for';
COMMENT ON COLUMN sp.lag.waited IS 'From taken to loaded';
COMMENT ON COLUMN sp.lag.of_newest IS 'Arrival minus measurement of its newest reading';
COMMENT ON COLUMN sp.lag.of_oldest IS 'Arrival minus measurement of its oldest reading';

CREATE VIEW sp.file AS
WITH loaded AS (
  -- Its row in the ledger. A file that was written to after it was taken has a later time there.
  SELECT DISTINCT ON (o.name, o.taken_at, o.folder) o.name, o.taken_at, o.folder, o.host, o.tries, i.ingest_id
    FROM sp.outcome o
    JOIN sp.ingest i ON i.name = o.name AND i.taken_at >= o.taken_at
     AND (i.taken_at <= CASE o.status WHEN 'loaded' THEN o.noted_at ELSE o.taken_at END
          OR i.digest = o.digest)  -- it was given back, which sets that time anew, and its end is not brought yet
   WHERE o.status IN ('waiting', 'loaded')
   ORDER BY 1, 2, 3, i.taken_at
), tried AS (
  SELECT ingest_id, max(tries) AS tries, min(taken_at) AS taken_at, max(folder) AS folder, max(host) AS host
    FROM loaded GROUP BY 1
)
SELECT i.name, i.size_bytes, i.digest, i.ingest_id,
       CASE WHEN i.rows_rejected > 0 THEN 'loaded in part' ELSE 'loaded' END AS status,
       NULL::text AS reason, NULL::text AS tool, greatest(t.tries, 1) AS tries,
       coalesce(t.taken_at, i.taken_at) AS taken_at, i.started_at, i.committed_at AS ended_at,
       i.schema_digest, t.folder, t.host
  FROM sp.ingest i
  LEFT JOIN tried t ON t.ingest_id = i.ingest_id
UNION ALL
SELECT o.name, o.size_bytes, o.digest, i.ingest_id, o.status, o.reason, o.tool, o.tries, o.taken_at,
       o.started_at, o.noted_at, o.schema_digest, o.folder, o.host
  FROM sp.outcome o
  LEFT JOIN sp.ingest i ON i.digest = o.digest
 WHERE NOT EXISTS (SELECT FROM loaded l
                    WHERE (l.name, l.taken_at, l.folder) = (o.name, o.taken_at, o.folder));
COMMENT ON VIEW sp.file IS 'Every file that was ever taken, whatever became of it, one row each';
COMMENT ON COLUMN sp.file.status IS 'loaded; loaded in part: some rows were rejected; known: its bytes were loaded before; waiting: will be tried again; refused: wrong data; failed: given up; vanished: somebody took it away';
COMMENT ON COLUMN sp.file.folder IS 'The watched folder; null where it was loaded at the first try';
COMMENT ON COLUMN sp.file.host IS 'The machine of sp-watch; null as folder';
COMMENT ON COLUMN sp.file.ingest_id IS 'The load that holds its bytes (sp.ingest)';
COMMENT ON COLUMN sp.file.ended_at IS 'Commit of its load, or when the journal noted the last try';

-- Serves sp.file.
CREATE INDEX outcome_digest ON sp.outcome (digest);
COMMENT ON INDEX sp.outcome_digest IS 'What became of a file: WHERE digest = ...';

CREATE FUNCTION sp.metric_errors(since timestamptz DEFAULT '-infinity',
                                 until timestamptz DEFAULT 'infinity')
RETURNS TABLE (source text, key text, ingest_id integer, window_start timestamptz, quantity text,
               wrong text)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
AS $$
DECLARE
  statistics record := sp.statistics_of('r');
BEGIN
  RETURN QUERY EXECUTE format($q$
    WITH truth AS (
      SELECT w.sensor_id, w.ingest_id, w.window_start, w.window_hours, q.*
        FROM (SELECT r.sensor_id, r.ingest_id, sp.window_of(i.window_hours, r.ts) AS window_start,
                     i.window_hours, %s
                FROM sp.reading r LEFT JOIN sp.ingest i ON i.ingest_id = r.ingest_id
               WHERE (i.window_hours IS NOT NULL OR i.ingest_id IS NULL) AND r.ts >= $1 AND r.ts < $2
               GROUP BY 1, 2, 3, 4) AS w
       CROSS JOIN LATERAL (%s) AS q
    ), compared AS (
      SELECT coalesce(m.sensor_id, t.sensor_id) AS sensor_id, coalesce(m.ingest_id, t.ingest_id) AS ingest_id,
             coalesce(m.window_start, t.window_start) AS window_start,
             coalesce(m.quantity_id, t.quantity_id) AS quantity_id,
             CASE WHEN t.n IS NULL THEN 'no readings' WHEN m.n IS NULL THEN 'no metric'
                  WHEN m.window_hours <> t.window_hours THEN 'window_hours' WHEN m.n <> t.n THEN 'n'
                  WHEN m.min <> t.min THEN 'min' WHEN m.max <> t.max THEN 'max'
                  WHEN abs(m.mean) <= 1e140
                   AND abs(m.mean - t.mean) > 1e-12 * greatest(abs(t.min), abs(t.max)) THEN 'mean'
                  WHEN abs(m.mean) <= 1e140 AND m.m2 < 1e280 AND t.m2 < 1e280
                   AND abs(m.m2 - t.m2)
                       > 1e-9 * t.m2 + t.n * (1e-12 * greatest(abs(t.min), abs(t.max))) ^ 2
                         + 1e-12 * greatest(abs(t.min), abs(t.max)) * sqrt(t.n * t.m2) THEN 'm2'
                  WHEN (m.sum_sin IS NULL) <> (t.sum_sin IS NULL)
                    OR (m.sum_cos IS NULL) <> (t.sum_cos IS NULL)
                    OR abs(m.sum_sin - t.sum_sin) + abs(m.sum_cos - t.sum_cos) > 1e-9 * t.n
                  THEN 'sum_sin, sum_cos' END AS wrong
        FROM truth t
        FULL JOIN (SELECT * FROM sp.metric
                    WHERE window_start >= sp.kept_since() AND window_start >= $1 AND window_start < $2) m
          ON m.sensor_id = t.sensor_id AND m.ingest_id = t.ingest_id
         AND m.window_start = t.window_start AND m.quantity_id = t.quantity_id
    )
    SELECT s.source::text, s.key::text, c.ingest_id, c.window_start, q.name::text, c.wrong
      FROM compared c
      LEFT JOIN sp.sensor s ON s.sensor_id = c.sensor_id
      LEFT JOIN sp.quantity q ON q.quantity_id = c.quantity_id
     WHERE c.wrong IS NOT NULL
    UNION ALL
    SELECT s.source::text, s.key::text, r.ingest_id, r.ts, NULL, 'expired reading'
      FROM sp.reading r LEFT JOIN sp.sensor s ON s.sensor_id = r.sensor_id
     WHERE r.ts < sp.kept_since() AND r.ts >= $1 AND r.ts < $2$q$,
    statistics.aggregates, statistics.results)
    USING since, until;
END
$$;
COMMENT ON FUNCTION sp.metric_errors IS 'The proof: metrics that are not those of their readings, between days; empty, always';

-- What an analyst asks for.
--
-- Statistics are merged from sp.metric, never averaged: with N = sum(n) and MEAN = sum(n mean) / N,
-- M2 = sum(m2 + n (mean - MEAN)^2) (Chan, Golub, LeVeque). All terms are positive and the deviations
-- are taken from the common mean, so that nothing cancels; any cut of a file into parts gives the same.

CREATE VIEW sp.sensor_statistics AS
WITH one_window AS (
  -- A load may have brought metrics for several window lengths: each covers all its rows, take one.
  SELECT *, min("window") OVER (PARTITION BY sensor_id, quantity, unit, ingest_id) AS only_window
    FROM sp.metric
), deviation AS (
  SELECT *, sum(n * mean) OVER same / sum(n) OVER same AS common_mean
    FROM one_window
   WHERE "window" = only_window
  WINDOW same AS (PARTITION BY sensor_id, quantity, unit)
)
SELECT sensor_id, quantity, unit,
       sum(n)::bigint AS n,
       min(min) AS min,
       max(max) AS max,
       min(common_mean) AS mean,
       CASE WHEN sum(n) > 1
            THEN sqrt(sum(m2 + n * (mean - common_mean) ^ 2) / (sum(n) - 1)::double precision)
       END AS stddev,
       min(first_seen) AS first_seen,
       max(last_seen) AS last_seen,
       count(DISTINCT ingest_id) AS files
  FROM deviation
 GROUP BY sensor_id, quantity, unit;
COMMENT ON VIEW sp.sensor_statistics IS 'Exact statistics of each sensor and quantity over all loaded files';
COMMENT ON COLUMN sp.sensor_statistics.sensor_id IS 'The sensor (sp.sensor)';
COMMENT ON COLUMN sp.sensor_statistics.quantity IS 'Column of sp.reading';
COMMENT ON COLUMN sp.sensor_statistics.unit IS 'Unit of min, max, mean and stddev';
COMMENT ON COLUMN sp.sensor_statistics.n IS 'Number of values';
COMMENT ON COLUMN sp.sensor_statistics.min IS 'Least value [unit]';
COMMENT ON COLUMN sp.sensor_statistics.max IS 'Greatest value [unit]';
COMMENT ON COLUMN sp.sensor_statistics.mean IS 'Mean [unit]';
COMMENT ON COLUMN sp.sensor_statistics.stddev IS 'Sample standard deviation, of n - 1; null for n = 1 [unit]';
COMMENT ON COLUMN sp.sensor_statistics.first_seen IS 'Earliest reading';
COMMENT ON COLUMN sp.sensor_statistics.last_seen IS 'Latest reading';
COMMENT ON COLUMN sp.sensor_statistics.files IS 'Number of loads that brought values';

CREATE VIEW sp.daily AS
WITH deviation AS (
  SELECT *, sum(n * mean) OVER same / sum(n) OVER same AS common_mean
    FROM sp.metric
   WHERE "window" = '1d'
  WINDOW same AS (PARTITION BY sensor_id, quantity, unit, window_start)
)
SELECT sensor_id, quantity, unit,
       window_start AS day,
       sum(n)::bigint AS n,
       min(min) AS min,
       max(max) AS max,
       min(common_mean) AS mean,
       CASE WHEN sum(n) > 1
            THEN sqrt(sum(m2 + n * (mean - common_mean) ^ 2) / (sum(n) - 1)::double precision)
       END AS stddev
  FROM deviation
 GROUP BY sensor_id, quantity, unit, window_start;
COMMENT ON VIEW sp.daily IS 'Daily series of each sensor and quantity, days in UTC, from metrics with window 1d';
COMMENT ON COLUMN sp.daily.sensor_id IS 'The sensor (sp.sensor)';
COMMENT ON COLUMN sp.daily.quantity IS 'Column of sp.reading';
COMMENT ON COLUMN sp.daily.unit IS 'Unit of min, max, mean and stddev';
COMMENT ON COLUMN sp.daily.day IS 'Start of the day';
COMMENT ON COLUMN sp.daily.n IS 'Number of values';
COMMENT ON COLUMN sp.daily.min IS 'Least value [unit]';
COMMENT ON COLUMN sp.daily.max IS 'Greatest value [unit]';
COMMENT ON COLUMN sp.daily.mean IS 'Mean [unit]';
COMMENT ON COLUMN sp.daily.stddev IS 'Sample standard deviation, of n - 1; null for n = 1 [unit]';

-- Inlined by the planner (a plain SQL function that is STABLE and sets nothing), so that the two times
-- prune partitions and pick the index.
CREATE FUNCTION sp.hourly_between(since timestamptz, until timestamptz)
RETURNS TABLE (sensor_id bigint, quantity text, hour timestamptz, n bigint, min double precision,
               max double precision, mean double precision, stddev double precision)
LANGUAGE sql STABLE
AS $$
  SELECT r.sensor_id, q.quantity, pg_catalog.date_trunc('hour', r.ts, 'UTC'),
         pg_catalog.count(*), pg_catalog.min(q.value), pg_catalog.max(q.value),
         pg_catalog.avg(q.value), pg_catalog.stddev_samp(q.value)
    FROM sp.reading r
   CROSS JOIN LATERAL (VALUES ('pressure', r.pressure), ('temperature', r.temperature),
                              ('humidity', r.humidity), ('pm10', r.pm10), ('pm2_5', r.pm2_5))
           AS q(quantity, value)
   WHERE r.ts >= since AND r.ts < until AND q.value IS NOT NULL
   GROUP BY 1, 2, 3
$$;
COMMENT ON FUNCTION sp.hourly_between IS 'Hourly series of every sensor and quantity from since (inclusive) until (exclusive), hours in UTC, units as in sp.reading';

CREATE VIEW sp.hourly AS
SELECT * FROM sp.hourly_between('-infinity', 'infinity');
COMMENT ON VIEW sp.hourly IS 'Hourly series of each sensor and quantity, hours in UTC, from all readings; sp.hourly_between(since, until) reads only the months it needs';
COMMENT ON COLUMN sp.hourly.sensor_id IS 'The sensor (sp.sensor)';
COMMENT ON COLUMN sp.hourly.quantity IS 'Column of sp.reading, in its unit';
COMMENT ON COLUMN sp.hourly.hour IS 'Start of the hour';
COMMENT ON COLUMN sp.hourly.n IS 'Number of values';
COMMENT ON COLUMN sp.hourly.min IS 'Least value';
COMMENT ON COLUMN sp.hourly.max IS 'Greatest value';
COMMENT ON COLUMN sp.hourly.mean IS 'Mean';
COMMENT ON COLUMN sp.hourly.stddev IS 'Sample standard deviation, of n - 1; null for n = 1';

-- One descent of the primary key's index per sensor, newest partition first.
CREATE VIEW sp.latest_reading AS
SELECT r.*
  FROM sp.sensor s
 CROSS JOIN LATERAL (SELECT * FROM sp.reading
                      WHERE sensor_id = s.sensor_id ORDER BY ts DESC LIMIT 1) r;
COMMENT ON VIEW sp.latest_reading IS 'The latest reading of each sensor; columns as in sp.reading';

CREATE VIEW sp.rejects_by_reason AS
SELECT field, code, "constraint",
       count(*) AS violations,
       count(DISTINCT (ingest_id, "row")) AS rows,
       count(DISTINCT ingest_id) AS files
  FROM sp.rejection
 GROUP BY field, code, "constraint";
COMMENT ON VIEW sp.rejects_by_reason IS 'How often rows failed in each way, over all files';
COMMENT ON COLUMN sp.rejects_by_reason.field IS 'Column of the files';
COMMENT ON COLUMN sp.rejects_by_reason.code IS 'Kind of error';
COMMENT ON COLUMN sp.rejects_by_reason."constraint" IS 'The constraint that failed';
COMMENT ON COLUMN sp.rejects_by_reason.violations IS 'Number of violations';
COMMENT ON COLUMN sp.rejects_by_reason.rows IS 'Number of rows with at least one';
COMMENT ON COLUMN sp.rejects_by_reason.files IS 'Number of files with at least one';

CREATE VIEW sp.file_quality AS
SELECT i.ingest_id, i.name, i.source, i.rows_read, i.rows_valid, i.rows_rejected,
       round(100.0 * i.rows_rejected / nullif(i.rows_read, 0), 3) AS rejected_percent,
       coalesce(r.violations, 0) AS violations,
       i.rows_loaded, i.rows_duplicate, i.first_ts, i.last_ts, i.committed_at
  FROM sp.ingest i
  LEFT JOIN LATERAL (SELECT count(*) AS violations FROM sp.rejection
                      WHERE ingest_id = i.ingest_id) r ON true;
COMMENT ON VIEW sp.file_quality IS 'Data quality of each file';
COMMENT ON COLUMN sp.file_quality.rejected_percent IS 'Rejected rows of those read [percent]';
COMMENT ON COLUMN sp.file_quality.violations IS 'Number of violations; a rejected row has one or more';

CREATE VIEW sp.data_quality AS
WITH per_sensor AS (
  -- The quantity with most values tells how many readings a sensor had that day.
  SELECT ingest_id, sensor_id, date_trunc('day', window_start, 'UTC') AS day, quantity, sum(n) AS n
    FROM sp.metric m
   WHERE "window" = '1d'
   GROUP BY 1, 2, 3, 4
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
COMMENT ON VIEW sp.data_quality IS 'Data quality per file and day of the data (UTC), from metrics with window 1d';
COMMENT ON COLUMN sp.data_quality.ingest_id IS 'The load (sp.ingest)';
COMMENT ON COLUMN sp.data_quality.name IS 'The file';
COMMENT ON COLUMN sp.data_quality.day IS 'Start of the day';
COMMENT ON COLUMN sp.data_quality.sensors IS 'Sensors with valid readings that day';
COMMENT ON COLUMN sp.data_quality.readings IS 'Valid readings that day';
COMMENT ON COLUMN sp.data_quality.missing_values IS 'Values that are missing in them, where the sensor gave some that day';
COMMENT ON COLUMN sp.data_quality.rows_read IS 'Data rows of the whole file';
COMMENT ON COLUMN sp.data_quality.rows_rejected IS 'Rejected rows of the whole file (a rejected row may have no usable time)';
COMMENT ON COLUMN sp.data_quality.rejected_percent IS 'Rejected rows of those read in the whole file [percent]';

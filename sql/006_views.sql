-- Views that one wild value cannot break for everybody, and that know columns which are added to
-- sp.reading later.
--
-- An operation on double precision that overflows, or is too small to be told from zero, is an error
-- in SQL and ends the whole query. What is beyond 1e280 counts as infinite in a mean, and so does the
-- square of what is beyond 1e140; what is below 1e-280, or the square of what is below 1e-140, as zero.

CREATE OR REPLACE VIEW sp.sensor_statistics AS
WITH one_window AS (
  -- A load may have brought metrics for several window lengths: each covers all its rows, take one.
  SELECT *, min("window") OVER (PARTITION BY sensor_id, quantity, unit, ingest_id) AS only_window,
         CASE WHEN abs(mean) > 1e280 THEN mean * 'Infinity' WHEN abs(mean) < 1e-280 THEN 0 ELSE mean
         END AS safe_mean,
         CASE WHEN m2 > 1e280 THEN m2 * 'Infinity' WHEN m2 < 1e-280 THEN 0 ELSE m2 END AS safe_m2
    FROM sp.metric
), common AS (
  SELECT *, sum(n * safe_mean) OVER same / sum(n) OVER same AS common_mean
    FROM one_window
   WHERE "window" = only_window
  WINDOW same AS (PARTITION BY sensor_id, quantity, unit)
), deviation AS (
  SELECT *, abs(safe_mean - common_mean) AS apart FROM common
)
SELECT sensor_id, quantity, unit,
       sum(n)::bigint AS n,
       min(min) AS min,
       max(max) AS max,
       min(common_mean) AS mean,
       CASE WHEN sum(n) > 1
            THEN sqrt(sum(safe_m2 + n * CASE WHEN apart > 1e140 THEN apart * 'Infinity'
                                             WHEN apart < 1e-140 THEN 0 ELSE apart ^ 2 END)
                      / (sum(n) - 1)::double precision)
       END AS stddev,
       min(first_seen) AS first_seen,
       max(last_seen) AS last_seen,
       count(DISTINCT ingest_id) AS files
  FROM deviation
 GROUP BY sensor_id, quantity, unit;

CREATE OR REPLACE VIEW sp.daily AS
WITH safe AS (
  SELECT *,
         CASE WHEN abs(mean) > 1e280 THEN mean * 'Infinity' WHEN abs(mean) < 1e-280 THEN 0 ELSE mean
         END AS safe_mean,
         CASE WHEN m2 > 1e280 THEN m2 * 'Infinity' WHEN m2 < 1e-280 THEN 0 ELSE m2 END AS safe_m2
    FROM sp.metric
   WHERE "window" = '1d'
), common AS (
  SELECT *, sum(n * safe_mean) OVER same / sum(n) OVER same AS common_mean
    FROM safe
  WINDOW same AS (PARTITION BY sensor_id, quantity, unit, window_start)
), deviation AS (
  SELECT *, abs(safe_mean - common_mean) AS apart FROM common
)
SELECT sensor_id, quantity, unit,
       window_start AS day,
       sum(n)::bigint AS n,
       min(min) AS min,
       max(max) AS max,
       min(common_mean) AS mean,
       CASE WHEN sum(n) > 1
            THEN sqrt(sum(safe_m2 + n * CASE WHEN apart > 1e140 THEN apart * 'Infinity'
                                             WHEN apart < 1e-140 THEN 0 ELSE apart ^ 2 END)
                      / (sum(n) - 1)::double precision)
       END AS stddev
  FROM deviation
 GROUP BY sensor_id, quantity, unit, window_start;

-- The columns of sp.reading are written out in the function, and a view's are fixed when it is made:
-- sp-load --init calls this each time, so that columns which were added since are seen.
CREATE FUNCTION sp.refresh_views() RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $refresh$
DECLARE
  quantities text;
  body text;
BEGIN
  SELECT string_agg(format('(%L, r.%I::double precision)', attname, attname), ', ' ORDER BY attnum)
    INTO quantities
    FROM pg_attribute
   WHERE attrelid = 'sp.reading'::regclass AND attnum > 0 AND NOT attisdropped
     AND atttypid IN ('float8'::regtype, 'float4'::regtype, 'numeric'::regtype,
                      'int8'::regtype, 'int4'::regtype, 'int2'::regtype)
     AND attname NOT IN ('sensor_id', 'location_id', 'ingest_id');
  -- Inlined by the planner (a plain SQL function that is STABLE and sets nothing), so that the two
  -- times prune partitions and pick the index.
  body := format($body$
  SELECT r.sensor_id, q.quantity, pg_catalog.date_trunc('hour', r.ts, 'UTC'),
         pg_catalog.count(*), pg_catalog.min(q.value), pg_catalog.max(q.value),
         CASE WHEN pg_catalog.max(pg_catalog.abs(q.value)) > 1e140
              THEN pg_catalog.sum(CASE WHEN pg_catalog.abs(q.value) > 1e280
                                       THEN q.value * 'Infinity' ELSE q.value END)
                   / pg_catalog.count(*)
              ELSE pg_catalog.avg(CASE WHEN pg_catalog.abs(q.value) <= 1e140 THEN q.value END)
         END,
         CASE WHEN pg_catalog.count(*) > 1 AND pg_catalog.max(pg_catalog.abs(q.value)) > 1e140
              THEN pg_catalog.max(pg_catalog.abs(q.value)) * 'Infinity'
              ELSE pg_catalog.stddev_samp(CASE WHEN pg_catalog.abs(q.value) <= 1e140 THEN q.value END)
         END
    FROM sp.reading r
   CROSS JOIN LATERAL (VALUES %s) AS q(quantity, value)
   WHERE r.ts >= since AND r.ts < until AND q.value IS NOT NULL
   GROUP BY 1, 2, 3
$body$, quantities);
  IF body IS DISTINCT FROM
     (SELECT prosrc FROM pg_proc
       WHERE oid = to_regprocedure('sp.hourly_between(timestamptz, timestamptz)')) THEN
    EXECUTE format(
      'CREATE OR REPLACE FUNCTION sp.hourly_between(since timestamptz, until timestamptz)'
      ' RETURNS TABLE (sensor_id bigint, quantity text, hour timestamptz, n bigint,'
      ' min double precision, max double precision, mean double precision, stddev double precision)'
      ' LANGUAGE sql STABLE AS %L', body);
  END IF;
  -- Only where there is something new: it would wait for whoever reads the view.
  IF (SELECT count(*) FROM pg_attribute WHERE attrelid = 'sp.reading'::regclass AND attnum > 0
         AND NOT attisdropped) >
     (SELECT count(*) FROM pg_attribute WHERE attrelid = to_regclass('sp.latest_reading')
         AND attnum > 0) THEN
    CREATE OR REPLACE VIEW sp.latest_reading AS
    SELECT r.*
      FROM sp.sensor s
     CROSS JOIN LATERAL (SELECT * FROM sp.reading
                          WHERE sensor_id = s.sensor_id ORDER BY ts DESC LIMIT 1) r;
  END IF;
END
$refresh$;
COMMENT ON FUNCTION sp.refresh_views IS 'Brings sp.hourly, sp.hourly_between and sp.latest_reading up to date with the columns of sp.reading';
REVOKE EXECUTE ON FUNCTION sp.refresh_views FROM PUBLIC;

SELECT sp.refresh_views();
COMMENT ON VIEW sp.hourly IS 'Hourly series of each sensor and quantity, hours in UTC, from all readings and all columns of numbers that sp.reading had when sp-load --init ran last; sp.hourly_between(since, until) reads only the months it needs';

-- What the page shows, as files in the current folder: NAME.html are tables, NAME.tsv what charts.gp draws.
-- Variables: since and until, the words of the flags or empty. One snapshot, and nothing is written.
\set ON_ERROR_STOP on
\set QUIET on
SET TimeZone = 'UTC';
SET IntervalStyle = 'postgres';
SET jit = off;
BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY;

\set span '^\\s*[0-9.]+\\s*[a-z]+\\s*$'

-- An archive has nothing of the last days: its page ends with the day of its newest reading.
SELECT coalesce(nullif(:'until', '')::timestamptz,
                CASE WHEN newest < now() - interval '30 days' THEN date_trunc('day', newest) + interval '24 hours' END,
                now()) AS until
  FROM (SELECT max(ts) AS newest FROM sp.latest_reading) AS l
\gset
SELECT coalesce(:'until'::timestamptz - substring(:'since' FROM :'span')::interval,
                nullif(regexp_replace(:'since', :'span', ''), '')::timestamptz,
                date_trunc('day', :'until'::timestamptz - interval '30 days')) AS since
\gset
SELECT :'since'::timestamptz < :'until'::timestamptz AS is_period \gset
\if :is_period
\else
  \warn sp-report: the page would end at :until, before it begins at :since
  \quit
\endif
-- What was rejected of the page's time; a row without a time counts by its day.
\set rejections 'sp.rejection r JOIN sp.ingest i ON i.ingest_id = r.ingest_id AND r.day >= :\'since\'::timestamptz::date AND r.day < :\'until\'::timestamptz AND (r.ts IS NULL OR r.ts >= :\'since\' AND r.ts < :\'until\')'
-- A label of a chart: in one line, and without what its file would take for its own.
\set label 'regexp_replace(left(label, 30), \'[[:cntrl:]"\\\\]\', \'·\', \'g\')'
\pset footer off
\pset null '–'
\pset numericlocale off

\pset tuples_only off
\pset format html
\pset tableattr 'class="facts"'
\pset expanded off
\o period.html
SELECT to_char(:'since'::timestamptz, 'YYYY-MM-DD HH24:MI') AS "from (UTC)",
       to_char(:'until'::timestamptz, 'YYYY-MM-DD HH24:MI') AS "until (UTC)",
       count(*) AS files, coalesce(sum(i.rows_read), 0) AS "rows read",
       coalesce(sum(i.rows_rejected), 0) AS "rows rejected",
       coalesce(round(100.0 * sum(i.rows_rejected) / nullif(sum(i.rows_read), 0), 2) || ' %', '–') AS "rejected share",
       (SELECT to_char(max(ts), 'YYYY-MM-DD HH24:MI') FROM sp.latest_reading) AS "last reading (UTC)",
       (SELECT to_char(max(committed_at), 'YYYY-MM-DD HH24:MI') FROM sp.ingest) AS "last load (UTC)"
  FROM sp.ingest i
 WHERE coalesce(i.last_ts, i.committed_at) >= :'since' AND coalesce(i.first_ts, i.committed_at) < :'until';

\pset tableattr
\o refused.html
SELECT f.name AS file, f.status, f.reason, f.tool, f.tries,
       to_char(f.ended_at, 'YYYY-MM-DD HH24:MI') AS "last try (UTC)"
  FROM sp.file f
 WHERE f.status IN ('waiting', 'refused', 'failed') AND f.ended_at >= :'since'
 ORDER BY f.ended_at DESC LIMIT 30;
\o worst.html
SELECT q.source, q.key AS sensor, sum(q.rows_rejected) AS "rows rejected", sum(q.readings) AS readings,
       round(100.0 * sum(q.rows_rejected) / sum(q.rows_rejected + q.readings), 2) AS "rejected [%]",
       count(*) FILTER (WHERE q.rows_rejected > 0) AS "days with rejects"
  FROM sp.sensor_quality_between(:'since', :'until') q
 GROUP BY 1, 2 HAVING sum(q.rows_rejected) > 0 ORDER BY 3 DESC, 1, 2 LIMIT 15;
\o silent.html
SELECT s.source, s.key AS sensor, s.sensor_type AS type, to_char(s.last_seen, 'YYYY-MM-DD HH24:MI') AS "last reading (UTC)",
       round(extract(epoch FROM s.silent_for)::numeric / 3600, 1) AS "silent for [h]",
       round(extract(epoch FROM s.rhythm)::numeric / 60, 1) AS "measures every [min]",
       s.missed AS "readings missed"
  FROM sp.silent_sensors(:'until') s WHERE s.last_seen >= :'since' ORDER BY s.last_seen, 1, 2 LIMIT 30;
\o reasons.html
SELECT coalesce(r.source, i.source) AS source, r.field, r.code AS error, r."constraint",
       count(DISTINCT (r.day, r.digest)) AS rows
  FROM :rejections
 GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC, 1, 2, 3, 4 LIMIT 12;

\pset format unaligned
\pset fieldsep '\t'
\pset tuples_only on
\pset null ''
\o period.tsv
SELECT extract(epoch FROM :'since'::timestamptz)::bigint, extract(epoch FROM :'until'::timestamptz)::bigint;

-- Sensor, day, percent of the readings that its rhythm has; 100 where none was due.
\o coverage.tsv
WITH covered AS (
  SELECT source, key, day, readings,
         CASE WHEN readings > 0 OR expected > 0 THEN least(coalesce(percent, 100), 100) END AS percent
    FROM sp.coverage_between(:'since', :'until')
), sensors AS (
  SELECT source, key, row_number() OVER (ORDER BY avg(percent) NULLS LAST, source, key) AS worst,
         CASE WHEN count(*) OVER (PARTITION BY source) = count(*) OVER () THEN key ELSE key || ' ' || source END AS label
    FROM covered GROUP BY source, key
)
SELECT row_number, extract(epoch FROM day)::bigint, percent, :label
  FROM covered JOIN (SELECT *, row_number() OVER (ORDER BY source, length(key), key)
                       FROM sensors WHERE worst <= 60) AS s USING (source, key)
 ORDER BY 1, 2;
\o sensors.tsv
SELECT count(*) FROM sp.sensor_seen WHERE first_seen < :'until';

\o rows.tsv
SELECT extract(epoch FROM g.day)::bigint, coalesce(l.rows, 0), coalesce(r.rows, 0)
  FROM generate_series(date_trunc('day', :'since'::timestamptz), :'until'::timestamptz - interval '1 microsecond',
                       interval '24 hours') AS g(day)
  LEFT JOIN (SELECT day, sum(readings) AS rows FROM sp.coverage_between(:'since', :'until') GROUP BY 1) l ON l.day = g.day::date
  LEFT JOIN (SELECT r.day, count(DISTINCT (coalesce(r.source, i.source), r.digest)) AS rows FROM :rejections GROUP BY 1) r
    ON r.day = g.day::date
 ORDER BY 1;

\o reasons.tsv
WITH daily AS (
  SELECT r.day, concat_ws(' ', r.field, coalesce(r."constraint", r.code)) AS label,
         count(DISTINCT (coalesce(r.source, i.source), r.digest)) AS rows
    FROM :rejections GROUP BY 1, 2
), reasons AS (
  SELECT label, row_number() OVER (ORDER BY sum(rows) DESC, label) AS place FROM daily GROUP BY label
)
SELECT r.place, extract(epoch FROM d.day)::bigint, d.rows, :label
  FROM daily d JOIN reasons r USING (label) WHERE r.place <= 12 ORDER BY 1, 2;

-- How the means of the sensors are spread, each hour of a few days or each day; there is no median on a circle.
\o values.tsv
SELECT :'until'::timestamptz - :'since'::timestamptz <= interval '4 days' AS is_short \gset
\if :is_short
  \set means 'sp.hourly_between(:\'since\', :\'until\') AS m(source, key, quantity, unit, at, n, min, max, mean, stddev)'
  \set step 3600
\else
  \set means 'sp.daily_between(:\'since\'::timestamptz::date, (:\'until\'::timestamptz - interval \'1 microsecond\')::date + 1) AS m(source, key, quantity, unit, at, n, min, max, mean, stddev)'
  \set step 86400
\endif
SELECT q.quantity_id, extract(epoch FROM s.at)::bigint + :step / 2, s.p[1], s.p[2], s.p[3]
  FROM (SELECT quantity, at, percentile_cont(ARRAY[0.1, 0.5, 0.9]) WITHIN GROUP (ORDER BY mean) AS p
          FROM :means WHERE at >= date_trunc('day', :'since'::timestamptz) AND at < :'until' GROUP BY 1, 2) AS s
  JOIN sp.quantity q ON q.name = s.quantity AND q.circle IS NULL
 WHERE s.p[1] > '-Infinity' AND s.p[3] < 'Infinity'
 ORDER BY 1, 2;

\o lag.tsv
SELECT extract(epoch FROM date_trunc('day', committed_at - of_newest))::bigint + 43200, min(s), percentile_cont(0.5) WITHIN GROUP (ORDER BY s), max(s)
  FROM sp.lag CROSS JOIN LATERAL (SELECT greatest(1, extract(epoch FROM of_newest))) AS l(s)
 WHERE committed_at - of_newest >= :'since' AND committed_at - of_newest < :'until'
 GROUP BY 1 ORDER BY 1;
\o quantities.tsv
SELECT quantity_id, regexp_replace(left(name, 60), '[[:cntrl:]]', '·', 'g'),
       regexp_replace(left(coalesce(unit, ''), 30), '[[:cntrl:]]', '·', 'g'), circle IS NOT NULL
  FROM sp.quantity WHERE kind = 'number' ORDER BY name;
\o
COMMIT;

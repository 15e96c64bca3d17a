-- The tables: one ledger, two dimensions, the readings, what is computed from them, what was refused.
-- Times are timestamptz (stored as UTC); measures are double precision, which holds every decimal
-- text of up to 15 digits without loss.

CREATE TABLE sp.ingest (
  ingest_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- The key of the ledger: serves "was this file loaded before?", and makes a second loader of the
  -- same file wait for the first one's commit.
  sha256 text NOT NULL UNIQUE CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  name text NOT NULL,
  size_bytes bigint NOT NULL CHECK (size_bytes >= 0),
  source text,
  schema_sha256 text CHECK (schema_sha256 ~ '^[0-9a-f]{64}$'),
  tool_version text NOT NULL,
  rows_read bigint NOT NULL DEFAULT 0 CHECK (rows_read >= 0),
  rows_valid bigint NOT NULL DEFAULT 0 CHECK (rows_valid >= 0),
  rows_rejected bigint NOT NULL DEFAULT 0 CHECK (rows_rejected >= 0),
  rows_loaded bigint NOT NULL DEFAULT 0 CHECK (rows_loaded >= 0),
  rows_duplicate bigint NOT NULL DEFAULT 0 CHECK (rows_duplicate >= 0),
  first_ts timestamptz,
  last_ts timestamptz,
  started_at timestamptz NOT NULL DEFAULT now(),
  committed_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT ingest_read_adds_up CHECK (rows_read = rows_valid + rows_rejected),
  CONSTRAINT ingest_valid_adds_up CHECK (rows_valid = rows_loaded + rows_duplicate),
  CONSTRAINT ingest_ts_in_order CHECK (first_ts <= last_ts),
  CONSTRAINT ingest_times_in_order CHECK (started_at <= committed_at)
);
COMMENT ON TABLE sp.ingest IS 'Ledger: one row per loaded file, written in the transaction that loads its rows';
COMMENT ON COLUMN sp.ingest.ingest_id IS 'Number of the load; gaps are loads that were rolled back';
COMMENT ON COLUMN sp.ingest.sha256 IS 'SHA-256 of the file''s bytes, hexadecimal: the same bytes are never loaded twice';
COMMENT ON COLUMN sp.ingest.name IS 'Base name under which the file was loaded';
COMMENT ON COLUMN sp.ingest.size_bytes IS 'Size of the file [bytes]';
COMMENT ON COLUMN sp.ingest.source IS 'Who published the data, where the rows say it (column source)';
COMMENT ON COLUMN sp.ingest.schema_sha256 IS 'SHA-256 of the schema file that the rows were checked against, hexadecimal';
COMMENT ON COLUMN sp.ingest.tool_version IS 'Version of sp-load';
COMMENT ON COLUMN sp.ingest.rows_read IS 'Data rows of the file';
COMMENT ON COLUMN sp.ingest.rows_valid IS 'Rows that passed every check';
COMMENT ON COLUMN sp.ingest.rows_rejected IS 'Rows that did not, kept in quarantine and explained in sp.rejection';
COMMENT ON COLUMN sp.ingest.rows_loaded IS 'Rows new to the table';
COMMENT ON COLUMN sp.ingest.rows_duplicate IS 'Rows whose primary key was there before (--on-conflict ignore, update)';
COMMENT ON COLUMN sp.ingest.first_ts IS 'Earliest time of a loaded row';
COMMENT ON COLUMN sp.ingest.last_ts IS 'Latest time of a loaded row';
COMMENT ON COLUMN sp.ingest.started_at IS 'Start of the loading transaction';
COMMENT ON COLUMN sp.ingest.committed_at IS 'Time just before its commit';

CREATE TABLE sp.location (
  location_id bigint PRIMARY KEY,
  latitude double precision CHECK (latitude BETWEEN -90 AND 90),
  longitude double precision CHECK (longitude BETWEEN -180 AND 180)
);
COMMENT ON TABLE sp.location IS 'Places, once each, so that readings need not repeat their coordinates';
COMMENT ON COLUMN sp.location.location_id IS 'The network''s number of the place';
COMMENT ON COLUMN sp.location.latitude IS 'Latitude, WGS 84 [degrees north]';
COMMENT ON COLUMN sp.location.longitude IS 'Longitude, WGS 84 [degrees east]';

CREATE TABLE sp.sensor (
  sensor_id bigint PRIMARY KEY,
  sensor_type text,
  source text,
  first_seen timestamptz,
  last_seen timestamptz,
  CONSTRAINT sensor_seen_in_order CHECK (first_seen <= last_seen)
);
COMMENT ON TABLE sp.sensor IS 'Sensors, once each';
COMMENT ON COLUMN sp.sensor.sensor_id IS 'The network''s number of the sensor';
COMMENT ON COLUMN sp.sensor.sensor_type IS 'Model: BME280, SDS011, ...';
COMMENT ON COLUMN sp.sensor.source IS 'Who publishes its data';
COMMENT ON COLUMN sp.sensor.first_seen IS 'Earliest valid reading; kept by a trigger on sp.metric';
COMMENT ON COLUMN sp.sensor.last_seen IS 'Latest valid reading; kept by a trigger on sp.metric';

-- No foreign keys from here to sensor, location and ingest: a check per row and reference would take
-- longer than the load itself, and sp-load writes all of them in the same transaction.
CREATE TABLE sp.reading (
  sensor_id bigint NOT NULL,
  ts timestamptz NOT NULL,
  location_id bigint,
  ingest_id bigint,
  pressure double precision,
  temperature double precision,
  humidity double precision,
  pm10 double precision,
  pm2_5 double precision,
  -- Serves one sensor over a time range:
  --   SELECT ts, temperature FROM sp.reading
  --    WHERE sensor_id = 2266 AND ts >= '2017-07-03' AND ts < '2017-07-04' ORDER BY ts;
  -- and the latest reading of each sensor (view sp.latest_reading).
  PRIMARY KEY (sensor_id, ts)
) PARTITION BY RANGE (ts);
COMMENT ON TABLE sp.reading IS 'Valid readings in standard units; a partition per month (UTC), made by sp.ensure_partition';
COMMENT ON COLUMN sp.reading.sensor_id IS 'The sensor (sp.sensor)';
COMMENT ON COLUMN sp.reading.ts IS 'Time of the measurement';
COMMENT ON COLUMN sp.reading.location_id IS 'Where the sensor was (sp.location)';
COMMENT ON COLUMN sp.reading.ingest_id IS 'The load that brought the row (sp.ingest)';
COMMENT ON COLUMN sp.reading.pressure IS 'Air pressure [hPa]';
COMMENT ON COLUMN sp.reading.temperature IS 'Air temperature [degC]';
COMMENT ON COLUMN sp.reading.humidity IS 'Relative humidity [percent]';
COMMENT ON COLUMN sp.reading.pm10 IS 'Particulate matter up to 10 um [ug/m3]';
COMMENT ON COLUMN sp.reading.pm2_5 IS 'Particulate matter up to 2.5 um [ug/m3]';

-- Serves all sensors of an hour (files come nearly sorted by time, so that a few pages hold it):
--   SELECT * FROM sp.reading WHERE ts >= '2017-07-03 14:00Z' AND ts < '2017-07-03 15:00Z';
CREATE INDEX reading_ts ON sp.reading USING brin (ts)
  WITH (pages_per_range = 16, autosummarize = on);
COMMENT ON INDEX sp.reading_ts IS 'All sensors of an hour: WHERE ts >= ... AND ts < ...';

-- Serves "what did this file bring?" (loads append, so that a few pages hold it):
--   SELECT * FROM sp.reading WHERE ingest_id = 7;
CREATE INDEX reading_ingest ON sp.reading USING brin (ingest_id)
  WITH (pages_per_range = 32, autosummarize = on);
COMMENT ON INDEX sp.reading_ingest IS 'The rows of one load: WHERE ingest_id = ...';

CREATE TABLE sp.metric (
  ingest_id bigint NOT NULL REFERENCES sp.ingest,
  sensor_id bigint NOT NULL,
  window_start timestamptz NOT NULL,
  first_seen timestamptz,
  last_seen timestamptz,
  n bigint NOT NULL CHECK (n > 0),
  mean double precision NOT NULL,
  m2 double precision NOT NULL CHECK (m2 >= 0),
  min double precision NOT NULL,
  max double precision NOT NULL,
  stddev double precision GENERATED ALWAYS AS (CASE WHEN n > 1 THEN sqrt(m2 / (n - 1)) END) STORED,
  "window" text NOT NULL,
  quantity text NOT NULL,
  unit text,
  -- Serves the series and the statistics of one sensor:
  --   SELECT * FROM sp.daily WHERE sensor_id = 2266 AND quantity = 'temperature'
  --    AND day >= '2017-07-01' AND day < '2017-08-01';
  --   SELECT * FROM sp.sensor_statistics WHERE sensor_id = 2266;
  PRIMARY KEY (sensor_id, quantity, "window", window_start, ingest_id),
  CONSTRAINT metric_min_max_in_order CHECK (min <= max)
);
COMMENT ON TABLE sp.metric IS 'Mergeable statistics per load, sensor, quantity and time window; parts of one window in several files are rows of their own, which the views merge exactly (Chan et al.)';
COMMENT ON COLUMN sp.metric.ingest_id IS 'The load (sp.ingest)';
COMMENT ON COLUMN sp.metric.sensor_id IS 'The sensor (sp.sensor)';
COMMENT ON COLUMN sp.metric.window_start IS 'Start of the window';
COMMENT ON COLUMN sp.metric.first_seen IS 'Earliest reading in it';
COMMENT ON COLUMN sp.metric.last_seen IS 'Latest reading in it';
COMMENT ON COLUMN sp.metric.n IS 'Number of values';
COMMENT ON COLUMN sp.metric.mean IS 'Their mean [unit]';
COMMENT ON COLUMN sp.metric.m2 IS 'Sum of squared deviations from the mean [unit squared]';
COMMENT ON COLUMN sp.metric.min IS 'Least value [unit]';
COMMENT ON COLUMN sp.metric.max IS 'Greatest value [unit]';
COMMENT ON COLUMN sp.metric.stddev IS 'Sample standard deviation, of n - 1; null for n = 1 [unit]';
COMMENT ON COLUMN sp.metric."window" IS 'Length of the window as sp-aggregate --every has it: 1h, 1d';
COMMENT ON COLUMN sp.metric.quantity IS 'Column of sp.reading: pressure, temperature, ...';
COMMENT ON COLUMN sp.metric.unit IS 'Unit of mean, min, max and stddev, UDUNITS-2 spelling';

-- Serves data quality of one file: SELECT * FROM sp.data_quality WHERE ingest_id = 7;
CREATE INDEX metric_ingest ON sp.metric (ingest_id);
COMMENT ON INDEX sp.metric_ingest IS 'The metrics of one load: WHERE ingest_id = ...';

CREATE TABLE sp.rejection (
  ingest_id bigint NOT NULL REFERENCES sp.ingest,
  "row" bigint,
  line bigint,
  code text NOT NULL,
  "constraint" text,
  field text,
  value text,
  message text,
  file text
);
COMMENT ON TABLE sp.rejection IS 'Error log: one row per violation, as sp-validate --errors writes it; a rejected row can have several';
COMMENT ON COLUMN sp.rejection.ingest_id IS 'The load (sp.ingest)';
COMMENT ON COLUMN sp.rejection."row" IS 'Data row of the file, from 1';
COMMENT ON COLUMN sp.rejection.line IS 'Line of the file on which the row begins, from 1';
COMMENT ON COLUMN sp.rejection.code IS 'Kind of error, frictionless-py''s names: type-error, constraint-error, missing-cell, ...';
COMMENT ON COLUMN sp.rejection."constraint" IS 'The constraint that failed: minimum, maximum, required, ...';
COMMENT ON COLUMN sp.rejection.field IS 'Column of the file';
COMMENT ON COLUMN sp.rejection.value IS 'The value as it came';
COMMENT ON COLUMN sp.rejection.message IS 'The error in words';
COMMENT ON COLUMN sp.rejection.file IS 'The file as sp-validate was told its name';

-- Serves rejects by reason, one kind over all files:
--   SELECT * FROM sp.rejection WHERE field = 'pressure' AND code = 'constraint-error';
CREATE INDEX rejection_reason ON sp.rejection (field, code, "constraint");
COMMENT ON INDEX sp.rejection_reason IS 'Rejects of one kind: WHERE field = ... AND code = ...';

-- Serves the rejects of one file, in its order:
--   SELECT * FROM sp.rejection WHERE ingest_id = 7 ORDER BY "row";
CREATE INDEX rejection_ingest ON sp.rejection (ingest_id, "row");
COMMENT ON INDEX sp.rejection_ingest IS 'The rejects of one load: WHERE ingest_id = ... ORDER BY row';

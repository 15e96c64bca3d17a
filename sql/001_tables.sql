-- The tables, second edition: any network, one database.
--
-- What they promise, tested in tests/db/model_test.py:
--   a reading is known by source, key of the sensor and time, whatever numbers two networks share;
--   a quantity has one name, one column and one unit in the whole database;
--   sp.metric is a function of sp.reading (sp.metric_errors() is empty, always);
--   no value that came is lost: it is in sp.reading, in sp.dispute, or counted as expired;
--   a load that brings known sensors and quantities waits for no other that brings other rows of them.
--
-- Times are timestamptz (stored as UTC); measures are double precision, which holds every decimal
-- text of up to 15 digits without loss.

CREATE FUNCTION sp.edition() RETURNS integer
LANGUAGE sql IMMUTABLE
AS $$ SELECT 2 $$;
COMMENT ON FUNCTION sp.edition IS 'Edition of schema sp; a database of the first one has sp.migration and lacks this function';

CREATE TABLE sp.location (
  location_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  source text COLLATE "C" NOT NULL CHECK (source <> '' AND length(source) <= 200),
  key text COLLATE "C" CHECK (key <> '' AND length(key) <= 200),
  latitude double precision CHECK (latitude BETWEEN -90 AND 90),
  longitude double precision CHECK (longitude BETWEEN -180 AND 180),
  altitude double precision,
  CONSTRAINT location_has_both_coordinates CHECK ((latitude IS NULL) = (longitude IS NULL)),
  CONSTRAINT location_is_known_by_something CHECK (key IS NOT NULL OR latitude IS NOT NULL)
);
COMMENT ON TABLE sp.location IS 'Places, once each. The same key with other coordinates is another place: sensors move, and networks correct';
COMMENT ON COLUMN sp.location.location_id IS 'Number of the place in this database';
COMMENT ON COLUMN sp.location.source IS 'The network whose key it is';
COMMENT ON COLUMN sp.location.key IS 'The network''s number or name of the place; null: known by its coordinates';
COMMENT ON COLUMN sp.location.latitude IS 'Latitude, WGS 84 [degrees north]';
COMMENT ON COLUMN sp.location.longitude IS 'Longitude, WGS 84 [degrees east]';
COMMENT ON COLUMN sp.location.altitude IS 'Altitude as the first file that named the place has it [m]';

-- Five digits are a metre, and make 42.653999999999996 and 42.654 one.
CREATE UNIQUE INDEX location_natural ON sp.location
  (source, coalesce(key, ''), coalesce(round(latitude * 1e5)::integer, 2147483647),
   coalesce(round(longitude * 1e5)::integer, 2147483647));
COMMENT ON INDEX sp.location_natural IS 'A place by source, key and coordinates to 1e-5 degrees';

CREATE TABLE sp.sensor (
  sensor_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  source text COLLATE "C" NOT NULL CHECK (source <> '' AND length(source) <= 200),
  key text COLLATE "C" NOT NULL CHECK (key <> '' AND length(key) <= 200),
  sensor_type text,
  location_id integer,
  same_as integer CHECK (same_as <> sensor_id),
  dropped_first timestamptz,
  dropped_last timestamptz,
  registered_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (source, key)
);
COMMENT ON TABLE sp.sensor IS 'Sensors, once each, known by source and key; written when a sensor is new, and by no load after that';
COMMENT ON COLUMN sp.sensor.sensor_id IS 'Number of the sensor in this database';
COMMENT ON COLUMN sp.sensor.source IS 'The network: the name space of its keys';
COMMENT ON COLUMN sp.sensor.key IS 'What the network calls it: a number, a MAC address, station/channel';
COMMENT ON COLUMN sp.sensor.sensor_type IS 'Model, as the first file that named one has it; where another file says otherwise: sp.stated_type';
COMMENT ON COLUMN sp.sensor.location_id IS 'Home: the first place that a file named; readings made elsewhere carry their own (sp.location)';
COMMENT ON COLUMN sp.sensor.same_as IS 'The sensor that this key means since two were merged (sp.merge_sensors); null: itself';
COMMENT ON COLUMN sp.sensor.dropped_first IS 'Earliest reading in months that were dropped';
COMMENT ON COLUMN sp.sensor.dropped_last IS 'Latest reading in months that were dropped';
COMMENT ON COLUMN sp.sensor.registered_at IS 'When its first load asked for it';

CREATE TABLE sp.quantity (
  quantity_id smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text COLLATE "C" NOT NULL UNIQUE CHECK (octet_length(name) BETWEEN 1 AND 63),
  kind text NOT NULL CHECK (kind IN ('number', 'boolean', 'text')),
  unit text,
  unit_definition text,
  standard_name text,
  circle double precision CHECK (circle > 0 AND circle < 1e140),
  registered_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT quantity_of_numbers_has_a_unit
    CHECK (kind = 'number' OR (unit IS NULL AND unit_definition IS NULL AND circle IS NULL))
);
COMMENT ON TABLE sp.quantity IS 'What is measured: a column of sp.reading each, registered once by sp.ensure_quantities';
COMMENT ON COLUMN sp.quantity.quantity_id IS 'Number of the quantity in this database';
COMMENT ON COLUMN sp.quantity.name IS 'Column of sp.reading';
COMMENT ON COLUMN sp.quantity.kind IS 'number: double precision; boolean; text';
COMMENT ON COLUMN sp.quantity.unit IS 'Unit of its values as the first schema spelled it, UDUNITS-2';
COMMENT ON COLUMN sp.quantity.unit_definition IS 'The unit in base units, as UDUNITS-2 prints its definition: what units are compared by';
COMMENT ON COLUMN sp.quantity.standard_name IS 'CF standard name';
COMMENT ON COLUMN sp.quantity.circle IS 'A full circle, for directions: 360 in degrees; null: not circular [unit]';
COMMENT ON COLUMN sp.quantity.registered_at IS 'When its column was added';

CREATE TABLE sp.ingest (
  ingest_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  window_hours smallint CHECK (window_hours IN (1, 24)),
  -- Serves "was this file loaded before?", and makes a second loader of the same bytes wait for the
  -- first one's commit. One byte more tells a key that somebody chose from what a file holds.
  digest bytea NOT NULL UNIQUE CHECK (octet_length(digest) = CASE WHEN key IS NULL THEN 32 ELSE 33 END),
  key text,
  name text NOT NULL,
  size_bytes bigint CHECK (size_bytes >= 0),
  tool_version text NOT NULL,
  source text COLLATE "C",
  schema_digest bytea CHECK (octet_length(schema_digest) = 32),
  taken_at timestamptz,
  started_at timestamptz NOT NULL DEFAULT now(),
  -- Null until sp.finish_ingest, in the same transaction.
  committed_at timestamptz,
  first_ts timestamptz,
  last_ts timestamptz,
  rows_read bigint CHECK (rows_read >= 0),
  rows_rejected bigint CHECK (rows_rejected >= 0),
  rows_left_out bigint CHECK (rows_left_out >= 0),
  rows_passed bigint CHECK (rows_passed >= 0),
  rows_received bigint CHECK (rows_received >= 0),
  rows_loaded bigint CHECK (rows_loaded >= 0),
  rows_completed bigint CHECK (rows_completed BETWEEN 0 AND rows_loaded),
  rows_known bigint CHECK (rows_known >= 0),
  rows_kept_out bigint CHECK (rows_kept_out >= 0),
  rows_replaced bigint CHECK (rows_replaced >= 0),
  rows_expired bigint CHECK (rows_expired >= 0),
  CONSTRAINT ingest_rows_add_up CHECK (rows_read = rows_rejected + rows_left_out + rows_passed),
  CONSTRAINT ingest_readings_add_up
    CHECK (rows_received = rows_loaded + rows_known + rows_kept_out + rows_replaced + rows_expired),
  CONSTRAINT ingest_ts_in_order CHECK (first_ts <= last_ts),
  CONSTRAINT ingest_times_in_order CHECK (started_at <= committed_at)
);
COMMENT ON TABLE sp.ingest IS 'Ledger: one row per loaded file, written in the transaction that loads its rows. The readings of one: SELECT * FROM sp.reading WHERE ingest_id = 7 AND ts BETWEEN (SELECT first_ts FROM sp.ingest WHERE ingest_id = 7) AND (SELECT last_ts FROM sp.ingest WHERE ingest_id = 7)';
COMMENT ON COLUMN sp.ingest.ingest_id IS 'Number of the load; gaps are loads that were rolled back';
COMMENT ON COLUMN sp.ingest.window_hours IS 'Length of the windows of its metrics [h]; null: none, its statistics are those of its readings';
COMMENT ON COLUMN sp.ingest.digest IS 'SHA-256 of the file''s bytes: the same bytes are never loaded twice. Of what has a key: the letter k and the SHA-256 of the key';
COMMENT ON COLUMN sp.ingest.key IS 'What a source that is no file is known by; null for a file';
COMMENT ON COLUMN sp.ingest.name IS 'Base name under which the file was loaded, or the name given for a key';
COMMENT ON COLUMN sp.ingest.size_bytes IS 'Size of the file [bytes]; null where there is none';
COMMENT ON COLUMN sp.ingest.tool_version IS 'Version of sp-load';
COMMENT ON COLUMN sp.ingest.source IS 'The network whose data it holds; null where it holds those of several';
COMMENT ON COLUMN sp.ingest.schema_digest IS 'SHA-256 of the schema file that the rows were checked against';
COMMENT ON COLUMN sp.ingest.taken_at IS 'When sp-watch took the file from its folder';
COMMENT ON COLUMN sp.ingest.started_at IS 'Start of the loading transaction';
COMMENT ON COLUMN sp.ingest.committed_at IS 'Time just before its commit';
COMMENT ON COLUMN sp.ingest.first_ts IS 'Earliest time of a row received that is not expired';
COMMENT ON COLUMN sp.ingest.last_ts IS 'Latest time of a row received that is not expired';
COMMENT ON COLUMN sp.ingest.rows_read IS 'Data rows of the file = rejected + left out + passed';
COMMENT ON COLUMN sp.ingest.rows_rejected IS 'Rows that failed a check, kept in quarantine and explained in sp.rejection';
COMMENT ON COLUMN sp.ingest.rows_left_out IS 'Rows that a stage was told to leave out';
COMMENT ON COLUMN sp.ingest.rows_passed IS 'Rows that passed every check';
COMMENT ON COLUMN sp.ingest.rows_received IS 'Readings that came of them, after spread or melt = loaded + known + kept out + replaced + expired';
COMMENT ON COLUMN sp.ingest.rows_loaded IS 'Readings that are new, or completed one that was there';
COMMENT ON COLUMN sp.ingest.rows_completed IS 'Those of rows_loaded that completed one: its values stood where there were none';
COMMENT ON COLUMN sp.ingest.rows_known IS 'Readings that were there with the same values';
COMMENT ON COLUMN sp.ingest.rows_kept_out IS 'Readings that were there with other values, which stayed (sp.dispute)';
COMMENT ON COLUMN sp.ingest.rows_replaced IS 'Readings that were there with other values, which gave way (sp.dispute)';
COMMENT ON COLUMN sp.ingest.rows_expired IS 'Readings of months that were dropped before (sp.kept_since)';

-- Written by sp.finish_ingest. An index on the ledger would not let its row be finished in place (HOT).
CREATE TABLE sp.unmeasured (
  ingest_id integer PRIMARY KEY,
  first_ts timestamptz NOT NULL,
  last_ts timestamptz NOT NULL
);
COMMENT ON TABLE sp.unmeasured IS 'Loads without metrics, which would outgrow their few readings a window: the views count those of their readings';
COMMENT ON COLUMN sp.unmeasured.ingest_id IS 'The load (sp.ingest)';
COMMENT ON COLUMN sp.unmeasured.first_ts IS 'Earliest time of its readings';
COMMENT ON COLUMN sp.unmeasured.last_ts IS 'Latest time of its readings';
-- Serve the views, which ask first between which times there are such readings.
CREATE INDEX unmeasured_first ON sp.unmeasured (first_ts);
COMMENT ON INDEX sp.unmeasured_first IS 'SELECT min(first_ts)';
CREATE INDEX unmeasured_last ON sp.unmeasured (last_ts);
COMMENT ON INDEX sp.unmeasured_last IS 'SELECT max(last_ts)';

CREATE TABLE sp.outcome (
  name text COLLATE "C" NOT NULL,
  taken_at timestamptz NOT NULL,
  folder text COLLATE "C" NOT NULL,
  host text,
  size_bytes bigint,
  digest bytea CHECK (octet_length(digest) IN (32, 33)),
  schema_digest bytea CHECK (octet_length(schema_digest) = 32),
  status text NOT NULL CHECK (status IN ('waiting', 'loaded', 'known', 'refused', 'failed', 'vanished')),
  reason text,
  tool text,
  tries integer NOT NULL DEFAULT 1 CHECK (tries >= 0),
  started_at timestamptz,
  noted_at timestamptz NOT NULL,
  -- Serves bringing a journal in once: a line that comes again finds its row.
  PRIMARY KEY (name, taken_at, folder)
);
COMMENT ON TABLE sp.outcome IS 'What became of taken files, as journals of sp-watch tell it; view sp.file joins it with the ledger, which is enough for one that was loaded at the first try';
COMMENT ON COLUMN sp.outcome.name IS 'Base name of the file, where it was worked on';
COMMENT ON COLUMN sp.outcome.taken_at IS 'When it was taken from its folder';
COMMENT ON COLUMN sp.outcome.folder IS 'The watched folder';
COMMENT ON COLUMN sp.outcome.host IS 'The machine of sp-watch';
COMMENT ON COLUMN sp.outcome.size_bytes IS 'Its size [bytes]';
COMMENT ON COLUMN sp.outcome.digest IS 'As in sp.ingest, where it is known';
COMMENT ON COLUMN sp.outcome.schema_digest IS 'SHA-256 of the schema file';
COMMENT ON COLUMN sp.outcome.status IS 'waiting: will be tried again; loaded; known: its bytes were loaded before; refused: wrong data (65); failed: given up; vanished: somebody took it away';
COMMENT ON COLUMN sp.outcome.reason IS 'Why, in words';
COMMENT ON COLUMN sp.outcome.tool IS 'The tool that failed';
COMMENT ON COLUMN sp.outcome.tries IS 'How often it was tried';
COMMENT ON COLUMN sp.outcome.started_at IS 'When the last try began';
COMMENT ON COLUMN sp.outcome.noted_at IS 'When the journal said so';

CREATE TABLE sp.journal (
  first_line text COLLATE "C" PRIMARY KEY CHECK (octet_length(first_line) = 32),
  path text NOT NULL,
  position bigint NOT NULL CHECK (position >= 0),
  brought_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE sp.journal IS 'How far each file of a journal was brought into sp.outcome';
COMMENT ON COLUMN sp.journal.first_line IS 'XXH128 of its first line, by which it is known when it is rotated away';
COMMENT ON COLUMN sp.journal.path IS 'Where it was then';
COMMENT ON COLUMN sp.journal.position IS 'Where the next line begins that was not brought yet [bytes]';
COMMENT ON COLUMN sp.journal.brought_at IS 'When this was written last';

-- Columns for quantities are added by sp.ensure_quantities. No foreign keys: a check per row and
-- reference would take longer than the load itself, and sp-load writes all of them in one transaction.
CREATE TABLE sp.reading (
  sensor_id integer NOT NULL,
  ingest_id integer NOT NULL,
  ts timestamptz NOT NULL,
  location_id integer,
  -- Serves one sensor over a time range:
  --   SELECT ts, temperature FROM sp.reading WHERE sensor_id = (SELECT sensor_id FROM sp.sensor
  --    WHERE source = 'sensor.community' AND key = '2266') AND ts >= '2017-07-03' AND ts < '2017-07-04';
  -- and the latest reading of each sensor (view sp.latest_reading).
  PRIMARY KEY (sensor_id, ts)
) PARTITION BY RANGE (ts);
COMMENT ON TABLE sp.reading IS 'Valid readings in standard units, a column per quantity; a partition per month (UTC)';
COMMENT ON COLUMN sp.reading.sensor_id IS 'The sensor (sp.sensor)';
COMMENT ON COLUMN sp.reading.ingest_id IS 'The load that brought the row or changed it last (sp.ingest)';
COMMENT ON COLUMN sp.reading.ts IS 'Time of the measurement';
COMMENT ON COLUMN sp.reading.location_id IS 'Where the sensor was, if not at home (sp.sensor.location_id); see sp.located_reading';

-- Serves all sensors of an hour (files come nearly sorted by time, so that a few pages hold it):
--   SELECT * FROM sp.reading WHERE ts >= '2017-07-03 14:00Z' AND ts < '2017-07-03 15:00Z';
CREATE INDEX reading_ts ON sp.reading USING brin (ts)
  WITH (pages_per_range = 16, autosummarize = on);
COMMENT ON INDEX sp.reading_ts IS 'All sensors of an hour: WHERE ts >= ... AND ts < ...';

CREATE TABLE sp.stated_type (
  ingest_id integer NOT NULL,
  sensor_id integer NOT NULL,
  sensor_type text NOT NULL,
  PRIMARY KEY (ingest_id, sensor_id)
);
COMMENT ON TABLE sp.stated_type IS 'The model that a file says a sensor is, where that is not what sp.sensor has';
COMMENT ON COLUMN sp.stated_type.ingest_id IS 'The load (sp.ingest)';
COMMENT ON COLUMN sp.stated_type.sensor_id IS 'The sensor (sp.sensor)';
COMMENT ON COLUMN sp.stated_type.sensor_type IS 'Model, as that file has it';

CREATE TABLE sp.metric (
  sensor_id integer NOT NULL,
  ingest_id integer NOT NULL,
  window_start timestamptz NOT NULL,
  mean double precision NOT NULL,
  m2 double precision NOT NULL CHECK (m2 >= 0),
  min double precision NOT NULL,
  max double precision NOT NULL,
  n integer NOT NULL CHECK (n > 0),
  quantity_id smallint NOT NULL,
  window_hours smallint NOT NULL CHECK (window_hours IN (1, 24)),
  sum_sin double precision,
  sum_cos double precision,
  -- Serves the series and the statistics of one sensor:
  --   SELECT * FROM sp.daily WHERE source = 'sensor.community' AND key = '2266'
  --    AND quantity = 'temperature' AND day >= '2017-07-01' AND day < '2017-08-01';
  PRIMARY KEY (sensor_id, window_start, quantity_id, ingest_id),
  CONSTRAINT metric_min_max_in_order CHECK (min <= max)
);
COMMENT ON TABLE sp.metric IS 'Mergeable statistics of the readings that carry a load''s number, per sensor, quantity of numbers and window; parts of one window in several loads are rows of their own, which the views merge exactly';
COMMENT ON COLUMN sp.metric.sensor_id IS 'The sensor (sp.sensor)';
COMMENT ON COLUMN sp.metric.ingest_id IS 'The load (sp.ingest); 0: all loads without metrics, of months that were dropped';
COMMENT ON COLUMN sp.metric.window_start IS 'Start of the window, UTC';
COMMENT ON COLUMN sp.metric.mean IS 'Mean of the values [unit of the quantity]';
COMMENT ON COLUMN sp.metric.m2 IS 'Sum of squared deviations from the mean [unit squared]; infinite where a value is beyond 1e140';
COMMENT ON COLUMN sp.metric.min IS 'Least value [unit]';
COMMENT ON COLUMN sp.metric.max IS 'Greatest value [unit]';
COMMENT ON COLUMN sp.metric.n IS 'Number of values';
COMMENT ON COLUMN sp.metric.quantity_id IS 'The quantity (sp.quantity)';
COMMENT ON COLUMN sp.metric.window_hours IS 'Length of the window [h], that of the load';
COMMENT ON COLUMN sp.metric.sum_sin IS 'Sum of the sines of the values, of a circular quantity only';
COMMENT ON COLUMN sp.metric.sum_cos IS 'Sum of the cosines of the values, of a circular quantity only';

-- Serves the statistics and the data quality of one file: WHERE ingest_id = 7.
CREATE INDEX metric_ingest ON sp.metric (ingest_id);
COMMENT ON INDEX sp.metric_ingest IS 'The metrics of one load: WHERE ingest_id = ...';

-- Serves the daily series of loads with windows of an hour; empty where there are none.
CREATE INDEX metric_hour ON sp.metric (sensor_id, window_start) WHERE window_hours = 1;
COMMENT ON INDEX sp.metric_hour IS 'Hours of one sensor: WHERE sensor_id = ... AND window_hours = 1';

CREATE TABLE sp.overlap (
  ingest_id integer NOT NULL,
  earlier_id integer NOT NULL,
  rows_same bigint NOT NULL,
  rows_completed bigint NOT NULL,
  rows_other bigint NOT NULL,
  PRIMARY KEY (ingest_id, earlier_id),
  CONSTRAINT overlap_of_two_loads CHECK (ingest_id <> earlier_id)
);
COMMENT ON TABLE sp.overlap IS 'What a load has in common with those before it: sp.forget_ingest refuses a load that others rely on. Of a file that grows, each state is told to overlap the one before it, not all that went before that one';
COMMENT ON COLUMN sp.overlap.ingest_id IS 'The load (sp.ingest)';
COMMENT ON COLUMN sp.overlap.earlier_id IS 'The one whose rows it met (sp.ingest)';
COMMENT ON COLUMN sp.overlap.rows_same IS 'Rows left out, for the earlier load has them';
COMMENT ON COLUMN sp.overlap.rows_completed IS 'Rows of the earlier load that it completed';
COMMENT ON COLUMN sp.overlap.rows_other IS 'Rows with other values (sp.dispute)';
CREATE INDEX overlap_earlier ON sp.overlap (earlier_id);
COMMENT ON INDEX sp.overlap_earlier IS 'Who relies on a load: WHERE earlier_id = ...';

CREATE TABLE sp.completion (
  ingest_id integer NOT NULL,
  sensor_id integer NOT NULL,
  former_id integer NOT NULL,
  quantities smallint[] NOT NULL,
  times timestamptz[] NOT NULL
);
COMMENT ON TABLE sp.completion IS 'Which values a load set in rows that were there without them, so that they can be taken back';
COMMENT ON COLUMN sp.completion.ingest_id IS 'The load that set them (sp.ingest)';
COMMENT ON COLUMN sp.completion.sensor_id IS 'The sensor (sp.sensor)';
COMMENT ON COLUMN sp.completion.former_id IS 'The load whose number the rows had before (sp.ingest)';
COMMENT ON COLUMN sp.completion.quantities IS 'The quantities that were set (sp.quantity)';
COMMENT ON COLUMN sp.completion.times IS 'The times of the rows';
CREATE INDEX completion_ingest ON sp.completion (ingest_id);
COMMENT ON INDEX sp.completion_ingest IS 'What one load completed: WHERE ingest_id = ...';

CREATE TABLE sp.dispute (
  dispute_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  sensor_id integer NOT NULL,
  ts timestamptz NOT NULL,
  ingest_id integer NOT NULL,
  winner_id integer NOT NULL,
  kind text NOT NULL CHECK (kind IN ('kept out', 'replaced')),
  "row" bigint,
  location_id integer,
  "values" jsonb NOT NULL,
  noted_at timestamptz NOT NULL DEFAULT now(),
  settled_at timestamptz,
  settled_by text
);
COMMENT ON TABLE sp.dispute IS 'Values that are not in sp.reading because another row has the same sensor and time with other ones; settled by sp.settle';
COMMENT ON COLUMN sp.dispute.dispute_id IS 'Number of the dispute';
COMMENT ON COLUMN sp.dispute.sensor_id IS 'The sensor (sp.sensor)';
COMMENT ON COLUMN sp.dispute.ts IS 'Time of the measurement';
COMMENT ON COLUMN sp.dispute.ingest_id IS 'The load that brought these values (sp.ingest)';
COMMENT ON COLUMN sp.dispute.winner_id IS 'The load whose number the reading had or got (sp.ingest)';
COMMENT ON COLUMN sp.dispute.kind IS 'kept out: these never counted, or no longer by a person''s word; replaced: these counted until the winner came';
COMMENT ON COLUMN sp.dispute."row" IS 'Row of the input that brought what was kept out, as the loader counts';
COMMENT ON COLUMN sp.dispute.location_id IS 'Where the sensor was, if not at home (sp.location)';
COMMENT ON COLUMN sp.dispute."values" IS 'kept out: what the row holds, by quantity; replaced: what the changed columns held, null where they held nothing; none where the place alone changed';
COMMENT ON COLUMN sp.dispute.noted_at IS 'Start of the transaction that noted it';
COMMENT ON COLUMN sp.dispute.settled_at IS 'When a person decided; rows that bring these values again are kept out since then';
COMMENT ON COLUMN sp.dispute.settled_by IS 'The role that decided';
CREATE INDEX dispute_reading ON sp.dispute (sensor_id, ts);
COMMENT ON INDEX sp.dispute_reading IS 'The disputes of one reading: WHERE sensor_id = ... AND ts = ...';
CREATE INDEX dispute_ingest ON sp.dispute (ingest_id);
COMMENT ON INDEX sp.dispute_ingest IS 'The disputes of one load: WHERE ingest_id = ...';
CREATE INDEX dispute_winner ON sp.dispute (winner_id);
COMMENT ON INDEX sp.dispute_winner IS 'What one load replaced: WHERE winner_id = ...';

CREATE TABLE sp.rejection (
  ingest_id integer NOT NULL,
  day date NOT NULL,
  "row" bigint,
  line bigint,
  ts timestamptz,
  digest bytea NOT NULL CHECK (octet_length(digest) = 16),
  source text COLLATE "C",
  sensor_key text COLLATE "C",
  code text NOT NULL,
  "constraint" text,
  field text,
  value text,
  message text
);
COMMENT ON TABLE sp.rejection IS 'Error log: one row per violation, as sp-validate --errors writes it; a rejected row can have several. The same row in several states of a file that grows counts once in the views, by source, day and digest';
COMMENT ON COLUMN sp.rejection.ingest_id IS 'The load (sp.ingest)';
COMMENT ON COLUMN sp.rejection.day IS 'Day (UTC) of the row; where its time is unknown, of the first reading of its file; where there is none, of the load';
COMMENT ON COLUMN sp.rejection."row" IS 'Data row of the file, from 1';
COMMENT ON COLUMN sp.rejection.line IS 'Line of the file on which the row begins, from 1';
COMMENT ON COLUMN sp.rejection.ts IS 'Time of the row, where it could be read';
COMMENT ON COLUMN sp.rejection.digest IS 'XXH3 of 128 bits of the row''s bytes as they came';
COMMENT ON COLUMN sp.rejection.source IS 'The network, where it could be read; that of the load otherwise';
COMMENT ON COLUMN sp.rejection.sensor_key IS 'Key of the sensor, where it could be read';
COMMENT ON COLUMN sp.rejection.code IS 'Kind of error, frictionless-py''s names: type-error, constraint-error, missing-cell, ...';
COMMENT ON COLUMN sp.rejection."constraint" IS 'The constraint that failed: minimum, maximum, required, ...';
COMMENT ON COLUMN sp.rejection.field IS 'Column of the file';
COMMENT ON COLUMN sp.rejection.value IS 'The value as it came';
COMMENT ON COLUMN sp.rejection.message IS 'The error in words';

-- Serves rejects by reason, one kind over all files:
--   SELECT * FROM sp.rejection WHERE field = 'pressure' AND code = 'constraint-error';
CREATE INDEX rejection_reason ON sp.rejection (field, code, "constraint");
COMMENT ON INDEX sp.rejection_reason IS 'Rejects of one kind: WHERE field = ... AND code = ...';

-- Serves the rejects of one file, in its order:
--   SELECT * FROM sp.rejection WHERE ingest_id = 7 ORDER BY "row";
CREATE INDEX rejection_ingest ON sp.rejection (ingest_id, "row");
COMMENT ON INDEX sp.rejection_ingest IS 'The rejects of one load: WHERE ingest_id = ... ORDER BY row';

CREATE TABLE sp.retention (
  is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  kept_since timestamptz NOT NULL DEFAULT '-infinity',
  outcomes_since timestamptz NOT NULL DEFAULT '-infinity'
);
COMMENT ON TABLE sp.retention IS 'Since when what is kept: one row, or none where nothing was dropped';
COMMENT ON COLUMN sp.retention.is_only IS 'True';
COMMENT ON COLUMN sp.retention.kept_since IS 'Readings before it are dropped, and are never loaded again; their metrics stay';
COMMENT ON COLUMN sp.retention.outcomes_since IS 'Lines of journals before it are forgotten, and are never brought again';

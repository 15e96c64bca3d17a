-- What the loader may do beyond inserting, each as a function that does only that with its owner's
-- rights, and the trigger that keeps the sensors' first and last seen.

CREATE FUNCTION sp.ensure_partition(parent regclass, at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
SET DateStyle = 'ISO, YMD'
AS $$
DECLARE
  parent_name name;
  first_day timestamp;
  child text;
  new text;
BEGIN
  SELECT c.relname INTO parent_name
    FROM pg_class c
    JOIN pg_partitioned_table p ON p.partrelid = c.oid
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = p.partattrs[0]
   WHERE c.oid = parent AND c.relnamespace = 'sp'::regnamespace
     AND p.partstrat = 'r' AND p.partnatts = 1 AND a.atttypid = 'timestamptz'::regtype;
  IF NOT FOUND THEN
    RAISE EXCEPTION '% is not a table of schema sp that is partitioned by a time', parent
      USING ERRCODE = 'wrong_object_type';
  END IF;
  IF NOT isfinite(at) OR at < '0001-01-01' OR at >= '10000-01-01' THEN
    RAISE EXCEPTION 'no partition for the time %: years 1 to 9999', at
      USING ERRCODE = 'datetime_field_overflow';
  END IF;
  first_day := date_trunc('month', at AT TIME ZONE 'UTC');
  child := parent_name || to_char(first_day, '_YYYY_MM');
  IF to_regclass(format('sp.%I', child)) IS NOT NULL AND EXISTS (
       SELECT FROM pg_inherits
        WHERE inhparent = parent AND inhrelid = to_regclass(format('sp.%I', child))) THEN
    RETURN;
  END IF;
  -- One maker at a time. The loser waits for the winner's commit and then sees its table.
  PERFORM pg_advisory_xact_lock(hashtext('sp.ensure_partition'), parent::oid::bigint::integer);
  -- A table of that name is another load's new partition, or was detached: then a partition under
  -- another name tells, by the bounds, whether the month has a place all the same.
  new := child;
  IF to_regclass(format('sp.%I', child)) IS NOT NULL THEN
    IF EXISTS (SELECT FROM pg_inherits
                WHERE inhparent = parent AND inhrelid = to_regclass(format('sp.%I', child))) THEN
      RETURN;
    END IF;
    new := format('sp_ensure_partition_%s', pg_backend_pid());
  END IF;
  -- CREATE TABLE ... PARTITION OF would lock the parent against every running COPY; ATTACH takes
  -- SHARE UPDATE EXCLUSIVE, which COPY and SELECT do not mind.
  EXECUTE format('CREATE TABLE sp.%I (LIKE sp.%I INCLUDING ALL)', new, parent_name);
  EXECUTE format('ALTER TABLE sp.%I ATTACH PARTITION sp.%I FOR VALUES FROM (%L) TO (%L)',
                 parent_name, new, first_day || 'Z', first_day + interval '1 month' || 'Z');
  IF new <> child THEN
    RAISE EXCEPTION 'sp.% has no partition for %: table sp.% is there and is not attached', parent_name,
      to_char(first_day, 'YYYY-MM'), child
      USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = format('to load this month, attach it: ALTER TABLE sp.%I ATTACH PARTITION sp.%I'
                          ' FOR VALUES FROM (%L) TO (%L); or rename it, and a new one is made',
                          parent_name, child, first_day || 'Z', first_day + interval '1 month' || 'Z');
  END IF;
EXCEPTION
  -- The winner's table: waiting for its lock does not bring this session's catalog cache up to date.
  WHEN duplicate_table THEN RETURN;
  -- A partition with other bounds covers that month: let the rows find it.
  WHEN invalid_object_definition THEN RETURN;
END
$$;
COMMENT ON FUNCTION sp.ensure_partition IS 'Makes the monthly partition of a table of schema sp that holds a time, where there is none';

CREATE FUNCTION sp.finish_ingest(
  ingest_id bigint, source text, schema_sha256 text, rows_read bigint, rows_valid bigint,
  rows_rejected bigint, rows_loaded bigint, rows_duplicate bigint, first_ts timestamptz,
  last_ts timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  UPDATE sp.ingest i
     SET source = $2, schema_sha256 = $3, rows_read = $4, rows_valid = $5, rows_rejected = $6,
         rows_loaded = $7, rows_duplicate = $8, first_ts = $9, last_ts = $10,
         committed_at = clock_timestamp()
   WHERE i.ingest_id = $1 AND i.xmin = pg_current_xact_id()::xid;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'ingest % was not begun in this transaction', $1
      USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
END
$$;
COMMENT ON FUNCTION sp.finish_ingest IS 'Writes the numbers into a ledger row of the same transaction, and into no other';

CREATE FUNCTION sp.note_sensors_seen() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  -- In the order of the key, so that two loaders never wait for each other in a circle.
  INSERT INTO sp.sensor AS s (sensor_id, first_seen, last_seen)
  SELECT sensor_id, min(first_seen), max(last_seen)
    FROM new_metric
   GROUP BY sensor_id
  HAVING min(first_seen) IS NOT NULL
   ORDER BY sensor_id
  ON CONFLICT (sensor_id) DO UPDATE
     SET first_seen = least(s.first_seen, excluded.first_seen),
         last_seen = greatest(s.last_seen, excluded.last_seen)
   WHERE s.first_seen IS NULL OR s.last_seen IS NULL
      OR excluded.first_seen < s.first_seen OR excluded.last_seen > s.last_seen;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION sp.note_sensors_seen IS 'Trigger: widens first_seen and last_seen of the sensors in the inserted metrics';

CREATE TRIGGER note_sensors_seen AFTER INSERT ON sp.metric
  REFERENCING NEW TABLE AS new_metric
  FOR EACH STATEMENT EXECUTE FUNCTION sp.note_sensors_seen();

-- Several files in one load, and rows whose key is there with other values.

ALTER TABLE sp.ingest ADD COLUMN rows_conflict bigint NOT NULL DEFAULT 0;
ALTER TABLE sp.ingest ADD CONSTRAINT ingest_conflicts_are_duplicates
  CHECK (rows_conflict BETWEEN 0 AND rows_duplicate);
COMMENT ON COLUMN sp.ingest.rows_conflict IS 'Those of rows_duplicate whose values were not the same';

-- Beside the one that older programs call.
CREATE FUNCTION sp.finish_ingest(
  ingest_id bigint, source text, schema_sha256 text, rows_read bigint, rows_valid bigint,
  rows_rejected bigint, rows_loaded bigint, rows_duplicate bigint, rows_conflict bigint,
  first_ts timestamptz, last_ts timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  UPDATE sp.ingest i
     SET source = $2, schema_sha256 = $3, rows_read = $4, rows_valid = $5, rows_rejected = $6,
         rows_loaded = $7, rows_duplicate = $8, rows_conflict = $9, first_ts = $10, last_ts = $11,
         committed_at = clock_timestamp()
   WHERE i.ingest_id = $1 AND i.xmin = pg_current_xact_id()::xid;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'ingest % was not begun in this transaction', $1
      USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
END
$$;
COMMENT ON FUNCTION sp.finish_ingest(bigint, text, text, bigint, bigint, bigint, bigint, bigint, bigint,
                                     timestamptz, timestamptz)
  IS 'Writes the numbers into a ledger row of the same transaction, and into no other';

-- The ledger's rows are taken before the files are read, so that a second loader of the same bytes
-- waits. A file of a batch that turns out to be unreadable has no place in it.
CREATE FUNCTION sp.withdraw_ingest(ingest_id bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  DELETE FROM sp.ingest i WHERE i.ingest_id = $1 AND i.xmin = pg_current_xact_id()::xid;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'ingest % was not begun in this transaction', $1
      USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
END
$$;
COMMENT ON FUNCTION sp.withdraw_ingest IS 'Takes back a ledger row of the same transaction, and no other';

-- For a role that may read the keys only. `candidates` is an array of {"position": n, "row": {...}}.
-- It tells whether a row that the caller has is the one that is there; what is there it does not tell.
CREATE FUNCTION sp.rows_that_differ(target regclass, key text[], compared text[], candidates jsonb)
RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
SET DateStyle = 'ISO, YMD'
AS $$
DECLARE
  same_key text;
  differs text;
BEGIN
  PERFORM FROM pg_class WHERE oid = target AND relnamespace = 'sp'::regnamespace AND relkind IN ('r', 'p');
  IF NOT FOUND THEN
    RAISE EXCEPTION '% is not a table of schema sp', target USING ERRCODE = 'wrong_object_type';
  END IF;
  SELECT string_agg(format('there.%1$I = here.%1$I', name), ' AND ') INTO same_key
    FROM unnest(key) AS name;
  -- Not every type can be compared; every one can be written.
  SELECT string_agg(format(CASE WHEN t.typcategory IN ('B', 'D', 'N', 'S', 'T')
                                THEN 'there.%1$I IS DISTINCT FROM here.%1$I'
                                ELSE 'there.%1$I::text IS DISTINCT FROM here.%1$I::text' END, a.attname),
                    ' OR ') INTO differs
    FROM unnest(compared) AS name
    JOIN pg_attribute a ON a.attrelid = target AND a.attname = name
    JOIN pg_type t ON t.oid = a.atttypid;
  IF same_key IS NULL OR differs IS NULL THEN
    RETURN;
  END IF;
  RETURN QUERY EXECUTE format(
    'SELECT (candidate->>''position'')::bigint FROM jsonb_array_elements($1) AS candidate'
    ' CROSS JOIN LATERAL jsonb_populate_record(NULL::%1$s, candidate->''row'') AS here'
    ' JOIN %1$s AS there ON %2$s WHERE %3$s', target, same_key, differs)
    USING candidates;
END
$$;
COMMENT ON FUNCTION sp.rows_that_differ IS 'Which of the candidates have a key that the table has, with other values';

CREATE OR REPLACE VIEW sp.file_quality AS
SELECT i.ingest_id, i.name, i.source, i.rows_read, i.rows_valid, i.rows_rejected,
       round(100.0 * i.rows_rejected / nullif(i.rows_read, 0), 3) AS rejected_percent,
       coalesce(r.violations, 0) AS violations,
       i.rows_loaded, i.rows_duplicate, i.first_ts, i.last_ts, i.committed_at, i.rows_conflict
  FROM sp.ingest i
  LEFT JOIN LATERAL (SELECT count(*) AS violations FROM sp.rejection
                      WHERE ingest_id = i.ingest_id) r ON true;

CREATE OR REPLACE FUNCTION sp.grant_roles() RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  role_name name;
BEGIN
  FOREACH role_name IN ARRAY '{sp_loader,sp_reader}'::name[] LOOP
    IF to_regrole(role_name) IS NULL THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
      EXCEPTION
        WHEN insufficient_privilege THEN
          RAISE NOTICE 'role % is missing and % may not create it', role_name, current_user;
        WHEN duplicate_object OR unique_violation THEN NULL;  -- made meanwhile for another database
      END;
    END IF;
  END LOOP;

  IF to_regrole('sp_loader') IS NOT NULL THEN
    GRANT USAGE ON SCHEMA sp TO sp_loader;
    GRANT INSERT ON sp.ingest, sp.location, sp.sensor, sp.reading, sp.metric, sp.rejection
       TO sp_loader;
    -- What inserting has to read: the ledger, and the keys that ON CONFLICT looks at.
    GRANT SELECT ON sp.ingest TO sp_loader;
    GRANT SELECT (location_id) ON sp.location TO sp_loader;
    GRANT SELECT (sensor_id) ON sp.sensor TO sp_loader;
    GRANT SELECT (sensor_id, ts) ON sp.reading TO sp_loader;
    GRANT EXECUTE ON FUNCTION sp.ensure_partition, sp.withdraw_ingest, sp.rows_that_differ,
      sp.finish_ingest(bigint, text, text, bigint, bigint, bigint, bigint, bigint,
                       timestamptz, timestamptz),
      sp.finish_ingest(bigint, text, text, bigint, bigint, bigint, bigint, bigint, bigint,
                       timestamptz, timestamptz) TO sp_loader;
  END IF;

  IF to_regrole('sp_reader') IS NOT NULL THEN
    GRANT USAGE ON SCHEMA sp TO sp_reader;
    GRANT SELECT ON ALL TABLES IN SCHEMA sp TO sp_reader;
    GRANT EXECUTE ON FUNCTION sp.hourly_between TO sp_reader;
  END IF;
END
$$;

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA sp FROM PUBLIC;

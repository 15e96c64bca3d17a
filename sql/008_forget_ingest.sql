-- Undoing one load.

-- With its caller's rights: for the tables' owner.
CREATE FUNCTION sp.forget_ingest(ingest_id bigint) RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  load sp.ingest;
  deleted bigint;
  more bigint;
BEGIN
  SELECT * INTO load FROM sp.ingest i WHERE i.ingest_id = $1 FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'there is no ingest %', $1 USING ERRCODE = 'no_data_found';
  END IF;
  -- The months between its times only.
  DELETE FROM sp.reading r
   WHERE r.ingest_id = $1 AND r.ts BETWEEN load.first_ts AND load.last_ts;
  GET DIAGNOSTICS deleted = ROW_COUNT;
  IF load.first_ts IS NULL OR deleted < load.rows_loaded THEN
    -- Readings were not its first input, or others have replaced rows since.
    DELETE FROM sp.reading r WHERE r.ingest_id = $1;
    GET DIAGNOSTICS more = ROW_COUNT;
    deleted := deleted + more;
  END IF;
  DELETE FROM sp.metric m WHERE m.ingest_id = $1;
  DELETE FROM sp.rejection r WHERE r.ingest_id = $1;
  DELETE FROM sp.ingest i WHERE i.ingest_id = $1;
  RETURN deleted;
END
$$;
COMMENT ON FUNCTION sp.forget_ingest IS 'Undoes a load: deletes its readings, metrics, rejections and ledger row, so that the file can be loaded again; returns the number of readings. Dimensions stay, and rows that the load replaced do not come back';
REVOKE EXECUTE ON FUNCTION sp.forget_ingest FROM PUBLIC;

-- Three roles to grant to those who log in: GRANT sp_loader TO me. sp-load --init calls
-- sp.grant_roles() each time, so that roles which appear later get their rights too.

CREATE FUNCTION sp.grant_roles() RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  role_name name;
BEGIN
  FOREACH role_name IN ARRAY '{sp_loader,sp_corrector,sp_reader}'::name[] LOOP
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

  FOREACH role_name IN ARRAY '{sp_loader,sp_corrector}'::name[] LOOP
    CONTINUE WHEN to_regrole(role_name) IS NULL;
    EXECUTE format($g$
      GRANT USAGE ON SCHEMA sp TO %1$I;
      GRANT INSERT (digest, key, name, size_bytes, tool_version, taken_at) ON sp.ingest TO %1$I;
      GRANT INSERT ON sp.reading, sp.metric, sp.stated_type, sp.rejection TO %1$I;
      -- What inserting has to read: the ledger, and keys.
      GRANT SELECT ON sp.ingest, sp.quantity, sp.location, sp.journal TO %1$I;
      GRANT SELECT (sensor_id, source, key, sensor_type, location_id, same_as) ON sp.sensor TO %1$I;
      GRANT SELECT (sensor_id, ts) ON sp.reading TO %1$I;
      GRANT EXECUTE ON FUNCTION sp.edition, sp.kept_since, sp.ensure_quantities, sp.sensor_ids,
        sp.location_ids, sp.ensure_month, sp.open_month, sp.attach_month, sp.stage_rows, sp.merge_known,
        sp.count_metrics, sp.finish_ingests, sp.withdraw_ingest, sp.forget_in_vain, sp.note_outcomes TO %1$I$g$, role_name);
  END LOOP;
  IF to_regrole('sp_corrector') IS NOT NULL THEN
    GRANT EXECUTE ON FUNCTION sp.replace_known, sp.settle TO sp_corrector;
    GRANT SELECT ON sp.open_disputes TO sp_corrector;
  END IF;

  IF to_regrole('sp_reader') IS NOT NULL THEN
    GRANT USAGE ON SCHEMA sp TO sp_reader;
    GRANT SELECT ON ALL TABLES IN SCHEMA sp TO sp_reader;
    GRANT EXECUTE ON FUNCTION sp.edition, sp.kept_since, sp.file_name, sp.window_of, sp.as_moments, sp.mean_of,
      sp.stddev_of, sp.moments(double precision), sp.moments(double precision[]), sp.statistics_of,
      sp.parts_of_sensor, sp.hourly_between, sp.daily_between, sp.daily_in, sp.rhythm_of, sp.gaps_between,
      sp.silent_sensors, sp.readings_of_sensor, sp.sensor_quality_between, sp.coverage_between, sp.metric_errors TO sp_reader;
  END IF;
END
$$;
COMMENT ON FUNCTION sp.grant_roles IS 'Makes the roles sp_loader (loads), sp_corrector (loads, replaces, settles) and sp_reader (selects) where the caller may, and grants what they need';

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA sp FROM PUBLIC;

-- Two roles to grant to those who log in: GRANT sp_loader TO me. sp-load --init calls
-- sp.grant_roles() each time, so that roles which appear later get their rights too.

CREATE FUNCTION sp.grant_roles() RETURNS void
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
    GRANT EXECUTE ON FUNCTION sp.ensure_partition, sp.finish_ingest TO sp_loader;
  END IF;

  IF to_regrole('sp_reader') IS NOT NULL THEN
    GRANT USAGE ON SCHEMA sp TO sp_reader;
    GRANT SELECT ON ALL TABLES IN SCHEMA sp TO sp_reader;
    GRANT EXECUTE ON FUNCTION sp.hourly_between TO sp_reader;
  END IF;
END
$$;
COMMENT ON FUNCTION sp.grant_roles IS 'Makes the roles sp_loader (inserts) and sp_reader (selects) where the caller may, and grants what they need';

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA sp FROM PUBLIC;

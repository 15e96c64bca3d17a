-- What a loader, a corrector and the owner may do beyond inserting. A function of a loader does only
-- what its comment says, with its owner's rights (SECURITY DEFINER): its search_path is fixed, and the
-- temporary tables that it reads are its owner's, so that nothing of the caller's runs with his rights.
--
-- An error that is the data's or the set-up's has a SQLSTATE of its own, SP and the exit status that
-- sp-load ends with: SP65x wrong data, SP78x configuration; SP70x is for people who call a function.

-- n, sum and sum of squared deviations, as PostgreSQL's own statistics keep and merge them
-- (Youngs, Cramer; Chan et al.): exact in any order and any cut, and in C.
CREATE AGGREGATE sp.moments(double precision) (
  SFUNC = float8_accum, STYPE = double precision[], COMBINEFUNC = float8_combine,
  INITCOND = '{0,0,0}', PARALLEL = SAFE
);
COMMENT ON AGGREGATE sp.moments(double precision) IS 'Number, sum and sum of squared deviations of values, each within 1e140 of zero';
CREATE AGGREGATE sp.moments(double precision[]) (
  SFUNC = float8_combine, STYPE = double precision[], COMBINEFUNC = float8_combine,
  INITCOND = '{0,0,0}', PARALLEL = SAFE
);
COMMENT ON AGGREGATE sp.moments(double precision[]) IS 'Merges what sp.moments of parts gave';

-- An operation on double precision that overflows is an error in SQL and ends the whole query. What is
-- beyond 1e280 counts as infinite in a mean, and so do squares of what is beyond 1e140.
CREATE FUNCTION sp.as_moments(n bigint, mean double precision, m2 double precision)
RETURNS double precision[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
  SELECT ARRAY[n::double precision,
               CASE WHEN abs(mean) > 1e280 THEN mean * 'Infinity' ELSE n * mean END,
               CASE WHEN abs(mean) > 1e140 OR m2 > 1e280 THEN 'Infinity' ELSE m2 END]
$$;
COMMENT ON FUNCTION sp.as_moments IS 'A row of sp.metric as sp.moments has it';

CREATE FUNCTION sp.mean_of(moments double precision[], circle double precision, sum_sin double precision,
                           sum_cos double precision) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
  SELECT CASE WHEN circle IS NULL THEN moments[2] / moments[1]
              WHEN sqrt(sum_sin * sum_sin + sum_cos * sum_cos) > 1e-12 * moments[1]
              THEN circle * coalesce(nullif(atan2d(sum_sin, sum_cos) / 360
                                            + CASE WHEN sum_sin < 0 THEN 1 ELSE 0 END, 1), 0) END
$$;
COMMENT ON FUNCTION sp.mean_of IS 'The mean; of a circular quantity the direction of the sum of its unit vectors, from 0 to less than a full circle, null where they cancel each other out';

CREATE FUNCTION sp.stddev_of(moments double precision[], circle double precision,
                             sum_sin double precision, sum_cos double precision)
RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
  SELECT CASE WHEN moments[1] < 2 OR sqrt(sum_sin * sum_sin + sum_cos * sum_cos) <= 1e-12 * moments[1]
              THEN NULL
              WHEN circle IS NOT NULL
              THEN circle / (2 * pi()) * sqrt(2 * abs(ln(least(1,
                     sqrt(sum_sin * sum_sin + sum_cos * sum_cos) / moments[1]))))
              WHEN moments[3] = 'NaN' THEN 'Infinity'
              ELSE sqrt(moments[3] / (moments[1] - 1)) END
$$;
COMMENT ON FUNCTION sp.stddev_of IS 'The sample standard deviation, of n - 1; of a circular quantity the circular standard deviation; null for n = 1, and where directions cancel each other out';

CREATE FUNCTION sp.window_of(hours integer, ts timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT date_trunc(CASE hours WHEN 1 THEN 'hour' ELSE 'day' END, ts, 'UTC') $$;
COMMENT ON FUNCTION sp.window_of IS 'Start of the window (UTC) that holds a time';

CREATE FUNCTION sp.kept_since() RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$ SELECT coalesce((SELECT kept_since FROM sp.retention), '-infinity') $$;
COMMENT ON FUNCTION sp.kept_since IS 'Readings before it are expired: counted, never loaded';

-- ---------------------------------------------------------------- quantities, sensors, places

-- A quantity may have any other name: where sp.reading is read, whole rows are written r.*, and variables
-- $1 or sp_..., so that none of them is taken for a column.
CREATE FUNCTION sp.check_names(names text[]) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  wrong text;
BEGIN
  SELECT string_agg(coalesce(quote_ident(n), '(none)'), ', ' ORDER BY position) INTO wrong
    FROM unnest(names) WITH ORDINALITY AS a(n, position)
   WHERE n IS NULL OR octet_length(n) NOT BETWEEN 1 AND 63 OR n ~ '[[:cntrl:]]' OR n LIKE 'sp\_%'
      OR n IN ('sensor_id', 'ingest_id', 'ts', 'location_id', 'source', 'key', 'sensor_type', 'location',
               'latitude', 'longitude', 'altitude', 'tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid');
  IF wrong IS NOT NULL THEN
    RAISE EXCEPTION 'not a name for a quantity: %', wrong
      USING ERRCODE = 'SP783', DETAIL = wrong, HINT = 'Give the field another name with rename.';
  END IF;
END
$$;
COMMENT ON FUNCTION sp.check_names IS 'Refuses names that columns of sp.reading and its views cannot have, all at once';

-- No text of a caller's is ever part of a statement: it becomes one of these words, or none.
CREATE FUNCTION sp.column_type(kind text) RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$ SELECT CASE kind WHEN 'number' THEN 'double precision' WHEN 'boolean' THEN 'boolean'
                       WHEN 'text' THEN 'text' END $$;
COMMENT ON FUNCTION sp.column_type IS 'Type of a quantity''s column in sp.reading, null for no kind of quantity';

-- In a transaction of its own: adding a column locks sp.reading until the end of it.
CREATE FUNCTION sp.ensure_quantities(asked jsonb, max_new integer)
RETURNS TABLE (quantity_id smallint, name text, kind text, unit text, unit_definition text,
               standard_name text, circle double precision)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '2s'  -- 55P03: the caller tries again; readers must not queue behind it
AS $$
#variable_conflict use_column
DECLARE
  wrong text;
  detail text;
  columns text;
  added integer;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('sp.ensure_quantities'), 0);
  CREATE TEMP TABLE sp_asked ON COMMIT DROP AS
  SELECT a.name, coalesce(a.kind, 'number') AS kind, a.unit, coalesce(a.unit_definition, a.unit)
         AS unit_definition, a.standard_name, a.circle, a.position
    FROM ROWS FROM (jsonb_to_recordset(asked) AS (name text, kind text, unit text,
           unit_definition text, standard_name text, circle double precision))
         WITH ORDINALITY AS a(name, kind, unit, unit_definition, standard_name, circle, position);
  PERFORM sp.check_names(array_agg(a.name ORDER BY a.position)) FROM pg_temp.sp_asked a;
  SELECT string_agg(quote_ident(a.name), ', ' ORDER BY a.position) INTO wrong
    FROM pg_temp.sp_asked a WHERE sp.column_type(a.kind) IS NULL;
  IF wrong IS NOT NULL THEN
    RAISE EXCEPTION 'the kind of a quantity is number, boolean or text: %', wrong
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  SELECT string_agg(format('%s is %s of %s here, not %s of %s', quote_ident(q.name), q.kind,
                           coalesce(q.unit, 'no unit'), a.kind, coalesce(a.unit, 'no unit'))
                    || CASE WHEN q.standard_name <> a.standard_name
                            THEN format(' (%s, not %s)', q.standard_name, a.standard_name)
                            ELSE '' END, '; ' ORDER BY a.position),
         jsonb_agg(jsonb_build_object('name', q.name, 'kind', q.kind, 'unit', q.unit,
                                      'standard_name', q.standard_name) ORDER BY a.position)::text
    INTO wrong, detail
    FROM pg_temp.sp_asked a JOIN sp.quantity q ON q.name = a.name
   WHERE q.kind <> a.kind OR q.unit_definition IS DISTINCT FROM a.unit_definition
      OR q.standard_name <> a.standard_name OR coalesce(q.circle, 0) <> coalesce(a.circle, q.circle, 0);
  IF wrong IS NOT NULL THEN
    RAISE EXCEPTION 'the database has other units: %', wrong
      USING ERRCODE = 'SP781', DETAIL = detail, HINT = 'Convert with targetUnit in the schema.';
  END IF;
  DELETE FROM pg_temp.sp_asked a USING sp.quantity q WHERE q.name = a.name;
  SELECT count(*), string_agg(quote_ident(a.name), ', ' ORDER BY a.position),
         string_agg(format('ADD COLUMN %I %s', a.name, sp.column_type(a.kind)), ', ' ORDER BY a.position)
    INTO added, wrong, columns
    FROM pg_temp.sp_asked a;
  IF added > coalesce(max_new, 0) THEN
    RAISE EXCEPTION '% quantities are new, more than the % allowed at once: %', added,
                    coalesce(max_new, 0), wrong
      USING ERRCODE = 'SP782', HINT = 'sp-load --max-new-quantities allows more.';
  END IF;
  IF added > 0 THEN
    IF added + (SELECT count(*) FROM sp.quantity) > 900 THEN
      RAISE EXCEPTION 'more than 900 quantities: a row of sp.reading would not fit its page'
        USING ERRCODE = 'SP783',
              HINT = 'sp-transform --melt makes rows of one value each.';
    END IF;
    EXECUTE 'ALTER TABLE sp.reading ' || columns;
    INSERT INTO sp.quantity (name, kind, unit, unit_definition, standard_name, circle)
    SELECT a.name, a.kind, a.unit, a.unit_definition, a.standard_name, a.circle
      FROM pg_temp.sp_asked a ORDER BY a.position;
    PERFORM sp.refresh_views();
  END IF;
  DROP TABLE pg_temp.sp_asked;
  RETURN QUERY SELECT q.quantity_id, q.name::text, q.kind, q.unit, q.unit_definition, q.standard_name,
                      q.circle
                 FROM sp.quantity q
                WHERE q.name IN (SELECT a->>'name' FROM jsonb_array_elements(asked) AS a);
END
$$;
COMMENT ON FUNCTION sp.ensure_quantities IS 'Registers the quantities that are missing, at most max_new, and adds their columns to sp.reading; refuses those that are there with another unit, kind or standard name. asked: [{"name", "kind", "unit", "unit_definition", "standard_name", "circle"}, ...]';

-- For a connection of its own, in a transaction of its own, so that no other load waits for this one's
-- end. Known ones are looked up first: ON CONFLICT alone would take a number for each.
CREATE FUNCTION sp.sensor_ids(source text, keys text[], types text[], locations integer[],
                              max_new integer)
RETURNS TABLE (key text, sensor_id integer, sensor_type text, location_id integer)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '10s'
AS $$
#variable_conflict use_column
DECLARE
  added bigint;
BEGIN
  SELECT count(DISTINCT k COLLATE "C") INTO added FROM unnest($2) AS k
   WHERE NOT EXISTS (SELECT FROM sp.sensor s WHERE s.source = $1 AND s.key = k);
  IF added > coalesce(max_new, 0) THEN
    RAISE EXCEPTION '% sensors of % are new, more than the % allowed', added, $1, coalesce(max_new, 0)
      USING ERRCODE = 'SP654';
  END IF;
  -- In the order of the key: two that make the same sensors never wait for each other in a circle.
  INSERT INTO sp.sensor (source, key, sensor_type, location_id)
  SELECT DISTINCT ON (a.k) $1, a.k, a.t, a.l
    FROM (SELECT k COLLATE "C" AS k, t, l, n
            FROM unnest($2, $3, $4) WITH ORDINALITY AS asked(k, t, l, n)) AS a
   WHERE NOT EXISTS (SELECT FROM sp.sensor s WHERE s.source = $1 AND s.key = a.k)
   ORDER BY a.k, a.n
  ON CONFLICT DO NOTHING;
  -- What no file has said yet: once each.
  PERFORM FROM sp.sensor s JOIN unnest($2, $3, $4) AS a(k, t, l) ON s.source = $1 AND s.key = a.k
    WHERE (s.sensor_type IS NULL AND a.t IS NOT NULL) OR (s.location_id IS NULL AND a.l IS NOT NULL)
    ORDER BY s.sensor_id FOR NO KEY UPDATE OF s;
  IF FOUND THEN
    UPDATE sp.sensor s
       SET sensor_type = coalesce(s.sensor_type, a.t), location_id = coalesce(s.location_id, a.l)
      FROM unnest($2, $3, $4) AS a(k, t, l)
     WHERE s.source = $1 AND s.key = a.k
       AND ((s.sensor_type IS NULL AND a.t IS NOT NULL)
            OR (s.location_id IS NULL AND a.l IS NOT NULL));
  END IF;
  RETURN QUERY
  SELECT s.key::text, m.sensor_id, m.sensor_type, m.location_id
    FROM sp.sensor s JOIN sp.sensor m ON m.sensor_id = coalesce(s.same_as, s.sensor_id)
   WHERE s.source = $1 AND s.key = ANY ($2);
END
$$;
COMMENT ON FUNCTION sp.sensor_ids IS 'The sensors of these keys, made where they are new, at most max_new; type and home are set where they are null. types and locations go with keys, null where the file says nothing';

CREATE FUNCTION sp.location_ids(source text, keys text[], latitudes double precision[],
                                longitudes double precision[], altitudes double precision[])
RETURNS TABLE ("position" bigint, location_id integer)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '10s'
AS $$
#variable_conflict use_column
BEGIN
  INSERT INTO sp.location (source, key, latitude, longitude, altitude)
  SELECT DISTINCT ON (coalesce(k, ''), a, o) $1, k, lat, lon, alt
    FROM (SELECT k COLLATE "C" AS k, lat, lon, alt, n,
                 coalesce(round(lat * 1e5)::integer, 2147483647) AS a,
                 coalesce(round(lon * 1e5)::integer, 2147483647) AS o
            FROM unnest($2, $3, $4, $5) WITH ORDINALITY AS asked(k, lat, lon, alt, n)) AS asked
   WHERE NOT EXISTS (SELECT FROM sp.location l
                      WHERE l.source = $1 AND coalesce(l.key, '') = coalesce(k, '')
                        AND coalesce(round(l.latitude * 1e5)::integer, 2147483647) = a
                        AND coalesce(round(l.longitude * 1e5)::integer, 2147483647) = o)
   ORDER BY coalesce(k, ''), a, o, n
  ON CONFLICT DO NOTHING;
  RETURN QUERY
  SELECT asked.n, l.location_id
    FROM unnest($2, $3, $4) WITH ORDINALITY AS asked(k, lat, lon, n)
    JOIN sp.location l ON l.source = $1 AND coalesce(l.key, '') = coalesce(k, '')
     AND coalesce(round(l.latitude * 1e5)::integer, 2147483647)
         = coalesce(round(lat * 1e5)::integer, 2147483647)
     AND coalesce(round(l.longitude * 1e5)::integer, 2147483647)
         = coalesce(round(lon * 1e5)::integer, 2147483647);
END
$$;
COMMENT ON FUNCTION sp.location_ids IS 'The places of these keys and coordinates, made where they are new; position: of the place in the arrays, from 1';

-- ---------------------------------------------------------------- months

CREATE FUNCTION sp.month_name(at timestamptz) RETURNS name
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF NOT isfinite(at) OR at < '0001-01-01Z' OR at >= '10000-01-01Z' THEN
    RAISE EXCEPTION 'no month for the time %: years 1 to 9999', at
      USING ERRCODE = 'datetime_field_overflow';
  END IF;
  IF at < sp.kept_since() THEN
    RAISE EXCEPTION 'readings before % are kept no longer', sp.kept_since() USING ERRCODE = 'SP655';
  END IF;
  RETURN 'reading' || to_char(date_trunc('month', at AT TIME ZONE 'UTC'), '_YYYY_MM');
END
$$;
COMMENT ON FUNCTION sp.month_name IS 'Name of the partition of sp.reading that holds a time';

CREATE FUNCTION sp.months() RETURNS TABLE (child regclass, since timestamptz, until timestamptz)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
SET DateStyle = 'ISO, YMD'
AS $$
  SELECT i.inhrelid::regclass,
         substring(pg_get_expr(c.relpartbound, c.oid) FROM $re$FROM \('([^']+)'\)$re$)::timestamptz,
         substring(pg_get_expr(c.relpartbound, c.oid) FROM $re$TO \('([^']+)'\)$re$)::timestamptz
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
   WHERE i.inhparent = 'sp.reading'::regclass
$$;
COMMENT ON FUNCTION sp.months IS 'The partitions of sp.reading and their bounds';

CREATE FUNCTION sp.attach(child name, month timestamptz) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
SET DateStyle = 'ISO, YMD'
AS $$
DECLARE
  first_day timestamp := date_trunc('month', month AT TIME ZONE 'UTC');
BEGIN
  EXECUTE format('ALTER TABLE sp.reading ATTACH PARTITION sp.%I FOR VALUES FROM (%L) TO (%L)', child,
                 first_day || 'Z', first_day + interval '1 month' || 'Z');
END
$$;
COMMENT ON FUNCTION sp.attach IS 'Makes a table the partition of a month';

CREATE FUNCTION sp.ensure_month(at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
SET DateStyle = 'ISO, YMD'
AS $$
DECLARE
  child name := sp.month_name(at);
  first_day timestamp := date_trunc('month', at AT TIME ZONE 'UTC');
  new text := child;
BEGIN
  PERFORM FROM pg_inherits
    WHERE inhparent = 'sp.reading'::regclass AND inhrelid = to_regclass(format('sp.%I', child));
  IF FOUND THEN
    RETURN;
  END IF;
  -- One maker at a time. The loser waits for the winner's commit and then sees its table.
  PERFORM pg_advisory_xact_lock(hashtext('sp.ensure_month'), 0);
  -- A table of that name is another load's new partition, or was detached: then a partition under
  -- another name tells, by the bounds, whether the month has a place all the same.
  IF to_regclass(format('sp.%I', child)) IS NOT NULL THEN
    IF EXISTS (SELECT FROM pg_inherits
                WHERE inhparent = 'sp.reading'::regclass
                  AND inhrelid = to_regclass(format('sp.%I', child))) THEN
      RETURN;
    END IF;
    new := format('sp_ensure_month_%s', pg_backend_pid());
  END IF;
  -- CREATE TABLE ... PARTITION OF would lock the parent against every running COPY; ATTACH takes
  -- SHARE UPDATE EXCLUSIVE, which COPY and SELECT do not mind.
  EXECUTE format('CREATE TABLE sp.%I (LIKE sp.reading INCLUDING ALL)', new);
  PERFORM sp.attach(new, at);
  IF new <> child THEN
    RAISE EXCEPTION 'sp.reading has no partition for %: table sp.% is there and is not attached',
      to_char(first_day, 'YYYY-MM'), child
      USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = format('to load this month, attach it: ALTER TABLE sp.reading ATTACH PARTITION sp.%I'
                          ' FOR VALUES FROM (%L) TO (%L); or rename it, and a new one is made',
                          child, first_day || 'Z', first_day + interval '1 month' || 'Z');
  END IF;
EXCEPTION
  -- The winner's table: waiting for its lock does not bring this session's catalog cache up to date.
  WHEN duplicate_table THEN RETURN;
  -- A partition with other bounds covers that month: let the rows find it.
  WHEN invalid_object_definition THEN RETURN;
END
$$;
COMMENT ON FUNCTION sp.ensure_month IS 'Makes the monthly partition of sp.reading that holds a time, where there is none';

-- For a load that opens a month: rows first, the key afterwards, which is half the server's work. Until
-- the end of the transaction others that need the month wait, as with sp.ensure_month.
CREATE FUNCTION sp.open_month(at timestamptz) RETURNS name
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
SET DateStyle = 'ISO, YMD'
AS $$
DECLARE
  child name := sp.month_name(at);
  first_day timestamp := date_trunc('month', at AT TIME ZONE 'UTC');
BEGIN
  -- A table of its own knows nothing of the triggers of sp.reading.
  IF EXISTS (SELECT FROM pg_trigger WHERE tgrelid = 'sp.reading'::regclass AND NOT tgisinternal)
     OR to_regclass(format('sp.%I', child)) IS NOT NULL
     OR EXISTS (SELECT FROM sp.months() m WHERE m.since <= at AND at < m.until) THEN
    PERFORM sp.ensure_month(at);
    RETURN NULL;
  END IF;
  PERFORM pg_advisory_xact_lock(hashtext('sp.ensure_month'), 0);
  IF to_regclass(format('sp.%I', child)) IS NOT NULL
     OR EXISTS (SELECT FROM sp.months() m WHERE m.since <= at AND at < m.until) THEN
    RETURN NULL;
  END IF;
  -- The constraint spares sp.attach_month a look at all rows.
  EXECUTE format('CREATE TABLE sp.%I (LIKE sp.reading INCLUDING ALL EXCLUDING INDEXES,'
                 ' CONSTRAINT sp_month CHECK (ts >= %L AND ts < %L))', child, first_day || 'Z',
                 first_day + interval '1 month' || 'Z');
  -- To loaders alone, though nobody else sees it before it is attached: it may be committed as it is.
  EXECUTE format('GRANT INSERT ON sp.%I TO SESSION_USER', child);
  IF to_regrole('sp_loader') IS NOT NULL THEN
    EXECUTE format('GRANT INSERT ON sp.%I TO sp_loader', child);
  END IF;
  RETURN child;
EXCEPTION
  WHEN duplicate_table THEN RETURN NULL;  -- as in sp.ensure_month
END
$$;
COMMENT ON FUNCTION sp.open_month IS 'A table without key for the month that holds a time, to be filled and then attached by sp.attach_month in the same transaction; null where the month is there';

CREATE FUNCTION sp.attach_month(child name) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
AS $$
BEGIN
  -- A month that the owner detached has its key.
  PERFORM FROM pg_class c
    WHERE c.relnamespace = 'sp'::regnamespace AND c.relname = child AND c.relkind = 'r'
      AND NOT c.relispartition AND NOT c.relhasindex AND child ~ '^reading_[0-9]{4}_[0-9]{2}$';
  IF NOT FOUND THEN
    RAISE EXCEPTION '% is not a month that sp.open_month opened', child
      USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  IF to_regrole('sp_loader') IS NOT NULL THEN
    EXECUTE format('REVOKE INSERT ON sp.%I FROM sp_loader', child);
  END IF;
  IF session_user <> current_user THEN
    EXECUTE format('REVOKE INSERT ON sp.%I FROM SESSION_USER', child);
  END IF;
  EXECUTE format('ALTER TABLE sp.%I ADD PRIMARY KEY (sensor_id, ts)', child);
  PERFORM sp.attach(child, (replace(right(child, 7), '_', '-') || '-01Z')::timestamptz);
  EXECUTE format('ALTER TABLE sp.%I DROP CONSTRAINT sp_month', child);
END
$$;
COMMENT ON FUNCTION sp.attach_month IS 'Makes the key of a table of sp.open_month and attaches it';

-- ---------------------------------------------------------------- metrics

-- One array a quantity: a row may have 1,664 expressions, and there may be 900 quantities.
CREATE FUNCTION sp.statistics_of(alias text, OUT aggregates text, OUT results text)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT coalesce(string_agg(format($f$
         ARRAY[count(%1$s),
               ((sp.moments(%2$s))[2] + coalesce(%3$s, 0)) / nullif(count(%1$s), 0),
               CASE WHEN %3$s IS NULL THEN (sp.moments(%2$s))[3] ELSE 'Infinity' END,
               min(%1$s), max(%1$s), %4$s] AS s%5$s$f$,
           c.column_name, v.within, v.beyond, v.angles, q.quantity_id), ',' ORDER BY q.quantity_id),
           'NULL::double precision[] AS s0'),
         -- Expressions of VALUES are prepared anew for each row: few of them.
         format('SELECT v.quantity_id, v.s[1]::bigint AS n, v.s[2] AS mean, v.s[3] AS m2, v.s[4] AS min,'
                ' v.s[5] AS max, v.s[6] AS sum_sin, v.s[7] AS sum_cos FROM (VALUES %s)'
                ' AS v(quantity_id, s) WHERE v.s[1] > 0',
                coalesce(string_agg(format('(%1$s::smallint, s%1$s)', q.quantity_id), ', '
                                    ORDER BY q.quantity_id), '(0::smallint, s0)'))
    FROM sp.quantity q
   CROSS JOIN LATERAL (SELECT format('%s.%I', alias, q.name)) AS c(column_name)
   CROSS JOIN LATERAL (
     SELECT format('CASE WHEN abs(%1$s) <= 1e140 THEN %1$s END', c.column_name),
            format('sum(CASE WHEN abs(%1$s) <= 1e140 THEN NULL WHEN abs(%1$s) > 1e280'
                   ' THEN %1$s * ''Infinity'' ELSE %1$s END)', c.column_name),
            CASE WHEN q.circle IS NULL THEN 'NULL, NULL'
                 ELSE format('coalesce(sum(sin(CASE WHEN abs(%1$s) <= 1e140 THEN %1$s END / %2$L'
                             ' * (2 * pi()))), 0), coalesce(sum(cos(CASE WHEN abs(%1$s) <= 1e140'
                             ' THEN %1$s END / %2$L * (2 * pi()))), 0)', c.column_name, q.circle) END
   ) AS v(within, beyond, angles)
   WHERE q.kind = 'number'
$$;
COMMENT ON FUNCTION sp.statistics_of IS 'SQL: aggregates of all quantities of numbers, and a query of their results as rows (quantity_id, n, mean, m2, min, max, sum_sin, sum_cos)';

-- For the functions below, which made pg_temp.sp_touched.
CREATE FUNCTION sp.recount() RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
SET DateStyle = 'ISO, YMD'
SET jit = off
AS $$
DECLARE
  statistics record := sp.statistics_of('r');
  counted bigint := 0;
  since timestamptz;
  until timestamptz;
BEGIN
  ANALYZE pg_temp.sp_touched;
  DELETE FROM sp.metric m USING pg_temp.sp_touched t
   WHERE m.sensor_id = t.sensor_id AND m.window_start = t.window_start AND m.ingest_id = t.ingest_id;
  SELECT min(t.since), max(t.until) INTO since, until FROM pg_temp.sp_touched t WHERE t.since < t.until;
  IF since IS NOT NULL THEN
    -- The bounds are written out, so that the planner leaves other months alone.
    EXECUTE format($q$
      INSERT INTO sp.metric (sensor_id, ingest_id, window_start, window_hours, quantity_id, n, mean, m2,
                             min, max, sum_sin, sum_cos)
      SELECT w.sensor_id, w.ingest_id, w.window_start, w.window_hours, q.*
        FROM (SELECT t.sensor_id, t.ingest_id, t.window_start, t.window_hours, %s
                FROM (SELECT ingest_id, sensor_id, window_start, window_hours, min(since) AS since,
                             max(until) AS until
                        FROM pg_temp.sp_touched GROUP BY 1, 2, 3, 4) AS t
                JOIN sp.reading r ON r.sensor_id = t.sensor_id AND r.ts >= t.since AND r.ts < t.until
                 AND r.ingest_id = t.ingest_id
               WHERE r.ts >= %L AND r.ts < %L
               GROUP BY 1, 2, 3, 4) AS w
       CROSS JOIN LATERAL (%s) AS q$q$, statistics.aggregates, since, until, statistics.results);
    GET DIAGNOSTICS counted = ROW_COUNT;
  END IF;
  DROP TABLE pg_temp.sp_touched;
  RETURN counted;
END
$$;
COMMENT ON FUNCTION sp.recount IS 'Makes metrics of windows (pg_temp.sp_touched) those of their readings again';

CREATE FUNCTION sp.begun_here(ingest_id integer) RETURNS boolean
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT EXISTS (SELECT FROM sp.ingest i
                  WHERE i.ingest_id = $1 AND i.committed_at IS NULL
                    AND i.xmin = pg_current_xact_id()::xid)
$$;
COMMENT ON FUNCTION sp.begun_here IS 'Whether this transaction wrote the ledger row, and has not finished it';

CREATE FUNCTION sp.count_metrics(ingest_id integer, window_hours integer, since timestamptz,
                                 until timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
SET DateStyle = 'ISO, YMD'
AS $$
BEGIN
  IF NOT sp.begun_here(ingest_id) THEN
    RAISE EXCEPTION 'ingest % was not begun in this transaction', ingest_id
      USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  EXECUTE format($q$
    CREATE TEMP TABLE sp_touched ON COMMIT DROP AS
    SELECT %1$s AS ingest_id, r.sensor_id, sp.window_of(%2$s, r.ts) AS window_start,
           %2$s::smallint AS window_hours, min(r.ts) AS since, max(r.ts) + interval '1 us' AS until
      FROM sp.reading r WHERE r.ingest_id = %1$s AND r.ts BETWEEN %3$L AND %4$L
     GROUP BY r.sensor_id, 3$q$, ingest_id, window_hours, since, until);
  RETURN sp.recount();
END
$$;
COMMENT ON FUNCTION sp.count_metrics IS 'Makes the metrics of a load of this transaction from its readings, for loads without a stream of metrics';

-- ---------------------------------------------------------------- rows that are there already

CREATE FUNCTION sp.stage_rows(quantities text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  columns text;
BEGIN
  SELECT string_agg(format(', %I %s', q.name, sp.column_type(q.kind)), '' ORDER BY q.quantity_id)
    INTO columns
    FROM sp.quantity q WHERE q.name = ANY (quantities);
  EXECUTE format('CREATE TEMP TABLE sp_stage (sp_position bigint NOT NULL, ingest_id integer NOT NULL,'
                 ' sensor_id integer NOT NULL, ts timestamptz NOT NULL, location_id integer%s)'
                 ' ON COMMIT DROP', coalesce(columns, ''));
  GRANT INSERT ON pg_temp.sp_stage TO PUBLIC;  -- of this session: nobody else sees it
END
$$;
COMMENT ON FUNCTION sp.stage_rows IS 'Makes pg_temp.sp_stage for rows whose sensor and time may be known: position in the input, load, sensor, time, place (null where the file says none) and the quantities that the file has';

-- As if the rows of pg_temp.sp_stage were loaded one after the other. Rows with one sensor and time are
-- taken in turns, so that rows of one input meet each other as they meet those of other loads.
CREATE FUNCTION sp.merge_rows(loads jsonb, on_known text, on_conflict text)
RETURNS TABLE (ingest_id integer, rows_new bigint, rows_completed bigint, rows_known bigint,
               rows_kept_out bigint, rows_replaced bigint, conflicts bigint[], earlier text)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
SET DateStyle = 'ISO, YMD'
SET extra_float_digits = 1
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
  brought text;    -- ", a, b": the quantities that the file has
  staged text;     -- ", s.a, s.b"
  differs text;    -- "r.a <> s.a OR ..."
  lacks text;      -- "r.a IS NULL AND s.a IS NOT NULL OR ..."
  changes text;    -- ", a = coalesce(s.a, r.a)"
  set_ids text;    -- "CASE WHEN r.a IS NULL AND s.a IS NOT NULL THEN 1 END, ..."
  bounds text;     -- on r.ts, written out: without them the planner looks at every month
  turns integer;
  name text;
  example text;
  problem text;
  positions bigint[];
  state text;
BEGIN
  IF on_known NOT IN ('skip', 'error') OR on_conflict NOT IN ('error', 'keep', 'replace') THEN
    RAISE EXCEPTION 'no such policy: %, %', on_known, on_conflict
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  -- It is read with the owner's rights: only his own, made by sp.stage_rows, can run nothing of others.
  PERFORM FROM pg_class c JOIN pg_roles o ON o.oid = c.relowner
    WHERE c.oid = to_regclass('pg_temp.sp_stage') AND c.relkind = 'r' AND o.rolname = current_user;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'sp.stage_rows was not called'
      USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  CREATE TEMP TABLE sp_load ON COMMIT DROP AS
  SELECT l.*, 0::bigint AS n_new, 0::bigint AS n_completed, 0::bigint AS n_kept, 0::bigint AS n_replaced,
         0::bigint AS n_other, '{}'::bigint[] AS conflicts
    FROM jsonb_to_recordset(loads) AS l(ingest_id integer, window_hours integer, first_new timestamptz,
                                        last_new timestamptz, max_conflicts bigint);
  CREATE TEMP TABLE sp_staged ON COMMIT DROP AS
  SELECT ingest_id, sensor_id, min(ts) AS first, max(ts) AS last FROM pg_temp.sp_stage GROUP BY 1, 2;
  PERFORM FROM (SELECT ingest_id FROM pg_temp.sp_staged UNION SELECT ingest_id FROM pg_temp.sp_load) AS s
    WHERE NOT sp.begun_here(s.ingest_id)
       OR NOT EXISTS (SELECT FROM pg_temp.sp_load l WHERE l.ingest_id = s.ingest_id);
  IF FOUND THEN
    RAISE EXCEPTION 'a row is of a load that was not begun in this transaction'
      USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  -- One at a time in each network until its commit: what was compared stays what it was, and the metrics
  -- of an earlier load are counted again by one at a time. Loads that meet nothing known do not come here.
  FOR name IN
    SELECT DISTINCT source FROM sp.sensor
     WHERE sensor_id IN (SELECT sensor_id FROM pg_temp.sp_staged) ORDER BY 1
  LOOP
    PERFORM sp.lock_source(name);
  END LOOP;
  ALTER TABLE pg_temp.sp_stage ADD COLUMN sp_turn integer NOT NULL DEFAULT 1;
  CREATE TEMP TABLE sp_again ON COMMIT DROP AS
  SELECT sensor_id, ts, count(*) AS times FROM pg_temp.sp_stage GROUP BY 1, 2 HAVING count(*) > 1;
  SELECT coalesce(max(times), 1) INTO turns FROM pg_temp.sp_again;
  IF turns > 1 THEN
    UPDATE pg_temp.sp_stage s SET sp_turn = t.turn
      FROM (SELECT a.ctid, row_number() OVER (PARTITION BY sensor_id, ts ORDER BY a.sp_position) AS turn
              FROM pg_temp.sp_stage a JOIN pg_temp.sp_again USING (sensor_id, ts)) AS t
     WHERE t.ctid = s.ctid AND t.turn > 1;
  END IF;
  ANALYZE pg_temp.sp_stage (sensor_id, ts, sp_turn);
  SELECT format('r.ts BETWEEN %L AND %L', min(first), max(last)) INTO bounds FROM pg_temp.sp_staged;
  SELECT string_agg(format(', %I', q.name), '' ORDER BY q.quantity_id),
         string_agg(format(', s.%I', q.name), '' ORDER BY q.quantity_id),
         string_agg(format('r.%1$I <> s.%1$I', q.name), ' OR '),
         string_agg(format('r.%1$I IS NULL AND s.%1$I IS NOT NULL', q.name), ' OR '),
         string_agg(format(', %1$I = coalesce(s.%1$I, r.%1$I)', q.name), ''),
         string_agg(format('CASE WHEN r.%1$I IS NULL AND s.%1$I IS NOT NULL THEN %2$s END', q.name,
                           q.quantity_id), ', ')
    INTO brought, staged, differs, lacks, changes, set_ids
    FROM sp.quantity q
    JOIN pg_attribute a ON a.attrelid = to_regclass('pg_temp.sp_stage') AND a.attname = q.name
     AND a.attnum > 0;
  -- Files describe one place in several ways, which is no reason to refuse them; but what replaces rows
  -- moves them too.
  IF on_conflict = 'replace' THEN
    differs := concat_ws(' OR ', differs,
      's.location_id <> coalesce(r.location_id, h.location_id)'
      ' AND EXISTS (SELECT FROM sp.location a, sp.location b'
      ' WHERE a.location_id = s.location_id AND b.location_id = coalesce(r.location_id, h.location_id)'
      ' AND (a.key <> b.key OR a.latitude <> b.latitude OR a.longitude <> b.longitude))');
  END IF;
  CREATE TEMP TABLE sp_fate (position bigint, ingest_id integer, sensor_id integer, ts timestamptz,
    earlier_id integer, fate text, location_id integer, brought jsonb, former jsonb, record_id integer)
    ON COMMIT DROP;
  CREATE TEMP TABLE sp_met (ingest_id integer, earlier_id integer, fate text, rows bigint)
    ON COMMIT DROP;
  CREATE TEMP TABLE sp_touched (ingest_id integer, sensor_id integer, window_start timestamptz,
    window_hours smallint, since timestamptz, until timestamptz) ON COMMIT DROP;

  FOR turn IN 1 .. turns LOOP
    -- Rows that say the same are many where a file has grown: nothing is kept of each.
    EXECUTE format($q$
      WITH judged AS MATERIALIZED (
        SELECT s.sp_position AS position, s.ingest_id, s.sensor_id, s.ts, r.ingest_id AS earlier_id,
               CASE WHEN r.sensor_id IS NULL THEN 'new' WHEN coalesce(%s, false) THEN 'other'
                    WHEN %s THEN 'completed' ELSE 'same' END AS fate, s.location_id
          FROM pg_temp.sp_stage s JOIN sp.sensor h ON h.sensor_id = s.sensor_id
          LEFT JOIN sp.reading r ON r.sensor_id = s.sensor_id AND r.ts = s.ts AND %s
         WHERE s.sp_turn = %s
      ), same AS (
        SELECT j.ingest_id, j.earlier_id, j.sensor_id, l.window_hours, count(*) AS rows,
               CASE WHEN l.window_hours IS NOT NULL THEN sp.window_of(l.window_hours, j.ts) END
               AS window_start
          FROM judged j JOIN pg_temp.sp_load l ON l.ingest_id = j.ingest_id
         WHERE j.fate = 'same' AND $1 = 'skip' GROUP BY 1, 2, 3, 4, 6
      ), met AS (
        INSERT INTO pg_temp.sp_met
        SELECT ingest_id, earlier_id, 'same', sum(rows) FROM same GROUP BY 1, 2
      ), touched AS (
        INSERT INTO pg_temp.sp_touched (ingest_id, sensor_id, window_start, window_hours)
        SELECT DISTINCT ingest_id, sensor_id, window_start, window_hours FROM same
         WHERE window_hours IS NOT NULL
      )
      INSERT INTO pg_temp.sp_fate (position, ingest_id, sensor_id, ts, earlier_id, fate, location_id)
      SELECT * FROM judged WHERE fate <> 'same' OR $1 = 'error'$q$,
      coalesce(differs, 'false'), coalesce(lacks, 'false'), bounds, turn) USING on_known;
    ANALYZE pg_temp.sp_fate;
    IF EXISTS (SELECT FROM pg_temp.sp_fate WHERE fate = 'other') THEN
      EXECUTE format($q$
        UPDATE pg_temp.sp_fate f
           SET brought = v.brought,
               former = (SELECT coalesce(jsonb_object_agg(b.key, coalesce(v.there->b.key, 'null')), '{}')
                           FROM jsonb_each(v.brought) AS b
                          WHERE v.there->b.key IS DISTINCT FROM b.value)
          FROM (SELECT r.sensor_id, r.ts, jsonb_strip_nulls(to_jsonb(r.*)) AS there,
                       jsonb_strip_nulls(to_jsonb(s.*) - '{sp_position,sp_turn,ingest_id,sensor_id,ts,'
                                         'location_id}'::text[]) AS brought
                  FROM pg_temp.sp_stage s
                  JOIN sp.reading r ON r.sensor_id = s.sensor_id AND r.ts = s.ts AND %s
                  JOIN pg_temp.sp_fate o ON o.position = s.sp_position
                 WHERE o.fate = 'other' AND s.sp_turn = %s) AS v
         WHERE f.fate = 'other' AND f.sensor_id = v.sensor_id AND f.ts = v.ts$q$, bounds, turn);
      -- What a person has decided, and what is kept out already, is no new dispute.
      UPDATE pg_temp.sp_fate f SET fate = 'on record', record_id = d.ingest_id
        FROM (SELECT f.position, min(d.ingest_id) AS ingest_id
                FROM pg_temp.sp_fate f
                JOIN sp.dispute d ON d.sensor_id = f.sensor_id AND d.ts = f.ts
                JOIN sp.sensor h ON h.sensor_id = f.sensor_id
               WHERE f.fate = 'other'
                 AND (on_conflict = 'keep' OR f.location_id IS NULL
                      OR f.location_id = coalesce(d.location_id, h.location_id))
                 AND (d.settled_at IS NOT NULL OR (d.kind = 'kept out' AND on_conflict = 'keep'))
                 AND NOT EXISTS (SELECT FROM jsonb_each(CASE f.former WHEN '{}' THEN d."values"
                                                                      ELSE f.former END) AS c
                                  WHERE d."values"->c.key IS DISTINCT FROM f.brought->c.key)
               GROUP BY 1) AS d
       WHERE d.position = f.position;
    END IF;
    UPDATE pg_temp.sp_load l
       SET n_new = l.n_new + f.n_new, n_completed = l.n_completed + f.n_completed,
           n_kept = l.n_kept + f.n_recorded + CASE on_conflict WHEN 'keep' THEN f.n_other ELSE 0 END,
           n_replaced = l.n_replaced + CASE on_conflict WHEN 'replace' THEN f.n_other ELSE 0 END,
           n_other = l.n_other + f.n_other,
           conflicts = (l.conflicts || f.positions)[1:5],
           first_new = least(l.first_new, f.first_new), last_new = greatest(l.last_new, f.last_new)
      FROM (SELECT ingest_id, count(*) FILTER (WHERE fate = 'new') AS n_new,
                   count(*) FILTER (WHERE fate = 'completed') AS n_completed,
                   count(*) FILTER (WHERE fate = 'on record') AS n_recorded,
                   count(*) FILTER (WHERE fate = 'other') AS n_other,
                   (coalesce(array_agg(position ORDER BY position) FILTER (WHERE fate = 'other'),
                             '{}'))[1:5] AS positions,
                   min(ts) FILTER (WHERE fate IN ('new', 'completed', 'other')) AS first_new,
                   max(ts) FILTER (WHERE fate IN ('new', 'completed', 'other')) AS last_new
              FROM pg_temp.sp_fate GROUP BY 1) AS f
     WHERE f.ingest_id = l.ingest_id;
    SELECT (array_agg(f.position ORDER BY f.position))[1:5],
           min(CASE WHEN f.fate = 'same' THEN 'SP652' WHEN on_conflict = 'error' THEN 'SP651'
                    ELSE 'SP653' END)
      INTO positions, state
      FROM pg_temp.sp_fate f JOIN pg_temp.sp_load l ON l.ingest_id = f.ingest_id
     WHERE (f.fate = 'same' AND on_known = 'error')
        OR (f.fate = 'other' AND (on_conflict = 'error' OR l.n_other > l.max_conflicts));
    IF positions IS NOT NULL THEN
      SELECT format('sensor %s of %s at %s', s.key, s.source, f.ts),
             CASE state WHEN 'SP651' THEN 'there already with other values'
                        WHEN 'SP652' THEN 'there already'
                        ELSE format('%s there already with other values%s, more than %s',
                                    l.n_other || CASE l.n_other WHEN 1 THEN ' row is' ELSE ' rows are' END,
                                    CASE on_conflict WHEN 'replace' THEN ' or at another place' ELSE '' END,
                                    l.max_conflicts) END
        INTO example, problem
        FROM pg_temp.sp_fate f
        JOIN sp.sensor s ON s.sensor_id = f.sensor_id
        JOIN pg_temp.sp_load l ON l.ingest_id = f.ingest_id
       WHERE f.position = positions[1];
      RAISE EXCEPTION '%: %', problem, example
        USING ERRCODE = state, DETAIL = array_to_string(positions, ',');
    END IF;

    INSERT INTO pg_temp.sp_met
    SELECT ingest_id, earlier_id, fate, count(*) FROM pg_temp.sp_fate WHERE fate <> 'new'
     GROUP BY 1, 2, 3
    UNION ALL
    SELECT ingest_id, record_id, 'relied on', count(*)
      FROM pg_temp.sp_fate WHERE fate = 'on record' GROUP BY 1, 2;
    INSERT INTO pg_temp.sp_touched (ingest_id, sensor_id, window_start, window_hours)
    SELECT DISTINCT f.ingest_id, f.sensor_id, sp.window_of(l.window_hours, f.ts), l.window_hours
      FROM pg_temp.sp_fate f JOIN pg_temp.sp_load l ON l.ingest_id = f.ingest_id
     WHERE f.fate <> 'new' AND l.window_hours IS NOT NULL
    UNION
    SELECT f.earlier_id, f.sensor_id, sp.window_of(h.window_hours, f.ts), h.window_hours
      FROM pg_temp.sp_fate f
      JOIN sp.ingest i ON i.ingest_id = f.earlier_id
      LEFT JOIN pg_temp.sp_load l ON l.ingest_id = f.earlier_id
     CROSS JOIN LATERAL (SELECT CASE WHEN l.ingest_id IS NULL THEN i.window_hours
                                     ELSE l.window_hours END) AS h(window_hours)
     WHERE h.window_hours IS NOT NULL
       AND (f.fate = 'completed' OR f.fate = 'other' AND on_conflict = 'replace');

    EXECUTE format($q$
      INSERT INTO sp.reading (sensor_id, ingest_id, ts, location_id%1$s)
      SELECT s.sensor_id, s.ingest_id, s.ts, nullif(s.location_id, h.location_id)%2$s
        FROM pg_temp.sp_stage s JOIN pg_temp.sp_fate f ON f.position = s.sp_position
        JOIN sp.sensor h ON h.sensor_id = s.sensor_id
       WHERE f.fate = 'new' AND s.sp_turn = %3$s
       ORDER BY s.sensor_id, s.ts$q$, coalesce(brought, ''),
      coalesce(staged, ''), turn);
    IF EXISTS (SELECT FROM pg_temp.sp_fate WHERE fate = 'completed') THEN
      EXECUTE format($q$
        INSERT INTO sp.completion (ingest_id, sensor_id, former_id, quantities, times)
        SELECT s.ingest_id, s.sensor_id, f.earlier_id, array_remove(ARRAY[%s]::smallint[], NULL),
               array_agg(s.ts ORDER BY s.ts)
          FROM pg_temp.sp_stage s JOIN pg_temp.sp_fate f ON f.position = s.sp_position
          JOIN sp.reading r ON r.sensor_id = s.sensor_id AND r.ts = s.ts AND %s
         WHERE f.fate = 'completed' AND s.sp_turn = %s
         GROUP BY 1, 2, 3, 4$q$, set_ids, bounds, turn);
    END IF;
    IF on_conflict = 'keep' THEN
      EXECUTE format($q$
        INSERT INTO sp.dispute (sensor_id, ts, ingest_id, winner_id, kind, "row", location_id, "values")
        SELECT f.sensor_id, f.ts, f.ingest_id, f.earlier_id, 'kept out', f.position,
               CASE WHEN f.location_id IS NULL THEN r.location_id
                    ELSE nullif(f.location_id, h.location_id) END, f.brought
          FROM pg_temp.sp_fate f JOIN sp.sensor h ON h.sensor_id = f.sensor_id
          JOIN sp.reading r ON r.sensor_id = f.sensor_id AND r.ts = f.ts AND %s
         WHERE f.fate = 'other' ORDER BY f.position$q$, bounds);
    ELSIF on_conflict = 'replace' THEN
      EXECUTE format($q$
        INSERT INTO sp.dispute (sensor_id, ts, ingest_id, winner_id, kind, location_id, "values")
        SELECT f.sensor_id, f.ts, f.earlier_id, f.ingest_id, 'replaced', r.location_id, f.former
          FROM pg_temp.sp_fate f
          JOIN sp.reading r ON r.sensor_id = f.sensor_id AND r.ts = f.ts AND %s
         WHERE f.fate = 'other' ORDER BY f.position$q$, bounds);
    END IF;
    IF EXISTS (SELECT FROM pg_temp.sp_fate
                WHERE fate = 'completed' OR fate = 'other' AND on_conflict = 'replace') THEN
      -- A row that completes another says nothing new of its place.
      EXECUTE format($q$
        UPDATE sp.reading r
           SET ingest_id = s.ingest_id,
               location_id = CASE WHEN f.fate = 'completed' OR s.location_id IS NULL THEN r.location_id
                                  ELSE nullif(s.location_id, h.location_id) END%s
          FROM pg_temp.sp_stage s JOIN pg_temp.sp_fate f ON f.position = s.sp_position
          JOIN sp.sensor h ON h.sensor_id = s.sensor_id
         WHERE (f.fate = 'completed' OR f.fate = 'other' AND %L = 'replace') AND s.sp_turn = %s
           AND r.sensor_id = s.sensor_id AND r.ts = s.ts AND %s$q$, changes, on_conflict, turn, bounds);
    END IF;
    TRUNCATE pg_temp.sp_fate;
  END LOOP;

  -- Who relies on a load relies on what that one relies on: it need not be written down again.
  WITH met AS (
    SELECT ingest_id, earlier_id,
           coalesce(sum(rows) FILTER (WHERE fate IN ('same', 'relied on')), 0) AS same,
           coalesce(sum(rows) FILTER (WHERE fate = 'completed'), 0) AS completed,
           coalesce(sum(rows) FILTER (WHERE fate IN ('other', 'on record')), 0) AS other
      FROM pg_temp.sp_met WHERE ingest_id <> earlier_id GROUP BY 1, 2
  )
  INSERT INTO sp.overlap AS o (ingest_id, earlier_id, rows_same, rows_completed, rows_other)
  SELECT m.* FROM met m
   WHERE m.completed > 0 OR m.other > 0
      OR NOT EXISTS (SELECT FROM met via
                       JOIN sp.overlap e ON e.ingest_id = via.earlier_id AND e.earlier_id = m.earlier_id
                      WHERE via.ingest_id = m.ingest_id)
  ON CONFLICT (ingest_id, earlier_id) DO UPDATE
     SET rows_same = o.rows_same + excluded.rows_same,
         rows_completed = o.rows_completed + excluded.rows_completed,
         rows_other = o.rows_other + excluded.rows_other;

  -- This load's own rows lie between the first and the last that were new.
  UPDATE pg_temp.sp_touched t
     SET since = greatest(t.window_start, l.first_new),
         until = least(t.window_start + t.window_hours * interval '1 hour',
                       l.last_new + interval '1 us')
    FROM pg_temp.sp_load l WHERE l.ingest_id = t.ingest_id;
  UPDATE pg_temp.sp_touched t
     SET since = t.window_start, until = t.window_start + t.window_hours * interval '1 hour'
   WHERE NOT EXISTS (SELECT FROM pg_temp.sp_load l WHERE l.ingest_id = t.ingest_id);
  PERFORM sp.recount();
  RETURN QUERY
  SELECT l.ingest_id, l.n_new, l.n_completed,
         coalesce((SELECT sum(m.rows) FROM pg_temp.sp_met m
                    WHERE m.ingest_id = l.ingest_id AND m.fate = 'same'), 0)::bigint,
         l.n_kept, l.n_replaced, l.conflicts,
         (SELECT string_agg(DISTINCT i.name, '/') FROM pg_temp.sp_met m JOIN sp.ingest i ON i.ingest_id = m.earlier_id
           WHERE m.ingest_id = l.ingest_id AND m.earlier_id <> l.ingest_id)
    FROM pg_temp.sp_load l;
  DROP TABLE pg_temp.sp_stage, pg_temp.sp_staged, pg_temp.sp_again, pg_temp.sp_fate, pg_temp.sp_met,
    pg_temp.sp_load;
END
$$;
COMMENT ON FUNCTION sp.merge_rows IS 'What sp.merge_known and sp.replace_known do';

CREATE FUNCTION sp.lock_source(source text) RETURNS void
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $$ SELECT pg_advisory_xact_lock(hashtext('sp.source'), hashtext(source)) $$;
COMMENT ON FUNCTION sp.lock_source IS 'One at a time in a network, until the end of the transaction';

CREATE FUNCTION sp.merge_known(loads jsonb, on_known text, on_conflict text)
RETURNS TABLE (ingest_id integer, rows_new bigint, rows_completed bigint, rows_known bigint,
               rows_kept_out bigint, rows_replaced bigint, conflicts bigint[], earlier text)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF on_conflict NOT IN ('error', 'keep') THEN
    RAISE EXCEPTION 'sp.merge_known replaces nothing: %', on_conflict
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  RETURN QUERY SELECT * FROM sp.merge_rows(loads, on_known, on_conflict);
END
$$;
COMMENT ON FUNCTION sp.merge_known IS 'Loads the rows of pg_temp.sp_stage: new ones are inserted, those that hold more complete what is there, the same are counted (on_known: skip, or error), other values are refused or kept out (on_conflict: error, keep). loads: [{"ingest_id", "window_hours", "first_new", "last_new", "max_conflicts"}, ...], of this transaction; first_new and last_new are the times between which rows went straight into sp.reading. earlier: the names, with / between them, of the loads that had brought such rows. Metrics are recounted where needed';

CREATE FUNCTION sp.replace_known(loads jsonb, on_known text)
RETURNS TABLE (ingest_id integer, rows_new bigint, rows_completed bigint, rows_known bigint,
               rows_kept_out bigint, rows_replaced bigint, conflicts bigint[], earlier text)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN QUERY SELECT * FROM sp.merge_rows(loads, on_known, 'replace');
END
$$;
COMMENT ON FUNCTION sp.replace_known IS 'As sp.merge_known, for correctors: other values replace those that are there, which go to sp.dispute';

-- ---------------------------------------------------------------- ledger

CREATE FUNCTION sp.finish_ingests(loads jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  load record;
BEGIN
  FOR load IN
    SELECT * FROM jsonb_to_recordset(loads) AS l(
      ingest_id integer, window_hours smallint, source text, schema_digest bytea, rows_read bigint,
      rows_rejected bigint, rows_left_out bigint, rows_passed bigint, rows_received bigint,
      rows_loaded bigint, rows_completed bigint, rows_known bigint, rows_kept_out bigint,
      rows_replaced bigint, rows_expired bigint, first_ts timestamptz, last_ts timestamptz)
  LOOP
    UPDATE sp.ingest i
       SET window_hours = load.window_hours, source = load.source, schema_digest = load.schema_digest,
           rows_read = load.rows_read, rows_rejected = load.rows_rejected,
           rows_left_out = load.rows_left_out, rows_passed = load.rows_passed,
           rows_received = load.rows_received, rows_loaded = load.rows_loaded,
           rows_completed = load.rows_completed, rows_known = load.rows_known,
           rows_kept_out = load.rows_kept_out, rows_replaced = load.rows_replaced,
           rows_expired = load.rows_expired, first_ts = load.first_ts, last_ts = load.last_ts,
           committed_at = clock_timestamp()
     WHERE i.ingest_id = load.ingest_id AND i.committed_at IS NULL
       AND i.xmin = pg_current_xact_id()::xid;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'ingest % was not begun in this transaction', load.ingest_id
        USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    IF load.window_hours IS NULL AND load.first_ts IS NOT NULL THEN
      INSERT INTO sp.unmeasured VALUES (load.ingest_id, load.first_ts, load.last_ts);
    END IF;
  END LOOP;
END
$$;
COMMENT ON FUNCTION sp.finish_ingests IS 'Writes the numbers into ledger rows of the same transaction, once, and into no others. loads: a JSON array of objects with the columns of sp.ingest';

-- The ledger's rows are taken before the files are read, so that a second loader of the same bytes
-- waits. A file of a batch that turns out to be unreadable has no place in it.
CREATE FUNCTION sp.withdraw_ingest(ingest_id integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF NOT sp.begun_here(ingest_id) THEN
    RAISE EXCEPTION 'ingest % was not begun in this transaction', ingest_id
      USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  DELETE FROM sp.ingest i WHERE i.ingest_id = $1;
END
$$;
COMMENT ON FUNCTION sp.withdraw_ingest IS 'Takes back a ledger row of the same transaction, and no other';

-- What another schema let nothing of in is as good as not loaded: the file, mended by its schema, has the same bytes.
CREATE FUNCTION sp.forget_in_vain(digests bytea[], schema_digest bytea)
RETURNS TABLE (digest bytea, ingest_id integer)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  -- Row by row in one order, so that two loads never wait for each other in a circle.
  FOR digest, ingest_id IN
    SELECT i.digest, i.ingest_id FROM sp.ingest i
     WHERE i.digest = ANY (digests) AND i.schema_digest <> $2 AND i.rows_received = 0 AND i.rows_read > 0
     ORDER BY i.digest FOR UPDATE
  LOOP
    DELETE FROM sp.rejection r WHERE r.ingest_id = forget_in_vain.ingest_id;
    DELETE FROM sp.ingest i WHERE i.ingest_id = forget_in_vain.ingest_id;
    RETURN NEXT;
  END LOOP;
END
$$;
COMMENT ON FUNCTION sp.forget_in_vain IS 'Forgets loads of these bytes by another schema of which no row came in, so that they are loaded by this one in the same transaction; returns which';

CREATE FUNCTION sp.note_outcomes(outcomes jsonb, first_line text DEFAULT NULL, path text DEFAULT NULL,
                                 "position" bigint DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  noted bigint;
BEGIN
  -- A file that was loaded and then, by a crash, run again is no copy of itself.
  INSERT INTO sp.outcome AS o (name, taken_at, folder, host, size_bytes, digest, schema_digest, status,
                               reason, tool, tries, started_at, noted_at)
  SELECT DISTINCT ON (l.name, l.taken_at, l.folder) l.*
    FROM jsonb_to_recordset(outcomes) AS l(
      name text, taken_at timestamptz, folder text, host text, size_bytes bigint, digest bytea,
      schema_digest bytea, status text, reason text, tool text, tries integer, started_at timestamptz,
      noted_at timestamptz)
   WHERE NOT (l.status = 'known' AND EXISTS (
           SELECT FROM sp.ingest i
            WHERE i.digest = l.digest AND i.name = l.name AND i.taken_at = l.taken_at))
     -- A file of a journal whose place in sp.journal was forgotten is read from its beginning.
     AND (l.noted_at >= coalesce((SELECT outcomes_since FROM sp.retention), '-infinity')
          OR EXISTS (SELECT FROM sp.outcome w  -- which waited when others were forgotten
                      WHERE (w.name, w.taken_at, w.folder) = (l.name, l.taken_at, l.folder)))
   ORDER BY l.name, l.taken_at, l.folder, l.noted_at DESC
  ON CONFLICT (name, taken_at, folder) DO UPDATE
     SET (host, size_bytes, digest, schema_digest, status, reason, tool, tries, started_at, noted_at)
       -- The journal knows of a file that is done, not that its bytes were loaded before.
       = (excluded.host, excluded.size_bytes, coalesce(excluded.digest, o.digest),
          coalesce(excluded.schema_digest, o.schema_digest),
          CASE WHEN o.status = 'known' AND excluded.status = 'loaded' THEN o.status
               ELSE excluded.status END,
          excluded.reason, excluded.tool, greatest(excluded.tries, o.tries),
          coalesce(excluded.started_at, o.started_at), excluded.noted_at)
   WHERE o.noted_at < excluded.noted_at;
  GET DIAGNOSTICS noted = ROW_COUNT;
  IF first_line IS NOT NULL THEN
    INSERT INTO sp.journal AS j VALUES (first_line, path, "position")
    ON CONFLICT ON CONSTRAINT journal_pkey DO UPDATE
       SET path = excluded.path, position = excluded.position, brought_at = excluded.brought_at;
  END IF;
  RETURN noted;
END
$$;
COMMENT ON FUNCTION sp.note_outcomes IS 'Brings lines of a journal in, each file once, as its latest line has it: a JSON array of objects with the columns of sp.outcome; and writes down how far its file (sp.journal) was brought';

-- ---------------------------------------------------------------- corrections

-- What a row of sp.reading holds for quantities given as JSON: SQL that sets them from p.
CREATE FUNCTION sp.all_quantities(template text) RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$ SELECT coalesce(string_agg(format(template, name), '' ORDER BY quantity_id), '') FROM sp.quantity $$;
COMMENT ON FUNCTION sp.all_quantities IS 'A piece of SQL for each quantity, its name in the place of %1$I';

CREATE FUNCTION sp.touch(ingest_ids integer[], sensors integer[], times timestamptz[]) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  CREATE TEMP TABLE sp_touched ON COMMIT DROP AS
  SELECT DISTINCT i.ingest_id, t.sensor_id, w.window_start, i.window_hours, w.window_start AS since,
         w.window_start + i.window_hours * interval '1 hour' AS until
    FROM unnest(ingest_ids, sensors, times) AS t(ingest_id, sensor_id, ts)
    JOIN sp.ingest i ON i.ingest_id = t.ingest_id
   CROSS JOIN LATERAL sp.window_of(i.window_hours, t.ts) AS w(window_start)
   WHERE i.window_hours IS NOT NULL AND t.ts >= sp.kept_since();
END
$$;
COMMENT ON FUNCTION sp.touch IS 'Notes windows for sp.recount: those of the loads that hold the times';

CREATE FUNCTION sp.settle(dispute_id bigint, wins boolean, again boolean DEFAULT false) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
SET DateStyle = 'ISO, YMD'
SET extra_float_digits = 1
AS $$
DECLARE
  d sp.dispute;
  there jsonb;
  former jsonb;
  place integer;
  holder integer;
  obstacle text;
BEGIN
  IF wins IS NULL THEN
    RAISE EXCEPTION 'neither true nor false' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  LOCK TABLE sp.ingest IN ROW EXCLUSIVE MODE;  -- as a load: the owner's functions wait
  PERFORM sp.lock_source(s.source)
    FROM sp.dispute x JOIN sp.sensor s ON s.sensor_id = x.sensor_id WHERE x.dispute_id = $1;
  SELECT * INTO d FROM sp.dispute x WHERE x.dispute_id = $1 FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'there is no dispute %', $1 USING ERRCODE = 'no_data_found';
  END IF;
  IF d.settled_at IS NOT NULL AND NOT again THEN
    RAISE EXCEPTION 'dispute % was settled by % at %', $1, d.settled_by, d.settled_at
      USING ERRCODE = 'SP706', HINT = format('SELECT sp.settle(%s, true, again => true) lets the values change places once more.', $1);
  END IF;
  IF wins THEN
    SELECT to_jsonb(r.*), r.ingest_id, r.location_id INTO there, holder, place
      FROM sp.reading r WHERE r.sensor_id = d.sensor_id AND r.ts = d.ts;
    -- What changed the reading since, by this load too, would count on without it.
    obstacle := CASE
      WHEN holder IS NULL THEN 'Its month was dropped.'
      WHEN EXISTS (SELECT FROM sp.completion c
                    WHERE c.ingest_id = holder AND c.sensor_id = d.sensor_id AND d.ts = ANY (c.times)
                      AND (holder <> d.winner_id OR c.former_id = holder))
      THEN format('Ingest %s completed it since: forget that first, and load its file again afterwards.', holder)
      WHEN holder <> d.winner_id
        OR EXISTS (SELECT FROM sp.dispute l
                    WHERE l.sensor_id = d.sensor_id AND l.ts = d.ts AND l.dispute_id > d.dispute_id
                      AND l.kind = 'replaced' AND l.winner_id = holder)
      THEN 'Settle the later disputes about it first.' END;
    IF obstacle IS NOT NULL THEN
      RAISE EXCEPTION 'the reading of dispute % has changed since, or is dropped', $1
        USING ERRCODE = 'SP702', HINT = obstacle;
    END IF;
    SELECT jsonb_object_agg(v.key, there->v.key) INTO former
      FROM jsonb_each(d."values") AS v WHERE there->v.key <> v.value;
    EXECUTE format($q$
      UPDATE sp.reading r SET ingest_id = $3, location_id = $4%s
        FROM (SELECT p.* FROM sp.reading o
               CROSS JOIN LATERAL jsonb_populate_record(o.*, $5) AS p
               WHERE o.sensor_id = $1 AND o.ts = $2) AS p
       WHERE r.sensor_id = $1 AND r.ts = $2$q$, sp.all_quantities(', %1$I = p.%1$I'))
      USING d.sensor_id, d.ts, d.ingest_id, d.location_id, d."values";
    UPDATE sp.dispute x
       SET ingest_id = d.winner_id, winner_id = d.ingest_id, "row" = NULL, location_id = place,
           kind = CASE d.kind WHEN 'kept out' THEN 'replaced' ELSE 'kept out' END,
           "values" = CASE d.kind WHEN 'kept out' THEN coalesce(former, '{}')
                                  ELSE jsonb_strip_nulls(coalesce(former, '{}')) END
     WHERE x.dispute_id = $1;
    PERFORM sp.touch(ARRAY[d.ingest_id, d.winner_id], ARRAY[d.sensor_id, d.sensor_id],
                     ARRAY[d.ts, d.ts]);
    PERFORM sp.recount();
  END IF;
  UPDATE sp.dispute x SET settled_at = now(), settled_by = session_user WHERE x.dispute_id = $1;
END
$$;
COMMENT ON FUNCTION sp.settle IS 'A person''s word on a dispute: where its values win, they change places with those of the reading; rows that bring the losing values again are kept out from now on. Decides once (SP706), unless again is true';

-- The functions below are the owner's, with his own rights. Each waits until no load is running, and
-- holds new ones off until its transaction ends; SET lock_timeout says how long it may wait.
CREATE FUNCTION sp.hold_loads() RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$ BEGIN LOCK TABLE sp.ingest IN SHARE ROW EXCLUSIVE MODE; END $$;
COMMENT ON FUNCTION sp.hold_loads IS 'Waits until no load is running and holds new ones off until the end of the transaction';

CREATE FUNCTION sp.forget_ingest(ingest_id integer) RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
SET DateStyle = 'ISO, YMD'
AS $$
#variable_conflict use_column
DECLARE
  load sp.ingest;
  later text;
  deleted bigint;
BEGIN
  PERFORM sp.hold_loads();
  SELECT * INTO load FROM sp.ingest i WHERE i.ingest_id = $1;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'there is no ingest %', $1 USING ERRCODE = 'no_data_found';
  END IF;
  WITH RECURSIVE relying AS (
    SELECT o.ingest_id FROM sp.overlap o WHERE o.earlier_id = $1
    UNION
    SELECT o.ingest_id FROM relying r JOIN sp.overlap o ON o.earlier_id = r.ingest_id
  )
  SELECT string_agg(i.ingest_id::text, ', ' ORDER BY i.committed_at DESC) INTO later
    FROM relying JOIN sp.ingest i ON i.ingest_id = relying.ingest_id;
  IF later IS NOT NULL THEN
    RAISE EXCEPTION 'later loads rely on rows of ingest %', $1
      USING ERRCODE = 'SP701', DETAIL = later,
            HINT = 'Forget those first, in this order, and load their files again afterwards.';
  END IF;
  IF load.first_ts < sp.kept_since() THEN
    RAISE EXCEPTION 'readings of ingest % are dropped, and their metrics stay', $1
      USING ERRCODE = 'SP703';
  END IF;
  -- What it replaced: of the disputes about a row the first tells how it was before.
  CREATE TEMP TABLE sp_former ON COMMIT DROP AS
  SELECT d.sensor_id, d.ts,
         coalesce(jsonb_object_agg(v.key, v.value ORDER BY d.dispute_id DESC) FILTER (WHERE v.key IS NOT NULL),
                  '{}') AS "values",
         min(d.ingest_id) FILTER (WHERE d.dispute_id = d.first_id) AS former_id,
         min(d.location_id) FILTER (WHERE d.dispute_id = d.first_id) AS location_id,
         true AS has_place
    FROM (SELECT *, min(dispute_id) OVER (PARTITION BY sensor_id, ts) AS first_id
            FROM sp.dispute WHERE winner_id = $1 AND kind = 'replaced') AS d
    LEFT JOIN LATERAL jsonb_each(d."values") AS v ON true
   GROUP BY 1, 2;
  -- What it completed is empty again. A row that it completed and then replaced carries the number that
  -- it had before both.
  INSERT INTO pg_temp.sp_former
  SELECT c.sensor_id, t.ts, jsonb_object_agg(q.name, NULL),
         coalesce(min(c.former_id) FILTER (WHERE c.former_id <> $1), $1), NULL, false
    FROM sp.completion c
   CROSS JOIN LATERAL unnest(c.times) AS t(ts)
   CROSS JOIN LATERAL unnest(c.quantities) AS n(quantity_id)
    JOIN sp.quantity q ON q.quantity_id = n.quantity_id
   WHERE c.ingest_id = $1
   GROUP BY 1, 2;
  EXECUTE format($q$
    UPDATE sp.reading r
       SET ingest_id = p.sp_former,
           location_id = CASE WHEN p.sp_has_place THEN p.sp_place ELSE r.location_id END%s
      FROM (SELECT f.sp_former, f.sp_has_place, f.sp_place, p.*
              FROM (SELECT sensor_id, ts, coalesce(min(former_id) FILTER (WHERE former_id <> $1), $1),
                           bool_or(has_place), min(location_id),
                           (array_agg("values" ORDER BY has_place DESC))[1]
                           || coalesce((array_agg("values" ORDER BY has_place DESC))[2], '{}')
                      FROM pg_temp.sp_former GROUP BY 1, 2)
                   AS f(sensor_id, ts, sp_former, sp_has_place, sp_place, "values")
              JOIN sp.reading o ON o.sensor_id = f.sensor_id AND o.ts = f.ts AND o.ts BETWEEN %L AND %L
             CROSS JOIN LATERAL jsonb_populate_record(o.*, f."values") AS p) AS p
     WHERE r.sensor_id = p.sensor_id AND r.ts = p.ts AND r.ingest_id = $1
       AND r.ts BETWEEN %2$L AND %3$L$q$,
    sp.all_quantities(', %1$I = p.%1$I'), load.first_ts, load.last_ts) USING $1;
  DELETE FROM sp.reading r
   WHERE r.ingest_id = $1 AND r.ts BETWEEN load.first_ts AND load.last_ts;
  GET DIAGNOSTICS deleted = ROW_COUNT;
  DELETE FROM sp.metric m WHERE m.ingest_id = $1;
  PERFORM sp.touch(array_agg(former_id), array_agg(sensor_id), array_agg(ts)) FROM pg_temp.sp_former;
  PERFORM sp.recount();
  DROP TABLE pg_temp.sp_former;
  DELETE FROM sp.dispute d WHERE d.ingest_id = $1 OR d.winner_id = $1;
  DELETE FROM sp.completion c WHERE c.ingest_id = $1;
  DELETE FROM sp.overlap o WHERE o.ingest_id = $1;
  DELETE FROM sp.stated_type t WHERE t.ingest_id = $1;
  DELETE FROM sp.rejection r WHERE r.ingest_id = $1;
  DELETE FROM sp.unmeasured u WHERE u.ingest_id = $1;
  DELETE FROM sp.outcome o WHERE o.name = load.name AND o.taken_at = load.taken_at;
  DELETE FROM sp.ingest i WHERE i.ingest_id = $1;
  RETURN deleted;
END
$$;
COMMENT ON FUNCTION sp.forget_ingest IS 'Undoes a load, so that the file can be loaded again: deletes its readings, brings back what it replaced, empties what it completed; returns the number of readings that are gone. Refuses while later loads rely on its rows (SP701, DETAIL: which)';

CREATE FUNCTION sp.drop_readings_before(at timestamptz) RETURNS integer
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
SET DateStyle = 'ISO, YMD'
AS $$
DECLARE
  border timestamptz := date_trunc('month', at);
  month record;
  statistics record := sp.statistics_of('r');
  dropped integer := 0;
BEGIN
  PERFORM sp.hold_loads();
  IF at > now() THEN
    RAISE EXCEPTION 'readings can be dropped up to now, not before %', at
      USING ERRCODE = 'invalid_parameter_value', HINT = 'What is dropped cannot be brought back.';
  END IF;
  -- A partition that holds the time stays whole.
  SELECT least(border, min(m.since)) INTO border FROM sp.months() m WHERE m.until > border;
  IF border <= sp.kept_since() THEN
    RETURN 0;
  END IF;
  FOR month IN SELECT * FROM sp.months() m WHERE m.until <= border ORDER BY m.since LOOP
    EXECUTE format($q$
      UPDATE sp.sensor s
         SET dropped_first = least(s.dropped_first, r.first), dropped_last = greatest(s.dropped_last, r.last)
        FROM (SELECT sensor_id, min(ts) AS first, max(ts) AS last FROM %s GROUP BY 1) AS r
       WHERE s.sensor_id = r.sensor_id$q$, month.child);
    -- What has no metrics gets them now, for all those loads together.
    EXECUTE format($q$
        INSERT INTO sp.metric (sensor_id, ingest_id, window_start, window_hours, quantity_id, n, mean, m2,
                               min, max, sum_sin, sum_cos)
        SELECT w.sensor_id, 0, w.window_start, 24, q.*
          FROM (SELECT r.sensor_id, date_trunc('day', r.ts, 'UTC') AS window_start, %s
                  FROM %s r WHERE r.ingest_id IN (SELECT ingest_id FROM sp.unmeasured) GROUP BY 1, 2) AS w
         CROSS JOIN LATERAL (%s) AS q$q$, statistics.aggregates, month.child, statistics.results);
    EXECUTE format('DROP TABLE %s', month.child);
    dropped := dropped + 1;
  END LOOP;
  INSERT INTO sp.retention (kept_since) VALUES (border)
  ON CONFLICT (is_only) DO UPDATE SET kept_since = excluded.kept_since;
  DELETE FROM sp.unmeasured WHERE last_ts < border;
  RETURN dropped;
END
$$;
COMMENT ON FUNCTION sp.drop_readings_before IS 'Drops the months before the one that holds the time, and returns how many; metrics, ledger and rejections stay, and rows of those months that still come are expired';

CREATE FUNCTION sp.drop_rejections_before(at timestamptz) RETURNS bigint
LANGUAGE plpgsql STRICT
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  dropped bigint;
BEGIN
  DELETE FROM sp.rejection r USING sp.ingest i
   WHERE i.ingest_id = r.ingest_id AND i.committed_at < at;
  GET DIAGNOSTICS dropped = ROW_COUNT;
  RETURN dropped;
END
$$;
COMMENT ON FUNCTION sp.drop_rejections_before IS 'Deletes the error log of loads that were committed before a time, and returns its rows; the counts of the ledger stay';

CREATE FUNCTION sp.drop_outcomes_before(at timestamptz) RETURNS bigint
LANGUAGE plpgsql STRICT
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  dropped bigint;
BEGIN
  INSERT INTO sp.retention AS r (outcomes_since) VALUES (least(at, now()))
  ON CONFLICT (is_only) DO UPDATE
     SET outcomes_since = greatest(r.outcomes_since, excluded.outcomes_since);
  DELETE FROM sp.journal j WHERE j.brought_at < at;
  -- What waits is not over, however long ago that was noted.
  DELETE FROM sp.outcome o WHERE o.noted_at < at AND o.status <> 'waiting';
  GET DIAGNOSTICS dropped = ROW_COUNT;
  RETURN dropped;
END
$$;
COMMENT ON FUNCTION sp.drop_outcomes_before IS 'Forgets what became of files, where the journal said so before a time, and how far journals were brought that brought nothing since; returns how many files. Such lines are not brought again. Files that wait stay, and so does the ledger';

CREATE FUNCTION sp.rename_quantity(old text, new text) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  view_name regclass;
BEGIN
  PERFORM sp.hold_loads();
  IF NOT EXISTS (SELECT FROM sp.quantity WHERE name = old) THEN
    RAISE EXCEPTION 'there is no quantity %', old USING ERRCODE = 'no_data_found';
  END IF;
  PERFORM sp.check_names(ARRAY[new]);
  IF new <> old AND EXISTS (SELECT FROM sp.quantity WHERE name = new) THEN
    RAISE EXCEPTION 'there is a quantity % already', new USING ERRCODE = 'unique_violation';
  END IF;
  UPDATE sp.quantity SET name = new WHERE name = old;
  EXECUTE format('ALTER TABLE sp.reading RENAME COLUMN %I TO %I', old, new);
  FOREACH view_name IN ARRAY '{sp.latest_reading,sp.located_reading}'::regclass[] LOOP
    EXECUTE format('ALTER VIEW %s RENAME COLUMN %I TO %I', view_name, old, new);
  END LOOP;
  UPDATE sp.dispute SET "values" = ("values" - old) || jsonb_build_object(new, "values"->old)
   WHERE "values" ? old;
  PERFORM sp.refresh_views();
END
$$;
COMMENT ON FUNCTION sp.rename_quantity IS 'Gives a quantity another name: column, views and disputes';

CREATE FUNCTION sp.forget_quantity(quantity text) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  q sp.quantity;
  loads text;
  grants text;
BEGIN
  PERFORM sp.hold_loads();
  SELECT * INTO q FROM sp.quantity s WHERE s.name = quantity;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'there is no quantity %', quantity USING ERRCODE = 'no_data_found';
  END IF;
  EXECUTE format('SELECT string_agg(ingest_id::text, '', '' ORDER BY ingest_id)
                    FROM (SELECT DISTINCT ingest_id FROM sp.reading WHERE %I IS NOT NULL
                          ORDER BY 1 LIMIT 20) AS r', quantity) INTO loads;
  IF loads IS NOT NULL
     OR EXISTS (SELECT FROM sp.metric m WHERE m.quantity_id = q.quantity_id)
     OR EXISTS (SELECT FROM sp.dispute d WHERE d."values"->>quantity IS NOT NULL) THEN
    RAISE EXCEPTION 'there are values of %', quantity
      USING ERRCODE = 'SP708', DETAIL = coalesce('Loads: ' || loads, 'Those of disputes, or of months that were dropped.'),
            HINT = 'sp.forget_ingest forgets a load, sp.rename_quantity gives another name.';
  END IF;
  UPDATE sp.dispute d SET "values" = d."values" - quantity WHERE d."values" ? quantity;
  UPDATE sp.completion c SET quantities = array_remove(c.quantities, q.quantity_id)
   WHERE q.quantity_id = ANY (c.quantities);
  DELETE FROM sp.quantity s WHERE s.quantity_id = q.quantity_id;
  -- A view that exists loses no column: these two are made anew, for the same roles.
  SELECT string_agg(format('GRANT %s ON %s TO %s%s;', a.privilege_type, c.oid::regclass,
                           CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END,
                           CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END), '')
    INTO grants
    FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) AS a
   WHERE c.oid IN ('sp.latest_reading'::regclass, 'sp.located_reading'::regclass)
     AND a.grantee <> c.relowner;
  DROP VIEW sp.latest_reading, sp.located_reading;
  PERFORM sp.refresh_views();
  EXECUTE coalesce(grants, '');
  EXECUTE format('ALTER TABLE sp.reading DROP COLUMN %I', quantity);
END
$$;
COMMENT ON FUNCTION sp.forget_quantity IS 'Takes away a quantity of which there is no value: a mistake, whose name and unit are free again. Refuses where there are some (SP708, DETAIL: the loads that hold them, twenty at most)';

CREATE FUNCTION sp.change_unit(quantity text, unit text, unit_definition text, scale double precision,
                               shift double precision DEFAULT 0) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
SET DateStyle = 'ISO, YMD'
SET extra_float_digits = 1
AS $$
DECLARE
  q sp.quantity;
BEGIN
  PERFORM sp.hold_loads();
  SELECT * INTO q FROM sp.quantity s WHERE s.name = quantity AND s.kind = 'number';
  IF NOT FOUND THEN
    RAISE EXCEPTION 'there is no quantity % of numbers', quantity USING ERRCODE = 'no_data_found';
  END IF;
  IF coalesce(unit, '') = '' THEN
    RAISE EXCEPTION 'the new unit of % has no name', quantity USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF NOT coalesce(scale <> 0 AND abs(scale) < 'Infinity' AND abs(shift) < 'Infinity', false) THEN
    RAISE EXCEPTION 'not a conversion: % x + %', scale, shift USING ERRCODE = 'invalid_parameter_value';
  END IF;
  UPDATE sp.quantity s
     SET unit = $2, unit_definition = coalesce($3, $2), circle = s.circle * abs(scale)
   WHERE s.quantity_id = q.quantity_id;
  EXECUTE format('UPDATE sp.reading SET %1$I = %1$I * $1 + $2 WHERE %1$I IS NOT NULL', quantity)
    USING scale, shift;
  UPDATE sp.dispute d
     SET "values" = d."values" || jsonb_build_object(quantity,
           (d."values"->>quantity)::double precision * scale + shift)
   WHERE d."values"->>quantity IS NOT NULL;
  -- Of dropped months the metrics are converted, of the others counted again.
  UPDATE sp.metric m
     SET mean = m.mean * scale + shift, m2 = m.m2 * scale ^ 2,
         min = CASE WHEN scale > 0 THEN m.min ELSE m.max END * scale + shift,
         max = CASE WHEN scale > 0 THEN m.max ELSE m.min END * scale + shift,
         sum_sin = sign(scale) * m.sum_sin * cos(a.turn) + m.sum_cos * sin(a.turn),
         sum_cos = m.sum_cos * cos(a.turn) - sign(scale) * m.sum_sin * sin(a.turn)
    FROM (SELECT coalesce(2 * pi() * shift / (q.circle * abs(scale)), 0)) AS a(turn)
   WHERE m.quantity_id = q.quantity_id AND m.window_start < sp.kept_since();
  CREATE TEMP TABLE sp_touched ON COMMIT DROP AS
  SELECT DISTINCT m.ingest_id, m.sensor_id, m.window_start, m.window_hours, m.window_start AS since,
         m.window_start + m.window_hours * interval '1 hour' AS until
    FROM sp.metric m WHERE m.quantity_id = q.quantity_id AND m.window_start >= sp.kept_since();
  PERFORM sp.recount();
  PERFORM sp.refresh_views();  -- a circle is written out in them
END
$$;
COMMENT ON FUNCTION sp.change_unit IS 'Converts all values of a quantity, x to scale x + shift, with metrics and disputes; unit_definition as UDUNITS-2 prints it';

CREATE FUNCTION sp.merge_sensors(other integer, into_sensor integer) RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET TimeZone = 'UTC'
SET DateStyle = 'ISO, YMD'
SET extra_float_digits = 1
AS $$
DECLARE
  wrong text;
  example timestamptz;
  moved bigint;
BEGIN
  PERFORM sp.hold_loads();
  SELECT string_agg(CASE WHEN s.sensor_id IS NULL THEN format('there is no sensor %s', a.id)
                         ELSE format('sensor %s is sensor %s already', a.id, s.same_as) END, '; ')
    INTO wrong
    FROM unnest(ARRAY[other, into_sensor]) AS a(id) LEFT JOIN sp.sensor s ON s.sensor_id = a.id
   WHERE s.sensor_id IS NULL OR s.same_as IS NOT NULL;
  IF wrong IS NOT NULL OR other = into_sensor THEN
    RAISE EXCEPTION '%', coalesce(wrong, format('sensor %s is one sensor, not two', other))
      USING ERRCODE = 'no_data_found';
  END IF;
  CREATE TEMP TABLE sp_both ON COMMIT DROP AS
  SELECT a.ts, a.ingest_id AS other_id, b.ingest_id AS into_id, i.committed_at < j.committed_at AS other_first,
         to_jsonb(a.*) - '{sensor_id,ingest_id,location_id}'::text[]
         = to_jsonb(b.*) - '{sensor_id,ingest_id,location_id}'::text[] AS same
    FROM sp.reading a JOIN sp.reading b ON b.ts = a.ts
    JOIN sp.ingest i ON i.ingest_id = a.ingest_id
    JOIN sp.ingest j ON j.ingest_id = b.ingest_id
   WHERE a.sensor_id = $1 AND b.sensor_id = $2;
  SELECT min(b.ts) INTO example FROM pg_temp.sp_both b WHERE NOT b.same;
  IF example IS NOT NULL THEN
    RAISE EXCEPTION 'both sensors have readings at %, with different values', example
      USING ERRCODE = 'SP704';
  END IF;
  CREATE TEMP TABLE sp_windows ON COMMIT DROP AS
  SELECT DISTINCT m.ingest_id, m.window_start, m.window_hours FROM sp.metric m
   WHERE m.sensor_id IN (other, into_sensor) AND m.window_start >= sp.kept_since();
  -- Of two rows that say the same the one that came first stays. All loads that stood behind the other
  -- rely on it: the one that holds it, those that were completed, and those whose values did not count.
  CREATE TEMP TABLE sp_gone ON COMMIT DROP AS
  SELECT CASE WHEN b.other_first THEN into_sensor ELSE other END AS sensor_id, b.ts,
         CASE WHEN b.other_first THEN b.into_id ELSE b.other_id END AS gone_id,
         CASE WHEN b.other_first THEN b.other_id ELSE b.into_id END AS stays_id
    FROM pg_temp.sp_both b;
  CREATE TEMP TABLE sp_relying ON COMMIT DROP AS
  SELECT v.ingest_id, v.stays_id, count(*) FILTER (WHERE v.same) AS rows_same,
         count(*) FILTER (WHERE NOT v.same) AS rows_other
    FROM (SELECT g.gone_id, g.stays_id, g.ts, true FROM pg_temp.sp_gone g
          UNION
          SELECT a.id, g.stays_id, g.ts, true
            FROM pg_temp.sp_gone g
            JOIN sp.completion c ON c.sensor_id = g.sensor_id AND g.ts = ANY (c.times)
           CROSS JOIN LATERAL unnest(ARRAY[c.ingest_id, c.former_id]) AS a(id)
          UNION
          SELECT a.id, g.stays_id, g.ts, false
            FROM pg_temp.sp_gone g JOIN sp.dispute d ON d.sensor_id = g.sensor_id AND d.ts = g.ts
           CROSS JOIN LATERAL unnest(ARRAY[d.ingest_id, d.winner_id]) AS a(id))
         AS v(ingest_id, stays_id, ts, same)
   WHERE v.ingest_id <> v.stays_id GROUP BY 1, 2;
  INSERT INTO sp.overlap AS o (ingest_id, earlier_id, rows_same, rows_completed, rows_other)
  SELECT r.ingest_id, r.stays_id, r.rows_same, 0, r.rows_other FROM pg_temp.sp_relying r
  ON CONFLICT (ingest_id, earlier_id)
  DO UPDATE SET rows_same = o.rows_same + excluded.rows_same, rows_other = o.rows_other + excluded.rows_other;
  WITH RECURSIVE relying AS (
    SELECT r.ingest_id, r.stays_id, r.stays_id AS earlier_id FROM pg_temp.sp_relying r
    UNION
    SELECT r.ingest_id, r.stays_id, o.earlier_id
      FROM relying r JOIN sp.overlap o ON o.ingest_id = r.earlier_id
  )
  SELECT string_agg(format('%s and %s', r.stays_id, r.ingest_id), ', ') INTO wrong
    FROM relying r WHERE r.ingest_id = r.earlier_id;
  IF wrong IS NOT NULL THEN
    RAISE EXCEPTION 'loads would rely on each other, and neither could be forgotten any more: %', wrong
      USING ERRCODE = 'SP707', HINT = 'Forget the later one first, and load its file again afterwards.';
  END IF;
  UPDATE sp.dispute d SET winner_id = g.stays_id, kind = 'kept out', "values" = jsonb_strip_nulls(d."values")
    FROM pg_temp.sp_gone g WHERE d.sensor_id = g.sensor_id AND d.ts = g.ts;
  UPDATE sp.completion c
     SET times = ARRAY(SELECT t.ts FROM unnest(c.times) AS t(ts)
                        WHERE NOT EXISTS (SELECT FROM pg_temp.sp_gone g
                                           WHERE g.sensor_id = c.sensor_id AND g.ts = t.ts))
   WHERE EXISTS (SELECT FROM pg_temp.sp_gone g WHERE g.sensor_id = c.sensor_id AND g.ts = ANY (c.times));
  DELETE FROM sp.completion c WHERE c.times = '{}';
  DELETE FROM sp.reading r USING pg_temp.sp_gone g WHERE r.sensor_id = g.sensor_id AND r.ts = g.ts;
  -- Home is another place now: what was at home says where.
  UPDATE sp.reading r
     SET sensor_id = $2,
         location_id = nullif(coalesce(r.location_id, h.home_of_other), h.home)
    FROM (SELECT min(s.location_id) FILTER (WHERE s.sensor_id = $1),
                 min(s.location_id) FILTER (WHERE s.sensor_id = $2)
            FROM sp.sensor s WHERE s.sensor_id IN ($1, $2)) AS h(home_of_other, home)
   WHERE r.sensor_id = $1;
  GET DIAGNOSTICS moved = ROW_COUNT;
  -- Metrics of dropped months are merged, the others counted again.
  CREATE TEMP TABLE sp_merged ON COMMIT DROP AS
  SELECT m.ingest_id, m.window_start, m.quantity_id, m.window_hours,
         sp.moments(sp.as_moments(m.n, m.mean, m.m2)) AS moments, min(m.min) AS min, max(m.max) AS max,
         sum(m.sum_sin) AS sum_sin, sum(m.sum_cos) AS sum_cos
    FROM sp.metric m
   WHERE m.sensor_id IN (other, into_sensor) AND m.window_start < sp.kept_since()
   GROUP BY 1, 2, 3, 4;
  DELETE FROM sp.metric m WHERE m.sensor_id IN (other, into_sensor);
  INSERT INTO sp.metric (sensor_id, ingest_id, window_start, window_hours, quantity_id, n, mean, m2, min,
                         max, sum_sin, sum_cos)
  SELECT into_sensor, m.ingest_id, m.window_start, m.window_hours, m.quantity_id, m.moments[1],
         m.moments[2] / m.moments[1], m.moments[3], m.min, m.max, m.sum_sin, m.sum_cos
    FROM pg_temp.sp_merged m;
  CREATE TEMP TABLE sp_touched ON COMMIT DROP AS
  SELECT w.ingest_id, into_sensor AS sensor_id, w.window_start, w.window_hours, w.window_start AS since,
         w.window_start + w.window_hours * interval '1 hour' AS until
    FROM pg_temp.sp_windows w;
  PERFORM sp.recount();
  DROP TABLE pg_temp.sp_both, pg_temp.sp_gone, pg_temp.sp_relying, pg_temp.sp_windows, pg_temp.sp_merged;
  UPDATE sp.dispute d
     SET sensor_id = into_sensor,
         location_id = coalesce(d.location_id, (SELECT s.location_id FROM sp.sensor s
                                                 WHERE s.sensor_id = other))
   WHERE d.sensor_id = other;
  UPDATE sp.completion c SET sensor_id = into_sensor WHERE c.sensor_id = other;
  INSERT INTO sp.stated_type (ingest_id, sensor_id, sensor_type)
  SELECT t.ingest_id, into_sensor, t.sensor_type FROM sp.stated_type t WHERE t.sensor_id = other
  ON CONFLICT DO NOTHING;
  DELETE FROM sp.stated_type t WHERE t.sensor_id = other;
  UPDATE sp.sensor s
     SET dropped_first = least(s.dropped_first, o.dropped_first),
         dropped_last = greatest(s.dropped_last, o.dropped_last)
    FROM sp.sensor o WHERE s.sensor_id = into_sensor AND o.sensor_id = other;
  UPDATE sp.sensor s
     SET same_as = into_sensor, dropped_first = NULL, dropped_last = NULL
   WHERE s.sensor_id = other;
  UPDATE sp.sensor s SET same_as = into_sensor WHERE s.same_as = other;
  RETURN moved;
END
$$;
COMMENT ON FUNCTION sp.merge_sensors IS 'Two keys that are one device: moves the readings of a sensor to another, whose key and type they have from now on, and lets its key mean that one; returns the number of readings moved. Refuses where both have different values at one time';

CREATE FUNCTION sp.forget_source(source text) RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  sp_sensors integer[];
  deleted bigint;
BEGIN
  PERFORM sp.hold_loads();
  SELECT coalesce(array_agg(sensor_id), '{}') INTO sp_sensors FROM sp.sensor s
   WHERE s.source = $1;
  IF sp_sensors = '{}' AND NOT EXISTS (SELECT FROM sp.ingest i WHERE i.source = $1) THEN
    RAISE EXCEPTION 'there is no source %', $1 USING ERRCODE = 'no_data_found';
  END IF;
  IF EXISTS (SELECT FROM sp.sensor s JOIN sp.sensor t ON t.sensor_id = s.same_as
              WHERE (s.source = $1) <> (t.source = $1)) THEN
    RAISE EXCEPTION 'a sensor of % is merged with one of another source', $1 USING ERRCODE = 'SP705';
  END IF;
  DELETE FROM sp.reading r WHERE r.sensor_id = ANY (sp_sensors);
  GET DIAGNOSTICS deleted = ROW_COUNT;
  DELETE FROM sp.metric m WHERE m.sensor_id = ANY (sp_sensors);
  DELETE FROM sp.dispute d WHERE d.sensor_id = ANY (sp_sensors);
  DELETE FROM sp.completion c WHERE c.sensor_id = ANY (sp_sensors);
  DELETE FROM sp.stated_type t WHERE t.sensor_id = ANY (sp_sensors);
  DELETE FROM sp.rejection r USING sp.ingest i
   WHERE i.ingest_id = r.ingest_id AND coalesce(r.source, i.source) = $1;
  DELETE FROM sp.overlap o USING sp.ingest i
   WHERE i.source = $1 AND i.ingest_id IN (o.ingest_id, o.earlier_id);
  DELETE FROM sp.unmeasured u USING sp.ingest i WHERE i.ingest_id = u.ingest_id AND i.source = $1;
  DELETE FROM sp.outcome o USING sp.ingest i
   WHERE i.source = $1
     AND (i.digest = o.digest OR (i.name = o.name AND i.taken_at = o.taken_at));
  DELETE FROM sp.ingest i WHERE i.source = $1;
  DELETE FROM sp.sensor s WHERE s.source = $1;
  DELETE FROM sp.location l WHERE l.source = $1;
  RETURN deleted;
END
$$;
COMMENT ON FUNCTION sp.forget_source IS 'Deletes all that a network brought, dropped months'' metrics too, and returns the number of readings; ledger rows of files that hold other networks as well stay';

CREATE FUNCTION sp.forget_unused_sensors() RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  deleted bigint;
BEGIN
  PERFORM sp.hold_loads();
  DELETE FROM sp.sensor s
   WHERE s.same_as IS NULL AND s.dropped_first IS NULL
     AND NOT EXISTS (SELECT FROM sp.reading r WHERE r.sensor_id = s.sensor_id)
     AND NOT EXISTS (SELECT FROM sp.sensor o WHERE o.same_as = s.sensor_id);
  GET DIAGNOSTICS deleted = ROW_COUNT;
  RETURN deleted;
END
$$;
COMMENT ON FUNCTION sp.forget_unused_sensors IS 'Deletes sensors without a reading, such as loads that were rolled back leave behind, and returns how many';

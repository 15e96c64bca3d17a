-- sp.reading has no place for a unit: each of its quantities is in one. Which, says this table, and a load whose
-- metrics say otherwise is refused before a value of another unit stands beside the rest.

CREATE TABLE sp.quantity (
  quantity text PRIMARY KEY,
  unit text NOT NULL
);
COMMENT ON TABLE sp.quantity IS 'The unit of each quantity in sp.reading: that of the first load that brought it with one';
COMMENT ON COLUMN sp.quantity.quantity IS 'Column of sp.reading';
COMMENT ON COLUMN sp.quantity.unit IS 'Unit, UDUNITS-2 spelling';

INSERT INTO sp.quantity VALUES
  ('pressure', 'hPa'), ('temperature', 'degC'), ('humidity', 'percent'), ('pm10', 'ug/m3'), ('pm2_5', 'ug/m3');
INSERT INTO sp.quantity
SELECT DISTINCT ON (quantity) quantity, unit FROM sp.metric WHERE unit IS NOT NULL
 ORDER BY quantity, ingest_id
ON CONFLICT (quantity) DO NOTHING;

CREATE FUNCTION sp.check_units() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  wrong record;
BEGIN
  -- In the order of the key, so that two loaders never wait for each other in a circle.
  INSERT INTO sp.quantity
  SELECT DISTINCT quantity, unit FROM new_metric n
   WHERE unit IS NOT NULL AND NOT EXISTS (SELECT FROM sp.quantity q WHERE q.quantity = n.quantity)
   ORDER BY 1, 2
  ON CONFLICT (quantity) DO NOTHING;
  SELECT quantity, n.unit AS came, q.unit AS there INTO wrong
    FROM new_metric n JOIN sp.quantity q USING (quantity)
   WHERE n.unit <> q.unit LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION '% comes in %, and sp.reading has it in %', wrong.quantity, wrong.came, wrong.there
      USING ERRCODE = 'check_violation',
            HINT = 'A targetUnit in the schema of the file converts it.';
  END IF;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION sp.check_units IS 'Trigger: refuses metrics of a quantity in another unit than sp.quantity says, and notes the unit of a new one';
REVOKE EXECUTE ON FUNCTION sp.check_units FROM PUBLIC;

CREATE TRIGGER check_units AFTER INSERT ON sp.metric
  REFERENCING NEW TABLE AS new_metric
  FOR EACH STATEMENT EXECUTE FUNCTION sp.check_units();

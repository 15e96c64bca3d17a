-- Where `sp-load --init` writes down what it has applied. Run only where sp.migration is not there;
-- the numbered files after it are each applied once, in order, in the same transaction.

CREATE SCHEMA IF NOT EXISTS sp;
COMMENT ON SCHEMA sp IS 'Sensor pipeline: readings, metrics, rejected rows, and the ledger of loaded files';

CREATE TABLE sp.migration (
  number integer PRIMARY KEY,
  name text NOT NULL,
  sha256 text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE sp.migration IS 'Migrations applied by sp-load --init, one row each';
COMMENT ON COLUMN sp.migration.number IS 'Number at the head of the file name';
COMMENT ON COLUMN sp.migration.name IS 'File name';
COMMENT ON COLUMN sp.migration.sha256 IS 'SHA-256 of the file as applied, hexadecimal';
COMMENT ON COLUMN sp.migration.applied_at IS 'Start of the transaction that applied it';

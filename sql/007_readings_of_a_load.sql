-- Each COPY paid for this index, some tenth of the server's time, and nothing read it but questions by
-- hand, which the ledger's times serve as well.

DROP INDEX sp.reading_ingest;
COMMENT ON TABLE sp.ingest IS 'Ledger: one row per loaded file, written in the transaction that loads its rows. The readings of one: SELECT * FROM sp.reading WHERE ingest_id = 7 AND ts BETWEEN (SELECT first_ts FROM sp.ingest WHERE ingest_id = 7) AND (SELECT last_ts FROM sp.ingest WHERE ingest_id = 7)';

-- Keys that people are encrypted to, sealed to recovery agents: a row for each group that can open one.
CREATE TABLE archived_keys (
    number       INTEGER PRIMARY KEY,
    certificate  BIGINT NOT NULL REFERENCES certificates (number),
    agents       TEXT NOT NULL,             -- JSON: an array of objects
    together     BOOLEAN NOT NULL,          -- whether it takes all of them
    message      BLOB NOT NULL,             -- S/MIME
    archived_at  BIGINT NOT NULL
);
CREATE INDEX archived_keys_by_certificate ON archived_keys (certificate);

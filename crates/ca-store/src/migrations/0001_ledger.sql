-- Times are microseconds since 1970-01-01T00:00:00Z, negative before; hashes, serials and DER are raw bytes.
-- One row for each certificate: the intent is inserted, and what becomes of it is added by updates.

CREATE TABLE meta (
    created_at BIGINT NOT NULL
);

CREATE TABLE authorities (
    number        INTEGER PRIMARY KEY,
    id            TEXT NOT NULL UNIQUE,
    name          TEXT NOT NULL,
    kind          TEXT NOT NULL,
    issuer        TEXT,
    classes       TEXT NOT NULL,            -- JSON array
    certificate   BLOB NOT NULL,
    key_location  TEXT NOT NULL,
    base_url      TEXT,
    created_at    BIGINT NOT NULL,
    acted_at      BIGINT NOT NULL
);

CREATE TABLE certificates (
    number             INTEGER PRIMARY KEY,    -- the order of reservation
    serial             BLOB NOT NULL UNIQUE,   -- 20 octets, big-endian
    authority          BIGINT NOT NULL REFERENCES authorities (number),
    class              TEXT NOT NULL,
    policy_oid         TEXT NOT NULL,
    policy_sha256      BLOB NOT NULL,
    subject            TEXT NOT NULL,
    name               TEXT NOT NULL,
    name_key           TEXT,                   -- in lower case; NULL if there is no name
    emails             TEXT NOT NULL,          -- JSON array
    usage              TEXT NOT NULL,
    key                TEXT NOT NULL,
    key_id             BLOB NOT NULL,
    evidence           TEXT NOT NULL,          -- JSON array
    not_before         BIGINT NOT NULL,
    not_after          BIGINT NOT NULL,
    tbs                BLOB NOT NULL,
    another            BOOLEAN NOT NULL,
    created_at         BIGINT NOT NULL,
    acted_at           BIGINT NOT NULL,
    wrapping           BLOB,                   -- the signed certificate without its tbs
    tbs_at             BIGINT,                 -- where in it the tbs belongs; NULL: nowhere
    sha256             BLOB,
    issued_at          BIGINT,
    abandoned_reason   TEXT,
    abandoned_at       BIGINT,
    revocation_reason  TEXT,
    revoked_at         BIGINT,
    revocation_at      BIGINT,                 -- when the revocation was recorded
    collected_at       BIGINT
);

-- Interrupted work, which is little.
CREATE INDEX certificates_unfinished ON certificates (number)
    WHERE collected_at IS NULL AND abandoned_at IS NULL;

CREATE INDEX certificates_name ON certificates (name_key) WHERE name_key IS NOT NULL;

-- Finds certificates by address, and keeps two live ones for one address apart.
CREATE TABLE addresses (
    address      TEXT NOT NULL,               -- as addresses are compared
    certificate  BIGINT NOT NULL REFERENCES certificates (number),
    PRIMARY KEY (address, certificate)
) WITHOUT ROWID;

-- Append-only, chained by hash.
CREATE TABLE audit (
    seq        INTEGER PRIMARY KEY,
    at         BIGINT NOT NULL,
    acted_at   BIGINT NOT NULL,
    actor      TEXT NOT NULL,
    action     TEXT NOT NULL,
    subject    TEXT NOT NULL,
    details    TEXT NOT NULL,
    outcome    TEXT NOT NULL,
    prev_hash  BLOB NOT NULL,
    hash       BLOB NOT NULL
);

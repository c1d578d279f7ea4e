-- Since when the key may have been known to others.
ALTER TABLE certificates ADD COLUMN invalidity_at BIGINT;

-- Every change of status, numbered under the authority that signed the certificate, an authority's certificates
-- included. What a CRL is made of: narrow rows that lie beside each other.
CREATE TABLE revocations (
    authority      BIGINT NOT NULL REFERENCES authorities (number),
    change         BIGINT NOT NULL,
    serial         BLOB NOT NULL,              -- 20 octets, big-endian
    reason         TEXT,                       -- NULL: released from a hold
    at             BIGINT NOT NULL,
    invalidity_at  BIGINT,
    not_after      BIGINT NOT NULL,
    recorded_at    BIGINT NOT NULL,
    next_change    BIGINT,                     -- of the same serial; NULL: this one is in force
    PRIMARY KEY (authority, change)
) WITHOUT ROWID;

CREATE UNIQUE INDEX revocations_in_force ON revocations (authority, serial)
    WHERE next_change IS NULL;

INSERT INTO revocations (authority, change, serial, reason, at, not_after, recorded_at)
    SELECT authority, ROW_NUMBER() OVER (PARTITION BY authority ORDER BY revocation_at, number),
        serial, revocation_reason, revoked_at, not_after, revocation_at
    FROM certificates WHERE revocation_reason IS NOT NULL;

-- Numbers are reserved before a CRL is signed; one that never came to be keeps its number.
CREATE TABLE crls (
    authority          BIGINT NOT NULL REFERENCES authorities (number),
    number             BIGINT NOT NULL,
    upto               BIGINT NOT NULL,        -- the last change that it takes into account
    this_update        BIGINT NOT NULL,
    next_update        BIGINT NOT NULL,
    delta_base         BIGINT,                 -- the number that the delta CRL continues; NULL: its own
    delta_upto         BIGINT,                 -- the last change that the base takes into account
    delta_next_update  BIGINT,                 -- NULL: there is no delta CRL of this number
    created_at         BIGINT NOT NULL,
    entries            BIGINT,
    sha256             BLOB,                   -- NULL: not signed
    delta_sha256       BLOB,
    signed_at          BIGINT,
    PRIMARY KEY (authority, number)
);

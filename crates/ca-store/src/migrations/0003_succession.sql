-- Which certificate another takes the place of: its serial, 20 octets.
ALTER TABLE certificates ADD COLUMN renews BLOB;

-- Since when an authority issues no more certificates, in stated time.
ALTER TABLE authorities ADD COLUMN retired_at BIGINT;

-- Further certificates for the keys of authorities, signed by other authorities.
CREATE TABLE cross_certificates (
    number       INTEGER PRIMARY KEY,
    id           TEXT NOT NULL UNIQUE,
    subject      TEXT NOT NULL REFERENCES authorities (id),
    issuer       TEXT NOT NULL REFERENCES authorities (id),
    certificate  BLOB NOT NULL,
    created_at   BIGINT NOT NULL,
    acted_at     BIGINT NOT NULL
);

-- Notices of expiry that were given, so that none is given twice.
CREATE TABLE notices (
    subject     TEXT NOT NULL,              -- a serial, or an authority's identifier
    period      BIGINT NOT NULL,            -- seconds before the end
    created_at  BIGINT NOT NULL,
    acted_at    BIGINT NOT NULL,
    PRIMARY KEY (subject, period)
) WITHOUT ROWID;

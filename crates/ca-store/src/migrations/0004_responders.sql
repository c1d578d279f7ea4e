-- The certificates of OCSP responders: few, and none of the people's.
CREATE TABLE responders (
    number       INTEGER PRIMARY KEY,     -- the order of reservation
    serial       BLOB NOT NULL UNIQUE,    -- 20 octets, big-endian; none of the table certificates
    authority    BIGINT NOT NULL REFERENCES authorities (number),
    key_id       BLOB NOT NULL,
    tbs          BLOB NOT NULL,
    created_at   BIGINT NOT NULL,
    acted_at     BIGINT NOT NULL,
    certificate  BLOB,                    -- NULL: not signed
    sha256       BLOB,
    issued_at    BIGINT
);

CREATE INDEX responders_of_authority ON responders (authority, number);

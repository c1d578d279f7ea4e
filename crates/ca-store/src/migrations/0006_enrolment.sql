-- Requests for certificates: what is known of one is one JSON document, and what is searched for stands beside it.
CREATE TABLE requests (
    number    INTEGER PRIMARY KEY,     -- the order of their making
    id        TEXT NOT NULL UNIQUE,
    revision  BIGINT NOT NULL,         -- counted up by each change
    state     TEXT NOT NULL,
    class     TEXT NOT NULL,
    body      TEXT NOT NULL
);

CREATE INDEX requests_by_state ON requests (state, number);

-- Finds requests by address.
CREATE TABLE request_addresses (
    address  TEXT NOT NULL,            -- as addresses are compared
    request  BIGINT NOT NULL REFERENCES requests (number),
    PRIMARY KEY (address, request)
) WITHOUT ROWID;

-- Copies of identity documents, encrypted to officers.
CREATE TABLE documents (
    number        INTEGER PRIMARY KEY,
    request       TEXT NOT NULL REFERENCES requests (id),
    sha256        TEXT NOT NULL,       -- of the document as it was given
    message       BLOB,                -- S/MIME; NULL: deleted
    kept_at       BIGINT NOT NULL,
    delete_after  BIGINT NOT NULL,
    deleted_at    BIGINT
);

CREATE INDEX documents_by_request ON documents (request);

CREATE INDEX documents_due ON documents (delete_after) WHERE deleted_at IS NULL;

-- Imported lists of people.
CREATE TABLE people (
    number      INTEGER PRIMARY KEY,
    source      TEXT NOT NULL,         -- the name of the list
    whole_key   TEXT NOT NULL,         -- the name as names are compared
    short_key   TEXT NOT NULL,         -- without the middle name
    email_key   TEXT,
    body        TEXT NOT NULL          -- JSON
);

CREATE INDEX people_by_whole_name ON people (whole_key);

CREATE INDEX people_by_short_name ON people (short_key);

CREATE INDEX people_by_email ON people (email_key) WHERE email_key IS NOT NULL;

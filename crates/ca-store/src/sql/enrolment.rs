//! Requests, documents and lists of people.

pub(crate) const INSERT_REQUEST: &str = "\
    INSERT INTO requests (id, revision, state, class, body) VALUES ($1, 0, $2, $3, $4) \
    RETURNING number";

pub(crate) const INSERT_ADDRESS: &str = "\
    INSERT INTO request_addresses (address, request) VALUES ($1, $2) ON CONFLICT DO NOTHING";

pub(crate) const CHANGE_REQUEST: &str = "\
    UPDATE requests SET revision = revision + 1, state = $1, body = $2 \
    WHERE id = $3 AND revision = $4";

pub(crate) const REQUESTS: &str = "SELECT r.revision, r.body FROM requests r ";

pub(crate) const BY_ID: &str = "WHERE r.id = $1";

/// Every condition counts only where a value is given.
pub(crate) const FILTERED: &str = "\
    WHERE ($1 IS NULL OR r.number IN (SELECT request FROM request_addresses WHERE address = $1)) \
        AND ($2 IS NULL OR r.state = $2) AND ($3 IS NULL OR r.class = $3) \
    ORDER BY r.number DESC LIMIT $4";

pub(crate) const INSERT_DOCUMENT: &str = "\
    INSERT INTO documents (request, sha256, message, kept_at, delete_after, deleted_at) \
    VALUES ($1, $2, $3, $4, $5, $6)";

pub(crate) const DOCUMENTS: &str = "\
    SELECT request, sha256, message, kept_at, delete_after, deleted_at \
    FROM documents WHERE request = $1 ORDER BY number";

pub(crate) const DOCUMENTS_DUE: &str = "\
    SELECT request, sha256, NULL, kept_at, delete_after, deleted_at \
    FROM documents WHERE deleted_at IS NULL AND delete_after < $1 ORDER BY number";

pub(crate) const DELETE_DOCUMENT: &str = "\
    UPDATE documents SET message = NULL, deleted_at = $1 \
    WHERE request = $2 AND sha256 = $3 AND deleted_at IS NULL";

pub(crate) const DELETE_PEOPLE: &str = "DELETE FROM people WHERE source = $1";

pub(crate) const INSERT_PERSON: &str = "\
    INSERT INTO people (source, whole_key, short_key, email_key, body) VALUES ($1, $2, $3, $4, $5)";

pub(crate) const PEOPLE_BY_NAME: &str =
    "SELECT number, body FROM people WHERE whole_key = $1 OR short_key = $1 LIMIT $2";

pub(crate) const PEOPLE_BY_EMAIL: &str = "SELECT number, body FROM people WHERE email_key = $1 LIMIT $2";

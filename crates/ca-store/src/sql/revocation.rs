//! The SQL of revocations and CRLs.

pub(crate) const RELEASE: &str = "\
    UPDATE certificates \
    SET revocation_reason = NULL, revoked_at = NULL, revocation_at = NULL, invalidity_at = NULL \
    WHERE serial = $1 AND revocation_reason = 'certificate-hold'";

/// What the book of changes needs to know of a certificate.
pub(crate) const ISSUER_AND_END: &str = "SELECT authority, not_after FROM certificates WHERE serial = $1";

pub(crate) const LAST_CHANGE: &str = "SELECT COALESCE(MAX(change), 0) FROM revocations WHERE authority = $1";

pub(crate) const CLOSE_CHANGE: &str = "\
    UPDATE revocations SET next_change = $1 \
    WHERE authority = $2 AND serial = $3 AND next_change IS NULL";

pub(crate) const INSERT_CHANGE: &str = "\
    INSERT INTO revocations (authority, change, serial, reason, at, invalidity_at, not_after, recorded_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

pub(crate) const IN_FORCE: &str = "\
    SELECT r.reason, r.at, r.invalidity_at, r.recorded_at \
    FROM revocations r JOIN authorities a ON a.number = r.authority \
    WHERE a.id = $1 AND r.serial = $2 AND r.next_change IS NULL AND r.reason IS NOT NULL";

/// What is revoked as of a change.
pub(crate) const REVOKED: &str = "\
    SELECT change, serial, reason, at, invalidity_at, not_after FROM revocations \
    WHERE authority = $1 AND change <= $2 AND (next_change IS NULL OR next_change > $2) \
        AND reason IS NOT NULL \
    ORDER BY change";

/// What has changed between two changes.
pub(crate) const CHANGED: &str = "\
    SELECT change, serial, reason, at, invalidity_at, not_after FROM revocations \
    WHERE authority = $1 AND change <= $2 AND (next_change IS NULL OR next_change > $2) \
        AND change > $3 \
    ORDER BY change";

pub(crate) const RESERVE_CRL: &str = "\
    INSERT INTO crls (authority, number, upto, this_update, next_update, delta_base, delta_upto, \
        delta_next_update, created_at) \
    SELECT $1, COALESCE(MAX(number), 0) + 1, $2, $3, $4, $5, $6, $7, $8 FROM crls WHERE authority = $1 \
    RETURNING number";

/// A number that is never signed.
pub(crate) const SKIP_CRLS: &str = "\
    INSERT INTO crls (authority, number, upto, this_update, next_update, created_at) \
    SELECT $1, $2, 0, $3, $3, $3 \
    WHERE $2 > (SELECT COALESCE(MAX(number), 0) FROM crls WHERE authority = $1)";

pub(crate) const SIGN_CRL: &str = "\
    UPDATE crls SET entries = $1, sha256 = $2, delta_sha256 = $3, signed_at = $4 \
    WHERE authority = $5 AND number = $6 AND sha256 IS NULL";

pub(crate) const CRLS: &str = "\
    SELECT c.number, c.upto, a.id, c.this_update, c.next_update, c.delta_base, c.delta_upto, \
        c.delta_next_update, c.created_at, c.entries, c.sha256, c.delta_sha256, c.signed_at \
    FROM crls c JOIN authorities a ON a.number = c.authority \
    WHERE a.id = $1 AND c.sha256 IS NOT NULL ORDER BY c.number DESC LIMIT $2";

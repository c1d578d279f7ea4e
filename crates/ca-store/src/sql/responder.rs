//! The SQL of OCSP responders' certificates, and of what responders ask.

/// Inserts nothing if the serial is a person's certificate's.
pub(crate) const RESERVE: &str = "\
    INSERT INTO responders (serial, authority, key_id, tbs, created_at, acted_at) \
    SELECT $1, $2, $3, $4, $5, $6 WHERE NOT EXISTS (SELECT 1 FROM certificates WHERE serial = $1)";

pub(crate) const RECORD: &str = "\
    UPDATE responders SET certificate = $1, sha256 = $2, issued_at = $3 \
    WHERE serial = $4 AND certificate IS NULL";

pub(crate) const IS_KNOWN: &str = "SELECT 1 FROM responders WHERE serial = $1";

pub(crate) const SIGNED: &str = "\
    SELECT r.serial, r.key_id, r.certificate \
    FROM responders r JOIN authorities a ON a.number = r.authority \
    WHERE a.id = $1 AND r.certificate IS NOT NULL ORDER BY r.number DESC";

/// Whether an authority has signed a certificate with a serial.
pub(crate) const IS_ISSUED: &str = "\
    SELECT 1 FROM certificates c JOIN authorities a ON a.number = c.authority \
    WHERE c.serial = $1 AND a.id = $2 AND c.wrapping IS NOT NULL \
    UNION ALL \
    SELECT 1 FROM responders r JOIN authorities a ON a.number = r.authority \
    WHERE r.serial = $1 AND a.id = $2 AND r.certificate IS NOT NULL";

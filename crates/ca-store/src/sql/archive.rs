//! Archived keys.

/// A certificate's number, whether it was signed, and whether its key is archived.
pub(crate) const STATE: &str = "\
    SELECT number, wrapping IS NOT NULL, \
        EXISTS (SELECT 1 FROM archived_keys WHERE certificate = c.number) \
    FROM certificates c WHERE serial = $1";

/// What stands against certifying a key.
pub(crate) const MARKS: &str = "\
    SELECT c.serial, c.revocation_reason, \
        EXISTS (SELECT 1 FROM archived_keys WHERE certificate = c.number) AS archived \
    FROM certificates c WHERE c.key_id = $1 \
        AND (archived \
            OR c.revocation_reason IN ('key-compromise', 'ca-compromise', 'aa-compromise'))";

pub(crate) const INSERT: &str = "\
    INSERT INTO archived_keys (certificate, agents, together, message, archived_at) \
    VALUES ($1, $2, $3, $4, $5)";

pub(crate) const OF_SERIAL: &str = "\
    SELECT k.agents, k.together, k.message, k.archived_at \
    FROM archived_keys k JOIN certificates c ON c.number = k.certificate \
    WHERE c.serial = $1 ORDER BY k.number";

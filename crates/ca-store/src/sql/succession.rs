//! Authorities that follow one another, and notices.

pub(crate) const INSERT_CROSS: &str = "\
    INSERT INTO cross_certificates (id, subject, issuer, certificate, created_at, acted_at) \
    VALUES ($1, $2, $3, $4, $5, $6)";

pub(crate) const CROSS: &str = "\
    SELECT id, subject, issuer, certificate, created_at, acted_at \
    FROM cross_certificates ORDER BY number";

pub(crate) const SET_BASE_URL: &str = "UPDATE authorities SET base_url = $1 WHERE id = $2";

pub(crate) const RETIRE: &str = "\
    UPDATE authorities SET retired_at = COALESCE(retired_at, $1) WHERE id = $2";

pub(crate) const INSERT_NOTICE: &str = "\
    INSERT INTO notices (subject, period, created_at, acted_at) VALUES ($1, $2, $3, $4) \
    ON CONFLICT DO NOTHING";

pub(crate) const NOTICES: &str = "\
    SELECT subject, period, created_at, acted_at FROM notices WHERE subject = $1 ORDER BY period";

//! The ledger's SQL.
//!
//! Parameters are `$1`, `$2` …, which PostgreSQL numbers and SQLite counts by their first appearance:
//! so they appear in ascending order.

pub(crate) mod archive;
pub(crate) mod enrolment;
pub(crate) mod responder;
pub(crate) mod revocation;
pub(crate) mod succession;

/// Marks a SQLite file as a ledger of cachet: "cach".
pub(crate) const APPLICATION_ID: i32 = 0x6361_6368;

/// The schema that this version writes, and the newest that it reads: the number of migrations.
pub(crate) const SCHEMA: u32 = MIGRATIONS.len() as u32;

/// The migrations, oldest first; one that has been released is never changed.
pub(crate) const MIGRATIONS: [&str; 9] = [
    include_str!("migrations/0001_ledger.sql"),
    include_str!("migrations/0002_revocation.sql"),
    include_str!("migrations/0003_succession.sql"),
    include_str!("migrations/0004_responders.sql"),
    include_str!("migrations/0005_archive.sql"),
    include_str!("migrations/0006_enrolment.sql"),
    include_str!("migrations/0007_search.sql"),
    include_str!("migrations/0008_own_mail.sql"),
    include_str!("migrations/0009_keys.sql"),
];

pub(crate) const INSERT_META: &str = "INSERT INTO meta (created_at) VALUES ($1)";

pub(crate) const META: &str = "SELECT created_at FROM meta";

pub(crate) const INSERT_AUTHORITY: &str = "\
    INSERT INTO authorities (id, name, kind, issuer, classes, certificate, key_location, base_url, \
        created_at, acted_at, retired_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

pub(crate) const AUTHORITIES: &str = "\
    SELECT id, name, kind, issuer, classes, certificate, key_location, base_url, created_at, \
        acted_at, retired_at \
    FROM authorities ORDER BY number";

pub(crate) const AUTHORITY_NUMBER: &str = "SELECT number FROM authorities WHERE id = $1";

pub(crate) const INSERT_INTENT: &str = "\
    INSERT INTO certificates (serial, authority, class, policy_oid, policy_sha256, subject, name, \
        name_key, emails, usage, key, key_id, evidence, not_before, not_after, tbs, another, \
        created_at, acted_at, renews, own_mail) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, \
        $20, $21)";

pub(crate) const INSERT_ADDRESS: &str = "\
    INSERT INTO addresses (address, certificate) VALUES ($1, $2) ON CONFLICT DO NOTHING";

/// Every column of a certificate, in the order in which `rows` reads them; a condition follows.
pub(crate) const CERTIFICATES: &str = "\
    SELECT c.serial, a.id, c.class, c.policy_oid, c.policy_sha256, c.subject, c.name, c.emails, \
        c.usage, c.key, c.key_id, c.evidence, c.not_before, c.not_after, c.tbs, c.another, \
        c.created_at, c.acted_at, c.renews, c.own_mail, c.wrapping, c.tbs_at, c.sha256, c.issued_at, c.abandoned_reason, \
        c.abandoned_at, c.revocation_reason, c.revoked_at, c.revocation_at, c.invalidity_at, \
        c.collected_at \
    FROM certificates c JOIN authorities a ON a.number = c.authority ";

/// The others for an address, a class and a usage.
pub(crate) const SAME_ADDRESS: &str = "\
    WHERE c.number IN (SELECT certificate FROM addresses WHERE address = $1) \
        AND c.class = $2 AND c.usage = $3 AND c.number <> $4 AND c.abandoned_at IS NULL \
    ORDER BY c.number";

pub(crate) const BY_SERIAL: &str = "WHERE c.serial = $1";

pub(crate) const BY_NUMBER: &str = "WHERE c.number = $1";

pub(crate) const UNFINISHED: &str = "\
    WHERE c.collected_at IS NULL AND c.abandoned_at IS NULL ORDER BY c.number";

pub(crate) const NUMBER_OF: &str = "SELECT number FROM certificates WHERE serial = $1";

pub(crate) const TBS: &str = "SELECT tbs FROM certificates WHERE serial = $1";

pub(crate) const RECORD_ISSUED: &str = "\
    UPDATE certificates SET wrapping = $1, tbs_at = $2, sha256 = $3, issued_at = $4 \
    WHERE serial = $5 AND wrapping IS NULL AND abandoned_at IS NULL";

pub(crate) const ABANDON: &str = "\
    UPDATE certificates SET abandoned_reason = $1, abandoned_at = $2 \
    WHERE serial = $3 AND wrapping IS NULL AND abandoned_at IS NULL";

pub(crate) const MARK_COLLECTED: &str = "\
    UPDATE certificates SET collected_at = COALESCE(collected_at, $1) \
    WHERE serial = $2 AND wrapping IS NOT NULL";

/// What may follow is what [`Revocation::may_follow`](ca_core::ledger::Revocation::may_follow) says.
pub(crate) const REVOKE: &str = "\
    UPDATE certificates SET revocation_reason = $1, revoked_at = $2, revocation_at = $3, \
        invalidity_at = $4 \
    WHERE serial = $5 AND wrapping IS NOT NULL \
        AND (revocation_reason IS NULL \
            OR (revocation_reason = 'certificate-hold' AND $1 <> 'certificate-hold') \
            OR (revoked_at > $2 AND revoked_at > $3 \
                AND (revocation_reason = 'certificate-hold') = ($1 = 'certificate-hold')))";

pub(crate) const INSERT_AUDIT: &str = "\
    INSERT INTO audit (seq, at, acted_at, actor, action, subject, details, outcome, prev_hash, \
        hash) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

pub(crate) const AUDIT_HEAD: &str = "\
    SELECT seq, at, acted_at, actor, action, subject, details, outcome, prev_hash, hash \
    FROM audit ORDER BY seq DESC LIMIT 1";

pub(crate) const AUDIT_AFTER: &str = "\
    SELECT seq, at, acted_at, actor, action, subject, details, outcome, prev_hash, hash \
    FROM audit WHERE seq > $1 ORDER BY seq LIMIT $2";

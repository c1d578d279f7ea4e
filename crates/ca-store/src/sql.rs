//! The ledger's SQL: `$1` parameters and `RETURNING`, so that PostgreSQL can take it too.

/// Marks a SQLite file as a ledger of cachet: "cach".
pub(crate) const APPLICATION_ID: i32 = 0x6361_6368;

/// The schema that this version writes, and the newest that it reads: the number of migrations.
pub(crate) const SCHEMA: u32 = MIGRATIONS.len() as u32;

/// The migrations, oldest first; one that has been released is never changed.
pub(crate) const MIGRATIONS: [&str; 1] = [include_str!("migrations/0001_ledger.sql")];

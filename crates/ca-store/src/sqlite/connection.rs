//! Opening a ledger: its settings, its identity and its schema.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, Utc};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::error::{StoreError, classify};
use super::rows::micros;
use crate::atomic::{FileError, Mode};
use crate::sql::{self, APPLICATION_ID, MIGRATIONS, SCHEMA};

/// How changes reach the disk.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Journal {
    /// Write-ahead log: readers and one writer at once.
    Wal,
    /// One file once it is closed: for a ledger that will be moved.
    Rollback,
}

/// Creates an empty ledger, refusing to touch a file that exists.
pub(super) fn create(path: &Path, now: DateTime<Utc>) -> Result<Connection, StoreError> {
    // Made before SQLite does so that it is never readable by others; its log files inherit this.
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(Mode::Secret.bits())
        .open(path)
        .map_err(|error| FileError::from_io("create", path, error))?;
    let mut connection = connect(path)?;
    let run = |connection: &mut Connection| {
        configure(connection, Journal::Rollback)?;
        connection.pragma_update(None, "application_id", APPLICATION_ID)?;
        migrate(connection, 0)?;
        connection.execute(sql::INSERT_META, [micros(now)]).map(drop)
    };
    run(&mut connection).map_err(|error| classify(path, error))?;
    Ok(connection)
}

/// Opens a ledger that exists, bringing an older schema up to date.
pub(super) fn open(path: &Path) -> Result<Connection, StoreError> {
    if !path.exists() {
        return Err(StoreError::Missing {
            path: path.to_path_buf(),
        });
    }
    let mut connection = connect(path)?;
    let failed = |error| classify(path, error);
    let application: i32 = pragma(&connection, "application_id").map_err(failed)?;
    if application != APPLICATION_ID {
        return Err(StoreError::Foreign {
            path: path.to_path_buf(),
        });
    }
    let found: u32 = pragma(&connection, "user_version").map_err(failed)?;
    if found > SCHEMA {
        return Err(StoreError::Newer {
            path: path.to_path_buf(),
            found,
            known: SCHEMA,
        });
    }
    if connection.is_readonly(rusqlite::MAIN_DB).map_err(failed)? {
        return Err(StoreError::ReadOnly {
            path: path.to_path_buf(),
        });
    }
    configure(&connection, Journal::Wal).map_err(failed)?;
    if found < SCHEMA {
        migrate(&mut connection, found).map_err(failed)?;
    }
    Ok(connection)
}

/// Closes a ledger. One that was just created becomes one to be shared: no later opening has to
/// change that, for which it would have to be alone.
pub(super) fn close(connection: Connection) -> rusqlite::Result<()> {
    set_journal(&connection, Journal::Wal)?;
    connection.close().map_err(|(_, error)| error)
}

fn connect(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_EXRESCODE;
    let connection = Connection::open_with_flags(path, flags).map_err(|error| classify(path, error))?;
    connection
        .busy_timeout(PATIENCE)
        .map_err(|error| classify(path, error))?;
    connection.set_prepared_statement_cache_capacity(64);
    // Else SQLite plans a statement anew for each value that might let it use a partial index: a tenth of all the time.
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
        .map_err(|error| classify(path, error))?;
    Ok(connection)
}

fn set_journal(connection: &Connection, journal: Journal) -> rusqlite::Result<()> {
    let mode = match journal {
        Journal::Wal => "wal",
        Journal::Rollback => "delete",
    };
    // Already in force for all but the first opening; asking again would need a lock.
    if pragma::<String>(connection, "journal_mode")? != mode {
        connection.pragma_update_and_check(None, "journal_mode", mode, |row| row.get::<_, String>(0))?;
    }
    Ok(())
}

fn configure(connection: &Connection, journal: Journal) -> rusqlite::Result<()> {
    set_journal(connection, journal)?;
    // FULL: a commit that has been confirmed survives a power failure.
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    // Pages: 16 MiB between checkpoints spare a batch from paying for several.
    connection.pragma_update(None, "wal_autocheckpoint", 16384)?;
    // KiB, as SQLite's negative sign says.
    connection.pragma_update(None, "cache_size", -16_384)?;
    Ok(())
}

/// Applies the migrations after `found`, all or none; another process may be doing the same.
fn migrate(connection: &mut Connection, found: u32) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found = found.max(pragma(&transaction, "user_version")?);
    if found >= 2 && has_early_name(&transaction)? {
        transaction.execute_batch("ALTER TABLE crls RENAME COLUMN delta_after TO delta_upto")?;
    }
    for (number, text) in (1..).zip(MIGRATIONS) {
        if number > found {
            transaction.execute_batch(text)?;
            transaction.pragma_update(None, "user_version", number)?;
        }
    }
    transaction.commit()
}

/// Before any release, schemas 2 to 5 were written for a while with another name of a column, and no list in its table.
fn has_early_name(connection: &Connection) -> rusqlite::Result<bool> {
    let query = "SELECT count(*) FROM pragma_table_info('crls') WHERE name = 'delta_after'";
    connection.query_row(query, [], |row| row.get::<_, u32>(0).map(|count| count > 0))
}

fn pragma<T: rusqlite::types::FromSql>(connection: &Connection, name: &str) -> rusqlite::Result<T> {
    connection.pragma_query_value(None, name, |row| row.get(0))
}

/// How long a command waits for another process that is writing.
const PATIENCE: Duration = Duration::from_secs(30);

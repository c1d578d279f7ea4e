//! Threads that write at the same time share one commit.
//!
//! ```text
//! thread 1   | begin, its change, waits ............... | told
//! thread 2   |     enters, its change, waits .......... | told
//! thread 3   |              enters, its change: nobody is behind it, so it commits for all
//! ```
//!
//! Whoever returns has its change on the disk. A change that is refused is taken back alone; what ends the whole
//! transaction (a full disk) fails all that were in it.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};

use rusqlite::Connection;

use super::connection;
use super::error::{Failure, StoreError, classify};

/// A connection that threads share.
#[derive(Debug)]
pub(super) struct Shared {
    path: PathBuf,
    slot: Mutex<Slot>,
    /// A transaction has ended.
    ended: Condvar,
    /// Threads that are about to write.
    coming: AtomicUsize,
    /// A second connection for those who read meanwhile; `None` until it is needed.
    reader: Mutex<Option<Connection>>,
    /// Whether readers do not disturb a writer (the write-ahead log).
    may_read_beside: bool,
}

#[derive(Debug)]
struct Slot {
    /// `None` once it is closed.
    connection: Option<Connection>,
    /// The transaction that is open, by what will be said of it.
    group: Option<Arc<Verdict>>,
    /// Those who wait for its end.
    members: usize,
}

/// What became of a transaction: nothing else than its commit, or why not.
type Verdict = OnceLock<Result<(), String>>;

impl Shared {
    pub(super) fn new(path: &Path, connection: Connection, may_read_beside: bool) -> Self {
        Self {
            path: path.to_path_buf(),
            slot: Mutex::new(Slot {
                connection: Some(connection),
                group: None,
                members: 0,
            }),
            ended: Condvar::new(),
            coming: AtomicUsize::new(0),
            reader: Mutex::new(None),
            may_read_beside,
        }
    }

    /// Returns the connection, of which nobody else has a part.
    pub(super) fn close(&mut self) -> Option<Connection> {
        // The last one to close puts the log's content into the file: that must be the writer.
        let reader = self.reader.get_mut().unwrap_or_else(PoisonError::into_inner);
        drop(reader.take());
        let slot = self.slot.get_mut().unwrap_or_else(PoisonError::into_inner);
        slot.connection.take()
    }

    /// Works with the connection outside of any transaction.
    pub(super) fn alone<T>(
        &self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let mut slot = self.between();
        work(self.open(&mut slot)?).map_err(|error| classify(&self.path, error))
    }

    /// Reads within one snapshot, of what is on the disk.
    pub(super) fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Failure>,
    ) -> Result<Result<T, Failure>, StoreError> {
        let transact = |connection: &mut Connection| {
            let transaction = connection.transaction()?;
            work(&transaction)
        };
        match self.slot.try_lock() {
            Ok(mut slot) if slot.group.is_none() => return Ok(transact(self.open(&mut slot)?)),
            _ if !self.may_read_beside => return Ok(transact(self.open(&mut self.between())?)),
            _ => {}
        }
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        let connection = match reader.as_mut() {
            Some(connection) => connection,
            None => reader.insert(connection::open(&self.path)?),
        };
        Ok(transact(connection))
    }

    /// Changes the ledger, with others that do at the same moment, and returns once that is on the disk.
    ///
    /// `committed` is run between the commit and its being told.
    pub(super) fn write<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Failure>,
        committed: impl FnOnce(),
    ) -> Result<Result<T, Failure>, StoreError> {
        self.coming.fetch_add(1, Ordering::SeqCst);
        let mut slot = self.lock();
        self.coming.fetch_sub(1, Ordering::SeqCst);
        let first = slot.group.is_none();
        let connection = self.open(&mut slot)?;
        // Immediate: two processes that read before they write would else both begin in vain.
        let begun = connection.execute_batch(if first {
            "BEGIN IMMEDIATE"
        } else {
            "SAVEPOINT member"
        });
        let begun = match begun {
            Err(error) if first => return Err(classify(&self.path, error)),
            begun => begun,
        };
        let attempt = || match begun {
            Ok(()) => work(connection),
            Err(error) => Err(error.into()),
        };
        let done = match catch_unwind(AssertUnwindSafe(attempt)) {
            Ok(done) => done,
            Err(panic) => {
                self.end(&mut slot, Some("a change that went with it stopped unexpectedly"));
                resume_unwind(panic)
            }
        };
        let verdict = Arc::clone(slot.group.get_or_insert_default());
        if let Err(failure) = done {
            self.take_back(&mut slot, first, &failure);
            return Ok(Err(failure));
        }
        if !first && let Err(error) = self.open(&mut slot)?.execute_batch("RELEASE member") {
            self.end(&mut slot, Some(&error.to_string()));
        } else if slot.members + 1 < MOST_MEMBERS && self.coming.load(Ordering::SeqCst) > 0 {
            slot.members += 1;
            let waiting = |_: &mut Slot| verdict.get().is_none();
            drop(
                self.ended
                    .wait_while(slot, waiting)
                    .unwrap_or_else(PoisonError::into_inner),
            );
        } else {
            self.end(&mut slot, None);
        }
        match verdict.get() {
            Some(Ok(())) => {
                committed();
                Ok(done)
            }
            Some(Err(reason)) => Err(self.failed(reason)),
            None => Err(self.failed("its transaction was never ended")),
        }
    }

    /// Undoes one change, and ends the transaction if there is nobody else to do so.
    fn take_back(&self, slot: &mut Slot, first: bool, failure: &Failure) {
        let Some(connection) = slot.connection.as_mut() else {
            return;
        };
        // Some failures end the whole transaction by themselves.
        let gone = connection.is_autocommit();
        let undone = !first
            && !gone
            && connection
                .execute_batch("ROLLBACK TO member; RELEASE member")
                .is_ok();
        if undone {
            if self.coming.load(Ordering::SeqCst) == 0 {
                self.end(slot, None);
            }
            return;
        }
        let reason = match failure {
            Failure::Sqlite(error) => error.to_string(),
            Failure::Refused(refusal) => refusal.to_string(),
        };
        self.end(slot, Some(&reason));
    }

    /// Commits or rolls back, and tells all who wait for it.
    fn end(&self, slot: &mut Slot, failure: Option<&str>) {
        let outcome = match (slot.connection.as_mut(), failure) {
            (Some(connection), None) => connection
                .execute_batch("COMMIT")
                .map_err(|error| classify(&self.path, error).to_string()),
            (_, reason) => Err(reason.unwrap_or("the ledger is closed").to_owned()),
        };
        if outcome.is_err()
            && let Some(connection) = slot.connection.as_mut()
            && !connection.is_autocommit()
        {
            // It can only fail if there is nothing to roll back.
            let _ = connection.execute_batch("ROLLBACK");
        }
        if let Some(verdict) = slot.group.take() {
            let _ = verdict.set(outcome);
        }
        slot.members = 0;
        self.ended.notify_all();
    }

    fn open<'s>(&self, slot: &'s mut Slot) -> Result<&'s mut Connection, StoreError> {
        slot.connection.as_mut().ok_or_else(|| StoreError::Closed {
            path: self.path.clone(),
        })
    }

    /// Waits until no transaction is open.
    fn between(&self) -> MutexGuard<'_, Slot> {
        let slot = self.lock();
        self.ended
            .wait_while(slot, |slot| slot.group.is_some())
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, Slot> {
        // A panic elsewhere has rolled its transaction back: the connection is as good as before.
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn failed(&self, reason: &str) -> StoreError {
        StoreError::Shared {
            reason: reason.to_owned(),
        }
    }
}

/// So that the first of a group need not wait for long.
const MOST_MEMBERS: usize = 64;

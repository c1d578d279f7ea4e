//! All cores at once: one thread finds mails, the others examine them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::examine::{Examiner, Mail};
use super::source::{LeftAside, Letter, Source};
use crate::error::{CommandError, ErrorKind};

/// Examines all mails of all sources; they come back in the order in which they lie there.
pub(crate) fn examine_all(
    sources: &[Source],
    examiner: &Examiner<'_>,
) -> Result<(Vec<Mail>, LeftAside), CommandError> {
    let processors = thread::available_parallelism().map_or(1, usize::from);
    // Few letters wait: an mbox file is not read into memory faster than it is examined.
    let (send, receive) = sync_channel::<(usize, Letter)>(processors);
    let receive = Mutex::new(receive);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..processors)
            .map(|_| scope.spawn(|| examine_some(&receive, examiner)))
            .collect();
        let mut left = LeftAside::default();
        let mut found = 0;
        let mut visited = Ok(());
        for source in sources {
            visited = source.visit(&mut left, &mut |letter| {
                let number = found;
                found += 1;
                number < MOST_MAILS && send.send((number, letter)).is_ok()
            });
            if visited.is_err() || found > MOST_MAILS {
                break;
            }
        }
        drop(send);
        let mut mails = Vec::with_capacity(found);
        for worker in workers {
            mails.extend(worker.join().map_err(|_| {
                CommandError::new(
                    ErrorKind::Internal,
                    "a thread that examines mails has ended early",
                )
            })?);
        }
        visited?;
        if found > MOST_MAILS {
            return Err(CommandError::bad_input(format!(
                "there are more than {MOST_MAILS} mails: check them in parts"
            )));
        }
        mails.sort_by_key(|(number, _)| *number);
        Ok((mails.into_iter().map(|(_, mail)| mail).collect(), left))
    })
}

fn examine_some(letters: &Mutex<Receiver<(usize, Letter)>>, examiner: &Examiner<'_>) -> Vec<(usize, Mail)> {
    let mut done = Vec::new();
    loop {
        // The lock is let go before the letter is examined.
        let next = letters.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((number, letter)) = next else {
            return done;
        };
        // One mail must not keep the others from being checked, whatever it has found in us.
        let mail = catch_unwind(AssertUnwindSafe(|| examiner.examine(&letter)))
            .unwrap_or_else(|_| Mail::failed(&letter.name));
        done.push((number, mail));
    }
}

/// A lab of this size is checked in parts.
const MOST_MAILS: usize = 100_000;

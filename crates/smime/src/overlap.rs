//! Two halves of a work on two processors: one reads and writes, the other digests, enciphers or encodes.

use std::io;
use std::sync::mpsc;
use std::thread;

use zeroize::Zeroizing;

/// What takes octets piece by piece.
pub(crate) type Sink<'a> = &'a mut dyn FnMut(&[u8]) -> io::Result<()>;

/// Runs `work`, puts the octets that it gives to its sink through `step`, and what that makes of them into `out`, in
/// their order.
///
/// `step` runs on a thread of its own if `threaded`, and adds to the vector what is to be put out. `state` comes back
/// as the last step left it.
pub(crate) fn through<S: Send, T, E: From<io::Error>>(
    threaded: bool,
    mut state: S,
    step: impl Fn(&mut S, &[u8], &mut Vec<u8>) + Send + Sync,
    out: Sink<'_>,
    work: impl FnOnce(Sink<'_>) -> Result<T, E>,
) -> Result<(T, S), E> {
    if !threaded {
        let mut made = Vec::new();
        let value = work(&mut |bytes| {
            made.clear();
            step(&mut state, bytes, &mut made);
            out(&made)
        })?;
        return Ok((value, state));
    }
    thread::scope(|scope| {
        let (to_worker, given) = mpsc::channel::<Piece>();
        let (done, from_worker) = mpsc::channel::<Piece>();
        let step = &step;
        let worker = thread::Builder::new().spawn_scoped(scope, move || {
            for mut piece in given {
                piece.made.clear();
                step(&mut state, &piece.given, &mut piece.made);
                if done.send(piece).is_err() {
                    break;
                }
            }
            state
        })?;
        let mut queue = Queue {
            to_worker,
            from_worker,
            filling: Piece::default(),
            pieces: 1,
            under_way: 0,
            out,
        };
        let value = work(&mut |bytes| queue.take(bytes))?;
        queue.finish()?;
        let state = worker.join().map_err(|_| io::Error::other(STOPPED))?;
        Ok((value, state))
    })
}

/// What goes around between the two.
#[derive(Default)]
struct Piece {
    /// It may be secret.
    given: Zeroizing<Vec<u8>>,
    made: Vec<u8>,
}

struct Queue<'a> {
    to_worker: mpsc::Sender<Piece>,
    from_worker: mpsc::Receiver<Piece>,
    filling: Piece,
    /// How many pieces there are.
    pieces: usize,
    under_way: usize,
    out: Sink<'a>,
}

impl Queue<'_> {
    fn take(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        // Room for all at once: growing would leave a copy behind.
        let room = PIECE.saturating_sub(self.filling.given.len());
        self.filling.given.reserve_exact(room);
        while !bytes.is_empty() {
            let room = PIECE.saturating_sub(self.filling.given.len());
            let (now, later) = bytes.split_at(bytes.len().min(room));
            self.filling.given.extend_from_slice(now);
            bytes = later;
            if self.filling.given.len() >= PIECE {
                self.send()?;
            }
        }
        Ok(())
    }

    fn send(&mut self) -> io::Result<()> {
        let mut next = None;
        while let Ok(piece) = self.from_worker.try_recv() {
            next = Some(self.put_out(piece)?);
        }
        if next.is_none() && self.pieces < PIECES {
            self.pieces += 1;
            next = Some(Piece::default());
        }
        let next = match next {
            Some(piece) => piece,
            None => {
                let piece = self.from_worker.recv().map_err(|_| io::Error::other(STOPPED))?;
                self.put_out(piece)?
            }
        };
        let full = std::mem::replace(&mut self.filling, next);
        self.to_worker.send(full).map_err(|_| io::Error::other(STOPPED))?;
        self.under_way += 1;
        Ok(())
    }

    /// Puts out what was made, and returns the piece to be filled again.
    fn put_out(&mut self, mut piece: Piece) -> io::Result<Piece> {
        self.under_way -= 1;
        if !piece.made.is_empty() {
            (self.out)(&piece.made)?;
        }
        piece.given.clear();
        Ok(piece)
    }

    fn finish(mut self) -> io::Result<()> {
        let last = std::mem::take(&mut self.filling);
        self.to_worker.send(last).map_err(|_| io::Error::other(STOPPED))?;
        self.under_way += 1;
        while self.under_way > 0 {
            let piece = self.from_worker.recv().map_err(|_| io::Error::other(STOPPED))?;
            self.put_out(piece)?;
        }
        Ok(())
    }
}

const STOPPED: &str = "a thread stopped before its work was done";
/// Octets in a piece, and how many pieces go around.
const PIECE: usize = 128 << 10;
const PIECES: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_state_are_kept() {
        for threaded in [false, true] {
            let input: Vec<u8> = (0..3_000_000_u32).map(|n| n as u8).collect();
            let mut output = Vec::new();
            let ((), count) = through(
                threaded,
                0_usize,
                |count, bytes, made| {
                    *count += bytes.len();
                    made.extend_from_slice(bytes);
                },
                &mut |bytes| {
                    output.extend_from_slice(bytes);
                    Ok(())
                },
                |sink| input.chunks(77_777).try_for_each(sink),
            )
            .unwrap();
            assert_eq!(count, input.len());
            assert!(output == input);
        }
    }

    #[test]
    fn a_failure_ends_both_halves() {
        let result: io::Result<((), ())> = through(
            true,
            (),
            |(), bytes, made| made.extend_from_slice(bytes),
            &mut |_| Err(io::Error::other("full")),
            |sink| (0..100).try_for_each(|_| sink(&[0; 100_000])),
        );
        assert_eq!(result.unwrap_err().to_string(), "full");
    }
}

//! Work on a stream: read here, worked on by a second thread, and written by a third.
//!
//! The input need not be [`Send`]: it stays with the calling thread, and so do short streams altogether.

use std::sync::mpsc;
use std::thread;

use zeroize::Zeroizing;

/// A piece of the stream; pieces are used again and again.
pub(crate) struct Piece {
    /// What was read. (Its capacity stays.)
    pub(crate) input: Vec<u8>,
    /// What the work made of it.
    pub(crate) output: Zeroizing<Vec<u8>>,
}

impl Piece {
    /// An empty piece for `size` octets of input.
    fn new(size: usize) -> Self {
        Self {
            input: vec![0; size],
            // Room for what ciphers hold back: growing would leave a copy behind.
            output: Zeroizing::new(Vec::with_capacity(size + 64)),
        }
    }
}

/// Puts a stream through `work`, piece by piece and in order.
///
/// `fill` fills a buffer and returns how much there was, less than its length only at the end of the stream. `drain` is
/// given each piece after `work`. The first error of `fill` or `drain` ends it. Each has a thread of its own: the system
/// takes about as long to write a file as the rest takes together.
pub(crate) fn run<E: Send>(
    mut fill: impl FnMut(&mut [u8]) -> Result<usize, E>,
    mut work: impl FnMut(&mut Piece) + Send,
    mut drain: impl FnMut(&Piece) -> Result<(), E> + Send,
) -> Result<(), E> {
    let mut read = |piece: &mut Piece, size: usize| {
        piece.input.resize(size, 0);
        let length = fill(&mut piece.input)?;
        piece.input.truncate(length);
        piece.output.clear();
        Ok(length == size)
    };
    // Most streams end within the first piece, which is short.
    let mut piece = Piece::new(FIRST);
    for alone in 0..PIECES_ALONE {
        let size = if alone == 0 { FIRST } else { PIECE };
        if alone == 1 {
            piece = Piece::new(PIECE);
        }
        let more = read(&mut piece, size)?;
        work(&mut piece);
        drain(&piece)?;
        if !more {
            return Ok(());
        }
    }
    thread::scope(|scope| {
        let (to_work, jobs) = mpsc::sync_channel::<Piece>(PIECES);
        let (to_drain, worked) = mpsc::sync_channel::<Piece>(PIECES);
        let (done, drained) = mpsc::sync_channel::<Piece>(PIECES);
        scope.spawn(move || {
            for mut piece in jobs {
                work(&mut piece);
                if to_drain.send(piece).is_err() {
                    break;
                }
            }
        });
        let drainer = scope.spawn(move || {
            for piece in worked {
                drain(&piece)?;
                // Nobody waits for the last ones.
                let _ = done.send(piece);
            }
            Ok(())
        });
        let mut idle: Vec<_> = (1..PIECES).map(|_| Piece::new(PIECE)).collect();
        idle.push(piece);
        let mut read_all = || {
            let mut more = true;
            while more {
                // The other end hangs up if draining failed, or if something panicked, which leaving the scope passes on.
                let Some(mut piece) = idle.pop().or_else(|| drained.recv().ok()) else {
                    return Ok(());
                };
                more = read(&mut piece, PIECE)?;
                if to_work.send(piece).is_err() {
                    return Ok(());
                }
            }
            Ok(())
        };
        let all_read = read_all();
        drop((to_work, drained));
        match drainer.join() {
            Ok(all_drained) => all_drained.and(all_read),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

/// The length of a piece in octets.
pub(crate) const PIECE: usize = 256 << 10;
/// The length of the first piece.
const FIRST: usize = 16 << 10;
/// How many pieces are under way at a time.
const PIECES: usize = 6;
/// How many pieces are worked on before a thread is worth its while.
const PIECES_ALONE: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    fn copied(length: usize, fail_at: Option<usize>) -> Result<Vec<u8>, &'static str> {
        let all: Vec<u8> = (0..length).map(|n| (n % 251) as u8).collect();
        let mut input = &all[..];
        let mut out = Vec::new();
        run(
            |buffer| Ok(std::io::Read::read(&mut input, buffer).unwrap()),
            |piece| {
                let reversed = piece.input.iter().map(|b| !b);
                piece.output.extend(reversed);
            },
            |piece| {
                out.extend(piece.output.iter().map(|b| !b));
                match fail_at {
                    Some(at) if out.len() > at => Err("full"),
                    _ => Ok(()),
                }
            },
        )?;
        assert_eq!(out, all);
        Ok(out)
    }

    #[test]
    fn pieces_keep_their_order() {
        for pieces in [0, 1, PIECES_ALONE, PIECES_ALONE + 1, 20] {
            for more in [0, 1, FIRST - 1, FIRST, FIRST + 1, PIECE - 1] {
                copied(pieces * PIECE + more, None).unwrap();
            }
        }
    }

    #[test]
    fn an_error_ends_it() {
        for at in [0, 10 * PIECE] {
            assert_eq!(copied(30 * PIECE, Some(at)), Err("full"));
        }
    }
}

//! The interop matrix: each kind of key and each form of message, written by us and read by each peer, and the other way round.
//!
//! Every cell has a name (`NSS/reads ours/ec-p256/enveloped`). One that a peer cannot do is listed in [`expected`] with a piece of
//! that peer's own error; a success or a failure that is not expected fails the test, and `docs/interop.md` is written from what came
//! out (`CACHET_UPDATE_DOCS=1`), so that the table stays true.

pub(crate) mod cells;
mod document;
mod expected;
pub(crate) mod ours;

use std::collections::BTreeMap;

use test_support::{MatrixPeer, matrix_peers};

use cells::{Cell, Form, Side};

/// What came out of a cell: the content arrived, or why not.
type Results = BTreeMap<(&'static str, Side, &'static str, Form), Result<(), String>>;

#[test]
fn every_cell_is_as_the_table_says() {
    let messages = ours::messages();
    let peers = matrix_peers();
    let mut results = Results::new();
    let mut negatives = BTreeMap::new();
    // Two at a time: most of the time goes into starting programs.
    for pair in peers.chunks(2) {
        std::thread::scope(|scope| {
            let running: Vec<_> = pair
                .iter()
                .map(|peer| {
                    scope.spawn(move || (peer.name(), cells::run(&**peer as &dyn MatrixPeer, messages)))
                })
                .collect();
            for handle in running {
                let (name, outcome) = handle.join().unwrap();
                for (cell, result) in outcome.cells {
                    let Cell { side, key, form } = cell;
                    results.insert((name, side, key, form), result);
                }
                negatives.insert(name, outcome.tampered);
            }
        });
    }

    let mut surprises = Vec::new();
    for (&(peer, side, key, form), result) in &results {
        let cell = format!("{peer}/{}/{key}/{}", side.name(), form.name());
        match (result, expected::cannot(peer, side, key, form)) {
            (Ok(()), None) => {}
            (Ok(()), Some(says)) => surprises.push(format!("{cell}: works, expected to fail with '{says}'")),
            (Err(error), None) => surprises.push(format!("{cell}: {error}")),
            (Err(error), Some(says)) if !error.contains(says) => {
                surprises.push(format!("{cell}: expected '{says}', got: {error}"));
            }
            (Err(_), Some(_)) => {}
        }
    }
    for (peer, tampered) in &negatives {
        for (what, refused) in tampered {
            if !refused {
                surprises.push(format!("{peer}/{what}: accepted"));
            }
        }
    }
    assert!(
        surprises.is_empty(),
        "{} cells are not as expected:\n{}",
        surprises.len(),
        surprises.join("\n")
    );
    document::check(
        &peers.iter().map(|peer| peer.name()).collect::<Vec<_>>(),
        &results,
        &negatives,
    );
}

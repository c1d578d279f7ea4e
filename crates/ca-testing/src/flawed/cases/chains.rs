//! What leads from the certificate to the root.

use crate::flawed::certificate::*;
use crate::flawed::kit::{ISSUING, ROOT, authority_of, common, p256};
use crate::flawed::{Case, accepted, refused};

pub(super) static CASES: &[Case] = &[
    refused(
        "unknown-issuer",
        "the chain leads to no trusted root",
        "RFC 5280, 6.1",
        |kit| {
            let key = p256();
            kit.trust = Some(authority_of("Another Root CA", "Another Root CA", &key, &key, None).sign(&key));
        },
    ),
    refused(
        "root-of-the-same-name",
        "the chain leads to a root of the same name, not to this one",
        "RFC 5280, 6.1",
        |kit| {
            let key = p256();
            kit.trust = Some(authority_of(ROOT, ROOT, &key, &key, None).sign(&key));
        },
    ),
    refused(
        "self-signed-leaf",
        "nobody vouches for the certificate",
        "RFC 5280, 6.1",
        |kit| {
            kit.leaf.issuer = kit.leaf.subject.clone();
            kit.leaf.drop(AUTHORITY_KEY);
            kit.issuer_key = kit.leaf_key.clone();
            kit.sent = |mut all| {
                all.truncate(1);
                all
            };
        },
    ),
    refused(
        "chain-missing",
        "the issuer's certificate is not there",
        "RFC 8551, 2.3",
        |kit| {
            kit.sent = |mut all| {
                all.truncate(1);
                all
            };
        },
    ),
    accepted("chain-reordered", "RFC 5652, 5.1", |kit| {
        kit.sent = |mut all| {
            all.reverse();
            all
        };
    }),
    accepted("chain-with-strangers", "RFC 5652, 5.1", |kit| {
        for number in 0..5 {
            let key = p256();
            let name = format!("Stranger {number}");
            kit.strangers
                .push(authority_of(&name, &name, &key, &key, None).sign(&key));
        }
    }),
    accepted("issuer-with-a-namesake", "RFC 5280, 6.1", |kit| {
        // Another authority of the same name and another key: both must be tried.
        let key = p256();
        kit.strangers
            .push(authority_of(ISSUING, ROOT, &key, &kit.root_key, Some(0)).sign(&kit.root_key));
        kit.leaf.drop(AUTHORITY_KEY);
    }),
    refused(
        "path-length-broken",
        "the chain is longer than an authority allows",
        "RFC 5280, 6.1.4 (m)",
        |kit| {
            // Root, an authority below which there may be none, another authority, the certificate.
            let (between, key) = ("Fixture Class CA", p256());
            let lower = authority_of(between, ISSUING, &key, &kit.issuer_key, Some(0));
            kit.strangers.push(lower.sign(&kit.issuer_key));
            kit.leaf.issuer = common(between);
            kit.leaf.drop(AUTHORITY_KEY);
            kit.issuer_key_of_leaf(key);
        },
    ),
    accepted("longer-chain", "RFC 5280, 6.1", |kit| {
        kit.issuing.put(CONSTRAINTS, true, authority(Some(1)));
        let (between, key) = ("Fixture Class CA", p256());
        let lower = authority_of(between, ISSUING, &key, &kit.issuer_key, Some(0));
        kit.strangers.push(lower.sign(&kit.issuer_key));
        kit.leaf.issuer = common(between);
        kit.leaf.drop(AUTHORITY_KEY);
        kit.issuer_key_of_leaf(key);
    }),
    // The standard sets no bound; a program needs one of its own.
    refused(
        "chain-of-30",
        "the chain is too long to be followed",
        "RFC 5280, 6.1; 8",
        |kit| {
            kit.issuing.put(CONSTRAINTS, true, authority(None));
            let (mut above, mut above_key) = (ISSUING.to_owned(), kit.issuer_key.clone());
            // With the certificate, the authority between and the root they are 30.
            for number in 1..=27 {
                let (name, key) = (format!("Fixture CA {number}"), p256());
                let lower = authority_of(&name, &above, &key, &above_key, None);
                kit.strangers.push(lower.sign(&above_key));
                (above, above_key) = (name, key);
            }
            kit.leaf.issuer = common(&above);
            kit.leaf.drop(AUTHORITY_KEY);
            kit.issuer_key_of_leaf(above_key);
        },
    ),
    accepted("cross-signed-loop", "RFC 5280, 6.1", |kit| {
        // Two authorities certify each other; one of them is also the root's.
        let (other, key) = ("Fixture Loop CA", p256());
        let there = authority_of(other, ISSUING, &key, &kit.issuer_key, None);
        let back = authority_of(ISSUING, other, &kit.issuer_key, &key, None);
        kit.strangers.push(there.sign(&kit.issuer_key));
        kit.strangers.push(back.sign(&key));
    }),
    refused(
        "loop-without-a-root",
        "the chain leads to no trusted root",
        "RFC 5280, 6.1",
        |kit| {
            let (other, key) = ("Fixture Loop CA", p256());
            let there = authority_of(other, ISSUING, &key, &kit.issuer_key, None);
            let back = authority_of(ISSUING, other, &kit.issuer_key, &key, None);
            kit.strangers.push(there.sign(&kit.issuer_key));
            kit.strangers.push(back.sign(&key));
            kit.sent = |mut all| {
                all.truncate(1);
                all
            };
        },
    ),
];

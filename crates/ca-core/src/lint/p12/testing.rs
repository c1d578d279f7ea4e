//! A good file, to be spoilt.

use crate::authority::testing::key;
use crate::lint::testing::{issuer, leaf, root};
use identity::pkcs12::{CertificateBag, Contents, KeyBag, MacSummary};
use identity::{Certificate, KeyAlgorithm};

/// Returns what is read from a file that breaks no rule.
pub(super) fn good() -> Contents {
    let words = || Some("PBES2 with AES-256-CBC".to_owned());
    let bag = |certificate: Certificate| CertificateBag {
        certificate,
        friendly_name: None,
        local_key_id: None,
        encryption: words(),
    };
    Contents {
        keys: vec![KeyBag {
            key: key(KeyAlgorithm::EcP256).clone(),
            friendly_name: None,
            local_key_id: None,
            encryption: words(),
        }],
        certificates: vec![bag(leaf(|_| {})), bag(issuer().clone()), bag(root().clone())],
        mac: Some(MacSummary {
            algorithm: "HMAC-SHA-256".to_owned(),
            iterations: 10_000,
        }),
        unread: Vec::new(),
    }
}

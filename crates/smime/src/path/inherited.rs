//! DSA keys that have the parameters of their issuer's key (RFC 3279 2.3.2, RFC 5280 6.1.4 (e)).

use std::borrow::Cow;

use identity::{Certificate, KeyKind, PublicKey};

/// Tells whether a certificate's key is a DSA key without parameters of its own.
pub(crate) fn inherits(certificate: &Certificate) -> bool {
    certificate.public_key().kind() == KeyKind::Dsa { bits: 0 }
}

/// The key of the first certificate of a path, completed by those above it. Parameters from anywhere but the path would
/// let anybody sign.
pub(crate) fn working_key<'a>(path: &[&'a Certificate]) -> Option<Cow<'a, PublicKey>> {
    let (certificate, above) = path.split_first()?;
    let key = certificate.public_key();
    if !inherits(certificate) {
        return Some(Cow::Borrowed(key));
    }
    key.with_parameters_of(working_key(above)?.as_ref())
        .map(Cow::Owned)
}

/// Checks the signatures on a path (leaf first) that were made by keys without parameters of their own.
pub(super) fn inherited_keys_hold(path: &[&Certificate]) -> bool {
    path.iter().enumerate().all(|(index, certificate)| {
        let above = path.get(index + 1..).unwrap_or_default();
        !above.first().is_some_and(|issuer| inherits(issuer))
            || working_key(above).is_some_and(|key| certificate.verify_signed_by(&key).is_ok())
    })
}

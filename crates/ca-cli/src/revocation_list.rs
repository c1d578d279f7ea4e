//! Revocation lists in files: DER or PEM, up to a million entries and more.

use std::path::Path;

use identity::crl::{CertificateListView, Entry};
use identity::pem;

use crate::context::{CRL_LIMIT, Context};
use crate::error::CommandError;

/// Reads the one list of a file, as DER.
pub(crate) fn read(context: &Context, path: &Path) -> Result<Vec<u8>, CommandError> {
    let mut bytes = context.read(path, CRL_LIMIT)?;
    let mut lists = blocks(&bytes).into_iter();
    match (lists.next(), lists.next()) {
        (None, _) => Ok(std::mem::take(&mut *bytes)),
        (Some(list), None) => Ok(list),
        (Some(_), Some(_)) => Err(CommandError::bad_input(format!(
            "{} holds several revocation lists",
            path.display()
        ))
        .hint("put each into a file of its own")),
    }
}

/// Returns the list of a file that holds one and nothing else; `None` for a file of another kind, which others read.
pub(crate) fn of_file(path: &Path) -> Result<Option<Vec<u8>>, CommandError> {
    // Standard input and pipes can be read once only.
    if !path.is_file() {
        return Ok(None);
    }
    let mut bytes = ca_store::atomic::read(path, CRL_LIMIT)?;
    if let Some(list) = blocks(&bytes).into_iter().next() {
        return Ok(Some(list));
    }
    let is_list = CertificateListView::from_der(&bytes).is_ok();
    Ok(is_list.then(|| std::mem::take(&mut *bytes)))
}

/// Returns the lists among PEM blocks, as DER.
pub(crate) fn blocks(bytes: &[u8]) -> Vec<Vec<u8>> {
    // DER begins with this, PEM never.
    if bytes.first() == Some(&0x30) {
        return Vec::new();
    }
    let blocks = pem::decode(bytes).unwrap_or_default().into_iter();
    blocks
        .filter(|block| block.label == "X509 CRL")
        .map(|block| block.der.to_vec())
        .collect()
}

/// Returns an entry's serial as this program writes serials.
pub(crate) fn serial(entry: &Entry<'_>) -> String {
    let digits = hex::encode(entry.serial);
    let short = digits.trim_start_matches('0');
    if short.is_empty() { "0" } else { short }.to_owned()
}

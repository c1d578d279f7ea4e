//! Finding the certificate that a serial, an address or a file names.

use std::path::Path;

use ca_core::ledger::{CertificateFilter, CertificateRecord, Ledger, SerialNumber};
use identity::Certificate;

use crate::context::Context;
use crate::error::{CommandError, ErrorKind};

/// A certificate that was named.
#[derive(Debug)]
pub(crate) enum Found {
    OnRecord(Box<CertificateRecord>),
    /// It came from a file and this CA did not issue it.
    Elsewhere(Box<Certificate>),
}

/// Finds a certificate by serial, by address (its newest), or by file.
pub(crate) fn find(context: &Context, id: &str) -> Result<Found, CommandError> {
    let path = Path::new(id);
    if path.is_file() {
        let certificate = context
            .certificates(path)?
            .into_iter()
            .next()
            .ok_or_else(|| CommandError::bad_input(format!("{id} holds no certificate")))?;
        let Ok(directory) = context.directory() else {
            return Ok(Found::Elsewhere(Box::new(certificate)));
        };
        let serial: Option<SerialNumber> = certificate.serial_hex().parse().ok();
        let record = match serial {
            Some(serial) => context.ledger(&directory)?.certificate(&serial)?,
            None => None,
        };
        return Ok(
            match record.filter(|record| record.certificate() == Some(certificate.der())) {
                Some(record) => Found::OnRecord(Box::new(record)),
                None => Found::Elsewhere(Box::new(certificate)),
            },
        );
    }
    let ledger = context.ledger(&context.directory()?)?;
    let record = if id.contains('@') {
        let filter = CertificateFilter {
            email: Some(id.to_owned()),
            limit: Some(1),
            ..CertificateFilter::default()
        };
        ledger.list(&filter, context.now())?.into_iter().next()
    } else {
        let serial: SerialNumber = plain_serial(id).parse().map_err(|_| {
            CommandError::new(
                ErrorKind::NotFound,
                format!("\"{id}\" is neither a file, nor an address, nor a serial number"),
            )
            .hint("cachet cert list")
        })?;
        ledger.certificate(&serial)?
    };
    record
        .map(|record| Found::OnRecord(Box::new(record)))
        .ok_or_else(|| {
            CommandError::new(
                ErrorKind::NotFound,
                format!("no certificate for {id} is on record"),
            )
            .hint("cachet cert list")
        })
}

/// Leaves the digits of a serial as other programs write it: `4F:6D:…`, `0x4f6d…`.
fn plain_serial(text: &str) -> String {
    let text = text.trim();
    let digits = text
        .strip_prefix("0x")
        .or_else(|| text.strip_prefix("0X"))
        .unwrap_or(text);
    digits.replace(':', "")
}

/// Decodes the certificate of a record; `None` until it is signed.
pub(crate) fn certificate_of(record: &CertificateRecord) -> Result<Option<Certificate>, CommandError> {
    Ok(record.certificate().map(Certificate::from_der).transpose()?)
}

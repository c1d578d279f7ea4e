//! The certificates of OCSP responders, in memory.

use crate::ledger::{IssuedRecord, LedgerError, ResponderIntent, ResponderRecord, SerialNumber};

/// Every responder's certificate that was ever intended, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct ResponderBook(Vec<(ResponderIntent, Option<Vec<u8>>)>);

impl ResponderBook {
    pub(super) fn contains(&self, serial: &SerialNumber) -> bool {
        self.0.iter().any(|(intent, _)| intent.serial == *serial)
    }

    pub(super) fn reserve(&mut self, intent: &ResponderIntent) {
        self.0.push((intent.clone(), None));
    }

    pub(super) fn record(&mut self, issued: &IssuedRecord) -> Result<(), LedgerError> {
        let serial = issued.serial;
        let found = self.0.iter_mut().find(|(intent, _)| intent.serial == serial);
        match found {
            None => Err(LedgerError::UnknownSerial { serial }),
            Some((_, Some(_))) => Err(LedgerError::WrongState {
                serial,
                state: "issued",
                operation: "record a signature",
            }),
            Some((_, slot)) => {
                *slot = Some(issued.certificate.clone());
                Ok(())
            }
        }
    }

    /// The signed ones of an authority, the newest first.
    pub(super) fn signed(&self, authority: &str) -> Vec<ResponderRecord> {
        let of_authority = self
            .0
            .iter()
            .rev()
            .filter(|(intent, _)| intent.authority == authority);
        of_authority
            .filter_map(|(intent, certificate)| {
                Some(ResponderRecord {
                    serial: intent.serial,
                    key_id: intent.key_id,
                    certificate: certificate.clone()?,
                })
            })
            .collect()
    }
}

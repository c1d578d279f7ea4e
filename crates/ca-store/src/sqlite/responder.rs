//! OCSP responders' certificates, and what responders ask, inside the transactions of `SqliteLedger`.

use ca_core::ledger::{IssuedRecord, LedgerError, ResponderIntent, ResponderRecord, SerialNumber, Standing};
use rusqlite::{Connection, Row, params};

use super::error::Failure;
use super::revocation;
use super::rows::{Columns, micros};
use super::write::{authority_number, unless_taken};
use crate::sql::responder as text;

pub(super) fn reserve(connection: &Connection, intent: &ResponderIntent) -> Result<(), Failure> {
    let serial = intent.serial;
    let done = connection.prepare_cached(text::RESERVE)?.execute(params![
        serial.as_bytes(),
        authority_number(connection, &intent.authority)?,
        intent.key_id,
        intent.tbs,
        micros(intent.created_at),
        micros(intent.acted_at),
    ]);
    match unless_taken(done, || LedgerError::SerialExists { serial })? {
        1 => Ok(()),
        _ => Err(Failure::Refused(LedgerError::SerialExists { serial })),
    }
}

pub(super) fn record(connection: &Connection, issued: &IssuedRecord) -> Result<(), Failure> {
    let serial = issued.serial;
    let changed = connection.prepare_cached(text::RECORD)?.execute(params![
        issued.certificate,
        issued.sha256,
        micros(issued.at),
        serial.as_bytes(),
    ])?;
    if changed == 1 {
        return Ok(());
    }
    Err(Failure::Refused(if is_known(connection, &serial)? {
        LedgerError::WrongState {
            serial,
            state: "issued",
            operation: "record a signature",
        }
    } else {
        LedgerError::UnknownSerial { serial }
    }))
}

/// Tells whether a responder's certificate has this serial, signed or not.
pub(super) fn is_known(connection: &Connection, serial: &SerialNumber) -> rusqlite::Result<bool> {
    connection
        .prepare_cached(text::IS_KNOWN)?
        .exists([serial.as_bytes()])
}

pub(super) fn signed(connection: &Connection, authority: &str) -> rusqlite::Result<Vec<ResponderRecord>> {
    let read = |row: &Row<'_>| {
        let mut columns = Columns::of(row);
        Ok(ResponderRecord {
            serial: columns.serial()?,
            key_id: columns.next()?,
            certificate: columns.next()?,
        })
    };
    let mut select = connection.prepare_cached(text::SIGNED)?;
    select.query_map([authority], read)?.collect()
}

pub(super) fn standing(
    connection: &Connection,
    issuer: &str,
    serial: &SerialNumber,
) -> rusqlite::Result<Option<Standing>> {
    let issued = connection
        .prepare_cached(text::IS_ISSUED)?
        .exists(params![serial.as_bytes(), issuer])?;
    let revocation = revocation::in_force(connection, issuer, serial)?;
    Ok((issued || revocation.is_some()).then_some(Standing { revocation }))
}

//! What changes the ledger, inside the transactions of `SqliteLedger`.

use std::collections::HashMap;

use ca_core::audit::{AuditEntry, AuditEvent};
use ca_core::ledger::{
    Abandonment, AuthorityRecord, CertificateRecord, Collection, Intent, IssuedRecord, LedgerError,
    SerialNumber, address_key,
};
use rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE;
use rusqlite::{Connection, Error, OptionalExtension, ToSql, params};

use super::error::Failure;
use super::responder;
use super::rows::{self, micros};
use crate::sql;

pub(super) fn add_authorities(
    connection: &Connection,
    authorities: &[AuthorityRecord],
) -> Result<(), Failure> {
    for authority in authorities {
        let done = connection.prepare_cached(sql::INSERT_AUTHORITY)?.execute(params![
            authority.id,
            authority.name,
            authority.kind.as_str(),
            authority.issuer,
            rows::json(&authority.classes)?,
            authority.certificate,
            authority.key_location,
            authority.base_url,
            micros(authority.created_at),
            micros(authority.acted_at),
            authority.retired_at.map(micros),
        ]);
        unless_taken(done, || LedgerError::AuthorityExists {
            id: authority.id.clone(),
        })?;
    }
    Ok(())
}

pub(super) fn reserve(connection: &Connection, intents: &[Intent]) -> Result<(), Failure> {
    let mut authorities: HashMap<&str, i64> = HashMap::new();
    for intent in intents {
        let authority = match authorities.get(intent.authority.as_str()) {
            Some(number) => *number,
            None => {
                let number = authority_number(connection, &intent.authority)?;
                authorities.insert(&intent.authority, number);
                number
            }
        };
        if responder::is_known(connection, &intent.serial)? {
            let serial = intent.serial;
            return Err(Failure::Refused(LedgerError::SerialExists { serial }));
        }
        let number = insert_intent(connection, intent, authority)?;
        for email in &intent.emails {
            // The rows before this one are seen too, those of the same batch among them.
            if !intent.another {
                refuse_second(connection, intent, number, email)?;
            }
            connection
                .prepare_cached(sql::INSERT_ADDRESS)?
                .execute(params![address_key(email), number])?;
        }
    }
    Ok(())
}

pub(super) fn record_issued(connection: &Connection, issued: &[IssuedRecord]) -> Result<(), Failure> {
    for one in issued {
        let tbs: Option<Vec<u8>> = connection
            .prepare_cached(sql::TBS)?
            .query_row([one.serial.as_bytes()], |row| row.get(0))
            .optional()?;
        let (wrapping, at) = rows::unwrap_tbs(&one.certificate, &tbs.unwrap_or_default());
        let values = params![wrapping, at, one.sha256, micros(one.at), one.serial.as_bytes()];
        change(
            connection,
            sql::RECORD_ISSUED,
            values,
            &one.serial,
            "record a signature",
        )?;
    }
    Ok(())
}

pub(super) fn abandon(connection: &Connection, abandoned: &[Abandonment]) -> Result<(), Failure> {
    for one in abandoned {
        let values = params![one.reason, micros(one.at), one.serial.as_bytes()];
        change(connection, sql::ABANDON, values, &one.serial, "abandon it")?;
    }
    Ok(())
}

pub(super) fn mark_collected(connection: &Connection, collected: &[Collection]) -> Result<(), Failure> {
    for one in collected {
        let values = params![micros(one.at), one.serial.as_bytes()];
        change(
            connection,
            sql::MARK_COLLECTED,
            values,
            &one.serial,
            "mark it as handed out",
        )?;
    }
    Ok(())
}

/// Appends events to the chain.
pub(super) fn append_audit(connection: &Connection, events: &[AuditEvent]) -> Result<(), Failure> {
    if events.is_empty() {
        return Ok(());
    }
    let mut last = audit_head(connection)?;
    let mut insert = connection.prepare_cached(sql::INSERT_AUDIT)?;
    for event in events {
        let entry = AuditEntry::link(last.as_ref(), event);
        insert.execute(params![
            i64::try_from(entry.seq).map_err(|e| Error::ToSqlConversionFailure(e.into()))?,
            micros(entry.at),
            micros(entry.acted_at),
            entry.actor,
            entry.action,
            entry.subject,
            entry.details,
            entry.outcome,
            entry.prev_hash,
            entry.hash,
        ])?;
        last = Some(entry);
    }
    Ok(())
}

pub(super) fn audit_head(connection: &Connection) -> rusqlite::Result<Option<AuditEntry>> {
    connection
        .prepare_cached(sql::AUDIT_HEAD)?
        .query_row([], rows::audit_entry)
        .optional()
}

pub(super) fn certificate(
    connection: &Connection,
    serial: &SerialNumber,
) -> rusqlite::Result<Option<CertificateRecord>> {
    let text = [sql::CERTIFICATES, sql::BY_SERIAL].concat();
    let mut select = connection.prepare_cached(&text)?;
    select
        .query_row([serial.as_bytes()], rows::certificate)
        .optional()
}

pub(super) fn authority_number(connection: &Connection, id: &str) -> Result<i64, Failure> {
    connection
        .prepare_cached(sql::AUTHORITY_NUMBER)?
        .query_row([id], |row| row.get(0))
        .optional()?
        .ok_or_else(|| LedgerError::UnknownAuthority { id: id.to_owned() }.into())
}

fn insert_intent(connection: &Connection, intent: &Intent, authority: i64) -> Result<i64, Failure> {
    let name_key = Some(intent.name.to_lowercase()).filter(|key| !key.is_empty());
    // (RETURNING the number would have SQLite keep a journal for each statement.)
    let done = connection.prepare_cached(sql::INSERT_INTENT)?.execute(params![
        intent.serial.as_bytes(),
        authority,
        intent.class.to_string(),
        intent.policy_oid,
        intent.policy_sha256,
        intent.subject,
        intent.name,
        name_key,
        rows::json(&intent.emails)?,
        intent.usage.to_string(),
        intent.key,
        intent.key_id,
        rows::evidence_json(&intent.evidence)?,
        micros(intent.not_before),
        micros(intent.not_after),
        intent.tbs,
        intent.another,
        micros(intent.created_at),
        micros(intent.acted_at),
        intent.renews.as_ref().map(SerialNumber::as_bytes),
        intent.own_mail,
    ]);
    unless_taken(done, || LedgerError::SerialExists {
        serial: intent.serial,
    })?;
    Ok(connection.last_insert_rowid())
}

/// Refuses an intent if another certificate of its class and usage is live for the address.
fn refuse_second(connection: &Connection, intent: &Intent, number: i64, email: &str) -> Result<(), Failure> {
    let text = [sql::CERTIFICATES, sql::SAME_ADDRESS].concat();
    let mut select = connection.prepare_cached(&text)?;
    let others = select.query_map(
        params![
            address_key(email),
            intent.class.to_string(),
            intent.usage.to_string(),
            number
        ],
        rows::certificate,
    )?;
    for other in others {
        let other = other?;
        if other.is_live(intent.acted_at) {
            return Err(Failure::Refused(LedgerError::DuplicateAddress {
                email: email.to_owned(),
                class: intent.class,
                usage: intent.usage,
                serial: intent.serial,
                existing: *other.serial(),
                status: other.status(intent.acted_at),
            }));
        }
    }
    Ok(())
}

/// Changes one certificate, or says why its state does not allow it.
pub(super) fn change(
    connection: &Connection,
    statement: &str,
    values: &[&dyn ToSql],
    serial: &SerialNumber,
    operation: &'static str,
) -> Result<(), Failure> {
    if connection.prepare_cached(statement)?.execute(values)? == 1 {
        return Ok(());
    }
    Err(Failure::Refused(match certificate(connection, serial)? {
        Some(found) => LedgerError::WrongState {
            serial: *serial,
            state: found.state(),
            operation,
        },
        None => LedgerError::UnknownSerial { serial: *serial },
    }))
}

/// Tells a value that must be unique and is taken from other failures.
pub(super) fn unless_taken<T>(
    done: rusqlite::Result<T>,
    taken: impl FnOnce() -> LedgerError,
) -> Result<T, Failure> {
    match done {
        Err(error)
            if error
                .sqlite_error()
                .is_some_and(|e| e.extended_code == SQLITE_CONSTRAINT_UNIQUE) =>
        {
            Err(Failure::Refused(taken()))
        }
        other => Ok(other?),
    }
}

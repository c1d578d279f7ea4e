//! Revocations, releases and CRLs, inside the transactions of `SqliteLedger`.

use ca_core::ledger::{
    AuthorityRevocation, CrlIntent, CrlRecord, CrlSignature, DeltaBase, DeltaIntent, LedgerError, Release,
    Revocation, RevocationQuery, RevocationReason, RevokedEntry, SerialNumber,
};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, Error, OptionalExtension, Row, params};

use super::error::Failure;
use super::rows::{Columns, micros};
use super::write::{authority_number, change};
use crate::sql;
use crate::sql::revocation as text;

pub(super) fn revoke(connection: &Connection, revoked: &[Revocation]) -> Result<(), Failure> {
    for one in revoked {
        let values = params![
            one.reason.as_str(),
            micros(one.at),
            micros(one.recorded_at),
            one.invalidity_date.map(micros),
            one.serial.as_bytes()
        ];
        let operation = match one.reason {
            RevocationReason::CertificateHold => "put it on hold",
            _ => "revoke it",
        };
        change(connection, sql::REVOKE, values, &one.serial, operation)?;
        let (authority, end) = issuer_and_end(connection, &one.serial)?;
        note(connection, authority, end, &Change::revocation(one))?;
    }
    Ok(())
}

pub(super) fn release(connection: &Connection, released: &[Release]) -> Result<(), Failure> {
    for one in released {
        let values = params![one.serial.as_bytes()];
        change(
            connection,
            text::RELEASE,
            values,
            &one.serial,
            "release it from its hold",
        )?;
        let (authority, end) = issuer_and_end(connection, &one.serial)?;
        let change = Change {
            serial: &one.serial,
            reason: None,
            at: one.at,
            invalidity_date: None,
            recorded_at: one.recorded_at,
        };
        note(connection, authority, end, &change)?;
    }
    Ok(())
}

pub(super) fn revoke_authorities(
    connection: &Connection,
    revoked: &[AuthorityRevocation],
) -> Result<(), Failure> {
    for one in revoked {
        let authority = authority_number(connection, &one.issuer)?;
        let serial = &one.revocation.serial;
        let state = match in_force(connection, &one.issuer, serial)? {
            Some(before) if one.revocation.may_follow(&before) => None,
            Some(before) if before.reason == RevocationReason::CertificateHold => Some("held"),
            Some(_) => Some("revoked"),
            None => None,
        };
        if let Some(state) = state {
            return Err(Failure::Refused(LedgerError::WrongState {
                serial: *serial,
                state,
                operation: "revoke it",
            }));
        }
        let change = Change::revocation(&one.revocation);
        note(connection, authority, micros(one.not_after), &change)?;
    }
    Ok(())
}

pub(super) fn in_force(
    connection: &Connection,
    issuer: &str,
    serial: &SerialNumber,
) -> rusqlite::Result<Option<Revocation>> {
    let read = |row: &Row<'_>| {
        let mut columns = Columns::of(row);
        Ok(Revocation {
            serial: *serial,
            reason: columns.word()?,
            at: columns.moment()?,
            invalidity_date: columns.maybe_moment()?,
            recorded_at: columns.moment()?,
        })
    };
    connection
        .prepare_cached(text::IN_FORCE)?
        .query_row(params![issuer, serial.as_bytes()], read)
        .optional()
}

pub(super) fn last_change(connection: &Connection, issuer: &str) -> Result<u64, Failure> {
    let authority = authority_number(connection, issuer)?;
    Ok(last_change_of(connection, authority)?)
}

pub(super) fn visit(
    connection: &Connection,
    query: &RevocationQuery<'_>,
    visit: &mut dyn FnMut(RevokedEntry),
) -> Result<(), Failure> {
    let authority = authority_number(connection, query.issuer)?;
    let upto = clamped(query.upto);
    let mut select = match query.after {
        Some(_) => connection.prepare_cached(text::CHANGED)?,
        None => connection.prepare_cached(text::REVOKED)?,
    };
    let mut rows = match query.after {
        Some(after) => select.query([authority, upto, clamped(after)])?,
        None => select.query([authority, upto])?,
    };
    while let Some(row) = rows.next()? {
        let mut columns = Columns::of(row);
        visit(RevokedEntry {
            change: columns.number()?,
            serial: columns.serial()?,
            reason: columns.maybe_word()?,
            at: columns.moment()?,
            invalidity_date: columns.maybe_moment()?,
            not_after: columns.moment()?,
        });
    }
    Ok(())
}

pub(super) fn reserve_crl(connection: &Connection, intent: &CrlIntent) -> Result<CrlRecord, Failure> {
    let authority = authority_number(connection, &intent.authority)?;
    let upto = last_change_of(connection, authority)?;
    let delta = intent.delta.as_ref();
    let base = delta.and_then(|delta| delta.base);
    let number = connection.prepare_cached(text::RESERVE_CRL)?.query_row(
        params![
            authority,
            stored(upto)?,
            micros(intent.this_update),
            micros(intent.next_update),
            base.map(|base| stored(base.number)).transpose()?,
            base.map(|base| stored(base.upto)).transpose()?,
            delta.map(|delta| micros(delta.next_update)),
            micros(intent.created_at),
        ],
        |row| Columns::of(row).number(),
    )?;
    Ok(CrlRecord {
        number,
        upto,
        intent: intent.clone(),
        signature: None,
    })
}

pub(super) fn skip_crl_numbers(
    connection: &Connection,
    authority: &str,
    number: u64,
    at: DateTime<Utc>,
) -> Result<(), Failure> {
    let authority = authority_number(connection, authority)?;
    connection
        .prepare_cached(text::SKIP_CRLS)?
        .execute(params![authority, stored(number)?, micros(at)])?;
    Ok(())
}

pub(super) fn record_crl(connection: &Connection, signature: &CrlSignature) -> Result<(), Failure> {
    let authority = authority_number(connection, &signature.authority)?;
    let changed = connection.prepare_cached(text::SIGN_CRL)?.execute(params![
        stored(signature.entries)?,
        signature.sha256,
        signature.delta_sha256,
        micros(signature.at),
        authority,
        clamped(signature.number),
    ])?;
    if changed == 1 {
        return Ok(());
    }
    Err(Failure::Refused(LedgerError::UnknownCrl {
        authority: signature.authority.clone(),
        number: signature.number,
    }))
}

pub(super) fn crls(
    connection: &Connection,
    authority: &str,
    limit: usize,
) -> rusqlite::Result<Vec<CrlRecord>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut select = connection.prepare_cached(text::CRLS)?;
    let found = select.query_map(params![authority, limit], crl)?;
    found.collect()
}

/// Reads a row of `text::CRLS`.
fn crl(row: &Row<'_>) -> rusqlite::Result<CrlRecord> {
    let mut columns = Columns::of(row);
    let number = columns.number()?;
    let upto = columns.number()?;
    let authority: String = columns.next()?;
    let this_update = columns.moment()?;
    let next_update = columns.moment()?;
    let delta = match (
        columns.maybe_number()?,
        columns.maybe_number()?,
        columns.maybe_moment()?,
    ) {
        (Some(number), Some(upto), Some(next_update)) => Some(DeltaIntent {
            base: Some(DeltaBase { number, upto }),
            next_update,
        }),
        (_, _, Some(next_update)) => Some(DeltaIntent {
            base: None,
            next_update,
        }),
        _ => None,
    };
    let created_at = columns.moment()?;
    let signature = CrlSignature {
        authority: authority.clone(),
        number,
        entries: columns.number()?,
        sha256: columns.next()?,
        delta_sha256: columns.next()?,
        at: columns.moment()?,
    };
    let intent = CrlIntent {
        authority,
        this_update,
        next_update,
        delta,
        created_at,
    };
    Ok(CrlRecord {
        number,
        upto,
        intent,
        signature: Some(signature),
    })
}

/// A change of a certificate's status.
struct Change<'a> {
    serial: &'a SerialNumber,
    reason: Option<RevocationReason>,
    at: DateTime<Utc>,
    invalidity_date: Option<DateTime<Utc>>,
    recorded_at: DateTime<Utc>,
}

impl<'a> Change<'a> {
    fn revocation(revocation: &'a Revocation) -> Self {
        Self {
            serial: &revocation.serial,
            reason: Some(revocation.reason),
            at: revocation.at,
            invalidity_date: revocation.invalidity_date,
            recorded_at: revocation.recorded_at,
        }
    }
}

fn issuer_and_end(connection: &Connection, serial: &SerialNumber) -> rusqlite::Result<(i64, i64)> {
    connection
        .prepare_cached(text::ISSUER_AND_END)?
        .query_row([serial.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Numbers a change and puts it into the place of the one that was in force for its serial.
fn note(connection: &Connection, authority: i64, end: i64, change: &Change<'_>) -> rusqlite::Result<()> {
    let number = stored(last_change_of(connection, authority)? + 1)?;
    connection.prepare_cached(text::CLOSE_CHANGE)?.execute(params![
        number,
        authority,
        change.serial.as_bytes()
    ])?;
    connection.prepare_cached(text::INSERT_CHANGE)?.execute(params![
        authority,
        number,
        change.serial.as_bytes(),
        change.reason.map(RevocationReason::as_str),
        micros(change.at),
        change.invalidity_date.map(micros),
        end,
        micros(change.recorded_at),
    ])?;
    Ok(())
}

fn last_change_of(connection: &Connection, authority: i64) -> rusqlite::Result<u64> {
    connection
        .prepare_cached(text::LAST_CHANGE)?
        .query_row([authority], |row| Columns::of(row).number())
}

/// SQLite counts in 64 bits with a sign.
fn stored(number: u64) -> rusqlite::Result<i64> {
    i64::try_from(number).map_err(|error| Error::ToSqlConversionFailure(error.into()))
}

fn clamped(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

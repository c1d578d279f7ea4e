//! Authorities that follow one another, and notices.

use ca_core::ledger::{AuthorityChange, CrossCertificateRecord, LedgerError, NoticeRecord};
use rusqlite::{Connection, Error, Row, params};

use super::error::Failure;
use super::rows::{Columns, micros};
use super::write::{authority_number, unless_taken};
use crate::sql::succession as sql;

pub(super) fn add_cross_certificates(
    connection: &Connection,
    crosses: &[CrossCertificateRecord],
) -> Result<(), Failure> {
    for cross in crosses {
        authority_number(connection, &cross.subject)?;
        authority_number(connection, &cross.issuer)?;
        let done = connection.prepare_cached(sql::INSERT_CROSS)?.execute(params![
            cross.id,
            cross.subject,
            cross.issuer,
            cross.certificate,
            micros(cross.created_at),
            micros(cross.acted_at),
        ]);
        unless_taken(done, || LedgerError::AuthorityExists { id: cross.id.clone() })?;
    }
    Ok(())
}

pub(super) fn cross_certificates(connection: &Connection) -> Result<Vec<CrossCertificateRecord>, Failure> {
    let read = |row: &Row<'_>| {
        let mut columns = Columns::of(row);
        Ok(CrossCertificateRecord {
            id: columns.next()?,
            subject: columns.next()?,
            issuer: columns.next()?,
            certificate: columns.next()?,
            created_at: columns.moment()?,
            acted_at: columns.moment()?,
        })
    };
    let mut select = connection.prepare_cached(sql::CROSS)?;
    let found = select.query_map([], read)?;
    Ok(found.collect::<Result<_, _>>()?)
}

pub(super) fn change_authorities(
    connection: &Connection,
    changes: &[AuthorityChange],
) -> Result<(), Failure> {
    for change in changes {
        authority_number(connection, change.id())?;
        match change {
            AuthorityChange::BaseUrl { id, base_url } => connection
                .prepare_cached(sql::SET_BASE_URL)?
                .execute(params![base_url, id])?,
            AuthorityChange::Retired { id, at } => connection
                .prepare_cached(sql::RETIRE)?
                .execute(params![micros(*at), id])?,
            _ => {
                return Err(Failure::Refused(LedgerError::Storage {
                    operation: "change an authority",
                    message: "this version cannot record such a change".to_owned(),
                    source: None,
                }));
            }
        };
    }
    Ok(())
}

pub(super) fn record_notices(connection: &Connection, notices: &[NoticeRecord]) -> Result<(), Failure> {
    let mut insert = connection.prepare_cached(sql::INSERT_NOTICE)?;
    for notice in notices {
        insert.execute(params![
            notice.subject,
            i64::try_from(notice.period).map_err(|error| Error::ToSqlConversionFailure(error.into()))?,
            micros(notice.created_at),
            micros(notice.acted_at),
        ])?;
    }
    Ok(())
}

pub(super) fn notices(connection: &Connection, subject: &str) -> Result<Vec<NoticeRecord>, Failure> {
    let read = |row: &Row<'_>| {
        let mut columns = Columns::of(row);
        Ok(NoticeRecord {
            subject: columns.next()?,
            period: columns.number()?,
            created_at: columns.moment()?,
            acted_at: columns.moment()?,
        })
    };
    let mut select = connection.prepare_cached(sql::NOTICES)?;
    let found = select.query_map([subject], read)?;
    Ok(found.collect::<Result<_, _>>()?)
}

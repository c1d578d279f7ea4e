//! Archived keys.

use ca_core::ledger::{
    AgentName, ArchivedKey, KeyMark, LedgerError, RevocationReason, SealedKey, SerialNumber,
};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

use super::error::Failure;
use super::rows::{self, Columns, micros};
use crate::sql::archive as sql;

pub(super) fn archive(connection: &Connection, keys: &[ArchivedKey]) -> Result<(), Failure> {
    for key in keys {
        let serial = key.serial;
        let found: Option<(i64, bool, bool)> = connection
            .prepare_cached(sql::STATE)?
            .query_row([serial.as_bytes()], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .optional()?;
        let (certificate, issued, archived) =
            found.ok_or(Failure::Refused(LedgerError::UnknownSerial { serial }))?;
        if !issued {
            return Err(Failure::Refused(LedgerError::WrongState {
                serial,
                state: "pending",
                operation: "archive its key",
            }));
        }
        if archived {
            continue;
        }
        for sealed in &key.sealed {
            connection.prepare_cached(sql::INSERT)?.execute(params![
                certificate,
                agents_json(&sealed.agents)?,
                sealed.together,
                sealed.message,
                micros(key.at),
            ])?;
        }
    }
    Ok(())
}

pub(super) fn archived(
    connection: &Connection,
    serials: &[SerialNumber],
) -> Result<Vec<ArchivedKey>, Failure> {
    let mut select = connection.prepare_cached(sql::OF_SERIAL)?;
    let mut keys = Vec::new();
    for serial in serials {
        let read = |row: &Row<'_>| {
            let mut columns = Columns::of(row);
            let sealed = SealedKey {
                agents: agents(columns.json()?),
                together: columns.next()?,
                message: columns.next()?,
            };
            Ok((sealed, columns.moment()?))
        };
        let found: Vec<_> = select
            .query_map([serial.as_bytes()], read)?
            .collect::<Result<_, _>>()?;
        if let Some(at) = found.first().map(|(_, at)| *at) {
            keys.push(ArchivedKey {
                serial: *serial,
                sealed: found.into_iter().map(|(sealed, _)| sealed).collect(),
                at,
            });
        }
    }
    Ok(keys)
}

pub(super) fn marks(connection: &Connection, key_ids: &[[u8; 20]]) -> Result<Vec<KeyMark>, Failure> {
    let mut select = connection.prepare_cached(sql::MARKS)?;
    let mut marks = Vec::new();
    for key_id in key_ids {
        let read = |row: &Row<'_>| {
            let mut columns = Columns::of(row);
            let serial = columns.serial()?;
            let reason: Option<RevocationReason> = columns.maybe_word()?;
            Ok(KeyMark {
                key_id: *key_id,
                serial,
                compromised: reason.filter(|reason| reason.is_of_key()),
                archived: columns.next()?,
            })
        };
        for mark in select.query_map([key_id], read)? {
            marks.push(mark?);
        }
    }
    Ok(marks)
}

#[derive(Serialize, Deserialize)]
struct StoredAgent {
    subject: String,
    sha256: String,
}

fn agents_json(agents: &[AgentName]) -> rusqlite::Result<String> {
    let stored: Vec<_> = agents
        .iter()
        .map(|agent| StoredAgent {
            subject: agent.subject.clone(),
            sha256: agent.sha256.clone(),
        })
        .collect();
    rows::to_json(&stored)
}

fn agents(stored: Vec<StoredAgent>) -> Vec<AgentName> {
    let name = |agent: StoredAgent| AgentName {
        subject: agent.subject,
        sha256: agent.sha256,
    };
    stored.into_iter().map(name).collect()
}

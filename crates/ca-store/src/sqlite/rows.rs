//! Records to rows and back.

use std::str::FromStr;

use ca_core::audit::AuditEntry;
use ca_core::evidence::{Basis, Evidence};
use ca_core::ledger::{
    Abandonment, AuthorityRecord, CertificateRecord, Intent, IssuedRecord, Revocation, SerialNumber,
};
use chrono::{DateTime, Utc};
use rusqlite::Row;
use rusqlite::types::{FromSql, Type};
use serde::{Deserialize, Serialize};

/// Returns a moment as it is stored: microseconds since 1970.
pub(super) fn micros(moment: DateTime<Utc>) -> i64 {
    moment.timestamp_micros()
}

/// Returns texts as they are stored: a JSON array.
pub(super) fn json<T: ToString>(texts: &[T]) -> rusqlite::Result<String> {
    let texts: Vec<String> = texts.iter().map(T::to_string).collect();
    to_json(&texts)
}

/// Returns evidence as it is stored: a JSON array of objects.
pub(super) fn evidence_json(evidence: &[Evidence]) -> rusqlite::Result<String> {
    let stored: Vec<StoredEvidence> = evidence
        .iter()
        .map(|one| StoredEvidence {
            kind: one.kind().to_string(),
            basis: one.basis().to_string(),
            text: one.text().to_owned(),
            since: one.since().map(micros),
        })
        .collect();
    to_json(&stored)
}

/// Returns a certificate as it is stored: without the bytes that its intent holds already, which are
/// most of it, and the place where they belong.
pub(super) fn unwrap_tbs(certificate: &[u8], tbs: &[u8]) -> (Vec<u8>, Option<i64>) {
    for at in 0..=LONGEST_HEADER {
        if let Some((before, rest)) = certificate.split_at_checked(at)
            && let Some(after) = rest.strip_prefix(tbs)
        {
            return ([before, after].concat(), i64::try_from(at).ok());
        }
    }
    (certificate.to_vec(), None)
}

/// Reads a row of `sql::AUTHORITIES`.
pub(super) fn authority(row: &Row<'_>) -> rusqlite::Result<AuthorityRecord> {
    let mut columns = Columns::of(row);
    Ok(AuthorityRecord {
        id: columns.next()?,
        name: columns.next()?,
        kind: columns.word()?,
        issuer: columns.next()?,
        classes: columns.words()?,
        certificate: columns.next()?,
        key_location: columns.next()?,
        base_url: columns.next()?,
        created_at: columns.moment()?,
        acted_at: columns.moment()?,
        retired_at: columns.maybe_moment()?,
    })
}

/// Reads a row of `sql::CERTIFICATES`.
pub(super) fn certificate(row: &Row<'_>) -> rusqlite::Result<CertificateRecord> {
    let mut columns = Columns::of(row);
    let intent = intent(&mut columns)?;
    let serial = intent.serial;
    let signed = columns.signed(&intent.tbs)?;
    let sha256: Option<[u8; 32]> = columns.next()?;
    let issued = match (signed, sha256, columns.maybe_moment()?) {
        (Some(certificate), Some(sha256), Some(at)) => Some(IssuedRecord {
            serial,
            certificate,
            sha256,
            at,
        }),
        _ => None,
    };
    let abandoned = match (columns.next()?, columns.maybe_moment()?) {
        (Some(reason), Some(at)) => Some(Abandonment { serial, reason, at }),
        _ => None,
    };
    let revocation = match (
        columns.maybe_word()?,
        columns.maybe_moment()?,
        columns.maybe_moment()?,
        columns.maybe_moment()?,
    ) {
        (Some(reason), Some(at), Some(recorded_at), invalidity_date) => Some(Revocation {
            serial,
            reason,
            at,
            invalidity_date,
            recorded_at,
        }),
        _ => None,
    };
    Ok(CertificateRecord {
        intent,
        issued,
        abandoned,
        revocation,
        collected_at: columns.maybe_moment()?,
    })
}

/// Reads a row of `sql::AUDIT_AFTER` or `sql::AUDIT_HEAD`.
pub(super) fn audit_entry(row: &Row<'_>) -> rusqlite::Result<AuditEntry> {
    let mut columns = Columns::of(row);
    Ok(AuditEntry {
        seq: columns.number()?,
        at: columns.moment()?,
        acted_at: columns.moment()?,
        actor: columns.next()?,
        action: columns.next()?,
        subject: columns.next()?,
        details: columns.next()?,
        outcome: columns.next()?,
        prev_hash: columns.next()?,
        hash: columns.next()?,
    })
}

/// Reads the moment in the first column.
pub(super) fn first_moment(row: &Row<'_>) -> rusqlite::Result<DateTime<Utc>> {
    Columns::of(row).moment()
}

fn intent(columns: &mut Columns<'_>) -> rusqlite::Result<Intent> {
    Ok(Intent {
        serial: columns.serial()?,
        authority: columns.next()?,
        class: columns.word()?,
        policy_oid: columns.next()?,
        policy_sha256: columns.next()?,
        subject: columns.next()?,
        name: columns.next()?,
        emails: columns.words()?,
        usage: columns.word()?,
        key: columns.next()?,
        key_id: columns.next()?,
        evidence: columns.evidence()?,
        not_before: columns.moment()?,
        not_after: columns.moment()?,
        tbs: columns.next()?,
        another: columns.next()?,
        created_at: columns.moment()?,
        acted_at: columns.moment()?,
        renews: columns.maybe_serial()?,
        own_mail: columns.next()?,
    })
}

/// Reads a row's columns one after the other.
pub(super) struct Columns<'a> {
    row: &'a Row<'a>,
    next: usize,
}

impl<'a> Columns<'a> {
    pub(super) fn of(row: &'a Row<'a>) -> Self {
        Self { row, next: 0 }
    }

    pub(super) fn next<T: FromSql>(&mut self) -> rusqlite::Result<T> {
        let value = self.row.get(self.next)?;
        self.next += 1;
        Ok(value)
    }

    /// SQLite counts in 64 bits with a sign.
    pub(super) fn number(&mut self) -> rusqlite::Result<u64> {
        let number: i64 = self.next()?;
        number
            .try_into()
            .map_err(|_| self.unreadable("a negative number"))
    }

    pub(super) fn maybe_number(&mut self) -> rusqlite::Result<Option<u64>> {
        let number: Option<i64> = self.next()?;
        number
            .map(|number| u64::try_from(number).map_err(|_| self.unreadable("a negative number")))
            .transpose()
    }

    pub(super) fn moment(&mut self) -> rusqlite::Result<DateTime<Utc>> {
        let micros: i64 = self.next()?;
        self.moment_of(micros)
    }

    pub(super) fn maybe_moment(&mut self) -> rusqlite::Result<Option<DateTime<Utc>>> {
        let micros: Option<i64> = self.next()?;
        micros.map(|micros| self.moment_of(micros)).transpose()
    }

    fn moment_of(&self, micros: i64) -> rusqlite::Result<DateTime<Utc>> {
        DateTime::from_timestamp_micros(micros).ok_or_else(|| self.unreadable("no moment in time"))
    }

    pub(super) fn serial(&mut self) -> rusqlite::Result<SerialNumber> {
        let octets: Vec<u8> = self.next()?;
        SerialNumber::from_be_bytes(&octets).map_err(|error| self.unreadable(error))
    }

    fn maybe_serial(&mut self) -> rusqlite::Result<Option<SerialNumber>> {
        let octets: Option<Vec<u8>> = self.next()?;
        let serial = octets.map(|octets| SerialNumber::from_be_bytes(&octets));
        serial.transpose().map_err(|error| self.unreadable(error))
    }

    fn signed(&mut self, tbs: &[u8]) -> rusqlite::Result<Option<Vec<u8>>> {
        let wrapping: Option<Vec<u8>> = self.next()?;
        let at: Option<i64> = self.next()?;
        match (wrapping, at) {
            (Some(wrapping), Some(at)) => {
                let at = usize::try_from(at)
                    .ok()
                    .and_then(|at| wrapping.split_at_checked(at));
                let (before, after) = at.ok_or_else(|| self.unreadable("no place in the certificate"))?;
                Ok(Some([before, tbs, after].concat()))
            }
            (wrapping, _) => Ok(wrapping),
        }
    }

    pub(super) fn word<T>(&mut self) -> rusqlite::Result<T>
    where
        T: FromStr,
        T::Err: ToString,
    {
        let word: String = self.next()?;
        word.parse().map_err(|error: T::Err| self.unreadable(error))
    }

    pub(super) fn maybe_word<T>(&mut self) -> rusqlite::Result<Option<T>>
    where
        T: FromStr,
        T::Err: ToString,
    {
        let word: Option<String> = self.next()?;
        word.map(|word| word.parse().map_err(|error: T::Err| self.unreadable(error)))
            .transpose()
    }

    fn words<T>(&mut self) -> rusqlite::Result<Vec<T>>
    where
        T: FromStr,
        T::Err: ToString,
    {
        let words: Vec<String> = self.json()?;
        let parsed: Result<Vec<T>, T::Err> = words.iter().map(|word| word.parse()).collect();
        parsed.map_err(|error| self.unreadable(error))
    }

    fn evidence(&mut self) -> rusqlite::Result<Vec<Evidence>> {
        let stored: Vec<StoredEvidence> = self.json()?;
        stored
            .into_iter()
            .map(|one| self.piece_of_evidence(one))
            .collect()
    }

    fn piece_of_evidence(&self, stored: StoredEvidence) -> rusqlite::Result<Evidence> {
        let kind = stored.kind.parse().map_err(|error| self.unreadable(error))?;
        let evidence = if stored.basis == Basis::Stated.to_string() {
            Evidence::stated(kind, stored.text)
        } else if stored.basis == Basis::Proved.to_string() {
            Evidence::proved(kind, stored.text)
        } else {
            return Err(self.unreadable("evidence that is neither stated nor proved"));
        };
        let evidence = evidence.map_err(|error| self.unreadable(error))?;
        Ok(match stored.since {
            Some(since) => evidence.dated(self.moment_of(since)?),
            None => evidence,
        })
    }

    pub(super) fn json<T: serde::de::DeserializeOwned>(&mut self) -> rusqlite::Result<T> {
        let text: String = self.next()?;
        serde_json::from_str(&text).map_err(|error| self.unreadable(error))
    }

    /// The column read last does not hold what this version, or any, writes there.
    fn unreadable(&self, reason: impl ToString) -> rusqlite::Error {
        let column = self.next.saturating_sub(1);
        let reason = reason.to_string().into();
        rusqlite::Error::FromSqlConversionFailure(column, Type::Text, reason)
    }
}

/// Evidence as it stands in the ledger.
#[derive(Deserialize, Serialize)]
struct StoredEvidence {
    kind: String,
    basis: String,
    text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    since: Option<i64>,
}

pub(super) fn to_json<T: Serialize>(value: &T) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

/// Tag and length of a SEQUENCE of less than 4 GiB.
const LONGEST_HEADER: usize = 6;

//! Listings: the conditions that SQL can narrow down by; the core's own filter has the last word.

use ca_core::ledger::{CertificateFilter, CertificateRecord, LedgerError, Status, address_key};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, ToSql};

use super::error::Failure;
use super::rows::{self, micros};
use crate::sql;

pub(super) fn list(
    connection: &Connection,
    filter: &CertificateFilter,
    now: DateTime<Utc>,
) -> Result<Vec<CertificateRecord>, Failure> {
    let mut query = Query::default();
    if let Some(serial) = &filter.after {
        let number: Option<i64> = connection
            .prepare_cached(sql::NUMBER_OF)?
            .query_row([serial.as_bytes()], |row| row.get(0))
            .optional()?;
        let number = number.ok_or(LedgerError::UnknownSerial { serial: *serial })?;
        query.and("c.number < ?", number);
    }
    if let Some(email) = &filter.email {
        query.and(
            "c.number IN (SELECT certificate FROM addresses WHERE address = ?)",
            address_key(email),
        );
    }
    if let Some(prefix) = filter.name_prefix.as_deref().filter(|prefix| !prefix.is_empty()) {
        let prefix = prefix.to_lowercase();
        query.and("c.name_key >= ?", prefix.clone());
        // No name that begins so sorts after the prefix and the last code point there is.
        query.and("c.name_key < ?", format!("{prefix}\u{10ffff}"));
    }
    if let Some(class) = &filter.class {
        query.and("c.class = ?", class.to_string());
    }
    if let Some(key_id) = filter.key_id {
        query.and("c.key_id = ?", key_id);
    }
    if let Some(end) = filter.expires_by {
        query.and("c.not_after <= ?", micros(end));
    }
    query.status(filter.status, micros(now));

    let mut select = connection.prepare_cached(&query.text())?;
    let parameters: Vec<&dyn ToSql> = query.values.iter().map(AsRef::as_ref).collect();
    let mut found = Vec::new();
    let limit = filter.limit.unwrap_or(usize::MAX);
    let mut rows = select.query(parameters.as_slice())?;
    while found.len() < limit
        && let Some(row) = rows.next()?
    {
        let record = rows::certificate(row)?;
        if filter.admits(&record, now) {
            found.push(record);
        }
    }
    Ok(found)
}

#[derive(Default)]
struct Query {
    conditions: Vec<String>,
    values: Vec<Box<dyn ToSql>>,
}

impl Query {
    /// Adds a condition with one parameter, written `?`.
    fn and(&mut self, condition: &str, value: impl ToSql + 'static) {
        self.values.push(Box::new(value));
        self.conditions
            .push(condition.replace('?', &format!("${}", self.values.len())));
    }

    /// Leaves out what cannot have a status; what is left may still not have it.
    fn status(&mut self, status: Option<Status>, now: i64) {
        let abandoned = status == Some(Status::Abandoned);
        let abandoned = if abandoned { "IS NOT NULL" } else { "IS NULL" };
        self.conditions.push(format!("c.abandoned_at {abandoned}"));
        match status {
            Some(Status::Expired) => self.and("c.not_after <= ?", now),
            Some(Status::Held | Status::Revoked) => self.and("c.revoked_at <= ?", now),
            Some(Status::NotYetValid) => self.and("c.not_before >= ?", now),
            Some(Status::Pending) => self.conditions.push("c.wrapping IS NULL".to_owned()),
            Some(Status::Valid) => self.and("c.not_after >= ?", now),
            _ => {}
        }
    }

    fn text(&self) -> String {
        let conditions = self.conditions.join(" AND ");
        format!("{}WHERE {conditions} ORDER BY c.number DESC", sql::CERTIFICATES)
    }
}

//! Listings: SQL finds the numbers of certificates by an index, newest first; the core's own filter has the last word.

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
    let mut query = Query::new(filter, now);
    if let Some(serial) = &filter.after {
        let number: Option<i64> = connection
            .prepare_cached(sql::NUMBER_OF)?
            .query_row([serial.as_bytes()], |row| row.get(0))
            .optional()?;
        let number = number.ok_or(LedgerError::UnknownSerial { serial: *serial })?;
        query.and("c.number < ?", number);
    }
    let mut select = connection.prepare_cached(&query.text())?;
    let mut fetch = connection.prepare_cached(&[sql::CERTIFICATES, sql::BY_NUMBER].concat())?;
    let mut found = Vec::new();
    let limit = filter.limit.unwrap_or(usize::MAX);
    let mut numbers = select.query(query.parameters().as_slice())?;
    // Rows are wide: what is sorted are numbers, and only as many rows are read as are wanted.
    while found.len() < limit
        && let Some(row) = numbers.next()?
    {
        let record = fetch.query_row([row.get::<_, i64>(0)?], rows::certificate)?;
        if filter.admits(&record, now) {
            found.push(record);
        }
    }
    Ok(found)
}

/// A statement that returns numbers of certificates, and its parameters.
struct Query {
    index: Option<&'static str>,
    conditions: Vec<String>,
    values: Vec<Box<dyn ToSql>>,
}

impl Query {
    fn new(filter: &CertificateFilter, now: DateTime<Utc>) -> Self {
        let now = micros(now);
        let mut query = Self {
            index: index(filter),
            conditions: Vec::new(),
            values: Vec::new(),
        };
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
            query.and("c.not_after >= ?", now);
            query.and("c.not_after <= ?", micros(end));
        }
        query.status(filter.status, now);
        query
    }

    /// Adds a condition with one parameter, written `?`.
    fn and(&mut self, condition: &str, value: impl ToSql + 'static) {
        self.values.push(Box::new(value));
        self.conditions
            .push(condition.replace('?', &format!("${}", self.values.len())));
    }

    /// Adds a condition without a parameter.
    fn and_always(&mut self, condition: &str) {
        self.conditions.push(condition.to_owned());
    }

    /// Leaves out what cannot have a status; what is left may still not have it.
    fn status(&mut self, status: Option<Status>, now: i64) {
        match status {
            Some(Status::Abandoned) => self.and_always("c.abandoned_at IS NOT NULL"),
            // The index by time holds all that is asked for, but not this: few are, and they are left out later.
            _ if self.index == Some(BY_END) => {}
            _ => self.and_always("c.abandoned_at IS NULL"),
        }
        match status {
            Some(Status::Expired) => self.and("c.not_after <= ?", now),
            // The words are those of the partial indexes.
            Some(Status::Held) => self.and_always("c.revocation_reason = 'certificate-hold'"),
            Some(Status::Revoked) => self.and_always("c.revocation_reason <> 'certificate-hold'"),
            Some(Status::NotYetValid) => self.and("c.not_before >= ?", now),
            Some(Status::Pending) => self.and_always("c.wrapping IS NULL AND c.collected_at IS NULL"),
            Some(Status::Valid) => {
                self.and("c.not_before <= ?", now);
                self.and("c.not_after >= ?", now);
            }
            _ => {}
        }
    }

    fn text(&self) -> String {
        let hint = self
            .index
            .map_or_else(String::new, |index| format!("INDEXED BY {index}"));
        let conditions = self.conditions.join(" AND ");
        format!("SELECT c.number FROM certificates c {hint} WHERE {conditions} ORDER BY c.number DESC")
    }

    fn parameters(&self) -> Vec<&dyn ToSql> {
        self.values.iter().map(AsRef::as_ref).collect()
    }
}

/// The index that leaves the fewest certificates, by what its condition usually leaves. `None`: the addresses', or the
/// order of reservation, in which nearly every certificate is one of those looked for.
fn index(filter: &CertificateFilter) -> Option<&'static str> {
    let by_status = match filter.status {
        Some(Status::Abandoned) => Some("certificates_abandoned"),
        Some(Status::Held) => Some("certificates_held"),
        Some(Status::Revoked) => Some("certificates_revoked"),
        Some(Status::Pending) => Some("certificates_unfinished"),
        _ => None,
    };
    let by_time = match filter.status {
        _ if filter.expires_by.is_some() => Some(BY_END),
        Some(Status::Expired) => Some(BY_END),
        Some(Status::NotYetValid) => Some("certificates_begin"),
        _ => None,
    };
    let has_name = filter
        .name_prefix
        .as_deref()
        .is_some_and(|prefix| !prefix.is_empty());
    if filter.email.is_some() {
        None
    } else if has_name {
        Some("certificates_name")
    } else {
        by_status
            .or(by_time)
            .or_else(|| filter.class.map(|_| "certificates_class"))
    }
}

const BY_END: &str = "certificates_end";

#[cfg(test)]
mod tests {
    use ca_core::ledger::SerialNumber;
    use ca_core::request::Class;

    use super::*;
    use crate::sqlite::connection;

    fn moment() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    /// What SQLite does to find the numbers of a filter.
    fn plan(connection: &Connection, filter: &CertificateFilter) -> String {
        let query = Query::new(filter, moment());
        let mut explain = connection
            .prepare(&format!("EXPLAIN QUERY PLAN {}", query.text()))
            .unwrap();
        let steps = explain
            .query_map(query.parameters().as_slice(), |row| row.get::<_, String>(3))
            .unwrap();
        steps.map(Result::unwrap).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn every_condition_has_an_index() {
        let folder = tempfile::tempdir().unwrap();
        let connection = connection::create(&folder.path().join("ca.db"), moment()).unwrap();
        let any = CertificateFilter::default;
        let status = |status| CertificateFilter {
            status: Some(status),
            ..any()
        };
        let class = Some(Class::Two);
        for (filter, index) in [
            (
                CertificateFilter {
                    email: Some("a@example.org".to_owned()),
                    ..any()
                },
                "PRIMARY KEY (address=?)",
            ),
            (
                CertificateFilter {
                    name_prefix: Some("Al".to_owned()),
                    ..any()
                },
                "certificates_name (name_key>? AND name_key<?)",
            ),
            (
                CertificateFilter { class, ..any() },
                "certificates_class (class=?)",
            ),
            (
                CertificateFilter {
                    expires_by: Some(moment()),
                    ..any()
                },
                "certificates_end (not_after>? AND not_after<?)",
            ),
            (status(Status::Expired), "certificates_end (not_after<?)"),
            (status(Status::NotYetValid), "certificates_begin (not_before>?)"),
            (status(Status::Revoked), "certificates_revoked"),
            (status(Status::Held), "certificates_held"),
            (status(Status::Abandoned), "certificates_abandoned"),
            (status(Status::Pending), "certificates_unfinished"),
        ] {
            let plan = plan(&connection, &filter);
            assert!(plan.contains(index), "{filter:?}:\n{plan}");
            // A partial index is read from its end, and holds nothing else.
            let reads_all = plan
                .lines()
                .any(|step| step.contains("SCAN c") && !step.contains("USING"));
            assert!(!reads_all, "{filter:?}:\n{plan}");
        }
        // Where many are left, no row is read to sort them.
        let ending = CertificateFilter {
            class,
            status: Some(Status::Valid),
            expires_by: Some(moment()),
            ..any()
        };
        for filter in [ending, status(Status::Expired)] {
            let plan = plan(&connection, &filter);
            assert!(
                plan.contains("COVERING INDEX certificates_end"),
                "{filter:?}:\n{plan}"
            );
        }
        // What nearly every certificate meets is read in the order that is wanted, and no further than wanted.
        for filter in [any(), status(Status::Valid)] {
            let plan = plan(&connection, &filter);
            assert!(!plan.contains("TEMP B-TREE"), "{filter:?}:\n{plan}");
        }
        let class_order = plan(&connection, &CertificateFilter { class, ..any() });
        assert!(!class_order.contains("TEMP B-TREE"), "{class_order}");
    }

    #[test]
    fn pages_are_found_by_their_serial() {
        let folder = tempfile::tempdir().unwrap();
        let connection = connection::create(&folder.path().join("ca.db"), moment()).unwrap();
        let after = SerialNumber::from_be_bytes(&[7]).ok();
        let filter = CertificateFilter {
            after,
            ..CertificateFilter::default()
        };
        assert!(list(&connection, &filter, moment()).is_err());
    }
}

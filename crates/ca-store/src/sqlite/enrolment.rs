//! Requests, documents and lists of people.

use std::collections::BTreeMap;

use ca_core::enrolment::{EnrolmentRecord, KeptDocument, Person, PersonQuery, RequestFilter, RequestId};
use ca_core::ledger::{LedgerError, address_key};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::error::Failure;
use super::rows::{self, Columns, micros};
use super::write::unless_taken;
use crate::sql::enrolment as sql;

pub(super) fn add(connection: &Connection, request: &EnrolmentRecord) -> Result<(), Failure> {
    let number = connection.prepare_cached(sql::INSERT_REQUEST)?.query_row(
        params![
            request.id.as_str(),
            request.state.to_string(),
            request.class.to_string(),
            rows::to_json(request)?
        ],
        |row| row.get::<_, i64>(0),
    );
    let number = unless_taken(number, || LedgerError::RequestExists {
        id: request.id.to_string(),
    })?;
    for email in &request.emails {
        connection
            .prepare_cached(sql::INSERT_ADDRESS)?
            .execute(params![address_key(email), number])?;
    }
    Ok(())
}

pub(super) fn change(
    connection: &Connection,
    request: &EnrolmentRecord,
    documents: &[KeptDocument],
) -> Result<(), Failure> {
    let revision = i64::try_from(request.revision).unwrap_or(i64::MAX);
    let values = params![
        request.state.to_string(),
        rows::to_json(request)?,
        request.id.as_str(),
        revision
    ];
    if connection.prepare_cached(sql::CHANGE_REQUEST)?.execute(values)? != 1 {
        return Err(Failure::Refused(LedgerError::RequestChanged {
            id: request.id.to_string(),
        }));
    }
    for document in documents {
        connection.prepare_cached(sql::INSERT_DOCUMENT)?.execute(params![
            document.request.as_str(),
            document.sha256,
            document.message,
            micros(document.kept_at),
            micros(document.delete_after),
            document.deleted_at.map(micros),
        ])?;
    }
    Ok(())
}

pub(super) fn request(connection: &Connection, id: &RequestId) -> Result<Option<EnrolmentRecord>, Failure> {
    let text = [sql::REQUESTS, sql::BY_ID].concat();
    let mut select = connection.prepare_cached(&text)?;
    Ok(select.query_row([id.as_str()], read_request).optional()?)
}

pub(super) fn requests(
    connection: &Connection,
    filter: &RequestFilter,
) -> Result<Vec<EnrolmentRecord>, Failure> {
    let text = [sql::REQUESTS, sql::FILTERED].concat();
    let limit = filter.limit.and_then(|limit| i64::try_from(limit).ok());
    let mut select = connection.prepare_cached(&text)?;
    let found = select.query_map(
        params![
            filter.email.as_deref().map(address_key),
            filter.state.map(|state| state.to_string()),
            filter.class.map(|class| class.to_string()),
            limit.unwrap_or(i64::MAX),
        ],
        read_request,
    )?;
    Ok(found.collect::<Result<_, _>>()?)
}

pub(super) fn documents(connection: &Connection, request: &RequestId) -> Result<Vec<KeptDocument>, Failure> {
    let mut select = connection.prepare_cached(sql::DOCUMENTS)?;
    let found = select.query_map([request.as_str()], document)?;
    Ok(found.collect::<Result<_, _>>()?)
}

pub(super) fn due(connection: &Connection, now: DateTime<Utc>) -> Result<Vec<KeptDocument>, Failure> {
    let mut select = connection.prepare_cached(sql::DOCUMENTS_DUE)?;
    let found = select.query_map([micros(now)], document)?;
    Ok(found.collect::<Result<_, _>>()?)
}

pub(super) fn delete(
    connection: &Connection,
    documents: &[KeptDocument],
    at: DateTime<Utc>,
) -> Result<(), Failure> {
    // What is deleted is overwritten, not only left out.
    connection.pragma_update(None, "secure_delete", true)?;
    for document in documents {
        connection.prepare_cached(sql::DELETE_DOCUMENT)?.execute(params![
            micros(at),
            document.request.as_str(),
            document.sha256
        ])?;
    }
    Ok(())
}

pub(super) fn replace_people(
    connection: &Connection,
    source: &str,
    people: &[Person],
) -> Result<(), Failure> {
    connection.prepare_cached(sql::DELETE_PEOPLE)?.execute([source])?;
    let mut insert = connection.prepare_cached(sql::INSERT_PERSON)?;
    for person in people {
        let [whole, short] = person.keys();
        insert.execute(params![
            person.source,
            whole,
            short,
            person.email.as_deref().map(address_key),
            rows::to_json(person)?,
        ])?;
    }
    Ok(())
}

pub(super) fn people(connection: &Connection, query: &PersonQuery) -> Result<Vec<Person>, Failure> {
    let mut found: BTreeMap<i64, Person> = BTreeMap::new();
    // Whoever names a row means that one, however many namesakes stand before it.
    let most = query.row.map_or(MOST_CANDIDATES as i64 + 1, |_| i64::MAX);
    let by_name = query.names.iter().map(|key| (sql::PEOPLE_BY_NAME, key));
    let by_email = query.emails.iter().map(|key| (sql::PEOPLE_BY_EMAIL, key));
    for (text, key) in by_name.chain(by_email) {
        let mut select = connection.prepare_cached(text)?;
        for row in select.query_map(params![key, most], person)? {
            let (number, person) = row?;
            if query.admits_row(person.row) {
                found.insert(number, person);
            }
        }
    }
    Ok(found.into_values().take(MOST_CANDIDATES).collect())
}

fn read_request(row: &Row<'_>) -> rusqlite::Result<EnrolmentRecord> {
    let mut columns = Columns::of(row);
    let revision = columns.number()?;
    let request: EnrolmentRecord = columns.json()?;
    Ok(EnrolmentRecord { revision, ..request })
}

fn document(row: &Row<'_>) -> rusqlite::Result<KeptDocument> {
    let mut columns = Columns::of(row);
    Ok(KeptDocument {
        request: columns.word()?,
        sha256: columns.next()?,
        message: columns.next()?,
        kept_at: columns.moment()?,
        delete_after: columns.moment()?,
        deleted_at: columns.maybe_moment()?,
    })
}

fn person(row: &Row<'_>) -> rusqlite::Result<(i64, Person)> {
    let mut columns = Columns::of(row);
    Ok((columns.next()?, columns.json()?))
}

const MOST_CANDIDATES: usize = 100;

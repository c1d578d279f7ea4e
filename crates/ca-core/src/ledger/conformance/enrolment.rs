use chrono::TimeDelta;

use super::sample::{class, now, sample_event};
use super::{fine, refused};
use crate::enrolment::{
    EnrolmentRecord, KeptDocument, Language, Person, PersonQuery, RequestFilter, RequestId, State,
};
use crate::ledger::{Ledger, LedgerError};

/// Returns a request of class 1.
fn sample(email: &str) -> EnrolmentRecord {
    let id = match RequestId::random() {
        Ok(id) => id,
        Err(error) => panic!("{error}"),
    };
    EnrolmentRecord {
        id,
        revision: 0,
        state: State::Requested,
        class: class(1),
        emails: vec![email.to_owned()],
        given_name: Some("Zoé \"Z\"".to_owned()),
        middle_name: None,
        surname: Some("O'Neill".to_owned()),
        organization: None,
        organization_id: None,
        country: None,
        locality: None,
        key: None,
        csr: None,
        usage: None,
        days: 365,
        language: Language::French,
        access_code: None,
        holder_passphrase: None,
        holder_failures: Vec::new(),
        terms: None,
        challenge: None,
        evidence: Vec::new(),
        acts: Vec::new(),
        serials: Vec::new(),
        created_at: now(),
        acted_at: now(),
        expires_at: now() + TimeDelta::days(30),
    }
}

pub(super) fn a_request_is_changed_by_one_at_a_time(ledger: &dyn Ledger) {
    let mut request = sample("Alice@example.org");
    fine(
        ledger.add_request(&request, &[sample_event("request")]),
        "a request",
    );
    let error = refused(ledger.add_request(&request, &[]), "the same again");
    assert!(matches!(error, LedgerError::RequestExists { .. }), "{error}");
    assert_eq!(
        fine(ledger.request(&request.id), "reading"),
        Some(request.clone())
    );

    request.state = State::MailboxProven;
    let event = [sample_event("request")];
    fine(ledger.change_request(&request, &[], &event), "a change");
    let head = fine(ledger.audit_head(), "the log");
    let error = refused(
        ledger.change_request(&request, &[], &event),
        "a change of what was changed",
    );
    assert!(matches!(error, LedgerError::RequestChanged { .. }), "{error}");
    assert_eq!(fine(ledger.audit_head(), "the log"), head);
    let found = fine(ledger.request(&request.id), "reading");
    assert!(found.is_some_and(|found| found.revision == 1 && found.state == State::MailboxProven));
    let unknown = sample("b@example.org");
    assert_eq!(fine(ledger.request(&unknown.id), "reading"), None);
    refused(ledger.change_request(&unknown, &[], &[]), "a change of nothing");
}

pub(super) fn requests_are_filtered_newest_first(ledger: &dyn Ledger) {
    let (first, mut second) = (sample("alice@example.org"), sample("ALICE@example.org"));
    second.class = class(2);
    second.state = State::Approved;
    fine(ledger.add_request(&first, &[]), "a request");
    fine(ledger.add_request(&second, &[]), "a request");
    fine(ledger.add_request(&sample("bob@example.org"), &[]), "a request");
    let ids = |filter: RequestFilter| {
        let found = fine(ledger.requests(&filter), "listing");
        found.into_iter().map(|request| request.id).collect::<Vec<_>>()
    };
    let of_alice = RequestFilter {
        email: Some("alice@EXAMPLE.org".to_owned()),
        ..RequestFilter::default()
    };
    assert_eq!(ids(of_alice.clone()), [second.id.clone(), first.id.clone()]);
    let approved = RequestFilter {
        state: Some(State::Approved),
        ..of_alice.clone()
    };
    assert_eq!(ids(approved), std::slice::from_ref(&second.id));
    let of_class = RequestFilter {
        class: Some(class(1)),
        ..of_alice
    };
    assert_eq!(ids(of_class), [first.id]);
    let some = RequestFilter {
        limit: Some(2),
        ..RequestFilter::default()
    };
    assert_eq!(ids(some).len(), 2);
}

pub(super) fn documents_are_deleted_for_good(ledger: &dyn Ledger) {
    let request = sample("alice@example.org");
    fine(ledger.add_request(&request, &[]), "a request");
    let document = KeptDocument {
        request: request.id.clone(),
        sha256: "ab".repeat(32),
        message: Some(b"sealed".to_vec()),
        kept_at: now(),
        delete_after: now() + TimeDelta::days(1),
        deleted_at: None,
    };
    let documents = std::slice::from_ref(&document);
    fine(ledger.change_request(&request, documents, &[]), "a document");
    assert_eq!(fine(ledger.documents(&request.id), "reading"), documents);
    assert_eq!(
        fine(ledger.documents_due(now() + TimeDelta::days(1)), "none due"),
        []
    );
    let later = now() + TimeDelta::days(2);
    let due = fine(ledger.documents_due(later), "what is due");
    let without = KeptDocument {
        message: None,
        ..document.clone()
    };
    assert_eq!(due, [without]);
    fine(
        ledger.delete_documents(&due, later, &[sample_event("document")]),
        "deleting",
    );
    let deleted = KeptDocument {
        message: None,
        deleted_at: Some(later),
        ..document
    };
    assert_eq!(fine(ledger.documents(&request.id), "reading"), [deleted]);
    assert_eq!(fine(ledger.documents_due(later), "none due"), []);
}

pub(super) fn a_list_of_people_replaces_the_one_before(ledger: &dyn Ledger) {
    let person = |source: &str, row, name: &str, email: Option<&str>| Person {
        source: source.to_owned(),
        sha256: "00".to_owned(),
        imported_at: now(),
        row,
        name: name.to_owned(),
        middle_name: Some("M.".to_owned()),
        email: email.map(str::to_owned),
    };
    let query = PersonQuery::new("Zoe", None, "Noel", &["Z@example.org".to_owned()]);
    let zoe = person("school", 2, "Noël, ZOÉ", None);
    let list = [zoe.clone(), person("school", 3, "Bob Roe", None)];
    fine(
        ledger.replace_people("school", &list, &[sample_event("people")]),
        "a list",
    );
    let other = person("staff", 2, "Another", Some("z@example.org"));
    fine(
        ledger.replace_people("staff", std::slice::from_ref(&other), &[]),
        "another list",
    );
    assert_eq!(
        fine(ledger.people(&query), "by name and address"),
        [zoe, other.clone()]
    );
    let list = [person("school", 2, "Bob Roe", None)];
    fine(ledger.replace_people("school", &list, &[]), "a newer list");
    assert_eq!(fine(ledger.people(&query), "by address"), [other]);
    // Of more namesakes than are looked at, the row that is named.
    let namesakes: Vec<_> = (2..400)
        .map(|row| person("school", row, "Zoe Noel", None))
        .collect();
    fine(ledger.replace_people("school", &namesakes, &[]), "a long list");
    let query = PersonQuery {
        row: Some(399),
        ..query
    };
    let found = fine(ledger.people(&query), "by row");
    assert_eq!(found, namesakes[397..]);
}

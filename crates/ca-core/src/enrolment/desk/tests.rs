use super::*;
use crate::enrolment::Language;
use crate::ledger::MemoryLedger;

fn moment() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn desk(ledger: &MemoryLedger, now: DateTime<Utc>) -> Desk<'_> {
    let audit = AuditContext {
        actor: "test".to_owned(),
        real_time: now,
    };
    Desk::new(ledger, audit, now)
}

fn profile() -> Profile {
    Profile::parse(
        "class-1.yaml",
        include_str!("../../../../../policies/class-1.yaml"),
    )
    .unwrap()
}

fn context() -> AdmitContext<'static> {
    AdmitContext {
        now: moment(),
        issuer_not_after: moment() + TimeDelta::days(3650),
        permitted_domains: &[],
    }
}

fn record() -> EnrolmentRecord {
    EnrolmentRecord {
        id: RequestId::random().unwrap(),
        revision: 0,
        state: State::Requested,
        class: "1".parse().unwrap(),
        emails: vec!["alice@example.com".to_owned()],
        given_name: None,
        middle_name: None,
        surname: None,
        organization: None,
        organization_id: None,
        country: None,
        locality: None,
        key: None,
        csr: None,
        usage: None,
        days: 365,
        language: Language::English,
        access_code: None,
        holder_passphrase: None,
        holder_failures: Vec::new(),
        terms: None,
        challenge: None,
        evidence: Vec::new(),
        acts: Vec::new(),
        serials: Vec::new(),
        created_at: moment(),
        acted_at: moment(),
        expires_at: moment(),
    }
}

fn submitted(ledger: &MemoryLedger, profile: &Profile) -> (RequestId, ConfirmationCode) {
    let made = desk(ledger, moment())
        .submit(record(), profile, &context())
        .unwrap();
    (made.request.id, made.code.unwrap())
}

#[test]
fn a_proven_mailbox_leads_to_approval() {
    let (ledger, profile) = (MemoryLedger::new(moment()), profile());
    let (id, code) = submitted(&ledger, &profile);
    let desk = desk(&ledger, moment());
    let error = desk.approve(&id, "Roy", None, &profile, &context()).unwrap_err();
    assert!(matches!(error, EnrolmentError::Incomplete { .. }), "{error}");
    let proven = desk.confirm(&code, &|_| Ok(&profile)).unwrap();
    assert_eq!(proven.state, State::MailboxProven);
    let error = desk.confirm(&code, &|_| Ok(&profile)).unwrap_err();
    assert!(matches!(error, EnrolmentError::CodeRedeemed { .. }), "{error}");
    let approved = desk.approve(&id, "Roy", None, &profile, &context()).unwrap();
    assert_eq!(
        (approved.request.state, approved.officers_left),
        (State::Approved, 0)
    );
    let collected = desk.collected(&id, &[]).unwrap();
    assert_eq!(collected.state, State::Collected);
    let error = desk.end(&id, ActKind::Withdraw, "Roy", None).unwrap_err();
    assert!(matches!(error, EnrolmentError::State { .. }), "{error}");
}

#[test]
fn five_wrong_codes_spend_the_right_one() {
    let (ledger, profile) = (MemoryLedger::new(moment()), profile());
    let (id, code) = submitted(&ledger, &profile);
    let desk = desk(&ledger, moment());
    for expected in [4, 3, 2, 1, 0] {
        let wrong = ConfirmationCode::random(&id).unwrap();
        let error = desk.confirm(&wrong, &|_| Ok(&profile)).unwrap_err();
        assert!(
            matches!(error, EnrolmentError::CodeWrong { left, .. } if left == expected),
            "{error}"
        );
    }
    let error = desk.confirm(&code, &|_| Ok(&profile)).unwrap_err();
    assert!(matches!(error, EnrolmentError::TriesUsed { .. }), "{error}");
    let again = desk.new_code(&id).unwrap().code.unwrap();
    assert!(desk.confirm(&again, &|_| Ok(&profile)).is_ok());
}

#[test]
fn codes_and_requests_end() {
    let (ledger, profile) = (MemoryLedger::new(moment()), profile());
    let (id, code) = submitted(&ledger, &profile);
    let last = moment() + CODE_LIFETIME;
    let error = desk(&ledger, last + TimeDelta::seconds(1))
        .confirm(&code, &|_| Ok(&profile))
        .unwrap_err();
    assert!(matches!(error, EnrolmentError::CodeExpired { .. }), "{error}");
    assert!(desk(&ledger, last).confirm(&code, &|_| Ok(&profile)).is_ok());
    let late = desk(&ledger, moment() + TimeDelta::days(3650));
    assert_eq!(late.request(&id).unwrap().state, State::Expired);
    let unknown = RequestId::random().unwrap();
    let error = late.request(&unknown).unwrap_err();
    assert!(matches!(error, EnrolmentError::UnknownRequest { .. }), "{error}");
}

#[test]
fn a_name_is_kept_where_the_class_shows_none() {
    let (ledger, profile) = (MemoryLedger::new(moment()), profile());
    let named = EnrolmentRecord {
        given_name: Some("Zoé".to_owned()),
        surname: Some("Noël".to_owned()),
        ..record()
    };
    let made = desk(&ledger, moment())
        .submit(named.clone(), &profile, &context())
        .unwrap();
    assert_eq!(made.request.name(), "Zoé Noël");
    desk(&ledger, moment())
        .confirm(&made.code.unwrap(), &|_| Ok(&profile))
        .unwrap();
    let approved = desk(&ledger, moment())
        .approve(&made.request.id, "Roy", None, &profile, &context())
        .unwrap();
    let approved = desk(&ledger, moment())
        .ready(&approved.request, &profile, &context())
        .unwrap();
    let subject: Vec<_> = approved
        .subject()
        .iter()
        .map(|(_, value)| value.as_str())
        .collect();
    assert_eq!(subject, ["alice@example.com"]);
    assert_eq!(approved.notes().len(), 1, "{:?}", approved.notes());

    let hidden = EnrolmentRecord {
        surname: Some("No\u{202e}ël".to_owned()),
        ..named
    };
    let refused = desk(&ledger, moment()).submit(hidden, &profile, &context());
    assert!(refused.unwrap_err().to_string().contains("U+202E"));
}

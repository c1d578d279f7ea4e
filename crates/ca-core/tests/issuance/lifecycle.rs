//! The record before, during and after issuance.

use crate::support::{Setup, World, application, context, key, now, policies, request};
use ca_core::audit::verify_chain;
use ca_core::authority::{Application, IssueError, Issued, KeyFault};
use ca_core::ledger::{ArchivedKey, CertificateFilter, Ledger as _, LedgerError, RevocationReason, Status};
use ca_core::revocation::{Authorisation, RevocationOrder, Revoker};
use ca_core::{Class, KeySource, Usage};
use chrono::TimeDelta;
use identity::{KeyAlgorithm, PrivateKey};

const P256: KeyAlgorithm = KeyAlgorithm::EcP256;

#[test]
fn a_certificate_is_on_record_before_it_exists_and_is_what_was_recorded() {
    let world = World::new(&Setup {
        class: Class::Two,
        ..Setup::default()
    });
    let approved = world.admit(request(Class::Two, "zoe@example.org", P256, Usage::Dual));
    let authority = world.authority();
    let prepared = authority
        .prepare(application(&approved, key(P256, 2)), now())
        .unwrap();
    let (serial, tbs) = (*prepared.serial(), prepared.tbs().to_vec());

    let record = world.ledger.certificate(&serial).unwrap().unwrap();
    assert_eq!(
        (record.status(now()), &record.intent.tbs),
        (Status::Pending, &tbs)
    );
    assert_eq!(record.intent.name, "Zoé Müller");
    assert_eq!(
        record.intent.key_id,
        key(P256, 2).public_key().subject_key_identifier()
    );
    assert_eq!(
        record.intent.policy_sha256,
        policies().profile(Class::Two).unwrap().sha256()
    );
    assert_eq!(record.intent.evidence.len(), 3);

    let issued = authority.issue(prepared, now()).unwrap();
    assert_eq!(
        issued.certificate().tbs_der(),
        tbs,
        "what was linted and recorded is what is signed"
    );
    assert_eq!(issued.certificate().serial_hex(), serial.to_string());
    let record = world.ledger.certificate(&serial).unwrap().unwrap();
    assert_eq!(record.status(now()), Status::Valid);
    assert_eq!(record.certificate(), Some(issued.certificate().der()));
    assert_eq!(record.intent.not_before, issued.certificate().not_before());
    assert_eq!(record.intent.not_after, issued.certificate().not_after());
    assert_eq!(record.intent.subject, issued.certificate().subject().to_string());
    assert_eq!(
        record.issued.unwrap().sha256,
        issued.certificate().fingerprint_sha256()
    );

    assert_eq!(world.ledger.unfinished().unwrap().len(), 1, "not handed out yet");
    authority.mark_collected(&[serial], now()).unwrap();
    assert!(world.ledger.unfinished().unwrap().is_empty());

    let entries = world.ledger.audit_entries(0, 100).unwrap();
    let actions: Vec<_> = entries.iter().map(|entry| entry.action.as_str()).collect();
    assert_eq!(
        actions,
        [
            "certificate-reserved",
            "certificate-issued",
            "certificate-collected"
        ]
    );
    assert!(entries.iter().all(|entry| entry.subject == serial.to_string()));
    verify_chain(&entries).unwrap();
}

#[test]
fn an_interrupted_issuance_is_finished_with_the_same_bytes() {
    let world = World::new(&Setup::default());
    let approved = world.admit(request(Class::One, "alice@example.org", P256, Usage::Dual));
    let authority = world.authority();
    let prepared = authority
        .prepare(application(&approved, key(P256, 2)), now())
        .unwrap();
    let (serial, tbs) = (*prepared.serial(), prepared.tbs().to_vec());
    drop(prepared);

    let later = now() + TimeDelta::days(1);
    let again = authority
        .prepare(application(&approved, key(P256, 2)), later)
        .unwrap_err();
    let IssueError::Ledger(LedgerError::DuplicateAddress { existing, status, .. }) = again else {
        panic!("{again}");
    };
    assert_eq!((existing, status), (serial, Status::Pending));

    let profile = policies().profile(Class::One);
    let issued = authority.resume(&serial, profile, later).unwrap();
    assert_eq!(issued.certificate().tbs_der(), tbs);
    let same = authority.resume(&serial, profile, later).unwrap();
    assert_eq!(
        same.certificate(),
        issued.certificate(),
        "a finished one is handed out as it is"
    );
    assert_eq!(same.chain(), issued.chain());
}

#[test]
fn an_abandoned_intent_stays_abandoned() {
    let world = World::new(&Setup::default());
    let approved = world.admit(request(Class::One, "alice@example.org", P256, Usage::Dual));
    let authority = world.authority();
    let serial = *authority
        .prepare(application(&approved, key(P256, 2)), now())
        .unwrap()
        .serial();
    authority.abandon(&serial, "the key is gone", now()).unwrap();
    let error = authority.resume(&serial, None, now()).unwrap_err();
    assert!(
        matches!(
            error,
            IssueError::Ledger(LedgerError::WrongState {
                state: "abandoned",
                ..
            })
        ),
        "{error}"
    );
    authority
        .prepare(application(&approved, key(P256, 2)), now())
        .unwrap();
}

#[test]
fn two_who_finish_the_same_intent_get_the_same_certificate() {
    let world = World::new(&Setup::default());
    let approved = world.admit(request(Class::One, "alice@example.org", P256, Usage::Dual));
    let authority = world.authority();
    let serial = *authority
        .prepare(application(&approved, key(P256, 2)), now())
        .unwrap()
        .serial();
    let results: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| authority.resume(&serial, None, now()).unwrap()))
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(
        results
            .windows(2)
            .all(|pair| pair[0].certificate() == pair[1].certificate())
    );
}

#[test]
fn a_batch_is_reserved_signed_and_recorded_together() {
    let world = World::new(&Setup::default());
    let people: Vec<_> = (0..20)
        .map(|n| {
            world.admit(request(
                Class::One,
                &format!("u{n}@example.org"),
                P256,
                Usage::Dual,
            ))
        })
        .collect();
    let applications: Vec<Application<'_>> = people
        .iter()
        .map(|approved| application(approved, key(P256, 2)))
        .collect();
    let authority = world.authority();
    let prepared = authority.prepare_batch(&applications, now()).unwrap();
    let serials: Vec<_> = prepared.iter().map(|prepared| *prepared.serial()).collect();
    let issued = authority.issue_batch(prepared, 3, now()).unwrap();
    let order: Vec<_> = issued
        .iter()
        .map(|result| *result.as_ref().unwrap().serial())
        .collect();
    assert_eq!(order, serials, "in the order of the applications");
    let filter = CertificateFilter {
        status: Some(Status::Valid),
        ..CertificateFilter::default()
    };
    assert_eq!(world.ledger.list(&filter, now()).unwrap().len(), 20);

    let repeated = [applications[0], applications[1]];
    assert!(
        authority.prepare_batch(&repeated, now()).is_err(),
        "the addresses are taken"
    );
    assert!(authority.prepare_batch(&[], now()).unwrap().is_empty());
    assert!(authority.issue_batch(Vec::new(), 0, now()).unwrap().is_empty());
}

#[test]
fn a_pair_is_two_certificates_of_one_address() {
    let world = World::new(&Setup::default());
    let mut alice = request(Class::One, "alice@example.org", P256, Usage::Pair);
    alice.key = KeySource::Generate(Some(P256));
    let approved = world.admit(alice);
    let keys = [key(P256, 2), key(P256, 3)];
    let applications: Vec<_> = approved
        .certificates()
        .iter()
        .zip(keys)
        .map(|(usage, key)| Application {
            approved: &approved,
            usage: *usage,
            key: key.public_key(),
            another: false,
            own_mail: false,
            renews: None,
        })
        .collect();
    let authority = world.authority();
    let prepared = authority.prepare_batch(&applications, now()).unwrap();
    let issued = authority.issue_batch(prepared, 1, now()).unwrap();
    let usages: Vec<_> = issued
        .iter()
        .map(|result| result.as_ref().unwrap().certificate().key_usage().unwrap())
        .collect();
    assert!(usages[0].digital_signature && !usages[0].key_agreement);
    assert!(!usages[1].digital_signature && usages[1].key_agreement);
}

#[test]
fn keys_that_are_not_the_holders_alone_are_not_certified() {
    let world = World::new(&Setup::default());
    let ask = |email: &str, key: &PrivateKey, usage| {
        let mut request = request(Class::One, email, P256, usage);
        request.key = KeySource::Existing(key.public_key().clone());
        world.issue(request, key)
    };
    let fault = |result: Result<Issued, IssueError>| match result {
        Err(IssueError::KeyRefused { fault }) => fault,
        other => panic!("{other:?}"),
    };
    let before = world.ledger.list(&CertificateFilter::default(), now()).unwrap();
    // The issuing authority's own, and the root's.
    let own = ask("eve@example.org", key(P256, 1), Usage::Sign);
    assert!(matches!(fault(own), KeyFault::Authority { id } if id == world.issuing.id()));
    let root = ask("eve@example.org", key(KeyAlgorithm::EcP384, 0), Usage::Sign);
    assert!(matches!(fault(root), KeyFault::Authority { id } if id == world.root_authority.id()));
    assert_eq!(
        world.ledger.list(&CertificateFilter::default(), now()).unwrap(),
        before
    );

    // One that was revoked since it is known to others; one that was superseded is as good as ever.
    for (reason, refused) in [
        (RevocationReason::Superseded, false),
        (RevocationReason::KeyCompromise, true),
    ] {
        let key = PrivateKey::generate(P256).unwrap();
        let issued = ask("alice@example.org", &key, Usage::Sign).unwrap();
        let order = RevocationOrder {
            reason,
            invalidity_date: None,
            authorisation: Authorisation::Operator,
        };
        let serials = [*issued.serial()];
        Revoker::new(&world.ledger, context())
            .revoke(&serials, order, now())
            .unwrap();
        let again = ask(&format!("{reason}@example.org"), &key, Usage::Sign);
        if refused {
            assert!(matches!(fault(again), KeyFault::Compromised { serial, .. } if serial == serials[0]));
        } else {
            again.unwrap();
        }
    }

    // One that recovery agents can open.
    let key = PrivateKey::generate(P256).unwrap();
    let issued = ask("carol@example.org", &key, Usage::Encrypt).unwrap();
    let archived = ArchivedKey {
        serial: *issued.serial(),
        sealed: Vec::new(),
        at: now(),
    };
    world.ledger.archive_keys(&[archived], &[]).unwrap();
    for usage in [Usage::Sign, Usage::Dual] {
        let signing = ask("carol@example.org", &key, usage);
        assert!(matches!(fault(signing), KeyFault::Archived { serial } if serial == *issued.serial()));
    }
    ask("carol@example.net", &key, Usage::Encrypt).unwrap();
}

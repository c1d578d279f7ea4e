//! Many certificates, batch by batch.

use crate::support::{Setup, World, application, now, request};
use ca_core::authority::{Application, IssueError, Pace};
use ca_core::ledger::{CertificateFilter, Ledger as _, LedgerError, RevocationReason, Status};
use ca_core::revocation::{Authorisation, RevocationOrder, Revoker};
use ca_core::{Approved, Class, KeySource, Usage};
use identity::{KeyAlgorithm, PrivateKey};

fn pace() -> Pace {
    Pace {
        batch: 3.try_into().unwrap(),
        jobs: 2.try_into().unwrap(),
    }
}

/// Requests of these people, each with a key.
fn admitted(world: &World, people: &[&str]) -> Vec<(Approved, PrivateKey)> {
    let admit = |name: &&str| {
        let key = PrivateKey::generate(KeyAlgorithm::EcP256).unwrap();
        let email = format!("{name}@example.org");
        let mut request = request(Class::One, &email, KeyAlgorithm::EcP256, Usage::Dual);
        request.key = KeySource::Existing(key.public_key().clone());
        (world.admit(request), key)
    };
    people.iter().map(admit).collect()
}

fn applications(admitted: &[(Approved, PrivateKey)]) -> Vec<Application<'_>> {
    admitted
        .iter()
        .map(|(approved, key)| application(approved, key))
        .collect()
}

fn count(world: &World, status: Status) -> usize {
    let filter = CertificateFilter {
        status: Some(status),
        ..CertificateFilter::default()
    };
    world.ledger.list(&filter, now()).unwrap().len()
}

#[test]
fn batches_come_in_their_order() {
    for people in [
        &[][..],
        &["a"],
        &["a", "b", "c"],
        &["a", "b", "c", "d", "e", "f", "g"],
    ] {
        let world = World::new(&Setup::default());
        let admitted = admitted(&world, people);
        let mut issued = Vec::new();
        world
            .authority()
            .issue_all(&applications(&admitted), pace(), now(), |batch| {
                assert!(batch.len() <= 3);
                issued.extend(batch.into_iter().map(Result::unwrap));
            })
            .unwrap();
        let emails: Vec<_> = issued
            .iter()
            .map(|one| one.certificate().emails()[0].clone())
            .collect();
        let expected: Vec<_> = people.iter().map(|name| format!("{name}@example.org")).collect();
        assert_eq!(emails, expected);
        for (one, (_, key)) in issued.iter().zip(&admitted) {
            assert_eq!(one.certificate().public_key(), key.public_key());
        }
        assert_eq!(count(&world, Status::Valid), people.len());
    }
}

#[test]
fn what_stands_in_the_way_of_one_batch_stops_those_after_it() {
    let world = World::new(&Setup::default());
    // The same person twice, in the third batch.
    let people = ["a", "b", "c", "d", "e", "f", "g", "a", "h", "i"];
    let admitted = admitted(&world, &people);
    let mut issued = 0;
    let error = world
        .authority()
        .issue_all(&applications(&admitted), pace(), now(), |batch| {
            issued += batch.len()
        })
        .unwrap_err();
    assert!(
        matches!(error, IssueError::Ledger(LedgerError::DuplicateAddress { .. })),
        "{error}"
    );
    assert_eq!(issued, 6, "what was signed is handed out");
    assert_eq!(count(&world, Status::Valid), 6);
    assert_eq!(count(&world, Status::Pending), 0, "nothing is left half done");
}

#[test]
fn a_revocation_in_between_ends_it() {
    let world = World::new(&Setup::default());
    let people: Vec<String> = (0..30).map(|number| format!("p{number}")).collect();
    let people: Vec<&str> = people.iter().map(String::as_str).collect();
    let admitted = admitted(&world, &people);
    let mut issued = 0;
    let error = world
        .authority()
        .issue_all(&applications(&admitted), pace(), now(), |batch| {
            issued += batch.len();
            if issued == 6 {
                let order = RevocationOrder {
                    reason: RevocationReason::CaCompromise,
                    invalidity_date: None,
                    authorisation: Authorisation::Operator,
                };
                Revoker::new(&world.ledger, crate::support::context())
                    .revoke_authority(world.issuing.id(), order, now())
                    .unwrap();
            }
        })
        .unwrap_err();
    assert!(matches!(error, IssueError::AuthorityRevoked { .. }), "{error}");
    // The batch that was being signed at that moment is a certificate; no later one is.
    assert!(issued <= 9, "{issued}");
    assert_eq!(count(&world, Status::Valid), issued);
    assert_eq!(count(&world, Status::Pending), 0);
}

//! Nothing leaves unless every step went well, and whatever failed is on record.

use crate::support::{Setup, World, application, evidence, key, now, policies, request};
use ca_core::authority::{CaSigner, CertificateAuthority, IssueError};
use ca_core::ledger::{Ledger as _, LedgerError, Status};
use ca_core::{AdmitContext, Class, Usage};
use chrono::TimeDelta;
use identity::key::SignError;
use identity::{KeyAlgorithm, KeyKind, SignatureScheme};

const P256: KeyAlgorithm = KeyAlgorithm::EcP256;

#[test]
fn a_signature_that_the_second_implementation_refuses_is_not_handed_out() {
    for algorithm in [
        P256,
        KeyAlgorithm::EcP521,
        KeyAlgorithm::Rsa2048,
        KeyAlgorithm::Ed25519,
    ] {
        let private = key(algorithm, 1);
        let scheme = SignatureScheme::default_for(private.public_key()).unwrap();
        let liar = CaSigner::external(private.public_key().clone(), scheme, |scheme, message| {
            let mut other = message.to_vec();
            other[10] ^= 1;
            private.sign(scheme, &other)
        });
        let setup = Setup {
            issuing: algorithm,
            ..Setup::default()
        };
        let world = World::with_signer(&setup, liar);
        let error = world
            .issue(
                request(Class::One, "alice@example.org", P256, Usage::Dual),
                key(P256, 2),
            )
            .unwrap_err();
        let IssueError::Verification { serial, .. } = error else {
            panic!("{error}")
        };
        let record = world.ledger.certificate(&serial).unwrap().unwrap();
        assert_eq!(record.status(now()), Status::Abandoned);
        assert!(
            record.issued.is_none() && record.abandoned.unwrap().reason.contains("second implementation")
        );
        let last = world.ledger.audit_head().unwrap().unwrap();
        assert_eq!(
            (last.action.as_str(), last.outcome.as_str()),
            ("certificate-abandoned", "failed")
        );
    }
}

#[test]
fn a_signer_that_fails_leaves_a_record() {
    let private = key(P256, 1);
    let scheme = SignatureScheme::default_for(private.public_key()).unwrap();
    let broken = CaSigner::external(private.public_key().clone(), scheme, |_, _| {
        Err(SignError::Failed { key: KeyKind::EcP256 })
    });
    let world = World::with_signer(&Setup::default(), broken);
    let error = world
        .issue(
            request(Class::One, "alice@example.org", P256, Usage::Dual),
            key(P256, 2),
        )
        .unwrap_err();
    let IssueError::Sign { serial, .. } = error else {
        panic!("{error}")
    };
    let record = world.ledger.certificate(&serial).unwrap().unwrap();
    assert_eq!(record.status(now()), Status::Abandoned);
}

#[test]
fn one_failure_in_a_batch_spoils_only_itself() {
    let private = key(P256, 1);
    let scheme = SignatureScheme::default_for(private.public_key()).unwrap();
    let picky = CaSigner::external(private.public_key().clone(), scheme, |scheme, message| {
        if message.windows(3).any(|window| window == b"bad") {
            return Err(SignError::Failed { key: KeyKind::EcP256 });
        }
        private.sign(scheme, message)
    });
    let world = World::with_signer(&Setup::default(), picky);
    let people: Vec<_> = ["a@example.org", "bad@example.org", "c@example.org"]
        .map(|email| world.admit(request(Class::One, email, P256, Usage::Dual)))
        .to_vec();
    let applications: Vec<_> = people
        .iter()
        .map(|approved| application(approved, key(P256, 2)))
        .collect();
    let authority = world.authority();
    let prepared = authority.prepare_batch(&applications, now()).unwrap();
    let results = authority.issue_batch(prepared, 2, now()).unwrap();
    assert_eq!(
        results.iter().map(Result::is_ok).collect::<Vec<_>>(),
        [true, false, true]
    );
}

#[test]
fn a_broken_rule_forbids_signing() {
    let setup = Setup {
        domains: vec!["example.org".to_owned()],
        ..Setup::default()
    };
    let world = World::new(&setup);
    // Admission that was not told of the issuer's constraints: the lint is the last line.
    let context = AdmitContext {
        now: now(),
        issuer_not_after: world.issuing.certificate().not_after(),
        permitted_domains: &[],
    };
    let stranger = request(Class::One, "alice@example.com", P256, Usage::Dual);
    let profile = policies().profile(Class::One).unwrap();
    let approved = profile.admit(stranger, evidence(Class::One), &context).unwrap();
    let error = world
        .authority()
        .prepare(application(&approved, key(P256, 2)), now())
        .unwrap_err();
    let IssueError::Lint { serial, findings } = error else {
        panic!("{error}")
    };
    assert_eq!(findings[0].rule, "e_name_constraints");
    let record = world.ledger.certificate(&serial).unwrap().unwrap();
    assert_eq!(record.status(now()), Status::Abandoned);
    assert!(record.abandoned.unwrap().reason.contains("alice@example.com"));
}

#[test]
fn no_certificate_outlives_or_precedes_its_issuer() {
    let world = World::new(&Setup::default());
    let approved = world.admit(request(Class::One, "alice@example.org", P256, Usage::Dual));
    let authority = world.authority();
    let end = world.issuing.certificate().not_after();
    let error = authority
        .prepare(application(&approved, key(P256, 2)), end - TimeDelta::days(30))
        .unwrap_err();
    assert!(matches!(error, IssueError::OutlivesIssuer { .. }), "{error}");
    for moment in [end + TimeDelta::seconds(1), now() - TimeDelta::days(1)] {
        let error = authority
            .prepare(application(&approved, key(P256, 2)), moment)
            .unwrap_err();
        assert!(matches!(error, IssueError::IssuerNotValid { .. }), "{error}");
    }
    assert!(
        world.ledger.unfinished().unwrap().is_empty(),
        "nothing was reserved"
    );
}

#[test]
fn a_second_certificate_needs_a_word() {
    let world = World::new(&Setup::default());
    let alice = || request(Class::One, "alice@example.org", P256, Usage::Dual);
    world.issue(alice(), key(P256, 2)).unwrap();
    let error = world.issue(alice(), key(P256, 3)).unwrap_err();
    assert!(
        matches!(error, IssueError::Ledger(LedgerError::DuplicateAddress { .. })),
        "{error}"
    );
    let approved = world.admit(alice());
    let mut another = application(&approved, key(P256, 3));
    another.another = true;
    world.authority().prepare(another, now()).unwrap();
}

#[test]
fn an_authority_needs_its_own_key_and_its_own_records() {
    let world = World::new(&Setup::default());
    let stranger = CaSigner::new(key(P256, 9).clone()).unwrap();
    let certificate = world.issuing.certificate().clone();
    let error = CertificateAuthority::new(certificate, Vec::new(), stranger, None).unwrap_err();
    assert!(error.to_string().contains(world.issuing.id()), "{error}");

    let records = world.ledger.authorities().unwrap();
    let signer = || CaSigner::new(key(P256, 1).clone()).unwrap();
    let loaded = CertificateAuthority::from_records(&records, world.issuing.id(), signer()).unwrap();
    assert_eq!(loaded.certificate(), world.issuing.certificate());
    assert_eq!(loaded.chain(), std::slice::from_ref(&world.root));
    assert!(CertificateAuthority::from_records(&records, "nobody-00000000", signer()).is_err());
}

//! Revocation lists, from the record to what OpenSSL makes of them.

use crate::peer::{self, file};
use crate::support::{Setup, World, context, key, now, request};
use ca_core::authority::{BaseUrl, CaSigner, CertificateAuthority};
use ca_core::ledger::{Ledger as _, RevocationReason, SerialNumber};
use ca_core::lint::lint_crl;
use ca_core::revocation::crl::{CrlMakeError, CrlMaker, CrlPlan, Due, SignedCrl, standing as crl_standing};
use ca_core::revocation::{Authorisation, RevocationError, RevocationOrder, Revoker};
use ca_core::{Class, Usage};
use chrono::{DateTime, TimeDelta, Utc};
use identity::{Certificate, CertificateList, KeyAlgorithm, PrivateKey, SignatureScheme, pem};
use std::io::Write as _;
use std::process::Command;

const PLAN: CrlPlan = CrlPlan {
    days: 7,
    delta_days: None,
    keep_expired_days: 0,
};
const WITH_DELTAS: CrlPlan = CrlPlan {
    delta_days: Some(1),
    ..PLAN
};

#[test]
fn a_list_says_what_is_on_record() {
    let world = world();
    let [one, two] = ["one", "two"].map(|name| issue(&world, name));
    let revoker = Revoker::new(&world.ledger, context());
    let order = RevocationOrder {
        invalidity_date: Some(now() - TimeDelta::days(2)),
        ..order(RevocationReason::KeyCompromise)
    };
    revoker.revoke(&[serial(&one)], order, now()).unwrap();
    revoke(&world, &two, RevocationReason::Unspecified);
    let crl = make(&world, PLAN, now());
    let list = CertificateList::from_der(crl.complete()).unwrap();
    let entries: Vec<_> = list
        .entries()
        .map(|entry| (hex::encode(&entry.serial), entry.reason))
        .collect();
    assert_eq!(entries.len(), 2);
    assert_eq!(entries[0].1, Some(1));
    assert_eq!(entries[1].1, None, "no reason is said by saying nothing");
    assert_eq!(list.number_hex().as_deref(), Some("1"));
    assert_eq!(list.this_update(), now());
    assert_eq!(list.next_update(), Some(now() + TimeDelta::days(7)));
    assert!(crl.delta().is_none());
    let view = identity::crl::CertificateListView::from_der(crl.complete()).unwrap();
    let first = view.entries().next().unwrap().unwrap();
    assert_eq!(first.invalidity_date, Some(now() - TimeDelta::days(2)));
    assert_eq!(lint_crl(&view, Some(world.issuing.certificate())).unwrap(), []);
}

#[test]
fn a_list_is_due_after_a_change_and_when_time_is_up() {
    let world = world();
    let due = |at| crl_standing(&world.ledger, world.issuing.id(), at).unwrap().due;
    assert_eq!(due(now()), Some(Due::NeverMade));
    make(&world, PLAN, now());
    assert_eq!(due(now()), None);
    assert_eq!(due(now() + TimeDelta::days(4)), None);
    assert_eq!(due(now() - TimeDelta::seconds(1)), Some(Due::Future));
    assert_eq!(due(now() + TimeDelta::days(5)), Some(Due::Soon));
    assert_eq!(due(now() + TimeDelta::days(7)), Some(Due::Soon));
    assert_eq!(
        due(now() + TimeDelta::days(7) + TimeDelta::seconds(1)),
        Some(Due::Expired)
    );
    let one = issue(&world, "one");
    revoke(&world, &one, RevocationReason::Superseded);
    assert_eq!(due(now()), Some(Due::Changed { changes: 1 }));
    make(&world, PLAN, now());
    assert_eq!(due(now()), None);
}

#[test]
fn an_expired_entry_stays_on_one_list_more() {
    let world = world();
    let one = issue(&world, "one");
    revoke(&world, &one, RevocationReason::Superseded);
    let count = |plan, at| {
        let crl = make(&world, plan, at);
        CertificateList::from_der(crl.complete()).unwrap().len()
    };
    let end = one.not_after();
    assert_eq!(count(PLAN, now()), 1);
    assert_eq!(count(PLAN, end), 1, "it is valid in its last second");
    assert_eq!(
        count(PLAN, end + TimeDelta::days(30)),
        1,
        "no list told of it after it expired"
    );
    assert_eq!(count(PLAN, end + TimeDelta::days(31)), 0);
    let keep = CrlPlan {
        keep_expired_days: 40,
        ..PLAN
    };
    assert_eq!(count(keep, end + TimeDelta::days(40)), 1);
    assert_eq!(count(keep, end + TimeDelta::days(41)), 0);
    let crl = make(&world, keep, end + TimeDelta::days(41));
    let list = CertificateList::from_der(crl.complete()).unwrap();
    assert!(list.extensions().any(|e| e.oid.to_string() == "2.5.29.60"));
}

#[test]
fn a_number_is_lost_with_its_list() {
    let broken = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let signing = key(KeyAlgorithm::EcP256, 1);
    let scheme = SignatureScheme::default_for(signing.public_key()).unwrap();
    let switch = broken.clone();
    let signer = CaSigner::external(signing.public_key().clone(), scheme, move |scheme, message| {
        if switch.load(std::sync::atomic::Ordering::Relaxed) {
            // A fault that the signer does not notice.
            return signing.sign(scheme, b"something else");
        }
        signing.sign(scheme, message)
    });
    let world = World::with_signer(&Setup::default(), signer);
    assert_eq!(make(&world, PLAN, now()).record().number, 1);
    broken.store(true, std::sync::atomic::Ordering::Relaxed);
    let maker = CrlMaker::new(&world.ledger, &world.issuing, context());
    let error = maker.make(PLAN, now()).unwrap_err();
    assert!(
        matches!(error, CrlMakeError::Verification { number: 2, .. }),
        "{error}"
    );
    broken.store(false, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(make(&world, PLAN, now()).record().number, 3);
    let recorded: Vec<u64> = world
        .ledger
        .crls(world.issuing.id(), 9)
        .unwrap()
        .iter()
        .map(|crl| crl.number)
        .collect();
    assert_eq!(recorded, [3, 1]);
}

#[test]
fn what_cannot_be_revoked_is_refused_with_the_reason() {
    let world = world();
    let one = issue(&world, "one");
    let revoker = Revoker::new(&world.ledger, context());
    let future = RevocationOrder {
        invalidity_date: Some(now() + TimeDelta::seconds(1)),
        ..order(RevocationReason::KeyCompromise)
    };
    let error = revoker.revoke(&[serial(&one)], future, now()).unwrap_err();
    assert!(
        matches!(error, RevocationError::InvalidityInFuture { .. }),
        "{error}"
    );
    let compromise = order(RevocationReason::CaCompromise);
    let error = revoker
        .revoke_authority(world.root_authority.id(), compromise, now())
        .unwrap_err();
    assert!(matches!(error, RevocationError::Root { .. }), "{error}");
    let hold = order(RevocationReason::CertificateHold);
    let error = revoker
        .revoke_authority(world.issuing.id(), hold, now())
        .unwrap_err();
    assert!(matches!(error, RevocationError::AuthorityHold { .. }), "{error}");
    assert!(revoker.release(&[serial(&one)], now()).is_err());
}

#[test]
fn two_keys_under_one_name_are_told_apart_by_their_distribution_points() {
    let world = world();
    let crl = make(&world, PLAN, now());
    assert!(!has(&crl, ISSUING_DISTRIBUTION_POINT));
    // The same name, certified anew with another key.
    let setup = Setup {
        base_url: base_url(),
        ..Setup::default()
    };
    let other = World::with_signer(
        &setup,
        CaSigner::new(key(KeyAlgorithm::EcP256, 7).clone()).unwrap(),
    );
    let record = other.ledger.authorities().unwrap().pop().unwrap();
    world.ledger.add_authorities(&[record], &[]).unwrap();
    let crl = make(&world, PLAN, now());
    assert!(has(&crl, ISSUING_DISTRIBUTION_POINT));
}

#[test]
fn openssl_reads_every_list() {
    if !peer::available("openssl") {
        return;
    }
    for algorithm in [
        KeyAlgorithm::Rsa2048,
        KeyAlgorithm::EcP256,
        KeyAlgorithm::EcP521,
        KeyAlgorithm::Ed25519,
    ] {
        let world = World::new(&Setup {
            root: algorithm,
            issuing: algorithm,
            base_url: base_url(),
            ..Setup::default()
        });
        for (count, name) in ["one", "two", "three"].iter().enumerate() {
            let crl = make(&world, WITH_DELTAS, now());
            for der in [crl.complete(), crl.delta().unwrap()] {
                let list = list_file(der);
                let output = Command::new("openssl")
                    .args(["crl", "-text", "-noout", "-CAfile"])
                    .arg(file(world.issuing.certificate()).path())
                    .arg("-in")
                    .arg(list.path())
                    .output()
                    .unwrap();
                let (text, said) = (text(&output.stdout), text(&output.stderr));
                assert!(said.contains("verify OK"), "{algorithm}: {said}");
                if der == crl.complete() {
                    assert_eq!(text.matches("Serial Number:").count(), count, "{text}");
                    assert!(
                        text.contains(&format!("CRL Number: \n                {}", count + 1)),
                        "{text}"
                    );
                }
            }
            let certificate = issue(&world, name);
            revoke(&world, &certificate, RevocationReason::KeyCompromise);
        }
    }
}

#[test]
fn openssl_follows_revocations_holds_and_deltas() {
    if !peer::available("openssl") {
        return;
    }
    let world = world();
    let [good, gone, held] = ["good", "gone", "held"].map(|name| issue(&world, name));
    revoke(&world, &held, RevocationReason::CertificateHold);
    let roots = CrlMaker::new(&world.ledger, &world.root_authority, context())
        .make(PLAN, now())
        .unwrap();
    let base = make(&world, WITH_DELTAS, now());
    assert!(has(&base, FRESHEST_CRL));
    let verify = |certificate, lists: &[&[u8]]| openssl_verify(&world, certificate, lists);
    let first = [roots.complete(), base.complete()];
    assert_eq!(verify(&good, &first), "OK");
    assert_eq!(verify(&gone, &first), "OK");
    assert_eq!(verify(&held, &first), "revoked");

    revoke(&world, &gone, RevocationReason::KeyCompromise);
    let revoker = Revoker::new(&world.ledger, context());
    revoker.release(&[serial(&held)], now()).unwrap();
    let next = make(&world, WITH_DELTAS, now());
    assert_eq!(next.record().number, 2);
    let delta = next.delta().unwrap();
    let with_delta = [roots.complete(), base.complete(), delta];
    assert_eq!(verify(&good, &with_delta), "OK");
    assert_eq!(verify(&gone, &with_delta), "revoked", "by the delta list alone");
    assert_eq!(verify(&held, &with_delta), "OK", "released by the delta list");
    let complete = [roots.complete(), next.complete()];
    assert_eq!(verify(&gone, &complete), "revoked");
    assert_eq!(verify(&held, &complete), "OK");

    // The issuing authority itself.
    revoker
        .revoke_authority(world.issuing.id(), order(RevocationReason::CaCompromise), now())
        .unwrap();
    let roots = CrlMaker::new(&world.ledger, &world.root_authority, context())
        .make(PLAN, now())
        .unwrap();
    assert_eq!(verify(&good, &[roots.complete(), next.complete()]), "revoked");
}

fn world() -> World {
    World::new(&Setup {
        base_url: base_url(),
        ..Setup::default()
    })
}

fn base_url() -> Option<BaseUrl> {
    Some("http://pki.example.org".parse().unwrap())
}

fn issue(world: &World, name: &str) -> Certificate {
    let email = format!("{name}@example.org");
    let request = request(Class::One, &email, KeyAlgorithm::EcP256, Usage::Dual);
    let key = PrivateKey::generate(KeyAlgorithm::EcP256).unwrap();
    let issued = world.issue(request, &key).unwrap();
    issued.certificate().clone()
}

fn order(reason: RevocationReason) -> RevocationOrder {
    RevocationOrder {
        reason,
        invalidity_date: None,
        authorisation: Authorisation::Operator,
    }
}

fn revoke(world: &World, certificate: &Certificate, reason: RevocationReason) {
    Revoker::new(&world.ledger, context())
        .revoke(&[serial(certificate)], order(reason), now())
        .unwrap();
}

fn make(world: &World, plan: CrlPlan, at: DateTime<Utc>) -> SignedCrl {
    let issuing: &CertificateAuthority = &world.issuing;
    CrlMaker::new(&world.ledger, issuing, context())
        .make(plan, at)
        .unwrap()
}

fn serial(certificate: &Certificate) -> SerialNumber {
    certificate.serial_hex().parse().unwrap()
}

fn has(crl: &SignedCrl, oid: &str) -> bool {
    let list = CertificateList::from_der(crl.complete()).unwrap();
    list.extensions()
        .any(|extension| extension.oid.to_string() == oid)
}

/// Returns "OK", "revoked" or what else OpenSSL says.
fn openssl_verify(world: &World, certificate: &Certificate, lists: &[&[u8]]) -> String {
    let lists: Vec<_> = lists.iter().map(|der| list_file(der)).collect();
    let (root, issuing, leaf) = (
        file(&world.root),
        file(world.issuing.certificate()),
        file(certificate),
    );
    let mut command = Command::new("openssl");
    command
        .args([
            "verify",
            "-crl_check_all",
            "-extended_crl",
            "-use_deltas",
            "-x509_strict",
        ])
        .args(["-attime", &now().timestamp().to_string()])
        .arg("-CAfile")
        .arg(root.path())
        .arg("-untrusted")
        .arg(issuing.path());
    for list in &lists {
        command.arg("-CRLfile").arg(list.path());
    }
    let output = command.arg(leaf.path()).output().unwrap();
    let said = text(&output.stdout) + &text(&output.stderr);
    match output.status.success() {
        true => "OK".to_owned(),
        false if said.contains("certificate revoked") => "revoked".to_owned(),
        false => said,
    }
}

fn list_file(der: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(pem::encode("X509 CRL", der).as_bytes()).unwrap();
    file
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

const ISSUING_DISTRIBUTION_POINT: &str = "2.5.29.28";
const FRESHEST_CRL: &str = "2.5.29.46";

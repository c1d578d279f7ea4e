//! Records to check with.

use crate::audit::{AuditAction, AuditContext, AuditEvent};
use crate::evidence::{Evidence, EvidenceError, EvidenceKind};
use crate::ledger::{AuthorityKind, AuthorityRecord, Intent, IssuedRecord, SerialNumber};
use crate::request::{CertificateUsage, Class};
use chrono::{DateTime, TimeDelta, Utc};
use identity::digest::{DigestAlgorithm, digest};

/// Returns the moment that the samples turn around.
pub(super) fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 123_456_000).unwrap_or_default()
}

/// Returns the issuing CA that the sample intents name.
pub fn sample_authority() -> AuthorityRecord {
    AuthorityRecord {
        id: "sample-ca-0a1b2c3d".to_owned(),
        name: "Sample CA".to_owned(),
        kind: AuthorityKind::Issuing,
        issuer: Some("sample-root-ffffffff".to_owned()),
        classes: vec![class(1), class(2)],
        certificate: vec![0x30, 0x00],
        key_location: "keys/sample.key".to_owned(),
        base_url: Some("http://ca.example.org".to_owned()),
        retired_at: None,
        created_at: now(),
        acted_at: now() - TimeDelta::days(3),
    }
}

/// Returns the class with this number.
pub(super) fn class(number: u8) -> Class {
    Class::from_number(u64::from(number)).unwrap_or(Class::One)
}

/// Returns an intent of class 1 with a fresh serial, valid from an hour before the moment of all samples for a year.
pub fn sample_intent(email: &str) -> Intent {
    let serial = match SerialNumber::random() {
        Ok(serial) => serial,
        Err(error) => panic!("{error}"),
    };
    let mut key_id = [0; 20];
    key_id
        .iter_mut()
        .zip(digest(DigestAlgorithm::Sha256, serial.as_bytes()))
        .for_each(|(to, from)| *to = from);
    Intent {
        serial,
        authority: sample_authority().id,
        class: class(1),
        policy_oid: "1.3.6.1.4.1.32473.1.1".to_owned(),
        policy_sha256: [7; 32],
        subject: format!("CN={email}"),
        name: "Zoé O'Neill".to_owned(),
        emails: vec![email.to_owned()],
        usage: CertificateUsage::Dual,
        key: "rsa-2048".to_owned(),
        key_id,
        evidence: vec![
            evidence(Evidence::stated(EvidenceKind::Mailbox, "line\n\"quoted\" ü")),
            evidence(Evidence::proved(EvidenceKind::InPerson, "seen")).dated(now() - TimeDelta::days(40)),
        ],
        not_before: whole(now() - TimeDelta::hours(1)),
        not_after: whole(now() + TimeDelta::days(365)),
        tbs: vec![0x30, 0x03, 0x02, 0x01, 0x00],
        another: false,
        own_mail: false,
        renews: None,
        created_at: now(),
        acted_at: now(),
    }
}

/// Returns the signed form of an intent.
pub fn sample_issued(intent: &Intent) -> IssuedRecord {
    let certificate = [intent.tbs.as_slice(), intent.serial.as_bytes()].concat();
    let mut sha256 = [0; 32];
    sha256
        .iter_mut()
        .zip(digest(DigestAlgorithm::Sha256, &certificate))
        .for_each(|(to, from)| *to = from);
    IssuedRecord {
        serial: intent.serial,
        certificate,
        sha256,
        at: now() + TimeDelta::seconds(1),
    }
}

/// Returns an audit event about a subject.
pub fn sample_event(subject: &str) -> AuditEvent {
    let context = AuditContext {
        actor: "operator".to_owned(),
        real_time: now(),
    };
    AuditEvent::new(&context, now(), AuditAction::CertificateReserved, subject).with("key", "value \"ü\"")
}

fn evidence(result: Result<Evidence, EvidenceError>) -> Evidence {
    match result {
        Ok(evidence) => evidence,
        Err(error) => panic!("{error}"),
    }
}

/// Certificates tell time in whole seconds.
fn whole(time: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp(time.timestamp(), 0).unwrap_or_default()
}

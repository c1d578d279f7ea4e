//! Authorities that follow one another, renewals, and notices.

use super::sample::{now, sample_authority, sample_event, sample_intent, sample_issued};
use super::{fine, refused};
use crate::ledger::{
    AuthorityChange, AuthorityRecord, CrossCertificateRecord, Intent, Ledger, LedgerError, NoticeRecord,
};
use chrono::TimeDelta;

pub(super) fn a_new_authority_comes_with_its_cross_certificates(ledger: &dyn Ledger) {
    let new = successor();
    let cross = cross(&new);
    fine(
        ledger.roll_over(
            std::slice::from_ref(&new),
            std::slice::from_ref(&cross),
            &[sample_event(&new.id)],
        ),
        "rolling over",
    );
    assert_eq!(
        fine(ledger.authorities(), "listing"),
        [sample_authority(), new.clone()]
    );
    assert_eq!(
        fine(ledger.cross_certificates(), "listing"),
        std::slice::from_ref(&cross)
    );

    let before = fine(ledger.audit_head(), "reading the log");
    let error = refused(
        ledger.roll_over(&[], &[cross], &[sample_event("again")]),
        "a second record of a cross-certificate",
    );
    assert!(matches!(error, LedgerError::AuthorityExists { .. }), "{error}");
    let mut orphan = self::cross(&new);
    orphan.id = "other".to_owned();
    orphan.issuer = "nobody".to_owned();
    let error = refused(
        ledger.roll_over(&[], &[orphan], &[sample_event("orphan")]),
        "a cross-certificate of an unknown issuer",
    );
    assert!(matches!(error, LedgerError::UnknownAuthority { .. }), "{error}");
    assert_eq!(fine(ledger.audit_head(), "reading the log"), before);
}

pub(super) fn an_authority_can_change(ledger: &dyn Ledger) {
    let id = sample_authority().id;
    let changes = [
        AuthorityChange::Retired {
            id: id.clone(),
            at: now(),
        },
        AuthorityChange::BaseUrl {
            id: id.clone(),
            base_url: Some("http://new.example.org".to_owned()),
        },
    ];
    fine(
        ledger.change_authorities(&changes, &[sample_event(&id)]),
        "changing",
    );
    // The first moment stays.
    let again = AuthorityChange::Retired {
        id,
        at: now() + TimeDelta::days(1),
    };
    fine(ledger.change_authorities(&[again], &[]), "retiring again");
    let expected = AuthorityRecord {
        base_url: Some("http://new.example.org".to_owned()),
        retired_at: Some(now()),
        ..sample_authority()
    };
    assert_eq!(fine(ledger.authorities(), "listing"), [expected]);
    let unknown = AuthorityChange::Retired {
        id: "nobody".to_owned(),
        at: now(),
    };
    let error = refused(ledger.change_authorities(&[unknown], &[]), "retiring nobody");
    assert!(matches!(error, LedgerError::UnknownAuthority { .. }), "{error}");
}

pub(super) fn a_renewal_names_what_it_renews(ledger: &dyn Ledger) {
    let old = sample_intent("renewed@example.org");
    let new = Intent {
        renews: Some(old.serial),
        another: true,
        own_mail: false,
        ..sample_intent("renewed@example.org")
    };
    for intent in [&old, &new] {
        fine(ledger.reserve(std::slice::from_ref(intent), &[]), "reserving");
        fine(ledger.record_issued(&[sample_issued(intent)], &[]), "recording");
    }
    let record = fine(ledger.certificate(&new.serial), "looking up");
    assert_eq!(record.map(|record| record.intent), Some(new));
}

pub(super) fn a_notice_is_recorded_once(ledger: &dyn Ledger) {
    let notice = |subject: &str, period| NoticeRecord {
        subject: subject.to_owned(),
        period,
        created_at: now(),
        acted_at: now() + TimeDelta::days(1),
    };
    let given = [
        notice("4f6d", 30 * 86_400),
        notice("4f6d", 7 * 86_400),
        notice("other", 7 * 86_400),
    ];
    fine(
        ledger.record_notices(&given, &[sample_event("4f6d")]),
        "recording notices",
    );
    // Two processes may have given the same notice: the first record stays.
    let second = NoticeRecord {
        created_at: now() + TimeDelta::days(9),
        ..notice("4f6d", 7 * 86_400)
    };
    fine(ledger.record_notices(&[second], &[]), "recording a notice again");
    let mut found = fine(ledger.notices("4f6d"), "listing");
    found.sort_by_key(|notice| std::cmp::Reverse(notice.period));
    assert_eq!(found, given[..2]);
    assert_eq!(fine(ledger.notices("nothing"), "listing"), []);
}

fn successor() -> AuthorityRecord {
    AuthorityRecord {
        id: "sample-ca-99999999".to_owned(),
        certificate: vec![0x30, 0x02, 0x05, 0x00],
        ..sample_authority()
    }
}

fn cross(new: &AuthorityRecord) -> CrossCertificateRecord {
    let issuer = sample_authority().id;
    CrossCertificateRecord {
        id: CrossCertificateRecord::id_for(&new.id, &issuer),
        subject: new.id.clone(),
        issuer,
        certificate: vec![0x30, 0x03, 0x02, 0x01, 0x07],
        created_at: now(),
        acted_at: now() - TimeDelta::days(1),
    }
}

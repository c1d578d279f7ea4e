use std::fs;
use std::os::unix::fs::FileExt;
use std::path::Path;

use ca_core::audit::verify_chain;
use ca_core::ledger::conformance::{self, sample_authority, sample_event, sample_intent, sample_issued};
use ca_core::ledger::{
    CertificateFilter, Collection, IssuedRecord, Ledger, LedgerError, RevocationQuery, RevocationReason,
};
use ca_store::{SqliteLedger, StoreError};

use crate::support::{born, child, mode, part};

/// Makes a ledger with one issuing CA.
fn ledger(path: &Path) -> SqliteLedger {
    SqliteLedger::create(path, born()).unwrap().close().unwrap();
    let ledger = SqliteLedger::open(path).unwrap();
    ledger
        .add_authorities(&[sample_authority()], &[sample_event("authority")])
        .unwrap();
    ledger
}

/// Issues one certificate, from the reservation to the hand-over.
fn issue(ledger: &SqliteLedger, email: &str) -> Result<(), LedgerError> {
    let intent = sample_intent(email);
    let serial = intent.serial;
    let event = [sample_event(email)];
    ledger.reserve(std::slice::from_ref(&intent), &event)?;
    ledger.record_issued(&[sample_issued(&intent)], &event)?;
    ledger.mark_collected(&[Collection { serial, at: born() }], &event)
}

#[test]
fn conforms() {
    let temporary = tempfile::tempdir().unwrap();
    let number = std::cell::Cell::new(0);
    conformance::run(&|| {
        number.set(number.get() + 1);
        let path = temporary.path().join(format!("{}.db", number.get()));
        SqliteLedger::create(&path, born()).unwrap().close().unwrap();
        Box::new(SqliteLedger::open(&path).unwrap())
    });
}

#[test]
fn a_new_ledger_conforms_too() {
    // As `init` uses it, before it is moved into place.
    let temporary = tempfile::tempdir().unwrap();
    let number = std::cell::Cell::new(0);
    conformance::run(&|| {
        number.set(number.get() + 1);
        let path = temporary.path().join(format!("{}.db", number.get()));
        Box::new(SqliteLedger::create(&path, born()).unwrap())
    });
}

#[test]
fn survives_closing_and_is_private() {
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path().join("ca.db");
    let mut first = ledger(&path);
    issue(&first, "a@example.org").unwrap();
    for name in ["ca.db", "ca.db-wal", "ca.db-shm"] {
        assert_eq!(mode(&temporary.path().join(name)), 0o600, "{name}");
    }
    let before = first.list(&CertificateFilter::default(), born()).unwrap();
    assert_eq!(before.len(), 1);
    first.close().unwrap();
    let closed = first.list(&CertificateFilter::default(), born()).unwrap_err();
    assert!(closed.to_string().contains("closed"), "{closed}");
    let again = SqliteLedger::open(&path).unwrap();
    assert_eq!(again.list(&CertificateFilter::default(), born()).unwrap(), before);
    assert_eq!(again.meta().unwrap().created_at, born());
    assert_eq!(again.authorities().unwrap(), [sample_authority()]);
    again.check_integrity().unwrap();
}

#[test]
fn never_replaces_a_file() {
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path().join("ca.db");
    fs::write(&path, "precious").unwrap();
    assert!(matches!(
        SqliteLedger::create(&path, born()),
        Err(StoreError::File(_))
    ));
    assert_eq!(fs::read(&path).unwrap(), b"precious");
}

#[test]
fn other_files_are_recognised() {
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path().join("x.db");
    assert!(matches!(
        SqliteLedger::open(&path),
        Err(StoreError::Missing { .. })
    ));
    assert!(!path.exists());
    for content in [&b""[..], b"rubbish", &[0x5a; 100_000]] {
        fs::write(&path, content).unwrap();
        let error = SqliteLedger::open(&path).unwrap_err();
        assert!(matches!(error, StoreError::Foreign { .. }), "{error:?}");
        assert_eq!(fs::read(&path).unwrap(), content);
    }
    fs::remove_file(&path).unwrap();
    rusqlite::Connection::open(&path)
        .unwrap()
        .execute_batch("CREATE TABLE t (x)")
        .unwrap();
    assert!(matches!(
        SqliteLedger::open(&path),
        Err(StoreError::Foreign { .. })
    ));
    assert!(SqliteLedger::open(temporary.path()).is_err());
}

#[test]
fn a_newer_schema_is_refused_in_one_line() {
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path().join("ca.db");
    drop(ledger(&path));
    rusqlite::Connection::open(&path)
        .unwrap()
        .pragma_update(None, "user_version", 99)
        .unwrap();
    let error = SqliteLedger::open(&path).unwrap_err();
    assert!(matches!(error, StoreError::Newer { found: 99, .. }), "{error:?}");
    assert_eq!(error.to_string().lines().count(), 1);
}

#[test]
fn damage_is_an_error_and_not_a_wrong_answer() {
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path().join("ca.db");
    let mut full = ledger(&path);
    for n in 0..50 {
        issue(&full, &format!("u{n}@example.org")).unwrap();
    }
    full.close().unwrap();
    let sound = fs::read(&path).unwrap();
    let judge = |what: &str| {
        let error = match SqliteLedger::open(&path) {
            Err(error) => error,
            Ok(ledger) => match ledger.check_integrity() {
                Err(error) => error,
                Ok(()) => panic!("{what}: not noticed"),
            },
        };
        assert!(
            matches!(error, StoreError::Damaged { .. } | StoreError::Foreign { .. }),
            "{what}: {error:?}"
        );
        assert!(error.to_string().contains("backup"), "{error}");
    };
    // Every page but the first, whose header alone says what the file is.
    for page in 1..sound.len() / 4096 {
        fs::write(&path, &sound).unwrap();
        let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
        file.write_all_at(&[0xa5; 512], page as u64 * 4096).unwrap();
        judge(&format!("page {page}"));
    }
    fs::write(&path, &sound[..sound.len() / 2]).unwrap();
    judge("cut short");
    // Values that no version writes.
    fs::write(&path, &sound).unwrap();
    let raw = rusqlite::Connection::open(&path).unwrap();
    raw.execute(
        "UPDATE certificates SET usage = 'nonsense', emails = '[' WHERE number = 7",
        [],
    )
    .unwrap();
    drop(raw);
    let error = SqliteLedger::open(&path)
        .unwrap()
        .list(&CertificateFilter::default(), born())
        .unwrap_err();
    assert!(error.to_string().contains("damaged"), "{error}");
}

#[test]
fn a_full_disk_changes_nothing_and_is_named() {
    let Some(disk) = crate::support::SmallDisk::mount(1024) else {
        return;
    };
    let path = disk.path().join("ca.db");
    let mut small = ledger(&path);
    let mut issued = 0;
    let error = loop {
        match issue(&small, &format!("u{issued}@example.org")) {
            Ok(()) => issued += 1,
            Err(error) => break error,
        }
    };
    assert!(error.to_string().contains("no space left"), "{error}");
    assert!(error.to_string().contains("ca.db"), "{error}");
    assert!(issued > 10);
    // Nothing confirmed is lost, and the chain is whole.
    let judge = |ledger: &SqliteLedger| {
        let collected = ledger.list(&CertificateFilter::default(), born()).unwrap();
        assert_eq!(
            collected
                .iter()
                .filter(|record| record.collected_at.is_some())
                .count(),
            issued
        );
        verify_chain(&ledger.audit_entries(0, usize::MAX).unwrap()).unwrap();
    };
    judge(&small);
    let _ = small.close();
    judge(&SqliteLedger::open(&path).unwrap());
}

#[test]
fn a_read_only_file_system_is_named() {
    let Some(disk) = crate::support::SmallDisk::mount(1024) else {
        return;
    };
    let path = disk.path().join("ca.db");
    drop(ledger(&path));
    disk.make_read_only();
    let error = SqliteLedger::open(&path).unwrap_err();
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error:?}");
    let new = SqliteLedger::create(&disk.path().join("new.db"), born()).unwrap_err();
    assert!(new.to_string().contains("read-only"), "{new}");
}

#[test]
fn processes_issuing_at_once_neither_corrupt_nor_duplicate() {
    const TEST: &str = "ledger::processes_issuing_at_once_neither_corrupt_nor_duplicate";
    const EACH: usize = 40;
    if let Some((part, directory)) = part() {
        let ledger = SqliteLedger::open(&directory.join("ca.db")).unwrap();
        for n in 0..EACH {
            issue(&ledger, &format!("{part}-{n}@example.org")).unwrap();
            // All are after these addresses.
            match issue(&ledger, &format!("wanted-{n}@example.org")) {
                Ok(()) | Err(LedgerError::DuplicateAddress { .. }) => {}
                Err(error) => panic!("{error}"),
            }
        }
        return;
    }
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path().join("ca.db");
    let ledger = ledger(&path);
    std::thread::scope(|scope| {
        for name in ["a", "b", "c"] {
            let directory = temporary.path();
            scope.spawn(move || {
                let done = child(TEST, name, directory, None);
                assert!(done.status.success(), "{done:?}");
            });
        }
    });
    ledger.check_integrity().unwrap();
    let records = ledger.list(&CertificateFilter::default(), born()).unwrap();
    assert_eq!(records.len(), 4 * EACH);
    let wanted = records
        .iter()
        .filter(|record| record.intent.emails[0].starts_with("wanted"));
    assert_eq!(wanted.count(), EACH);
    assert!(ledger.unfinished().unwrap().is_empty());
    let entries = ledger.audit_entries(0, usize::MAX).unwrap();
    assert_eq!(entries.len(), 1 + 3 * 4 * EACH);
    verify_chain(&entries).unwrap();
}

#[test]
fn a_certificate_comes_back_whatever_its_shape() {
    let temporary = tempfile::tempdir().unwrap();
    let ledger = ledger(&temporary.path().join("ca.db"));
    let tbs = [0x30, 0x03, 0x02, 0x01, 0x00].as_slice();
    let shapes = [
        [&[0x30, 0x82, 0x01, 0x00], tbs, &[1; 90]].concat(),
        [tbs, tbs].concat(),
        tbs.to_vec(),
        b"something else".to_vec(),
        Vec::new(),
    ];
    for (n, certificate) in shapes.into_iter().enumerate() {
        let intent = sample_intent(&format!("u{n}@example.org"));
        ledger.reserve(std::slice::from_ref(&intent), &[]).unwrap();
        let issued = IssuedRecord {
            certificate,
            ..sample_issued(&intent)
        };
        ledger.record_issued(std::slice::from_ref(&issued), &[]).unwrap();
        let found = ledger.certificate(&intent.serial).unwrap().unwrap();
        assert_eq!(found.issued, Some(issued), "{n}");
    }
}

/// The migrations, oldest first.
fn migrations() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/migrations");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
        .iter()
        .map(|file| std::fs::read_to_string(file).unwrap())
        .collect()
}

#[test]
fn every_earlier_schema_is_brought_forward() {
    let current = migrations().len();
    for schema in 1..current {
        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path().join("ca.db");
        write_schema(&path, schema);
        let ledger = SqliteLedger::open(&path).unwrap();
        assert_eq!(
            ledger.meta().unwrap().schema_version as usize,
            current,
            "{schema}"
        );
        is_kept(&ledger);
        // It goes on, and the next opening finds nothing to do.
        let intent = sample_intent(&format!("next-{schema}@example.org"));
        ledger
            .reserve(std::slice::from_ref(&intent), &[sample_event("x")])
            .unwrap();
        ledger.record_issued(&[sample_issued(&intent)], &[]).unwrap();
        ledger.check_integrity().unwrap();
        drop(ledger);
        let again = SqliteLedger::open(&path).unwrap();
        is_kept(&again);
        assert_eq!(
            again.list(&CertificateFilter::default(), born()).unwrap().len(),
            2
        );
    }
}

/// Writes a ledger as the version with this schema left it, with a revoked certificate.
fn write_schema(path: &Path, schema: usize) {
    let old = rusqlite::Connection::open(path).unwrap();
    let migrations = migrations();
    old.execute_batch(&migrations[0]).unwrap();
    old.execute_batch(
        "PRAGMA application_id = 0x63616368;
         PRAGMA user_version = 1;
         INSERT INTO meta VALUES (1800000000000000);
         INSERT INTO authorities VALUES (1, 'sample-ca-0a1b2c3d', 'Sample CA', 'issuing', NULL, '[\"1\"]',
             x'3000', 'keys/sample.key', NULL, 1800000000000000, 1800000000000000);
         INSERT INTO certificates (serial, authority, class, policy_oid, policy_sha256, subject, name, emails,
             usage, key, key_id, evidence, not_before, not_after, tbs, another, created_at, acted_at,
             wrapping, sha256, issued_at, revocation_reason, revoked_at, revocation_at)
         VALUES (x'0000000000000000000000000000000000000001', 1, '1', '1.3.6.1', zeroblob(32), 'CN=B', '', '[\"b@example.org\"]', 'dual',
             'rsa-2048', zeroblob(20), '[]', 0, 1900000000000000, x'3000', 0, 0, 0,
             x'3000', zeroblob(32), 0, 'superseded', 1800000000000000, 1800000000000000);",
    )
    .unwrap();
    for migration in migrations.iter().take(schema).skip(1) {
        old.execute_batch(migration).unwrap();
    }
    old.pragma_update(None, "user_version", i64::try_from(schema).unwrap())
        .unwrap();
}

/// What [`write_schema`] wrote is there.
fn is_kept(ledger: &SqliteLedger) {
    let issuer = &sample_authority().id;
    let query = RevocationQuery {
        issuer,
        upto: u64::MAX,
        after: None,
    };
    let mut found = Vec::new();
    ledger
        .visit_revocations(&query, &mut |entry| found.push(entry))
        .unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].reason, Some(RevocationReason::Superseded));
    let serial = found[0].serial;
    assert_eq!(serial.to_string(), "1");
    assert!(ledger.revocation(issuer, &serial).unwrap().is_some());
    assert_eq!(ledger.last_revocation_change(issuer).unwrap(), 1);
}

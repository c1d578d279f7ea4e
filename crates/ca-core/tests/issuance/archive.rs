//! Sealed keys: what can be sealed, who can open it, and that other programs can.

use crate::peer;
use crate::support::{Setup, World, now, request};
use ca_core::archive::{ArchiveError, DecryptionKey, RecoveryAgents, open};
use ca_core::authority::Issued;
use ca_core::ledger::ArchivedKey;
use ca_core::{Class, KeySource, Usage};
use identity::identity::Identity;
use identity::{KeyAlgorithm, PrivateKey};
use std::process::Command;

/// Issues a certificate for a new P-256 key.
fn issue(world: &World, email: &str, usage: Usage) -> (Issued, PrivateKey) {
    let key = PrivateKey::generate(KeyAlgorithm::EcP256).unwrap();
    let mut request = request(Class::One, email, KeyAlgorithm::EcP256, usage);
    request.key = KeySource::Existing(key.public_key().clone());
    (world.issue(request, &key).unwrap(), key)
}

fn agent(world: &World, name: &str) -> Identity {
    let (issued, key) = issue(world, &format!("{name}@example.org"), Usage::Dual);
    Identity::new(key, issued.certificate().clone(), Vec::new()).unwrap()
}

fn agents(of: &[&Identity], required: u32) -> Result<RecoveryAgents, ArchiveError> {
    let certificates = of.iter().map(|agent| agent.certificate().clone()).collect();
    RecoveryAgents::new(certificates, required)
}

#[test]
fn a_key_that_signs_is_never_sealed() {
    let world = World::new(&Setup::default());
    for usage in [Usage::Sign, Usage::Dual] {
        let (issued, key) = issue(&world, &format!("{usage}@example.org"), usage);
        let error = DecryptionKey::new(&key, issued.certificate(), &world.ledger).unwrap_err();
        assert!(matches!(error, ArchiveError::Signs { .. }), "{error}");
    }
    // A root's certificate, and somebody else's key.
    let (issued, key) = issue(&world, "carol@example.org", Usage::Encrypt);
    assert!(DecryptionKey::new(&key, &world.root, &world.ledger).is_err());
    let other = PrivateKey::generate(KeyAlgorithm::EcP256).unwrap();
    let error = DecryptionKey::new(&other, issued.certificate(), &world.ledger).unwrap_err();
    assert!(matches!(error, ArchiveError::OtherKey { .. }), "{error}");
}

#[test]
fn a_key_that_signs_by_another_certificate_is_never_sealed() {
    let world = World::new(&Setup::default());
    let key = PrivateKey::generate(KeyAlgorithm::EcP256).unwrap();
    let certify = |usage| {
        let mut request = request(Class::One, "carol@example.org", KeyAlgorithm::EcP256, usage);
        request.key = KeySource::Existing(key.public_key().clone());
        world.issue(request, &key).unwrap()
    };
    let encrypting = certify(Usage::Encrypt);
    assert!(DecryptionKey::new(&key, encrypting.certificate(), &world.ledger).is_ok());
    let signing = certify(Usage::Sign).serial().to_string();
    let error = DecryptionKey::new(&key, encrypting.certificate(), &world.ledger).unwrap_err();
    assert!(
        matches!(&error, ArchiveError::Signs { serial } if *serial == signing),
        "{error}"
    );
}

#[test]
fn as_many_agents_open_a_key_as_it_takes() {
    let world = World::new(&Setup::default());
    let [ann, ben, cem, eve] = ["ann", "ben", "cem", "eve"].map(|name| agent(&world, name));
    let (issued, key) = issue(&world, "carol@example.org", Usage::Encrypt);
    let sealed = |required| {
        let agents = agents(&[&ann, &ben, &cem], required).unwrap();
        ArchivedKey {
            serial: *issued.serial(),
            sealed: agents
                .seal(
                    DecryptionKey::new(&key, issued.certificate(), &world.ledger).unwrap(),
                    now(),
                )
                .unwrap(),
            at: now(),
        }
    };
    let alone = sealed(1);
    for agent in [&ann, &ben, &cem] {
        let recovered = open(&alone, std::slice::from_ref(agent)).unwrap();
        assert_eq!(recovered.key.pkcs8_der(), key.pkcs8_der());
        assert_eq!(recovered.opened_by, [agent.certificate().subject().to_string()]);
    }
    let together = sealed(2);
    for pair in [[&ann, &ben], [&cem, &ben], [&cem, &ann]] {
        let recovered = open(&together, &pair.map(Clone::clone)).unwrap();
        assert_eq!(recovered.key.pkcs8_der(), key.pkcs8_der());
        assert_eq!(recovered.opened_by.len(), 2);
    }
    for too_few in [
        vec![],
        vec![eve.clone()],
        vec![ann.clone()],
        vec![ann.clone(), eve.clone()],
    ] {
        let error = open(&together, &too_few).unwrap_err();
        assert!(matches!(error, ArchiveError::AgentsMissing { .. }), "{error}");
    }
    assert!(open(&alone, std::slice::from_ref(&eve)).is_err());
    let mut damaged = alone;
    let last = damaged.sealed[0].message.len() - 40;
    damaged.sealed[0].message[last] ^= 1;
    let error = open(&damaged, std::slice::from_ref(&ann)).unwrap_err();
    assert!(matches!(error, ArchiveError::Open { .. }), "{error}");

    // One agent with two certificates is one agent.
    let error = agents(&[&ann, &ann], 2).unwrap_err();
    assert!(matches!(error, ArchiveError::TooFewAgents { .. }), "{error}");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "openssl reads files")]
fn another_program_opens_a_sealed_key() {
    if !peer::available("openssl") {
        return;
    }
    let world = World::new(&Setup::default());
    let ann = agent(&world, "ann");
    let (issued, key) = issue(&world, "carol@example.org", Usage::Encrypt);
    let sealed = agents(&[&ann], 1)
        .unwrap()
        .seal(
            DecryptionKey::new(&key, issued.certificate(), &world.ledger).unwrap(),
            now(),
        )
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ann.key"), ann.key().to_pkcs8_pem()).unwrap();
    std::fs::write(folder.path().join("sealed.eml"), &sealed[0].message).unwrap();
    let certificate = peer::file(ann.certificate());
    let output = Command::new("openssl")
        .current_dir(folder.path())
        .args([
            "cms",
            "-decrypt",
            "-in",
            "sealed.eml",
            "-inkey",
            "ann.key",
            "-recip",
        ])
        .arg(certificate.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let pem = text.split_once("\r\n\r\n").unwrap().1;
    let opened = PrivateKey::from_pem(pem.as_bytes(), None).unwrap();
    assert_eq!(opened.pkcs8_der(), key.pkcs8_der());
}

//! What certificates hold.

use crate::support::{Setup, World, key, now, policies, request};
use ca_core::{Class, Usage};
use chrono::TimeDelta;
use identity::certificate::GeneralName;
use identity::{Certificate, KeyAlgorithm};

#[test]
fn a_root() {
    let root = World::new(&Setup::default()).root;
    assert!(root.is_ca() && root.is_self_issued());
    assert_eq!(root.basic_constraints().unwrap().path_len, Some(1));
    let usage = root.key_usage().unwrap();
    assert!(usage.key_cert_sign && usage.crl_sign && !usage.digital_signature);
    assert_eq!(root.extended_key_usage(), None);
    assert_eq!(
        root.subject().to_string(),
        "CN=Example Root CA,O=Example School,C=FR"
    );
    assert_eq!(
        root.subject_key_identifier().unwrap(),
        root.public_key().subject_key_identifier()
    );
    assert!(root.certificate_policies().is_empty() && root.crl_distribution_points().is_empty());
}

#[test]
fn an_issuing_authority() {
    let setup = Setup {
        domains: vec!["exämple.org".to_owned()],
        base_url: Some("http://pki.example.org/".parse().unwrap()),
        ..Setup::default()
    };
    let world = World::new(&setup);
    let issuing = world.issuing.certificate();
    assert_eq!(issuing.basic_constraints().unwrap().path_len, Some(0));
    assert_eq!(
        issuing.authority_key_identifier(),
        world.root.subject_key_identifier()
    );
    assert_eq!(issuing.issuer().der(), world.root.subject().der());
    assert_eq!(issuing.extended_key_usage().unwrap().len(), 1);
    assert!(!is_critical(issuing, "2.5.29.37"), "extended key usage");
    assert!(!is_critical(issuing, "2.5.29.30"), "name constraints");
    assert_eq!(
        world.issuing.permitted_domains(),
        ["xn--exmple-cua.org", ".xn--exmple-cua.org"]
    );
    let root_id = ca_core::authority::authority_id(&world.root);
    let digits = hex::encode(&world.root.public_key().subject_key_identifier()[..4]);
    assert_eq!(root_id, format!("example-root-ca-{digits}"));
    assert_eq!(
        issuing.crl_distribution_points(),
        [format!("http://pki.example.org/crl/{root_id}.crl")]
    );
    assert_eq!(
        issuing.ca_issuers_urls(),
        [format!("http://pki.example.org/ca/{root_id}.crt")]
    );
    assert_eq!(
        issuing.certificate_policies(),
        [policies().profile(Class::One).unwrap().policy_oid()]
    );
    assert!(is_critical(
        World::new(&Setup {
            critical: true,
            ..setup
        })
        .issuing
        .certificate(),
        "2.5.29.30"
    ));
}

#[test]
fn a_person() {
    let setup = Setup {
        base_url: Some("http://pki.example.org".parse().unwrap()),
        ..Setup::default()
    };
    let world = World::new(&setup);
    let alice = request(
        Class::One,
        "Alice@Example.org",
        KeyAlgorithm::Rsa2048,
        Usage::Dual,
    );
    let issued = world.issue(alice, key(KeyAlgorithm::Rsa2048, 2)).unwrap();
    let certificate = issued.certificate();
    assert_eq!(certificate.emails(), ["Alice@example.org"]);
    assert_eq!(certificate.not_before(), now() - TimeDelta::hours(1));
    assert_eq!(
        certificate.not_after() - certificate.not_before(),
        TimeDelta::days(365) - TimeDelta::seconds(1)
    );
    let usage = certificate.key_usage().unwrap();
    assert!(
        usage.digital_signature && usage.key_encipherment && !usage.key_agreement && !usage.key_cert_sign
    );
    assert!(
        !certificate.is_ca()
            && is_critical(certificate, "2.5.29.19")
            && is_critical(certificate, "2.5.29.15")
    );
    assert!(!is_critical(certificate, "2.5.29.37") && !is_critical(certificate, "2.5.29.17"));
    assert_eq!(
        certificate.crl_distribution_points(),
        [format!("http://pki.example.org/crl/{}.crl", world.issuing.id())]
    );
    assert!(
        certificate.ocsp_urls().is_empty(),
        "the policy does not ask for it"
    );
    let capabilities = certificate.smime_capabilities().unwrap();
    let capabilities: Vec<_> = capabilities
        .iter()
        .map(|capability| capability.oid.to_string())
        .collect();
    assert_eq!(
        capabilities,
        [
            "2.16.840.1.101.3.4.1.42",
            "2.16.840.1.101.3.4.1.22",
            "2.16.840.1.101.3.4.1.2"
        ]
    );
    assert_eq!(
        certificate.serial().len().max(16),
        certificate.serial().len(),
        "about 159 bits"
    );
    assert_eq!(issued.chain().len(), 2);
}

#[test]
fn key_usage_follows_key_and_usage() {
    let world = World::new(&Setup::default());
    for (algorithm, usage, expected) in [
        (KeyAlgorithm::EcP256, Usage::Dual, (true, false, true)),
        (KeyAlgorithm::EcP384, Usage::Sign, (true, false, false)),
        (KeyAlgorithm::EcP521, Usage::Encrypt, (false, false, true)),
        (KeyAlgorithm::Rsa2048, Usage::Sign, (true, false, false)),
        (KeyAlgorithm::Rsa2048, Usage::Encrypt, (false, true, false)),
        (KeyAlgorithm::Ed25519, Usage::Sign, (true, false, false)),
    ] {
        let email = format!("{algorithm}-{usage}@example.org");
        let issued = world
            .issue(request(Class::One, &email, algorithm, usage), key(algorithm, 2))
            .unwrap();
        let bits = issued.certificate().key_usage().unwrap();
        assert_eq!(
            (bits.digital_signature, bits.key_encipherment, bits.key_agreement),
            expected,
            "{email}"
        );
        assert_eq!(
            issued.certificate().smime_capabilities().is_some(),
            usage != Usage::Sign,
            "{email}"
        );
        assert!(
            issued.certificate().crl_distribution_points().is_empty(),
            "no base URL"
        );
    }
}

#[test]
fn internationalised_addresses() {
    let world = World::new(&Setup::default());
    let algorithm = KeyAlgorithm::EcP256;
    let zoe = world
        .issue(
            request(Class::One, "zoé@exämple.org", algorithm, Usage::Dual),
            key(algorithm, 2),
        )
        .unwrap();
    assert!(matches!(
        zoe.certificate().subject_alt_names(),
        [GeneralName::SmtpUtf8(address)] if address.starts_with("zoé@") && address.ends_with("xn--exmple-cua.org")
    ));
    let bob = world
        .issue(
            request(Class::One, "bob@exämple.org", algorithm, Usage::Dual),
            key(algorithm, 2),
        )
        .unwrap();
    assert!(matches!(
        bob.certificate().subject_alt_names(),
        [GeneralName::Rfc822(address)] if address == "bob@xn--exmple-cua.org"
    ));
}

fn is_critical(certificate: &Certificate, oid: &str) -> bool {
    certificate
        .extensions()
        .any(|extension| extension.oid.to_string() == oid && extension.critical)
}

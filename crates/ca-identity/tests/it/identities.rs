//! Keys, certificates and chains put together from files in any order.

use identity::identity::{Identity, IdentityError};
use identity::pkcs12::{Bag, MACHINE_PASSWORD_ITERATIONS, Preset, ReadOptions, write};
use identity::{Certificate, PrivateKey};
use identity::{Passphrase, pem};

use crate::openssl::Openssl;

/// A root, two issuing CAs of one name with different keys, and certificates under the second.
fn authority() -> Option<Openssl> {
    let openssl = Openssl::new()?;
    openssl.write(
        "ca.cnf",
        "basicConstraints=critical,CA:TRUE\nsubjectKeyIdentifier=none\nauthorityKeyIdentifier=none\n",
    );
    openssl.write("mail.cnf", "keyUsage=critical,digitalSignature,keyAgreement\nextendedKeyUsage=emailProtection\nsubjectAltName=email:alice@example.org\nsubjectKeyIdentifier=none\nauthorityKeyIdentifier=none\n");
    openssl.write("server.cnf", "extendedKeyUsage=serverAuth\n");
    openssl.write(
        "any.cnf",
        "extendedKeyUsage=anyExtendedKeyUsage\nkeyUsage=nonRepudiation\n",
    );
    let key = |name: &str| {
        openssl.run(&format!(
            "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out {name}.key"
        ));
    };
    let sign = |name: &str, subject: &str, key: &str, issuer: &str, extensions: &str, days: u32| {
        openssl.run(&format!(
            "req -new -key {key}.key -subj /CN={subject} -out {name}.csr"
        ));
        openssl.run(&format!(
            "x509 -req -in {name}.csr -CA {issuer}.pem -CAkey {issuer}.key -CAcreateserial -days {days} -extfile {extensions}.cnf -out {name}.pem"
        ));
    };
    ["root", "first", "second", "alice"].into_iter().for_each(key);
    // Without key identifiers: names and signatures alone tell who issued what.
    openssl.write(
        "bare.cnf",
        "[req]\ndistinguished_name=dn\nx509_extensions=ca\n[dn]\n[ca]\nbasicConstraints=critical,CA:TRUE\n",
    );
    openssl.run("req -x509 -key root.key -config bare.cnf -subj /CN=Root -days 30 -out root.pem");
    sign("first", "Issuing", "first", "root", "ca", 20);
    sign("second", "Issuing", "second", "root", "ca", 10);
    sign("mail", "Alice", "alice", "second", "mail", 5);
    sign("server", "Alice", "alice", "second", "server", 5);
    sign("any", "Alice", "alice", "second", "any", 5);
    Some(openssl)
}

fn certificate(openssl: &Openssl, name: &str) -> Certificate {
    pem::certificates(&openssl.read(&format!("{name}.pem")))
        .unwrap()
        .remove(0)
}

fn bundle(openssl: &Openssl, names: &[&str]) -> Vec<u8> {
    names.iter().flat_map(|name| openssl.read(name)).collect()
}

#[test]
fn the_signature_tells_namesakes_apart() {
    let Some(openssl) = authority() else { return };
    let leaf = certificate(&openssl, "mail");
    assert!(leaf.authority_key_identifier().is_none(), "else it would decide");
    for order in [
        ["root.pem", "first.pem", "alice.key", "second.pem", "mail.pem"],
        ["mail.pem", "second.pem", "first.pem", "root.pem", "alice.key"],
    ] {
        let found = Identity::from_pem(&bundle(&openssl, &order), None).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].certificate(), &certificate(&openssl, "mail"));
        assert_eq!(
            found[0].chain(),
            [certificate(&openssl, "second"), certificate(&openssl, "root")]
        );
    }
    let without_issuer = bundle(&openssl, &["alice.key", "mail.pem", "first.pem", "root.pem"]);
    assert!(
        Identity::from_pem(&without_issuer, None).unwrap()[0]
            .chain()
            .is_empty()
    );
}

#[test]
fn usages_decide_what_an_identity_can_do() {
    let Some(openssl) = authority() else { return };
    for (name, sign, encrypt) in [
        ("mail", true, true),
        ("server", false, false),
        ("any", true, false),
    ] {
        let bytes = bundle(&openssl, &["alice.key", &format!("{name}.pem")]);
        let identity = Identity::from_pem(&bytes, None).unwrap().remove(0);
        assert_eq!(
            (identity.can_sign(), identity.can_encrypt()),
            (sign, encrypt),
            "{name}"
        );
    }
}

#[test]
fn a_key_under_a_passphrase() {
    let Some(openssl) = authority() else { return };
    openssl.run("pkcs8 -topk8 -in alice.key -v2 aes256 -passout pass:secret -out sealed.key");
    let bytes = bundle(&openssl, &["mail.pem", "sealed.key", "second.pem", "root.pem"]);
    let open = |text: &str| Identity::from_pem(&bytes, Some(&Passphrase::new(text).unwrap()));
    assert_eq!(open("secret").unwrap()[0].chain().len(), 2);
    assert!(matches!(open("wrong"), Err(IdentityError::Key(_))));
    assert!(matches!(
        Identity::from_pem(&bytes, None),
        Err(IdentityError::Key(_))
    ));
}

#[test]
fn what_does_not_fit_together_is_refused() {
    let Some(openssl) = authority() else { return };
    let key = PrivateKey::from_pem(&openssl.read("first.key"), None).unwrap();
    let mismatch = Identity::new(key, certificate(&openssl, "mail"), Vec::new()).unwrap_err();
    assert!(matches!(mismatch, IdentityError::KeyMismatch { .. }));
    assert!(mismatch.to_string().contains("CN=Alice"), "{mismatch}");
    let refused = |names: &[&str]| Identity::from_pem(&bundle(&openssl, names), None).unwrap_err();
    assert!(matches!(
        refused(&["alice.key"]),
        IdentityError::NoCertificate { .. }
    ));
    assert!(matches!(
        refused(&["alice.key", "root.pem"]),
        IdentityError::NoCertificate { .. }
    ));
    assert!(matches!(refused(&["mail.pem"]), IdentityError::NoKey { .. }));
}

/// A certificate renewed with the same key: both open mail, the labelled one comes first.
#[test]
fn a_renewed_certificate_in_the_same_file() {
    let Some(openssl) = authority() else { return };
    let key = PrivateKey::from_pem(&openssl.read("alice.key"), None).unwrap();
    let mail = certificate(&openssl, "mail");
    // Certificates count in seconds; the label must outweigh the age.
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    openssl.run("x509 -req -in mail.csr -CA second.pem -CAkey second.key -CAcreateserial -days 5 -extfile mail.cnf -out renewed.pem");
    let renewed = certificate(&openssl, "renewed");
    assert!(renewed.not_before() > mail.not_before());
    let password = Passphrase::new("secret").unwrap();
    for (labelled, other) in [(&mail, &renewed), (&renewed, &mail)] {
        let bag = Bag {
            key: &key,
            certificate: labelled,
        };
        let rounds = Some(MACHINE_PASSWORD_ITERATIONS);
        let chain = [other.clone(), certificate(&openssl, "second")];
        let bytes = write(&[bag], &chain, "alice", &password, Preset::Modern, rounds).unwrap();
        let found = Identity::from_pkcs12(&bytes, Some(&password), ReadOptions::default()).unwrap();
        let certificates: Vec<_> = found.iter().map(Identity::certificate).collect();
        assert_eq!(certificates, [labelled, other]);
        assert!(
            found
                .iter()
                .all(|identity| identity.chain() == [certificate(&openssl, "second")])
        );
    }
}

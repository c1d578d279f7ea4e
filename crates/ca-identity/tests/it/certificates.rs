//! Certificates as OpenSSL makes them, and files of certificates in every form.

use identity::certificate::{CertificateError, GeneralName};
use identity::{Certificate, KeyKind, PrivateKey, SignatureScheme, VerifyError, pem};

use crate::openssl::Openssl;

const CONFIG: &str = "
[req]
distinguished_name=dn
prompt=no
utf8=yes
string_mask=utf8only
[dn]
C=FR
0.OU=One
1.OU=Two
CN=Zoé, Z
emailAddress=subject@example.org
[ca]
basicConstraints=critical,CA:TRUE,pathlen:1
keyUsage=critical,keyCertSign,cRLSign
subjectKeyIdentifier=hash
nameConstraints=permitted;email:.example.org,permitted;IP:192.0.2.0/255.255.255.0,excluded;dirName:excl
[excl]
O=Evil
[leaf]
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature,keyEncipherment
extendedKeyUsage=emailProtection,1.2.3.4
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
subjectAltName=@alt
certificatePolicies=1.3.6.1.4.1.32473.1,2.5.29.32.0
crlDistributionPoints=URI:http://crl.example/1.crl,URI:http://crl.example/2.crl
authorityInfoAccess=OCSP;URI:http://ocsp.example/,caIssuers;URI:http://ca.example/ca.crt
1.2.840.113549.1.9.15=DER:300d300b060960864801650304012a
1.2.3.4.5=critical,DER:0500
[alt]
email=zoe@example.org
otherName.1=1.3.6.1.5.5.7.8.9;FORMAT:UTF8,UTF8:zoé@example.org
DNS=x.example
IP=2001:db8::1
URI=http://x.example/
RID=1.2.3
dirName=dir
otherName.2=1.2.3.9;UTF8:x
[dir]
CN=dir
";

fn make(openssl: &Openssl, key: &str, options: &str) {
    openssl.write("c.cnf", CONFIG);
    openssl.run(&format!("genpkey {key} -out ca.key"));
    openssl.run(&format!(
        "req -x509 -new -key ca.key -config c.cnf -extensions ca -subj /O=School/CN=Root -days 30 -out ca.pem {options}"
    ));
    openssl.run("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out leaf.key");
    openssl.run("req -new -key leaf.key -config c.cnf -out leaf.csr");
    openssl.run(&format!(
        "x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -set_serial 0x00AbCd -days 10 -extfile c.cnf -extensions leaf -out leaf.pem {options}"
    ));
}

fn certificate(openssl: &Openssl, file: &str) -> Certificate {
    pem::certificates(&openssl.read(file)).unwrap().remove(0)
}

#[test]
fn every_field_of_a_rich_certificate() {
    let Some(openssl) = Openssl::new() else { return };
    make(
        &openssl,
        "-algorithm EC -pkeyopt ec_paramgen_curve:P-384",
        "-sha384",
    );
    let (ca, leaf) = (certificate(&openssl, "ca.pem"), certificate(&openssl, "leaf.pem"));

    assert_eq!(
        (leaf.version(), leaf.serial(), leaf.serial_hex().as_str()),
        (3, &[0, 0xab, 0xcd][..], "abcd")
    );
    assert_eq!(
        leaf.subject().to_string(),
        "emailAddress=subject@example.org,CN=Zoé\\, Z,OU=Two,OU=One,C=FR"
    );
    assert!(leaf.issuer().matches(ca.subject()) && ca.is_self_issued() && !leaf.is_self_issued());
    assert_eq!(leaf.public_key().kind(), KeyKind::EcP256);
    leaf.verify_signed_by(ca.public_key()).unwrap();
    ca.verify_signed_by(ca.public_key()).unwrap();
    assert!(leaf.verify_signed_by(leaf.public_key()).is_err());

    let usage = leaf.key_usage().unwrap();
    assert!(usage.digital_signature && usage.key_encipherment && !usage.key_cert_sign);
    assert!(ca.key_usage().unwrap().key_cert_sign && ca.key_usage().unwrap().crl_sign);
    let purposes: Vec<_> = leaf
        .extended_key_usage()
        .unwrap()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(purposes, ["1.3.6.1.5.5.7.3.4", "1.2.3.4"]);
    assert_eq!(ca.basic_constraints().unwrap().path_len, Some(1));
    assert!(ca.is_ca() && !leaf.is_ca());
    assert_eq!(leaf.authority_key_identifier(), ca.subject_key_identifier());
    assert_eq!(
        leaf.subject_key_identifier(),
        Some(&leaf.public_key().subject_key_identifier()[..])
    );

    let names = leaf.subject_alt_names();
    assert_eq!(names.len(), 8);
    assert!(matches!(&names[1], GeneralName::SmtpUtf8(address) if address == "zoé@example.org"));
    assert!(matches!(&names[3], GeneralName::Ip(address) if address.to_string() == "2001:db8::1"));
    assert!(matches!(&names[6], GeneralName::Directory(name) if name.to_string() == "CN=dir"));
    assert!(matches!(&names[7], GeneralName::Other { oid: Some(oid), .. } if oid.to_string() == "1.2.3.9"));
    assert_eq!(leaf.emails(), ["zoe@example.org", "zoé@example.org"]);
    assert_eq!(leaf.certificate_policies().len(), 2);
    assert_eq!(
        leaf.crl_distribution_points(),
        ["http://crl.example/1.crl", "http://crl.example/2.crl"]
    );
    assert_eq!(leaf.ocsp_urls(), ["http://ocsp.example/"]);
    assert_eq!(leaf.ca_issuers_urls(), ["http://ca.example/ca.crt"]);
    let capabilities = leaf.smime_capabilities().unwrap();
    assert_eq!(capabilities[0].oid.to_string(), "2.16.840.1.101.3.4.1.42");
    let unknown = leaf
        .extensions()
        .find(|extension| extension.oid.to_string() == "1.2.3.4.5")
        .unwrap();
    assert!(unknown.critical && unknown.value_der == [5, 0]);

    let constraints = ca.name_constraints().unwrap();
    assert!(matches!(&constraints.permitted[0], GeneralName::Rfc822(domain) if domain == ".example.org"));
    assert!(
        matches!(&constraints.permitted[1], GeneralName::IpNetwork(_, mask) if mask.to_string() == "255.255.255.0")
    );
    assert!(matches!(&constraints.excluded[0], GeneralName::Directory(name) if name.to_string() == "O=Evil"));

    let fingerprint = openssl.run("x509 -in leaf.pem -noout -fingerprint -sha256");
    let fingerprint = String::from_utf8(fingerprint).unwrap().replace(':', "");
    assert!(fingerprint.contains(&leaf.fingerprint_grouped().replace(' ', "")));
    assert_eq!(
        pem::encode_certificates(&[leaf]).as_bytes(),
        openssl.read("leaf.pem")
    );
}

#[test]
fn signatures_of_every_kind() {
    let Some(openssl) = Openssl::new() else { return };
    for (key, options) in [
        ("-algorithm RSA -pkeyopt rsa_keygen_bits:2048", "-sha256"),
        ("-algorithm RSA -pkeyopt rsa_keygen_bits:2048", "-sha1"),
        (
            "-algorithm RSA -pkeyopt rsa_keygen_bits:2048",
            "-sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest",
        ),
        ("-algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048", "-sha384"),
        ("-algorithm EC -pkeyopt ec_paramgen_curve:P-256", "-sha512"),
        ("-algorithm EC -pkeyopt ec_paramgen_curve:P-521", "-sha512"),
        ("-algorithm ED25519", ""),
    ] {
        make(&openssl, key, options);
        let (ca, leaf) = (certificate(&openssl, "ca.pem"), certificate(&openssl, "leaf.pem"));
        leaf.verify_signed_by(ca.public_key())
            .unwrap_or_else(|error| panic!("{key} {options}: {error}"));
        let scheme = SignatureScheme::from_algorithm_identifier_der(leaf.signature_algorithm_der()).unwrap();
        assert_eq!(
            scheme.algorithm_identifier_der(),
            leaf.signature_algorithm_der(),
            "{scheme} byte for byte"
        );
        let mut der = leaf.der().to_vec();
        let at = der.len() - leaf.signature().len() - leaf.tbs_der().len() / 2;
        der[at] ^= 0x20;
        if let Ok(damaged) = Certificate::from_der(&der) {
            assert_eq!(
                damaged.verify_signed_by(ca.public_key()),
                Err(VerifyError::BadSignature)
            );
        }
        let key = PrivateKey::from_pem(&openssl.read("ca.key"), None).unwrap();
        assert_eq!(
            key.public_key(),
            ca.public_key(),
            "the key belongs to the certificate"
        );
    }
}

#[test]
fn odd_serial_numbers_and_times() {
    let Some(openssl) = Openssl::new() else { return };
    make(&openssl, "-algorithm ED25519", "");
    for (serial, hex) in [("-5", "-5"), ("0", "0"), ("0xFF", "ff")] {
        openssl.run(&format!(
            "x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -set_serial {serial} -days 100000 -out odd.pem"
        ));
        let odd = certificate(&openssl, "odd.pem");
        assert_eq!(odd.serial_hex(), hex);
        assert!(odd.not_after() > odd.not_before() + chrono_days(99_999));
        assert_eq!(odd.emails(), ["subject@example.org"]);
    }
}

fn chrono_days(days: i64) -> chrono::TimeDelta {
    chrono::TimeDelta::days(days)
}

#[test]
fn a_repeated_extension_is_refused() {
    let Some(openssl) = Openssl::new() else { return };
    make(&openssl, "-algorithm ED25519", "");
    let leaf = certificate(&openssl, "leaf.pem");
    // keyUsage (2.5.29.15) becomes a second subjectKeyIdentifier (2.5.29.14).
    let mut der = leaf.der().to_vec();
    let at = der
        .windows(5)
        .position(|window| window == [0x06, 0x03, 0x55, 0x1d, 0x0f])
        .unwrap();
    der[at + 4] = 0x0e;
    assert!(matches!(
        Certificate::from_der(&der),
        Err(CertificateError::RepeatedExtension { .. })
    ));
    assert!(matches!(
        Certificate::from_der(&vec![0x30; 2 << 20]),
        Err(CertificateError::TooLong { length }) if length == 2 << 20
    ));
}

#[test]
fn files_of_certificates_in_every_form() {
    let Some(openssl) = Openssl::new() else { return };
    make(&openssl, "-algorithm ED25519", "");
    let both = [openssl.read("leaf.pem"), openssl.read("ca.pem")].concat();
    openssl.write("both.pem", &both);
    openssl.run("x509 -in leaf.pem -outform DER -out leaf.der");
    openssl.run("x509 -in leaf.pem -trustout -addtrust emailProtection -out trusted.pem");
    openssl.run("x509 -in leaf.pem -text -out text.pem");
    openssl.run("crl2pkcs7 -nocrl -certfile both.pem -out both.p7b");
    openssl.run("crl2pkcs7 -nocrl -certfile both.pem -outform DER -out both.der");
    let leaf = certificate(&openssl, "leaf.pem");
    for (file, count) in [
        ("leaf.pem", 1),
        ("both.pem", 2),
        ("leaf.der", 1),
        ("trusted.pem", 1),
        ("text.pem", 1),
        ("both.p7b", 2),
        ("both.der", 2),
    ] {
        let found = pem::certificates(&openssl.read(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!(found.len(), count, "{file}");
        assert!(found.contains(&leaf), "{file}");
    }
    // The same in BER: a ContentInfo of indefinite length.
    let der = openssl.read("both.der");
    let header = if der[1] == 0x82 { 4 } else { 3 };
    let ber = [&[0x30, 0x80][..], &der[header..], &[0, 0]].concat();
    assert_eq!(pem::certificates(&ber).unwrap().len(), 2);
    assert!(pem::certificates(&openssl.read("leaf.key")).is_err());

    let ours = pem::certs_only(&pem::certificates(&both).unwrap());
    openssl.write("ours.p7b", &ours);
    let printed = openssl.run("pkcs7 -inform DER -in ours.p7b -print_certs");
    assert_eq!(pem::certificates(&printed).unwrap().len(), 2);
    openssl.write("ours.pem", pem::encode("PKCS7", &ours));
    assert_eq!(
        pem::certificates(&openssl.run("pkcs7 -in ours.pem -print_certs"))
            .unwrap()
            .len(),
        2
    );
}

//! Certification requests and revocation lists, against OpenSSL.

use identity::csr::RequestError;
use identity::name::COMMON_NAME;
use identity::{
    CertificateList, CertificateRequest, DistinguishedName, Mailbox, PrivateKey, VerifyError, pem,
};

use crate::openssl::{Openssl, keys};

#[test]
fn openssl_accepts_our_requests() {
    let Some(openssl) = Openssl::new() else { return };
    let subject = DistinguishedName::from_attributes(&[(COMMON_NAME, "Zoé")]).unwrap();
    let emails = ["zoe@example.org", "zoé@bücher.example"].map(|text| Mailbox::parse(text).unwrap());
    for (algorithm, key) in keys() {
        let der = CertificateRequest::build(&subject, &emails, &key).unwrap();
        openssl.write("request.pem", pem::encode("CERTIFICATE REQUEST", &der));
        let text = openssl.run("req -in request.pem -verify -noout -text -nameopt RFC2253,utf8");
        let text = String::from_utf8(text).unwrap();
        assert!(text.contains("email:zoe@example.org"), "{algorithm}: {text}");
        assert!(text.contains("othername"), "{text}");
        let request = CertificateRequest::from_pem_or_der(&openssl.read("request.pem")).unwrap();
        request.verify().unwrap();
        assert_eq!(request.emails(), ["zoe@example.org", "zoé@xn--bcher-kva.example"]);
    }
}

#[test]
fn we_read_the_requests_of_openssl() {
    let Some(openssl) = Openssl::new() else { return };
    openssl.write(
        "req.cnf",
        "[req]\ndistinguished_name=dn\nreq_extensions=ext\n[dn]\n[ext]\nsubjectAltName=email:a@example.org,DNS:x.example\n\
         subjectKeyIdentifier=hash\n1.2.3.4=critical,DER:0500\nextendedKeyUsage=1.2.3.5\n",
    );
    for options in [
        "rsa:2048 -sha512",
        "rsa:2048 -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest",
        "ec -pkeyopt ec_paramgen_curve:P-521 -sha384",
        "ed25519",
    ] {
        openssl.run(&format!(
            "req -new -newkey {options} -nodes -keyout key.pem -out request.pem -subj /C=FR/OU=One/OU=Two/CN=x -config req.cnf"
        ));
        let request = CertificateRequest::from_pem_or_der(&openssl.read("request.pem")).unwrap();
        request
            .verify()
            .unwrap_or_else(|error| panic!("{options}: {error}"));
        assert_eq!(request.emails(), ["a@example.org"]);
        assert_eq!(request.subject().to_string(), "CN=x,OU=Two,OU=One,C=FR");
        assert!(request.requested_extensions().any(|extension| extension.critical));
        assert_eq!(request.requested_extensions().count(), 4);
        let key = PrivateKey::from_pem(&openssl.read("key.pem"), None).unwrap();
        assert_eq!(key.public_key(), request.public_key());

        let mut damaged = request.der().to_vec();
        *damaged.last_mut().unwrap() ^= 1;
        let damaged = CertificateRequest::from_der(&damaged).unwrap();
        assert_eq!(damaged.verify(), Err(VerifyError::BadSignature));
    }
    assert!(matches!(
        CertificateRequest::from_pem_or_der(b"hello"),
        Err(RequestError::NotFound)
    ));
}

#[test]
fn we_read_the_revocation_lists_of_openssl() {
    let Some(openssl) = Openssl::new() else { return };
    openssl.write(
        "ca.cnf",
        "[ca]\ndefault_ca=c\n[c]\ndatabase=index.txt\ncrlnumber=crlnumber\ndefault_md=sha256\ncrl_extensions=e\n\
         [e]\nauthorityKeyIdentifier=keyid\n",
    );
    openssl.write("crlnumber", "0A00\n");
    openssl.write(
        "index.txt",
        "R\t351231235959Z\t250601000000Z,keyCompromise\t00F00D\tunknown\t/CN=x\n\
         R\t351231235959Z\t250602000000Z\t7B\tunknown\t/CN=y\n",
    );
    openssl.run("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out ca.pem -subj /CN=Root");
    openssl.run("ca -gencrl -config ca.cnf -cert ca.pem -keyfile key.pem -crldays 30 -out crl.pem");
    openssl.run("crl -in crl.pem -outform DER -out crl.der");
    let ca = pem::certificates(&openssl.read("ca.pem")).unwrap().remove(0);
    let list = CertificateList::from_der(&openssl.read("crl.der")).unwrap();
    list.verify_signed_by(ca.public_key()).unwrap();
    assert!(list.issuer().matches(ca.subject()));
    assert_eq!(list.number_hex().as_deref(), Some("a00"));
    assert!(list.next_update().unwrap() > list.this_update());
    let mut entries: Vec<_> = list.entries().collect();
    entries.sort_by_key(|entry| entry.reason.is_none());
    assert_eq!(entries.len(), 2);
    assert_eq!(
        (entries[0].serial.as_slice(), entries[0].reason),
        (&[0x00, 0xf0, 0x0d][..], Some(1))
    );
    assert_eq!(
        (entries[1].serial.as_slice(), entries[1].reason),
        (&[0x7b][..], None)
    );
    assert_eq!(
        entries[0].revocation_date.to_rfc3339(),
        "2025-06-01T00:00:00+00:00"
    );
}

//! OCSP requests that OpenSSL reads, OpenSSL's answers read here, and damaged ones.

use identity::ocsp::{CertStatus, ResponderId, ResponseStatus};
use identity::{CertId, Certificate, DigestAlgorithm, OcspRequest, OcspResponse, VerifyError, pem};

use crate::openssl::Openssl;

/// A root `ca`, and leaves `good` (serial 16), `bad` (17, revoked) and `new` (18, which its index does not know).
struct School {
    openssl: Openssl,
    root: Certificate,
}

impl School {
    fn new() -> Option<Self> {
        let openssl = Openssl::new()?;
        openssl.run("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -days 30 -subj /CN=School");
        for (name, serial) in [("good", 16), ("bad", 17), ("new", 18)] {
            openssl.run(&format!(
                "req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout {name}.key -out {name}.csr -subj /CN={name}"
            ));
            openssl.run(&format!(
                "x509 -req -in {name}.csr -CA ca.pem -CAkey ca.key -set_serial {serial} -days 20 -out {name}.pem"
            ));
        }
        openssl.write(
            "index.txt",
            "V\t490101000000Z\t\t10\tunknown\t/CN=good\nR\t490101000000Z\t260102030405Z,keyCompromise\t11\tunknown\t/CN=bad\n",
        );
        let root = certificate(&openssl, "ca");
        Some(Self { openssl, root })
    }

    fn id(&self, name: &str, hash: DigestAlgorithm) -> CertId {
        CertId::new(hash, &certificate(&self.openssl, name), self.root.public_key())
    }

    /// Lets OpenSSL answer, signed by the root.
    fn answer(&self, request: &OcspRequest, flags: &str) -> OcspResponse {
        self.openssl.write("request", request.der());
        self.openssl.run(&format!(
            "ocsp -index index.txt -CA ca.pem -rsigner ca.pem -rkey ca.key -ndays 1 {flags} -reqin request -respout response"
        ));
        OcspResponse::from_der(&self.openssl.read("response")).unwrap()
    }
}

fn certificate(openssl: &Openssl, name: &str) -> Certificate {
    pem::certificates(&openssl.read(&format!("{name}.pem")))
        .unwrap()
        .remove(0)
}

#[test]
fn openssl_reads_our_requests() {
    let Some(school) = School::new() else { return };
    for (hash, name) in [
        (DigestAlgorithm::Sha1, "sha1"),
        (DigestAlgorithm::Sha256, "sha256"),
    ] {
        let nonce = [0xa5; 32];
        let request = OcspRequest::new(&[school.id("good", hash), school.id("bad", hash)], Some(&nonce));
        school.openssl.write("ours", request.der());
        let shown = String::from_utf8(school.openssl.run("ocsp -reqin ours -text -noverify")).unwrap();
        for part in [
            &format!("Hash Algorithm: {name}"),
            "Serial Number: 10",
            "Serial Number: 11",
            "OCSP Nonce:",
            "0420A5A5",
        ] {
            assert!(shown.contains(part), "no {part} in\n{shown}");
        }
        // What OpenSSL writes about the same certificates is the same, octet by octet, but for the nonce.
        let theirs =
            format!("ocsp -{name} -issuer ca.pem -cert good.pem -cert bad.pem -no_nonce -reqout theirs");
        school.openssl.run(&theirs);
        let bare = OcspRequest::new(request.certificates(), None);
        assert_eq!(school.openssl.read("theirs"), bare.der());
        let again = OcspRequest::from_der(request.der()).unwrap();
        assert_eq!(again.certificates(), request.certificates());
        assert_eq!(again.nonce(), Some(&nonce[..]));
        assert!(!again.has_other_critical_extension());
    }
}

#[test]
fn answers_of_openssl() {
    let Some(school) = School::new() else { return };
    let ids = ["good", "bad", "new"].map(|name| school.id(name, DigestAlgorithm::Sha1));
    let answer = school.answer(&OcspRequest::new(&ids, Some(&[7; 32])), "");
    assert_eq!(answer.status(), ResponseStatus::Successful);
    let data = answer.data().unwrap();
    assert_eq!(data.nonce(), Some(&[7; 32][..]));
    assert!(matches!(data.responder(), ResponderId::Name(name) if name.matches(school.root.subject())));
    data.verify_signed_by(school.root.public_key()).unwrap();
    let good = certificate(&school.openssl, "good");
    assert_eq!(
        data.verify_signed_by(good.public_key()),
        Err(VerifyError::BadSignature)
    );
    let [first, second, third] = data.responses() else {
        panic!("{data:?}")
    };
    assert!(first.certificate.names(&good, school.root.public_key()));
    assert!(
        !first.certificate.names(&good, good.public_key()),
        "another issuer's key"
    );
    assert!(!second.certificate.names(&good, school.root.public_key()));
    assert_eq!(first.status, CertStatus::Good);
    assert!(matches!(
        second.status,
        CertStatus::Revoked { at, reason: Some(1) } if at.to_rfc3339() == "2026-01-02T03:04:05+00:00"
    ));
    assert_eq!(third.status, CertStatus::Unknown);
    assert_eq!(
        first.next_update.unwrap() - first.this_update,
        chrono::TimeDelta::days(1)
    );
}

#[test]
fn a_responder_named_by_its_key() {
    let Some(school) = School::new() else { return };
    let request = OcspRequest::new(&[school.id("good", DigestAlgorithm::Sha256)], None);
    let answer = school.answer(&request, "-resp_key_id");
    let data = answer.data().unwrap();
    assert_eq!(data.nonce(), None);
    let good = certificate(&school.openssl, "good");
    assert!(
        data.responder()
            .is(school.root.subject(), school.root.public_key())
    );
    assert!(!data.responder().is(school.root.subject(), good.public_key()));
    assert!(
        data.responses()[0]
            .certificate
            .names(&good, school.root.public_key())
    );
}

#[test]
fn refusals_to_answer() {
    for (code, status) in [
        (1, ResponseStatus::MalformedRequest),
        (2, ResponseStatus::InternalError),
        (3, ResponseStatus::TryLater),
        (5, ResponseStatus::SignatureRequired),
        (6, ResponseStatus::Unauthorized),
    ] {
        let answer = OcspResponse::from_der(&[0x30, 3, 0x0a, 1, code]).unwrap();
        assert_eq!(answer.status(), status);
        assert!(answer.data().is_none());
    }
    for bad in [
        &[0x30, 3, 0x0a, 1, 0][..], // successful, but without an answer
        &[0x30, 3, 0x0a, 1, 4],     // not in use
        &[0x30, 2, 0x0a, 0],
        &[],
    ] {
        assert!(OcspResponse::from_der(bad).is_err(), "{bad:x?}");
    }
    assert!(OcspResponse::from_der(&vec![0x30; (1 << 20) + 1]).is_err());
    assert!(OcspRequest::from_der(&vec![0x30; (64 << 10) + 1]).is_err());
}

#[test]
fn damaged_messages_are_refused_without_panic() {
    let Some(school) = School::new() else { return };
    let request = OcspRequest::new(&[school.id("bad", DigestAlgorithm::Sha1)], Some(&[7; 32]));
    let answer = school.answer(&request, "");
    for whole in [request.der(), answer.der()] {
        for length in 0..whole.len() {
            assert!(OcspRequest::from_der(&whole[..length]).is_err());
            assert!(OcspResponse::from_der(&whole[..length]).is_err());
        }
    }
    let root = school.root.public_key();
    let bad = certificate(&school.openssl, "bad");
    // A small generator of its own: the same damage on every run.
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    for _ in 0..2000 {
        let mut changed = answer.der().to_vec();
        for _ in 0..=next(3) {
            let at = next(changed.len());
            changed[at] = next(256) as u8;
        }
        if changed == answer.der() {
            continue;
        }
        if let Ok(read) = OcspResponse::from_der(&changed)
            && let Some(data) = read.data()
            && data.verify_signed_by(root).is_ok()
        {
            // Damage outside the signed part changes nothing that counts.
            let single = &data.responses()[0];
            assert!(single.certificate.names(&bad, root));
            assert!(matches!(single.status, CertStatus::Revoked { .. }));
        }
        let mut changed = request.der().to_vec();
        let at = next(changed.len());
        changed[at] = next(256) as u8;
        let _ = OcspRequest::from_der(&changed);
    }
}

//! Requests that a responder gets, and what it says to them.

use super::*;
use crate::audit::AuditContext;
use crate::authority::testing::{key, moment, policies};
use crate::authority::{
    Application, Authority, AuthorityName, CaSigner, CertificateAuthority, IssuingPlan, make_issuing,
    make_root,
};
use crate::ledger::{AuthorityKind, Ledger as _, MemoryLedger, Revocation, RevocationReason, SerialNumber};
use crate::policy::NeverIssued;
use crate::{AdmitContext, CertificateUsage, Class, Evidence, EvidenceKind, KeySource, Request};
use chrono::{SubsecRound as _, TimeDelta};
use identity::ocsp::{CertStatus, OcspResponse, ResponseData};
use identity::{KeyAlgorithm, Mailbox, PrivateKey};

/// An authority that has issued one certificate, and its responder.
struct House {
    authority: CertificateAuthority,
    ledger: MemoryLedger,
    leaf: Certificate,
    signer: OcspSigner,
}

impl House {
    fn new() -> Self {
        let name = AuthorityName {
            name: "Example",
            organization: Some("Example School"),
            country: Some("FR"),
        };
        let signer = |algorithm| CaSigner::new(key(algorithm).clone()).unwrap();
        let root_signer = signer(KeyAlgorithm::EcP384);
        let certificate = make_root(name, policies().root(), &root_signer, moment()).unwrap();
        let root = CertificateAuthority::new(certificate.clone(), Vec::new(), root_signer, None).unwrap();
        let issuers = policies().issuers();
        let plan = IssuingPlan {
            issuer: &issuers[0],
            domains: &[],
            critical_constraints: false,
        };
        let own = signer(KeyAlgorithm::EcP256);
        let issuing = make_issuing(name, policies().root(), plan, own.public_key(), &root, moment()).unwrap();
        let base = Some("http://pki.example.org".parse().unwrap());
        let authority = CertificateAuthority::new(issuing, vec![certificate], own, base).unwrap();
        let ledger = MemoryLedger::new(moment());
        let record = authority.to_record(
            AuthorityKind::Issuing,
            vec![Class::One],
            "class-1.key",
            &context(),
            moment(),
        );
        ledger.add_authorities(&[record], &[]).unwrap();
        let leaf = issue(&ledger, &authority);
        let signer = certify(&ledger, &authority);
        Self {
            authority,
            ledger,
            leaf,
            signer,
        }
    }

    fn responder(&self, never_issued: NeverIssued) -> OcspResponder {
        let rules = OcspRules {
            never_issued,
            ..OcspRules::default()
        };
        OcspResponder::new(
            rules,
            [(self.authority.id().to_owned(), self.authority.certificate())],
        )
    }

    fn name(&self, hash: DigestAlgorithm) -> CertId {
        CertId::new(hash, &self.leaf, self.authority.certificate().public_key())
    }

    /// What is answered about some certificates, the signature checked.
    fn ask(&self, certificates: &[CertId], nonce: Option<&[u8]>) -> (SignedAnswer, ResponseData) {
        self.ask_with(&self.responder(NeverIssued::Unknown), certificates, nonce)
    }

    fn ask_with(
        &self,
        responder: &OcspResponder,
        certificates: &[CertId],
        nonce: Option<&[u8]>,
    ) -> (SignedAnswer, ResponseData) {
        let question = responder
            .read(OcspRequest::new(certificates, nonce).der())
            .unwrap();
        assert_eq!(question.authority(), self.authority.id());
        let answer = question.answer(&self.ledger, &self.signer, moment()).unwrap();
        let data = OcspResponse::from_der(&answer.der)
            .unwrap()
            .data()
            .unwrap()
            .clone();
        data.verify_signed_by(self.signer.certificate().public_key())
            .unwrap();
        (answer, data)
    }

    fn status(&self, certificate: &CertId) -> CertStatus {
        self.ask(std::slice::from_ref(certificate), None).1.responses()[0].status
    }

    fn revoke(&self, reason: RevocationReason, at: chrono::DateTime<chrono::Utc>) {
        let serial = SerialNumber::from_be_bytes(self.leaf.serial()).unwrap();
        let revocation = Revocation {
            serial,
            reason,
            at,
            invalidity_date: Some(at - TimeDelta::days(1)),
            recorded_at: moment(),
        };
        self.ledger.revoke(&[revocation], &[]).unwrap();
    }
}

fn context() -> AuditContext {
    AuditContext {
        actor: "test".to_owned(),
        real_time: moment(),
    }
}

fn issue(ledger: &MemoryLedger, authority: &CertificateAuthority) -> Certificate {
    let key = &PrivateKey::generate(KeyAlgorithm::EcP256)
        .unwrap()
        .public_key()
        .clone();
    let mut request = Request::new(Class::One, Mailbox::parse("alice@example.org").unwrap());
    request.key = KeySource::Existing(key.clone());
    let admission = AdmitContext {
        now: moment(),
        issuer_not_after: authority.certificate().not_after(),
        permitted_domains: &[],
    };
    let evidence = vec![Evidence::stated(EvidenceKind::Mailbox, "she answered").unwrap()];
    let profile = policies().profile(Class::One).unwrap();
    let approved = profile.admit(request, evidence, &admission).unwrap();
    let issuer = Authority::new(ledger, authority, context());
    let application = Application {
        approved: &approved,
        usage: CertificateUsage::Dual,
        key,
        another: false,
        own_mail: false,
        renews: None,
    };
    let prepared = issuer.prepare(application, moment()).unwrap();
    issuer.issue(prepared, moment()).unwrap().certificate().clone()
}

fn certify(ledger: &MemoryLedger, authority: &CertificateAuthority) -> OcspSigner {
    let key = PrivateKey::generate(OcspSigner::algorithm_for(authority.certificate().public_key())).unwrap();
    let certificate = Authority::new(ledger, authority, context())
        .certify_responder(key.public_key(), 30, moment())
        .unwrap();
    OcspSigner::new(certificate, key).unwrap()
}

#[test]
fn a_responder_has_a_certificate_on_record() {
    let house = House::new();
    let certificate = house.signer.certificate();
    assert_eq!(
        certificate.subject().to_string(),
        "CN=Example Class 1 CA OCSP,O=Example School,C=FR"
    );
    let recorded = house.ledger.responders(house.authority.id()).unwrap();
    assert_eq!(recorded.len(), 1);
    assert_eq!(recorded[0].certificate, certificate.der());
    assert_eq!(
        certificate.ca_issuers_urls(),
        [format!("http://pki.example.org/ca/{}.crt", house.authority.id())]
    );
    assert!(certificate.crl_distribution_points().is_empty());
    assert_eq!(
        house.signer.due(),
        certificate.not_before() + (certificate.not_after() - certificate.not_before()) / 2
    );
    // Its own standing can be asked for too.
    let own = CertId::new(
        DigestAlgorithm::Sha1,
        certificate,
        house.authority.certificate().public_key(),
    );
    assert_eq!(house.status(&own), CertStatus::Good);
}

#[test]
fn what_was_issued_is_good_by_every_digest() {
    let house = House::new();
    for hash in HASHES {
        let (answer, data) = house.ask(&[house.name(hash)], None);
        assert_eq!(data.responses()[0].status, CertStatus::Good, "{hash}");
        assert_eq!(data.responses()[0].certificate, house.name(hash));
        assert!(data.responder().is(
            house.signer.certificate().subject(),
            house.signer.certificate().public_key()
        ));
        assert_eq!(data.certificates()[0].der(), house.signer.certificate().der());
        assert_eq!(data.nonce(), None);
        assert_eq!(answer.this_update, moment().trunc_subsecs(0));
        assert_eq!(answer.next_update, answer.this_update + TimeDelta::hours(24));
        assert_eq!(data.responses()[0].next_update, Some(answer.next_update));
        assert!(answer.is_about_issued);
    }
}

#[test]
fn what_was_never_issued_is_never_good() {
    let house = House::new();
    let stranger = foreign(&house);
    let (answer, data) = house.ask(std::slice::from_ref(&stranger), None);
    assert_eq!(data.responses()[0].status, CertStatus::Unknown);
    assert!(!answer.is_about_issued);
    let strict = house.responder(NeverIssued::Revoked);
    let (_, data) = house.ask_with(&strict, std::slice::from_ref(&stranger), None);
    let epoch = chrono::DateTime::UNIX_EPOCH;
    assert_eq!(
        data.responses()[0].status,
        CertStatus::Revoked {
            at: epoch,
            reason: Some(6)
        }
    );
    assert!(!data.has_unknown_critical_extension());
}

#[test]
fn a_revocation_shows_at_once_and_with_its_reason() {
    let house = House::new();
    let name = house.name(DigestAlgorithm::Sha1);
    let later = moment().trunc_subsecs(0) + TimeDelta::hours(2);
    house.revoke(RevocationReason::CertificateHold, later);
    assert_eq!(
        house.status(&name),
        CertStatus::Revoked {
            at: later,
            reason: Some(6)
        },
        "what is still to come is said as the list says it"
    );
    let at = moment().trunc_subsecs(0);
    house.revoke(RevocationReason::KeyCompromise, at);
    let reason = Some(1);
    assert_eq!(house.status(&name), CertStatus::Revoked { at, reason });
    let (_, data) = house.ask(&[name], None);
    assert!(!data.responses()[0].has_unknown_critical_extension);
}

#[test]
fn no_reason_is_better_than_an_unspecified_one() {
    let house = House::new();
    let at = moment().trunc_subsecs(0);
    house.revoke(RevocationReason::Unspecified, at);
    let expected = CertStatus::Revoked { at, reason: None };
    assert_eq!(house.status(&house.name(DigestAlgorithm::Sha256)), expected);
}

#[test]
fn several_certificates_are_answered_in_their_order() {
    let house = House::new();
    let stranger = foreign(&house);
    let elsewhere = CertId::new(
        DigestAlgorithm::Sha1,
        &house.leaf,
        house.authority.chain()[0].public_key(),
    );
    let asked = [elsewhere, house.name(DigestAlgorithm::Sha256), stranger];
    let (_, data) = house.ask(&asked, Some(b"0123456789abcdef"));
    let said: Vec<_> = data
        .responses()
        .iter()
        .map(|single| (single.certificate.clone(), single.status))
        .collect();
    let statuses = [CertStatus::Unknown, CertStatus::Good, CertStatus::Unknown];
    assert_eq!(said, asked.into_iter().zip(statuses).collect::<Vec<_>>());
    assert_eq!(data.nonce(), Some(&b"0123456789abcdef"[..]));
}

#[test]
fn requests_are_bounded() {
    let house = House::new();
    let responder = house.responder(NeverIssued::Unknown);
    let name = house.name(DigestAlgorithm::Sha1);
    let read = |certificates: &[CertId], nonce: Option<&[u8]>| {
        responder
            .read(OcspRequest::new(certificates, nonce).der())
            .map(|_| ())
    };
    let one = std::slice::from_ref(&name);
    assert_eq!(read(one, Some(&[7; 1])), Ok(()));
    assert_eq!(read(one, Some(&[7; 128])), Ok(()));
    let malformed = Err(OcspRefusal::MalformedRequest);
    assert_eq!(read(one, Some(&[7; 129])), malformed);
    assert_eq!(read(one, Some(&[])), malformed);
    assert_eq!(read(&[], None), malformed);
    assert_eq!(read(&vec![name.clone(); 64], None), Ok(()));
    assert_eq!(read(&vec![name.clone(); 65], None), malformed);
    for der in [&b""[..], b"\x30\x00", b"GET /", &[0x30; 20_000]] {
        assert_eq!(responder.read(der).map(|_| ()), malformed);
    }
    let elsewhere = CertId::new(
        DigestAlgorithm::Sha1,
        &house.leaf,
        house.authority.chain()[0].public_key(),
    );
    assert_eq!(read(&[elsewhere], None), Err(OcspRefusal::Unauthorized));
    let common = |nonce: Option<&[u8]>| {
        let question = responder.read(OcspRequest::new(one, nonce).der()).unwrap();
        question.common().is_some()
    };
    assert!(common(None) && !common(Some(&[7; 16])));
}

#[test]
fn refusals_are_what_they_say() {
    for refusal in [
        OcspRefusal::MalformedRequest,
        OcspRefusal::InternalError,
        OcspRefusal::TryLater,
        OcspRefusal::Unauthorized,
    ] {
        let response = OcspResponse::from_der(&refusal.der()).unwrap();
        assert_eq!(response.status().as_str(), refusal.to_string());
    }
}

#[test]
fn a_signer_answers_while_its_certificate_is_valid() {
    let house = House::new();
    let responder = house.responder(NeverIssued::Unknown);
    let request = OcspRequest::new(&[house.name(DigestAlgorithm::Sha1)], None);
    let question = responder.read(request.der()).unwrap();
    let end = house.signer.certificate().not_after();
    let last = question.answer(&house.ledger, &house.signer, end).unwrap();
    assert_eq!(last.next_update, end);
    let error = question
        .answer(&house.ledger, &house.signer, end + TimeDelta::seconds(1))
        .unwrap_err();
    assert_eq!(error, OcspRefusal::InternalError);
    let other = key(KeyAlgorithm::EcP384).clone();
    assert!(OcspSigner::new(house.signer.certificate().clone(), other).is_err());
}

/// The name of a certificate that was never issued: the leaf's with another serial.
fn foreign(house: &House) -> CertId {
    let name = house.name(DigestAlgorithm::Sha1);
    let mut request = OcspRequest::new(std::slice::from_ref(&name), None).der().to_vec();
    // The serial is what a request without a nonce ends with.
    *request.last_mut().unwrap() ^= 1;
    let other = OcspRequest::from_der(&request).unwrap().certificates()[0].clone();
    assert_ne!(other, name);
    other
}

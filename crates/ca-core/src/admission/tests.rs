//! Requests against the shipped policies and a few of their own. One file, although a long one: all cases vary the same
//! request and share its builders.

use chrono::TimeZone;
use identity::{CertificateRequest, DistinguishedName, PrivateKey};

use super::*;
use crate::evidence::EvidenceKind;
use crate::policy::{PolicySet, shipped};
use crate::request::{CertificateUsage, Class};

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 1, 12, 0, 0).unwrap()
}

fn context() -> AdmitContext<'static> {
    AdmitContext {
        now: now(),
        issuer_not_after: now() + TimeDelta::days(3650),
        permitted_domains: &[],
    }
}

fn profile(class: Class) -> Profile {
    PolicySet::parse(shipped())
        .unwrap()
        .profile(class)
        .unwrap()
        .clone()
}

/// A shipped policy with one text replaced.
fn changed(class: Class, from: &str, to: &str) -> Profile {
    let (path, text) = shipped()[usize::from(class.number())];
    assert!(text.contains(from), "{from}");
    Profile::parse(path, &text.replace(from, to)).unwrap_or_else(|errors| panic!("{errors}"))
}

fn request(class: Class) -> Request {
    let mut request = Request::new(class, "alice@example.org".parse().unwrap());
    if class != Class::One {
        request.given_name = Some("Alice".into());
        request.surname = Some("Martin".into());
    }
    request
}

fn evidence(kinds: &[EvidenceKind]) -> Vec<Evidence> {
    kinds
        .iter()
        .map(|kind| Evidence::stated(*kind, "seen").unwrap())
        .collect()
}

const CLASS_2: [EvidenceKind; 2] = [EvidenceKind::Mailbox, EvidenceKind::Document];

fn refused(profile: &Profile, request: Request, evidence: Vec<Evidence>) -> Refusal {
    refused_in(profile, request, evidence, &context())
}

/// Refuses, and checks that what is proposed instead is accepted as it stands, placeholders included.
fn refused_in(
    profile: &Profile,
    request: Request,
    given: Vec<Evidence>,
    context: &AdmitContext<'_>,
) -> Refusal {
    let source = request.key.clone();
    let refusal = *profile.admit(request, given, context).unwrap_err();
    if let Some(correction) = refusal.correction() {
        let mut again = Request::new(correction.class, correction.emails[0].parse().unwrap());
        again.emails = correction
            .emails
            .iter()
            .map(|email| email.parse().unwrap())
            .collect();
        for (field, value) in &correction.fields {
            again.set_field(*field, Some(value.clone()));
        }
        again.key = match correction.csr {
            Some(CsrFate::Keep) => source,
            Some(_) => KeySource::Csr(Box::new(holders_request().1)),
            None => KeySource::Generate(correction.key),
        };
        again.usage = correction.usage;
        again.days = correction.days;
        let texts = correction
            .evidence
            .iter()
            .map(|(kind, text)| Evidence::stated(*kind, text.clone()).unwrap());
        if let Err(second) = profile.admit(again, texts.collect(), context) {
            panic!(
                "first {refusal}\nproposed {:?}\nthen {second}",
                correction.options()
            );
        }
    }
    refusal
}

fn reasons(refusal: &Refusal) -> Vec<String> {
    refusal.reasons().iter().map(ToString::to_string).collect()
}

fn command(refusal: &Refusal) -> String {
    let options = refusal.correction().unwrap().options();
    options
        .iter()
        .map(|(option, value)| format!("{option} {value}"))
        .collect::<Vec<_>>()
        .join(" ")
}

fn attributes(approved: &Approved) -> Vec<(String, &str)> {
    approved
        .subject()
        .iter()
        .map(|(oid, value)| (oid.to_string(), value.as_str()))
        .collect()
}

fn holders_request() -> (PrivateKey, CertificateRequest) {
    let key = PrivateKey::generate(KeyAlgorithm::EcP256).unwrap();
    let name = DistinguishedName::from_attributes(&[]).unwrap();
    let der = CertificateRequest::build(&name, &["alice@example.org".parse().unwrap()], &key).unwrap();
    let request = CertificateRequest::from_der(&der).unwrap();
    (key, request)
}

#[test]
fn class_1_holds_the_mailbox_alone() {
    let approved = profile(Class::One)
        .admit(
            request(Class::One),
            evidence(&[EvidenceKind::Mailbox]),
            &context(),
        )
        .unwrap();
    assert_eq!(
        attributes(&approved),
        [("2.5.4.3".to_owned(), "alice@example.org")]
    );
    assert_eq!(approved.certificates(), [CertificateUsage::Dual]);
    assert_eq!(approved.days(), 365);
    assert!(matches!(
        approved.key(),
        ApprovedKey::Generate(KeyAlgorithm::Rsa2048)
    ));
    assert!(approved.notes().is_empty());

    let mut named = request(Class::One);
    named.given_name = Some("Alice".into());
    named.organization = Some("Acme SA".into());
    let refusal = refused(&profile(Class::One), named, Vec::new());
    assert_eq!(
        reasons(&refusal),
        [
            "given-name \"Alice\" is given, which the policy forbids in a class 1 certificate",
            "organization \"Acme SA\" is given, which the policy forbids in a class 1 certificate",
            "evidence is missing: mailbox (the holder controls the address)",
        ]
    );
    assert_eq!(
        command(&refusal),
        "--class 1 --email alice@example.org --evidence mailbox=HOW-IT-WAS-CHECKED"
    );
    assert!(
        refusal
            .to_string()
            .contains("leave out --given-name: class 1 checks the mailbox only"),
        "{refusal}"
    );
}

#[test]
fn class_2_names_the_person_and_the_organization() {
    let mut full = request(Class::Two);
    full.middle_name = Some("Marie".into());
    full.organization = Some("Acme SA".into());
    full.organization_id = Some("NTRFR-552100554".into());
    full.country = Some("fr".into());
    full.locality = Some(" Lyon ".into());
    let mut kinds = CLASS_2.to_vec();
    kinds.push(EvidenceKind::Organization);
    let approved = profile(Class::Two)
        .admit(full, evidence(&kinds), &context())
        .unwrap();
    let expected = [
        ("2.5.4.6", "FR"),
        ("2.5.4.7", "Lyon"),
        ("2.5.4.10", "Acme SA"),
        ("2.5.4.97", "NTRFR-552100554"),
        ("2.5.4.4", "Martin"),
        ("2.5.4.42", "Alice"),
        ("2.5.4.3", "Alice Marie Martin"),
    ];
    assert_eq!(
        attributes(&approved),
        expected.map(|(oid, value)| (oid.to_owned(), value))
    );
}

#[test]
fn class_3_without_a_thing_is_told_everything() {
    let bare = Request::new(Class::Three, "bob@example.org".parse().unwrap());
    let refusal = refused(&profile(Class::Three), bare, Vec::new());
    assert_eq!(
        reasons(&refusal),
        [
            "given-name is missing",
            "surname is missing",
            "evidence is missing: mailbox (the holder controls the address)",
            "evidence is missing: database or document (the name was found in a third party's database, or an identity \
         document was examined)",
            "evidence is missing: in-person (the holder was seen in person)",
        ]
    );
    assert_eq!(
        command(&refusal),
        "--class 3 --email bob@example.org --given-name GIVEN-NAME --surname SURNAME \
         --evidence mailbox=HOW-IT-WAS-CHECKED --evidence database=HOW-IT-WAS-CHECKED \
         --evidence in-person=HOW-IT-WAS-CHECKED"
    );
}

#[test]
fn a_named_organization_wants_its_own_evidence() {
    let mut named = request(Class::Two);
    named.organization = Some("Acme SA".into());
    let refusal = refused(&profile(Class::Two), named, evidence(&CLASS_2));
    assert_eq!(
        refusal.reasons(),
        [Reason::MissingEvidence {
            any_of: vec![EvidenceKind::Organization],
            proved: false
        }]
    );
    // What the operator said is kept.
    assert!(command(&refusal).contains("--evidence document=seen --evidence organization=HOW"));

    let mut number = request(Class::Two);
    number.organization_id = Some("42".into());
    let refusal = refused(&profile(Class::Two), number, evidence(&CLASS_2));
    assert_eq!(
        reasons(&refusal),
        ["organization-id is given without organization"]
    );
}

#[test]
fn a_policy_may_demand_proof() {
    let strict = changed(Class::One, "basis: stated", "basis: proved");
    let refusal = refused(&strict, request(Class::One), evidence(&[EvidenceKind::Mailbox]));
    assert_eq!(
        reasons(&refusal),
        ["the mailbox evidence is stated, but the policy demands proof"]
    );
    assert!(refusal.correction().is_none());
    let proved = vec![Evidence::proved(EvidenceKind::Mailbox, "code returned from 192.0.2.7").unwrap()];
    assert!(strict.admit(request(Class::One), proved, &context()).is_ok());
}

#[test]
fn a_policy_may_forbid_to_collect() {
    let frugal = changed(Class::One, "forbidden: []", "forbidden: [document]");
    let refusal = refused(&frugal, request(Class::One), evidence(&CLASS_2));
    assert_eq!(
        reasons(&refusal),
        ["document evidence is given, which the policy forbids to collect"]
    );
    assert_eq!(
        command(&refusal),
        "--class 1 --email alice@example.org --evidence mailbox=seen"
    );
}

#[test]
fn values_that_say_nothing_or_too_much() {
    let long = "x".repeat(10_000_000);
    for (field, value, fault) in [
        (SubjectField::Surname, "-", "it says nothing"),
        (SubjectField::Surname, " ", "it is empty"),
        (SubjectField::GivenName, "A\nB", "U+000A"),
        (SubjectField::GivenName, "A\u{202e}B", "U+202E"),
        (SubjectField::GivenName, &long, "at least 32769 characters"),
        (SubjectField::Country, "France", "two letters"),
        (SubjectField::Country, "F1", "two letters"),
        (
            SubjectField::Organization,
            &"Ö".repeat(65),
            "65 characters, more than 64",
        ),
        (
            SubjectField::Locality,
            &"L".repeat(129),
            "129 characters, more than 128",
        ),
    ] {
        let mut faulty = request(Class::Two);
        faulty.set_field(field, Some(value.to_owned()));
        let mut kinds = CLASS_2.to_vec();
        kinds.push(EvidenceKind::Organization);
        let refusal = refused(&profile(Class::Two), faulty, evidence(&kinds));
        let text = refusal.to_string();
        assert!(text.contains(fault), "{text}");
        assert!(text.len() < 600, "{} bytes", text.len());
        assert_eq!(refusal.reasons().len(), 1, "{text}");
    }
}

#[test]
fn long_common_names() {
    let mut long = request(Class::Two);
    long.middle_name = Some("M".repeat(60));
    let refusal = refused(&profile(Class::Two), long, evidence(&CLASS_2));
    assert!(
        matches!(refusal.reasons(), [Reason::CommonNameTooLong { length: 73, .. }]),
        "{refusal}"
    );
    assert!(
        !command(&refusal).contains("--middle-name"),
        "{}",
        command(&refusal)
    );

    let mut longer = request(Class::Two);
    longer.surname = Some("S".repeat(70));
    refused(&profile(Class::Two), longer, evidence(&CLASS_2));

    // A long address is certified all the same, under an empty subject.
    let email = format!("{}@example.org", "a".repeat(60));
    let address = Request::new(Class::One, email.parse().unwrap());
    let approved = profile(Class::One)
        .admit(address, evidence(&[EvidenceKind::Mailbox]), &context())
        .unwrap();
    assert!(approved.subject().is_empty());
    assert_eq!(approved.notes(), [Note::NoCommonName { email }]);
}

#[test]
fn addresses() {
    let one = profile(Class::One);
    let with = |emails: &[&str]| {
        let mut request = request(Class::One);
        request.emails = emails.iter().map(|email| email.parse().unwrap()).collect();
        request
    };
    let given = || evidence(&[EvidenceKind::Mailbox]);
    assert_eq!(
        reasons(&refused(&one, with(&[]), given())),
        ["no address is given"]
    );
    let refusal = refused(
        &one,
        with(&["a@example.org", "b@example.org", "a@EXAMPLE.org"]),
        given(),
    );
    assert_eq!(reasons(&refusal), ["the address a@EXAMPLE.org is given twice"]);
    assert!(
        command(&refusal).starts_with("--class 1 --email a@example.org --email b@example.org --evidence")
    );

    let many: Vec<String> = (0..1000).map(|number| format!("a{number}@example.org")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(refused(&one, with(&many), given()).reasons().len(), 1);

    let permitted = ["example.org".to_owned(), ".lab.example".to_owned()];
    let bound = AdmitContext {
        permitted_domains: &permitted,
        ..context()
    };
    for inside in ["a@Example.org", "a@x.lab.example"] {
        assert!(one.admit(with(&[inside]), given(), &bound).is_ok(), "{inside}");
    }
    for outside in [
        "a@x.example.org",
        "a@lab.example",
        "a@notexample.org",
        "a@example.org.evil.test",
    ] {
        let refusal = refused_in(&one, with(&[outside]), given(), &bound);
        assert!(
            matches!(refusal.reasons(), [Reason::EmailNotPermitted { .. }]),
            "{refusal}"
        );
        assert!(command(&refusal).contains("--email ADDRESS@example.org"));
    }
}

#[test]
fn keys_and_usages() {
    let one = profile(Class::One);
    let given = || evidence(&[EvidenceKind::Mailbox]);
    let with = |key: KeyAlgorithm, usage: Option<Usage>| {
        let mut request = request(Class::One);
        request.key = KeySource::Generate(Some(key));
        request.usage = usage;
        request
    };
    let approved = one
        .admit(with(KeyAlgorithm::Ed25519, None), given(), &context())
        .unwrap();
    assert_eq!(approved.usage(), Usage::Sign);
    assert_eq!(approved.notes().len(), 2);
    let pair = one
        .admit(with(KeyAlgorithm::EcP256, Some(Usage::Pair)), given(), &context())
        .unwrap();
    assert_eq!(
        pair.certificates(),
        [CertificateUsage::Sign, CertificateUsage::Encrypt]
    );

    let refusal = refused(&one, with(KeyAlgorithm::Ed25519, Some(Usage::Dual)), given());
    assert_eq!(
        reasons(&refusal),
        ["the usage dual encrypts, but an ed25519 key only signs"]
    );
    assert_eq!(
        command(&refusal),
        "--class 1 --email alice@example.org --key ed25519 --usage sign --evidence mailbox=seen"
    );

    let narrow = changed(
        Class::One,
        "allowed: [rsa-2048, rsa-3072, rsa-4096, ec-p256, ec-p384, ec-p521, ed25519]",
        "allowed: [rsa-2048, rsa-4096]",
    );
    let refusal = refused(&narrow, with(KeyAlgorithm::EcP256, None), given());
    assert_eq!(
        reasons(&refusal),
        ["the key ec-p256 is not allowed: the policy allows rsa-2048 or rsa-4096"]
    );
    let dual = changed(
        Class::One,
        "allowed: [dual, sign, encrypt, pair]",
        "allowed: [dual, sign]",
    );
    let refusal = refused(&dual, with(KeyAlgorithm::EcP256, Some(Usage::Pair)), given());
    assert_eq!(
        reasons(&refusal),
        ["the usage pair is not allowed: the policy allows dual or sign"]
    );
    assert!(command(&refusal).contains("--key ec-p256 --usage dual"));
}

#[test]
fn days() {
    let one = profile(Class::One);
    let given = || evidence(&[EvidenceKind::Mailbox]);
    let with = |days: u32| {
        let mut request = request(Class::One);
        request.days = Some(days);
        request
    };
    assert_eq!(one.admit(with(825), given(), &context()).unwrap().days(), 825);
    for days in [0, 826, u32::MAX] {
        let refusal = refused(&one, with(days), given());
        assert_eq!(
            reasons(&refusal),
            [format!("{days} days are asked for: the policy allows 1 to 825")]
        );
    }
    let ends = |days: i64| AdmitContext {
        issuer_not_after: now() + TimeDelta::days(days),
        ..context()
    };
    let refusal = refused_in(&one, request(Class::One), given(), &ends(100));
    assert_eq!(refusal.reasons().len(), 1);
    assert!(command(&refusal).contains("--days 100"), "{}", command(&refusal));
    let refusal = refused_in(&one, with(2000), given(), &ends(100));
    assert_eq!(refusal.reasons().len(), 2, "{refusal}");
    assert!(matches!(
        refused_in(&one, with(1), given(), &ends(0)).reasons(),
        [Reason::IssuerEnds { .. }]
    ));

    // To the second: 825 days of 86,400 s, both ends included (SBR 6.3.2).
    let period = ValidityPeriod::starting(now() + TimeDelta::milliseconds(1500), 825);
    assert_eq!(
        (period.not_after - period.not_before).num_seconds() + 1,
        825 * 86_400
    );
    assert_eq!(period.not_before.timestamp_subsec_nanos(), 0);
    for extreme in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
        ValidityPeriod::starting(extreme, u32::MAX);
    }
    // A default that fits exactly is accepted.
    let exact = AdmitContext {
        issuer_not_after: ValidityPeriod::starting(now(), 365).not_after,
        ..context()
    };
    assert!(one.admit(request(Class::One), given(), &exact).is_ok());
}

#[test]
fn a_csr_s_wishes_are_filtered() {
    let csr = CertificateRequest::from_pem_or_der(OPENSSL_REQUEST.as_bytes()).unwrap();
    let mut from_csr = request(Class::Two);
    from_csr.emails.clear();
    from_csr.surname = Some("Durand".into());
    from_csr.given_name = None;
    from_csr.key = KeySource::Csr(Box::new(csr.clone()));
    let mut kinds = CLASS_2.to_vec();
    kinds.push(EvidenceKind::Organization);
    let approved = profile(Class::Two)
        .admit(from_csr, evidence(&kinds), &context())
        .unwrap();
    let emails: Vec<String> = approved.emails().iter().map(ToString::to_string).collect();
    assert_eq!(emails, ["alice@example.org", "boss@example.org"]);
    let names: Vec<&str> = approved
        .subject()
        .iter()
        .map(|(_, value)| value.as_str())
        .collect();
    assert_eq!(names, ["FR", "Acme SA", "Durand", "Alice", "Alice Durand"]);
    let notes: Vec<String> = approved.notes().iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(notes.join("\n"), @r#"
    taken from the CSR: email alice@example.org
    taken from the CSR: email boss@example.org
    taken from the CSR: country "FR"
    taken from the CSR: organization "Acme SA"
    dropped from the CSR: the subject's surname "Martin" (the request says "Durand")
    taken from the CSR: given-name "Alice"
    dropped from the CSR: the DNS name "www.example.org" (only mail addresses are certified)
    dropped from the CSR: an IP address (only mail addresses are certified)
    dropped from the CSR: the extension keyUsage (the policy decides about extensions)
    dropped from the CSR: the extension basicConstraints (the policy decides about extensions)
    dropped from the CSR: the extension extKeyUsage (the policy decides about extensions)
    dropped from the CSR: the subject's 2.5.4.11 "Sales" (the policy makes the subject)
    dropped from the CSR: the subject's common name "Alice the Great" (the policy makes the subject)
    "#);

    let mut one = request(Class::One);
    one.key = KeySource::Csr(Box::new(csr));
    let approved = profile(Class::One)
        .admit(one, evidence(&[EvidenceKind::Mailbox]), &context())
        .unwrap();
    assert_eq!(
        attributes(&approved),
        [("2.5.4.3".to_owned(), "alice@example.org")]
    );
    assert!(
        approved
            .notes()
            .iter()
            .any(|note| note.to_string().contains("boss@example.org"))
    );
}

#[test]
fn a_csr_must_prove_possession_of_a_sound_key() {
    let (_, sound) = holders_request();
    let mut der = sound.der().to_vec();
    *der.last_mut().unwrap() ^= 1;
    let with = |csr: CertificateRequest| {
        let mut request = request(Class::One);
        request.key = KeySource::Csr(Box::new(csr));
        request
    };
    let given = || evidence(&[EvidenceKind::Mailbox]);
    let one = profile(Class::One);
    assert!(one.admit(with(sound.clone()), given(), &context()).is_ok());
    let refusal = refused(&one, with(CertificateRequest::from_der(&der).unwrap()), given());
    assert!(
        matches!(refusal.reasons(), [Reason::CsrSignature { .. }]),
        "{refusal}"
    );
    assert!(command(&refusal).contains("--csr NEW-REQUEST"));

    let short = CertificateRequest::from_pem_or_der(SHORT_REQUEST.as_bytes()).unwrap();
    let refusal = refused(&one, with(short), given());
    assert!(
        refusal.to_string().contains("the key rsa-1024 is not allowed"),
        "{refusal}"
    );

    let mut pair = with(sound.clone());
    pair.usage = Some(Usage::Pair);
    assert_eq!(refused(&one, pair, given()).reasons(), [Reason::PairOfOneKey]);

    let rsa_only = changed(
        Class::One,
        "allowed: [rsa-2048, rsa-3072, rsa-4096, ec-p256, ec-p384, ec-p521, ed25519]",
        "allowed: [rsa-2048]",
    );
    let refusal = refused_key(&rsa_only, with(sound), given());
    assert!(
        matches!(refusal.reasons(), [Reason::KeyNotAllowed { .. }]),
        "{refusal}"
    );
}

/// Refuses without trying the proposal, which asks the holder for another kind of key.
fn refused_key(profile: &Profile, request: Request, given: Vec<Evidence>) -> Refusal {
    *profile.admit(request, given, &context()).unwrap_err()
}

#[test]
fn registration_numbers() {
    let sponsor = Profile::parse(
        "sponsor-strict.yaml",
        include_str!("../../../../policies/examples/sponsor-strict.yaml"),
    )
    .unwrap();
    let kinds = [
        EvidenceKind::Mailbox,
        EvidenceKind::Organization,
        EvidenceKind::Document,
    ];
    for (id, country, sound) in [
        ("NTRFR-552100554", Some("FR"), true),
        ("VATDE-123456789", None, true),
        ("NTRUS+CA-12345", Some("US"), true),
        ("LEIXG-5493001KJTIIGC8Y1R12", Some("DE"), true),
        ("LEIDE-5493001KJTIIGC8Y1R12", None, false),
        ("NTRFR-552100554", Some("DE"), false),
        ("552100554", None, false),
        ("NTRÉR-1", None, false),
        ("NTR-1", None, false),
        ("NTRFR-", None, false),
    ] {
        let mut request = request(Class::Two);
        request.organization = Some("Acme SA".into());
        request.organization_id = Some(id.into());
        request.country = country.map(str::to_owned);
        let result = sponsor.admit(request.clone(), evidence(&kinds), &context());
        assert_eq!(result.is_ok(), sound, "{id}");
        if !sound {
            refused(&sponsor, request, evidence(&kinds));
        }
    }
}

/// `openssl req -new` with a P-256 key, asking for too much.
const OPENSSL_REQUEST: &str = "-----BEGIN CERTIFICATE REQUEST-----
MIIB1zCCAXwCAQAwgYwxCzAJBgNVBAYTAkZSMRAwDgYDVQQKDAdBY21lIFNBMQ4w
DAYDVQQLDAVTYWxlczEPMA0GA1UEBAwGTWFydGluMQ4wDAYDVQQqDAVBbGljZTEY
MBYGA1UEAwwPQWxpY2UgdGhlIEdyZWF0MSAwHgYJKoZIhvcNAQkBFhFhbGljZUBl
eGFtcGxlLm9yZzBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABDRTQlpzZf8h9fBg
Bx5nVMtJS1Rpvg5gR149r5Soz6SPVQ1WMwJfCjuAq3YBD00mkjCmaeUoTl+q68ik
9EcH01yggYwwgYkGCSqGSIb3DQEJDjF8MHowRQYDVR0RBD4wPIERYWxpY2VAZXhh
bXBsZS5vcmeBEGJvc3NAZXhhbXBsZS5vcmeCD3d3dy5leGFtcGxlLm9yZ4cEwAAC
ATAOBgNVHQ8BAf8EBAMCAgQwDAYDVR0TBAUwAwEB/zATBgNVHSUEDDAKBggrBgEF
BQcDATAKBggqhkjOPQQDAgNJADBGAiEAiPm15aT0+7otTWpWalvuYZc1JenFL7Sc
8oBvlFAOxzACIQDoR5MHqFsKjauE5vFkrs/Vw/hoRCsxVT4ca7Mg1xZ5BA==
-----END CERTIFICATE REQUEST-----";

/// The same with RSA of 1024 bits.
const SHORT_REQUEST: &str = "-----BEGIN CERTIFICATE REQUEST-----
MIIBbTCB1wIBADAuMQowCAYDVQQDDAF4MSAwHgYJKoZIhvcNAQkBFhFzaG9ydEBl
eGFtcGxlLm9yZzCBnzANBgkqhkiG9w0BAQEFAAOBjQAwgYkCgYEAoAKTPTJDUTWb
dDLS7+8x74mPlaiudk8dRc0SnmcnxfkpsPfyz3YX8+wvZDviIJKufsIh+1X5Mrd7
7tHMC8Jzgkh3GyFNLLQociv+UZJ5R2a8ap1WWL6cfsp2ODTNEJa6cvciAVrwQZYM
vHaNpdrNhbMvLzBaa5S6v96waO/1blcCAwEAAaAAMA0GCSqGSIb3DQEBCwUAA4GB
AENEPd+bWbUYM+aIWth5CgJo7Mn1n+vLfqxtsfTAY/11GIJoc5bhdl2HSWdug5v3
9tXohp7QOGSMMpoXSN/h4TIqqBPjc3tZvtm7ZwMtNLSaAHb9p8GPLrMQ0h+bfuAz
oP0RltT4gosvSHznvKtGvfzDEB6mjFzCdNGyan9EaCcJ
-----END CERTIFICATE REQUEST-----";

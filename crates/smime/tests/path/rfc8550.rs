//! RFC 8550, S/MIME 4.0 Certificate Handling: what it says of certificates and their paths, a test for each rule. What it says
//! of messages is in `verify/rfc8550.rs`.

use identity::{Certificate, Mailbox, PrivateKey};
use smime::path::{PathOptions, PathReport, Purpose, build_and_validate};
use smime::report::{Code, Verdict};

use super::made::{
    Extension, NOW, Plan, alternative_names, authority_key_identifier, basic_constraints, extended_key_usage,
    general_name, key, key_usage, policies, subject_key_identifier,
};

const ADDRESS: &str = "email:a@example.org";
const EMAIL_PROTECTION: &str = "1.3.6.1.5.5.7.3.4";
const SERVER: &str = "1.3.6.1.5.5.7.3.1";
const ANY: &str = "2.5.29.37.0";

const DIGITAL_SIGNATURE: u8 = 0;
const NON_REPUDIATION: u8 = 1;
const KEY_ENCIPHERMENT: u8 = 2;
const DATA_ENCIPHERMENT: u8 = 3;
const KEY_AGREEMENT: u8 = 4;
const KEY_CERT_SIGN: u8 = 5;
const CRL_SIGN: u8 = 6;

/// A root and its leaf.
struct Pair {
    root: Certificate,
    root_key: PrivateKey,
    leaf_key: PrivateKey,
}

impl Pair {
    fn new() -> Self {
        let (root_key, leaf_key) = (key(), key());
        Self {
            root: Plan::authority("CN=Root", "CN=Root", &root_key).sign(&root_key, &root_key),
            root_key,
            leaf_key,
        }
    }

    fn judge(&self, leaf: &Plan, purpose: Purpose) -> PathReport {
        self.judge_for(leaf, purpose, None)
    }

    fn judge_for(&self, leaf: &Plan, purpose: Purpose, email: Option<&str>) -> PathReport {
        let email = email.map(|email| Mailbox::parse(email).unwrap());
        let leaf = leaf.sign(&self.leaf_key, &self.root_key);
        judge(
            &leaf,
            std::slice::from_ref(&self.root),
            &[],
            purpose,
            email.as_ref(),
        )
    }
}

fn judge(
    leaf: &Certificate,
    anchors: &[Certificate],
    untrusted: &[Certificate],
    purpose: Purpose,
    email: Option<&Mailbox>,
) -> PathReport {
    let mut options = PathOptions::new(NOW.parse().unwrap());
    options.purpose = purpose;
    options.email = email;
    build_and_validate(leaf, anchors, untrusted, &options)
}

fn leaf() -> Plan {
    Plan::new("CN=A", "CN=Root").with(alternative_names(&[general_name(ADDRESS)]))
}

#[track_caller]
fn assert_status(report: &PathReport, status: Code) {
    assert_eq!(report.status, status, "{:#?}", report.findings);
    assert_eq!(report.verdict == Verdict::Valid, status == Code::Ok);
}

/// 2.3: receiving agents support version 1 and version 3.
#[test]
fn version_1_of_holders_is_read_and_of_issuers_needs_trust() {
    let pair = Pair::new();
    let mut old = Plan::new("CN=A,E=a@example.org", "CN=Root");
    old.version = 1;
    let report = pair.judge_for(&old, Purpose::SmimeSign, Some("a@example.org"));
    assert_status(&report, Code::Ok);

    // RFC 5280 6.1.4 (k): without basicConstraints it issues nothing, unless it is the anchor itself.
    let (issuer_key, leaf_key) = (key(), key());
    let mut issuer = Plan::new("CN=Issuer", "CN=Root");
    issuer.version = 1;
    let issuer = issuer.sign(&issuer_key, &pair.root_key);
    let leaf = Plan::new("CN=A", "CN=Issuer")
        .with(alternative_names(&[general_name(ADDRESS)]))
        .sign(&leaf_key, &issuer_key);
    let through = judge(
        &leaf,
        std::slice::from_ref(&pair.root),
        std::slice::from_ref(&issuer),
        Purpose::SmimeSign,
        None,
    );
    assert_status(&through, Code::NotACa);
}

/// 2.3: any number of certificates, in any order, of any relation to the sender and to each other.
#[test]
fn certificates_in_any_order_beside_strangers() {
    let root_key = key();
    let root = Plan::authority("CN=Root", "CN=Root", &root_key).sign(&root_key, &root_key);
    let mut crowd = Vec::new();
    let (mut issuer, mut issuer_key) = ("CN=Root".to_owned(), root_key);
    for number in 0..4 {
        let (name, own) = (format!("CN=Issuer {number}"), key());
        crowd.push(Plan::authority(&name, &issuer, &own).sign(&own, &issuer_key));
        let (stranger, other) = (key(), format!("CN=Stranger {number}"));
        crowd.push(Plan::authority(&other, &other, &stranger).sign(&stranger, &stranger));
        (issuer, issuer_key) = (name, own);
    }
    let leaf = Plan::new("CN=A", &issuer)
        .with(alternative_names(&[general_name(ADDRESS)]))
        .sign(&key(), &issuer_key);
    let anchors = [root];
    for turn in 0..crowd.len() {
        crowd.rotate_left(turn);
        let report = judge(&leaf, &anchors, &crowd, Purpose::SmimeSign, None);
        assert_status(&report, Code::Ok);
        assert_eq!(report.chain.len(), 6);
        crowd.reverse();
    }
}

/// 2.3: a self-signed certificate that comes along is not trusted for that.
#[test]
fn a_self_signed_certificate_is_no_anchor() {
    let pair = Pair::new();
    let stranger = key();
    let own_root = Plan::authority("CN=Own", "CN=Own", &stranger).sign(&stranger, &stranger);
    let leaf = Plan::new("CN=A", "CN=Own")
        .with(alternative_names(&[general_name(ADDRESS)]))
        .sign(&key(), &stranger);
    let anchors = [pair.root];
    let report = judge(&leaf, &anchors, &[own_root], Purpose::SmimeSign, None);
    assert_status(&report, Code::UnknownIssuer);
    assert_eq!(report.verdict, Verdict::Indeterminate);
}

/// 3: addresses in the subject alternative name are recognised, all of them.
#[test]
fn addresses_in_the_alternative_name() {
    let pair = Pair::new();
    let names = [
        "dns:example.org",
        ADDRESS,
        "email:b@example.org",
        "utf8:zoé@example.org",
    ];
    let plan = Plan::new("CN=A", "CN=Root").with(alternative_names(&names.map(general_name)));
    for (email, status) in [
        ("a@example.org", Code::Ok),
        ("b@example.org", Code::Ok),
        ("a@EXAMPLE.org", Code::Ok),
        ("zoé@example.org", Code::Ok),
        ("c@example.org", Code::EmailMismatch),
        ("a@sub.example.org", Code::EmailMismatch),
    ] {
        assert_status(&pair.judge_for(&plan, Purpose::SmimeSign, Some(email)), status);
    }
}

/// 3: so is emailAddress of the subject; here only where no address stands in the alternative name, and it is said.
#[test]
fn addresses_in_the_subject() {
    let pair = Pair::new();
    let subject = Plan::new("CN=A,E=a@example.org", "CN=Root");
    let report = pair.judge_for(&subject, Purpose::SmimeSign, Some("a@example.org"));
    assert_status(&report, Code::Ok);
    let both = subject.with(alternative_names(&[general_name("email:b@example.org")]));
    let report = pair.judge_for(&both, Purpose::SmimeSign, Some("a@example.org"));
    assert_status(&report, Code::EmailMismatch);
    let report = pair.judge_for(&both, Purpose::SmimeSign, Some("b@example.org"));
    assert_status(&report, Code::Ok);
}

/// 3: certificates without any address are recognised and accepted.
#[test]
fn certificates_without_address() {
    let pair = Pair::new();
    let plan = Plan::new("CN=A", "CN=Root");
    assert_status(&pair.judge(&plan, Purpose::SmimeSign), Code::Ok);
    let report = pair.judge_for(&plan, Purpose::SmimeSign, Some("a@example.org"));
    assert_status(&report, Code::EmailMismatch);
}

/// 3 and RFC 5280 4.1.2.6: a certificate of an address alone has an empty subject and a critical alternative name.
#[test]
fn an_empty_subject() {
    let pair = Pair::new();
    let (oid, _, value) = alternative_names(&[general_name(ADDRESS)]);
    let plan = Plan::new("", "CN=Root").with((oid, true, value));
    let report = pair.judge_for(&plan, Purpose::SmimeSign, Some("a@example.org"));
    assert_status(&report, Code::Ok);
}

/// 4.4: what is not critical and not known is passed by, what is critical and not known refuses the path.
#[test]
fn unknown_extensions() {
    let pair = Pair::new();
    let unknown = |critical| leaf().with(("1.2.3.4", critical, vec![5, 0]));
    assert_status(&pair.judge(&unknown(false), Purpose::SmimeSign), Code::Ok);
    let refused = pair.judge(&unknown(true), Purpose::SmimeSign);
    assert_status(&refused, Code::UnknownCriticalExtension);
}

/// 4.4: basic constraints, key usage, both key identifiers and the alternative name are handled, critical or not, in certificates
/// of holders and of issuers.
#[test]
fn the_extensions_that_must_be_handled() {
    for critical in [true, false] {
        let set = |(oid, _, value): Extension| (oid, critical, value);
        let (root_key, issuer_key) = (key(), key());
        let root = Plan::authority("CN=Root", "CN=Root", &root_key).sign(&root_key, &root_key);
        let issuer = Plan::new("CN=Issuer", "CN=Root")
            .with(set(basic_constraints(true, Some(0))))
            .with(set(key_usage(&[KEY_CERT_SIGN, CRL_SIGN])))
            .with(subject_key_identifier(&issuer_key))
            .with(authority_key_identifier(&root_key))
            .with(set(alternative_names(&[general_name("email:ca@example.org")])))
            .sign(&issuer_key, &root_key);
        let leaf_key = key();
        let leaf = Plan::new("CN=A", "CN=Issuer")
            .with(set(basic_constraints(false, None)))
            .with(set(key_usage(&[DIGITAL_SIGNATURE])))
            .with(set(extended_key_usage(&[EMAIL_PROTECTION])))
            .with(subject_key_identifier(&leaf_key))
            .with(authority_key_identifier(&issuer_key))
            .with(set(alternative_names(&[general_name(ADDRESS)])))
            .with(set(policies(&["1.2.3.1"])))
            .sign(&leaf_key, &issuer_key);
        let report = judge(&leaf, &[root], &[issuer], Purpose::SmimeSign, None);
        assert_status(&report, Code::Ok);
    }
}

/// 4.4.1: only a certificate whose basic constraints say so issues others, as many below it as they say.
#[test]
fn basic_constraints_decide_who_issues() {
    let root_key = key();
    let anchors = [Plan::authority("CN=Root", "CN=Root", &root_key).sign(&root_key, &root_key)];
    let judged = |constraints: Option<Extension>, depth: usize| {
        let first = key();
        let mut plan = Plan::new("CN=1", "CN=Root");
        plan.extensions.extend(constraints);
        let mut untrusted = vec![plan.sign(&first, &root_key)];
        let (mut issuer, mut issuer_key) = ("CN=1".to_owned(), first);
        for number in 2..2 + depth {
            let (name, own) = (format!("CN={number}"), key());
            untrusted.push(Plan::authority(&name, &issuer, &own).sign(&own, &issuer_key));
            (issuer, issuer_key) = (name, own);
        }
        let leaf = Plan::new("CN=A", &issuer).sign(&key(), &issuer_key);
        judge(&leaf, &anchors, &untrusted, Purpose::SmimeSign, None).status
    };
    assert_eq!(judged(Some(basic_constraints(true, None)), 3), Code::Ok);
    assert_eq!(judged(Some(basic_constraints(true, Some(0))), 0), Code::Ok);
    assert_eq!(
        judged(Some(basic_constraints(true, Some(0))), 1),
        Code::PathTooLong
    );
    assert_eq!(judged(Some(basic_constraints(true, Some(1))), 1), Code::Ok);
    assert_eq!(judged(Some(basic_constraints(false, None)), 0), Code::NotACa);
    assert_eq!(judged(None, 0), Code::NotACa);
}

/// 4.4.2: with a key usage, a signature counts with digitalSignature or nonRepudiation only; without one, always.
#[test]
fn key_usage_of_signers() {
    let pair = Pair::new();
    for (bits, status) in [
        (&[DIGITAL_SIGNATURE][..], Code::Ok),
        (&[NON_REPUDIATION], Code::Ok),
        (&[DIGITAL_SIGNATURE, NON_REPUDIATION], Code::Ok),
        (&[DIGITAL_SIGNATURE, KEY_AGREEMENT], Code::Ok),
        (&[KEY_AGREEMENT], Code::WrongPurpose),
        (&[KEY_ENCIPHERMENT, DATA_ENCIPHERMENT], Code::WrongPurpose),
        (&[KEY_CERT_SIGN, CRL_SIGN], Code::WrongPurpose),
    ] {
        let report = pair.judge(&leaf().with(key_usage(bits)), Purpose::SmimeSign);
        assert_status(&report, status);
    }
    assert_status(&pair.judge(&leaf(), Purpose::SmimeSign), Code::Ok);
}

/// 4.4.2: a key of an elliptic curve is encrypted to with keyAgreement only.
#[test]
fn key_usage_of_recipients() {
    let pair = Pair::new();
    for (bits, status) in [
        (&[KEY_AGREEMENT][..], Code::Ok),
        (&[DIGITAL_SIGNATURE, KEY_AGREEMENT], Code::Ok),
        (&[DIGITAL_SIGNATURE], Code::WrongPurpose),
        (&[KEY_CERT_SIGN], Code::WrongPurpose),
    ] {
        let report = pair.judge(&leaf().with(key_usage(bits)), Purpose::SmimeEncrypt);
        assert_status(&report, status);
    }
    assert_status(&pair.judge(&leaf(), Purpose::SmimeEncrypt), Code::Ok);
}

/// 4.4.2 and RFC 5280 4.2.1.3: an issuer with a key usage signs certificates with keyCertSign only.
#[test]
fn key_usage_of_issuers() {
    let pair = Pair::new();
    for (bits, status) in [
        (&[KEY_CERT_SIGN][..], Code::Ok),
        (&[CRL_SIGN], Code::IssuerMayNotSign),
        (&[DIGITAL_SIGNATURE], Code::IssuerMayNotSign),
    ] {
        let issuer_key = key();
        let issuer = Plan::new("CN=Issuer", "CN=Root")
            .with(basic_constraints(true, None))
            .with(key_usage(bits))
            .sign(&issuer_key, &pair.root_key);
        let leaf = Plan::new("CN=A", "CN=Issuer").sign(&key(), &issuer_key);
        let anchors = std::slice::from_ref(&pair.root);
        assert_status(
            &judge(&leaf, anchors, &[issuer], Purpose::SmimeSign, None),
            status,
        );
    }
}

/// 4.4.4: an extended key usage holds emailProtection or anyExtendedKeyUsage, critical or not; without one, anything goes.
#[test]
fn extended_key_usage_of_holders() {
    let pair = Pair::new();
    for (usages, status) in [
        (&[EMAIL_PROTECTION][..], Code::Ok),
        (&[SERVER, EMAIL_PROTECTION], Code::Ok),
        (&[ANY], Code::Ok),
        (&[SERVER, ANY], Code::Ok),
        (&[SERVER], Code::WrongPurpose),
    ] {
        for critical in [false, true] {
            let (oid, _, value) = extended_key_usage(usages);
            let plan = leaf().with((oid, critical, value));
            for purpose in [Purpose::SmimeSign, Purpose::SmimeEncrypt, Purpose::SmimeAny] {
                assert_status(&pair.judge(&plan, purpose), status);
            }
        }
    }
    assert_status(&pair.judge(&leaf(), Purpose::SmimeSign), Code::Ok);
}

//! Name constraints on every form of name, with OpenSSL's opinion beside ours.

use smime::path::{PathOptions, Purpose, build_and_validate};
use smime::report::{Code, Verdict};

use super::made::{NOW, Plan, alternative_names, general_name, key, name_constraints};
use super::openssl::OpenSsl;

/// What the issuer permits, what it excludes, the leaf's name, whether that is admitted, and whether OpenSSL says so too.
struct Case {
    permitted: &'static str,
    excluded: &'static str,
    name: &'static str,
    admitted: bool,
    /// Why OpenSSL is of another opinion, where it is.
    openssl: Option<&'static str>,
}

/// A case on which everybody agrees.
const fn case(permitted: &'static str, excluded: &'static str, name: &'static str, admitted: bool) -> Case {
    Case {
        permitted,
        excluded,
        name,
        admitted,
        openssl: None,
    }
}

const fn differs(case: Case, reason: &'static str) -> Case {
    Case {
        openssl: Some(reason),
        ..case
    }
}

#[test]
fn rfc822_name() {
    judge(&[
        // host
        case("email:example.org", "", "email:a@example.org", true),
        case("email:example.org", "", "email:a@EXAMPLE.org", true),
        case("email:example.org", "", "email:a@sub.example.org", false),
        case("email:example.org", "", "email:a@example.com", false),
        case("email:example.org", "", "email:a@badexample.org", false),
        // domain
        case("email:.example.org", "", "email:a@sub.example.org", true),
        case("email:.example.org", "", "email:a@b.sub.example.org", true),
        case("email:.example.org", "", "email:a@example.org", false),
        case("email:.example.org", "", "email:a@subexample.org", false),
        // mailbox
        case("email:a@example.org", "", "email:a@example.org", true),
        case("email:a@example.org", "", "email:a@Example.ORG", true),
        case("email:a@example.org", "", "email:A@example.org", false),
        case("email:a@example.org", "", "email:b@example.org", false),
        // excluded
        case("", "email:example.org", "email:a@example.org", false),
        case("", "email:example.org", "email:a@example.com", true),
        case("", "email:.example.org", "email:a@sub.example.org", false),
        case("", "email:.example.org", "email:a@example.org", true),
        case("", "email:a@example.org", "email:a@example.org", false),
        case("", "email:a@example.org", "email:b@example.org", true),
        case(
            "email:example.org",
            "email:a@example.org",
            "email:a@example.org",
            false,
        ),
        case(
            "email:example.org",
            "email:a@example.org",
            "email:b@example.org",
            true,
        ),
        // another form than the constraint's
        case("dns:example.org", "", "email:a@example.com", true),
        // what is no address cannot be compared
        case("email:example.org", "", "email:no address", false),
    ]);
}

#[test]
fn email_address_in_the_subject() {
    judge(&[
        case("email:example.org", "", "subject:CN=A,E=a@example.org", true),
        case("email:example.org", "", "subject:CN=A,E=a@example.com", false),
        case("", "email:example.org", "subject:CN=A,E=a@example.org", false),
    ]);
}

#[test]
fn smtp_utf8_mailbox() {
    judge(&[
        case("email:example.org", "", "utf8:zoé@example.org", true),
        case("email:example.org", "", "utf8:zoé@example.com", false),
        differs(
            case("email:.example.org", "", "utf8:zoé@sub.example.org", true),
            "does not know the domain form for SmtpUTF8Mailbox",
        ),
        case("", "email:example.org", "utf8:zoé@example.org", false),
        case("email:xn--bcher-kva.example", "", "utf8:zoé@bücher.example", true),
        case(
            "",
            "email:xn--bcher-kva.example",
            "utf8:zoé@bücher.example",
            false,
        ),
        differs(
            case(
                "email:xn--bcher-kva.example",
                "",
                "utf8:zoé@xn--bcher-kva.example",
                true,
            ),
            "follows RFC 8398, where the domain held U-labels; RFC 9598 has A-labels",
        ),
    ]);
}

#[test]
fn directory_name() {
    judge(&[
        case("dir:O=School", "", "subject:O=School,CN=A", true),
        case("dir:O=School", "", "subject:O=SCHOOL,CN=A", true),
        case("dir:O=School", "", "subject:O=Other,CN=A", false),
        case("dir:O=School,OU=X", "", "subject:O=School,CN=A", false),
        case("", "dir:O=School", "subject:O=School,CN=A", false),
        case("", "dir:O=School", "subject:O=Other,CN=A", true),
        case("dir:O=School", "", "dir:O=Other", false),
    ]);
}

#[test]
fn dns_name() {
    judge(&[
        case("dns:example.org", "", "dns:example.org", true),
        case("dns:example.org", "", "dns:www.example.org", true),
        case("dns:example.org", "", "dns:badexample.org", false),
        case("", "dns:example.org", "dns:www.example.org", false),
        case("", "dns:example.org", "dns:example.com", true),
    ]);
}

#[test]
fn uri() {
    judge(&[
        case("uri:example.org", "", "uri:https://example.org/x", true),
        case("uri:example.org", "", "uri:https://www.example.org/x", false),
        case("uri:.example.org", "", "uri:https://www.example.org:8443/x", true),
        case("uri:.example.org", "", "uri:https://example.org/x", false),
        case("", "uri:example.org", "uri:https://example.org/x", false),
        case("uri:example.org", "", "uri:urn:isbn:1", false),
    ]);
}

#[test]
fn ip_address() {
    judge(&[
        case("ip:10.0.0.0.255.0.0.0", "", "ip:10.1.2.3", true),
        case("ip:10.0.0.0.255.0.0.0", "", "ip:11.1.2.3", false),
        case("", "ip:10.0.0.0.255.0.0.0", "ip:10.1.2.3", false),
        case("", "ip:10.0.0.0.255.0.0.0", "ip:11.1.2.3", true),
    ]);
}

fn judge(cases: &[Case]) {
    let openssl = OpenSsl::find();
    let (root_key, issuer_key, leaf_key) = (key(), key(), key());
    let root = Plan::authority("CN=Root", "CN=Root", &root_key).sign(&root_key, &root_key);
    let list = |names: &str| -> Vec<Vec<u8>> { names.split_whitespace().map(general_name).collect() };
    for case in cases {
        let what = format!(
            "permitted {:?}, excluded {:?}, name {:?}",
            case.permitted, case.excluded, case.name
        );
        let issuer = Plan::authority("O=School", "CN=Root", &issuer_key)
            .with(name_constraints(&list(case.permitted), &list(case.excluded)))
            .sign(&issuer_key, &root_key);
        let leaf = match case.name.strip_prefix("subject:") {
            Some(subject) => Plan::new(subject, "O=School"),
            // A subject that every constraint on directory names here admits.
            None if case.permitted.starts_with("dir:") => {
                Plan::new("O=School,CN=A", "O=School").with(alternative_names(&[general_name(case.name)]))
            }
            None => Plan::new("CN=A", "O=School").with(alternative_names(&[general_name(case.name)])),
        };
        let leaf = leaf.sign(&leaf_key, &issuer_key);
        let mut options = PathOptions::new(NOW.parse().unwrap());
        options.purpose = Purpose::Any;
        let roots = [root.clone()];
        let issuers = [issuer];
        let report = build_and_validate(&leaf, &roots, &issuers, &options);
        assert_eq!(
            report.verdict == Verdict::Valid,
            case.admitted,
            "{what}: {:#?}",
            report.findings
        );
        if !case.admitted {
            assert_eq!(report.status, Code::NameConstraintViolation, "{what}");
        }
        if let Some(openssl) = &openssl {
            let theirs = openssl.verify(&roots, &issuers, &leaf, &[]);
            assert_eq!(
                theirs.is_ok() != case.admitted,
                case.openssl.is_some(),
                "OpenSSL on {what}: {theirs:?}, {:?} expected",
                case.openssl
            );
        }
    }
}

//! The library's verdict on a case of x509-limbo, and where it differs from the collection's on purpose.

use identity::{Certificate, CertificateList, Mailbox, pem};
use smime::path::{PathOptions, Purpose, Revocation, build_and_validate};
use smime::report::Verdict;
use test_support::corpus::limbo::Case;

/// The cases that are judged otherwise, each with its reason: they ask for what only a TLS client does.
pub(crate) const TLS_ONLY: &[(&str, &str)] = &[
    (
        "rfc5280::ca-as-leaf-wrong-san",
        "the certificate is sound (the case says so); only the TLS server's name differs",
    ),
    (
        "rfc5280::eku::ee-wrong-eku",
        "asks for serverAuth, which is no use here; for mail the certificate is refused (wrong-purpose)",
    ),
    (
        "webpki::aki::root-with-aki-missing-keyidentifier",
        "CABF 7.1.2.1.3, what a web root says of its own key: nothing depends on it",
    ),
    (
        "webpki::aki::root-with-aki-authoritycertissuer",
        "CABF 7.1.2.1.3 forbids it in a web root; RFC 5280 has no rule for an anchor",
    ),
    (
        "webpki::aki::root-with-aki-authoritycertserialnumber",
        "CABF 7.1.2.1.3 forbids it in a web root; RFC 5280 has no rule for an anchor",
    ),
    (
        "webpki::aki::root-with-aki-all-fields",
        "CABF 7.1.2.1.3 forbids it in a web root; RFC 5280 4.2.1.1 allows it",
    ),
    (
        "webpki::aki::root-with-aki-ski-mismatch",
        "CABF 7.1.2.1.3, what a web root says of its own key: key identifiers are hints (RFC 4158)",
    ),
    (
        "webpki::ca-as-leaf",
        "CABF 7.1.2.7.8: no authority may be a TLS server; RFC 5280 lets one stand at the end of a path",
    ),
    (
        "webpki::cn::case-mismatch",
        "CABF 7.1.4.3: a server's common name copies its alternative name; mail never looks there for names",
    ),
    (
        "webpki::cn::ipv4-hex-mismatch",
        "CABF 7.1.4.3: how a server's address is written as common name",
    ),
    (
        "webpki::cn::ipv4-leading-zeros-mismatch",
        "CABF 7.1.4.3: how a server's address is written as common name",
    ),
    (
        "webpki::cn::ipv6-non-rfc5952-mismatch",
        "CABF 7.1.4.3: how a server's address is written as common name",
    ),
    (
        "webpki::cn::ipv6-uncompressed-mismatch",
        "CABF 7.1.4.3: how a server's address is written as common name",
    ),
    (
        "webpki::cn::ipv6-uppercase-mismatch",
        "CABF 7.1.4.3: how a server's address is written as common name",
    ),
    (
        "webpki::cn::not-in-san",
        "CABF 7.1.4.3: a server's common name is among its alternative names; a person's is no host",
    ),
    (
        "webpki::cn::punycode-not-in-san",
        "CABF 7.1.4.3: a server's common name is among its alternative names; a person's is no host",
    ),
    (
        "webpki::cn::utf8-vs-punycode-mismatch",
        "CABF 7.1.4.3: a server's common name copies its alternative name, and so is an A-label",
    ),
    (
        "webpki::ee-basicconstraints-ca",
        "CABF 7.1.2.7.8: no authority may be a TLS server; RFC 5280 lets one stand at the end of a path",
    ),
    (
        "webpki::eku::ee-anyeku",
        "CABF 7.1.2.7.10: anyExtendedKeyUsage is forbidden for servers only",
    ),
    (
        "webpki::eku::ee-critical-eku",
        "CABF 7.1.2.7.6: not critical for servers; RFC 5280 4.2.1.12 allows both",
    ),
    (
        "webpki::eku::ee-without-eku",
        "CABF 7.1.2.7.6: required for servers; RFC 5280 4.2.1.12 leaves it open",
    ),
    (
        "webpki::eku::root-has-eku",
        "CABF 7.1.2.1.2 forbids it in a web root; here an anchor's usages bind",
    ),
    (
        "webpki::forbidden-dsa-leaf",
        "CABF 6.1.5: kinds of a server's key",
    ),
    (
        "webpki::forbidden-dsa-root",
        "CABF 6.1.5: kinds of a web root's key; DSA of 2048 bits and more with SHA-256 is verified here",
    ),
    (
        "webpki::forbidden-p192-leaf",
        "CABF 6.1.5: kinds of a server's key; nothing can be signed with or encrypted to this one here",
    ),
    (
        "webpki::forbidden-rsa-key-not-divisible-by-8-in-leaf",
        "CABF 6.1.5: 2052 bits are enough, only not a multiple of 8",
    ),
    (
        "webpki::forbidden-rsa-not-divisible-by-8-in-root",
        "CABF 6.1.5: 2052 bits are enough, only not a multiple of 8",
    ),
    (
        "webpki::san::mismatch-apex-subdomain-san",
        "RFC 6125: the TLS server's name differs, the path is sound",
    ),
    (
        "webpki::san::mismatch-domain-san",
        "RFC 6125: the TLS server's name differs, the path is sound",
    ),
    (
        "webpki::san::mismatch-subdomain-apex-san",
        "RFC 6125: the TLS server's name differs, the path is sound",
    ),
    (
        "webpki::san::mismatch-subdomain-san",
        "RFC 6125: the TLS server's name differs, the path is sound",
    ),
    (
        "webpki::san::no-san",
        "CABF 7.1.2.7.12: a server needs an alternative name; RFC 5280 lets the subject name the holder",
    ),
    (
        "webpki::san::public-suffix-multi-label-wildcard-san",
        "CABF 3.2.2.6: wildcards over public suffixes, which only TLS matches",
    ),
    (
        "webpki::san::public-suffix-private-namespace-wildcard-san",
        "CABF 3.2.2.6: wildcards over public suffixes, which only TLS matches",
    ),
    (
        "webpki::san::public-suffix-wildcard-san",
        "CABF 3.2.2.6: wildcards over public suffixes, which only TLS matches",
    ),
    (
        "webpki::san::san-critical-with-nonempty-subject",
        "CABF 7.1.2.7.12 forbids it for servers; RFC 5280 4.2.1.6 says SHOULD",
    ),
    (
        "webpki::san::wildcard-match-across-labels-san",
        "RFC 6125 6.4.3: how a TLS client matches wildcards",
    ),
    (
        "webpki::v1-cert",
        "CABF 7.1.1: version 3 for servers; a version 1 leaf breaks nothing in RFC 5280",
    ),
];

/// Tells whether the case's certificate is accepted, and why.
///
/// The cases of `rfc5280` are about what an authority must write, which is looked at with `strict`; the others are about
/// what a reader must do, and two of them are valid with what a case of `rfc5280` forbids.
pub(crate) fn judge(case: &Case) -> (bool, String) {
    let certificates = |texts: &[String]| -> Result<Vec<Certificate>, String> {
        texts.iter().map(|text| read(text)).collect()
    };
    let read = || -> Result<_, String> {
        Ok((
            certificates(&case.trusted)?,
            certificates(&case.untrusted)?,
            read(&case.leaf)?,
        ))
    };
    let (anchors, untrusted, leaf) = match read() {
        Ok(read) => read,
        Err(error) => return (false, error),
    };
    let lists: Vec<_> = case
        .crls
        .iter()
        .filter_map(|text| CertificateList::from_der(&pem::decode(text.as_bytes()).unwrap()[0].der).ok())
        .collect();
    let mut options = PathOptions::new(case.now.parse().unwrap());
    options.purpose = Purpose::Any;
    options.strict = case.id.starts_with("rfc5280::");
    options.crls = &lists;
    if !lists.is_empty() {
        options.revocation = Revocation::Required;
    }
    if let Some(intermediates) = case.intermediates {
        options.limits.depth = intermediates + 2;
    }
    let email = case
        .email
        .as_ref()
        .map(|address| Mailbox::parse(address).unwrap());
    options.email = email.as_ref();
    let report = build_and_validate(&leaf, &anchors, &untrusted, &options);
    let findings: Vec<_> = report.findings.iter().map(ToString::to_string).collect();
    (
        report.verdict == Verdict::Valid,
        format!("{} [{}]", report.status, findings.join("; ")),
    )
}

fn read(text: &str) -> Result<Certificate, String> {
    let blocks = pem::decode(text.as_bytes()).map_err(|error| error.to_string())?;
    Certificate::from_der(&blocks[0].der).map_err(|error| error.to_string())
}

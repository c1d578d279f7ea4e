//! Certificates of authorities.

use super::{Flaw, differs, flaw};

pub(super) static FLAWS: &[Flaw] = &[
    flaw(
        "authority-constraints-not-critical",
        "authority",
        &[("basicConstraints", "CA:TRUE,pathlen:0")],
    ),
    flaw(
        "authority-without-constraints",
        "authority",
        &[("basicConstraints", "")],
    ),
    flaw(
        "authority-without-cert-sign",
        "authority",
        &[("keyUsage", "critical,cRLSign")],
    ),
    flaw("authority-without-key-usage", "authority", &[("keyUsage", "")]),
    flaw(
        "authority-without-subject-key-identifier",
        "authority",
        &[("subjectKeyIdentifier", "none")],
    ),
    flaw("authority-without-subject", "authority", &[("subject", "/")]),
    differs(
        "name-constraints-not-critical",
        "authority",
        &[("nameConstraints", "permitted;email:example.com")],
        "RFC 5280, 4.2.1.10 says MUST, but gpgsm refuses whatever is below a critical one: an authority's choice (`init --critical-constraints`), and \
         a warning here.",
    ),
    flaw(
        "name-constraints-empty",
        "authority",
        &[("nameConstraints", "critical,DER:3000")],
    ),
    flaw(
        "policy-constraints-not-critical",
        "authority",
        &[("policyConstraints", "requireExplicitPolicy:0")],
    ),
    flaw(
        "policy-mappings-to-any",
        "authority",
        &[("policyMappings", "critical,1.2.3.4:2.5.29.32.0")],
    ),
];

//! Extensions of persons' certificates.

use super::{Flaw, differs, flaw};

pub(super) static FLAWS: &[Flaw] = &[
    flaw("no-key-usage", "mailbox-strict", &[("keyUsage", "")]),
    flaw(
        "key-usage-not-critical",
        "mailbox-strict",
        &[("keyUsage", "digitalSignature,keyAgreement")],
    ),
    flaw(
        "key-encipherment-with-ec",
        "mailbox-strict",
        &[("keyUsage", "critical,digitalSignature,keyEncipherment")],
    ),
    flaw(
        "data-encipherment-with-ec",
        "mailbox-multipurpose",
        &[(
            "keyUsage",
            "critical,digitalSignature,keyAgreement,dataEncipherment",
        )],
    ),
    flaw(
        "encipher-only-without-agreement",
        "mailbox-strict",
        &[("keyUsage", "critical,digitalSignature,encipherOnly")],
    ),
    flaw(
        "key-agreement-with-rsa",
        "mailbox-strict",
        &[
            ("key", "rsa-2048"),
            ("keyUsage", "critical,digitalSignature,keyAgreement"),
        ],
    ),
    flaw(
        "data-encipherment-in-strict",
        "mailbox-strict",
        &[
            ("key", "rsa-2048"),
            (
                "keyUsage",
                "critical,digitalSignature,keyEncipherment,dataEncipherment",
            ),
        ],
    ),
    flaw(
        "data-encipherment-alone",
        "mailbox-multipurpose",
        &[("key", "rsa-2048"), ("keyUsage", "critical,dataEncipherment")],
    ),
    flaw(
        "key-encipherment-with-ed25519",
        "mailbox-strict",
        &[
            ("key", "ed25519"),
            ("keyUsage", "critical,digitalSignature,keyEncipherment"),
        ],
    ),
    flaw(
        "key-agreement-with-ed25519",
        "mailbox-strict",
        &[
            ("key", "ed25519"),
            ("keyUsage", "critical,digitalSignature,keyAgreement"),
        ],
    ),
    flaw(
        "non-repudiation-alone",
        "mailbox-strict",
        &[("keyUsage", "critical,nonRepudiation")],
    ),
    flaw(
        "non-repudiation-with-encryption",
        "mailbox-strict",
        &[("keyUsage", "critical,nonRepudiation,keyAgreement")],
    ),
    flaw(
        "cert-sign-of-a-person",
        "mailbox-strict",
        &[("keyUsage", "critical,digitalSignature,keyCertSign")],
    ),
    flaw(
        "crl-sign-of-a-person",
        "mailbox-strict",
        &[("keyUsage", "critical,digitalSignature,cRLSign")],
    ),
    flaw(
        "no-extended-key-usage",
        "mailbox-strict",
        &[("extendedKeyUsage", "")],
    ),
    flaw(
        "client-auth-in-strict",
        "mailbox-strict",
        &[("extendedKeyUsage", "emailProtection,clientAuth")],
    ),
    flaw(
        "client-auth-alone",
        "mailbox-multipurpose",
        &[("extendedKeyUsage", "clientAuth")],
    ),
    flaw(
        "server-auth",
        "mailbox-multipurpose",
        &[("extendedKeyUsage", "emailProtection,serverAuth")],
    ),
    flaw(
        "code-signing",
        "mailbox-multipurpose",
        &[("extendedKeyUsage", "emailProtection,codeSigning")],
    ),
    flaw(
        "time-stamping",
        "mailbox-multipurpose",
        &[("extendedKeyUsage", "emailProtection,timeStamping")],
    ),
    flaw(
        "ocsp-signing",
        "mailbox-multipurpose",
        &[("extendedKeyUsage", "emailProtection,OCSPSigning")],
    ),
    flaw(
        "any-extended-key-usage",
        "mailbox-multipurpose",
        &[("extendedKeyUsage", "emailProtection,anyExtendedKeyUsage")],
    ),
    flaw("no-policies", "mailbox-strict", &[("certificatePolicies", "")]),
    flaw(
        "no-reserved-policy",
        "mailbox-strict",
        &[("certificatePolicies", "1.2.3.4")],
    ),
    flaw(
        "policy-of-another-generation",
        "mailbox-strict",
        &[("certificatePolicies", "2.23.140.1.5.1.2")],
    ),
    flaw(
        "policies-of-two-levels",
        "mailbox-strict",
        &[("certificatePolicies", "2.23.140.1.5.1.3,2.23.140.1.5.2.3")],
    ),
    flaw(
        "any-policy",
        "mailbox-strict",
        &[("certificatePolicies", "2.23.140.1.5.1.3,2.5.29.32.0")],
    ),
    flaw(
        "policies-critical",
        "mailbox-strict",
        &[("certificatePolicies", "critical,2.23.140.1.5.1.3")],
    ),
    flaw(
        "policy-twice",
        "person",
        &[("certificatePolicies", "DER:300e300506032a0304300506032a0304")],
    ),
    flaw(
        "practices-by-ldap",
        "mailbox-strict",
        &[
            ("certificatePolicies", "2.23.140.1.5.1.3,@cps"),
            (
                "section",
                "[cps]\npolicyIdentifier=1.2.3.4\nCPS.1=ldap://pki.example.com",
            ),
        ],
    ),
    flaw(
        "notice-with-reference",
        "mailbox-strict",
        &[
            ("certificatePolicies", "2.23.140.1.5.1.3,@cps"),
            (
                "section",
                "[cps]\npolicyIdentifier=1.2.3.4\nuserNotice.1=@notice\n[notice]\nexplicitText=Hello\norganization=School\nnoticeNumbers=1",
            ),
        ],
    ),
    flaw(
        "no-distribution-point",
        "mailbox-strict",
        &[("crlDistributionPoints", "")],
    ),
    flaw(
        "distribution-point-by-ldap",
        "mailbox-strict",
        &[("crlDistributionPoints", "URI:ldap://pki.example.com/a")],
    ),
    flaw(
        "distribution-point-by-https",
        "mailbox-strict",
        &[("crlDistributionPoints", "URI:https://pki.example.com/a.crl")],
    ),
    flaw(
        "distribution-points-by-http-and-ldap",
        "mailbox-strict",
        &[
            ("crlDistributionPoints", "point"),
            (
                "section",
                "[point]\nfullname=URI:http://pki.example.com/a.crl,URI:ldap://pki.example.com/a",
            ),
        ],
    ),
    flaw(
        "distribution-point-by-ldap-in-legacy",
        "mailbox-legacy",
        &[("crlDistributionPoints", "URI:ldap://pki.example.com/a")],
    ),
    differs(
        "distribution-point-critical",
        "mailbox-strict",
        &[(
            "crlDistributionPoints",
            "critical,URI:http://pki.example.com/a.crl",
        )],
        "CA/B S/MIME BR 7.1.2.3 (b) says SHOULD NOT: a warning here, an error to pkilint.",
    ),
    flaw(
        "distribution-point-without-a-name",
        "mailbox-strict",
        &[
            ("crlDistributionPoints", "point"),
            ("section", "[point]\nreasons=keyCompromise"),
        ],
    ),
    flaw(
        "no-authority-information",
        "mailbox-strict",
        &[("authorityInfoAccess", "")],
    ),
    flaw(
        "no-issuers-certificate",
        "mailbox-strict",
        &[("authorityInfoAccess", "OCSP;URI:http://pki.example.com/ocsp")],
    ),
    flaw(
        "issuers-certificate-by-ldap",
        "mailbox-strict",
        &[("authorityInfoAccess", "caIssuers;URI:ldap://pki.example.com/a")],
    ),
    flaw(
        "responder-by-https",
        "mailbox-strict",
        &[(
            "authorityInfoAccess",
            "caIssuers;URI:http://pki.example.com/a.crt,OCSP;URI:https://pki.example.com/ocsp",
        )],
    ),
    flaw(
        "issuers-certificate-by-ldap-in-legacy",
        "mailbox-legacy",
        &[("authorityInfoAccess", "caIssuers;URI:ldap://pki.example.com/a")],
    ),
    flaw(
        "authority-information-critical",
        "mailbox-strict",
        &[(
            "authorityInfoAccess",
            "critical,caIssuers;URI:http://pki.example.com/a.crt",
        )],
    ),
    flaw(
        "no-authority-key-identifier",
        "mailbox-strict",
        &[("authorityKeyIdentifier", "none")],
    ),
    flaw(
        "authority-key-identifier-with-serial",
        "mailbox-strict",
        &[("authorityKeyIdentifier", "keyid:always,issuer:always")],
    ),
    flaw(
        "authority-key-identifier-critical",
        "person",
        &[("authorityKeyIdentifier", "critical,keyid")],
    ),
    flaw(
        "no-subject-key-identifier",
        "person",
        &[("subjectKeyIdentifier", "none")],
    ),
    flaw(
        "subject-key-identifier-critical",
        "person",
        &[("subjectKeyIdentifier", "critical,hash")],
    ),
    flaw(
        "basic-constraints-with-a-length",
        "person",
        &[("basicConstraints", "critical,DER:3003020100")],
    ),
    flaw(
        "authority-by-mistake",
        "mailbox-strict",
        &[("basicConstraints", "critical,CA:TRUE")],
    ),
    flaw(
        "directory-attributes-in-strict",
        "mailbox-strict",
        &[("2.5.29.9", "DER:3012301006082B06010505070904310413024652")],
    ),
    flaw(
        "directory-attributes-in-multipurpose",
        "mailbox-multipurpose",
        &[("2.5.29.9", "DER:3012301006082B06010505070904310413024652")],
    ),
    flaw(
        "directory-attributes-critical",
        "person",
        &[(
            "2.5.29.9",
            "critical,DER:3012301006082B06010505070904310413024652",
        )],
    ),
    flaw(
        "statements-critical",
        "mailbox-strict",
        &[("1.3.6.1.5.5.7.1.3", "critical,DER:300a3008060604008e460101")],
    ),
    flaw(
        "lei-in-mailbox",
        "mailbox-strict",
        &[(
            "1.3.6.1.4.1.52266.1",
            "DER:1314353439333030314b4a5449494743385931523132",
        )],
    ),
    flaw(
        "lei-critical",
        "organization-strict",
        &[(
            "1.3.6.1.4.1.52266.1",
            "critical,DER:1314353439333030314b4a5449494743385931523132",
        )],
    ),
    flaw(
        "lei-role-in-organization",
        "organization-strict",
        &[("1.3.6.1.4.1.52266.2", "DER:130754656163686572")],
    ),
    flaw(
        "adobe-time-stamp-in-strict",
        "mailbox-strict",
        &[(
            "1.2.840.113583.1.1.9.1",
            "DER:301c0201018617687474703a2f2f7473612e6578616d706c652e636f6d2f",
        )],
    ),
    flaw(
        "adobe-time-stamp-critical",
        "mailbox-multipurpose",
        &[(
            "1.2.840.113583.1.1.9.1",
            "critical,DER:301c0201018617687474703a2f2f7473612e6578616d706c652e636f6d2f",
        )],
    ),
    flaw(
        "capabilities-critical",
        "mailbox-strict",
        &[(
            "1.2.840.113549.1.9.15",
            "critical,DER:300d300b060960864801650304012a",
        )],
    ),
    flaw(
        "unknown-critical-extension",
        "person",
        &[("1.2.3.4", "critical,DER:0500")],
    ),
    flaw(
        "policy-mappings-of-a-person",
        "person",
        &[("policyMappings", "1.2.3.4:1.2.3.5")],
    ),
    flaw(
        "name-constraints-of-a-person",
        "person",
        &[("nameConstraints", "critical,permitted;email:example.com")],
    ),
    flaw(
        "policy-constraints-of-a-person",
        "person",
        &[("policyConstraints", "critical,requireExplicitPolicy:0")],
    ),
    flaw(
        "inhibit-any-policy-not-critical",
        "person",
        &[("inhibitAnyPolicy", "0")],
    ),
    flaw(
        "freshest-list-critical",
        "person",
        &[("freshestCRL", "critical,URI:http://pki.example.com/d.crl")],
    ),
    flaw(
        "issuer-alternative-name-broken",
        "person",
        &[("issuerAltName", "DER:307f")],
    ),
    flaw(
        "subject-information-critical",
        "person",
        &[(
            "subjectInfoAccess",
            "critical,caRepository;URI:http://pki.example.com/",
        )],
    ),
];

//! Subjects and alternative names.

use super::{Flaw, differs, flaw};

pub(super) static FLAWS: &[Flaw] = &[
    flaw(
        "given-name-in-mailbox",
        "mailbox-strict",
        &[("subject", "/GN=Zoe/CN=alice@example.com")],
    ),
    flaw(
        "surname-in-mailbox",
        "mailbox-multipurpose",
        &[("subject", "/SN=Noel/CN=alice@example.com")],
    ),
    flaw(
        "pseudonym-in-mailbox",
        "mailbox-strict",
        &[("subject", "/pseudonym=Bob/CN=alice@example.com")],
    ),
    flaw(
        "organization-in-mailbox",
        "mailbox-strict",
        &[("subject", "/O=Lycee/CN=alice@example.com")],
    ),
    flaw(
        "unit-in-mailbox",
        "mailbox-strict",
        &[("subject", "/OU=Class 3/CN=alice@example.com")],
    ),
    flaw(
        "country-in-mailbox",
        "mailbox-strict",
        &[("subject", "/C=FR/CN=alice@example.com")],
    ),
    flaw(
        "locality-in-mailbox",
        "mailbox-strict",
        &[("subject", "/L=Lille/CN=alice@example.com")],
    ),
    flaw(
        "title-in-mailbox",
        "mailbox-strict",
        &[("subject", "/title=Dr/CN=alice@example.com")],
    ),
    flaw(
        "user-id-in-mailbox",
        "mailbox-strict",
        &[("subject", "/UID=alice/CN=alice@example.com")],
    ),
    flaw(
        "person-as-name-of-mailbox",
        "mailbox-strict",
        &[("subject", "/CN=Zoe Noel")],
    ),
    flaw(
        "another-address-in-subject",
        "mailbox-strict",
        &[("subject", "/CN=bob@example.com")],
    ),
    flaw(
        "another-address-in-subject-of-person",
        "person",
        &[("subject", "/CN=Alice/emailAddress=bob@example.com")],
    ),
    flaw(
        "another-address-attribute",
        "mailbox-strict",
        &[("subject", "/CN=alice@example.com/emailAddress=bob@example.com")],
    ),
    flaw(
        "two-addresses-in-subject",
        "mailbox-strict",
        &[
            (
                "subject",
                "/emailAddress=alice@example.com/emailAddress=bob@example.com",
            ),
            ("subjectAltName", "email:alice@example.com,email:bob@example.com"),
        ],
    ),
    flaw(
        "person-in-organization",
        "organization-strict",
        &[(
            "subject",
            "/C=FR/O=Lycee/organizationIdentifier=NTRFR-552100554/SN=Noel",
        )],
    ),
    flaw(
        "title-in-organization",
        "organization-strict",
        &[(
            "subject",
            "/C=FR/O=Lycee/organizationIdentifier=NTRFR-552100554/title=Dr",
        )],
    ),
    flaw(
        "organization-without-its-name",
        "organization-strict",
        &[("subject", "/C=FR/organizationIdentifier=NTRFR-552100554")],
    ),
    flaw(
        "organization-without-a-number",
        "organization-strict",
        &[("subject", "/C=FR/O=Lycee")],
    ),
    flaw(
        "organization-by-another-name",
        "organization-strict",
        &[(
            "subject",
            "/C=FR/O=Lycee/organizationIdentifier=NTRFR-552100554/CN=Other",
        )],
    ),
    flaw(
        "street-in-strict",
        "organization-strict",
        &[(
            "subject",
            "/C=FR/L=Lille/street=1 rue Haute/O=Lycee/organizationIdentifier=NTRFR-552100554",
        )],
    ),
    flaw(
        "postal-code-in-strict",
        "organization-strict",
        &[(
            "subject",
            "/C=FR/postalCode=59000/O=Lycee/organizationIdentifier=NTRFR-552100554",
        )],
    ),
    flaw(
        "locality-without-country",
        "organization-strict",
        &[(
            "subject",
            "/L=Lille/O=Lycee/organizationIdentifier=NTRFR-552100554",
        )],
    ),
    flaw(
        "state-without-country",
        "organization-strict",
        &[(
            "subject",
            "/ST=Nord/O=Lycee/organizationIdentifier=NTRFR-552100554",
        )],
    ),
    flaw(
        "street-without-locality",
        "organization-multipurpose",
        &[(
            "subject",
            "/C=FR/street=1 rue Haute/O=Lycee/organizationIdentifier=NTRFR-552100554",
        )],
    ),
    flaw(
        "unknown-country",
        "organization-strict",
        &[(
            "subject",
            "/C=ZZ/O=Lycee/organizationIdentifier=LEIXG-5493001KJTIIGC8Y1R12",
        )],
    ),
    flaw(
        "country-in-small-letters",
        "organization-strict",
        &[(
            "subject",
            "/C=fr/O=Lycee/organizationIdentifier=LEIXG-5493001KJTIIGC8Y1R12",
        )],
    ),
    flaw(
        "number-of-another-country",
        "organization-strict",
        &[("subject", "/C=FR/O=Lycee/organizationIdentifier=VATDE-1")],
    ),
    flaw(
        "number-without-a-scheme",
        "organization-strict",
        &[("subject", "/C=FR/O=Lycee/organizationIdentifier=552100554")],
    ),
    flaw(
        "number-of-an-unknown-scheme",
        "organization-strict",
        &[("subject", "/C=FR/O=Lycee/organizationIdentifier=ABCFR-1")],
    ),
    flaw(
        "number-without-a-number",
        "organization-strict",
        &[("subject", "/C=FR/O=Lycee/organizationIdentifier=NTRFR-")],
    ),
    flaw(
        "number-of-a-government",
        "organization-strict",
        &[("subject", "/C=FR/O=Lycee/organizationIdentifier=GOVFR-1")],
    ),
    flaw(
        "number-of-no-country",
        "organization-strict",
        &[("subject", "/O=Lycee/organizationIdentifier=NTRZZ-1")],
    ),
    flaw(
        "lei-that-does-not-check",
        "organization-strict",
        &[(
            "subject",
            "/C=FR/O=Lycee/organizationIdentifier=LEIXG-5493001KJTIIGC8Y1R13",
        )],
    ),
    flaw(
        "lei-of-a-country",
        "organization-strict",
        &[(
            "subject",
            "/C=FR/O=Lycee/organizationIdentifier=LEIFR-5493001KJTIIGC8Y1R12",
        )],
    ),
    flaw(
        "german-number-without-court",
        "organization-strict",
        &[("subject", "/C=DE/O=Schule/organizationIdentifier=NTRDE-HRB116737")],
    ),
    flaw(
        "name-that-says-nothing",
        "organization-strict",
        &[("subject", "/C=FR/O=-/organizationIdentifier=NTRFR-552100554")],
    ),
    flaw(
        "state-that-says-nothing",
        "organization-strict",
        &[(
            "subject",
            "/C=FR/ST=./O=Lycee/organizationIdentifier=NTRFR-552100554",
        )],
    ),
    flaw(
        "sponsor-without-a-person",
        "sponsor-strict",
        &[(
            "subject",
            "/C=FR/O=Lycee/organizationIdentifier=NTRFR-552100554/CN=alice@example.com",
        )],
    ),
    flaw(
        "sponsor-without-a-number",
        "sponsor-strict",
        &[("subject", "/C=FR/O=Lycee/GN=Zoe/SN=Noel")],
    ),
    flaw(
        "sponsor-without-an-organization",
        "sponsor-multipurpose",
        &[("subject", "/GN=Zoe/SN=Noel")],
    ),
    flaw(
        "name-beside-a-pseudonym",
        "sponsor-strict",
        &[(
            "subject",
            "/C=FR/O=Lycee/organizationIdentifier=NTRFR-552100554/GN=Zoe/pseudonym=Bob",
        )],
    ),
    flaw(
        "organization-in-individual",
        "individual-strict",
        &[("subject", "/O=Lycee/GN=Zoe/SN=Noel")],
    ),
    flaw(
        "unit-in-individual",
        "individual-strict",
        &[("subject", "/OU=Class 3/GN=Zoe/SN=Noel")],
    ),
    flaw(
        "individual-by-common-name",
        "individual-strict",
        &[("subject", "/CN=Zoe Noel")],
    ),
    flaw(
        "individual-by-another-common-name",
        "individual-strict",
        &[("subject", "/pseudonym=Bob/CN=Zoe Noel")],
    ),
    flaw(
        "domain-component-in-individual",
        "individual-multipurpose",
        &[("subject", "/DC=com/GN=Zoe/SN=Noel")],
    ),
    flaw(
        "empty-subject-names-not-critical",
        "mailbox-strict",
        &[("subject", "/")],
    ),
    flaw("no-alternative-name", "mailbox-strict", &[("subjectAltName", "")]),
    flaw(
        "no-address",
        "mailbox-strict",
        &[("subjectAltName", "dirName:dir"), ("section", "[dir]\nCN=alice")],
    ),
    flaw(
        "host-beside-the-address",
        "mailbox-strict",
        &[("subjectAltName", "email:alice@example.com,DNS:www.example.com")],
    ),
    flaw(
        "url-beside-the-address",
        "mailbox-strict",
        &[(
            "subjectAltName",
            "email:alice@example.com,URI:http://www.example.com/",
        )],
    ),
    flaw(
        "ip-address-beside-the-address",
        "mailbox-multipurpose",
        &[("subjectAltName", "email:alice@example.com,IP:192.0.2.1")],
    ),
    flaw(
        "registered-id-beside-the-address",
        "mailbox-strict",
        &[("subjectAltName", "email:alice@example.com,RID:1.2.3.4")],
    ),
    flaw(
        "principal-name-in-strict",
        "mailbox-strict",
        &[(
            "subjectAltName",
            "email:alice@example.com,otherName:1.3.6.1.4.1.311.20.2.3;UTF8:alice@example.com",
        )],
    ),
    flaw(
        "directory-name-with-another-address",
        "mailbox-strict",
        &[
            ("subjectAltName", "email:alice@example.com,dirName:dir"),
            ("section", "[dir]\nCN=bob@example.com"),
        ],
    ),
    flaw(
        "directory-name-with-a-person",
        "mailbox-strict",
        &[
            ("subjectAltName", "email:alice@example.com,dirName:dir"),
            ("section", "[dir]\nSN=Noel"),
        ],
    ),
    flaw(
        "address-without-a-domain",
        "person",
        &[("subjectAltName", "email:alice")],
    ),
    flaw(
        "address-with-a-name",
        "person",
        &[("subjectAltName", "email:Alice <alice@example.com>")],
    ),
    flaw(
        "address-with-a-space",
        "person",
        &[("subjectAltName", "email:alice smith@example.com")],
    ),
    differs(
        "internal-host",
        "mailbox-strict",
        &[("crlDistributionPoints", "URI:http://pki.school.lan/a.crl")],
        "A private authority's servers may have names that only its own network knows (CA/B S/MIME BR 1.1 leaves such authorities out).",
    ),
    differs(
        "internal-domain",
        "mailbox-strict",
        &[
            ("subject", "/CN=alice@mail.lan"),
            ("subjectAltName", "email:alice@mail.lan"),
        ],
        "A private authority may vouch for addresses of its own network (CA/B S/MIME BR 1.1 leaves such authorities out).",
    ),
];

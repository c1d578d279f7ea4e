//! Policies that are wrong: each is refused with its place, its value and a remedy.

use super::*;
use crate::evidence::EvidenceKind;
use chrono::{DateTime, Utc};

/// Returns what is wrong with a shipped policy after one text was replaced.
fn broken(file: &str, from: &str, to: &str) -> String {
    let (_, text) = shipped().iter().find(|(path, _)| *path == file).unwrap();
    assert!(text.contains(from), "{from}");
    let mut errors = PolicyFile::parse(file, &text.replacen(from, to, 1))
        .unwrap_err()
        .to_string();
    errors.push('\n');
    errors
}

#[test]
fn wrong_class_policies() {
    let mut all = String::new();
    for (from, to) in [
        // Keys.
        ("title:", "titel:"),
        ("  given_name: forbidden", "  given-name: forbidden"),
        ("validity:", "lifetime:"),
        ("issuer: Class 1\n", ""),
        ("issuer: Class 1\n", "issuer: Class 1\nissuer: Class 2\n"),
        ("  preset: modern", "  preset: modern\n  iterations: 1000"),
        // Types.
        ("class: 1\n", "class: one\n"),
        ("class: 1\n", "class: 4\n"),
        ("title: \"Class 1: mailbox\"", "title: 1"),
        ("title: \"Class 1: mailbox\"", "title: \"Class\\n1\""),
        ("default_days: 365", "default_days: a year"),
        ("default_days: 365", "default_days: 0"),
        ("default_days: 365", "default_days: \"365\""),
        ("non_repudiation: false", "non_repudiation: no"),
        ("required: [mailbox]", "required: mailbox"),
        ("required: [mailbox]", "required: []"),
        ("required: [mailbox]", "required: [mailbox, []]"),
        ("required: [mailbox]", "required: [mailbox, mailbox]"),
        ("required: [mailbox]", "required: [mail-box, passport]"),
        ("policy_oid: 1.3.6.1.4.1.32473.1.1", "policy_oid: 1.3"),
        ("policy_oid: 1.3.6.1.4.1.32473.1.1", "policy_oid: 1.3.6.x"),
        ("issuer: Class 1\n", "issuer: Class/1\n"),
        ("given_name: forbidden", "given_name: optional"),
        (
            "# cps_url: https://ca.example.com/cps",
            "cps_url: ca.example.com/cps",
        ),
        ("preset: modern", "preset: Modern"),
        ("preset: modern", "preset: modern\narchive: {agents: []}"),
        ("preset: modern", "preset: modern\narchive: {agents: [../a.crt]}"),
        (
            "preset: modern",
            "preset: modern\narchive: {agents: [a.crt], required_agents: 3}",
        ),
        // Contradictions.
        ("preset: modern", "preset: modern\nenrolment: {days: [365, 5000]}"),
        ("preset: modern", "preset: modern\nenrolment: {days: [90]}"),
        (
            "preset: modern",
            "preset: modern\narchive: {agents: [a.crt], required_agents: 2}",
        ),
        (
            "preset: modern",
            "preset: modern\narchive: {agents: [a.crt, a.crt]}",
        ),
        (
            "  allowed: [dual, sign, encrypt, pair]\n  default: dual\n",
            "  allowed: [dual, sign]\n  default: dual\narchive: {agents: [a.crt]}\n",
        ),
        ("default_days: 365", "default_days: 826"),
        ("default: rsa-2048", "default: rsa-1024"),
        ("allowed: [rsa-2048, ", "allowed: ["),
        ("minimum_rsa_bits: 2048", "minimum_rsa_bits: 3072"),
        ("minimum_rsa_bits: 2048", "minimum_rsa_bits: 1024"),
        ("minimum_ec_bits: 256", "minimum_ec_bits: 384"),
        ("rsa-3072, rsa-4096", "rsa-3072, rsa-3072, rsa-4096"),
        (
            "[rsa-2048, rsa-3072, rsa-4096, ec-p256, ec-p384, ec-p521, ed25519]",
            "[ed25519]",
        ),
        ("[dual, sign, encrypt, pair]", "[dual, encrypt]"),
        ("default: dual", "default: both"),
        ("default: rsa-2048", "default: ed25519"),
        ("forbidden: []", "forbidden: [mailbox]"),
        ("common_name: mailbox", "common_name: personal-name"),
        ("middle_name: forbidden", "middle_name: allowed"),
        ("organization_id: forbidden", "organization_id: required"),
        ("[email-protection]", "[client-auth]"),
        ("[email-protection]", "[email-protection, 1.3.6.1.5.5.7.3.1]"),
        ("[email-protection]", "[email-protection, serverAuth]"),
        ("additional_policies: []", "additional_policies: [2.5.29.32.0]"),
        (
            "additional_policies: []",
            "additional_policies: [1.3.6.1.4.1.32473.1.1]",
        ),
        (
            "additional_policies: []",
            "additional_policies: [2.23.140.1.5.1.1]",
        ),
        (
            "additional_policies: []",
            "additional_policies: [2.23.140.1.5.1.3, 2.23.140.1.5.1.2]",
        ),
        (
            "additional_policies: []",
            "additional_policies: [2.23.140.1.5.4.2]\n  ocsp: yes",
        ),
        (
            "additional_policies: []",
            "additional_policies: [2.23.140.1.5.3.2]",
        ),
    ] {
        all += &broken("class-1.yaml", from, to);
    }
    insta::assert_snapshot!(all, @r#"
    class-1.yaml:1:1: the key "title" is missing; add a line such as `title: "Class 1: mailbox"`
    class-1.yaml:6:1: unknown key "titel"; did you mean "title"?
    class-1.yaml:23:3: unknown key "given-name" in "subject"; did you mean "given_name"?
    class-1.yaml:1:1: the section "validity" is missing; add `validity:` with default_days and maximum_days
    class-1.yaml:56:1: unknown key "lifetime"; use title, class, policy_oid, issuer, subject, evidence, keys, usage, validity, extensions, p12, archive or enrolment
    class-1.yaml:1:1: the key "issuer" is missing; add a line such as `issuer: Class 1`
    class-1.yaml:18:1: the key "issuer" is there twice, first in line 17; remove one of the two
    class-1.yaml:79:3: unknown key "iterations" in "p12"; use preset
    class-1.yaml:9:8: "one" is not a value of "class"; use 1, 2 or 3
    class-1.yaml:9:8: "class" cannot be the number 4; use 1, 2 or 3
    class-1.yaml:6:8: "title" must be a text, but is the number 1; write `title: "Class 1: mailbox"`, in quotation marks if it looks like a number
    class-1.yaml:6:8: "title" must have 1 to 200 characters on one line, but is the text "Class\n1"; write a short text such as `title: "Class 1: mailbox"`
    class-1.yaml:58:17: "default_days" must be a whole number from 1 to 18262, but is the text "a year"; write it without quotation marks, as in `default_days: 365`
    class-1.yaml:58:17: "default_days" must be a whole number from 1 to 18262, but is the number 0; write it without quotation marks, as in `default_days: 365`
    class-1.yaml:58:17: "default_days" must be a whole number from 1 to 18262, but is the text "365"; write it without quotation marks, as in `default_days: 365`
    class-1.yaml:66:20: "non_repudiation" must be true or false, but is the text "no"; write `non_repudiation: true` or `non_repudiation: false`
    class-1.yaml:35:13: "required" must be a list, but is the text "mailbox"; write it in brackets, as in `required: [mailbox, [database, document]]`
    class-1.yaml:35:13: "required" demands no evidence at all, so that anybody could be certified; write at least `required: [mailbox]`
    class-1.yaml:35:23: "required" holds an empty group; name the kinds of which one is enough, as in `[database, document]`
    class-1.yaml:35:23: mailbox is twice in "required"; remove one of the two
    class-1.yaml:35:14: "mail-box" is not a value of "required"; did you mean "mailbox"?
    class-1.yaml:35:24: "passport" is not a value of "required"; use mailbox, database, document, organization, in-person or attestation
    class-1.yaml:14:13: "policy_oid" must be a text, but is the number 1.3; write `policy_oid: 1.3.6.1.4.1.32473.1.1`, in quotation marks if it looks like a number
    class-1.yaml:14:13: "1.3.6.x" is not an object identifier; write numbers joined by full stops, such as 1.3.6.1.4.1.32473.1.1
    class-1.yaml:17:9: "Class/1" cannot name an authority: files and addresses are named after it; use letters a-z, digits, spaces and hyphens, as in `issuer: Class 1`
    class-1.yaml:23:15: "optional" is not a value of "given_name"; use required, allowed or forbidden
    class-1.yaml:70:12: "ca.example.com/cps" is not a web address of at most 200 ASCII characters; write one such as `cps_url: https://ca.example.com/cps`
    class-1.yaml:78:11: "Modern" is not a value of "preset"; did you mean "modern"?
    class-1.yaml:79:19: "agents" must name 1 to 5 certificates, but names 0; write `agents: [recovery.crt]`
    class-1.yaml:79:20: "../a.crt" cannot name a certificate's file in agents/; use letters, digits and - _ . @ +, without a folder, as in `agents: [recovery.crt]`
    class-1.yaml:79:45: "required_agents" must be a whole number from 1 to 2, but is the number 3; write it without quotation marks, as in `required_agents: 2`
    class-1.yaml:79:25: "days" must be a whole number from 1 to 825, but is the number 5000; write it without quotation marks, as in `days: 365`
    class-1.yaml:90:1: the key "enrolment" is there twice, first in line 79; remove one of the two
    class-1.yaml:79:19: "days" does not offer the default_days of "validity", 365; add 365 to "days", or change default_days
    class-1.yaml:90:1: the key "enrolment" is there twice, first in line 79; remove one of the two
    class-1.yaml:79:45: it takes 2 agents to open a key, but only one is named; name another in "agents", or write `required_agents: 1`
    class-1.yaml:79:27: the agent a.crt is named twice; remove one of the two
    class-1.yaml:55:10: keys are to be archived, but no usage that is allowed has a key that only decrypts: one that signs is never archived; allow the usage pair or encrypt, or remove the section "archive"
    class-1.yaml:58:17: the default of 826 days is longer than the maximum of 825; write at most 825, or raise "maximum_days"
    class-1.yaml:46:12: "rsa-1024" is not a value of "default"; use rsa-2048, rsa-3072, rsa-4096, ec-p256, ec-p384, ec-p521 or ed25519
    class-1.yaml:46:12: the default rsa-2048 is not allowed; use rsa-3072, rsa-4096, ec-p256, ec-p384, ec-p521 or ed25519, or add it to "allowed"
    class-1.yaml:44:13: rsa-2048 is allowed, but shorter than "minimum_rsa_bits", 3072; remove the key from "allowed", or lower the minimum
    class-1.yaml:48:21: "minimum_rsa_bits" must be a whole number from 2048 to 8192, but is the number 1024; write it without quotation marks, as in `minimum_rsa_bits: 2048`
    class-1.yaml:44:43: ec-p256 is allowed, but shorter than "minimum_ec_bits", 384; remove the key from "allowed", or lower the minimum
    class-1.yaml:44:33: rsa-3072 is twice in "allowed"; remove one of the two
    class-1.yaml:46:12: the default rsa-2048 is not allowed; use ed25519, or add it to "allowed"
    class-1.yaml:53:13: the usage dual encrypts, but every allowed key (ed25519) only signs; allow only the usage sign, or add a key that encrypts to "keys"
    class-1.yaml:53:25: the usage encrypt encrypts, but every allowed key (ed25519) only signs; allow only the usage sign, or add a key that encrypts to "keys"
    class-1.yaml:53:34: the usage pair encrypts, but every allowed key (ed25519) only signs; allow only the usage sign, or add a key that encrypts to "keys"
    class-1.yaml:53:12: the key ed25519 is allowed and only signs, but the usage sign is not allowed; add sign to the usages, or remove ed25519 from the keys
    class-1.yaml:54:12: "both" is not a value of "default"; use dual, sign, encrypt or pair
    class-1.yaml:54:12: the default usage dual encrypts, but the default key ed25519 only signs; write `default: sign`, or choose another default key
    class-1.yaml:37:15: mailbox is forbidden, but line 35 asks for it; remove one of the two
    class-1.yaml:21:16: the common name is made of "given_name", which is forbidden; write `given_name: required`, or choose another common name
    class-1.yaml:21:16: the common name is made of "surname", which is forbidden; write `surname: required`, or choose another common name
    class-1.yaml:24:16: "middle_name" is allowed, but "given_name" is forbidden; write `middle_name: forbidden`, or allow "given_name" too
    class-1.yaml:24:16: a middle name stands in the common name only, and the common name is not the personal name; write `middle_name: forbidden`, or `common_name: personal-name`
    class-1.yaml:27:20: "organization_id" is required, but "organization" is forbidden; write `organization_id: forbidden`, or allow "organization" too
    class-1.yaml:64:23: "extended_key_usage" lacks email-protection: no mail program would accept the certificates; add email-protection
    class-1.yaml:64:42: a certificate for mail must not serve for server authentication (1.3.6.1.5.5.7.3.1); remove it: SBR 7.1.2.3 (f) forbids it beside emailProtection
    class-1.yaml:64:42: "serverAuth" is not an extended key usage; use email-protection, client-auth, document-signing or an object identifier
    class-1.yaml:72:25: anyPolicy (2.5.29.32.0) says nothing about a person's certificate; name the policy that was followed
    class-1.yaml:72:25: the policy 1.3.6.1.4.1.32473.1.1 is named twice; remove one of the two
    class-1.yaml:72:25: 2.23.140.1.5.1.1 is a legacy profile, which the SBR forbid since 15 July 2025; use the multipurpose (last number 2) or the strict profile (3)
    class-1.yaml:72:43: 2.23.140.1.5.1.3 and 2.23.140.1.5.1.2 are both reserved identifiers of the SBR, which allow one; keep one of the two (SBR 7.1.6.1)
    class-1.yaml:73:9: "ocsp" must be true or false, but is the text "yes"; write `ocsp: true` or `ocsp: false`
    class-1.yaml:75:3: the key "ocsp" in "extensions" is there twice, first in line 73; remove one of the two
    class-1.yaml:72:25: the sponsor-validated profile 2.23.140.1.5.3.2 wants "organization" required, but the policy has it forbidden; write `organization: required` in "subject" (SBR 7.1.4.2.5), or remove the identifier
    class-1.yaml:72:25: the sponsor-validated profile 2.23.140.1.5.3.2 wants "organization_id" required, but the policy has it forbidden; write `organization_id: required` in "subject" (SBR 7.1.4.2.5), or remove the identifier
    "#);
}

#[test]
fn a_baseline_shape_must_be_kept() {
    let text = shipped()[1].1.replace(
        "additional_policies: []",
        "additional_policies: [2.23.140.1.5.1.3]",
    );
    assert!(Profile::parse("t.yaml", &text).is_ok());
    let text = text.replace("maximum_days: 825", "maximum_days: 826");
    let text = text.replace("[email-protection]", "[email-protection, client-auth]");
    insta::assert_snapshot!(Profile::parse("t.yaml", &text).unwrap_err(), @r#"
    t.yaml:59:17: 826 days are more than the 825 that 2.23.140.1.5.1.3 allows; write at most 825 (SBR 6.3.2), or remove the identifier
    t.yaml:64:23: the strict profile 2.23.140.1.5.1.3 allows email-protection only; remove the other usages, or use the multipurpose profile (last number 2)
    "#);
}

#[test]
fn wrong_root_policies() {
    let mut all = String::new();
    for (from, to) in [
        ("\"{name} Root CA\"", "{name} Root CA"),
        ("\"{name} Root CA\"", "\"Root CA\""),
        ("\"{name} {issuer} CA\"", "\"{name} CA\""),
        ("\"{name} {issuer} CA\"", "\"{name} {issuer} {year} CA\""),
        ("validity_years: 10", "validity_years: 21"),
        ("validity_years: 20", "validity_years: 100"),
        ("path_length: 1", "path_length: 0"),
        ("allowed: [ec-p256, ec-p384,", "allowed: [ec-p521,"),
        ("issuing_days: 7", "issuing_days: 10.5"),
        ("delta_days: 0", "delta_days: 7"),
        ("crl:", "crls:"),
    ] {
        all += &broken("root.yaml", from, to);
    }
    insta::assert_snapshot!(all, @r#"
    root.yaml:12:23: this is not YAML that can be read: while parsing a block mapping, did not find expected key; correct the YAML: two spaces for each level, `key: value`, lists as `[a, b]`
    root.yaml:12:16: the common name lacks {name}, so that two authorities could be called the same; write it in quotation marks, as in `common_name: "{name} Root CA"`
    root.yaml:23:16: the common name lacks {issuer}, so that two authorities could be called the same; write it in quotation marks, as in `common_name: "{name} {issuer} CA"`
    root.yaml:23:16: the common name "{name} {issuer} {year} CA" holds a placeholder that is not known here; use {name} and {issuer} only
    root.yaml:27:19: issuing authorities of 21 years outlive the root of 20; write at most 20, or raise the root's "validity_years"
    root.yaml:16:19: "validity_years" must be a whole number from 1 to 50, but is the number 100; write it without quotation marks, as in `validity_years: 50`
    root.yaml:18:16: a path length of 0 leaves no room for issuing authorities of path length 0; write `path_length: 1`
    root.yaml:14:8: the default ec-p384 is not allowed; use ec-p521, ec-p521, rsa-2048, rsa-3072, rsa-4096 or ed25519, or add it to "allowed"
    root.yaml:25:8: the default ec-p256 is not allowed; use ec-p521, ec-p521, rsa-2048, rsa-3072, rsa-4096 or ed25519, or add it to "allowed"
    root.yaml:33:22: ec-p521 is twice in "allowed"; remove one of the two
    root.yaml:41:17: "issuing_days" must be a whole number from 1 to 366, but is the number 10.5; write it without quotation marks, as in `issuing_days: 365`
    root.yaml:44:15: delta lists of 7 days are current for as long as the complete ones of 7; write at most 6, or 0 for no delta lists
    root.yaml:1:1: the section "crl" is missing; add `crl:` with root_days, issuing_days, delta_days and keep_expired_days
    root.yaml:36:1: unknown key "crls"; did you mean "crl"?
    "#);
}

/// Returns what is wrong with the shipped set after each file was changed or left out.
fn refused_set(change: impl Fn(&str, &str) -> Option<String>) -> String {
    let files: Vec<(String, String)> = shipped()
        .iter()
        .filter_map(|(path, text)| Some((format!("policies/{path}"), change(path, text)?)))
        .collect();
    PolicySet::parse(&files).unwrap_err().to_string() + "\n"
}

#[test]
fn wrong_sets() {
    let mut all = refused_set(|path, text| (path != "root.yaml").then(|| text.to_owned()));
    all += &refused_set(|path, text| (path == "root.yaml").then(|| text.to_owned()));
    all += &refused_set(|_, text| Some(text.replace("class: 3", "class: 2")));
    all += &refused_set(|_, text| Some(text.replace("32473.1.2\n", "32473.1.1\n")));
    all += &refused_set(|_, text| Some(text.replace("issuer: Class 2", "issuer: class 1")));
    all += &refused_set(|_, text| Some(text.replace("maximum_days: 825", "maximum_days: 4000")));
    all += &refused_set(|_, text| Some(text.replace("title:", "tittle:")));
    all += &refused_set(|_, _| None);
    insta::assert_snapshot!(all, @r#"
    root.yaml:1:1: there is no policy of the root and the issuing authorities; copy the shipped root.yaml into the directory
    class-1.yaml:1:1: there is no policy of a class, so that nothing can be issued; copy the shipped class-1.yaml into the directory
    policies/class-3.yaml:10:8: class 2 already has the policy policies/class-2.yaml; keep one policy for each class in the directory
    policies/class-2.yaml:14:13: 1.3.6.1.4.1.32473.1.1 is already the policy identifier of policies/class-1.yaml; give each class an identifier of its own
    policies/class-2.yaml:17:9: the issuer "class 1" differs from "Class 1" in case only; write both the same to share one authority, or choose another name
    policies/class-1.yaml:59:17: 4000 days are more than the issuing authorities live: 3652 days (policies/root.yaml); write at most 3652, or raise "validity_years" of "issuing" in policies/root.yaml
    policies/class-2.yaml:67:17: 4000 days are more than the issuing authorities live: 3652 days (policies/root.yaml); write at most 3652, or raise "validity_years" of "issuing" in policies/root.yaml
    policies/class-3.yaml:70:17: 4000 days are more than the issuing authorities live: 3652 days (policies/root.yaml); write at most 3652, or raise "validity_years" of "issuing" in policies/root.yaml
    policies/class-1.yaml:1:1: the key "title" is missing; add a line such as `title: "Class 1: mailbox"`
    policies/class-1.yaml:6:1: unknown key "tittle"; did you mean "title"?
    policies/class-2.yaml:1:1: the key "title" is missing; add a line such as `title: "Class 1: mailbox"`
    policies/class-2.yaml:6:1: unknown key "tittle"; did you mean "title"?
    policies/class-3.yaml:1:1: the key "title" is missing; add a line such as `title: "Class 1: mailbox"`
    policies/class-3.yaml:7:1: unknown key "tittle"; did you mean "title"?
    policies/root.yaml:1:1: the key "title" is missing; add a line such as `title: Root and issuing authorities`
    policies/root.yaml:7:1: unknown key "tittle"; did you mean "title"?
    class-1.yaml:1:1: there is no policy of a class, so that nothing can be issued; copy the shipped class-1.yaml into the directory
    root.yaml:1:1: there is no policy of the root and the issuing authorities; copy the shipped root.yaml into the directory
    "#);
}

/// docs/policy.md: the complete policies there are accepted, and every fragment stands in one.
#[test]
fn the_documentation_is_right() {
    let text = include_str!("../../../../docs/policy.md");
    let blocks: Vec<&str> = text
        .split("```yaml\n")
        .skip(1)
        .filter_map(|rest| Some(rest.split_once("```")?.0))
        .collect();
    let (whole, fragments): (Vec<&str>, Vec<&str>) =
        blocks.iter().partition(|block| block.starts_with("title:"));
    for block in whole {
        let path = if block.contains("\nroot:") {
            "root.yaml"
        } else {
            "class.yaml"
        };
        PolicyFile::parse(path, block).unwrap_or_else(|errors| panic!("{errors}"));
    }
    for fragment in fragments {
        let section = fragment.split_once(':').unwrap().0;
        // An example with this section replaced, and without the promise of a shape.
        let base = include_str!("../../../../policies/examples/sponsor-multipurpose.yaml");
        // (Or added, if the example has none.)
        let start = base
            .find(&format!("\n{section}:"))
            .map_or(base.len(), |at| at + 1);
        let end = base[start..]
            .find("\n\n")
            .map_or(base.len(), |length| start + length + 1);
        let text = format!("{}{fragment}{}", &base[..start], &base[end..]);
        let text = text.replace("[2.23.140.1.5.3.2]", "[]");
        PolicyFile::parse("fragment.yaml", &text).unwrap_or_else(|errors| panic!("{fragment}{errors}"));
    }
}

#[test]
fn a_shared_issuer_serves_what_both_need() {
    let text = shipped()[2].1.replace("issuer: Class 2", "issuer: Class 1");
    let text = text.replace("[email-protection]", "[client-auth, email-protection]");
    let mut files = shipped().to_vec();
    files[2].1 = &text;
    let issuers = PolicySet::parse(&files).unwrap().issuers();
    assert_eq!(issuers.len(), 2);
    assert_eq!(issuers[0].classes.len(), 2);
    let usages: Vec<String> = issuers[0]
        .extended_key_usage
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(usages, ["1.3.6.1.5.5.7.3.4", "1.3.6.1.5.5.7.3.2"]);
    assert_eq!(issuers[0].policy_oids.len(), 2);
}

#[test]
fn the_digest_is_that_of_the_text() {
    let profile = Profile::parse("class-1.yaml", shipped()[1].1).unwrap();
    let digest = identity::digest::digest(identity::DigestAlgorithm::Sha256, shipped()[1].1.as_bytes());
    assert_eq!(profile.sha256().as_slice(), digest);
}

#[test]
fn nothing_and_nonsense() {
    for text in [
        "",
        "~",
        "[]",
        "x",
        "\u{0}",
        "\u{feff}",
        "- a\n- b",
        "a: b: c",
        "{",
        "%YAML 9.9\n---\n",
    ] {
        let errors = Profile::parse("t.yaml", text).unwrap_err();
        assert!(
            errors
                .errors()
                .iter()
                .all(|error| error.line >= 1 && !error.remedy.is_empty()),
            "{errors}"
        );
        assert!(RootPolicy::parse("root.yaml", text).is_err());
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    /// Whatever is cut out of a policy or put into it, reading it ends in a policy or in errors with a place.
    #[test]
    fn damage_is_survived(start in 0_usize..4000, length in 0_usize..200, inserted in "[\\[\\]{}:&*!|>'\"#%a-z0-9 \n-]{0,6}") {
        let text = shipped()[2].1;
        let cut = |index: usize| (0..=index.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap();
        let damaged = format!("{}{inserted}{}", &text[..cut(start)], &text[cut(start + length)..]);
        if let Err(errors) = Profile::parse("t.yaml", &damaged) {
            proptest::prop_assert!(!errors.errors().is_empty());
            let lines = damaged.lines().count() as u64 + 1;
            proptest::prop_assert!(errors.errors().iter().all(|error| (1..=lines).contains(&error.line)));
        }
    }
}

#[test]
fn evidence_can_be_used_again_for_a_time() {
    let (_, text) = *shipped()
        .iter()
        .find(|(name, _)| *name == "class-3.yaml")
        .unwrap();
    let profile = Profile::parse("class-3.yaml", text).unwrap();
    let rules = profile.evidence();
    assert_eq!(rules.reuse_days(EvidenceKind::Mailbox), 30);
    assert_eq!(rules.reuse_days(EvidenceKind::InPerson), 825);
    assert_eq!(rules.reuse_days(EvidenceKind::Attestation), 825);
    let recorded: DateTime<Utc> = "2028-02-29T12:00:00Z".parse().unwrap();
    let reusable = |now: &str| rules.is_reusable(EvidenceKind::Mailbox, recorded, now.parse().unwrap());
    assert!(reusable("2028-03-30T12:00:00Z"));
    assert!(!reusable("2028-03-30T12:00:01Z"));

    // What is not named keeps its default; 0 asks for fresh evidence each time.
    let never = text.replace("    mailbox: 30\n", "    mailbox: 0\n");
    let profile = Profile::parse("class-3.yaml", &never).unwrap();
    assert!(
        !profile
            .evidence()
            .is_reusable(EvidenceKind::Mailbox, recorded, recorded)
    );
    for (wrong, message) in [
        ("    mailbox: 4000\n", "must be a whole number from 0 to 3652"),
        ("    postbox: 30\n", "unknown key \"postbox\" in \"reuse\""),
    ] {
        let error = Profile::parse("class-3.yaml", &text.replace("    mailbox: 30\n", wrong)).unwrap_err();
        assert!(error.to_string().contains(message), "{error}");
    }
}

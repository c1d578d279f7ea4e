//! Reading policy files: which keys there are, and which values contradict each other.

use identity::KeyAlgorithm;
use identity::digest::{DigestAlgorithm, digest};

use super::baseline;
use super::extensions::read_oid;
use super::keys::note_default;
use super::profile::Places;
use super::reader::{Diagnostics, Located, Mapping};
use super::yaml::{self, Node, Value};
use super::{
    ArchiveRules, CrlRules, EnrolmentRules, EvidenceRules, ExtensionRules, KeyRules, NeverIssued, OcspRules,
    P12Preset, PolicyErrors, Profile, RootPolicy, SubjectRules, ValidityRules,
};
use crate::request::{Class, Usage};

/// A policy file of either kind.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum PolicyFile {
    /// The policy of a class.
    Class(Box<Profile>),
    /// The policy of the authorities themselves.
    Root(Box<RootPolicy>),
}

impl PolicyFile {
    /// Reads a policy of either kind. A file called `root.yaml` or `root.yml`, and any that has a section `root`, is
    /// the authorities' own; every other is that of a class.
    ///
    /// # Errors
    /// [`PolicyErrors`] with everything that is wrong.
    pub fn parse(path: &str, text: &str) -> Result<Self, PolicyErrors> {
        let tree = yaml::parse(path, text)?;
        let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
        let has_root =
            matches!(&tree.value, Value::Map(entries) if entries.iter().any(|(key, _)| key.name == "root"));
        if has_root || matches!(name, "root.yaml" | "root.yml") {
            Ok(Self::Root(Box::new(read_root(path, text, &tree)?)))
        } else {
            Ok(Self::Class(Box::new(read_profile(path, text, &tree)?)))
        }
    }
}

/// Reads the policy of a class.
pub(super) fn read_profile(path: &str, text: &str, tree: &Node) -> Result<Profile, PolicyErrors> {
    let mut diagnostics = Diagnostics::new(path);
    let profile = profile(path, text, tree, &mut diagnostics);
    diagnostics.finish(profile)
}

/// Reads the policy of the authorities.
pub(super) fn read_root(path: &str, text: &str, tree: &Node) -> Result<RootPolicy, PolicyErrors> {
    let mut diagnostics = Diagnostics::new(path);
    let root = root(path, text, tree, &mut diagnostics);
    diagnostics.finish(root)
}

fn profile(path: &str, text: &str, tree: &Node, diagnostics: &mut Diagnostics<'_>) -> Option<Profile> {
    let known = [
        "title",
        "class",
        "policy_oid",
        "issuer",
        "subject",
        "evidence",
        "keys",
        "usage",
        "validity",
        "extensions",
        "p12",
        "archive",
        "enrolment",
    ];
    let file = Mapping::top(tree, &known, diagnostics)?;
    let title = file.text("title", 200, "\"Class 1: mailbox\"", diagnostics);
    let class = file.choice("class", &Class::ALL, diagnostics);
    let oid = file.required("policy_oid", "1.3.6.1.4.1.32473.1.1", diagnostics);
    let oid = oid.and_then(|node| read_oid(node, "policy_oid", diagnostics));
    let issuer = read_issuer(&file, diagnostics);
    let subject = SubjectRules::read(&file, diagnostics);
    let evidence = EvidenceRules::read(&file, diagnostics);
    let keys = KeyRules::read(&file, diagnostics);
    let usage = read_usage(&file, keys.as_ref(), diagnostics);
    let validity = read_validity(&file, diagnostics);
    let extensions = ExtensionRules::read(&file, diagnostics);
    let p12_preset = read_p12(&file, diagnostics);
    let usages = usage.as_ref().map(|(usages, _)| usages.as_slice());
    let archive = ArchiveRules::read(&file, usages, diagnostics);
    let validity_rules = validity
        .as_ref()
        .map(|(default_days, maximum_days)| ValidityRules {
            default_days: default_days.value,
            maximum_days: maximum_days.value,
        });
    let enrolment = EnrolmentRules::read(&file, validity_rules, diagnostics);

    // Everything has been read by now, so that nothing wrong goes unmentioned.
    let (oid, subject, validity) = (oid?, subject?, validity?);
    let (extensions, additional, usage_at) = extensions?;
    let mut named = vec![oid];
    for policy in additional {
        if named.iter().any(|other| other.value == policy.value) {
            diagnostics.push(
                policy.at,
                format!("the policy {} is named twice", policy.value),
                "remove one of the two",
            );
        }
        named.push(policy);
    }
    baseline::note(&named, &subject, &validity, &extensions, usage_at, diagnostics);
    let (usages, default_usage) = usage?;
    let (class, issuer) = (class?, issuer?);
    Some(Profile {
        path: path.to_owned(),
        sha256: sha256(text),
        title: title?.value.to_owned(),
        class: class.value,
        policy_oid: oid.value,
        issuer: issuer.value.to_owned(),
        subject,
        evidence: evidence?,
        keys: keys?,
        usages,
        default_usage,
        validity: validity_rules?,
        extensions,
        p12_preset: p12_preset?,
        archive: archive?,
        enrolment: enrolment?,
        places: Places {
            class: class.at,
            issuer: issuer.at,
            maximum_days: validity.1.at,
            policy_oid: oid.at,
        },
    })
}

fn read_issuer<'n>(file: &Mapping<'n>, diagnostics: &mut Diagnostics<'_>) -> Option<Located<&'n str>> {
    let issuer = file.text("issuer", 32, "Class 1", diagnostics)?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == ' ' || c == '-';
    let sound = issuer.value.chars().all(allowed)
        && issuer.value.starts_with(|c: char| c.is_ascii_alphanumeric())
        && issuer.value.ends_with(|c: char| c.is_ascii_alphanumeric());
    if !sound {
        diagnostics.push(
            issuer.at,
            format!(
                "\"{}\" cannot name an authority: files and addresses are named after it",
                issuer.value
            ),
            "use letters a-z, digits, spaces and hyphens, as in `issuer: Class 1`",
        );
        return None;
    }
    Some(issuer)
}

fn read_usage(
    file: &Mapping<'_>,
    keys: Option<&KeyRules>,
    diagnostics: &mut Diagnostics<'_>,
) -> Option<(Vec<Usage>, Usage)> {
    let section = file.mapping("usage", &["allowed", "default"], diagnostics)?;
    let allowed = section.choices("allowed", &Usage::ALL, diagnostics);
    let default = section.choice("default", &Usage::ALL, diagnostics);
    let (allowed, default) = (allowed?, default?);
    note_default(&allowed.value, &default, diagnostics);
    if let Some(keys) = keys {
        let none_encrypts = !keys.allowed().iter().any(|key| key.can_encrypt());
        let some_only_sign = keys.allowed().iter().any(|key| !key.can_encrypt());
        for usage in allowed
            .value
            .iter()
            .filter(|usage| none_encrypts && usage.value.encrypts())
        {
            diagnostics.push(
                usage.at,
                format!(
                    "the usage {} encrypts, but every allowed key (ed25519) only signs",
                    usage.value
                ),
                "allow only the usage sign, or add a key that encrypts to \"keys\"",
            );
        }
        if some_only_sign && !allowed.value.iter().any(|usage| usage.value == Usage::Sign) {
            diagnostics.push(
                allowed.at,
                "the key ed25519 is allowed and only signs, but the usage sign is not allowed",
                "add sign to the usages, or remove ed25519 from the keys",
            );
        }
        if !none_encrypts && !keys.default_key().can_encrypt() && default.value.encrypts() {
            diagnostics.push(
                default.at,
                format!(
                    "the default usage {} encrypts, but the default key {} only signs",
                    default.value,
                    keys.default_key()
                ),
                "write `default: sign`, or choose another default key",
            );
        }
    }
    Some((
        allowed.value.into_iter().map(|usage| usage.value).collect(),
        default.value,
    ))
}

fn read_validity(
    file: &Mapping<'_>,
    diagnostics: &mut Diagnostics<'_>,
) -> Option<(Located<u32>, Located<u32>)> {
    let section = file.mapping("validity", &["default_days", "maximum_days"], diagnostics)?;
    let default = section.number("default_days", 1..=MOST_DAYS, "365", diagnostics);
    let maximum = section.number("maximum_days", 1..=MOST_DAYS, "825", diagnostics);
    let (default, maximum) = (default?, maximum?);
    if default.value > maximum.value {
        diagnostics.push(
            default.at,
            format!(
                "the default of {} days is longer than the maximum of {}",
                default.value, maximum.value
            ),
            format!("write at most {}, or raise \"maximum_days\"", maximum.value),
        );
    }
    Some((default, maximum))
}

fn read_p12(file: &Mapping<'_>, diagnostics: &mut Diagnostics<'_>) -> Option<P12Preset> {
    if file.optional("p12").is_none() {
        return Some(P12Preset::Modern);
    }
    let section = file.mapping("p12", &["preset"], diagnostics)?;
    let presets = [P12Preset::Modern, P12Preset::Compat, P12Preset::Both];
    section
        .choice("preset", &presets, diagnostics)
        .map(|preset| preset.value)
}

fn root(path: &str, text: &str, tree: &Node, diagnostics: &mut Diagnostics<'_>) -> Option<RootPolicy> {
    let file = Mapping::top(
        tree,
        &["title", "root", "issuing", "keys", "crl", "ocsp"],
        diagnostics,
    )?;
    let title = file.text("title", 200, "Root and issuing authorities", diagnostics);
    let allowed = file
        .mapping("keys", &["allowed"], diagnostics)
        .and_then(|section| section.choices("allowed", &KeyAlgorithm::ALL, diagnostics));
    let root = read_authority(&file, "root", &["{name}"], "\"{name} Root CA\"", diagnostics);
    let issuing = read_authority(
        &file,
        "issuing",
        &["{name}", "{issuer}"],
        "\"{name} {issuer} CA\"",
        diagnostics,
    );
    let crl = read_crl(&file, diagnostics);
    let ocsp = read_ocsp(&file, diagnostics);
    let (allowed, root, issuing) = (allowed?, root?, issuing?);
    note_default(&allowed.value, &root.key, diagnostics);
    note_default(&allowed.value, &issuing.key, diagnostics);
    if issuing.years.value > root.years.value {
        diagnostics.push(
            issuing.years.at,
            format!(
                "issuing authorities of {} years outlive the root of {}",
                issuing.years.value, root.years.value
            ),
            format!(
                "write at most {}, or raise the root's \"validity_years\"",
                root.years.value
            ),
        );
    }
    let issuing_path = issuing.path_length.map_or(0, |length| length.value);
    if let Some(root_path) = root.path_length
        && u32::from(root_path.value) <= u32::from(issuing_path)
    {
        diagnostics.push(
            root_path.at,
            format!(
                "a path length of {} leaves no room for issuing authorities of path length {issuing_path}",
                root_path.value
            ),
            format!("write `path_length: {}`", u32::from(issuing_path) + 1),
        );
    }
    Some(RootPolicy {
        path: path.to_owned(),
        sha256: sha256(text),
        title: title?.value.to_owned(),
        root_common_name: root.common_name,
        issuing_common_name: issuing.common_name,
        root_key: root.key.value,
        issuing_key: issuing.key.value,
        allowed_keys: allowed.value.into_iter().map(|key| key.value).collect(),
        root_years: root.years.value,
        issuing_years: issuing.years.value,
        root_path_length: root.path_length.map(|length| length.value),
        issuing_path_length: issuing_path,
        crl: crl?,
        ocsp: ocsp?,
    })
}

/// Reads the section `ocsp`, which policies written before there was a responder lack.
fn read_ocsp(file: &Mapping<'_>, diagnostics: &mut Diagnostics<'_>) -> Option<OcspRules> {
    let default = OcspRules::default();
    if file.optional("ocsp").is_none() {
        return Some(default);
    }
    let known = ["answer_hours", "signer_days", "never_issued"];
    let section = file.mapping("ocsp", &known, diagnostics)?;
    let hours = section.number_or("answer_hours", default.answer_hours, 1..=168, diagnostics);
    let days = section.number_or("signer_days", default.signer_days, 2..=90, diagnostics);
    let answers = [NeverIssued::Unknown, NeverIssued::Revoked];
    let never = section.choice_or("never_issued", default.never_issued, &answers, diagnostics);
    let (hours, days) = (hours?, days?);
    // Answers are signed with a certificate that has at least half its life before it.
    if hours.value.saturating_mul(2) > days.value.saturating_mul(24) {
        diagnostics.push(
            hours.at,
            format!(
                "answers of {} hours outlive the responder's certificates, which are replaced after half of {} days",
                hours.value, days.value
            ),
            format!("write at most {}, or raise \"signer_days\"", days.value.saturating_mul(12)),
        );
    }
    Some(OcspRules {
        answer_hours: hours.value,
        signer_days: days.value,
        never_issued: never?.value,
    })
}

fn read_crl(file: &Mapping<'_>, diagnostics: &mut Diagnostics<'_>) -> Option<CrlRules> {
    let known = ["root_days", "issuing_days", "delta_days", "keep_expired_days"];
    let section = file.mapping("crl", &known, diagnostics)?;
    let root = section.number("root_days", 1..=3660, "365", diagnostics);
    let issuing = section.number("issuing_days", 1..=366, "7", diagnostics);
    let delta = section.number_or("delta_days", 0, 0..=365, diagnostics);
    let keep_expired = section.number_or("keep_expired_days", 0, 0..=36_600, diagnostics);
    let (issuing, delta) = (issuing?, delta?);
    if delta.value >= issuing.value {
        diagnostics.push(
            delta.at,
            format!(
                "delta lists of {} days are current for as long as the complete ones of {}",
                delta.value, issuing.value
            ),
            format!(
                "write at most {}, or 0 for no delta lists",
                issuing.value.saturating_sub(1)
            ),
        );
    }
    Some(CrlRules {
        root_days: root?.value,
        issuing_days: issuing.value,
        delta_days: Some(delta.value).filter(|days| *days > 0),
        keep_expired_days: keep_expired?.value,
    })
}

/// A section of `root.yaml` about one kind of authority.
struct AuthoritySection {
    common_name: String,
    key: Located<KeyAlgorithm>,
    years: Located<u32>,
    path_length: Option<Located<u8>>,
}

fn read_authority(
    file: &Mapping<'_>,
    name: &str,
    placeholders: &[&str],
    example: &str,
    diagnostics: &mut Diagnostics<'_>,
) -> Option<AuthoritySection> {
    let known = ["common_name", "key", "validity_years", "path_length"];
    let section = file.mapping(name, &known, diagnostics)?;
    let common_name =
        section
            .text("common_name", 64, example, diagnostics)
            .and_then(|shape| {
                let missing = placeholders
                    .iter()
                    .find(|placeholder| !shape.value.contains(**placeholder));
                let rest = placeholders
                    .iter()
                    .fold(shape.value.to_owned(), |rest, known| rest.replace(known, ""));
                if let Some(missing) = missing {
                    diagnostics.push(
                shape.at,
                format!("the common name lacks {missing}, so that two authorities could be called the same"),
                format!("write it in quotation marks, as in `common_name: {example}`"),
            );
                    return None;
                }
                if rest.contains(['{', '}']) {
                    diagnostics.push(
                        shape.at,
                        format!(
                            "the common name \"{}\" holds a placeholder that is not known here",
                            shape.value
                        ),
                        format!("use {} only", placeholders.join(" and ")),
                    );
                    return None;
                }
                Some(shape.value.to_owned())
            });
    let key = section.choice("key", &KeyAlgorithm::ALL, diagnostics);
    let years = section.number("validity_years", 1..=50, "10", diagnostics);
    let path_length = match section.optional("path_length") {
        Some(_) => section
            .number("path_length", 0..=8, "0", diagnostics)
            .map(|length| {
                // The range admits nothing that does not fit.
                Some(Located {
                    value: u8::try_from(length.value).unwrap_or(u8::MAX),
                    at: length.at,
                })
            }),
        None => Some(None),
    };
    Some(AuthoritySection {
        common_name: common_name?,
        key: key?,
        years: years?,
        path_length: path_length?,
    })
}

fn sha256(text: &str) -> [u8; 32] {
    let mut out = [0; 32];
    for (to, from) in out
        .iter_mut()
        .zip(digest(DigestAlgorithm::Sha256, text.as_bytes()))
    {
        *to = from;
    }
    out
}

/// Fifty years: more than any certificate of a person should live, and far from every calendar's limits.
const MOST_DAYS: u32 = 18_262;

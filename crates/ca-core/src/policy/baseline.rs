//! Policies that name a policy identifier of the CA/Browser Forum's S/MIME Baseline Requirements (SBR) promise their
//! shape: SBR 7.1.6.1 (identifiers), 7.1.4.2.3 to 7.1.4.2.6 (subject), 7.1.2.3 (extended key usage), 6.3.2 (validity).

use der::asn1::ObjectIdentifier;

use super::reader::{Diagnostics, Located};
use super::yaml::Position;
use super::{ExtensionRules, FieldRule, SubjectField, SubjectRules};

/// Notes where a policy breaks the promise of the identifier that it names.
pub(super) fn note(
    policies: &[Located<ObjectIdentifier>],
    subject: &SubjectRules,
    validity: &(Located<u32>, Located<u32>),
    extensions: &ExtensionRules,
    usage_at: Position,
    diagnostics: &mut Diagnostics<'_>,
) {
    for policy in policies.iter().filter(|policy| policy.value == ANY_POLICY) {
        diagnostics.push(
            policy.at,
            "anyPolicy (2.5.29.32.0) says nothing about a person's certificate",
            "name the policy that was followed",
        );
    }
    let reserved: Vec<_> = policies
        .iter()
        .filter_map(|policy| Some((policy, shape(policy.value)?)))
        .collect();
    let [(policy, (level, generation)), others @ ..] = reserved.as_slice() else {
        return;
    };
    for (other, _) in others {
        diagnostics.push(
            other.at,
            format!(
                "{} and {} are both reserved identifiers of the SBR, which allow one",
                policy.value, other.value
            ),
            "keep one of the two (SBR 7.1.6.1)",
        );
    }
    if *generation == LEGACY {
        diagnostics.push(
            policy.at,
            format!(
                "{} is a legacy profile, which the SBR forbid since 15 July 2025",
                policy.value
            ),
            "use the multipurpose (last number 2) or the strict profile (3)",
        );
    }
    let Some((name, rules)) = LEVELS
        .iter()
        .find(|(number, ..)| number == level)
        .map(|(_, name, rules)| (name, rules))
    else {
        diagnostics.push(
            policy.at,
            format!("{} is not a reserved identifier of the SBR", policy.value),
            "use 2.23.140.1.5.L.G with L 1 (mailbox) to 4 (individual) and G 2 (multipurpose) or 3 (strict)",
        );
        return;
    };
    for &(field, wanted) in *rules {
        if subject.rule(field) != wanted {
            diagnostics.push(
                policy.at,
                format!(
                    "the {name} profile {} wants \"{}\" {wanted}, but the policy has it {}",
                    policy.value,
                    field.key(),
                    subject.rule(field)
                ),
                format!(
                    "write `{}: {wanted}` in \"subject\" (SBR 7.1.4.2.{}), or remove the identifier",
                    field.key(),
                    level + 2
                ),
            );
        }
    }
    if validity.1.value > MAXIMUM_DAYS {
        diagnostics.push(
            validity.1.at,
            format!(
                "{} days are more than the {MAXIMUM_DAYS} that {} allows",
                validity.1.value, policy.value
            ),
            format!("write at most {MAXIMUM_DAYS} (SBR 6.3.2), or remove the identifier"),
        );
    }
    if *generation == STRICT && extensions.extended_key_usage().len() > 1 {
        diagnostics.push(
            usage_at,
            format!("the strict profile {} allows email-protection only", policy.value),
            "remove the other usages, or use the multipurpose profile (last number 2)",
        );
    }
}

/// Returns level and generation of a reserved identifier, `2.23.140.1.5.L.G`.
fn shape(oid: ObjectIdentifier) -> Option<(u32, u32)> {
    let text = oid.to_string();
    let (level, generation) = text.strip_prefix("2.23.140.1.5.")?.split_once('.')?;
    Some((level.parse().ok()?, generation.parse().ok()?))
}

const ANY_POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.32.0");
const LEGACY: u32 = 1;
const STRICT: u32 = 3;
const MAXIMUM_DAYS: u32 = 825;

type Rules = &'static [(SubjectField, FieldRule)];

/// Level, name, and the fields about which SBR 7.1.4.2.3 to 7.1.4.2.6 leave no choice.
const LEVELS: [(u32, &str, Rules); 4] = [
    (
        1,
        "mailbox-validated",
        &[
            (SubjectField::GivenName, FieldRule::Forbidden),
            (SubjectField::Surname, FieldRule::Forbidden),
            (SubjectField::Organization, FieldRule::Forbidden),
            (SubjectField::OrganizationId, FieldRule::Forbidden),
            (SubjectField::Country, FieldRule::Forbidden),
            (SubjectField::Locality, FieldRule::Forbidden),
        ],
    ),
    (
        2,
        "organization-validated",
        &[
            (SubjectField::GivenName, FieldRule::Forbidden),
            (SubjectField::Surname, FieldRule::Forbidden),
            (SubjectField::Organization, FieldRule::Required),
            (SubjectField::OrganizationId, FieldRule::Required),
        ],
    ),
    (
        3,
        "sponsor-validated",
        &[
            (SubjectField::Organization, FieldRule::Required),
            (SubjectField::OrganizationId, FieldRule::Required),
        ],
    ),
    (
        4,
        "individual-validated",
        &[
            (SubjectField::Organization, FieldRule::Forbidden),
            (SubjectField::OrganizationId, FieldRule::Forbidden),
        ],
    ),
];

//! An authority is named by its own name, its organization and its country.

use crate::lint::baseline::{AuthorityRule, Decoded};
use crate::lint::{Rule, Severity};
use identity::name;

pub(super) static RULE: AuthorityRule = Rule {
    name: "e_sbr_ca_subject",
    severity: Severity::Error,
    citation: "CA/B S/MIME BR 7.1.4.3.1",
    about: "An authority is named by its own name, its organization and its country.",
    effective: "2023-09-01",
    check,
};

fn check(authority: &Decoded<'_>) -> Option<String> {
    let subject = authority.certificate.subject();
    let needed = [name::COMMON_NAME, name::ORGANIZATION, name::COUNTRY];
    let absent = needed
        .into_iter()
        .find(|oid| subject.get(*oid).next().is_none())?;
    Some(format!(
        "the name of the authority has no {}",
        name::attribute_name(absent)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::baseline::testing::*;

    #[test]
    fn good() {
        assert_eq!(judge_authority(check, &authority_of(|_| {})), None);
    }

    #[test]
    fn bad() {
        let certificate = authority_of(|spec| {
            spec.subject = subject(&[(name::COMMON_NAME, "Example CA"), (name::COUNTRY, "FR")])
        });
        assert_eq!(
            judge_authority(check, &certificate).unwrap(),
            "the name of the authority has no O"
        );
    }
}

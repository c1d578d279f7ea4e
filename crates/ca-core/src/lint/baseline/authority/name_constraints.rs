//! Mail is constrained to hosts and domains, not to single addresses.

use crate::lint::baseline::{AuthorityRule, Decoded};
use crate::lint::{Rule, Severity};
use identity::GeneralName;

pub(super) static RULE: AuthorityRule = Rule {
    name: "e_sbr_ca_name_constraints",
    severity: Severity::Error,
    citation: "CA/B S/MIME BR 7.1.5",
    about: "Mail is constrained to hosts and domains, not to single addresses.",
    effective: "2023-09-01",
    check,
};

fn check(authority: &Decoded<'_>) -> Option<String> {
    let constraints = authority.certificate.name_constraints()?;
    let mut names = constraints.permitted.iter().chain(&constraints.excluded);
    names.find_map(|name| match name {
        GeneralName::Rfc822(one) if one.contains('@') => Some(format!(
            "a name constraint is the address {one}, not a host or domain"
        )),
        _ => None,
    })
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
        let subtree = tlv(0x30, &[&tlv(0x81, &[b"alice@example.org"])]);
        let constraints = tlv(0x30, &[&tlv(0xa0, &[&subtree])]);
        let certificate = put(&authority_of(|_| {}), "2.5.29.30", true, &constraints);
        assert!(
            judge_authority(check, &certificate)
                .unwrap()
                .contains("alice@example.org")
        );
    }
}

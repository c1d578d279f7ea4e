//! The common name repeats what was checked: an address, the organization, the person or the pseudonym.

use crate::lint::baseline::{BaselineRule, Candidate, Generation, Level};
use crate::lint::{Rule, Severity};
use identity::name;

pub(super) static RULE: BaselineRule = Rule {
    name: "e_sbr_common_name",
    severity: Severity::Error,
    citation: "CA/B S/MIME BR 7.1.4.2.2 (a)",
    about: "The common name repeats what was checked: an address, the organization, the person or the pseudonym.",
    effective: "2023-09-01",
    check,
};

fn check(candidate: &Candidate<'_>) -> Option<String> {
    let (subject, baseline) = (candidate.certificate.subject(), candidate.baseline);
    let common_name = subject.common_name()?;
    let is = |oid| subject.get(oid).any(|value| value == common_name);
    let has = |oid| subject.get(oid).next().is_some();
    let sound = match baseline.level {
        Level::Mailbox => false,
        Level::Organization => is(name::ORGANIZATION),
        // How a person's names are joined is the authority's choice; with a pseudonym there is none to join.
        Level::Sponsor | Level::Individual => {
            let legacy = baseline.generation == Generation::Legacy && !has(name::PSEUDONYM);
            legacy || is(name::PSEUDONYM) || has(name::GIVEN_NAME) || has(name::SURNAME)
        }
    };
    if sound || candidate.names_mailbox(common_name) {
        return None;
    }
    let wanted = match baseline.level {
        Level::Mailbox => "an address",
        Level::Organization => "an address or the organization",
        Level::Sponsor | Level::Individual => "an address, the person's name or pseudonym",
    };
    let shown: String = common_name.chars().take(64).collect();
    Some(format!(
        "the common name \"{shown}\" is not {wanted} of this certificate"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::baseline::testing::*;

    #[test]
    fn good() {
        for baseline in Baseline::all() {
            assert_eq!(
                judge(check, &leaf_of(baseline, |_| {}), baseline),
                None,
                "{baseline}"
            );
        }
        let nothing = strict(Level::Mailbox, |spec| spec.subject = subject(&[]));
        assert_eq!(judge(check, &nothing, MAILBOX_STRICT), None);
    }

    #[test]
    fn bad() {
        let person = strict(Level::Mailbox, |spec| {
            spec.subject = subject(&[(name::COMMON_NAME, "Zoé Noël")])
        });
        assert!(
            judge(check, &person, MAILBOX_STRICT)
                .unwrap()
                .contains("Zoé Noël")
        );
        let baseline = Baseline {
            level: Level::Organization,
            generation: Generation::Strict,
        };
        let names = [(name::COMMON_NAME, "Other"), (name::ORGANIZATION, "Lycée")];
        let organization = strict(Level::Organization, |spec| spec.subject = subject(&names));
        assert!(judge(check, &organization, baseline).unwrap().contains("Other"));
        let names = [(name::COMMON_NAME, "Zoé"), (name::PSEUDONYM, "Bob")];
        let hidden = strict(Level::Individual, |spec| spec.subject = subject(&names));
        assert!(judge(check, &hidden, INDIVIDUAL_STRICT).unwrap().contains("Zoé"));
    }
}

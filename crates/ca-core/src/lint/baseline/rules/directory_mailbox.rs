//! An address within a directory name is among the alternative names too.

use crate::lint::baseline::{BaselineRule, Candidate};
use crate::lint::{Rule, Severity};
use identity::{Mailbox, name};

pub(super) static RULE: BaselineRule = Rule {
    name: "e_sbr_directory_mailbox",
    severity: Severity::Error,
    citation: "CA/B S/MIME BR 7.1.4.2.1",
    about: "An address within a directory name is among the alternative names too.",
    effective: "2023-09-01",
    check,
};

fn check(candidate: &Candidate<'_>) -> Option<String> {
    let beside = candidate.names().skip(1);
    let mut values = beside.flat_map(|name| name.get(name::EMAIL_ADDRESS).chain(name.get(name::COMMON_NAME)));
    let lonely = values.find(|value| Mailbox::parse(value).is_ok() && !candidate.names_mailbox(value))?;
    Some(format!(
        "a directory name holds {lonely}, which is not among the alternative names"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::baseline::testing::*;

    fn of(address: &str) -> Option<String> {
        let inner = subject(&[(name::EMAIL_ADDRESS, address)]);
        let names = tlv(
            0x30,
            &[&tlv(0x81, &[b"alice@example.org"]), &tlv(0xa4, &[inner.der()])],
        );
        judge(
            check,
            &put(&strict(Level::Mailbox, |_| {}), "2.5.29.17", false, &names),
            MAILBOX_STRICT,
        )
    }

    #[test]
    fn good() {
        assert_eq!(of("alice@example.org"), None);
    }

    #[test]
    fn bad() {
        assert!(of("bob@example.org").unwrap().contains("bob@example.org"));
    }
}

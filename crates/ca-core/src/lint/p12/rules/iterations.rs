//! Trying a password takes at least a thousand rounds.

use crate::lint::Severity;
use crate::lint::p12::P12Rule;
use identity::pkcs12::Contents;

pub(super) static RULE: P12Rule = P12Rule {
    name: "w_p12_iterations",
    severity: Severity::Warning,
    citation: "RFC 8018, 4.2",
    about: "Trying a password takes at least a thousand rounds.",
    effective: "2017-01-31",
    check,
};

fn check(contents: &Contents) -> Option<String> {
    let mac = contents.mac.as_ref().filter(|mac| mac.iterations < FEWEST)?;
    Some(format!(
        "the key of its MAC ({}) takes {} rounds, fewer than {FEWEST}",
        mac.algorithm, mac.iterations
    ))
}

const FEWEST: u32 = 1000;

#[cfg(test)]
mod tests {
    use super::check;
    use crate::lint::p12::testing::*;

    #[test]
    fn good_example() {
        assert_eq!(check(&good()), None);
    }

    #[test]
    fn bad() {
        let mut contents = good();
        contents.mac.as_mut().unwrap().iterations = 999;
        let said = check(&contents).unwrap();
        assert!(said.contains("takes 999 rounds, fewer than 1000"), "{said}");
    }
}

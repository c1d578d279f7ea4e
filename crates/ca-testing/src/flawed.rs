//! Identities, chains and messages that are right but for one thing each, to test programs that handle mail with.
//!
//! They are of an authority that exists for this alone, made anew each time, and valid from 2020 to 2120 but where time is the
//! flaw: tests that use them do not rot. Names are stable.
//!
//! ```
//! use ca_testing::flawed::{Expect, all};
//!
//! let case = all().find(|case| case.name == "expired").unwrap();
//! let made = case.make();
//! assert!(matches!(case.expect, Expect::Refused(_)));
//! assert!(made.message.starts_with(b"From: alice@example.com"));
//! ```

mod cases;
mod certificate;
mod der;
mod kit;
mod list;
mod message;

use kit::Kit;

/// What a correct program says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// It is all right, unusual as it may be.
    Accepted,
    /// It does not hold, for this reason.
    Refused(&'static str),
}

/// One case.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Case {
    /// Its stable name.
    pub name: &'static str,
    /// The clause of the standard.
    pub clause: &'static str,
    /// What a correct program says of the message.
    pub expect: Expect,
    change: fn(&mut Kit),
}

/// What is made of a case.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Made {
    /// The root that a program trusts for this case (DER).
    pub trust: Vec<u8>,
    /// The certificate in question (DER).
    pub certificate: Vec<u8>,
    /// The certificates that are sent along, the one in question among them (DER).
    pub chain: Vec<Vec<u8>>,
    /// The certificate's private key.
    pub key: identity::PrivateKey,
    /// Revocation lists that the program is given (DER); it must then want to know of every certificate.
    pub lists: Vec<Vec<u8>>,
    /// A message that was signed with it, from alice@example.com to bob@example.com.
    pub message: Vec<u8>,
    /// The moment at which it is looked at (RFC 3339), where that matters.
    pub at: Option<&'static str>,
}

/// Returns all cases, by theme.
pub fn all() -> impl Iterator<Item = &'static Case> {
    cases::ALL.iter().copied().flatten()
}

impl Case {
    /// Makes it.
    #[must_use]
    pub fn make(&self) -> Made {
        let mut kit = Kit::new();
        (self.change)(&mut kit);
        kit.finish()
    }
}

const fn accepted(name: &'static str, clause: &'static str, change: fn(&mut Kit)) -> Case {
    Case {
        name,
        clause,
        expect: Expect::Accepted,
        change,
    }
}

const fn refused(name: &'static str, why: &'static str, clause: &'static str, change: fn(&mut Kit)) -> Case {
    Case {
        name,
        clause,
        expect: Expect::Refused(why),
        change,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_all_can_be_made() {
        let mut names: Vec<_> = all().map(|case| case.name).collect();
        for case in all() {
            let made = case.make();
            assert!(
                !made.message.is_empty() && !case.clause.is_empty(),
                "{}",
                case.name
            );
        }
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}

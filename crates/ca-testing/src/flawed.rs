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

mod answer;
mod cases;
mod certificate;
mod der;
mod embedded;
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

/// What a program is to do with a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// Verify the message, which was signed with the identity.
    Signed,
    /// Decrypt the message, which is encrypted to the identity.
    Encrypted,
    /// Open the P12, and sign the message with what is in it.
    Container,
}

/// One case.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Case {
    /// Its stable name.
    pub name: &'static str,
    /// What is to be done with it.
    pub kind: Kind,
    /// The clause of the standard.
    pub clause: &'static str,
    /// What a correct program says of it.
    pub expect: Expect,
    source: Source,
}

/// Where a case comes from.
#[derive(Clone, Copy, Debug)]
enum Source {
    /// A sound identity and message, of which one thing is changed; made anew each time.
    Changed(fn(&mut Kit)),
    /// What OpenSSL made once.
    Embedded(fn() -> Made),
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
    /// The certificate's private key (PKCS#8, DER).
    pub key: Vec<u8>,
    /// Key and chain as PKCS#12, where the case brings its own: what `key` and `chain` hold can else be packed by any program that
    /// can read them.
    pub p12: Option<Vec<u8>>,
    /// The password of that P12.
    pub password: &'static str,
    /// Revocation lists that the program is given (DER); it must then want to know of every certificate.
    pub lists: Vec<Vec<u8>>,
    /// Answers of OCSP responders that the program is given (DER); it must then want to know of every certificate.
    pub answers: Vec<Vec<u8>>,
    /// The message: from alice@example.com to bob@example.com and signed with it; or encrypted, from bob to alice; or neither, for a P12.
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
        match self.source {
            Source::Changed(change) => {
                let mut kit = Kit::new();
                change(&mut kit);
                kit.finish()
            }
            Source::Embedded(make) => make(),
        }
    }

    /// The same case for another use.
    const fn of_kind(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }
}

/// The password of all P12s but of those whose password is the point.
pub const PASSWORD: &str = "fixture";

const fn case(name: &'static str, expect: Expect, clause: &'static str, source: Source) -> Case {
    Case {
        name,
        kind: Kind::Signed,
        clause,
        expect,
        source,
    }
}

const fn accepted(name: &'static str, clause: &'static str, change: fn(&mut Kit)) -> Case {
    case(name, Expect::Accepted, clause, Source::Changed(change))
}

const fn refused(name: &'static str, why: &'static str, clause: &'static str, change: fn(&mut Kit)) -> Case {
    case(name, Expect::Refused(why), clause, Source::Changed(change))
}

const fn embedded_accepted(name: &'static str, clause: &'static str, make: fn() -> Made) -> Case {
    case(name, Expect::Accepted, clause, Source::Embedded(make))
}

const fn embedded_refused(
    name: &'static str,
    why: &'static str,
    clause: &'static str,
    make: fn() -> Made,
) -> Case {
    case(name, Expect::Refused(why), clause, Source::Embedded(make))
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

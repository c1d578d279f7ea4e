//! Certificates that are right but for one thing, as OpenSSL is told to make them.

mod authorities;
mod extensions;
mod fields;
mod names;

/// A certificate, and what is wrong with it.
pub(super) struct Flaw {
    /// What it is called.
    pub(super) name: &'static str,
    /// What it is but for the flaw: a profile of the Baseline Requirements, `person` or `authority` under RFC 5280 alone.
    pub(super) base: &'static str,
    /// Extensions in the place of the good ones (without a value: none), and besides `subject`, `key`, `serial`, `begin`, `end`, `digest` and
    /// `section`, which is put at the end of OpenSSL's configuration.
    pub(super) changes: &'static [(&'static str, &'static str)],
    /// Why what others say against it is not said here.
    pub(super) differs: Option<&'static str>,
}

const fn flaw(
    name: &'static str,
    base: &'static str,
    changes: &'static [(&'static str, &'static str)],
) -> Flaw {
    Flaw {
        name,
        base,
        changes,
        differs: None,
    }
}

/// A flaw that is none to us.
const fn differs(
    name: &'static str,
    base: &'static str,
    changes: &'static [(&'static str, &'static str)],
    why: &'static str,
) -> Flaw {
    Flaw {
        name,
        base,
        changes,
        differs: Some(why),
    }
}

/// The good ones.
pub(super) static GOOD: [Flaw; 14] = [
    flaw("person", "person", &[]),
    flaw("authority", "authority", &[]),
    flaw("mailbox-legacy", "mailbox-legacy", &[]),
    flaw("organization-legacy", "organization-legacy", &[]),
    flaw("sponsor-legacy", "sponsor-legacy", &[]),
    flaw("individual-legacy", "individual-legacy", &[]),
    flaw("mailbox-multipurpose", "mailbox-multipurpose", &[]),
    flaw("organization-multipurpose", "organization-multipurpose", &[]),
    flaw("sponsor-multipurpose", "sponsor-multipurpose", &[]),
    flaw("individual-multipurpose", "individual-multipurpose", &[]),
    flaw("mailbox-strict", "mailbox-strict", &[]),
    flaw("organization-strict", "organization-strict", &[]),
    flaw("sponsor-strict", "sponsor-strict", &[]),
    flaw("individual-strict", "individual-strict", &[]),
];

/// All flawed ones.
pub(super) fn all() -> impl Iterator<Item = &'static Flaw> {
    let (fields, names) = (fields::FLAWS.iter(), names::FLAWS.iter());
    let rest = extensions::FLAWS.iter().chain(authorities::FLAWS);
    fields.chain(names).chain(rest)
}

impl Flaw {
    /// Returns the value of a change.
    pub(super) fn change(&self, what: &str) -> Option<&'static str> {
        let mut changes = self.changes.iter();
        changes.find(|(name, _)| *name == what).map(|(_, value)| *value)
    }
}

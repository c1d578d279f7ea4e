//! The last step of a lab on signed mail: who has sent one, does it hold, and if not, why not.
//!
//! ```text
//! Maildir, mbox, folder ── source ──> letters ── examine (all cores) ──> mails   what each is, whoever sent it
//! list of students ────── roster ──┐
//! mails ───────────────────────────┴─ assess ──> sheet   whose it is, which one counts, what is wrong with it
//! ```
//! A mail belongs to whom its certificate names; From alone is a claim, which never displaces what is proved.

pub(crate) mod assess;
pub(crate) mod examine;
pub(crate) mod fault;
pub(crate) mod roster;
pub(crate) mod source;
pub(crate) mod trust;
pub(crate) mod workers;

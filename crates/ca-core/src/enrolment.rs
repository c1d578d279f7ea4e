//! Enrolment: how a request for a certificate becomes one, and what proves that its holder deserves it.
//!
//! ```text
//! requested ──> mailbox-proven ──> identity-checked ──> approved ──> collected
//!     every open state ──> rejected | expired | withdrawn
//! ```
//!
//! [`State`] is the machine, [`EnrolmentRecord`] what is known of one request, and [`Desk`] moves requests from state
//! to state in a ledger, each step with its entry in the audit log. Nothing here reads a clock or writes a file.

mod code;
mod desk;
mod error;
mod holder;
mod message;
mod missing;
mod people;
mod record;
mod reuse;
mod state;
mod words;

pub use code::{ConfirmationCode, RequestId};
pub use desk::{Approval, Desk, Profiles, Submission};
pub use error::EnrolmentError;
pub use message::{Challenge, challenge_message};
pub use missing::Missing;
pub use people::{Degree, Match, PeopleError, Person, PersonQuery, match_person, name_key, read_people};
pub use record::{
    Act, ActKind, ChallengeRecord, EnrolmentRecord, KeptDocument, Language, RecordedEvidence, RequestFilter,
    TermsAccepted, UnknownLanguage,
};
pub use state::{Event, State, TransitionError, UnknownState};

use identity::Passphrase;
use identity::secret_hash;

/// Tells whether a passphrase is the one that the holder chose with the request: it lets him renew and revoke what
/// came of it. `false`, too, if none was chosen.
///
/// # Errors
/// [`EnrolmentError::Hash`] if the record is damaged.
pub fn verify_holder_passphrase(
    request: &EnrolmentRecord,
    passphrase: &Passphrase,
) -> Result<bool, EnrolmentError> {
    match &request.holder_passphrase {
        Some(hash) => Ok(secret_hash::verify(passphrase, hash)?),
        None => Ok(false),
    }
}

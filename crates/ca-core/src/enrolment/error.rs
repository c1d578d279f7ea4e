use chrono::{DateTime, Utc};
use identity::random::RandomError;
use identity::secret_hash::SecretHashError;
use smime::SignError;

use super::{Missing, RequestId, TransitionError};
use crate::evidence::EvidenceError;
use crate::evidence::EvidenceKind;
use crate::ledger::{LedgerError, SerialNumber};

/// Why a request could not be made or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EnrolmentError {
    /// The access code is not the one that was given with the request.
    #[error("the access code is not the one that was given with request {id}")]
    AccessCode {
        /// The request.
        id: RequestId,
    },
    /// The code is too old.
    #[error("the confirmation code of request {id} was valid until {} only: send another one", at.format("%Y-%m-%d %H:%M UTC"))]
    CodeExpired {
        /// The request.
        id: RequestId,
        /// Its last second.
        at: DateTime<Utc>,
    },
    /// A text that no code is.
    #[error(
        "this is not a confirmation code: give the code of the message as a whole, such as abcdefghij-klmnpqrstuvwx-yzabcdefghijk"
    )]
    CodeMalformed,
    /// The code is spent.
    #[error("the confirmation code of request {id} was redeemed already, on {}: a code is good for one time", at.format("%Y-%m-%d %H:%M UTC"))]
    CodeRedeemed {
        /// The request.
        id: RequestId,
        /// When.
        at: DateTime<Utc>,
    },
    /// The code is not that of the request.
    #[error(
        "this is not the confirmation code of request {id}: {left} more tries; only the newest message counts"
    )]
    CodeWrong {
        /// The request.
        id: RequestId,
        /// How many tries are left.
        left: u32,
    },
    /// No code was sent.
    #[error("no confirmation code was sent for request {id}: its mailbox needs none")]
    NoCode {
        /// The request.
        id: RequestId,
    },
    /// An evidence text cannot stand on record.
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    /// The policy forbids this kind.
    #[error("the policy forbids {kind} evidence for class {class}: do not collect what is not needed")]
    EvidenceForbidden {
        /// The kind.
        kind: EvidenceKind,
        /// The class.
        class: crate::request::Class,
    },
    /// The holder's passphrase is not the one that was chosen.
    #[error("this is not the holder's passphrase of request {id}: {left} more tries within an hour")]
    HolderPassphraseWrong {
        /// The request.
        id: RequestId,
        /// How many tries are left.
        left: usize,
    },
    /// Too many wrong passphrases of the holder.
    #[error(
        "a wrong holder's passphrase was given {failures} times within an hour for request {id}: try again an hour later, or let the CA's operator act"
    )]
    HolderTriesUsed {
        /// The request.
        id: RequestId,
        /// How many times.
        failures: usize,
    },
    /// The holder chose no passphrase.
    #[error("no holder's passphrase was chosen with request {id}: only the CA's operator can act")]
    NoHolderPassphrase {
        /// The request.
        id: RequestId,
    },
    /// The certificate was not collected for a request.
    #[error(
        "certificate {serial} comes of no request, so that no holder's passphrase is on record: only the CA's operator can act"
    )]
    NotRequested {
        /// The certificate.
        serial: SerialNumber,
    },
    /// A hash on record is damaged, or nothing could be hashed.
    #[error(transparent)]
    Hash(#[from] SecretHashError),
    /// Something is missing or not allowed.
    #[error("{} is refused:{}", subject.as_ref().map_or_else(|| "the request".to_owned(), |id| format!("request {id}")), listed(missing))]
    Incomplete {
        /// The request; `None` if there is none yet.
        subject: Option<RequestId>,
        /// Everything that is missing.
        missing: Vec<Missing>,
    },
    /// The ledger refused or failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// An address of the message cannot be written to.
    #[error("no message can be written to {address}: {reason}")]
    Message {
        /// The address.
        address: String,
        /// Why.
        reason: String,
    },
    /// The system's random generator failed.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// What is on record cannot be read.
    #[error("{what} of request {id} cannot be read: the ledger is damaged, restore it from a backup")]
    Record {
        /// The request.
        id: RequestId,
        /// What cannot be read.
        what: &'static str,
    },
    /// A text that no request is called.
    #[error("\"{given}\" is not a request: give the ten letters and digits that `cachet request list` shows")]
    RequestId {
        /// The beginning of what was given.
        given: String,
    },
    /// The message could not be signed.
    #[error("the message cannot be signed: {0}")]
    Sign(#[from] SignError),
    /// The state does not allow it.
    #[error("request {id}: {source}")]
    State {
        /// The request.
        id: RequestId,
        /// The state, and what it allows.
        source: TransitionError,
    },
    /// Too many wrong codes.
    #[error(
        "a wrong confirmation code was given {failures} times for request {id}: the right one is worth nothing any more, send another one"
    )]
    TriesUsed {
        /// The request.
        id: RequestId,
        /// How many times.
        failures: u32,
    },
    /// There is no such request.
    #[error("no request {id} is on record")]
    UnknownRequest {
        /// The request.
        id: RequestId,
    },
}

fn listed(missing: &[Missing]) -> String {
    missing.iter().map(|one| format!("\n- {one}")).collect()
}

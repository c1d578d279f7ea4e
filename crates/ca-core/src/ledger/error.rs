//! What a ledger can refuse.

use super::{SerialNumber, Status};
use crate::request::{CertificateUsage, Class};

/// Why a ledger did not do what was asked; nothing of the refused call was recorded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// A CA certificate with this identifier is on record.
    #[error("a certificate authority \"{id}\" is on record already")]
    AuthorityExists {
        /// The identifier (issuer name and eight digits of its key identifier).
        id: String,
    },
    /// An address has a live certificate of this class and usage.
    #[error(
        "{email} has a {status} certificate of class {class} for usage {usage} already (serial {existing}): \
         renew or rekey that one, or ask for another on purpose"
    )]
    DuplicateAddress {
        /// The address that both share.
        email: String,
        /// The class that both share.
        class: Class,
        /// The usage that both share.
        usage: CertificateUsage,
        /// The serial that was to be reserved.
        serial: SerialNumber,
        /// The serial of the live certificate or intent (one of the same batch too).
        existing: SerialNumber,
        /// How that one stands: [`Status::Pending`] is an interrupted issuance that can be resumed.
        status: Status,
    },
    /// Somebody else changed the request at the same time.
    #[error("request {id} was changed by somebody else at the same time: try again")]
    RequestChanged {
        /// The request.
        id: String,
    },
    /// A request of this name is on record.
    #[error("a request {id} is on record already")]
    RequestExists {
        /// The request.
        id: String,
    },
    /// The serial is taken.
    #[error("serial {serial} is on record already: no serial is used twice")]
    SerialExists {
        /// The serial.
        serial: SerialNumber,
    },
    /// The storage behind the ledger failed.
    #[error("the ledger could not {operation}: {message}")]
    Storage {
        /// What was being done ("record the intents").
        operation: &'static str,
        /// What went wrong and what to do.
        message: String,
        /// The storage's own error.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// No CA certificate with this identifier is on record.
    #[error("no certificate authority \"{id}\" is on record")]
    UnknownAuthority {
        /// The identifier.
        id: String,
    },
    /// No CRL of the authority has this number, or it has been signed already.
    #[error("no unsigned CRL number {number} of \"{authority}\" is on record")]
    UnknownCrl {
        /// The identifier of the authority.
        authority: String,
        /// The CRL number.
        number: u64,
    },
    /// No intent or certificate with this serial is on record.
    #[error("no certificate with serial {serial} is on record")]
    UnknownSerial {
        /// The serial.
        serial: SerialNumber,
    },
    /// The certificate is not in the state that the change starts from.
    #[error("certificate {serial} is {state}, which does not allow to {operation}")]
    WrongState {
        /// The serial.
        serial: SerialNumber,
        /// The state it is in ("pending", "issued", "abandoned", "revoked").
        state: &'static str,
        /// What was asked for ("record a signature").
        operation: &'static str,
    },
}

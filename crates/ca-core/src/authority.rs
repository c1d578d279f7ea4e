//! Certification authorities and issuance.
//!
//! ```text
//! Authority::prepare   serials reserved, to-be-signed bytes on record, those very bytes linted     -> Prepared
//! Authority::issue     signed, verified by another library, on record, only then handed out        -> Issued
//! ```
//!
//! A [`Prepared`] is consumed by [`Authority::issue`]: it cannot be redeemed twice. Whatever fails leaves a record, and
//! what was interrupted is finished by [`Authority::resume`].

mod base_url;
mod certification;
mod error;
mod issuance;
mod leaf;
mod make;
mod signer;
#[cfg(test)]
pub(crate) mod testing;

pub use crate::encode::EncodeError;
pub use base_url::{BaseUrl, BaseUrlError};
pub use certification::{CertificateAuthority, authority_id};
pub use error::{AuthorityError, IssueError};
pub use issuance::{Application, Authority, Issued, Prepared};
pub use make::{AuthorityName, IssuingPlan, make_issuing, make_root};
pub use signer::CaSigner;

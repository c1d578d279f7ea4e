//! Admission: a request and its evidence against a policy, with every reason for a refusal at once.

mod approved;
mod correction;
mod reason;

pub use approved::{Approved, ApprovedKey, Note};
pub use correction::Correction;
pub use reason::{Reason, Refusal};

use chrono::{DateTime, Utc};

use crate::evidence::Evidence;
use crate::policy::Profile;
use crate::request::Request;

/// What a request is admitted under besides its policy.
#[derive(Clone, Copy, Debug)]
pub struct AdmitContext<'a> {
    /// The moment.
    pub now: DateTime<Utc>,
    /// The end of the issuing authority's validity: no certificate outlives its issuer.
    pub issuer_not_after: DateTime<Utc>,
    /// The rfc822Name constraints of the issuing authority (RFC 5280, 4.2.1.10): a host, a domain with a leading dot
    /// for all hosts below it, or a mailbox. Empty: any address.
    pub permitted_domains: &'a [String],
}

impl Profile {
    /// Admits a request, or refuses it with every reason at once.
    ///
    /// # Errors
    /// [`Refusal`] with the reasons and, where there is one, the request that would be accepted.
    pub fn admit(
        &self,
        _request: Request,
        _evidence: Vec<Evidence>,
        _context: &AdmitContext<'_>,
    ) -> Result<Approved, Box<Refusal>> {
        todo!()
    }
}

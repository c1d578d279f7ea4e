//! What rejecting and withdrawing share.

use ca_core::enrolment::ActKind;
use ca_core::ledger::{CertificateFilter, Ledger};

use crate::context::Context;
use crate::enrolment::{LONGEST_LINE, Office, line, officer};
use crate::error::{CommandError, Outcome};

/// Ends a request that nobody is collecting at this moment.
pub(super) fn end(
    context: &Context,
    id: &str,
    kind: ActKind,
    reason: Option<&str>,
    named: Option<&str>,
) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    let office = Office::open(context)?;
    let officer = officer(context, named)?;
    let reason = reason
        .map(|reason| line("the reason", reason, LONGEST_LINE))
        .transpose()?;
    let id = id.parse()?;
    // Whoever hands it out judges it once more under this lock: what is ended after that comes too late, and says so.
    let _lock = office.lock(&id)?;
    let request = office.desk().end(&id, kind, &officer, reason.as_deref())?;
    let filter = CertificateFilter {
        email: Some(request.email().to_owned()),
        class: Some(request.class),
        ..CertificateFilter::default()
    };
    for record in office.ledger.list(&filter, context.now())? {
        // An interrupted collection has left it.
        if record.issued.is_some() && record.revocation.is_none() && request.made(&record) {
            let serial = record.serial();
            context.ui.warning(&format!(
                "certificate {serial} was signed for this request already: cachet cert revoke {serial} withdraws it"
            ));
        }
    }
    let action = match kind {
        ActKind::Withdraw => "withdrawn",
        _ => "rejected",
    };
    super::report(&office, &request, None, Some(action))
}

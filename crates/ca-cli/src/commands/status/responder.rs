use ca_core::ledger::Ledger;
use ca_core::policy::PolicySet;
use chrono::{DateTime, Duration, Utc};
use identity::Certificate;

use crate::authority::CaCertificate;
use crate::error::CommandError;
use crate::output::rfc3339;

/// Where certificates name a responder, one must answer: the server that does replaces its certificate at half time, so that
/// one that grows old tells of a server that does not run.
pub(super) fn judge(
    ca: &CaCertificate,
    ledger: &dyn Ledger,
    policies: &PolicySet,
    now: DateTime<Utc>,
    problems: &mut Vec<String>,
    warnings: &mut Vec<String>,
) -> Result<(), CommandError> {
    let named = policies
        .profiles()
        .iter()
        .any(|profile| ca.record.classes.contains(&profile.class()) && profile.extensions().ocsp());
    if ca.is_root() || ca.is_elsewhere() || ca.record.base_url.is_none() || !named {
        return Ok(());
    }
    let name = &ca.record.name;
    let Some(newest) = ledger.responders(&ca.record.id)?.pop() else {
        warnings.push(format!(
            "certificates of {name} name an OCSP responder, and none has ever answered for it: {REMEDY}"
        ));
        return Ok(());
    };
    let Ok(certificate) = Certificate::from_der(&newest.certificate) else {
        problems.push(format!(
            "the OCSP responder's certificate of {name} on record cannot be read: {REMEDY} makes a new one"
        ));
        return Ok(());
    };
    let (begin, end) = (certificate.not_before(), certificate.not_after());
    let replaced_at = begin + (end - begin) / 2;
    let day = end.format("%Y-%m-%d");
    if now > end {
        problems.push(format!(
            "the OCSP responder's certificate of {name} expired on {day}, and certificates name a responder: {REMEDY}"
        ));
    } else if now > replaced_at + PATIENCE {
        warnings.push(format!(
            "the OCSP responder's certificate of {name} ends on {day} and was to be replaced by {}: is the server running? {REMEDY}",
            rfc3339(replaced_at)
        ));
    }
    Ok(())
}

const REMEDY: &str = "cachet ocsp serve";
/// A server that runs replaces it at once.
const PATIENCE: Duration = Duration::days(1);

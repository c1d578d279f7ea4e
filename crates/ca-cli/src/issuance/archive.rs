//! Sealing encryption keys to recovery agents before they are handed out.

use ca_core::CertificateUsage;
use ca_core::admission::ApprovedKey;
use ca_core::archive::{DecryptionKey, RecoveryAgents};
use ca_core::audit::{AuditAction, AuditEvent};
use ca_core::ledger::ArchivedKey;

use super::{Issuance, Made};
use crate::error::{CommandError, ErrorKind};

/// Returns the recovery agents, if the policy has the key archived that is about to be made.
pub(super) fn agents(issuance: &Issuance<'_>) -> Result<Option<RecoveryAgents>, CommandError> {
    let Some(rules) = issuance.approved.profile().archive() else {
        return Ok(None);
    };
    let usages = issuance.approved.certificates();
    if !usages.contains(&CertificateUsage::Encrypt) {
        return Ok(None);
    }
    if matches!(issuance.approved.key(), ApprovedKey::Given(_)) {
        return Err(CommandError::new(
            ErrorKind::PolicyRefused,
            "the policy has encryption keys archived, and this one is not here to be archived",
        )
        .hint("leave out --csr, so that the key is made here")
        .hint("or ask for --usage sign, or --usage dual where the policy allows it: a key that signs is never archived"));
    }
    let certificates = rules
        .agents()
        .iter()
        .map(|file| issuance.directory.agent(file))
        .collect::<Result<_, _>>()?;
    let agents = RecoveryAgents::new(certificates, rules.required_agents())?;
    // Found out before anything is on record.
    agents.check(issuance.now)?;
    Ok(Some(agents))
}

/// Keeps the encryption keys that were made, unless an earlier run did.
pub(super) fn keep(
    issuance: &Issuance<'_>,
    agents: Option<&RecoveryAgents>,
    made: &Made,
) -> Result<(), CommandError> {
    let Some(agents) = agents else {
        return Ok(());
    };
    let (mut archived, mut events) = (Vec::new(), Vec::new());
    for ((key, issued), usage) in made
        .keys
        .iter()
        .zip(&made.issued)
        .zip(issuance.approved.certificates())
    {
        let serial = *issued.serial();
        if *usage != CertificateUsage::Encrypt || !issuance.ledger.archived_keys(&[serial])?.is_empty() {
            continue;
        }
        let sealed = agents.seal(DecryptionKey::new(key, issued.certificate())?, issuance.now)?;
        let names: Vec<_> = sealed
            .iter()
            .flat_map(|sealed| &sealed.agents)
            .map(|agent| agent.subject.clone())
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect();
        events.push(
            AuditEvent::new(
                &issuance.audit,
                issuance.now,
                AuditAction::KeyArchived,
                serial.to_string(),
            )
            .with("agents", names.join("; ")),
        );
        archived.push(ArchivedKey {
            serial,
            sealed,
            at: issuance.audit.real_time,
        });
    }
    Ok(issuance.ledger.archive_keys(&archived, &events)?)
}

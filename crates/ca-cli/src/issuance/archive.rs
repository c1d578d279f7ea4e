//! Sealing encryption keys to recovery agents before they are handed out.

use ca_core::CertificateUsage;
use ca_core::admission::ApprovedKey;
use ca_core::archive::{DecryptionKey, RecoveryAgents, refuse_signing};
use ca_core::audit::{AuditAction, AuditEvent};
use ca_core::ledger::ArchivedKey;
use identity::PublicKey;

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
    if let ApprovedKey::Given(keys) = issuance.approved.key()
        && issuance.holder_keys.is_empty()
    {
        if is_archived(issuance, keys)? {
            return Ok(None);
        }
        return Err(CommandError::new(
            ErrorKind::PolicyRefused,
            "the policy has encryption keys archived, and this one is not here to be archived",
        )
        .hint("leave out --csr, so that the key is made here; to renew, name the P12 that holds it with --identity, or make a new key with cachet cert rekey")
        .hint("or ask for --usage sign, or --usage dual where the policy allows it: a key that signs is never archived"));
    }
    if let ApprovedKey::Given(keys) = issuance.approved.key() {
        for (key, _) in decrypting(issuance, keys) {
            refuse_signing(issuance.ledger, key).map_err(|error| {
                CommandError::from(error)
                    .hint("make a new key, which is then archived: cachet cert rekey, or issue without --csr")
            })?;
        }
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

/// Tells whether the encryption key, which is certified again, has been in the archive since an earlier certificate.
fn is_archived(issuance: &Issuance<'_>, keys: &[PublicKey]) -> Result<bool, CommandError> {
    for (key, _) in decrypting(issuance, keys) {
        let serials: Vec<_> = issuance
            .on_record(key)?
            .iter()
            .map(|record| *record.serial())
            .collect();
        if issuance.ledger.archived_keys(&serials)?.is_empty() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Returns the keys that are to decrypt, with what their certificates are for.
fn decrypting<'a>(
    issuance: &'a Issuance<'_>,
    keys: &'a [PublicKey],
) -> impl Iterator<Item = (&'a PublicKey, &'a CertificateUsage)> {
    let usages = issuance.approved.certificates().iter();
    keys.iter()
        .zip(usages)
        .filter(|(_, usage)| **usage == CertificateUsage::Encrypt)
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
        let sealed = agents.seal(
            DecryptionKey::new(key, issued.certificate(), issuance.ledger)?,
            issuance.now,
        )?;
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

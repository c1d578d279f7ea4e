//! Making a CA: the root, one issuing CA for each class, and the directory that holds them.

use std::path::Path;

use ca_core::audit::{AuditAction, AuditContext, AuditEvent};
use ca_core::authority::{
    AuthorityName, BaseUrl, CaSigner, CertificateAuthority, IssuingPlan, make_issuing, make_root,
};
use ca_core::ledger::{AuthorityKind, Ledger};
use ca_core::policy::PolicySet;
use ca_core::revocation::crl::CrlPlan;
use ca_store::{CaDirectory, NewCaDirectory, StoreUrl};
use chrono::{DateTime, Utc};
use identity::{KeyAlgorithm, PrivateKey};

use crate::error::CommandError;
use crate::passphrases::NewPassphrases;
use crate::publishing::publish_new;

/// The detail of the log's first entry that tells whether the root has a passphrase of its own.
pub(crate) const PASSPHRASES: &str = "passphrases";

/// Its value if it has not.
pub(crate) const ONE_PASSPHRASE: &str = "one for all keys";

/// What a new CA is to be.
#[derive(Debug)]
pub(crate) struct NewCa<'a> {
    pub(crate) path: &'a Path,
    pub(crate) store: StoreUrl,
    pub(crate) root_dir: Option<&'a Path>,
    pub(crate) name: &'a str,
    pub(crate) organization: Option<&'a str>,
    pub(crate) country: Option<&'a str>,
    pub(crate) domains: &'a [String],
    pub(crate) critical_constraints: bool,
    /// Of all CA keys; by default the policy's.
    pub(crate) key: Option<KeyAlgorithm>,
    pub(crate) base_url: Option<BaseUrl>,
    /// Names and texts, as they are copied into the directory.
    pub(crate) policy_files: &'a [(String, String)],
    pub(crate) policies: &'a PolicySet,
    /// Make no root and no issuing CAs: another CA is to certify them.
    pub(crate) requested: bool,
    pub(crate) passphrases: &'a NewPassphrases,
    pub(crate) audit: AuditContext,
    pub(crate) now: DateTime<Utc>,
}

impl NewCa<'_> {
    /// Makes it, whole or not at all.
    pub(crate) fn make(&self) -> Result<CaDirectory, CommandError> {
        let name = AuthorityName {
            name: self.name,
            organization: self.organization,
            country: self.country,
        };
        let root_policy = self.policies.root();
        let directory = NewCaDirectory::begin(
            self.path,
            Some(self.store.clone()),
            self.root_dir,
            self.audit.real_time,
        )?;
        for (name, text) in self.policy_files {
            directory.save_policy(name, text)?;
        }

        if self.requested {
            return self.commit_without_authorities(directory);
        }
        let root_key = PrivateKey::generate(self.key.unwrap_or(root_policy.root_key()))?;
        let signer = CaSigner::new(root_key.clone())?;
        let certificate = make_root(name, root_policy, &signer, self.now)?;
        let root = CertificateAuthority::new(certificate, Vec::new(), signer, self.base_url.clone())?;
        directory.save_root_key(root.id(), &root_key, &self.passphrases.root)?;
        directory.save_certificate(root.id(), root.certificate())?;
        let root_location = match self.root_dir {
            Some(elsewhere) => elsewhere.join(format!("{}.key", root.id())).display().to_string(),
            None => format!("keys/{}.key", root.id()),
        };
        let mut authorities = vec![];
        let mut records = vec![root.to_record(
            AuthorityKind::Root,
            Vec::new(),
            root_location,
            &self.audit,
            self.now,
        )];

        for issuer in self.policies.issuers() {
            let key = PrivateKey::generate(self.key.unwrap_or(root_policy.issuing_key()))?;
            let plan = IssuingPlan {
                issuer: &issuer,
                domains: self.domains,
                critical_constraints: self.critical_constraints,
            };
            let certificate = make_issuing(name, root_policy, plan, key.public_key(), &root, self.now)?;
            let signer = CaSigner::new(key.clone())?;
            let chain = vec![root.certificate().clone()];
            let issuing = CertificateAuthority::new(certificate, chain, signer, self.base_url.clone())?;
            directory.save_key(issuing.id(), &key, &self.passphrases.issuing)?;
            directory.save_certificate(issuing.id(), issuing.certificate())?;
            let location = format!("keys/{}.key", issuing.id());
            records.push(issuing.to_record(
                AuthorityKind::Issuing,
                issuer.classes.clone(),
                location,
                &self.audit,
                self.now,
            ));
            authorities.push(issuing);
        }
        authorities.push(root);
        ca_store::failpoint!("init-after-keys");

        let passphrases = if self.passphrases.are_one() {
            ONE_PASSPHRASE
        } else {
            "the root's own"
        };
        let mut events = vec![
            AuditEvent::new(&self.audit, self.now, AuditAction::Init, self.name)
                .with(PASSPHRASES, passphrases),
        ];
        events.extend(records.iter().map(|record| {
            AuditEvent::new(&self.audit, self.now, AuditAction::AuthorityAdded, &record.id)
                .with("kind", record.kind.as_str())
        }));
        directory.ledger().add_authorities(&records, &events)?;
        if let Some(unlock) = &self.passphrases.unlock {
            directory.save_unlock(unlock)?;
        }
        ca_store::failpoint!("init-before-ledger");
        ca_store::failpoint!("init-before-rename");
        let directory = directory.commit()?;
        self.publish(&directory, &authorities)?;
        Ok(directory)
    }

    /// Completes a directory whose CAs another CA will certify.
    fn commit_without_authorities(&self, directory: NewCaDirectory) -> Result<CaDirectory, CommandError> {
        let mut event = AuditEvent::new(&self.audit, self.now, AuditAction::Init, self.name);
        let base_url = self.base_url.as_ref().map(ToString::to_string);
        // What later requests and imports are to go by, where no root of ours says it.
        for (key, value) in [
            ("organization", self.organization),
            ("country", self.country),
            ("base_url", base_url.as_deref()),
        ] {
            if let Some(value) = value {
                event = event.with(key, value);
            }
        }
        directory.ledger().append_audit(&[event])?;
        if let Some(unlock) = &self.passphrases.unlock {
            directory.save_unlock(unlock)?;
        }
        Ok(directory.commit()?)
    }

    /// Publishes first revocation lists: the root's key is at hand now, and seldom afterwards.
    fn publish(
        &self,
        directory: &CaDirectory,
        authorities: &[CertificateAuthority],
    ) -> Result<(), CommandError> {
        let own = directory.publish_directory();
        let _lock = own.lock()?;
        let ledger = directory.ledger()?;
        for authority in authorities {
            let kind = match authority.chain() {
                [] => AuthorityKind::Root,
                _ => AuthorityKind::Issuing,
            };
            let plan = CrlPlan::of(self.policies.root().crl(), kind);
            publish_new(&ledger, authority, plan, self.audit.clone(), self.now, &own)?;
        }
        Ok(())
    }
}

//! Further CAs: new issuing CAs, and a new root with its cross-certificates.

use ca_core::audit::{AuditAction, AuditContext, AuditEvent};
use ca_core::authority::{
    AuthorityName, BaseUrl, CaSigner, CertificateAuthority, IssuingPlan, constrained_domains,
    constraints_are_critical, make_cross, make_issuing, make_root,
};
use ca_core::ledger::{AuthorityChange, AuthorityKind, AuthorityRecord, CrossCertificateRecord, Ledger};
use ca_core::policy::{IssuerPlan, PolicySet};
use ca_store::{CaDirectory, SqliteLedger};
use chrono::{DateTime, Utc};
use identity::{Certificate, KeyAlgorithm, Passphrase, PrivateKey, name};

use crate::authority::{self, CaCertificate};
use crate::context::Context;
use crate::error::{CommandError, ErrorKind};
use crate::passphrases;

/// A CA that gets further authorities.
pub(crate) struct House {
    pub(crate) directory: CaDirectory,
    pub(crate) ledger: SqliteLedger,
    pub(crate) policies: PolicySet,
    /// All of its CAs, in the order of their recording.
    pub(crate) authorities: Vec<CaCertificate>,
    audit: AuditContext,
    now: DateTime<Utc>,
    name: String,
}

/// What is to be recorded together.
#[derive(Default)]
pub(crate) struct Additions {
    pub(crate) authorities: Vec<AuthorityRecord>,
    pub(crate) crosses: Vec<CrossCertificateRecord>,
    events: Vec<AuditEvent>,
}

impl House {
    pub(crate) fn open(context: &Context) -> Result<Self, CommandError> {
        let directory = context.directory()?;
        let ledger = context.ledger(&directory)?;
        let policies = context.policies(&directory)?;
        let authorities = authority::of_ledger(&ledger)?;
        let name = name_of(&ledger)?;
        Ok(Self {
            directory,
            ledger,
            policies,
            authorities,
            audit: context.audit(),
            now: context.now(),
            name,
        })
    }

    /// Returns the newest root.
    pub(crate) fn root(&self) -> Result<&CaCertificate, CommandError> {
        authority::root(&self.authorities)
    }

    /// Unlocks a root; what it signs from now on names `base_url`, by default the one on record.
    pub(crate) fn unlock_root(
        &self,
        root: &CaCertificate,
        passphrase: &Passphrase,
        base_url: Option<&BaseUrl>,
    ) -> Result<CertificateAuthority, CommandError> {
        let signer = authority::unlock(&self.directory, &root.record, passphrase)?;
        let recorded = root.record.base_url.as_deref().and_then(|url| url.parse().ok());
        let base_url = base_url.cloned().or(recorded);
        let chain = Vec::new();
        Ok(CertificateAuthority::new(
            root.certificate.clone(),
            chain,
            signer,
            base_url,
        )?)
    }

    /// Returns the issuing CAs that were made for an issuer of the policies, oldest first.
    pub(crate) fn made_for(&self, plan: &IssuerPlan) -> Vec<&CaCertificate> {
        let (plain, further) = self.common_names(plan);
        let ours = |ca: &&CaCertificate| {
            let name = ca.record.name.as_str();
            let generation = || {
                let (before, after) = further.as_ref()?;
                let number = name.strip_prefix(before.as_str())?.strip_suffix(after.as_str())?;
                number.parse::<u32>().ok()
            };
            !ca.is_root() && (name == plain || generation().is_some())
        };
        self.authorities.iter().filter(ours).collect()
    }

    /// Makes an issuing CA for an issuer of the policies, and keeps its key and certificate; recording it is left.
    pub(crate) fn add_issuing(
        &self,
        plan: &IssuerPlan,
        root: &CertificateAuthority,
        key: Option<KeyAlgorithm>,
        passphrase: &Passphrase,
        additions: &mut Additions,
    ) -> Result<Certificate, CommandError> {
        let made = self.made_for(plan);
        let mut named = plan.clone();
        let taken = |name: &str| self.authorities.iter().any(|ca| ca.record.name == name);
        let root_policy = self.policies.root();
        // CAs of the same name would share their revocation lists' name (RFC 5280, 6.3.3): each generation has its own.
        let mut generation = 2;
        while taken(&root_policy.issuing_common_name(&self.name, &named.name)) {
            named.name = format!("{} G{generation}", plan.name);
            generation += 1;
        }
        let model = made
            .last()
            .copied()
            .or_else(|| self.authorities.iter().rev().find(|ca| !ca.is_root()));
        let domains = model
            .map(|ca| constrained_domains(&ca.certificate))
            .unwrap_or_default();
        let issuing_plan = IssuingPlan {
            issuer: &named,
            domains: &domains,
            critical_constraints: model.is_some_and(|ca| constraints_are_critical(&ca.certificate)),
        };
        let private = PrivateKey::generate(key.unwrap_or(root_policy.issuing_key()))?;
        let (organization, country) = self.place();
        let names = AuthorityName {
            name: &self.name,
            organization: organization.as_deref(),
            country: country.as_deref(),
        };
        let certificate = make_issuing(
            names,
            root_policy,
            issuing_plan,
            private.public_key(),
            root,
            self.now,
        )?;
        let signer = CaSigner::new(private.clone())?;
        let chain = vec![root.certificate().clone()];
        let made = CertificateAuthority::new(certificate, chain, signer, root.base_url().cloned())?;
        self.directory.save_key(made.id(), &private, passphrase)?;
        self.directory.save_certificate(made.id(), made.certificate())?;
        let location = format!("keys/{}.key", made.id());
        let kind = AuthorityKind::Issuing;
        let record = made.to_record(kind, plan.classes.clone(), location, &self.audit, self.now);
        additions.authority(self, record);
        Ok(made.certificate().clone())
    }

    /// Makes a root that follows another, and keeps its key and certificate; recording it is left.
    pub(crate) fn add_root(
        &self,
        key: Option<KeyAlgorithm>,
        passphrase: &Passphrase,
        base_url: Option<BaseUrl>,
        additions: &mut Additions,
    ) -> Result<CertificateAuthority, CommandError> {
        let root_policy = self.policies.root();
        let private = PrivateKey::generate(key.unwrap_or(root_policy.root_key()))?;
        let signer = CaSigner::new(private.clone())?;
        let (organization, country) = self.place();
        // The same name as before: the cross-certificates are then self-issued, and no path gets too long for the
        // roots' own path length (RFC 5280, 4.2.1.9; RFC 4210, 4.4).
        let names = AuthorityName {
            name: &self.name,
            organization: organization.as_deref(),
            country: country.as_deref(),
        };
        let certificate = make_root(names, root_policy, &signer, self.now)?;
        let root = CertificateAuthority::new(certificate, Vec::new(), signer, base_url)?;
        let place = self.directory.save_root_key(root.id(), &private, passphrase)?;
        self.directory.save_certificate(root.id(), root.certificate())?;
        let location = match place.strip_prefix(self.directory.path()) {
            Ok(inside) => inside.display().to_string(),
            Err(_) => place.display().to_string(),
        };
        let kind = AuthorityKind::Root;
        let record = root.to_record(kind, Vec::new(), location, &self.audit, self.now);
        additions.authority(self, record);
        Ok(root)
    }

    /// Certifies the key of one authority by another; recording it is left.
    pub(crate) fn certify(
        &self,
        subject: &Certificate,
        issuer: &CertificateAuthority,
        additions: &mut Additions,
    ) -> Result<(), CommandError> {
        let certificate = make_cross(subject, issuer, self.now)?;
        let subject = ca_core::authority::authority_id(subject);
        let record = CrossCertificateRecord {
            id: CrossCertificateRecord::id_for(&subject, issuer.id()),
            subject,
            issuer: issuer.id().to_owned(),
            certificate: certificate.der().to_vec(),
            created_at: self.audit.real_time,
            acted_at: self.now,
        };
        self.directory.save_certificate(&record.id, &certificate)?;
        let event = self
            .event(AuditAction::AuthorityCertified, &record.subject)
            .with("issuer", issuer.id())
            .with("serial", certificate.serial_hex());
        additions.events.push(event);
        additions.crosses.push(record);
        Ok(())
    }

    /// Records what was made, all or none.
    pub(crate) fn record(&self, additions: &Additions) -> Result<(), CommandError> {
        let Additions {
            authorities,
            crosses,
            events,
        } = additions;
        Ok(self.ledger.roll_over(authorities, crosses, events)?)
    }

    /// Has the CAs that still issue name another address in certificates from now on.
    pub(crate) fn move_to(&self, base_url: &BaseUrl) -> Result<Vec<String>, CommandError> {
        let moved: Vec<_> = self
            .authorities
            .iter()
            .filter(|ca| {
                ca.record.retired_at.is_none() && ca.record.base_url.as_deref() != Some(base_url.as_str())
            })
            .collect();
        let changes: Vec<_> = moved
            .iter()
            .map(|ca| AuthorityChange::BaseUrl {
                id: ca.record.id.clone(),
                base_url: Some(base_url.to_string()),
            })
            .collect();
        let events: Vec<_> = moved
            .iter()
            .map(|ca| {
                let before = ca.record.base_url.as_deref().unwrap_or("none");
                self.event(AuditAction::SettingChanged, &ca.record.id)
                    .with("base_url", base_url.as_str())
                    .with("before", before)
            })
            .collect();
        self.ledger.change_authorities(&changes, &events)?;
        let mut before: Vec<String> = moved.iter().filter_map(|ca| ca.record.base_url.clone()).collect();
        before.dedup();
        Ok(before)
    }

    /// Has a CA issue no more certificates.
    pub(crate) fn retire(&self, id: &str) -> Result<(), CommandError> {
        let change = AuthorityChange::Retired {
            id: id.to_owned(),
            at: self.now,
        };
        let event = self.event(AuditAction::AuthorityRetired, id);
        Ok(self.ledger.change_authorities(&[change], &[event])?)
    }

    pub(crate) fn event(&self, action: AuditAction, subject: &str) -> AuditEvent {
        AuditEvent::new(&self.audit, self.now, action, subject)
    }

    /// Returns the passphrase of the roots' keys.
    pub(crate) fn root_passphrase(&self, context: &Context) -> Result<Passphrase, CommandError> {
        passphrases::root(context, &self.directory, &self.ledger)
    }

    /// Returns the organization and the country that all CAs have in their names.
    fn place(&self) -> (Option<String>, Option<String>) {
        let newest = self.authorities.iter().rev().find(|ca| ca.is_root());
        let subject = newest.map(|ca| ca.certificate.subject());
        let value = |attribute| subject?.get(attribute).next().map(str::to_owned);
        (value(name::ORGANIZATION), value(name::COUNTRY))
    }

    /// Returns the first common name of an issuer's CA, and what stands around the number in later ones.
    fn common_names(&self, plan: &IssuerPlan) -> (String, Option<(String, String)>) {
        let policy = self.policies.root();
        let plain = policy.issuing_common_name(&self.name, &plan.name);
        let marked = policy.issuing_common_name(&self.name, &format!("{} G\0", plan.name));
        let around = marked
            .split_once('\0')
            .map(|(before, after)| (before.to_owned(), after.to_owned()));
        (plain, around)
    }
}

impl Additions {
    fn authority(&mut self, house: &House, record: AuthorityRecord) {
        let event = house
            .event(AuditAction::AuthorityAdded, &record.id)
            .with("kind", record.kind.as_str());
        self.events.push(event);
        self.authorities.push(record);
    }
}

/// Returns what `init --name` called the CA.
fn name_of(ledger: &dyn Ledger) -> Result<String, CommandError> {
    let init = ledger
        .audit_entries(0, 100)?
        .into_iter()
        .find(|entry| entry.action == AuditAction::Init.as_str());
    init.map(|entry| entry.subject).ok_or_else(|| {
        CommandError::new(
            ErrorKind::Ledger,
            "the audit log does not begin with the CA's name, so that no further CA can be named",
        )
        .hint("cachet audit verify")
    })
}

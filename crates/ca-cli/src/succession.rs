//! Further CAs: new issuing CAs, and a new root with its cross-certificates.

use std::path::PathBuf;

use ca_core::audit::{AuditAction, AuditContext, AuditEvent};
use ca_core::authority::{
    AuthorityName, BaseUrl, CaSigner, CertificateAuthority, IssuingPlan, constrained_domains,
    constraints_are_critical, make_cross, make_issuing, make_root, planned_authority_id,
};
use ca_core::ledger::{AuthorityChange, AuthorityKind, AuthorityRecord, CrossCertificateRecord, Ledger};
use ca_core::policy::{IssuerPlan, PolicySet};
use ca_core::request::Class;
use ca_core::revocation::authority::revocation_of;
use ca_store::{CaDirectory, SqliteLedger, StagingError, StagingLock};
use chrono::{DateTime, Utc};
use identity::{
    Certificate, CertificateRequest, DistinguishedName, KeyAlgorithm, Passphrase, PrivateKey, name, pem,
};

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
    origin: Origin,
    /// Two commands that look for a free name at the same moment would find the same.
    _lock: StagingLock,
}

/// What `init` was told of the CA.
struct Origin {
    name: String,
    /// Told only where no root of ours bears them.
    organization: Option<String>,
    country: Option<String>,
    base_url: Option<BaseUrl>,
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
        let lock = StagingLock::take(&directory, &directory.staging_destination("succession")?).map_err(
            |error| match error {
                StagingError::Busy { .. } => CommandError::new(
                    ErrorKind::Io,
                    "another command is adding or changing authorities of this CA",
                )
                .hint("run this one again once that has ended"),
                error => error.into(),
            },
        )?;
        let policies = context.policies(&directory)?;
        let authorities = authority::of_ledger(&ledger)?;
        let origin = Origin::read(&ledger)?;
        Ok(Self {
            directory,
            ledger,
            policies,
            authorities,
            audit: context.audit(),
            now: context.now(),
            origin,
            _lock: lock,
        })
    }

    /// Returns the newest root, which must be one that signs here.
    pub(crate) fn root(&self) -> Result<&CaCertificate, CommandError> {
        let root = authority::root(&self.authorities)?;
        if root.is_elsewhere() {
            return Err(CommandError::new(
                ErrorKind::PolicyRefused,
                format!(
                    "the root {} is another's: a further CA of ours needs its signature",
                    root.record.name
                ),
            )
            .hint("cachet ca add --csr writes the requests, cachet ca import takes the answers"));
        }
        Ok(root)
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
        let ours = |ca: &&CaCertificate| !ca.is_root() && self.is_name_for(&ca.record.name, plan);
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
        let named = self.next_name(plan);
        let root_policy = self.policies.root();
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
            name: &self.origin.name,
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
            name: &self.origin.name,
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
        // Somebody may have revoked one while a passphrase was asked for.
        for cross in crosses {
            let was_known = self
                .authorities
                .iter()
                .any(|ca| ca.record.id == cross.subject && !ca.is_root());
            if was_known && revocation_of(&self.ledger, &cross.subject)?.is_some() {
                return Err(CommandError::new(
                    ErrorKind::PolicyRefused,
                    format!("{} was revoked meanwhile: nothing was recorded", cross.subject),
                )
                .hint("run the command again: it makes a new CA in its place"));
            }
        }
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

    /// Returns the address that `init --csr --base-url` was told.
    pub(crate) fn origin_base_url(&self) -> Option<BaseUrl> {
        self.origin.base_url.clone()
    }

    /// Returns the classes that a CA of this common name was made or requested for.
    pub(crate) fn classes_of(&self, common_name: &str) -> Vec<Class> {
        let plans = self.policies.issuers();
        let plan = plans.into_iter().find(|plan| self.is_name_for(common_name, plan));
        plan.map(|plan| plan.classes).unwrap_or_default()
    }

    /// Tells whether a request for an issuer of the policies waits for an answer.
    pub(crate) fn is_requested(&self, plan: &IssuerPlan) -> Result<bool, CommandError> {
        for (_, bytes) in self.directory.requests()? {
            let request = CertificateRequest::from_pem_or_der(&bytes).map_err(CommandError::bad_input)?;
            let name = request.subject().common_name().unwrap_or_default();
            if self.is_name_for(name, plan) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Makes a key for an issuing CA that another CA is to certify, and the request for it; returns the request's file.
    pub(crate) fn request_issuing(
        &self,
        plan: &IssuerPlan,
        key: Option<KeyAlgorithm>,
        passphrase: &Passphrase,
    ) -> Result<PathBuf, CommandError> {
        let root_policy = self.policies.root();
        let named = self.next_name(plan);
        let common_name = root_policy.issuing_common_name(&self.origin.name, &named.name);
        let private = PrivateKey::generate(key.unwrap_or(root_policy.issuing_key()))?;
        let (organization, country) = self.place();
        let attributes = [
            (name::COUNTRY, country.as_deref()),
            (name::ORGANIZATION, organization.as_deref()),
            (name::COMMON_NAME, Some(common_name.as_str())),
        ];
        let given: Vec<_> = attributes
            .into_iter()
            .filter_map(|(attribute, value)| Some((attribute, value?)))
            .collect();
        let subject = DistinguishedName::from_attributes(&given).map_err(CommandError::bad_input)?;
        let request = CertificateRequest::build(&subject, &[], &private)?;
        let id = planned_authority_id(&subject, private.public_key());
        self.directory.save_key(&id, &private, passphrase)?;
        let event = self
            .event(AuditAction::AuthorityRequested, &id)
            .with("request", hex::encode(identity::digest::sha256(&request)));
        self.ledger.append_audit(&[event])?;
        Ok(self
            .directory
            .save_request(&id, &pem::encode("CERTIFICATE REQUEST", &request))?)
    }

    /// Returns a plan under a name that no CA of the house has yet.
    fn next_name(&self, plan: &IssuerPlan) -> IssuerPlan {
        let mut named = plan.clone();
        let taken = |name: &str| self.authorities.iter().any(|ca| ca.record.name == name);
        // CAs of the same name would share their revocation lists' name (RFC 5280, 6.3.3): each generation has its own.
        let mut generation = 2;
        while taken(
            &self
                .policies
                .root()
                .issuing_common_name(&self.origin.name, &named.name),
        ) {
            named.name = format!("{} G{generation}", plan.name);
            generation += 1;
        }
        named
    }

    /// Tells whether a common name is that of a CA for this plan, of whatever generation.
    fn is_name_for(&self, name: &str, plan: &IssuerPlan) -> bool {
        let (plain, further) = self.common_names(plan);
        let generation = || {
            let (before, after) = further.as_ref()?;
            let number = name.strip_prefix(before.as_str())?.strip_suffix(after.as_str())?;
            number.parse::<u32>().ok()
        };
        name == plain || generation().is_some()
    }

    /// Returns the passphrase of the roots' keys.
    pub(crate) fn root_passphrase(&self, context: &Context) -> Result<Passphrase, CommandError> {
        passphrases::root(context, &self.directory, &self.ledger)
    }

    /// Returns the organization and the country that all CAs have in their names.
    fn place(&self) -> (Option<String>, Option<String>) {
        let newest = self
            .authorities
            .iter()
            .rev()
            .find(|ca| ca.is_root() && !ca.is_elsewhere());
        let Some(subject) = newest.map(|ca| ca.certificate.subject()) else {
            return (self.origin.organization.clone(), self.origin.country.clone());
        };
        let value = |attribute| subject.get(attribute).next().map(str::to_owned);
        (value(name::ORGANIZATION), value(name::COUNTRY))
    }

    /// Returns the first common name of an issuer's CA, and what stands around the number in later ones.
    fn common_names(&self, plan: &IssuerPlan) -> (String, Option<(String, String)>) {
        let policy = self.policies.root();
        let plain = policy.issuing_common_name(&self.origin.name, &plan.name);
        let marked = policy.issuing_common_name(&self.origin.name, &format!("{} G\0", plan.name));
        let around = marked
            .split_once('\0')
            .map(|(before, after)| (before.to_owned(), after.to_owned()));
        (plain, around)
    }
}

impl Additions {
    pub(crate) fn authority(&mut self, house: &House, record: AuthorityRecord) {
        let event = house
            .event(AuditAction::AuthorityAdded, &record.id)
            .with("kind", record.kind.as_str());
        self.events.push(event);
        self.authorities.push(record);
    }
}

impl Origin {
    /// Reads the first entry of the log.
    fn read(ledger: &dyn Ledger) -> Result<Self, CommandError> {
        let init = ledger
            .audit_entries(0, 100)?
            .into_iter()
            .find(|entry| entry.action == AuditAction::Init.as_str());
        let Some(init) = init else {
            return Err(CommandError::new(
                ErrorKind::Ledger,
                "the audit log does not begin with the CA's name, so that no further CA can be named",
            )
            .hint("cachet audit verify"));
        };
        let details: serde_json::Value = serde_json::from_str(&init.details).unwrap_or_default();
        let text = |key: &str| {
            details
                .get(key)
                .and_then(|value| value.as_str())
                .map(str::to_owned)
        };
        Ok(Self {
            name: init.subject,
            organization: text("organization"),
            country: text("country"),
            base_url: text("base_url").and_then(|url| url.parse().ok()),
        })
    }
}

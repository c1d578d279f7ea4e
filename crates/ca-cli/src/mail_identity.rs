//! The identity that the CA signs its own mail with: made on first use, and anew before it ends.

use ca_core::admission::AdmitContext;
use ca_core::authority::{Application, Authority};
use ca_core::evidence::{Basis, Evidence};
use ca_core::ledger::{CertificateFilter, CertificateRecord, Ledger};
use ca_core::policy::{PolicySet, Profile};
use ca_core::request::{CertificateUsage, Class, KeySource, Request, Usage};
use ca_core::revocation::authority::revocation_of;
use ca_store::{CaDirectory, LayoutError, SqliteLedger, StagingLock};
use chrono::Duration;
use identity::identity::Identity;
use identity::{Certificate, Mailbox, Passphrase, PrivateKey, digest};

use crate::authority::{self, CaCertificate};
use crate::context::Context;
use crate::error::{CommandError, ErrorKind};

/// Where the CA lives.
#[derive(Clone, Copy)]
pub(crate) struct Home<'a> {
    pub(crate) directory: &'a CaDirectory,
    pub(crate) ledger: &'a SqliteLedger,
    pub(crate) policies: &'a PolicySet,
}

/// Returns the CA's mail identity; `from` chooses another address than before.
pub(crate) fn open(context: &Context, home: Home<'_>, from: Option<&str>) -> Result<Identity, CommandError> {
    let profile = Class::ALL
        .into_iter()
        .find_map(|class| home.policies.profile(class))
        .ok_or_else(|| CommandError::new(ErrorKind::PolicyRefused, "no policy is for a class"))?;
    let issuing = authority::issuing(home.ledger, profile.class(), context.now())?;
    let address = address(context, home.directory, &issuing, from)?;
    let hash = hex::encode(digest::sha256(address.canonical().as_bytes()));
    let id = format!("mail-{}", hash.get(..8).unwrap_or(&hash));
    // Two first uses at the same time would make two.
    let _lock = StagingLock::take(home.directory, &home.directory.staging_destination(&id)?)?;
    let passphrase = context.passphrase(home.directory)?;
    let key = key(home.directory, &id, profile, &passphrase)?;
    let made = Made {
        context,
        home,
        profile,
        issuing: &issuing,
        passphrase: &passphrase,
        address: &address,
    };
    let record = made.record(&key)?;
    let certificate = Certificate::from_der(record.certificate().unwrap_or_default())?;
    let chain = authority::chain(home.ledger, &record.intent.authority)?;
    Ok(Identity::new(key, certificate, chain)?)
}

/// What the identity is made of.
struct Made<'a> {
    context: &'a Context,
    home: Home<'a>,
    profile: &'a Profile,
    issuing: &'a CaCertificate,
    passphrase: &'a Passphrase,
    address: &'a Mailbox,
}

impl Made<'_> {
    /// Finds the certificate for the key, or has it issued.
    fn record(&self, key: &PrivateKey) -> Result<CertificateRecord, CommandError> {
        let now = self.context.now();
        let filter = CertificateFilter {
            key_id: Some(key.public_key().subject_key_identifier()),
            ..CertificateFilter::default()
        };
        let known = self.home.ledger.list(&filter, now)?;
        let soon = now.checked_add_signed(RENEWED_BEFORE).unwrap_or(now);
        for record in &known {
            let lasts = record.issued.is_some() && record.is_live(now) && record.intent.not_after > soon;
            let is_sound = || revocation_of(self.home.ledger, &record.intent.authority);
            if lasts && record.revocation.is_none() && is_sound()?.is_none() {
                return Ok(record.clone());
            }
        }
        let signer = authority::unlock(self.home.directory, &self.issuing.record, self.passphrase)?;
        let ca = authority::signing(self.home.ledger, &self.issuing.record.id, signer)?;
        let issuer = Authority::new(self.home.ledger, &ca, self.context.audit());
        let begun = |record: &&CertificateRecord| {
            record.issued.is_none()
                && record.is_live(now)
                && record.intent.authority == self.issuing.record.id
        };
        let issued = match known.iter().find(begun) {
            Some(record) => issuer.resume(record.serial(), Some(self.profile), now)?,
            None => {
                let approved = self.admit(key)?;
                let application = Application {
                    approved: &approved,
                    usage: CertificateUsage::Sign,
                    key: key.public_key(),
                    another: true,
                    own_mail: true,
                    renews: None,
                };
                issuer.issue(issuer.prepare(application, now)?, now)?
            }
        };
        let serial = *issued.serial();
        issuer.mark_collected(&[serial], now)?;
        self.home
            .ledger
            .certificate(&serial)?
            .ok_or_else(|| CommandError::new(ErrorKind::Internal, "the certificate is not on record"))
    }

    /// The CA vouches for its own address: nobody else could.
    fn admit(&self, key: &PrivateKey) -> Result<ca_core::Approved, CommandError> {
        let rules = self.profile.evidence();
        let text = "the certificate authority's own address, chosen by its operator";
        let evidence = rules
            .groups(false)
            .filter_map(|group| group.first())
            .map(|kind| match rules.basis() {
                Basis::Proved => Evidence::proved(*kind, text),
                Basis::Stated => Evidence::stated(*kind, text),
            })
            .collect::<Result<Vec<_>, _>>()
            .map_err(CommandError::bad_input)?;
        let mut request = Request::new(self.profile.class(), self.address.clone());
        request.usage = Some(Usage::Sign);
        request.key = KeySource::Existing(key.public_key().clone());
        let permitted = authority::permitted_domains(&self.issuing.certificate);
        let admission = AdmitContext {
            now: self.context.now(),
            issuer_not_after: self.issuing.certificate.not_after(),
            permitted_domains: &permitted,
        };
        self.profile
            .admit(request, evidence, &admission)
            .map_err(|refusal| {
                CommandError::new(
                    ErrorKind::PolicyRefused,
                    format!("no certificate can be issued for the CA's own mail: {refusal}"),
                )
                .hint("choose an address that the policy allows with --mail-from ADDRESS")
            })
    }
}

/// Returns the CA's address: as given, as chosen before, or one that its constraints suggest.
fn address(
    context: &Context,
    directory: &CaDirectory,
    issuing: &CaCertificate,
    from: Option<&str>,
) -> Result<Mailbox, CommandError> {
    let known = directory.mail_from()?;
    let text = match (from, &known) {
        (Some(from), _) => from.to_owned(),
        (None, Some(known)) => return Mailbox::parse(known).map_err(CommandError::bad_input),
        (None, None) => {
            let permitted = authority::permitted_domains(&issuing.certificate);
            match permitted.iter().find(|domain| !domain.starts_with('.')) {
                Some(mailbox) if mailbox.contains('@') => mailbox.clone(),
                Some(domain) => format!("ca@{domain}"),
                None => {
                    // RFC 2606: nobody's, so that nobody's address is certified unasked.
                    context.ui.warning(&format!(
                        "the CA writes from {NOBODY}, which nobody can answer; choose its own address once with --mail-from ADDRESS"
                    ));
                    return Mailbox::parse(NOBODY).map_err(CommandError::bad_input);
                }
            }
        }
    };
    let mailbox = Mailbox::parse(&text).map_err(CommandError::bad_input)?;
    if known.as_deref() != Some(text.as_str()) {
        directory.set_mail_from(&text)?;
    }
    Ok(mailbox)
}

fn key(
    directory: &CaDirectory,
    id: &str,
    profile: &Profile,
    passphrase: &Passphrase,
) -> Result<PrivateKey, CommandError> {
    match directory.key(id, passphrase) {
        Err(LayoutError::KeyMissing { .. }) => {
            // On the disk before its certificate is on record.
            let key = PrivateKey::generate(profile.keys().default_key())?;
            directory.save_key(id, &key, passphrase)?;
            Ok(key)
        }
        other => Ok(other?),
    }
}

const NOBODY: &str = "ca@cachet.invalid";
const RENEWED_BEFORE: Duration = Duration::days(14);

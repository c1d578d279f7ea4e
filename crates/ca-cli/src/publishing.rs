//! Making revocation lists, and putting them where others fetch them.

use std::path::Path;

use ca_core::audit::AuditContext;
use ca_core::authority::{CaSigner, CertificateAuthority};
use ca_core::ledger::{AuthorityRecord, Ledger};
use ca_core::policy::CrlRules;
use ca_core::revocation::crl::{CrlMaker, CrlPlan, CrlStanding, Due, standing};
use ca_store::{CaDirectory, Publication, PublishDirectory, SqliteLedger};
use chrono::{DateTime, Utc};

use crate::authority::{self, CaCertificate};
use crate::context::{CRL_LIMIT, Context};
use crate::error::{CommandError, ErrorKind};
use crate::output::crl::{Action, PublishedView, due_text};
use crate::output::rfc3339;
use crate::passphrases;

/// Which lists are to be made anew.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wanted<'a> {
    /// All, the root's only if it is due or the root's passphrase is given.
    All,
    /// Those that are due.
    Due,
    /// Those of these authorities, if their keys can be had without asking for more than a passphrase.
    Of(&'a [String]),
}

/// Publishes for one CA.
pub(crate) struct Publisher<'a> {
    context: &'a Context,
    directory: &'a CaDirectory,
    ledger: &'a SqliteLedger,
    rules: CrlRules,
    all: Vec<CaCertificate>,
}

impl<'a> Publisher<'a> {
    pub(crate) fn new(
        context: &'a Context,
        directory: &'a CaDirectory,
        ledger: &'a SqliteLedger,
    ) -> Result<Self, CommandError> {
        Ok(Self {
            context,
            directory,
            ledger,
            rules: context.policies(directory)?.root().crl(),
            all: authority::of_ledger(ledger)?,
        })
    }

    /// Makes the lists that are wanted, each published in the CA's own `publish/` as soon as it is signed, and copies
    /// everything to `out`.
    pub(crate) fn publish(
        &self,
        wanted: Wanted<'_>,
        out: Option<&Path>,
    ) -> Result<Vec<PublishedView>, CommandError> {
        let own = self.directory.publish_directory();
        // Held from the first number to the last file: an older list never replaces a newer one.
        let _lock = own.lock()?;
        let mut plans = Vec::new();
        for ca in self.all.iter().filter(|ca| !ca.is_elsewhere()) {
            plans.push((ca, self.plan(ca, wanted, &own)?));
        }
        let mut views = Vec::new();
        for (ca, plan) in plans {
            let action = match plan {
                Plan::Sign(signer) => {
                    self.sign(ca, signer, &own)?;
                    Action::Signed
                }
                Plan::Leave(action) => {
                    own.publish(&[self.publication(ca)])?;
                    action
                }
            };
            let now = standing(self.ledger, &ca.record.id, self.context.now())?;
            views.push(PublishedView::new(
                &ca.record,
                action,
                &now,
                &own.paths(&ca.record.id)?,
            ));
        }
        own.publish(&self.cross_certificates()?)?;
        if let Some(out) = out {
            self.copy(&own, out, &mut views)?;
        }
        Ok(views)
    }

    /// Decides before anything is signed, so that a passphrase that is missing or wrong costs no number.
    fn plan(
        &self,
        ca: &CaCertificate,
        wanted: Wanted<'_>,
        own: &PublishDirectory,
    ) -> Result<Plan, CommandError> {
        let now = self.context.now();
        let standing = standing(self.ledger, &ca.record.id, now)?;
        let is_due = standing.due.is_some() || !self.is_in_place(&standing, own, &ca.record.id)?;
        let is_wanted = match wanted {
            Wanted::All => !ca.is_root() || is_due || self.context.global.root_passphrase_file.is_some(),
            Wanted::Due => is_due,
            Wanted::Of(ids) => ids.contains(&ca.record.id),
        };
        if now < ca.certificate.not_before() || now > ca.certificate.not_after() {
            return Ok(Plan::Leave(Action::Ended));
        }
        // Whoever publishes everything is told that one key is not at hand, whether or not that matters today.
        let is_looked_at = ca.is_root() && matches!(wanted, Wanted::All);
        if !is_wanted && !is_looked_at {
            return Ok(Plan::Leave(Action::Kept));
        }
        match self.unlock(ca, is_wanted) {
            Ok(signer) if is_wanted => Ok(Plan::Sign(signer)),
            Ok(_) => Ok(Plan::Leave(Action::Kept)),
            Err(error) if ca.is_root() || matches!(wanted, Wanted::Of(_)) => {
                let flag = match ca.is_root() {
                    true => "--root-passphrase-file FILE",
                    false => "--passphrase-file FILE",
                };
                self.context.ui.warning(&format!(
                    "the key of {} is locked ({}): {}; make a new list with: cachet crl publish {flag}",
                    ca.record.name,
                    error.message,
                    current(&standing)
                ));
                Ok(Plan::Leave(Action::Locked))
            }
            Err(error) => Err(error),
        }
    }

    /// Tells whether the file is the list that was signed last.
    fn is_in_place(
        &self,
        standing: &CrlStanding,
        own: &PublishDirectory,
        id: &str,
    ) -> Result<bool, CommandError> {
        let signed = standing.last.as_ref().and_then(|crl| crl.signature.as_ref());
        Ok(match (signed, own.crl(id, CRL_LIMIT)?) {
            (Some(signed), Some(file)) => identity::digest::sha256(&file) == signed.sha256,
            _ => false,
        })
    }

    fn sign(&self, ca: &CaCertificate, signer: CaSigner, own: &PublishDirectory) -> Result<(), CommandError> {
        let records: Vec<AuthorityRecord> = self.all.iter().map(|ca| ca.record.clone()).collect();
        let authority = CertificateAuthority::from_records(&records, &ca.record.id, signer)?;
        let plan = CrlPlan::of(self.rules, ca.record.kind);
        let (audit, now) = (self.context.audit(), self.context.now());
        publish_new(self.ledger, &authority, plan, audit, now, own)
    }

    /// Decrypts a key; the root's passphrase is asked for only if it `may_ask`.
    fn unlock(&self, ca: &CaCertificate, may_ask: bool) -> Result<CaSigner, CommandError> {
        if !ca.is_root() {
            let passphrase = self.context.passphrase(self.directory)?;
            return authority::unlock(self.directory, &ca.record, &passphrase);
        }
        let is_given =
            self.context.global.root_passphrase_file.is_some() || passphrases::are_one(self.ledger)?;
        if !is_given && !may_ask {
            return Err(CommandError::new(
                ErrorKind::PassphraseNeeded,
                "its passphrase was not given",
            ));
        }
        let passphrase = passphrases::root(self.context, self.directory, self.ledger)?;
        authority::unlock(self.directory, &ca.record, &passphrase)
    }

    fn publication(&self, ca: &CaCertificate) -> Publication {
        Publication {
            id: ca.record.id.clone(),
            certificate: ca.record.certificate.clone(),
            ..Publication::default()
        }
    }

    fn cross_certificates(&self) -> Result<Vec<Publication>, CommandError> {
        let crosses = self.ledger.cross_certificates()?.into_iter();
        Ok(crosses
            .map(|cross| Publication {
                id: cross.id,
                certificate: cross.certificate,
                ..Publication::default()
            })
            .collect())
    }

    /// Writes everything that is published to another directory, all of it prepared before the first file changes.
    fn copy(
        &self,
        own: &PublishDirectory,
        out: &Path,
        views: &mut [PublishedView],
    ) -> Result<(), CommandError> {
        let mut publications = self.cross_certificates()?;
        for ca in &self.all {
            publications.push(Publication {
                crl: own.crl(&ca.record.id, CRL_LIMIT)?,
                delta: own.delta(&ca.record.id, CRL_LIMIT)?,
                ..self.publication(ca)
            });
        }
        let to = PublishDirectory::new(out);
        let _lock = to.lock()?;
        to.publish(&publications)?;
        for view in views {
            view.moved_to(&to.paths(&view.id)?);
        }
        Ok(())
    }
}

/// What is done about an authority's list.
enum Plan {
    Sign(CaSigner),
    Leave(Action),
}

/// Makes the lists of authorities after what was recorded of them, as far as their keys can be unlocked; what was recorded
/// stands whatever becomes of the lists.
pub(crate) fn renew_lists(context: &Context, directory: &CaDirectory, ledger: &SqliteLedger, ids: &[String]) {
    let published = Publisher::new(context, directory, ledger)
        .and_then(|publisher| publisher.publish(Wanted::Of(ids), None));
    if let Err(error) = published {
        context.ui.warning(&format!(
            "the revocation lists were not made: {}; make them with: cachet crl publish",
            error.message
        ));
    }
}

/// Makes and publishes the next list of an authority whose key is at hand.
pub(crate) fn publish_new(
    ledger: &dyn Ledger,
    authority: &CertificateAuthority,
    plan: CrlPlan,
    audit: AuditContext,
    now: DateTime<Utc>,
    own: &PublishDirectory,
) -> Result<(), CommandError> {
    let crl = CrlMaker::new(ledger, authority, audit).make(plan, now)?;
    let (complete, delta) = crl.into_parts();
    own.publish(&[Publication {
        id: authority.id().to_owned(),
        certificate: authority.certificate().der().to_vec(),
        crl: Some(complete),
        delta,
    }])?;
    Ok(())
}

/// Says which list is the last.
fn current(standing: &CrlStanding) -> String {
    match (&standing.last, &standing.due) {
        (None, _) => due_text(Due::NeverMade),
        (Some(last), due) => {
            let until = rfc3339(last.intent.next_update);
            let state = format!("its list number {} is current until {until}", last.number);
            match due {
                Some(due) => format!("{state}, and {}", due_text(*due)),
                None => state,
            }
        }
    }
}

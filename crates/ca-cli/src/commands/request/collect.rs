use std::path::PathBuf;

use ca_core::admission::{AdmitContext, Approved, ApprovedKey};
use ca_core::authority::CertificateAuthority;
use ca_core::enrolment::EnrolmentRecord;
use ca_core::ledger::{CertificateFilter, CertificateRecord, Ledger, SerialNumber};
use ca_core::policy::Profile;
use ca_store::{StagedKey, StagingLock, atomic};
use identity::Passphrase;

use crate::authority::{self, CaCertificate};
use crate::commands::issue::report;
use crate::context::Context;
use crate::enrolment::Office;
use crate::error::{CommandError, Outcome};
use crate::issuance::Issuance;
use crate::issuance::names::{Handouts, Names, Wanted};
use crate::output::record::Action;
use crate::p12_password::{P12Password, P12PasswordArgs};
use crate::preset::P12Preset;

/// Issue the certificate of an approved request and hand it out
///
/// The key is made now, and the P12 protected by the PIN that its holder chooses now; a holder who gave a CSR gets the
/// certificate alone. An interrupted run is finished by running the same command again.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  cachet request collect h7k2m9xq4t --out alice --p12-password-file pin.txt"
)]
pub(crate) struct RequestCollectArgs {
    /// The request
    #[arg(value_name = "ID")]
    id: String,
    /// The directory for the files; made if it is missing
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
    #[command(flatten)]
    p12_password: P12PasswordArgs,
    /// How the P12 is protected: modern, compat (Apple, old Windows, gpgsm 2.2) or both [default: the policy's]
    #[arg(long, value_name = "PRESET")]
    p12_preset: Option<P12Preset>,
    /// Leave the issuing CA and the root out of the P12
    #[arg(long)]
    leaf_only: bool,
    /// Issue a second valid certificate for the same address, class and usage
    #[arg(long)]
    another: bool,
}

pub(super) fn run(context: &Context, args: &RequestCollectArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    let office = Office::open(context)?;
    let request = office.request(&args.id)?;
    office.judging(request.class, |profile, admission, issuing| {
        // What is missing is said before anything is asked.
        let approved = office.desk().ready(&request, profile, admission)?;
        let collection = Collection {
            args,
            office: &office,
            profile,
            admission,
            issuing,
            names: args.names(&request, profile, &approved),
        };
        collection.run(&request, &approved)
    })
}

/// One request that is being handed out.
struct Collection<'a> {
    args: &'a RequestCollectArgs,
    office: &'a Office<'a>,
    profile: &'a Profile,
    admission: &'a AdmitContext<'a>,
    issuing: &'a CaCertificate,
    names: Names,
}

impl RequestCollectArgs {
    fn preset(&self, profile: &Profile) -> P12Preset {
        self.p12_preset
            .unwrap_or_else(|| P12Preset::of_policy(profile.p12_preset()))
    }

    fn names(&self, request: &EnrolmentRecord, profile: &Profile, approved: &Approved) -> Names {
        Names::new(&Wanted {
            directory: &self.out,
            address: request.email(),
            certificates: approved.certificates(),
            with_key: matches!(approved.key(), ApprovedKey::Generate(_)),
            key_file: false,
            preset: self.preset(profile),
            password: self.p12_password.generates(),
            handout: Handouts::None,
        })
    }
}

impl Collection<'_> {
    fn run(&self, request: &EnrolmentRecord, approved: &Approved) -> Result<Outcome, CommandError> {
        let (office, context) = (self.office, self.office.context);
        for note in approved.notes() {
            context.ui.note(&note.to_string());
        }
        let certificates = approved.certificates().len();
        let done = made(office, request)?.len() == certificates;
        // All questions first: while somebody thinks about a PIN, an officer may still reject the request.
        let secrets = match done {
            true => None,
            false => Some(self.ask(approved)?),
        };
        // Two processes that collect the same request: the second finds it collected.
        let _lock = office.lock(&request.id)?;
        let request = office.request(request.id.as_str())?;
        let approved = office.desk().ready(&request, self.profile, self.admission)?;
        let made = made(office, &request)?;
        if made.len() == certificates {
            // Killed between the handing out and its record.
            self.clear_staging(&made)?;
            return self.finish(&request, &made, true);
        }
        let secrets = match secrets {
            Some(secrets) => secrets,
            None => self.ask(&approved)?,
        };
        let records = self.issue(&approved, &secrets)?;
        self.finish(&request, &records, false)
    }

    fn ask(&self, approved: &Approved) -> Result<Secrets, CommandError> {
        let (office, context) = (self.office, self.office.context);
        let passphrase = context.passphrase(&office.directory)?;
        let signer = authority::unlock(&office.directory, &self.issuing.record, &passphrase)?;
        let password = match approved.key() {
            ApprovedKey::Generate(_) => self.args.p12_password.password(context)?,
            _ => P12Password::Chosen(Passphrase::new("")?),
        };
        Ok(Secrets {
            authority: authority::signing(&office.ledger, &self.issuing.record.id, signer)?,
            passphrase,
            password,
        })
    }

    fn issue(&self, approved: &Approved, secrets: &Secrets) -> Result<Vec<CertificateRecord>, CommandError> {
        let (office, context) = (self.office, self.office.context);
        let _staging = matches!(approved.key(), ApprovedKey::Generate(_))
            .then(|| StagingLock::take(&office.directory, &self.names.staging))
            .transpose()?;
        atomic::create_public_directory(&self.args.out)?;
        let issued = Issuance {
            directory: &office.directory,
            ledger: &office.ledger,
            authority: &secrets.authority,
            passphrase: &secrets.passphrase,
            audit: context.audit(),
            now: context.now(),
            approved,
            names: &self.names,
            password: &secrets.password,
            preset: self.args.preset(self.profile),
            leaf_only: self.args.leaf_only,
            another: self.args.another,
            renews: Vec::new(),
            holder_keys: &[],
            handout: None,
            overwrite: context.overwrite(),
        }
        .run()?;
        if let Some(path) = &self.names.password {
            context.ui.note(&format!(
                "the P12's password is in {}; hand it over separately from the P12",
                path.display()
            ));
        }
        let mut records = Vec::new();
        for one in &issued {
            records.extend(office.ledger.certificate(one.serial())?);
        }
        Ok(records)
    }

    /// Removes the staging of keys whose certificates were handed out with them.
    fn clear_staging(&self, made: &[CertificateRecord]) -> Result<(), CommandError> {
        if !self.args.out.is_dir() {
            return Ok(());
        }
        let Some(staged) = StagedKey::find(&self.office.directory, &self.names.staging)? else {
            return Ok(());
        };
        let handed_out = |id: &[u8; 20]| made.iter().any(|record| record.intent.key_id == *id);
        if !staged.key_ids().is_empty() && staged.key_ids().iter().all(handed_out) {
            staged.remove()?;
        }
        Ok(())
    }

    fn finish(
        &self,
        request: &EnrolmentRecord,
        records: &[CertificateRecord],
        only_existing: bool,
    ) -> Result<Outcome, CommandError> {
        let office = self.office;
        let serials: Vec<SerialNumber> = records.iter().map(|record| *record.serial()).collect();
        ca_store::failpoint!("collect-before-record");
        office.desk().collected(&request.id, &serials)?;
        report(
            office.context,
            records,
            &self.names,
            Action::Issued,
            only_existing,
        )
    }
}

/// What opens the CA's key and will protect the P12.
struct Secrets {
    authority: CertificateAuthority,
    passphrase: Passphrase,
    password: P12Password,
}

/// Finds what an earlier run has handed out for this very request.
fn made(office: &Office<'_>, request: &EnrolmentRecord) -> Result<Vec<CertificateRecord>, CommandError> {
    let filter = CertificateFilter {
        email: Some(request.email().to_owned()),
        class: Some(request.class),
        ..CertificateFilter::default()
    };
    let mut found = office.ledger.list(&filter, office.context.now())?;
    found.retain(|record| record.collected_at.is_some() && request.made(record));
    found.reverse();
    Ok(found)
}

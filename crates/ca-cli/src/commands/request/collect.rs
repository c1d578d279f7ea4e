use std::path::PathBuf;

use ca_core::admission::{Approved, ApprovedKey};
use ca_core::enrolment::EnrolmentRecord;
use ca_core::ledger::{CertificateFilter, CertificateRecord, Ledger, SerialNumber};
use ca_core::policy::Profile;
use ca_store::{StagingLock, atomic};
use identity::Passphrase;

use crate::authority::{self, CaCertificate};
use crate::commands::issue::report;
use crate::context::Context;
use crate::enrolment::Office;
use crate::error::{CommandError, Outcome};
use crate::issuance::Issuance;
use crate::issuance::names::{Names, Wanted};
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
        let approved = office.desk().ready(&request, profile, admission)?;
        args.collect(&office, &request, profile, &approved, issuing)
    })
}

impl RequestCollectArgs {
    fn collect(
        &self,
        office: &Office<'_>,
        request: &EnrolmentRecord,
        profile: &Profile,
        approved: &Approved,
        issuing: &CaCertificate,
    ) -> Result<Outcome, CommandError> {
        let context = office.context;
        for note in approved.notes() {
            context.ui.note(&note.to_string());
        }
        let with_key = matches!(approved.key(), ApprovedKey::Generate(_));
        let preset = self
            .p12_preset
            .unwrap_or_else(|| P12Preset::of_policy(profile.p12_preset()));
        let names = Names::new(&Wanted {
            directory: &self.out,
            address: request.email(),
            certificates: approved.certificates(),
            with_key,
            key_file: false,
            preset,
            password: self.p12_password.generates(),
        });
        // Two processes that collect the same request: the second finds it collected.
        let _lock = StagingLock::take(
            &office.directory,
            &office
                .directory
                .staging_destination(&format!("request-{}", request.id))?,
        )?;
        let request = office.request(request.id.as_str())?;
        let made = made(office, &request)?;
        if made.len() == approved.certificates().len() {
            // Killed between the handing out and its record.
            return self.finish(office, &request, &made, &names, true);
        }
        let _staging = with_key
            .then(|| StagingLock::take(&office.directory, &names.staging))
            .transpose()?;
        let passphrase = context.passphrase(&office.directory)?;
        let signer = authority::unlock(&office.directory, &issuing.record, &passphrase)?;
        let ca = authority::signing(&office.ledger, &issuing.record.id, signer)?;
        let password = match with_key {
            true => self.p12_password.password(context)?,
            false => P12Password::Chosen(Passphrase::new("")?),
        };
        atomic::create_public_directory(&self.out)?;
        let issued = Issuance {
            directory: &office.directory,
            ledger: &office.ledger,
            authority: &ca,
            passphrase: &passphrase,
            audit: context.audit(),
            now: context.now(),
            approved,
            names: &names,
            password: &password,
            preset,
            leaf_only: self.leaf_only,
            another: self.another,
            renews: Vec::new(),
            holder_keys: &[],
            overwrite: context.overwrite(),
        }
        .run()?;
        if let Some(path) = &names.password {
            context.ui.note(&format!(
                "the P12's password is in {}; hand it over separately from the P12",
                path.display()
            ));
        }
        let mut records = Vec::new();
        for one in &issued {
            records.extend(office.ledger.certificate(one.serial())?);
        }
        self.finish(office, &request, &records, &names, false)
    }

    fn finish(
        &self,
        office: &Office<'_>,
        request: &EnrolmentRecord,
        records: &[CertificateRecord],
        names: &Names,
        only_existing: bool,
    ) -> Result<Outcome, CommandError> {
        let serials: Vec<SerialNumber> = records.iter().map(|record| *record.serial()).collect();
        ca_store::failpoint!("collect-before-record");
        office.desk().collected(&request.id, &serials)?;
        report(office.context, records, names, Action::Issued, only_existing)
    }
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

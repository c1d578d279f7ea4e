//! Renewing and rekeying a certificate on record: what `cert renew` and `cert rekey` share.

use std::path::{Path, PathBuf};

use ca_core::admission::{AdmitContext, Approved, ApprovedKey, Reason, Refusal};
use ca_core::authority::CertificateAuthority;
use ca_core::enrolment::Desk;
use ca_core::evidence::Evidence;
use ca_core::ledger::{CertificateFilter, CertificateRecord, Ledger, RevocationReason, SerialNumber, Status};
use ca_core::policy::{PolicySet, Profile};
use ca_core::renewal::{Renewal, StaleEvidence};
use ca_core::request::KeySource;
use ca_core::revocation::{Authorisation, RevocationOrder, Revoker};
use ca_store::{CaDirectory, SqliteLedger, StagingLock, atomic};
use identity::{Certificate, Passphrase, PrivateKey};

use crate::authority;
use crate::command_line::corrected;
use crate::commands::issue::{keep_old_files, report};
use crate::context::Context;
use crate::error::{CommandError, ErrorKind, Outcome};
use crate::issuance::Issuance;
use crate::issuance::names::{Names, Wanted};
use crate::lookup::{self, Found};
use crate::output::record::Action;
use crate::p12_password::{P12Password, P12PasswordArgs};
use crate::preset::P12Preset;
use crate::publishing::renew_lists;

/// Flags that renewing and rekeying share.
#[derive(Debug, clap::Args)]
pub(crate) struct RenewalArgs {
    /// The certificate: its serial, its holder's address (the newest), or a file
    #[arg(value_name = "ID")]
    id: String,
    /// Days of validity [default: as before]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    days: Option<u32>,
    /// What was checked anew, as KIND=TEXT, where what is on record is too old (can be repeated)
    #[arg(long, value_name = "KIND=TEXT")]
    evidence: Vec<String>,
    /// The directory for the files; made if it is missing
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
    /// How the P12 is protected: modern, compat (Apple, old Windows, gpgsm 2.2) or both [default: the policy's]
    #[arg(long, value_name = "PRESET")]
    p12_preset: Option<P12Preset>,
    /// Leave the issuing CA and the root out of the P12
    #[arg(long)]
    leaf_only: bool,
    /// Revoke the old certificate as superseded once the new one stands
    #[arg(long)]
    revoke_old: bool,
    /// Act on the holder's word: a file whose first line is the passphrase chosen with the request
    #[arg(long, value_name = "FILE")]
    holder_passphrase_file: Option<PathBuf>,
}

/// Whose key the new certificate is for.
pub(crate) enum RenewedKey {
    /// That of the old one; with it at hand, a P12 is written.
    Same(Option<Box<PrivateKey>>),
    /// One to be made.
    New(Option<identity::KeyAlgorithm>),
}

/// A certificate that is to be renewed, with all that its renewal needs.
pub(crate) struct Old {
    pub(crate) directory: CaDirectory,
    pub(crate) ledger: SqliteLedger,
    policies: PolicySet,
    record: CertificateRecord,
    pub(crate) certificate: Certificate,
    authorisation: Authorisation,
}

impl RenewalArgs {
    /// Finds the certificate to be renewed.
    pub(crate) fn find(&self, context: &Context) -> Result<Old, CommandError> {
        let directory = context.directory()?;
        let ledger = context.ledger(&directory)?;
        let policies = context.policies(&directory)?;
        let record = match lookup::find(context, &self.id)? {
            Found::OnRecord(record) if self.id.contains('@') => {
                newest_live(context, &ledger, &self.id)?.unwrap_or(*record)
            }
            Found::OnRecord(record) => *record,
            Found::Elsewhere(certificate) => {
                return Err(CommandError::new(
                    ErrorKind::NotFound,
                    format!("{} was not issued by this CA: {}", self.id, certificate.subject()),
                )
                .hint("cachet cert list"));
            }
        };
        let certificate = lookup::certificate_of(&record)?.ok_or_else(|| {
            CommandError::new(
                ErrorKind::PolicyRefused,
                format!("certificate {} was never signed", record.serial()),
            )
            .hint("cachet status")
        })?;
        refuse_twice(context, &ledger, &record)?;
        let authorisation = match &self.holder_passphrase_file {
            Some(file) => {
                let passphrase = context.secret_file(file, "holder's passphrase")?;
                Desk::new(&ledger, context.audit(), context.now()).hear_holder(&record, &passphrase)?;
                Authorisation::Holder
            }
            None => Authorisation::Operator,
        };
        Ok(Old {
            directory,
            ledger,
            policies,
            record,
            certificate,
            authorisation,
        })
    }

    /// Issues the certificate that takes the old one's place.
    pub(crate) fn run(
        &self,
        context: &Context,
        old: &Old,
        key: &RenewedKey,
        password: &P12PasswordArgs,
        same_password: Option<Passphrase>,
    ) -> Result<Outcome, CommandError> {
        let class = old.record.intent.class;
        let profile = old.policies.profile(class).ok_or_else(|| {
            CommandError::new(
                ErrorKind::PolicyRefused,
                format!("no policy is for class {class}"),
            )
            .hint("cachet policy list")
        })?;
        let issuing = authority::issuing(&old.ledger, class, context.now())?;
        let approved = self.admit(context, old, profile, &issuing.certificate, key)?;
        for note in approved.notes() {
            context.ui.note(&note.to_string());
        }
        let address = approved
            .emails()
            .first()
            .map(ToString::to_string)
            .unwrap_or_default();
        let with_p12 = !matches!(key, RenewedKey::Same(None));
        let preset = self
            .p12_preset
            .unwrap_or_else(|| P12Preset::of_policy(profile.p12_preset()));
        let names = Names::new(&Wanted {
            directory: &self.out,
            address: &address,
            certificates: approved.certificates(),
            with_key: with_p12,
            key_file: false,
            preset,
            password: same_password.is_none() && password.generates(),
        });
        let _lock = matches!(approved.key(), ApprovedKey::Generate(_))
            .then(|| StagingLock::take(&old.directory, &names.staging))
            .transpose()?;
        let passphrase = context.passphrase(&old.directory)?;
        let signer = authority::unlock(&old.directory, &issuing.record, &passphrase)?;
        let ca = authority::signing(&old.ledger, &issuing.record.id, signer)?;
        let password = match same_password {
            Some(same) if password.generates() => P12Password::Chosen(same),
            _ if with_p12 => password.password(context)?,
            _ => P12Password::Chosen(Passphrase::new("")?),
        };
        atomic::create_public_directory(&self.out)?;
        keep_old_files(context, &names, std::slice::from_ref(&old.record))?;
        let serial = self.issue(
            context,
            old,
            &approved,
            &ca,
            &passphrase,
            &names,
            &password,
            preset,
            key,
        )?;
        if self.revoke_old {
            revoke(context, old)?;
        }
        let record = old.ledger.certificate(&serial)?;
        report(context, record.as_slice(), &names, Action::Renewed, false)
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "what an issuance is made of, named at its one place"
    )]
    fn issue(
        &self,
        context: &Context,
        old: &Old,
        approved: &Approved,
        authority: &CertificateAuthority,
        passphrase: &Passphrase,
        names: &Names,
        password: &P12Password,
        preset: P12Preset,
        key: &RenewedKey,
    ) -> Result<SerialNumber, CommandError> {
        let holder_key = match key {
            RenewedKey::Same(Some(key)) => Some(key.as_ref()),
            _ => None,
        };
        let issued = Issuance {
            directory: &old.directory,
            ledger: &old.ledger,
            authority,
            passphrase,
            audit: context.audit(),
            now: context.now(),
            approved,
            names,
            password,
            preset,
            leaf_only: self.leaf_only,
            another: true,
            renews: Some(*old.record.serial()),
            holder_key,
            overwrite: context.overwrite(),
        }
        .run()?;
        if let Some(path) = &names.password {
            context.ui.note(&format!(
                "the P12's password is in {}; hand it over separately from the P12",
                path.display()
            ));
        }
        let serial = issued.first().map(|one| *one.serial());
        serial.ok_or_else(|| CommandError::new(ErrorKind::Internal, "nothing was issued"))
    }

    fn admit(
        &self,
        context: &Context,
        old: &Old,
        profile: &Profile,
        issuer: &Certificate,
        key: &RenewedKey,
    ) -> Result<Approved, CommandError> {
        let source = match key {
            RenewedKey::Same(_) => KeySource::Existing(old.certificate.public_key().clone()),
            RenewedKey::New(Some(algorithm)) => KeySource::Generate(Some(*algorithm)),
            // As before, if that is a kind that can be made here and that the policy allows still.
            RenewedKey::New(None) => KeySource::Generate(
                old.certificate
                    .public_key()
                    .key_algorithm()
                    .filter(|algorithm| profile.keys().allowed().contains(algorithm)),
            ),
        };
        let renewal = Renewal::of(&old.record, &old.certificate, profile, source, context.now())
            .map_err(|error| CommandError::new(ErrorKind::PolicyRefused, error).hint("cachet issue"))?;
        let mut request = renewal.request;
        request.days = self.days.or(request.days);
        let mut evidence = self
            .evidence
            .iter()
            .map(|text| Evidence::parse_stated(text))
            .collect::<Result<Vec<_>, _>>()
            .map_err(CommandError::bad_input)?;
        // What was checked anew takes the place of what is on record.
        let fresh: Vec<_> = evidence.iter().map(Evidence::kind).collect();
        evidence.extend(
            renewal
                .evidence
                .into_iter()
                .filter(|old| !fresh.contains(&old.kind())),
        );
        let permitted = authority::permitted_domains(issuer);
        let admission = AdmitContext {
            now: context.now(),
            issuer_not_after: issuer.not_after(),
            permitted_domains: &permitted,
        };
        profile
            .admit(request, evidence, &admission)
            .map_err(|refusal| self.refused(context, old, key, &refusal, &renewal.stale))
    }

    /// Says why, what on record is too old, and what would be accepted.
    fn refused(
        &self,
        context: &Context,
        old: &Old,
        key: &RenewedKey,
        refusal: &Refusal,
        stale: &[StaleEvidence],
    ) -> CommandError {
        let mut message = refusal.to_string();
        for old in stale {
            let last = match old.days {
                0 => "the policy wants fresh evidence each time".to_owned(),
                days => format!("the policy lets it be used again for {days} days"),
            };
            message.push_str(&format!(
                "\n- the {} evidence on record is of {}; {last}",
                old.kind,
                old.since.format("%Y-%m-%d")
            ));
        }
        let error = CommandError::new(ErrorKind::PolicyRefused, message);
        let mut command = match key {
            RenewedKey::Same(_) => "cert renew",
            RenewedKey::New(_) => "cert rekey",
        };
        let (mut options, mut replaced) = (Vec::new(), Vec::new());
        for reason in refusal.reasons() {
            match reason {
                Reason::MissingEvidence {
                    any_of,
                    proved: false,
                } => {
                    let Some(kind) = any_of.first() else { continue };
                    options.push(("--evidence".to_owned(), format!("{kind}=HOW-IT-WAS-CHECKED")));
                }
                Reason::OutlivesIssuer { left: days, .. } | Reason::TooManyDays { maximum: days, .. } => {
                    replaced.push("days");
                    options.retain(|(flag, _)| flag != "--days");
                    options.push(("--days".to_owned(), days.to_string()));
                }
                // The old key is none that the policy lets be certified again.
                Reason::KeyNotAllowed { .. } => {
                    command = "cert rekey";
                    replaced.extend(["identity", "identity-password-file", "key"]);
                }
                // No command line of this kind helps.
                _ => return error,
            }
        }
        error
            .hint("this would be accepted, with the words in capitals replaced by what was checked:")
            .hint(corrected(
                &context.arguments,
                &format!("{command} {}", old.record.serial()),
                &replaced,
                &options,
            ))
    }
}

/// Finds the newest certificate of an address that can be used, if there is one.
fn newest_live(
    context: &Context,
    ledger: &dyn Ledger,
    address: &str,
) -> Result<Option<CertificateRecord>, CommandError> {
    let filter = CertificateFilter {
        email: Some(address.to_owned()),
        status: Some(Status::Valid),
        limit: Some(1),
        ..CertificateFilter::default()
    };
    Ok(ledger.list(&filter, context.now())?.into_iter().next())
}

/// Refuses a certificate whose place another has taken: running a renewal twice must not make two.
fn refuse_twice(context: &Context, ledger: &dyn Ledger, old: &CertificateRecord) -> Result<(), CommandError> {
    let Some(email) = old.intent.emails.first() else {
        return Ok(());
    };
    let filter = CertificateFilter {
        email: Some(email.clone()),
        class: Some(old.intent.class),
        ..CertificateFilter::default()
    };
    let now = context.now();
    let successor = ledger.list(&filter, now)?.into_iter().find(|record| {
        record.intent.renews == Some(*old.serial()) && record.collected_at.is_some() && record.is_live(now)
    });
    match successor {
        None => Ok(()),
        Some(new) => {
            let error = CommandError::new(
                ErrorKind::Duplicate,
                format!(
                    "certificate {} was renewed already, by {}",
                    old.serial(),
                    new.serial()
                ),
            )
            .hint(format!("cachet cert show {}", new.serial()));
            Err(match old.status(now) {
                Status::Valid => error.hint(format!(
                    "cachet cert revoke {} --reason superseded ends the old one",
                    old.serial()
                )),
                _ => error,
            })
        }
    }
}

/// Revokes the old certificate, which another has taken the place of.
fn revoke(context: &Context, old: &Old) -> Result<(), CommandError> {
    let serial = *old.record.serial();
    let order = RevocationOrder {
        reason: RevocationReason::Superseded,
        invalidity_date: None,
        authorisation: old.authorisation,
    };
    Revoker::new(&old.ledger, context.audit()).revoke(&[serial], order, context.now())?;
    context.ui.note(&format!("{serial} is revoked (superseded)"));
    let issuer = [old.record.intent.authority.clone()];
    renew_lists(context, &old.directory, &old.ledger, &issuer);
    Ok(())
}

/// Reads the private key of the certificate to be renewed out of a P12 or PEM file.
pub(crate) fn key_of(
    identities: &[identity::identity::Identity],
    certificate: &Certificate,
    path: &Path,
) -> Result<PrivateKey, CommandError> {
    identities
        .iter()
        .find(|identity| identity.certificate().public_key() == certificate.public_key())
        .map(|identity| identity.key().clone())
        .ok_or_else(|| {
            CommandError::bad_input(format!(
                "{} holds no key of certificate {}",
                path.display(),
                certificate.serial_hex()
            ))
            .hint("name the P12 that was issued with the certificate, or leave --identity out")
        })
}

//! Renewing and rekeying a certificate on record: what `cert renew` and `cert rekey` share.

use std::path::{Path, PathBuf};

use ca_core::admission::{AdmitContext, Approved, ApprovedKey, Reason, Refusal};
use ca_core::authority::CertificateAuthority;
use ca_core::enrolment::Desk;
use ca_core::evidence::Evidence;
use ca_core::ledger::{CertificateFilter, CertificateRecord, Ledger, RevocationReason, SerialNumber, Status};
use ca_core::policy::{PolicySet, Profile};
use ca_core::renewal::{Renewal, StaleEvidence, check_state};
use ca_core::request::{CertificateUsage, KeySource};
use ca_core::revocation::{Authorisation, RevocationOrder, Revoker};
use ca_store::{CaDirectory, SqliteLedger, StagingLock, atomic};
use identity::{Certificate, Passphrase, PrivateKey};

use crate::authority;
use crate::command_line::corrected;
use crate::commands::issue::report;
use crate::context::Context;
use crate::error::{CommandError, ErrorKind, Outcome};
use crate::issuance::Issuance;
use crate::issuance::names::{Handouts, Names, Wanted};
use crate::issuance::standing::keep_old_files;
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
    /// Those of the old ones, in their order; with them at hand, a P12 is written.
    Same(Option<Vec<PrivateKey>>),
    /// One to be made.
    New(Option<identity::KeyAlgorithm>),
}

/// A certificate, or a pair, that is to be renewed, with all that its renewal needs.
pub(crate) struct Old {
    pub(crate) directory: CaDirectory,
    pub(crate) ledger: SqliteLedger,
    policies: PolicySet,
    /// One, or those of a pair: the one to sign with first.
    certificates: Vec<OldCertificate>,
    authorisation: Authorisation,
}

struct OldCertificate {
    record: CertificateRecord,
    certificate: Certificate,
}

impl OldCertificate {
    fn of(record: CertificateRecord) -> Result<Self, CommandError> {
        let certificate = lookup::certificate_of(&record)?.ok_or_else(|| {
            CommandError::new(
                ErrorKind::PolicyRefused,
                format!("certificate {} was never signed", record.serial()),
            )
            .hint("cachet status")
        })?;
        Ok(Self { record, certificate })
    }
}

impl Old {
    /// The certificate that stands for both of a pair.
    fn first(&self) -> Result<&OldCertificate, CommandError> {
        self.certificates
            .first()
            .ok_or_else(|| CommandError::new(ErrorKind::Internal, "there is no certificate to renew"))
    }

    pub(crate) fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        self.certificates.iter().map(|old| &old.certificate)
    }

    fn records(&self) -> Vec<CertificateRecord> {
        self.certificates.iter().map(|old| old.record.clone()).collect()
    }

    fn serials(&self) -> Vec<SerialNumber> {
        self.certificates.iter().map(|old| *old.record.serial()).collect()
    }
}

impl RenewalArgs {
    /// Finds the certificate to be renewed.
    pub(crate) fn find(&self, context: &Context) -> Result<Old, CommandError> {
        let directory = context.directory()?;
        let ledger = context.ledger(&directory)?;
        let policies = context.policies(&directory)?;
        let records = match lookup::find(context, &self.id)? {
            Found::OnRecord(record) if self.id.contains('@') => {
                let newest = newest_live(context, &ledger, &self.id)?.unwrap_or(*record);
                with_partner(context, &ledger, newest)?
            }
            Found::OnRecord(record) => vec![*record],
            Found::Elsewhere(certificate) => {
                return Err(CommandError::new(
                    ErrorKind::NotFound,
                    format!("{} was not issued by this CA: {}", self.id, certificate.subject()),
                )
                .hint("cachet cert list"));
            }
        };
        let certificates: Vec<_> = records
            .into_iter()
            .map(OldCertificate::of)
            .collect::<Result<_, _>>()?;
        for old in &certificates {
            refuse_twice(context, &ledger, &old.record)?;
        }
        let authorisation = match &self.holder_passphrase_file {
            Some(file) => {
                let passphrase = context.secret_file(file, "holder's passphrase")?;
                let desk = Desk::new(&ledger, context.audit(), context.now());
                for old in &certificates {
                    desk.hear_holder(&old.record, &passphrase)?;
                }
                Authorisation::Holder
            }
            None => Authorisation::Operator,
        };
        Ok(Old {
            directory,
            ledger,
            policies,
            certificates,
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
        let class = old.first()?.record.intent.class;
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
            handout: Handouts::None,
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
        // Somebody may have revoked it while a password was asked for.
        for serial in old.serials() {
            if let Some(record) = old.ledger.certificate(&serial)? {
                check_state(&record, context.now())
                    .map_err(|error| CommandError::new(ErrorKind::PolicyRefused, error))?;
            }
        }
        atomic::create_public_directory(&self.out)?;
        keep_old_files(context, &names, &old.records())?;
        let serials = self.issue(
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
        let mut records = Vec::new();
        for serial in &serials {
            records.extend(old.ledger.certificate(serial)?);
        }
        report(context, &records, &names, Action::Renewed, false)
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
    ) -> Result<Vec<SerialNumber>, CommandError> {
        let holder_keys = match key {
            RenewedKey::Same(Some(keys)) => keys.as_slice(),
            _ => &[],
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
            renews: old.serials(),
            holder_keys,
            handout: None,
            overwrite: context.overwrite(),
        }
        .run()?;
        if let Some(path) = &names.password {
            context.ui.note(&format!(
                "the P12's password is in {}; hand it over separately from the P12",
                path.display()
            ));
        }
        Ok(issued.iter().map(|one| *one.serial()).collect())
    }

    fn admit(
        &self,
        context: &Context,
        old: &Old,
        profile: &Profile,
        issuer: &Certificate,
        key: &RenewedKey,
    ) -> Result<Approved, CommandError> {
        let first = old.first()?;
        let source = match key {
            RenewedKey::Same(_) => match old.certificates.as_slice() {
                [sign, encrypt] => KeySource::ExistingPair(Box::new([
                    sign.certificate.public_key().clone(),
                    encrypt.certificate.public_key().clone(),
                ])),
                _ => KeySource::Existing(first.certificate.public_key().clone()),
            },
            RenewedKey::New(Some(algorithm)) => KeySource::Generate(Some(*algorithm)),
            // As before, if that is a kind that can be made here and that the policy allows still.
            RenewedKey::New(None) => KeySource::Generate(
                first
                    .certificate
                    .public_key()
                    .key_algorithm()
                    .filter(|algorithm| profile.keys().allowed().contains(algorithm)),
            ),
        };
        let renewal = Renewal::of(
            &first.record,
            &first.certificate,
            profile,
            source.clone(),
            context.now(),
        );
        let renewal = match old.certificates.get(1) {
            Some(partner) => {
                renewal.and_then(|renewal| renewal.with_partner(&partner.record, source, context.now()))
            }
            None => renewal,
        }
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
        let id = match old.serials().as_slice() {
            [serial] => serial.to_string(),
            // An address stands for both.
            _ => self.id.clone(),
        };
        error
            .hint("this would be accepted, with the words in capitals replaced by what was checked:")
            .hint(corrected(
                &context.arguments,
                &format!("{command} {id}"),
                &replaced,
                &options,
            ))
    }
}

/// Finds the newest certificate of an address that can be used, if there is one. What an interrupted renewal has begun is not
/// handed out yet: the same command finishes it, from the certificate that it renews.
fn newest_live(
    context: &Context,
    ledger: &dyn Ledger,
    address: &str,
) -> Result<Option<CertificateRecord>, CommandError> {
    let filter = CertificateFilter {
        email: Some(address.to_owned()),
        status: Some(Status::Valid),
        ..CertificateFilter::default()
    };
    let mut newest = ledger.list(&filter, context.now())?.into_iter();
    Ok(newest.find(|record| record.collected_at.is_some()))
}

/// Adds the other certificate of a pair, the one to sign with first.
fn with_partner(
    context: &Context,
    ledger: &dyn Ledger,
    record: CertificateRecord,
) -> Result<Vec<CertificateRecord>, CommandError> {
    let wanted = match record.intent.usage {
        CertificateUsage::Sign => CertificateUsage::Encrypt,
        CertificateUsage::Encrypt => CertificateUsage::Sign,
        CertificateUsage::Dual => return Ok(vec![record]),
    };
    let filter = CertificateFilter {
        email: record.intent.emails.first().cloned(),
        class: Some(record.intent.class),
        status: Some(record.status(context.now())),
        ..CertificateFilter::default()
    };
    let partner = ledger.list(&filter, context.now())?.into_iter().find(|other| {
        // They were reserved in one stroke.
        let (one, other) = (&record.intent, &other.intent);
        other.usage == wanted && other.emails == one.emails && other.created_at == one.created_at
    });
    let mut both: Vec<_> = std::iter::once(record).chain(partner).collect();
    both.sort_by_key(|one| one.intent.usage != CertificateUsage::Sign);
    Ok(both)
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
    let serials = old.serials();
    let order = RevocationOrder {
        reason: RevocationReason::Superseded,
        invalidity_date: None,
        authorisation: old.authorisation,
    };
    Revoker::new(&old.ledger, context.audit()).revoke(&serials, order, context.now())?;
    for serial in &serials {
        context.ui.note(&format!("{serial} is revoked (superseded)"));
    }
    let issuers: std::collections::BTreeSet<_> = old
        .certificates
        .iter()
        .map(|old| old.record.intent.authority.clone())
        .collect();
    let issuers: Vec<_> = issuers.into_iter().collect();
    renew_lists(context, &old.directory, &old.ledger, &issuers);
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

use std::path::{Path, PathBuf};

use ca_core::admission::{AdmitContext, Approved, ApprovedKey, CsrFate, Refusal};
use ca_core::enrolment::Language;
use ca_core::evidence::Evidence;
use ca_core::ledger::{CertificateRecord, Ledger};
use ca_core::policy::{Profile, SubjectField};
use ca_core::request::{Class, KeySource, Request, Usage};
use ca_core::revocation::authority::revocation_of;
use ca_store::{StagedKey, StagingLock, atomic};
use chrono::Duration;
use identity::{Certificate, CertificateRequest, KeyAlgorithm, Mailbox, Passphrase};

use crate::authority;
use crate::command_line::corrected;
use crate::context::{Context, FILE_LIMIT};
use crate::duration::parse_duration;
use crate::error::{CommandError, ErrorKind, Outcome};
use crate::issuance::names::{Handouts, Names, Wanted};
use crate::issuance::standing::{ended, existing, keep_old_files};
use crate::issuance::{Given, Issuance, duplicate};
use crate::output::record::{Action, RecordView};
use crate::output::{json, table};
use crate::p12_password::{P12Password, P12PasswordArgs};
use crate::preset::P12Preset;
use crate::roster::{self, admit::Common};

/// Issue one identity, or those of a whole class: certificate, chain, and a P12 to import into mail programs
///
/// Without the evidence and fields that the class's policy wants, the request is refused; the refusal
/// names all that is missing and prints the command that would be accepted. An interrupted run is
/// finished by running the same command again.
///
/// With --roster, a row of a CSV file stands for a person: column email, and perhaps given_name, middle_name, surname,
/// organization, organization_id, country, locality, class, key, usage, days, evidence (KIND=TEXT) and evidence_KIND; usual other
/// words for them, in English and French, are known too. All rows are checked before the first is issued. Besides the files of one identity there are
/// an archive for each holder (EMAIL.zip: P12s, root, handout), a sheet of passwords to cut up (passwords.html) and a
/// list of what was issued (issued.csv).
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  cachet issue --class 1 --email alice@example.com --evidence mailbox='answered on 2 May'\n  cachet issue --class 2 --email bob@example.com --given-name Bob --surname Roe --evidence mailbox='answered' --evidence document='passport seen by M. Roy'\n  cachet issue --roster class.csv --class 1 --evidence attestation='class list of the school, October' --evidence mailbox='addresses of the school' --out class"
)]
pub(crate) struct IssueArgs {
    /// The level of assurance: 1, 2 or 3
    #[arg(long, value_name = "N", required_unless_present = "roster")]
    class: Option<Class>,
    /// The holder's address (can be repeated; the first names the files)
    #[arg(long = "email", value_name = "ADDRESS", required_unless_present_any = ["csr", "roster"])]
    emails: Vec<String>,
    /// A CSV file with a person in each row (- is standard input); the other flags hold for all of them
    #[arg(long, value_name = "FILE", requires = "out", conflicts_with_all = ["emails", "csr", "given_name", "middle_name", "surname", "renew_within"])]
    roster: Option<PathBuf>,
    /// How many threads make the keys of a roster [default: one for each processor]
    #[arg(long, value_name = "N", requires = "roster", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// Make what the holder is given: EMAIL.zip with P12s, root and instructions, and the password on a page to print (always with --roster)
    #[arg(long, conflicts_with = "csr")]
    handout: bool,
    /// The language of the handout: en or fr
    #[arg(long, value_name = "LANGUAGE", default_value = "en")]
    language: Language,
    /// Given name
    #[arg(long, value_name = "NAME")]
    given_name: Option<String>,
    /// Middle name
    #[arg(long, value_name = "NAME")]
    middle_name: Option<String>,
    /// Surname
    #[arg(long, value_name = "NAME")]
    surname: Option<String>,
    /// Legal name of the organization
    #[arg(long, value_name = "NAME")]
    organization: Option<String>,
    /// Registration number of the organization
    #[arg(long, value_name = "ID")]
    organization_id: Option<String>,
    /// Country, two letters
    #[arg(long, value_name = "CC")]
    country: Option<String>,
    /// Town
    #[arg(long, value_name = "NAME")]
    locality: Option<String>,
    /// The kind of key to make: rsa-2048, rsa-3072, rsa-4096, ec-p256, ec-p384, ec-p521 or ed25519 [default: the policy's]
    #[arg(long, value_name = "ALG", conflicts_with = "csr")]
    key: Option<KeyAlgorithm>,
    /// What it is for: dual, sign, encrypt or pair (two certificates) [default: the policy's]
    #[arg(long, value_name = "USAGE")]
    usage: Option<Usage>,
    /// Days of validity [default: the policy's]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    days: Option<u32>,
    /// The holder's own request (PEM or DER): no key is made and no P12 written
    #[arg(long, value_name = "FILE", conflicts_with_all = ["key_file", "p12_preset", "p12_password_file", "ask_p12_password"])]
    csr: Option<PathBuf>,
    /// What was checked, as KIND=TEXT; KIND is mailbox, database, document, organization, in-person or attestation (can be repeated)
    #[arg(long, value_name = "KIND=TEXT")]
    evidence: Vec<String>,
    /// The directory for the files; made if it is missing [default: here]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Write the private key as plain PKCS#8 too
    #[arg(long)]
    key_file: bool,
    #[command(flatten)]
    p12_password: P12PasswordArgs,
    /// How the P12 is protected: modern, compat (Apple, old Windows, gpgsm 2.2) or both [default: both with --roster or --handout, else the policy's]
    #[arg(long, value_name = "PRESET")]
    p12_preset: Option<P12Preset>,
    /// Leave the issuing CA and the root out of the P12
    #[arg(long)]
    leaf_only: bool,
    /// Keep a valid certificate that there is, and exit well
    #[arg(long)]
    if_missing: bool,
    /// As --if-missing, but issue anew if it ends within this time, such as 7d
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    renew_within: Option<Duration>,
    /// Issue a second valid certificate for the same address, class and usage
    #[arg(long)]
    another: bool,
}

pub(super) fn run(context: &Context, args: &IssueArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    match (&args.roster, args.class) {
        (Some(roster), _) => issue_roster(context, args, roster),
        (None, Some(class)) => issue_one(context, args, class),
        // (The parser asks for it.)
        (None, None) => Err(CommandError::usage("--class says what to issue")),
    }
}

fn issue_roster(context: &Context, args: &IssueArgs, roster: &Path) -> Result<Outcome, CommandError> {
    let given = [
        (SubjectField::Organization, &args.organization),
        (SubjectField::OrganizationId, &args.organization_id),
        (SubjectField::Country, &args.country),
        (SubjectField::Locality, &args.locality),
    ];
    let order = roster::Order {
        roster,
        out: args.out(),
        jobs: args.jobs.map(usize::from),
        common: Common {
            class: args.class,
            fields: given
                .into_iter()
                .filter_map(|(field, value)| Some((field, value.clone()?)))
                .collect(),
            key: args.key,
            usage: args.usage,
            days: args.days,
            evidence: args.stated()?,
        },
        language: args.language,
        password: &args.p12_password,
        preset: args.p12_preset,
        leaf_only: args.leaf_only,
        key_file: args.key_file,
        if_missing: args.if_missing,
        another: args.another,
    };
    roster::run(context, &order)
}

fn issue_one(context: &Context, args: &IssueArgs, class: Class) -> Result<Outcome, CommandError> {
    let directory = context.directory()?;
    let ledger = context.ledger(&directory)?;
    let policies = context.policies(&directory)?;
    let profile = policies.profile(class).ok_or_else(|| {
        CommandError::new(
            ErrorKind::PolicyRefused,
            format!("no policy is for class {class}"),
        )
        .hint("cachet policy list")
    })?;
    let issuing = authority::issuing(&ledger, class, context.now())?;
    let approved = args.admit(context, class, profile, &issuing.certificate)?;
    for note in approved.notes() {
        context.ui.note(&note.to_string());
    }

    let address = approved
        .emails()
        .first()
        .map(ToString::to_string)
        .unwrap_or_default();
    let with_key = matches!(approved.key(), ApprovedKey::Generate(_));
    let preset = args.p12_preset.unwrap_or_else(|| match args.handout {
        true => P12Preset::Both,
        false => P12Preset::of_policy(profile.p12_preset()),
    });
    let names = Names::new(&Wanted {
        directory: args.out(),
        address: &address,
        certificates: approved.certificates(),
        with_key,
        key_file: args.key_file,
        preset,
        password: args.p12_password.generates(),
        handout: match args.handout {
            true => Handouts::ArchiveAndSlip,
            false => Handouts::None,
        },
    });
    // Before looking at what there is: another process that is issuing to the same files right now has not been interrupted.
    let _lock = with_key
        .then(|| StagingLock::take(&directory, &names.staging))
        .transpose()?;
    // What an interrupted run has staged is finished, not refused.
    let interrupted = StagedKey::find(&directory, &names.staging).is_ok_and(|staged| staged.is_some());
    let existing = if interrupted {
        Vec::new()
    } else {
        existing(&ledger, &approved, context.now())?
    };
    let mut action = Action::Issued;
    let complete = existing.len() == approved.certificates().len();
    // What is on hold, or will be revoked, is neither kept nor renewed: somebody has to decide.
    let sound = existing.iter().all(|record| record.revocation.is_none());
    if (args.if_missing || args.renew_within.is_some()) && complete && sound {
        let mut is_lost = false;
        for record in &existing {
            is_lost |= revocation_of(&ledger, &record.intent.authority)?.is_some();
        }
        let limit = args
            .renew_within
            .and_then(|within| context.now().checked_add_signed(within));
        let lasts = |limit| existing.iter().all(|record| record.intent.not_after > limit);
        // Nobody relies on what a revoked CA has signed.
        if !is_lost && limit.is_none_or(lasts) {
            return report(context, &existing, &names, Action::Kept, true);
        }
        action = Action::Renewed;
    }
    let another = args.another || action == Action::Renewed;
    if !another && let Some(record) = existing.first() {
        let intent = &record.intent;
        let message = format!(
            "{} has a {} certificate of class {} for usage {} already (serial {}, until {})",
            intent.emails.join(", "),
            record.status(context.now()),
            intent.class,
            intent.usage,
            intent.serial,
            intent.not_after.format("%Y-%m-%d")
        );
        return Err(duplicate(&message, &intent.serial.to_string(), false));
    }

    let passphrase = context.passphrase(&directory)?;
    let signer = authority::unlock(&directory, &issuing.record, &passphrase)?;
    let ca = authority::signing(&ledger, &issuing.record.id, signer)?;
    let password = if with_key {
        args.p12_password.password(context)?
    } else {
        P12Password::Chosen(Passphrase::new("")?)
    };
    atomic::create_public_directory(args.out())?;
    if action == Action::Renewed {
        keep_old_files(context, &names, &existing)?;
    } else if args.if_missing || args.renew_within.is_some() {
        // Whoever runs this every day must not stumble over the files of a certificate that has ended meanwhile.
        keep_old_files(context, &names, &ended(&ledger, &approved, context.now())?)?;
    }
    let issued = Issuance {
        directory: &directory,
        ledger: &ledger,
        authority: &ca,
        passphrase: &passphrase,
        audit: context.audit(),
        now: context.now(),
        approved: &approved,
        names: &names,
        password: &password,
        preset,
        leaf_only: args.leaf_only,
        another,
        renews: existing
            .iter()
            .filter(|_| action == Action::Renewed)
            .map(|record| *record.serial())
            .collect(),
        holder_keys: &[],
        handout: Some(Given {
            language: args.language,
            name: &args.name(),
        }),
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
        records.extend(ledger.certificate(one.serial())?);
    }
    report(context, &records, &names, action, false)
}

impl IssueArgs {
    fn out(&self) -> &Path {
        self.out.as_deref().unwrap_or(Path::new("."))
    }

    fn name(&self) -> String {
        let parts = [&self.given_name, &self.surname];
        let given: Vec<&str> = parts.into_iter().filter_map(|part| part.as_deref()).collect();
        given.join(" ")
    }

    fn stated(&self) -> Result<Vec<Evidence>, CommandError> {
        self.evidence
            .iter()
            .map(|text| Evidence::parse_stated(text))
            .collect::<Result<_, _>>()
            .map_err(CommandError::bad_input)
    }

    fn admit(
        &self,
        context: &Context,
        class: Class,
        profile: &Profile,
        issuer: &Certificate,
    ) -> Result<Approved, CommandError> {
        let emails = self
            .emails
            .iter()
            .map(|address| Mailbox::parse(address))
            .collect::<Result<Vec<_>, _>>()
            .map_err(CommandError::bad_input)?;
        let evidence = self.stated()?;
        let key = match &self.csr {
            None => KeySource::Generate(self.key),
            Some(path) => {
                let bytes = context.read(path, FILE_LIMIT)?;
                let request = CertificateRequest::from_pem_or_der(&bytes)
                    .map_err(|error| CommandError::bad_input(format!("{}: {error}", path.display())))?;
                request.verify().map_err(|error| {
                    CommandError::bad_input(format!(
                        "the signature of the request {} is not good: {error}",
                        path.display()
                    ))
                    .hint("whoever sent it may not have the key; ask for a new request")
                })?;
                KeySource::Csr(Box::new(request))
            }
        };
        let request = Request {
            class,
            emails,
            given_name: self.given_name.clone(),
            middle_name: self.middle_name.clone(),
            surname: self.surname.clone(),
            organization: self.organization.clone(),
            organization_id: self.organization_id.clone(),
            country: self.country.clone(),
            locality: self.locality.clone(),
            key,
            usage: self.usage,
            days: self.days,
            name_on_record: false,
        };
        let permitted = authority::permitted_domains(issuer);
        let admission = AdmitContext {
            now: context.now(),
            issuer_not_after: issuer.not_after(),
            permitted_domains: &permitted,
        };
        profile
            .admit(request, evidence, &admission)
            .map_err(|refusal| self.refused(context, &refusal))
    }

    /// Says why, and what would be accepted.
    fn refused(&self, context: &Context, refusal: &Refusal) -> CommandError {
        let error = CommandError::new(ErrorKind::PolicyRefused, refusal);
        let Some(correction) = refusal.correction() else {
            return error;
        };
        let mut options = correction.options();
        if let (Some(CsrFate::Keep), Some(csr)) = (correction.csr, &self.csr) {
            options.push(("--csr".to_owned(), csr.display().to_string()));
        }
        error
            .hint("this would be accepted, with the words in capitals replaced by what was checked:")
            .hint(corrected(&context.arguments, "issue", &REQUEST_FLAGS, &options))
    }
}

pub(crate) fn report(
    context: &Context,
    records: &[CertificateRecord],
    names: &Names,
    action: Action,
    only_existing: bool,
) -> Result<Outcome, CommandError> {
    let views: Vec<RecordView> = records
        .iter()
        .enumerate()
        .map(|(index, record)| RecordView {
            files: Some(names.view(index).filtered(only_existing)),
            action: Some(action),
            ..RecordView::new(record, context.now())
        })
        .collect();
    if context.is_json() {
        let text = match views.as_slice() {
            [one] => json::document(one),
            several => json::document(&several),
        };
        context.ui.result(&text)?;
        return Ok(Outcome::Done);
    }
    for view in &views {
        let files = view.files.clone().unwrap_or_default();
        let file = |path: Option<String>| path.unwrap_or_default();
        let done = match action {
            Action::Issued => "issued",
            Action::Kept => "kept: it is valid still",
            Action::Renewed => "issued anew",
        };
        context.ui.result(&table::facts([
            ("Certificate", done.to_owned()),
            ("Subject", view.subject.clone()),
            ("Addresses", view.emails.join("\n")),
            ("Class", view.class.to_string()),
            ("Usage", view.usage.clone()),
            ("Serial", view.serial.clone()),
            ("Valid until", view.not_after.clone()),
            ("P12", file(files.p12)),
            ("P12 (compat)", file(files.compat_p12)),
            ("P12 password", file(files.password)),
            ("Certificate file", file(files.certificate)),
            ("Chain", file(files.chain)),
            ("Key", file(files.key)),
            ("To hand over", file(files.zip)),
            ("Slip to print", file(files.slip)),
        ]))?;
    }
    Ok(Outcome::Done)
}

/// The flags that say what is asked for, as opposed to how and where.
const REQUEST_FLAGS: [&str; 14] = [
    "class",
    "email",
    "given-name",
    "middle-name",
    "surname",
    "organization",
    "organization-id",
    "country",
    "locality",
    "key",
    "usage",
    "days",
    "csr",
    "evidence",
];

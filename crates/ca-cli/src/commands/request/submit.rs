use std::path::PathBuf;

use ca_core::admission::Note;
use ca_core::enrolment::{EnrolmentRecord, Language, RequestId, State, TermsAccepted};
use ca_core::policy::{FieldRule, SubjectField};
use ca_core::request::{Class, Usage};
use identity::{CertificateRequest, KeyAlgorithm, Mailbox, secret_hash};

use crate::context::{Context, FILE_LIMIT};
use crate::enrolment::{Office, line};
use crate::error::{CommandError, Outcome};

/// Ask for a certificate
///
/// The request goes into the queue, and a message with a confirmation code into the CA's outbox (DIR/outbox), signed by the
/// CA: `cachet mail send --smtp URL` delivers it. Evidence of an earlier request or certificate of the same holder comes
/// along where the policy lets it be used again.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  cachet request submit --class 1 --email alice@example.com\n  cachet request submit --class 2 --email bob@example.com --given-name Bob --surname Roe --days 365 --language fr --holder-passphrase-file secret.txt"
)]
pub(crate) struct RequestSubmitArgs {
    /// The level of assurance: 1, 2 or 3
    #[arg(long, value_name = "N")]
    class: Class,
    /// The holder's address
    #[arg(long, value_name = "ADDRESS")]
    email: String,
    /// First name
    #[arg(long, value_name = "NAME")]
    given_name: Option<String>,
    /// Middle name
    #[arg(long, value_name = "NAME")]
    middle_name: Option<String>,
    /// Last name
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
    /// The holder's certification request (PKCS#10), if he has made a key himself
    #[arg(long, value_name = "FILE", conflicts_with = "key")]
    csr: Option<PathBuf>,
    /// The kind of key to make at collection [default: the policy's]
    #[arg(long, value_name = "ALG")]
    key: Option<KeyAlgorithm>,
    /// What it is for: dual, sign, encrypt or pair [default: the policy's]
    #[arg(long, value_name = "USAGE")]
    usage: Option<Usage>,
    /// The term in days, one that the policy offers [default: the policy's]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    days: Option<u32>,
    /// The language that the holder is written to in: en or fr
    #[arg(long, value_name = "LANGUAGE", default_value = "en")]
    language: Language,
    /// A file whose first line is the access code that the holder was given (- is standard input)
    #[arg(long, value_name = "FILE")]
    access_code_file: Option<PathBuf>,
    /// A file whose first line is the passphrase that the holder has chosen, for renewing and revoking later (- is standard input)
    #[arg(long, value_name = "FILE")]
    holder_passphrase_file: Option<PathBuf>,
    /// Ask for the holder's passphrase on the terminal, twice
    #[arg(long, conflicts_with = "holder_passphrase_file")]
    ask_holder_passphrase: bool,
    /// The version of the terms of use that the holder accepts
    #[arg(long, value_name = "VERSION")]
    accept_terms: Option<String>,
    /// The address that the CA writes from, from now on (by default as before, or ca@DOMAIN)
    #[arg(long, value_name = "ADDRESS")]
    mail_from: Option<String>,
}

pub(super) fn run(context: &Context, args: &RequestSubmitArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    let office = Office::open(context)?;
    let email = Mailbox::parse(&args.email).map_err(CommandError::bad_input)?;
    let profile = office.profile(args.class)?;
    let holder_passphrase = args.holder_passphrase(context, profile.enrolment().holder_passphrase())?;
    let access_code = args
        .access_code_file
        .as_deref()
        .map(|file| context.secret_file(file, "access code"))
        .transpose()?;
    let hash = |secret: &identity::Passphrase| secret_hash::hash(secret).map_err(CommandError::bad_input);
    let request = EnrolmentRecord {
        id: RequestId::random()?,
        revision: 0,
        state: State::Requested,
        class: args.class,
        emails: vec![email.canonical()],
        given_name: trimmed(&args.given_name),
        middle_name: trimmed(&args.middle_name),
        surname: trimmed(&args.surname),
        organization: trimmed(&args.organization),
        organization_id: trimmed(&args.organization_id),
        country: trimmed(&args.country),
        locality: trimmed(&args.locality),
        key: args.key,
        csr: args.csr(context)?,
        usage: args.usage,
        days: args.days.unwrap_or(profile.validity().default_days()),
        language: args.language,
        access_code: access_code.as_ref().map(hash).transpose()?,
        holder_passphrase: holder_passphrase.as_ref().map(hash).transpose()?,
        holder_failures: Vec::new(),
        terms: args
            .accept_terms
            .as_deref()
            .map(|version| {
                Ok::<_, CommandError>(TermsAccepted {
                    version: line("--accept-terms", version, 64)?,
                    at: context.now(),
                })
            })
            .transpose()?,
        challenge: None,
        evidence: Vec::new(),
        acts: Vec::new(),
        serials: Vec::new(),
        created_at: context.audit().real_time,
        acted_at: context.now(),
        expires_at: context.now(),
    };
    let named = !request.name().is_empty();
    if named && profile.subject().rule(SubjectField::Surname) == FieldRule::Forbidden {
        context
            .ui
            .note(&Note::NameLeftOut { class: args.class }.to_string());
    }
    // Without the passphrase no message can be signed: found out before anything is on record.
    context.passphrase(&office.directory)?;
    let submission = office.judging(args.class, |profile, admission, _| {
        Ok(office.desk().submit(request, profile, admission)?)
    })?;
    let message = office
        .post_code(&submission, args.mail_from.as_deref())
        .map_err(|error| {
            error.hint(format!(
            "the request is on record; once this is mended, write its message with: cachet request code {}",
            submission.request.id
        ))
        })?;
    if let Some(path) = &message {
        context.ui.note(&format!(
            "the message with the confirmation code is {}; send it with cachet mail send --smtp URL",
            path.display()
        ));
    }
    super::report(
        &office,
        &submission.request,
        message.as_deref(),
        Some("submitted"),
    )
}

fn trimmed(value: &Option<String>) -> Option<String> {
    value.as_deref().map(|value| value.trim().to_owned())
}

impl RequestSubmitArgs {
    /// Returns the holder's certification request in hexadecimal, once its signature is seen to be good.
    fn csr(&self, context: &Context) -> Result<Option<String>, CommandError> {
        let Some(path) = &self.csr else { return Ok(None) };
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
        Ok(Some(hex::encode(request.der())))
    }

    /// Reads or asks for the holder's passphrase.
    fn holder_passphrase(
        &self,
        context: &Context,
        rule: FieldRule,
    ) -> Result<Option<identity::Passphrase>, CommandError> {
        if let Some(file) = &self.holder_passphrase_file {
            return context.secret_file(file, "holder's passphrase").map(Some);
        }
        let required = rule == FieldRule::Required;
        if self.ask_holder_passphrase || required {
            let asked =
                context.ask_new_passphrase("The holder's passphrase, for renewing and revoking later")?;
            if asked.is_none() && self.ask_holder_passphrase {
                return Err(
                    CommandError::passphrase_needed("--ask-holder-passphrase needs an answer")
                        .hint("give it with --holder-passphrase-file FILE"),
                );
            }
            return Ok(asked);
        }
        Ok(None)
    }
}

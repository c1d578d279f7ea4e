use std::path::{Path, PathBuf};

use ca_store::atomic;
use ca_web::mailer::{Login, Mailer, Outgoing, Security, Server};
use serde::Serialize;

use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::output::{json, table};

/// Hand messages to a mail server
///
/// Each goes to those in its To, Cc and Bcc; Bcc itself is not sent along. With --outbox everything that waits in the CA's
/// outbox is sent, and each message deleted once the server has it.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  cachet mail send --smtp smtps://mail.example.com --user alice --password-file pw hello.eml\n  cachet mail send --smtp smtp://localhost --outbox"
)]
pub(crate) struct MailSendArgs {
    /// The server: smtp://HOST (STARTTLS, port 587) or smtps://HOST (TLS, port 465)
    #[arg(long, value_name = "URL")]
    smtp: String,
    /// The name to sign in with
    #[arg(long, value_name = "NAME", requires = "password_file")]
    user: Option<String>,
    /// A file whose first line is the password to sign in with (- is standard input)
    #[arg(long, value_name = "FILE", requires = "user")]
    password_file: Option<PathBuf>,
    /// Whether smtp:// must be protected: required, if-offered or never [default: required, but if-offered on this machine]
    #[arg(long, value_name = "WHEN")]
    starttls: Option<StartTls>,
    /// A certificate (PEM) by which the server may prove who it is, besides those that the system trusts (can be repeated)
    #[arg(long, value_name = "FILE")]
    smtp_ca: Vec<PathBuf>,
    /// The sender for the server [default: that of the message]
    #[arg(long, value_name = "ADDRESS")]
    from: Option<String>,
    /// A recipient in place of those that the message names (can be repeated)
    #[arg(long, value_name = "ADDRESS", conflicts_with = "outbox")]
    to: Vec<String>,
    /// Send what waits in the CA's outbox
    #[arg(long, conflicts_with = "input")]
    outbox: bool,
    /// The messages [default: standard input]
    #[arg(value_name = "IN")]
    input: Vec<PathBuf>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum StartTls {
    /// Nothing is sent without
    Required,
    /// Used if the server has it
    IfOffered,
    /// Not used
    Never,
}

#[derive(Serialize)]
struct SentView {
    file: Option<String>,
    from: String,
    to: Vec<String>,
}

pub(super) fn run(context: &Context, args: &MailSendArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    let files = args.files(context)?;
    let mailer = args.mailer(context)?;
    let mut sent = Vec::new();
    for file in &files {
        let name = file
            .as_deref()
            .map_or("standard input".to_owned(), |file| file.display().to_string());
        let octets = context.read(file.as_deref().unwrap_or(Path::new("-")), LARGEST)?;
        let message = Outgoing::new(&octets, args.from.as_deref(), &args.to)
            .map_err(|error| CommandError::bad_input(format!("{name}: {error}")))?;
        mailer.send(&message).map_err(|error| {
            let error = CommandError::from(error).context(&name);
            match sent.len() {
                0 => error,
                done => error.hint(format!("{done} messages before this one were sent")),
            }
        })?;
        if args.outbox
            && let Some(file) = file
        {
            // It may hold a confirmation code: nothing of it is kept.
            atomic::remove(file)?;
        }
        context
            .ui
            .progress(&format!("{name} was handed over for {}", message.to().join(", ")));
        sent.push(SentView {
            file: file.as_ref().map(|file| file.display().to_string()),
            from: message.from().to_owned(),
            to: message.to().to_vec(),
        });
    }
    let text = match context.is_json() {
        true => json::each_acted("sent", &sent),
        false => table::facts([("Sent", sent.len().to_string())]),
    };
    context.ui.result(&text)?;
    Ok(Outcome::Done)
}

impl MailSendArgs {
    fn files(&self, context: &Context) -> Result<Vec<Option<PathBuf>>, CommandError> {
        if !self.outbox {
            return Ok(match self.input.is_empty() {
                true => vec![None],
                false => self.input.iter().cloned().map(Some).collect(),
            });
        }
        let waiting = context.directory()?.posted()?;
        if waiting.is_empty() {
            context.ui.note("nothing waits in the outbox");
        }
        Ok(waiting.into_iter().map(Some).collect())
    }

    fn mailer(&self, context: &Context) -> Result<Mailer, CommandError> {
        let mut server: Server = self.smtp.parse().map_err(CommandError::bad_input)?;
        if let Some(starttls) = self.starttls {
            server = server.with_security(match starttls {
                StartTls::Required => Security::StartTls,
                StartTls::IfOffered => Security::StartTlsIfOffered,
                StartTls::Never => Security::None,
            });
        }
        let login = match (&self.user, &self.password_file) {
            (Some(user), Some(file)) => Some(Login {
                user: user.clone(),
                password: context.secret_file(file, "password")?,
            }),
            _ => None,
        };
        let roots = self
            .smtp_ca
            .iter()
            .map(|file| Ok(context.read(file, crate::context::FILE_LIMIT)?.to_vec()))
            .collect::<Result<Vec<_>, CommandError>>()?;
        Ok(Mailer::new(server, login.as_ref(), &roots)?)
    }
}

/// Bytes; mail servers take less.
const LARGEST: u64 = 256 << 20;

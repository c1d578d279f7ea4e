//! The commands: one file per leaf, wiring only.

mod audit;
mod backup;
mod ca;
mod cert;
mod client;
mod completions;
mod contacts;
mod crl;
mod csr;
mod demo;
mod fixture;
mod init;
mod inspect;
pub(crate) mod issue;
mod lab;
mod lint;
mod mail;
mod man;
mod ocsp;
mod p12;
mod policy;
mod request;
mod restore;
mod status;
mod throwaway;
mod trust;

use crate::context::Context;
use crate::error::{CommandError, Outcome};

/// What `cachet` can be told to do.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Demo(demo::DemoArgs),
    Init(init::InitArgs),
    /// The CA's own certificates: further CAs, and those that follow old ones
    #[command(subcommand)]
    Ca(ca::CaCommand),
    Issue(Box<issue::IssueArgs>),
    /// Ask for a certificate with a key of one's own
    #[command(subcommand)]
    Csr(csr::CsrCommand),
    /// Make PKCS#12 files
    #[command(subcommand)]
    P12(p12::P12Command),
    /// List, show, export and verify certificates
    #[command(subcommand)]
    Cert(cert::CertCommand),
    /// Roots: hand out the CA's, and keep those that a mail user trusts
    #[command(subcommand)]
    Trust(trust::TrustCommand),
    /// Publish, show and check revocation lists
    #[command(subcommand)]
    Crl(crl::CrlCommand),
    /// Ask for certificates, prove who asks, approve and hand out
    #[command(subcommand)]
    Request(request::RequestCommand),
    Inspect(inspect::InspectArgs),
    /// Read and check policies
    #[command(subcommand)]
    Policy(policy::PolicyCommand),
    Lint(lint::LintArgs),
    Status(status::StatusArgs),
    /// Read and check the tamper-evident log
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    Backup(backup::BackupArgs),
    Restore(restore::RestoreArgs),
    /// Keep an address book of certificates
    #[command(subcommand)]
    Contacts(contacts::ContactsCommand),
    /// Tell others how certificates stand, and ask how theirs do
    #[command(subcommand)]
    Ocsp(ocsp::OcspCommand),
    /// Sign, encrypt, decrypt, verify and inspect mail
    #[command(subcommand)]
    Mail(mail::MailCommand),
    /// A lab on signed mail: who has sent one, and does it hold
    #[command(subcommand)]
    Lab(lab::LabCommand),
    /// Set up mail programs on this machine
    #[command(subcommand)]
    Client(client::ClientCommand),
    /// Flawed identities, chains and messages, to test mail programs with
    #[command(subcommand)]
    Fixture(fixture::FixtureCommand),
    Throwaway(throwaway::ThrowawayArgs),
    Completions(completions::CompletionsArgs),
    Man(man::ManArgs),
}

impl Command {
    pub(crate) fn run(&self, context: &Context) -> Result<Outcome, CommandError> {
        match self {
            Self::Demo(args) => demo::run(context, args),
            Self::Backup(args) => backup::run(context, args),
            Self::Restore(args) => restore::run(context, args),
            Self::Init(args) => init::run(context, args),
            Self::Ca(command) => command.run(context),
            Self::Issue(args) => issue::run(context, args),
            Self::Csr(command) => command.run(context),
            Self::P12(command) => command.run(context),
            Self::Cert(command) => command.run(context),
            Self::Trust(command) => command.run(context),
            Self::Crl(command) => command.run(context),
            Self::Request(command) => command.run(context),
            Self::Inspect(args) => inspect::run(context, args),
            Self::Policy(command) => command.run(context),
            Self::Lint(args) => lint::run(context, args),
            Self::Status(args) => status::run(context, args),
            Self::Audit(command) => command.run(context),
            Self::Contacts(command) => command.run(context),
            Self::Ocsp(command) => command.run(context),
            Self::Mail(command) => command.run(context),
            Self::Lab(command) => command.run(context),
            Self::Client(command) => command.run(context),
            Self::Fixture(command) => command.run(context),
            Self::Throwaway(args) => throwaway::run(context, args),
            Self::Completions(args) => completions::run(context, args),
            Self::Man(args) => man::run(context, args),
        }
    }
}

//! How the errors of the libraries become what a user sees: the one place that maps them.

use ca_core::archive::ArchiveError;
use ca_core::authority::{AuthorityError, IssueError};
use ca_core::enrolment::EnrolmentError;
use ca_core::ledger::LedgerError;
use ca_core::revocation::RevocationError;
use ca_core::revocation::crl::CrlMakeError;
use ca_store::backup::BackupError;
use ca_store::{ContactError, FileError, LayoutError, StagingError, StoreError, TrustError};
use ca_web::mailer::MailError;
use ca_web::ocsp::SignerError;
use identity::certificate::CertificateError;
use identity::csr::RequestError;
use identity::identity::IdentityError;
use identity::key::KeyError;
use identity::pkcs12::Pkcs12Error;
use smime::verify::VerifyError;
use smime::{DecryptError, EncryptError, InspectError, OpenError, SignError};

use super::{CommandError, ErrorKind, chain};

impl From<FileError> for CommandError {
    fn from(error: FileError) -> Self {
        let kind = match error {
            FileError::AlreadyExists { .. } => ErrorKind::AlreadyExists,
            FileError::NotFound { .. } => ErrorKind::NotFound,
            FileError::TooLarge { .. } => ErrorKind::BadInput,
            _ => ErrorKind::Io,
        };
        let found = Self::new(kind, chain(&error));
        match kind {
            ErrorKind::AlreadyExists => found.hint("--overwrite replaces it"),
            _ => found,
        }
    }
}

impl From<EnrolmentError> for CommandError {
    fn from(error: EnrolmentError) -> Self {
        let message = error.to_string();
        let kind = match &error {
            EnrolmentError::UnknownRequest { .. } => ErrorKind::NotFound,
            EnrolmentError::Incomplete { .. } | EnrolmentError::EvidenceForbidden { .. } => {
                ErrorKind::PolicyRefused
            }
            EnrolmentError::State { .. }
            | EnrolmentError::TriesUsed { .. }
            | EnrolmentError::CodeExpired { .. } => ErrorKind::WrongState,
            EnrolmentError::CodeRedeemed { .. } | EnrolmentError::NoCode { .. } => ErrorKind::WrongState,
            EnrolmentError::HolderTriesUsed { .. }
            | EnrolmentError::NoHolderPassphrase { .. }
            | EnrolmentError::NotRequested { .. } => ErrorKind::WrongState,
            EnrolmentError::CodeWrong { .. }
            | EnrolmentError::AccessCode { .. }
            | EnrolmentError::HolderPassphraseWrong { .. } => ErrorKind::WrongPassphrase,
            EnrolmentError::Ledger(_) => ErrorKind::Ledger,
            EnrolmentError::Hash(_) | EnrolmentError::Random(_) => ErrorKind::Internal,
            _ => ErrorKind::BadInput,
        };
        match error {
            EnrolmentError::Ledger(error) => error.into(),
            EnrolmentError::Sign(error) => error.into(),
            EnrolmentError::Incomplete { subject, missing } => missing
                .iter()
                .map(|one| one.remedy(subject.as_ref()))
                .fold(Self::new(kind, message), |error, remedy| {
                    if error.hints.contains(&remedy) {
                        return error;
                    }
                    error.hint(remedy)
                }),
            EnrolmentError::CodeExpired { id, .. } | EnrolmentError::TriesUsed { id, .. } => {
                Self::new(kind, message).hint(format!("cachet request code {id}"))
            }
            EnrolmentError::State { id, .. } => {
                Self::new(kind, message).hint(format!("cachet request show {id}"))
            }
            EnrolmentError::UnknownRequest { .. } => Self::new(kind, message).hint("cachet request list"),
            _ => Self::new(kind, message),
        }
    }
}

impl From<MailError> for CommandError {
    fn from(error: MailError) -> Self {
        let kind = match &error {
            MailError::Address { .. } | MailError::NoRecipient | MailError::Roots { .. } => {
                ErrorKind::BadInput
            }
            MailError::Unprotected { .. } => ErrorKind::Usage,
            MailError::Refused { code: 535, .. } => ErrorKind::WrongPassphrase,
            _ => ErrorKind::Io,
        };
        let found = Self::new(kind, &error);
        match error.remedy() {
            Some(remedy) => found.hint(remedy),
            None => found,
        }
    }
}

impl From<LayoutError> for CommandError {
    fn from(error: LayoutError) -> Self {
        match error {
            LayoutError::File(error) => error.into(),
            LayoutError::AlreadyInitialised { .. } => Self::new(ErrorKind::AlreadyInitialised, error),
            LayoutError::NotInitialised { .. } | LayoutError::Interrupted { .. } => {
                Self::new(ErrorKind::NotInitialised, error).hint("cachet init --name NAME")
            }
            LayoutError::Key { ref reason, .. } if reason.contains("passphrase") => {
                Self::new(ErrorKind::WrongPassphrase, error)
                    .hint("the issuing CAs' passphrase comes from --passphrase-file, the root's from --root-passphrase-file")
            }
            _ => Self::new(ErrorKind::Io, chain(&error)),
        }
    }
}

impl From<StagingError> for CommandError {
    fn from(error: StagingError) -> Self {
        match error {
            StagingError::File(error) => error.into(),
            StagingError::AlreadyStaged { .. } => Self::new(ErrorKind::AlreadyExists, error),
            _ => Self::new(ErrorKind::Io, chain(&error)),
        }
    }
}

impl From<BackupError> for CommandError {
    fn from(error: BackupError) -> Self {
        match error {
            BackupError::File(error) => error.into(),
            BackupError::Store(error) => error.into(),
            BackupError::Changed { .. } | BackupError::Read { .. } | BackupError::Write { .. } => {
                Self::new(ErrorKind::Io, chain(&error))
            }
            BackupError::Format { .. } => Self::new(ErrorKind::Unsupported, error),
            _ => Self::new(ErrorKind::BadInput, chain(&error)),
        }
    }
}

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> Self {
        Self::new(ErrorKind::Ledger, chain(&error))
    }
}

impl From<TrustError> for CommandError {
    fn from(error: TrustError) -> Self {
        match error {
            TrustError::File(error) => error.into(),
            TrustError::Unknown { .. } => Self::new(ErrorKind::NotFound, error),
            _ => Self::new(ErrorKind::BadInput, chain(&error)),
        }
    }
}

impl From<ContactError> for CommandError {
    fn from(error: ContactError) -> Self {
        match error {
            ContactError::File(error) => error.into(),
            ContactError::Busy { .. } => Self::new(ErrorKind::Io, error),
            _ => Self::new(ErrorKind::BadInput, chain(&error)),
        }
    }
}

impl From<LedgerError> for CommandError {
    fn from(error: LedgerError) -> Self {
        let kind = match error {
            LedgerError::DuplicateAddress { .. } => ErrorKind::Duplicate,
            LedgerError::UnknownSerial { .. } => ErrorKind::NotFound,
            _ => ErrorKind::Ledger,
        };
        Self::new(kind, chain(&error))
    }
}

impl From<RevocationError> for CommandError {
    fn from(error: RevocationError) -> Self {
        match error {
            RevocationError::Ledger(error) => error.into(),
            _ => Self::new(ErrorKind::BadInput, chain(&error)),
        }
    }
}

impl From<CrlMakeError> for CommandError {
    fn from(error: CrlMakeError) -> Self {
        let kind = match error {
            CrlMakeError::Ledger(error) => return error.into(),
            CrlMakeError::Lint { .. } => ErrorKind::LintFailed,
            CrlMakeError::Verification { .. } => ErrorKind::Unsupported,
            _ => ErrorKind::Io,
        };
        Self::new(kind, chain(&error))
    }
}

impl From<KeyError> for CommandError {
    fn from(error: KeyError) -> Self {
        let kind = match error {
            KeyError::Decryption => ErrorKind::WrongPassphrase,
            KeyError::PassphraseRequired => ErrorKind::PassphraseNeeded,
            KeyError::LegacyNeeded { .. }
            | KeyError::UnsupportedKey { .. }
            | KeyError::UnsupportedEncryption { .. } => ErrorKind::Unsupported,
            KeyError::Random(_) => ErrorKind::Io,
            _ => ErrorKind::BadInput,
        };
        let found = Self::new(kind, chain(&error));
        match kind {
            ErrorKind::WrongPassphrase => found.hint(PASSWORD_FILE),
            _ => found,
        }
    }
}

impl From<IssueError> for CommandError {
    fn from(error: IssueError) -> Self {
        match error {
            IssueError::Ledger(error) => error.into(),
            IssueError::Lint { .. } => Self::new(ErrorKind::LintFailed, chain(&error)),
            IssueError::OutlivesIssuer { .. }
            | IssueError::IssuerNotValid { .. }
            | IssueError::AuthorityRevoked { .. } => Self::new(ErrorKind::PolicyRefused, chain(&error)),
            IssueError::Usage { .. } | IssueError::Verification { .. } => {
                Self::new(ErrorKind::Unsupported, chain(&error))
            }
            _ => Self::new(ErrorKind::BadInput, chain(&error)),
        }
    }
}

impl From<ArchiveError> for CommandError {
    fn from(error: ArchiveError) -> Self {
        match error {
            ArchiveError::Seal(error) => Self::from(error)
                .context("a key cannot be sealed to the recovery agents")
                .hint("renew their certificates in agents/, or change \"archive\" in the policy"),
            ArchiveError::Ledger(error) => error.into(),
            ArchiveError::AgentsMissing { .. } => Self::new(ErrorKind::NoMatchingRecipient, error),
            ArchiveError::Signs { .. } | ArchiveError::TooFewAgents { .. } => {
                Self::new(ErrorKind::PolicyRefused, error)
            }
            _ => Self::new(ErrorKind::BadInput, chain(&error)),
        }
    }
}

impl From<AuthorityError> for CommandError {
    fn from(error: AuthorityError) -> Self {
        match error {
            AuthorityError::Issue(error) => (*error).into(),
            _ => Self::new(ErrorKind::BadInput, chain(&error)),
        }
    }
}

impl From<SignerError> for CommandError {
    fn from(error: SignerError) -> Self {
        match error {
            SignerError::Authority(error) => error.into(),
            SignerError::Certificate { id, source } => {
                let mut inner = Self::from(*source);
                inner.message = format!(
                    "no certificate could be made for the OCSP responder of {id}: {}",
                    inner.message
                );
                inner
            }
            SignerError::Key(error) => error.into(),
            SignerError::Layout(error) => error.into(),
            SignerError::Ledger(error) => error.into(),
            _ => Self::new(ErrorKind::BadInput, chain(&error)),
        }
    }
}

impl From<SignError> for CommandError {
    fn from(error: SignError) -> Self {
        let kind = match error {
            SignError::FromMismatch { .. } => ErrorKind::FromMismatch,
            SignError::Io(_) | SignError::Random => ErrorKind::Io,
            SignError::Unsuitable { .. } => ErrorKind::Unsupported,
            _ => ErrorKind::BadInput,
        };
        Self::new(kind, chain(&error))
    }
}

impl From<EncryptError> for CommandError {
    fn from(error: EncryptError) -> Self {
        let kind = match error {
            EncryptError::Io(_) => ErrorKind::Io,
            EncryptError::Cipher { .. } => ErrorKind::Unsupported,
            _ => ErrorKind::BadInput,
        };
        Self::new(kind, chain(&error))
    }
}

impl From<VerifyError> for CommandError {
    fn from(error: VerifyError) -> Self {
        let kind = match error {
            VerifyError::Io(_) | VerifyError::Spool(_) => ErrorKind::Io,
            VerifyError::OpenPgp | VerifyError::UnsupportedContentType { .. } => ErrorKind::Unsupported,
            _ => ErrorKind::BadInput,
        };
        let found = Self::new(kind, chain(&error));
        match error {
            VerifyError::NotAMessage { .. } => found.hint(NOT_A_MESSAGE),
            _ if error.is_compressed() => found.hint("cachet mail open takes compressed messages apart"),
            VerifyError::UnsupportedContentType { .. } => found.hint(INSPECT),
            _ => found,
        }
    }
}

impl From<OpenError> for CommandError {
    fn from(error: OpenError) -> Self {
        let text = chain(&error);
        let kind = match error {
            OpenError::Decrypt { source, .. } => {
                let found = Self::from(source);
                return Self {
                    message: text,
                    ..found
                };
            }
            OpenError::Verify { source, .. } => {
                let other = matches!(source, VerifyError::UnsupportedContentType { .. });
                // (What helps a message that is compressed is this very command.)
                let found = Self::new(Self::from(source).kind, text);
                return if other { found.hint(INSPECT) } else { found };
            }
            OpenError::NotAMessage { .. } => {
                return Self::new(ErrorKind::BadInput, text).hint(NOT_A_MESSAGE);
            }
            OpenError::Io(_) => ErrorKind::Io,
            OpenError::OpenPgp | OpenError::UnknownCompression { .. } => ErrorKind::Unsupported,
            _ => ErrorKind::BadInput,
        };
        Self::new(kind, text)
    }
}

impl From<InspectError> for CommandError {
    fn from(error: InspectError) -> Self {
        let found = Self::new(ErrorKind::BadInput, chain(&error));
        match error {
            InspectError::NoMessage => found.hint(NOT_A_MESSAGE),
            _ => found,
        }
    }
}

impl From<DecryptError> for CommandError {
    fn from(error: DecryptError) -> Self {
        let kind = match error {
            DecryptError::NoMatchingRecipient { .. } => ErrorKind::NoMatchingRecipient,
            DecryptError::Io(_) => ErrorKind::Io,
            DecryptError::OpenPgp => ErrorKind::Unsupported,
            _ => ErrorKind::DecryptionFailed,
        };
        let found = Self::new(kind, chain(&error));
        match error {
            DecryptError::LegacyCipher { .. } => found.hint("--legacy admits such ciphers"),
            DecryptError::NoMatchingRecipient { recipients } => [
                ("a password", "a password is given with --password-file FILE"),
                ("a shared key", "a shared key is given with --key-file FILE"),
            ]
            .into_iter()
            .filter(|(kind, _)| recipients.iter().any(|name| name.starts_with(kind)))
            .fold(found, |found, (_, hint)| found.hint(hint)),
            _ => found,
        }
    }
}

impl From<Pkcs12Error> for CommandError {
    fn from(error: Pkcs12Error) -> Self {
        let kind = match error {
            Pkcs12Error::PasswordNeeded => ErrorKind::PassphraseNeeded,
            Pkcs12Error::WrongPassword => ErrorKind::WrongPassphrase,
            Pkcs12Error::LegacyNeeded { .. } | Pkcs12Error::Unsupported { .. } => ErrorKind::Unsupported,
            Pkcs12Error::Random(_) => ErrorKind::Io,
            _ => ErrorKind::BadInput,
        };
        let found = Self::new(kind, chain(&error));
        match kind {
            ErrorKind::WrongPassphrase => found.hint(PASSWORD_FILE),
            _ => found,
        }
    }
}

impl From<IdentityError> for CommandError {
    fn from(error: IdentityError) -> Self {
        match error {
            IdentityError::Key(error) => error.into(),
            IdentityError::Pkcs12(error) => error.into(),
            _ => Self::new(ErrorKind::BadInput, chain(&error)),
        }
    }
}

macro_rules! plain {
    ($($error:ty => $kind:ident),+ $(,)?) => {
        $(impl From<$error> for CommandError {
            fn from(error: $error) -> Self {
                Self::new(ErrorKind::$kind, chain(&error))
            }
        })+
    };
}

plain! {
    CertificateError => BadInput,
    smime::contacts::Conflict => Conflict,
    identity::passphrase::PassphraseError => BadInput,
    identity::signature::SchemeError => Unsupported,
    RequestError => BadInput,
    ca_core::PolicyErrors => PolicyInvalid,
    identity::name::NameError => BadInput,
    identity::random::RandomError => Io,
}

const INSPECT: &str = "signatures stand in signed-data: cachet mail inspect shows what this is made of";

const NOT_A_MESSAGE: &str =
    "save the message from the mail program as a file, header included (often \"save as\" .eml)";

const PASSWORD_FILE: &str =
    "give the file that belongs to it; its first line, blanks included, is the password";

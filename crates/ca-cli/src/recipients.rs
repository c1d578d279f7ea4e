//! Finding the certificates that mail is encrypted to.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use identity::identity::Identity;
use identity::{Certificate, ContentCipher, DigestAlgorithm, Mailbox};
use smime::EncryptOptions;
use smime::contacts::NoCertificate;

use crate::context::Context;
use crate::error::{CommandError, ErrorKind};
use crate::{address_book, path_args};

/// Flags that say more about recipients.
#[derive(Debug, clap::Args)]
pub(crate) struct RecipientArgs {
    /// A list of revoked certificates: nothing is encrypted to those on it (can be repeated)
    #[arg(long, value_name = "FILE")]
    crl: Vec<PathBuf>,
    /// An issuer's certificate to verify --crl with, beside the trusted roots (can be repeated)
    #[arg(long, value_name = "FILE", requires = "crl")]
    untrusted: Vec<PathBuf>,
    /// Do not encrypt to the --identity too
    #[arg(long)]
    no_self: bool,
    /// Encrypt to RSA keys with OAEP instead of PKCS#1 v1.5, with this digest [default: sha256]
    #[arg(
        long,
        value_name = "DIGEST",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "sha256"
    )]
    oaep: Option<OaepDigest>,
}

impl RecipientArgs {
    /// Sets the options of an encryption, reading the lists.
    pub(crate) fn equip(&self, context: &Context, options: &mut EncryptOptions) -> Result<(), CommandError> {
        options.oaep = self.oaep.map(OaepDigest::algorithm);
        if self.crl.is_empty() {
            return Ok(());
        }
        options.crls = path_args::read_crls(context, &self.crl)?;
        for file in &self.untrusted {
            options.issuers.extend(context.certificates(file)?);
        }
        options.issuers.extend(address_book::certificates(context));
        let roots = context.trust_store()?.list()?;
        options
            .issuers
            .extend(roots.into_iter().map(|root| root.certificate));
        options.issuers.retain(Certificate::is_ca);
        Ok(())
    }

    /// Adds the sender's own certificates, so that he can read what he sent.
    pub(crate) fn add_own(&self, context: &Context, identities: &[Identity], recipients: &mut Recipients) {
        if self.no_self || identities.is_empty() {
            return;
        }
        let now = context.now();
        let own = identities
            .iter()
            .filter(|identity| identity.can_encrypt() && identity.certificate().is_valid_at(now))
            .map(Identity::certificate);
        let mut found = false;
        for certificate in own {
            found = true;
            if !recipients.certificates.contains(certificate) {
                recipients.certificates.push(certificate.clone());
            }
        }
        if !found {
            context.ui.note(
                "the message is not encrypted to yourself: no certificate of --identity can be encrypted to now",
            );
        }
    }
}

/// The digest of OAEP, in both of its places.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum OaepDigest {
    /// What every reader of OAEP has: OAEP does not rest on the strength of its digest
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl OaepDigest {
    fn algorithm(self) -> DigestAlgorithm {
        match self {
            Self::Sha1 => DigestAlgorithm::Sha1,
            Self::Sha256 => DigestAlgorithm::Sha256,
            Self::Sha384 => DigestAlgorithm::Sha384,
            Self::Sha512 => DigestAlgorithm::Sha512,
        }
    }
}

/// Whom mail is encrypted to, and what they are known to read.
#[derive(Debug, Default)]
pub(crate) struct Recipients {
    pub(crate) certificates: Vec<Certificate>,
    /// What contacts announced, by the fingerprint of their certificate.
    pub(crate) learned: BTreeMap<[u8; 32], Vec<ContentCipher>>,
}

/// Finds the certificate of each recipient that was named: a file, or the address of a contact.
///
/// `flag` is what they were named with.
pub(crate) fn resolve(context: &Context, flag: &str, named: &[String]) -> Result<Recipients, CommandError> {
    let mut recipients = Recipients::default();
    for name in named {
        let certificate = if Path::new(name).exists() {
            from_file(context, name)?
        } else if name.contains('@') && !name.contains('/') {
            from_contacts(context, flag, name, &mut recipients)?
        } else {
            return Err(
                CommandError::new(ErrorKind::NotFound, format!("{name} does not exist"))
                    .hint("a recipient is named by a file with the certificate (PEM, DER or p7b), or by the address of a contact"),
            );
        };
        recipients.certificates.push(certificate);
    }
    Ok(recipients)
}

fn from_contacts(
    context: &Context,
    flag: &str,
    name: &str,
    recipients: &mut Recipients,
) -> Result<Certificate, CommandError> {
    let address = Mailbox::parse(name).map_err(CommandError::bad_input)?;
    let remedies = |error: CommandError| {
        error
            .hint(format!("ask for a signed message, then: cachet mail verify --learn MESSAGE; or for the certificate: cachet contacts add FILE; or name its file: {flag} FILE"))
    };
    let contact = context.contacts()?.find(&address)?.ok_or_else(|| {
        remedies(CommandError::new(
            ErrorKind::NotFound,
            format!("there is no certificate for {name}: no file and no contact has that name"),
        ))
    })?;
    let known = contact
        .encryption_certificate(&address, context.now())
        .map_err(|error| {
            let kind = match error {
                NoCertificate::Unknown { .. } => ErrorKind::NotFound,
                _ => ErrorKind::BadInput,
            };
            remedies(CommandError::new(kind, error))
        })?;
    if let Some(announcement) = contact.announcement() {
        recipients.learned.insert(
            known.certificate.fingerprint_sha256(),
            announcement.ciphers.clone(),
        );
    }
    Ok(known.certificate.clone())
}

fn from_file(context: &Context, name: &str) -> Result<Certificate, CommandError> {
    let mut found = context.certificates(Path::new(name))?;
    if found.len() > 1 {
        // A chain stands beside the holder's certificate: it is the one that is no authority's.
        found.retain(|certificate| !certificate.is_ca());
    }
    match (found.pop(), found.len()) {
        (Some(certificate), 0) => Ok(certificate),
        (Some(_), more) => Err(CommandError::bad_input(format!(
            "{name} holds the certificates of {} holders; name one file for each recipient",
            more + 1
        ))),
        (None, _) => Err(CommandError::bad_input(format!(
            "{name} holds certificates of authorities only; mail is encrypted to the certificate of a person"
        ))),
    }
}

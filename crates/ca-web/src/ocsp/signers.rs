//! The keys that answers are signed with: kept encrypted beside the authorities' keys, replaced at half time.

use std::fmt;

use ca_core::audit::AuditContext;
use ca_core::authority::{Authority, AuthorityError, CaSigner, CertificateAuthority, IssueError};
use ca_core::ledger::{Ledger, LedgerError};
use ca_core::revocation::ocsp::{OcspSigner, OcspSignerError};
use ca_store::{CaDirectory, LayoutError};
use identity::key::KeyError;
use identity::signature::SchemeError;
use identity::{Certificate, Passphrase, PrivateKey};

use super::Moment;

/// Keeps the responders' keys and certificates in a CA's directory and ledger.
///
/// It holds the passphrase of the issuing authorities' keys as long as it lives: new certificates are made without
/// anyone's hand.
pub struct SignerKeeper {
    directory: CaDirectory,
    passphrase: Passphrase,
    ledger: Box<dyn Ledger>,
    actor: String,
    days: u32,
}

/// Why there is no signer for an authority.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignerError {
    /// The authority cannot be loaded.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// The responder's certificate could not be made.
    #[error("no certificate could be made for the OCSP responder of {id}: {source}")]
    Certificate {
        /// The authority.
        id: String,
        /// Why.
        #[source]
        source: Box<IssueError>,
    },
    /// No key could be made.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The directory does not give or take a key.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// The ledger cannot be read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The authority's key makes no signatures.
    #[error(transparent)]
    Scheme(#[from] SchemeError),
    /// A certificate and a key do not belong together.
    #[error(transparent)]
    Signer(#[from] OcspSignerError),
}

impl SignerKeeper {
    /// Makes a keeper; `actor` is who acts in the log, `days` is how long new certificates are valid.
    pub fn new(
        directory: CaDirectory,
        passphrase: Passphrase,
        ledger: Box<dyn Ledger>,
        actor: String,
        days: u32,
    ) -> Self {
        Self {
            directory,
            passphrase,
            ledger,
            actor,
            days,
        }
    }

    /// Returns the signer of an authority: the one at hand if it has not lived half its life, else a new one.
    ///
    /// # Errors
    /// [`SignerError`] if there is none and none can be made.
    pub fn signer(&self, authority: &str, now: Moment) -> Result<OcspSigner, SignerError> {
        match self.at_hand(authority)? {
            Some(signer) if signer.certificate().is_valid_at(now.stated) && now.stated < signer.due() => {
                Ok(signer)
            }
            _ => self.make(authority, now),
        }
    }

    /// The key in the directory with its certificate, if both are there.
    fn at_hand(&self, authority: &str) -> Result<Option<OcspSigner>, SignerError> {
        // A key that cannot be opened is replaced: if the passphrase is wrong, the authority's own key says so.
        let Ok(Some(key)) = self.directory.responder_key(authority, &self.passphrase) else {
            return Ok(None);
        };
        let key_id = key.public_key().subject_key_identifier();
        let recorded = self.ledger.responders(authority)?;
        let certificate = recorded
            .iter()
            .find(|record| record.key_id == key_id)
            .and_then(|record| Certificate::from_der(&record.certificate).ok());
        Ok(match certificate {
            Some(certificate) => Some(OcspSigner::new(certificate, key)?),
            None => None,
        })
    }

    fn make(&self, id: &str, now: Moment) -> Result<OcspSigner, SignerError> {
        let signer = CaSigner::new(self.directory.key(id, &self.passphrase)?)?;
        let authority = CertificateAuthority::from_records(&self.ledger.authorities()?, id, signer)?;
        let algorithm = OcspSigner::algorithm_for(authority.certificate().public_key());
        let key = PrivateKey::generate(algorithm)?;
        // Before its certificate: a crash between the two leaves a key that is replaced, not a certificate without one.
        self.directory.save_responder_key(id, &key, &self.passphrase)?;
        let context = AuditContext {
            actor: self.actor.clone(),
            real_time: now.real,
        };
        let certificate = Authority::new(self.ledger.as_ref(), &authority, context)
            .certify_responder(key.public_key(), self.days, now.stated)
            .map_err(|source| SignerError::Certificate {
                id: id.to_owned(),
                source: Box::new(source),
            })?;
        Ok(OcspSigner::new(certificate, key)?)
    }
}

impl fmt::Debug for SignerKeeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignerKeeper")
            .field("directory", &self.directory)
            .finish_non_exhaustive()
    }
}

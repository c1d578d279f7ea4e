//! Signing.

use std::io::{self, Read, Seek, Write};

use chrono::{DateTime, SecondsFormat, Utc};
use identity::digest::Hasher;
use identity::identity::Identity;
use identity::mailbox::Match;
use identity::{Certificate, ContentCipher, DigestAlgorithm, KeyKind, Mailbox, SignatureScheme};

use crate::cms::attributes::encode_signed;
use crate::cms::signed::{CertificateId, NewSignature};
use crate::cms::{der, oids};
use crate::compose::{ComposeError, EntityError, Making, changed};
use crate::mime::{Base64Encoder, Header};
use crate::overlap::through;
use crate::wrap::{SmimeType, pkcs7_mime, write_multipart_signed};
use crate::{Compose, Limits, MemorySpool, Spool};

/// How the signature stands beside the content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignForm {
    /// `multipart/signed`: any mail program shows the content (RFC 8551 3.5.3).
    #[default]
    Clear,
    /// `application/pkcs7-mime; smime-type=signed-data`: the content is inside (RFC 8551 3.5.2).
    Opaque,
}

/// Which content ciphers a signature announces (sMIMECapabilities).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Capabilities {
    /// AES-CBC, which every program reads.
    #[default]
    Cbc,
    /// AES-GCM ahead of AES-CBC.
    Gcm,
}

/// How to sign.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SignOptions {
    /// Clear (the default) or opaque.
    pub form: SignForm,
    /// The digest; by default the one that fits the key.
    pub digest: Option<DigestAlgorithm>,
    /// Signs with RSA-PSS in place of PKCS#1 v1.5.
    pub pss: bool,
    /// The signing time.
    pub signing_time: DateTime<Utc>,
    /// What the signature announces.
    pub capabilities: Capabilities,
    /// The certificate to encrypt answers to, for a signer with two: it is sent along and named (RFC 8551 2.5.3).
    pub encryption_certificate: Option<Certificate>,
    /// Sends the identity's chain, without the root, along (the default).
    pub include_chain: bool,
    /// Header fields.
    pub compose: Compose,
    /// Bounds on the input.
    pub limits: Limits,
}

impl SignOptions {
    /// Returns the defaults for a signature made at `signing_time`.
    pub fn new(signing_time: DateTime<Utc>) -> Self {
        Self {
            form: SignForm::Clear,
            digest: None,
            pss: false,
            signing_time,
            capabilities: Capabilities::Cbc,
            encryption_certificate: None,
            include_chain: true,
            compose: Compose::default(),
            limits: Limits::default(),
        }
    }
}

/// What was signed, and how.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SignReport {
    /// The signature scheme.
    pub scheme: SignatureScheme,
    /// The From address of the message.
    pub from: String,
    /// What the caller may want to tell.
    pub notes: Vec<String>,
}

/// Why nothing was signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The header fields cannot be written.
    #[error(transparent)]
    Compose(#[from] ComposeError),
    /// The certificate does not hold the From address.
    #[error(
        "the From address {from} is not one of the certificate's ({}); \
         sign with a certificate that holds it, or change From",
        if held.is_empty() { "it holds none".to_owned() } else { held.join(", ") }
    )]
    FromMismatch {
        /// The From address.
        from: String,
        /// The certificate's addresses.
        held: Vec<String>,
    },
    /// The message says no From, and the certificate holds no address to take.
    #[error("the message has no From and the certificate holds no address; give the From address")]
    NoFrom,
    /// The input is longer than the limits allow.
    #[error("the input is longer than {limit} octets; raise the limit if it is meant to be")]
    InputTooLong {
        /// The limit in octets.
        limit: u64,
    },
    /// Reading or writing failed.
    #[error("reading the input or writing the message failed: {0}")]
    Io(#[from] io::Error),
    /// The key cannot make such a signature.
    #[error("{key} key: {reason}")]
    Unsuitable {
        /// The kind of key.
        key: KeyKind,
        /// Why not, and what to do.
        reason: String,
    },
    /// The signature that was made does not verify: the key or the library is damaged.
    #[error("the signature just made does not verify ({0}); nothing was written")]
    Unsound(#[source] identity::VerifyError),
    /// No random octets could be had.
    #[error("no random octets could be had")]
    Random,
}

impl From<EntityError> for SignError {
    fn from(error: EntityError) -> Self {
        match error {
            EntityError::Compose(error) => Self::Compose(error),
            EntityError::Io(error) => Self::Io(error),
            EntityError::TooLong { limit } => Self::InputTooLong { limit },
        }
    }
}

/// Signs `input` and writes a message that a mail program opens.
///
/// A message keeps its header fields outside, its Content-* fields go into the signed part; text becomes a message
/// with the fields that [`Compose`] names. Bodies that mail servers could alter are re-encoded first (RFC 8551 3.1.3).
/// The signature is verified before anything is written. The [crate] has an example.
///
/// The input is kept in memory until it is written; [`sign_spooled`] is for one that is too long for that.
///
/// # Errors
/// See [`SignError`].
pub fn sign(
    input: impl Read,
    signer: &Identity,
    options: &SignOptions,
    out: impl Write,
) -> Result<SignReport, SignError> {
    sign_spooled(input, signer, options, MemorySpool::new(), out)
}

/// Signs as [`sign`] does, in constant memory: an input of more than 1 MiB waits in `spool`.
///
/// Nothing is written before all of the input was read and the signature over it made and verified. If writing fails
/// then (the disk is full, or the spool gives back other octets than it took), what was written is worth nothing.
///
/// # Errors
/// See [`SignError`].
pub fn sign_spooled<S>(
    input: impl Read,
    signer: &Identity,
    options: &SignOptions,
    spool: S,
    mut out: impl Write,
) -> Result<SignReport, SignError>
where
    S: Spool,
    S::Reader: Seek,
{
    let held = mailboxes(signer.certificate());
    let scheme = scheme(signer, options)?;
    let making = Making {
        default_from: held.first(),
        now: options.signing_time,
        limits: &options.limits,
        digest: Some(scheme.digest()),
    };
    let mut entity = options.compose.entity(input, spool, &making)?;
    let mut notes = std::mem::take(&mut entity.notes);
    doubts(signer.certificate(), options.signing_time, &mut notes);
    let from = check_from(&entity.outer, signer.certificate(), &held, &mut notes)?;

    let digest = entity.digest.take().unwrap_or_default();
    let signature = sign_digest(&digest, signer, scheme, options)?;
    let (large, outer) = (entity.is_large(), entity.outer.clone());
    let hasher = || Hasher::new(scheme.digest());
    // What is written now is digested again: the input may have changed.
    let again = match options.form {
        SignForm::Clear => {
            let random: [u8; 16] = identity::random::bytes().map_err(|_| SignError::Random)?;
            // A random boundary cannot occur in content that was written before it was drawn.
            let boundary = format!("----{}", hex::encode(random));
            let micalg = scheme.digest().micalg();
            let mut again = Vec::new();
            let content = |out: &mut _| -> io::Result<()> {
                let ((), hasher) = through(
                    large,
                    hasher(),
                    |hasher, bytes, _| hasher.update(bytes),
                    &mut |_| Ok(()),
                    |sink| {
                        entity.write(&mut |bytes| {
                            sink(bytes)?;
                            Write::write_all(out, bytes)
                        })
                    },
                )?;
                again = hasher.finish();
                Ok(())
            };
            write_multipart_signed(
                &outer,
                micalg,
                &boundary,
                content,
                &signature.detached(),
                &mut out,
            )?;
            again
        }
        SignForm::Opaque => {
            let (begin, end) = signature.around(entity.length);
            let mut message = pkcs7_mime(&outer, SmimeType::Signed);
            let mut base64 = Base64Encoder::default();
            base64.update(&begin, &mut message);
            out.write_all(&message)?;
            let ((), (hasher, mut base64)) = through(
                large,
                (hasher(), base64),
                |(hasher, base64), bytes, out| {
                    hasher.update(bytes);
                    base64.update(bytes, out);
                },
                &mut |bytes| out.write_all(bytes),
                |sink| entity.write(sink),
            )?;
            let mut last = Vec::new();
            base64.update(&end, &mut last);
            base64.finish(&mut last);
            out.write_all(&last)?;
            out.flush()?;
            hasher.finish()
        }
    };
    if again != digest {
        return Err(changed().into());
    }
    Ok(SignReport { scheme, from, notes })
}

/// The addresses of a certificate that can be read as such.
fn mailboxes(certificate: &Certificate) -> Vec<Mailbox> {
    certificate
        .emails()
        .iter()
        .filter_map(|e| Mailbox::parse(e).ok())
        .collect()
}

/// The scheme that key and options ask for.
fn scheme(signer: &Identity, options: &SignOptions) -> Result<SignatureScheme, SignError> {
    let public = signer.key().public_key();
    let unsuitable = |reason: String| SignError::Unsuitable {
        key: public.kind(),
        reason,
    };
    let mut scheme = SignatureScheme::default_for(public).map_err(|e| unsuitable(e.to_string()))?;
    if options.pss {
        if !scheme.is_rsa() {
            return Err(unsuitable(
                "RSA-PSS needs an RSA key; ask for the key's own scheme".to_owned(),
            ));
        }
        scheme = SignatureScheme::rsa_pss(scheme.digest());
    }
    if let Some(digest) = options.digest {
        if !matches!(
            digest,
            DigestAlgorithm::Sha256 | DigestAlgorithm::Sha384 | DigestAlgorithm::Sha512
        ) {
            return Err(unsuitable(format!(
                "{digest} is too weak to sign with; use sha256, sha384 or sha512"
            )));
        }
        scheme = scheme.with_digest(digest);
        if scheme.digest() != digest {
            return Err(unsuitable(format!(
                "it signs with {} only (RFC 8419)",
                scheme.digest()
            )));
        }
    }
    if signer
        .certificate()
        .key_usage()
        .is_some_and(|u| !u.digital_signature && !u.non_repudiation)
    {
        return Err(unsuitable(
            "the key usage of its certificate does not allow signatures; use the signing certificate"
                .to_owned(),
        ));
    }
    Ok(scheme)
}

/// What will make recipients refuse the signature.
fn doubts(certificate: &Certificate, signing_time: DateTime<Utc>, notes: &mut Vec<String>) {
    if !certificate.is_valid_at(signing_time) {
        notes.push(format!(
            "the certificate is valid from {} to {} only: recipients will refuse the signature",
            certificate
                .not_before()
                .to_rfc3339_opts(SecondsFormat::Secs, true),
            certificate.not_after().to_rfc3339_opts(SecondsFormat::Secs, true)
        ));
    }
    let purposes = certificate.extended_key_usage();
    if purposes.is_some_and(|p| !p.contains(&oids::EMAIL_PROTECTION) && !p.contains(&oids::ANY_PURPOSE)) {
        notes.push(
            "the certificate's extended key usage does not allow emailProtection: recipients will refuse the signature"
                .to_owned(),
        );
    }
}

/// Checks that every From address is the signer's, and returns the first.
fn check_from(
    outer: &Header,
    certificate: &Certificate,
    held: &[Mailbox],
    notes: &mut Vec<String>,
) -> Result<String, SignError> {
    let addresses = outer.addresses("From");
    for from in &addresses {
        let best = Mailbox::parse(from).ok().map(|from| {
            let matches: Vec<_> = held.iter().map(|h| h.matches(&from)).collect();
            if matches.contains(&Match::Exact) {
                Match::Exact
            } else if matches.contains(&Match::CaseDiffers) {
                Match::CaseDiffers
            } else {
                Match::No
            }
        });
        match best {
            Some(Match::Exact) => {}
            Some(Match::CaseDiffers) => {
                notes.push(format!(
                    "From {from} and the certificate's address differ in upper and lower case"
                ));
            }
            _ => {
                return Err(SignError::FromMismatch {
                    from: from.clone(),
                    held: certificate.emails(),
                });
            }
        }
    }
    addresses.into_iter().next().ok_or(SignError::NoFrom)
}

/// Makes the signature over content with the digest `digest`.
fn sign_digest(
    digest: &[u8],
    signer: &Identity,
    scheme: SignatureScheme,
    options: &SignOptions,
) -> Result<NewSignature, SignError> {
    let certificate = signer.certificate();
    let encryption = options.encryption_certificate.as_ref();
    let encryption = encryption.filter(|other| *other != certificate);
    let attributes = encode_signed(
        digest,
        options.signing_time,
        certificate,
        encryption,
        options.capabilities.ciphers(),
    );
    let signature = signer
        .key()
        .sign(&scheme, &attributes)
        .map_err(|e| SignError::Unsuitable {
            key: signer.key().public_key().kind(),
            reason: e.to_string(),
        })?;
    // Against the certificate's key, not the private one's: this is what the reader will do.
    identity::verify(certificate.public_key(), &scheme, &attributes, &signature)
        .map_err(SignError::Unsound)?;

    let mut certificates = vec![certificate.der().to_vec()];
    certificates.extend(encryption.map(|other| other.der().to_vec()));
    if options.include_chain {
        // The root comes to the reader by another way, or it proves nothing.
        certificates.extend(
            signer
                .chain()
                .iter()
                .filter(|c| !c.is_self_issued())
                .map(|c| c.der().to_vec()),
        );
    }
    Ok(NewSignature {
        signer: CertificateId::issuer_and_serial(certificate),
        // RFC 5754 2: the parameters of SHA-2 are absent.
        digest_algorithm: der::algorithm(scheme.digest().oid(), &[]),
        signed_attributes: attributes,
        signature_algorithm: match scheme {
            // The older name, which leaves the digest to digestAlgorithm, is what every program reads (RFC 3370 3.2).
            SignatureScheme::RsaPkcs1(_) => der::algorithm(oids::RSA_ENCRYPTION, der::NULL),
            other => other.algorithm_identifier_der(),
        },
        signature,
        certificates,
    })
}

impl Capabilities {
    /// Returns the ciphers, the preferred one first.
    pub fn ciphers(self) -> &'static [ContentCipher] {
        const GCM_FIRST: &[ContentCipher] = &[
            ContentCipher::Aes256Gcm,
            ContentCipher::Aes128Gcm,
            ContentCipher::Aes256Cbc,
            ContentCipher::Aes192Cbc,
            ContentCipher::Aes128Cbc,
        ];
        match self {
            Self::Gcm => GCM_FIRST,
            Self::Cbc => GCM_FIRST.split_at(2).1,
        }
    }
}

//! Flags that say how a certificate's chain is judged, shared by `cert verify` and `mail verify`.

use std::path::PathBuf;

use ca_web::NetworkStatus;
use ca_web::fetch::FetchLimits;
use const_oid::ObjectIdentifier;
use identity::{Certificate, CertificateList};
use smime::VerifyOptions;
use smime::path::{OcspAnswer, Revocation};

use crate::context::{CRL_LIMIT, Context, FILE_LIMIT};
use crate::error::CommandError;
use crate::{ocsp, revocation_list};

/// Flags of the chain.
#[derive(Debug, clap::Args)]
pub(crate) struct PathArgs {
    /// A root to trust: a certificate file, a CA directory, or system (can be repeated)
    #[arg(long, value_name = "FILE|DIR|system")]
    pub(crate) trust: Vec<PathBuf>,
    /// Further certificates that may help to build the chain (can be repeated)
    #[arg(long, value_name = "FILE")]
    pub(crate) untrusted: Vec<PathBuf>,
    /// A list of revoked certificates (can be repeated)
    #[arg(long, value_name = "FILE")]
    pub(crate) crl: Vec<PathBuf>,
    /// An answer of an OCSP responder: DER, PEM or base64 (can be repeated)
    #[arg(long, value_name = "FILE")]
    pub(crate) ocsp_answer: Vec<PathBuf>,
    /// Ask the OCSP responders that certificates name, and where they leave it open fetch the lists
    ///
    /// Plain HTTP, 10 seconds and three redirects each, 64 KiB for an answer, 32 MiB for a list; no
    /// proxy. Only certificates that lead to a trusted root are asked about. What cannot be fetched
    /// is a finding; with --revocation required the verdict is then indeterminate.
    #[arg(long)]
    pub(crate) ocsp: bool,
    /// With --ocsp: also ask servers in private networks and on this machine
    #[arg(long, requires = "ocsp")]
    pub(crate) allow_private_addresses: bool,
    /// How much must be known about revocation
    #[arg(long, value_name = "HOW", default_value = "if-given")]
    pub(crate) revocation: RevocationFlag,
    /// A policy of which the chain must be valid for one, as an object identifier (can be repeated)
    #[arg(long, value_name = "OID")]
    pub(crate) policy: Vec<ObjectIdentifier>,
    /// Demand that the chain is valid for a policy
    #[arg(long)]
    pub(crate) explicit_policy: bool,
    /// Forbid policy mapping
    #[arg(long)]
    pub(crate) inhibit_policy_mapping: bool,
    /// Let anyPolicy count as no policy
    #[arg(long)]
    pub(crate) inhibit_any_policy: bool,
    /// Refuse also what RFC 5280 forbids authorities only: no key identifiers, uncritical constraints
    #[arg(long)]
    pub(crate) strict: bool,
    /// Admit SHA-1 and MD5 signatures and short RSA and DSA keys, with a warning
    #[arg(long)]
    pub(crate) legacy: bool,
}

/// `--revocation`.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum RevocationFlag {
    /// Every certificate needs a current answer
    Required,
    /// What the given lists and answers say counts
    IfGiven,
    /// Not looked at
    Off,
}

impl From<RevocationFlag> for Revocation {
    fn from(flag: RevocationFlag) -> Self {
        match flag {
            RevocationFlag::Required => Self::Required,
            RevocationFlag::IfGiven => Self::IfGiven,
            RevocationFlag::Off => Self::Off,
        }
    }
}

impl PathArgs {
    /// Reads the further certificates.
    pub(crate) fn untrusted(&self, context: &Context) -> Result<Vec<Certificate>, CommandError> {
        let mut found = Vec::new();
        for path in &self.untrusted {
            found.extend(context.certificates(path)?);
        }
        Ok(found)
    }

    /// Reads the OCSP answers.
    pub(crate) fn ocsp_answers(&self, context: &Context) -> Result<Vec<OcspAnswer>, CommandError> {
        let mut found = Vec::new();
        for path in &self.ocsp_answer {
            let bytes = context.read(path, FILE_LIMIT)?;
            let response = ocsp::read(&bytes).map_err(|error| {
                CommandError::bad_input(format!(
                    "{} holds no OCSP answer that can be read: {error}",
                    path.display()
                ))
            })?;
            found.push(OcspAnswer::new(response, None));
        }
        Ok(found)
    }

    /// Hands the flags that are no files over to a verification.
    pub(crate) fn apply<'a>(&'a self, options: &mut VerifyOptions<'a>) {
        options.revocation = self.revocation.into();
        options.legacy = self.legacy;
        options.policies = &self.policy;
        options.explicit_policy = self.explicit_policy;
        options.inhibit_policy_mapping = self.inhibit_policy_mapping;
        options.inhibit_any_policy = self.inhibit_any_policy;
        options.strict = self.strict;
    }

    /// The network as a source of revocation information, if it may be asked.
    pub(crate) fn network(&self) -> Option<NetworkStatus> {
        self.ocsp.then(|| {
            let mut limits = FetchLimits::default();
            limits.private_addresses = self.allow_private_addresses;
            NetworkStatus::new(limits)
        })
    }

    /// Reads the lists of revoked certificates.
    pub(crate) fn crls(&self, context: &Context) -> Result<Vec<CertificateList>, CommandError> {
        read_crls(context, &self.crl)
    }
}

/// Reads lists of revoked certificates from files in PEM or DER.
pub(crate) fn read_crls(context: &Context, files: &[PathBuf]) -> Result<Vec<CertificateList>, CommandError> {
    let mut found = Vec::new();
    for path in files {
        let bytes = context.read(path, CRL_LIMIT)?;
        let blocks = revocation_list::blocks(&bytes);
        let lists: Vec<&[u8]> = if blocks.is_empty() {
            vec![bytes.as_slice()]
        } else {
            blocks.iter().map(Vec::as_slice).collect()
        };
        for der in lists {
            found.push(CertificateList::from_der(der).map_err(|error| {
                CommandError::bad_input(format!(
                    "{} holds no CRL that can be read: {error}",
                    path.display()
                ))
            })?);
        }
    }
    Ok(found)
}

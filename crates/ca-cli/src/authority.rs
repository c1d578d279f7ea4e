//! The CA's certificates and keys, as commands need them.

use ca_core::authority::{CaSigner, CertificateAuthority, current_records};
use ca_core::ledger::{AuthorityKind, AuthorityRecord, Ledger, Revocation};
use ca_core::request::Class;
use ca_core::revocation::authority::revocation_of;
use ca_store::CaDirectory;
use chrono::{DateTime, Utc};
use identity::{Certificate, GeneralName, Passphrase, SignatureScheme};

use crate::error::{CommandError, ErrorKind};
use crate::output::rfc3339;

/// A certificate of the CA itself with its record.
#[derive(Debug)]
pub(crate) struct CaCertificate {
    pub(crate) record: AuthorityRecord,
    pub(crate) certificate: Certificate,
    /// For which it must sign no more certificates.
    pub(crate) revocation: Option<Revocation>,
}

impl CaCertificate {
    fn new(ledger: &dyn Ledger, record: AuthorityRecord) -> Result<Self, CommandError> {
        let certificate = Certificate::from_der(&record.certificate)?;
        let revocation = revocation_of(ledger, &record.id)?;
        Ok(Self {
            record,
            certificate,
            revocation,
        })
    }

    /// Tells whether it issues certificates to people, as far as that was decided.
    pub(crate) fn issues(&self) -> bool {
        !self.is_root() && self.record.retired_at.is_none() && self.revocation.is_none()
    }

    /// Returns the word for how it stands at a moment.
    pub(crate) fn status(&self, now: DateTime<Utc>) -> &'static str {
        // Whatever its date: from now on it issues nothing.
        if self.revocation.is_some() {
            "revoked"
        } else if now > self.certificate.not_after() {
            "expired"
        } else if now < self.certificate.not_before() {
            "not-yet-valid"
        } else if self.record.retired_at.is_some() {
            "retired"
        } else {
            "valid"
        }
    }

    pub(crate) fn is_root(&self) -> bool {
        self.record.kind == AuthorityKind::Root
    }

    /// Tells whether it is another's, who certified an issuing CA of ours: its key is not here.
    pub(crate) fn is_elsewhere(&self) -> bool {
        self.record.key_location == ELSEWHERE
    }
}

/// Stands in the record of another's CA in place of a key's location.
pub(crate) const ELSEWHERE: &str = "elsewhere";

/// Returns the CA's own certificates in the order of their recording.
pub(crate) fn certificates(directory: &CaDirectory) -> Result<Vec<CaCertificate>, CommandError> {
    of_ledger(&ca_store::SqliteLedger::open(directory.store().path())?)
}

/// As [`certificates`], from an open ledger; an issuing CA that was certified again stands there with its newest certificate.
pub(crate) fn of_ledger(ledger: &dyn Ledger) -> Result<Vec<CaCertificate>, CommandError> {
    current_records(ledger.authorities()?, &ledger.cross_certificates()?)
        .into_iter()
        .map(|record| CaCertificate::new(ledger, record))
        .collect()
}

/// Returns the CA certificates that [`of_ledger`] leaves out: cross-certificates, and the first certificates of issuing CAs that
/// were certified again.
pub(crate) fn superseded(ledger: &dyn Ledger) -> Result<Vec<Certificate>, CommandError> {
    let current: Vec<Vec<u8>> = of_ledger(ledger)?
        .into_iter()
        .map(|ca| ca.record.certificate)
        .collect();
    let crosses = ledger
        .cross_certificates()?
        .into_iter()
        .map(|cross| cross.certificate);
    let first = ledger.authorities()?.into_iter().map(|record| record.certificate);
    crosses
        .chain(first)
        .filter(|der| !current.contains(der))
        .map(|der| Ok(Certificate::from_der(&der)?))
        .collect()
}

/// Returns the chain above a certificate that `id` issued: that CA first, the root last.
pub(crate) fn chain(ledger: &dyn Ledger, id: &str) -> Result<Vec<Certificate>, CommandError> {
    let all = of_ledger(ledger)?;
    let mut chain: Vec<Certificate> = Vec::new();
    let mut next = Some(id.to_owned());
    while let Some(id) = next {
        let found = all
            .iter()
            .find(|ca| ca.record.id == id)
            .filter(|_| chain.len() <= all.len())
            .ok_or_else(|| {
                CommandError::new(
                    ErrorKind::Ledger,
                    format!("the ledger knows no certificate authority {id}"),
                )
            })?;
        chain.push(found.certificate.clone());
        next = found.record.issuer.clone();
    }
    Ok(chain)
}

/// Returns the newest root.
pub(crate) fn root(all: &[CaCertificate]) -> Result<&CaCertificate, CommandError> {
    all.iter()
        .rev()
        .find(|ca| ca.is_root())
        .ok_or_else(|| CommandError::new(ErrorKind::Ledger, "the ledger holds no root certificate"))
}

/// Returns the addresses at which the CA's files must be served; empty if it has no address.
pub(crate) fn published(all: &[CaCertificate]) -> Vec<String> {
    let mut addresses = Vec::new();
    for ca in all {
        if let Some(base) = &ca.record.base_url {
            let (base, id) = (base.trim_end_matches('/'), &ca.record.id);
            addresses.push(format!("{base}/ca/{id}.crt"));
            addresses.push(format!("{base}/crl/{id}.crl"));
        }
    }
    addresses
}

/// Returns the CA that issues a class: the newest that is neither retired nor revoked, of those that are valid now if
/// there is one.
pub(crate) fn issuing(
    ledger: &dyn Ledger,
    class: Class,
    now: DateTime<Utc>,
) -> Result<CaCertificate, CommandError> {
    let of_class = of_ledger(ledger)?
        .into_iter()
        .rev()
        .filter(|ca| !ca.is_root() && ca.record.classes.contains(&class));
    let (able, others): (Vec<_>, Vec<_>) = of_class.partition(CaCertificate::issues);
    // The first of equals: `min_by_key` keeps the order.
    let issuing = able.into_iter().min_by_key(|ca| !ca.certificate.is_valid_at(now));
    issuing.ok_or_else(|| match others.iter().find(|ca| ca.revocation.is_some()) {
        Some(ca) => no_longer(ca, class),
        None => CommandError::new(
            ErrorKind::PolicyRefused,
            format!("no CA issues certificates of class {class}"),
        )
        .hint("cachet ca list")
        .hint("cachet ca add makes the issuing CAs that the policies name"),
    })
}

fn no_longer(ca: &CaCertificate, class: Class) -> CommandError {
    let why = ca
        .revocation
        .as_ref()
        .map(|one| format!(" since {} ({})", rfc3339(one.at), one.reason))
        .unwrap_or_default();
    CommandError::new(
        ErrorKind::PolicyRefused,
        format!(
            "no CA issues certificates of class {class}: {} is revoked{why}",
            ca.record.id
        ),
    )
    .hint(
        "cachet ca rollover --issuing NAME makes the one that follows it; cachet policy list shows the names",
    )
}

/// Brings a CA's key together with its certificate and those above it.
pub(crate) fn signing(
    ledger: &dyn Ledger,
    id: &str,
    signer: CaSigner,
) -> Result<CertificateAuthority, CommandError> {
    let records = current_records(ledger.authorities()?, &ledger.cross_certificates()?);
    Ok(CertificateAuthority::from_records(&records, id, signer)?)
}

/// Tells whether newer CAs do what this one did.
pub(crate) fn is_followed(ca: &CaCertificate, all: &[CaCertificate], now: DateTime<Utc>) -> bool {
    let newer = || {
        let place = all.iter().position(|other| other.record.id == ca.record.id);
        let useful = |other: &&CaCertificate| {
            let goes_on = other.record.retired_at.is_none() && other.revocation.is_none();
            goes_on && other.certificate.is_valid_at(now)
        };
        all.iter().skip(place.map_or(0, |place| place + 1)).filter(useful)
    };
    if ca.is_root() {
        return newer().any(CaCertificate::is_root);
    }
    let classes = &ca.record.classes;
    classes
        .iter()
        .all(|class| newer().any(|other| other.record.classes.contains(class)))
}

/// Decrypts a CA's key.
pub(crate) fn unlock(
    directory: &CaDirectory,
    record: &AuthorityRecord,
    passphrase: &Passphrase,
) -> Result<CaSigner, CommandError> {
    let key = directory.key(&record.id, passphrase)?;
    let public_key = key.public_key().clone();
    let scheme = SignatureScheme::default_for(&public_key)?;
    Ok(CaSigner::external(public_key, scheme, move |scheme, message| {
        let signature = key.sign(scheme, message)?;
        ca_store::failpoint!("after-sign");
        Ok(signature)
    }))
}

/// Returns the domains that a CA is limited to; empty if it is not.
pub(crate) fn permitted_domains(certificate: &Certificate) -> Vec<String> {
    let permitted = certificate
        .name_constraints()
        .map(|found| found.permitted.as_slice())
        .unwrap_or_default();
    permitted
        .iter()
        .filter_map(|name| match name {
            GeneralName::Rfc822(domain) => Some(domain.clone()),
            _ => None,
        })
        .collect()
}

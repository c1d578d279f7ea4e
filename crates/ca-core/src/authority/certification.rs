//! A certification authority: its certificate, its issuers and its key.

use super::{AuthorityError, BaseUrl, CaSigner};
use crate::audit::AuditContext;
use crate::ledger::{AuthorityKind, AuthorityRecord, CrossCertificateRecord};
use crate::request::Class;
use chrono::{DateTime, Utc};
use identity::Certificate;
use identity::certificate::GeneralName;
use unicode_normalization::UnicodeNormalization as _;

/// An authority that can sign.
#[derive(Debug)]
pub struct CertificateAuthority {
    id: String,
    certificate: Certificate,
    chain: Vec<Certificate>,
    signer: CaSigner,
    base_url: Option<BaseUrl>,
}

impl CertificateAuthority {
    /// Brings a certificate, its issuers (its own first, the root last) and its key together.
    ///
    /// # Errors
    /// [`AuthorityError::NotAuthority`], [`AuthorityError::KeyMismatch`].
    pub fn new(
        certificate: Certificate,
        chain: Vec<Certificate>,
        signer: CaSigner,
        base_url: Option<BaseUrl>,
    ) -> Result<Self, AuthorityError> {
        let signs = certificate.key_usage().is_some_and(|usage| usage.key_cert_sign);
        if !certificate.is_ca() || !signs {
            return Err(AuthorityError::NotAuthority {
                subject: certificate.subject().to_string(),
            });
        }
        let id = authority_id(&certificate);
        if certificate.public_key() != signer.public_key() {
            return Err(AuthorityError::KeyMismatch { id });
        }
        Ok(Self {
            id,
            certificate,
            chain,
            signer,
            base_url,
        })
    }

    /// Finds an authority and its issuers among recorded ones.
    ///
    /// # Errors
    /// [`AuthorityError::Unknown`], [`AuthorityError::Unreadable`], and as [`CertificateAuthority::new`].
    pub fn from_records(
        records: &[AuthorityRecord],
        id: &str,
        signer: CaSigner,
    ) -> Result<Self, AuthorityError> {
        let find = |id: &str| {
            let record = records.iter().find(|record| record.id == id);
            record.ok_or_else(|| AuthorityError::Unknown { id: id.to_owned() })
        };
        let read = |record: &AuthorityRecord| {
            Certificate::from_der(&record.certificate).map_err(|source| AuthorityError::Unreadable {
                id: record.id.clone(),
                source,
            })
        };
        let record = find(id)?;
        let mut chain = Vec::new();
        let mut issuer = record.issuer.as_deref();
        // A record that names itself or its descendant as issuer must not make this endless.
        while let (Some(id), true) = (issuer, chain.len() < records.len()) {
            let above = find(id)?;
            chain.push(read(above)?);
            issuer = above.issuer.as_deref();
        }
        // A base URL on record was checked before it was recorded; what no longer passes is left out of certificates.
        let base_url = record.base_url.as_deref().and_then(|url| url.parse().ok());
        Self::new(read(record)?, chain, signer, base_url)
    }

    /// Returns the record of this authority.
    pub fn to_record(
        &self,
        kind: AuthorityKind,
        classes: Vec<Class>,
        key_location: impl Into<String>,
        context: &AuditContext,
        now: DateTime<Utc>,
    ) -> AuthorityRecord {
        AuthorityRecord {
            id: self.id.clone(),
            name: self
                .certificate
                .subject()
                .common_name()
                .unwrap_or_default()
                .to_owned(),
            kind,
            issuer: self.chain.first().map(authority_id),
            classes,
            certificate: self.certificate.der().to_vec(),
            key_location: key_location.into(),
            base_url: self.base_url.as_ref().map(ToString::to_string),
            retired_at: None,
            created_at: context.real_time,
            acted_at: now,
        }
    }

    /// Returns its name in records, file names and addresses.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns its certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Returns the certificates of its issuers, its own first, the root last; empty for a root.
    pub fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    /// Returns where it publishes.
    pub fn base_url(&self) -> Option<&BaseUrl> {
        self.base_url.as_ref()
    }

    /// Returns the rfc822Name constraints of its certificate, as admission wants them; empty: any address.
    pub fn permitted_domains(&self) -> Vec<String> {
        let constraints = self.certificate.name_constraints();
        let permitted = constraints
            .map(|constraints| constraints.permitted.as_slice())
            .unwrap_or_default();
        let domain = |name: &GeneralName| match name {
            GeneralName::Rfc822(domain) => Some(domain.clone()),
            _ => None,
        };
        permitted.iter().filter_map(domain).collect()
    }

    pub(crate) fn signer(&self) -> &CaSigner {
        &self.signer
    }
}

/// Returns the records of authorities with the certificates that they issue under now: an issuing CA that was certified
/// again, as under a new root, has its newest certificate and that one's issuer.
pub fn current_records(
    mut records: Vec<AuthorityRecord>,
    crosses: &[CrossCertificateRecord],
) -> Vec<AuthorityRecord> {
    for cross in crosses {
        let certified = records
            .iter_mut()
            .find(|record| record.id == cross.subject && record.kind == AuthorityKind::Issuing);
        if let Some(record) = certified {
            record.certificate.clone_from(&cross.certificate);
            record.issuer = Some(cross.issuer.clone());
        }
    }
    records
}

/// Returns the name of an authority in records, file names and addresses: its common name in lower-case ASCII and the
/// first eight hex digits of its subject key identifier.
pub fn authority_id(certificate: &Certificate) -> String {
    let key_identifier = match certificate.subject_key_identifier() {
        Some(identifier) => identifier.to_vec(),
        None => certificate.public_key().subject_key_identifier().to_vec(),
    };
    make_id(
        certificate.subject().common_name().unwrap_or_default(),
        &key_identifier,
    )
}

pub(super) fn make_id(common_name: &str, key_identifier: &[u8]) -> String {
    let mut slug = String::new();
    // Decomposed, accents become characters of their own, which are dropped.
    for character in common_name
        .nfkd()
        .filter(|c| !unicode_normalization::char::is_combining_mark(*c))
    {
        if character.is_ascii_alphanumeric() {
            slug.push(character.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-');
    let slug = if slug.is_empty() { "ca" } else { slug };
    let digits = hex::encode(key_identifier.get(..4).unwrap_or(key_identifier));
    format!("{slug}-{digits}")
}

#[cfg(test)]
mod tests {
    use super::make_id;

    #[test]
    fn identifiers_are_safe_in_file_names_and_addresses() {
        assert_eq!(
            make_id("École Démo – Class 1 CA", &[0xa0, 1, 2, 3, 4]),
            "ecole-demo-class-1-ca-a0010203"
        );
        assert_eq!(make_id("../..\n日本", &[0; 20]), "ca-00000000");
    }
}

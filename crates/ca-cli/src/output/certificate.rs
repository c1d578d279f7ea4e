//! Certificates as `inspect`, `cert show` and `trust` describe them.

use identity::certificate::KeyUsage;
use identity::{Certificate, GeneralName, SignatureScheme};
use serde::Serialize;

use crate::output::{grouped, rfc3339, table};

/// What any certificate says, ours or not.
#[derive(Serialize)]
pub(crate) struct CertificateView {
    pub(crate) subject: String,
    pub(crate) issuer: String,
    pub(crate) serial: String,
    pub(crate) emails: Vec<String>,
    pub(crate) not_before: String,
    pub(crate) not_after: String,
    pub(crate) key: String,
    pub(crate) signature_algorithm: String,
    pub(crate) ca: bool,
    pub(crate) key_usage: Vec<&'static str>,
    pub(crate) extended_key_usage: Vec<String>,
    pub(crate) policies: Vec<String>,
    pub(crate) subject_alternative_names: Vec<String>,
    pub(crate) permitted: Vec<String>,
    pub(crate) excluded: Vec<String>,
    pub(crate) crl: Vec<String>,
    pub(crate) ocsp: Vec<String>,
    pub(crate) ca_issuers: Vec<String>,
    pub(crate) subject_key_identifier: Option<String>,
    pub(crate) authority_key_identifier: Option<String>,
    pub(crate) sha256: String,
    #[serde(skip)]
    fingerprint: String,
}

impl CertificateView {
    pub(crate) fn new(certificate: &Certificate) -> Self {
        let names = |list: &[GeneralName]| list.iter().map(general_name).collect();
        let constraints = certificate.name_constraints();
        let fingerprint = certificate.fingerprint_sha256();
        Self {
            subject: certificate.subject().to_string(),
            issuer: certificate.issuer().to_string(),
            serial: certificate.serial_hex(),
            emails: certificate.emails(),
            not_before: rfc3339(certificate.not_before()),
            not_after: rfc3339(certificate.not_after()),
            key: certificate.public_key().kind().to_string(),
            signature_algorithm: SignatureScheme::from_algorithm_identifier_der(
                certificate.signature_algorithm_der(),
            )
            .map_or_else(|error| error.to_string(), |scheme| scheme.to_string()),
            ca: certificate.is_ca(),
            key_usage: certificate.key_usage().map(key_usage).unwrap_or_default(),
            extended_key_usage: certificate
                .extended_key_usage()
                .unwrap_or_default()
                .iter()
                .map(|oid| purpose(&oid.to_string()))
                .collect(),
            policies: certificate
                .certificate_policies()
                .iter()
                .map(ToString::to_string)
                .collect(),
            subject_alternative_names: names(certificate.subject_alt_names()),
            permitted: constraints
                .map(|found| names(&found.permitted))
                .unwrap_or_default(),
            excluded: constraints
                .map(|found| names(&found.excluded))
                .unwrap_or_default(),
            crl: certificate.crl_distribution_points(),
            ocsp: certificate.ocsp_urls(),
            ca_issuers: certificate.ca_issuers_urls(),
            subject_key_identifier: certificate.subject_key_identifier().map(hex::encode),
            authority_key_identifier: certificate.authority_key_identifier().map(hex::encode),
            sha256: hex::encode(fingerprint),
            fingerprint: grouped(&fingerprint),
        }
    }

    /// Returns the SHA-256 fingerprint in groups of four.
    pub(crate) fn fingerprint(&self) -> String {
        self.fingerprint.clone()
    }

    /// Describes the certificate for people.
    pub(crate) fn table(&self) -> String {
        table::facts([
            ("Subject", self.subject.clone()),
            ("Issuer", self.issuer.clone()),
            ("Addresses", self.emails.join("\n")),
            ("Serial", self.serial.clone()),
            ("Valid from", self.not_before.clone()),
            ("Valid until", self.not_after.clone()),
            ("Key", self.key.clone()),
            ("Signed with", self.signature_algorithm.clone()),
            (
                "Authority",
                if self.ca { "yes".to_owned() } else { String::new() },
            ),
            ("Key usage", self.key_usage.join(", ")),
            ("Purposes", self.extended_key_usage.join(", ")),
            ("Policies", self.policies.join("\n")),
            ("Names", self.subject_alternative_names.join("\n")),
            ("Only for", self.permitted.join("\n")),
            ("Never for", self.excluded.join("\n")),
            ("CRL", self.crl.join("\n")),
            ("OCSP", self.ocsp.join("\n")),
            ("Issuer's file", self.ca_issuers.join("\n")),
            ("SHA-256", self.fingerprint.clone()),
        ])
    }
}

/// Names the bits of keyUsage as RFC 5280 does.
fn key_usage(usage: KeyUsage) -> Vec<&'static str> {
    [
        (usage.digital_signature, "digitalSignature"),
        (usage.non_repudiation, "nonRepudiation"),
        (usage.key_encipherment, "keyEncipherment"),
        (usage.data_encipherment, "dataEncipherment"),
        (usage.key_agreement, "keyAgreement"),
        (usage.key_cert_sign, "keyCertSign"),
        (usage.crl_sign, "cRLSign"),
        (usage.encipher_only, "encipherOnly"),
        (usage.decipher_only, "decipherOnly"),
    ]
    .into_iter()
    .filter_map(|(set, name)| set.then_some(name))
    .collect()
}

fn purpose(oid: &str) -> String {
    match oid {
        "1.3.6.1.5.5.7.3.1" => "serverAuth".to_owned(),
        "1.3.6.1.5.5.7.3.2" => "clientAuth".to_owned(),
        "1.3.6.1.5.5.7.3.3" => "codeSigning".to_owned(),
        "1.3.6.1.5.5.7.3.4" => "emailProtection".to_owned(),
        "1.3.6.1.5.5.7.3.8" => "timeStamping".to_owned(),
        "1.3.6.1.5.5.7.3.9" => "OCSPSigning".to_owned(),
        "2.5.29.37.0" => "anyExtendedKeyUsage".to_owned(),
        other => other.to_owned(),
    }
}

fn general_name(name: &GeneralName) -> String {
    match name {
        GeneralName::Rfc822(address) => format!("email:{address}"),
        GeneralName::SmtpUtf8(address) => format!("smtputf8:{address}"),
        GeneralName::Dns(name) => format!("dns:{name}"),
        GeneralName::Uri(uri) => format!("uri:{uri}"),
        GeneralName::Ip(address) => format!("ip:{address}"),
        GeneralName::IpNetwork(address, mask) => format!("ip:{address}/{mask}"),
        GeneralName::Directory(name) => format!("directory:{name}"),
        GeneralName::Other { oid: Some(oid), .. } => format!("other:{oid}"),
        _ => "other".to_owned(),
    }
}

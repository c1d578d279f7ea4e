use std::path::PathBuf;

use identity::key::KeyError;
use identity::pkcs12::{self, Pkcs12Error, ReadOptions};
use identity::{Certificate, CertificateList, CertificateRequest, OcspResponse, Passphrase, PrivateKey, pem};
use serde::Serialize;

use crate::context::{Context, FILE_LIMIT};
use crate::error::{CommandError, ErrorKind, Outcome};
use crate::ocsp;
use crate::output::certificate::CertificateView;
use crate::output::ocsp::OcspView;
use crate::output::{json, rfc3339, table};

/// Show what a certificate, request, CRL, OCSP answer, p7b, key or P12 file holds
///
/// Knows PEM, DER and BER. Without --password-file an absent and an empty password are tried.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  cachet inspect alice@example.com.p12 --password-file alice@example.com.p12.password"
)]
pub(crate) struct InspectArgs {
    /// The file (- is standard input)
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// A file whose first line is the P12's password
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Open P12 files and keys protected with RC2 or DES, and RSA keys below 2048 bits, too
    #[arg(long)]
    legacy: bool,
}

#[derive(Default, Serialize)]
struct Report {
    kind: &'static str,
    certificates: Vec<CertificateView>,
    keys: Vec<KeyView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<RequestView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    crl: Option<CrlView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ocsp: Option<OcspView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    protection: Option<ProtectionView>,
    /// What a P12 holds besides, or holds but cannot be used.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unread: Vec<String>,
}

#[derive(Serialize)]
struct KeyView {
    key: String,
    friendly_name: Option<String>,
    has_certificate: bool,
}

#[derive(Serialize)]
struct RequestView {
    subject: String,
    emails: Vec<String>,
    key: String,
    signature_is_good: bool,
}

#[derive(Serialize)]
struct CrlView {
    issuer: String,
    number: Option<String>,
    this_update: String,
    next_update: Option<String>,
    revoked: usize,
}

#[derive(Serialize)]
struct ProtectionView {
    encryption: Vec<String>,
    mac: Option<String>,
}

pub(super) fn run(context: &Context, args: &InspectArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    let password = match &args.password_file {
        Some(file) => Some(context.password_file(file, "password")?),
        None => None,
    };
    let bytes = context.read(&args.file, FILE_LIMIT)?;
    let report = Report::of(&bytes, password.as_ref(), args.legacy)
        .map_err(|error| error.context(args.file.display()))?;
    context.ui.result(&if context.is_json() {
        json::document(&report)
    } else {
        report.table()
    })?;
    Ok(Outcome::Done)
}

impl Report {
    fn of(bytes: &[u8], password: Option<&Passphrase>, legacy: bool) -> Result<Self, CommandError> {
        let blocks = pem::decode(bytes).unwrap_or_default();
        if blocks.iter().any(|block| block.label == ocsp::PEM_LABEL) {
            let answer = ocsp::read(bytes).map_err(CommandError::bad_input)?;
            return Ok(Self::of_ocsp(&answer));
        }
        if !blocks.is_empty() {
            return Self::of_pem(bytes, &blocks, password, legacy);
        }
        if let Ok(certificate) = Certificate::from_der(bytes) {
            return Ok(Self::of_certificates("certificate", &[certificate]));
        }
        if let Ok(request) = CertificateRequest::from_der(bytes) {
            return Ok(Self {
                kind: "csr",
                request: Some(RequestView::new(&request)),
                ..Self::default()
            });
        }
        if let Ok(crl) = CertificateList::from_der(bytes) {
            return Ok(Self {
                kind: "crl",
                crl: Some(CrlView::new(&crl)),
                ..Self::default()
            });
        }
        if let Ok(answer) = ocsp::read(bytes) {
            return Ok(Self::of_ocsp(&answer));
        }
        if let Some(key) = PrivateKey::from_der(bytes, password, ReadOptions { legacy }) {
            return Ok(Self {
                kind: "key",
                keys: vec![KeyView::new(&key.map_err(unopened_key)?, &[])],
                ..Self::default()
            });
        }
        if let Ok(certificates) = pem::certificates(bytes) {
            return Ok(Self::of_certificates("p7b", &certificates));
        }
        match pkcs12::read(bytes, password, ReadOptions { legacy }) {
            Ok(contents) => Ok(Self::of_pkcs12(&contents)),
            Err(Pkcs12Error::NotPkcs12 { looks_like }) => Err(CommandError::bad_input(format!(
                "this is no certificate, request, CRL, OCSP answer, p7b, key or P12: it looks like {looks_like}"
            ))),
            Err(error) => {
                let error = CommandError::from(error);
                Err(match error.kind {
                    ErrorKind::PassphraseNeeded => error.hint("give the password with --password-file FILE"),
                    _ => error,
                })
            }
        }
    }

    fn of_pem(
        bytes: &[u8],
        blocks: &[pem::Block],
        password: Option<&Passphrase>,
        legacy: bool,
    ) -> Result<Self, CommandError> {
        let mut report = Self {
            kind: "pem",
            ..Self::default()
        };
        let mut keys = Vec::new();
        for block in blocks {
            match block.label.as_str() {
                "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => {
                    report.kind = "csr";
                    report.request = Some(RequestView::new(&CertificateRequest::from_der(&block.der)?));
                }
                "X509 CRL" => {
                    report.kind = "crl";
                    let crl = CertificateList::from_der(&block.der).map_err(CommandError::bad_input)?;
                    report.crl = Some(CrlView::new(&crl));
                }
                "PKCS7" | "CMS" => report.kind = "p7b",
                _ => {
                    if let Some(key) = PrivateKey::from_pem_block(block, password, ReadOptions { legacy }) {
                        report.kind = "key";
                        keys.push(key.map_err(unopened_key)?);
                    }
                }
            }
        }
        let certificates = pem::certificates(bytes).unwrap_or_default();
        report.kind = match (report.kind, certificates.is_empty()) {
            ("pem", false) => "certificate",
            ("key", false) => "identity",
            ("pem", true) => {
                return Err(CommandError::bad_input(format!(
                    "no certificate, request, CRL, OCSP answer, p7b or key is in this PEM text; it holds {}",
                    blocks
                        .iter()
                        .map(|block| block.label.as_str())
                        .collect::<Vec<_>>()
                        .join(", ")
                )));
            }
            (kind, _) => kind,
        };
        report.keys = keys.iter().map(|key| KeyView::new(key, &certificates)).collect();
        report.certificates = certificates.iter().map(CertificateView::new).collect();
        Ok(report)
    }

    fn of_ocsp(answer: &OcspResponse) -> Self {
        Self {
            kind: "ocsp",
            certificates: OcspView::certificates(answer),
            ocsp: Some(OcspView::new(answer)),
            ..Self::default()
        }
    }

    fn of_certificates(kind: &'static str, certificates: &[Certificate]) -> Self {
        Self {
            kind,
            certificates: certificates.iter().map(CertificateView::new).collect(),
            ..Self::default()
        }
    }

    fn of_pkcs12(contents: &pkcs12::Contents) -> Self {
        let mut encryption: Vec<String> = contents
            .keys
            .iter()
            .map(|bag| &bag.encryption)
            .chain(contents.certificates.iter().map(|bag| &bag.encryption))
            .map(|encryption| encryption.clone().unwrap_or_else(|| "none".to_owned()))
            .collect();
        encryption.sort();
        encryption.dedup();
        let keys = contents.keys.iter().map(|bag| KeyView {
            key: bag.key.public_key().kind().to_string(),
            friendly_name: bag.friendly_name.clone(),
            has_certificate: contents
                .certificates
                .iter()
                .any(|found| found.certificate.public_key() == bag.key.public_key()),
        });
        Self {
            kind: "pkcs12",
            certificates: contents
                .certificates
                .iter()
                .map(|bag| CertificateView::new(&bag.certificate))
                .collect(),
            keys: keys.collect(),
            protection: Some(ProtectionView {
                encryption,
                mac: contents
                    .mac
                    .as_ref()
                    .map(|mac| format!("{}, {} iterations", mac.algorithm, mac.iterations)),
            }),
            unread: contents.unread.clone(),
            ..Self::default()
        }
    }

    fn table(&self) -> String {
        let mut text = table::facts([("Kind", self.kind.to_owned())]);
        if let Some(request) = &self.request {
            text.push_str(&table::facts([
                ("Subject", request.subject.clone()),
                ("Addresses", request.emails.join("\n")),
                ("Key", request.key.clone()),
                (
                    "Signature",
                    if request.signature_is_good {
                        "good"
                    } else {
                        "not good"
                    }
                    .to_owned(),
                ),
            ]));
        }
        if let Some(crl) = &self.crl {
            text.push_str(&table::facts([
                ("Issuer", crl.issuer.clone()),
                ("Number", crl.number.clone().unwrap_or_default()),
                ("Made", crl.this_update.clone()),
                ("Next", crl.next_update.clone().unwrap_or_default()),
                ("Revoked", crl.revoked.to_string()),
            ]));
        }
        if let Some(answer) = &self.ocsp {
            text.push_str(&answer.table());
        }
        if let Some(protection) = &self.protection {
            text.push_str(&table::facts([
                ("Encryption", protection.encryption.join("\n")),
                ("MAC", protection.mac.clone().unwrap_or_else(|| "none".to_owned())),
                ("Not read", self.unread.join("\n")),
            ]));
        }
        for key in &self.keys {
            let certified = if key.has_certificate {
                "with its certificate"
            } else {
                "without certificate"
            };
            let name = key
                .friendly_name
                .as_ref()
                .map(|name| format!(" \"{name}\""))
                .unwrap_or_default();
            text.push_str(&table::facts([(
                "Private key",
                format!("{}{name}, {certified}", key.key),
            )]));
        }
        for certificate in &self.certificates {
            text.push('\n');
            text.push_str(&certificate.table());
        }
        text
    }
}

fn unopened_key(error: KeyError) -> CommandError {
    let error = CommandError::from(error);
    match error.kind {
        ErrorKind::PassphraseNeeded => error.hint("give it with --password-file FILE"),
        _ => error,
    }
}

impl KeyView {
    fn new(key: &PrivateKey, certificates: &[Certificate]) -> Self {
        Self {
            key: key.public_key().kind().to_string(),
            friendly_name: None,
            has_certificate: certificates
                .iter()
                .any(|found| found.public_key() == key.public_key()),
        }
    }
}

impl RequestView {
    fn new(request: &CertificateRequest) -> Self {
        Self {
            subject: request.subject().to_string(),
            emails: request.emails(),
            key: request.public_key().kind().to_string(),
            signature_is_good: request.verify().is_ok(),
        }
    }
}

impl CrlView {
    fn new(crl: &CertificateList) -> Self {
        Self {
            issuer: crl.issuer().to_string(),
            number: crl.number_hex(),
            this_update: rfc3339(crl.this_update()),
            next_update: crl.next_update().map(rfc3339),
            revoked: crl.len(),
        }
    }
}

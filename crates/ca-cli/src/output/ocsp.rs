//! An OCSP answer, as `inspect` shows it.

use identity::OcspResponse;
use identity::ocsp::{CertStatus, ResponderId, SingleResponse};
use serde::Serialize;

use crate::output::certificate::CertificateView;
use crate::output::{rfc3339, table};

/// An answer.
#[derive(Serialize)]
pub(crate) struct OcspView {
    /// Whether the responder answered (RFC 6960 4.2.1).
    status: &'static str,
    responder: Option<String>,
    produced_at: Option<String>,
    signature: Option<String>,
    nonce: Option<String>,
    responses: Vec<SingleView>,
}

#[derive(Serialize)]
struct SingleView {
    serial: String,
    /// The digest that the issuer is named by.
    hash: Option<String>,
    status: &'static str,
    revoked_at: Option<String>,
    /// The number of the reason (RFC 5280 5.3.1).
    reason: Option<u8>,
    this_update: String,
    next_update: Option<String>,
}

impl OcspView {
    pub(crate) fn new(response: &OcspResponse) -> Self {
        let data = response.data();
        Self {
            status: response.status().as_str(),
            responder: data.and_then(|data| match data.responder() {
                ResponderId::Name(name) => Some(name.to_string()),
                ResponderId::KeyHash(hash) => Some(format!("key {}", hex::encode(hash))),
                _ => None,
            }),
            produced_at: data.map(|data| rfc3339(data.produced_at())),
            signature: data
                .and_then(|data| data.signature_scheme())
                .map(|scheme| scheme.to_string()),
            nonce: data.and_then(|data| data.nonce()).map(hex::encode),
            responses: data
                .map(|data| data.responses().iter().map(SingleView::new).collect())
                .unwrap_or_default(),
        }
    }

    /// The certificates that came along.
    pub(crate) fn certificates(response: &OcspResponse) -> Vec<CertificateView> {
        response
            .data()
            .map(|data| data.certificates().iter().map(CertificateView::new).collect())
            .unwrap_or_default()
    }

    pub(crate) fn table(&self) -> String {
        let mut facts = vec![
            ("Answer", self.status.to_owned()),
            ("Responder", self.responder.clone().unwrap_or_default()),
            ("Made", self.produced_at.clone().unwrap_or_default()),
            ("Signature", self.signature.clone().unwrap_or_default()),
            ("Nonce", self.nonce.clone().unwrap_or_default()),
        ];
        for single in &self.responses {
            facts.push(("Certificate", single.serial.clone()));
            facts.push(("  Standing", single.standing()));
            facts.push(("  As of", single.this_update.clone()));
            facts.push(("  Next", single.next_update.clone().unwrap_or_default()));
        }
        table::facts(facts)
    }
}

impl SingleView {
    fn new(single: &SingleResponse) -> Self {
        let (status, revoked_at, reason) = match single.status {
            CertStatus::Good => ("good", None, None),
            CertStatus::Revoked { at, reason } => ("revoked", Some(rfc3339(at)), reason),
            _ => ("unknown", None, None),
        };
        Self {
            serial: single.certificate.serial_hex(),
            hash: single.certificate.hash().map(|hash| hash.to_string()),
            status,
            revoked_at,
            reason,
            this_update: rfc3339(single.this_update),
            next_update: single.next_update.map(rfc3339),
        }
    }

    fn standing(&self) -> String {
        let at = self.revoked_at.as_ref().map(|at| format!(" at {at}"));
        let why = self.reason.map(|reason| format!(", reason {reason}"));
        format!(
            "{}{}{}",
            self.status,
            at.unwrap_or_default(),
            why.unwrap_or_default()
        )
    }
}

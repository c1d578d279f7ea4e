//! Certificates, requests, revocation lists and PEM from strangers.
#![no_main]

use identity::{Certificate, CertificateList, CertificateRequest, pem};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(certificate) = Certificate::from_der(bytes) {
        assert_eq!(certificate.der(), bytes);
        let _ = certificate.subject().to_string();
        let _ = certificate.emails();
        let _ = certificate.verify_signed_by(certificate.public_key());
    }
    if let Ok(request) = CertificateRequest::from_pem_or_der(bytes) {
        let _ = (request.emails(), request.verify());
    }
    if let Ok(list) = CertificateList::from_der(bytes) {
        let _ = (list.number_hex(), list.len());
    }
    let _ = pem::certificates(bytes);
});

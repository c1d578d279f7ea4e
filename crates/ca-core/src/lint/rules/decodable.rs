//! A second decoder reads every field and every extension that it knows, to the last byte.

use crate::lint::{LintContext, Rule, Severity};
use identity::Certificate;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::ParsedExtension;
use x509_parser::prelude::FromDer as _;

pub(super) static RULE: Rule = Rule {
    name: "e_decodable",
    severity: Severity::Error,
    citation: "RFC 5280, 4.1 and 4.2; X.690, 10 (DER)",
    about: "A second decoder reads every field and every extension that it knows, to the last byte.",
    effective: "2008-05-01",
    check,
};

fn check(certificate: &Certificate, _: &LintContext<'_>) -> Option<String> {
    let (rest, parsed) = match X509Certificate::from_der(certificate.der()) {
        Ok(parsed) => parsed,
        Err(error) => return Some(format!("a second decoder does not read the certificate: {error}")),
    };
    if !rest.is_empty() {
        return Some(format!("{} bytes follow the certificate", rest.len()));
    }
    let extensions = parsed.extensions();
    if let Some(extension) = extensions
        .iter()
        .find(|extension| is_broken(extension.parsed_extension()))
    {
        return Some(format!(
            "a second decoder does not read the extension {}",
            extension.oid
        ));
    }
    (parsed.raw_serial() != certificate.serial() || parsed.subject().as_raw() != certificate.subject().der())
        .then(|| "two decoders read different serials or subjects".to_owned())
}

fn is_broken(extension: &ParsedExtension<'_>) -> bool {
    matches!(extension, ParsedExtension::ParseError { .. })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::*;

    #[test]
    fn good() {
        assert_eq!(check(&leaf(|_| {}), &context()), None);
        assert_eq!(check(issuer(), &context()), None);
    }

    #[test]
    fn bad() {
        // Our decoder keeps an issuerAltName unread; the other one reads it.
        let certificate = edited(|_, extensions| {
            extensions.push(x509_cert::ext::Extension {
                extn_id: der::asn1::ObjectIdentifier::new_unwrap("2.5.29.18"),
                critical: false,
                extn_value: der::asn1::OctetString::new(*b"\x30\x7f").unwrap(),
            });
        });
        assert_eq!(
            check(&certificate, &context()).unwrap(),
            "a second decoder does not read the extension 2.5.29.18"
        );
    }
}

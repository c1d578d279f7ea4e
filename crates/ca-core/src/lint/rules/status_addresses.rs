//! CRLs, issuers' certificates and OCSP answers are fetched over plain HTTP: they are signed themselves.

use crate::lint::{LintContext, Rule, Severity};
use identity::Certificate;

pub(super) static RULE: Rule = Rule {
    name: "w_status_addresses",
    severity: Severity::Warning,
    citation: "RFC 5280, 8; CA/B S/MIME BR 7.1.2.3 (b) and (c)",
    about: "CRLs, issuers' certificates and OCSP answers are fetched over plain HTTP: they are signed themselves.",
    effective: "2008-05-01",
    check,
};

fn check(certificate: &Certificate, _: &LintContext<'_>) -> Option<String> {
    let lists = [
        certificate.crl_distribution_points(),
        certificate.ca_issuers_urls(),
        certificate.ocsp_urls(),
    ];
    let other = lists
        .into_iter()
        .flatten()
        .find(|url| !url.starts_with("http://"))?;
    Some(format!(
        "{other} does not begin with http://, which not every program fetches"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::*;

    #[test]
    fn good() {
        assert_eq!(check(&leaf(|_| {}), &context()), None);
    }

    #[test]
    fn bad() {
        let url = "https://pki.example.org/crl/a.crl";
        for place in [
            |spec: &mut CertificateSpec<'_>, url: String| spec.extensions.issued.crl = Some(url),
            |spec: &mut CertificateSpec<'_>, url| spec.extensions.issued.ca_issuers = Some(url),
            |spec: &mut CertificateSpec<'_>, url| spec.extensions.issued.ocsp = Some(url),
        ] {
            let certificate = leaf(|spec| place(spec, url.to_owned()));
            assert!(check(&certificate, &context()).unwrap().contains(url));
        }
    }
}

//! What a list is about, and where a certificate says that its revocation is published (RFC 5280 4.2.1.13, 5.2).

use der::{Decode, Encode};
use identity::{Certificate, CertificateList, DistinguishedName};
use x509_cert::ext::pkix::crl::CrlDistributionPoints;
use x509_cert::ext::pkix::crl::dp::{DistributionPoint, IssuingDistributionPoint, ReasonFlags};
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};
use x509_cert::name::RdnSequence;

use super::super::name::Key;
use super::{
    AUTHORITY_KEY_IDENTIFIER, CRL_DISTRIBUTION_POINTS, CRL_NUMBER, DELTA_CRL_INDICATOR,
    ISSUING_DISTRIBUTION_POINT,
};

/// A set of revocation reasons, one bit each (RFC 5280 4.2.1.13).
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Reasons(u16);

impl Reasons {
    /// keyCompromise (1) to aACompromise (8); bit 0 is unused.
    pub(super) const ALL: Self = Self(0b1_1111_1110);

    pub(super) fn with(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    fn only(self, others: Self) -> Self {
        Self(self.0 & others.0)
    }

    fn of(flags: Option<&ReasonFlags>) -> Self {
        flags.map_or(Self::ALL, |flags| Self(flags.bits()).only(Self::ALL))
    }
}

/// A name in a form that compares.
#[derive(PartialEq, Eq)]
enum Name {
    Directory(Key),
    Other(GeneralName),
}

impl Name {
    fn of(name: &GeneralName) -> Self {
        match name {
            GeneralName::DirectoryName(name) => directory(name).map(Self::Directory),
            _ => None,
        }
        .unwrap_or_else(|| Self::Other(name.clone()))
    }
}

fn directory(name: &impl Encode) -> Option<Key> {
    let der = name.to_der().ok()?;
    Some(Key::of(&DistinguishedName::from_der(&der).ok()?))
}

/// The names of a distribution point; one relative to an issuer is completed with that issuer's name.
fn names(point: &DistributionPointName, issuer: &DistinguishedName) -> Vec<Name> {
    match point {
        DistributionPointName::FullName(names) => names.iter().map(Name::of).collect(),
        DistributionPointName::NameRelativeToCRLIssuer(relative) => {
            let Ok(mut full) = RdnSequence::from_der(issuer.der()) else {
                return Vec::new();
            };
            full.push(relative.clone());
            directory(&full).map(Name::Directory).into_iter().collect()
        }
    }
}

/// A place where the revocation of a certificate is published.
pub(super) struct Point {
    /// `None` where only the issuer of the list is named.
    names: Option<Vec<Name>>,
    reasons: Reasons,
    /// Who signs the list, if not the certificate's issuer.
    crl_issuers: Option<Vec<Key>>,
}

impl Point {
    /// Tells whether `list` is of the issuer that this point names.
    pub(super) fn names_issuer(&self, list: &CertificateList, certificate_issuer: &Key) -> bool {
        let issuer = Key::of(list.issuer());
        match &self.crl_issuers {
            Some(named) => named.contains(&issuer),
            None => issuer == *certificate_issuer,
        }
    }
}

/// The points that a certificate names, then the one that stands for all lists of its issuer (RFC 5280 6.3.3, end).
pub(super) fn points(certificate: &Certificate) -> Vec<Point> {
    let extension = certificate
        .extensions()
        .find(|extension| extension.oid == CRL_DISTRIBUTION_POINTS);
    // What cannot be read names nothing: then only lists for the whole of the issuer's certificates count.
    let named = extension
        .and_then(|extension| CrlDistributionPoints::from_der(extension.value_der).ok())
        .map(|points| points.0)
        .unwrap_or_default();
    let mut points: Vec<Point> = named
        .iter()
        .take(MOST_POINTS)
        .map(|point| read(point, certificate.issuer()))
        .collect();
    points.push(Point {
        names: Some(vec![Name::Directory(Key::of(certificate.issuer()))]),
        reasons: Reasons::ALL,
        crl_issuers: None,
    });
    points
}

/// More than any authority in use names.
const MOST_POINTS: usize = 32;

fn read(point: &DistributionPoint, certificate_issuer: &DistinguishedName) -> Point {
    let crl_issuer = point.crl_issuer.as_ref().map(|names| {
        names
            .iter()
            .filter_map(|name| match name {
                GeneralName::DirectoryName(name) => name.to_der().ok(),
                _ => None,
            })
            .filter_map(|der| DistinguishedName::from_der(&der).ok())
            .collect::<Vec<_>>()
    });
    let base = crl_issuer
        .as_ref()
        .and_then(|issuers| issuers.first())
        .unwrap_or(certificate_issuer);
    Point {
        names: point.distribution_point.as_ref().map(|name| names(name, base)),
        reasons: Reasons::of(point.reasons.as_ref()),
        crl_issuers: crl_issuer.map(|issuers| issuers.iter().map(Key::of).collect()),
    }
}

/// What a list is about, by its extensions.
pub(super) struct Scope {
    point: Option<IssuingDistributionPoint>,
    point_der: Option<Vec<u8>>,
    /// The names of its distribution point.
    names: Option<Vec<Name>>,
    authority_key_identifier: Option<Vec<u8>>,
    /// The cRLNumber.
    pub(super) number: Option<Number>,
    /// Of a delta list, the number of the list that it changes.
    pub(super) delta_base: Option<Number>,
}

impl Scope {
    /// Reads the extensions; the error says why the list is not to be relied on.
    pub(super) fn of(list: &CertificateList) -> Result<Self, String> {
        let mut scope = Self {
            point: None,
            point_der: None,
            names: None,
            authority_key_identifier: None,
            number: None,
            delta_base: None,
        };
        for extension in list.extensions() {
            let number = || Number::from_der(extension.value_der).ok_or("has an unreadable number");
            match extension.oid {
                ISSUING_DISTRIBUTION_POINT => {
                    let point = IssuingDistributionPoint::from_der(extension.value_der)
                        .map_err(|_| "has an unreadable scope")?;
                    scope.names = point
                        .distribution_point
                        .as_ref()
                        .map(|name| names(name, list.issuer()));
                    scope.point = Some(point);
                    scope.point_der = Some(extension.value_der.to_vec());
                }
                // RFC 5280 5.2.3: never critical.
                CRL_NUMBER if extension.critical => return Err("marks its number as critical".to_owned()),
                CRL_NUMBER => scope.number = Some(number()?),
                DELTA_CRL_INDICATOR => scope.delta_base = Some(number()?),
                AUTHORITY_KEY_IDENTIFIER => {
                    scope.authority_key_identifier = Some(extension.value_der.to_vec());
                }
                oid if extension.critical => {
                    return Err(format!(
                        "has the critical extension {oid}, which is not known here"
                    ));
                }
                _ => {}
            }
        }
        let indirect = scope.point.as_ref().is_some_and(|point| point.indirect_crl);
        if !indirect && list.entries().any(|entry| entry.certificate_issuer.is_some()) {
            return Err("speaks for other issuers without saying so in its scope".to_owned());
        }
        Ok(scope)
    }

    /// Returns the reasons for which the list speaks of this certificate (RFC 5280 6.3.3 (b), (d)).
    pub(super) fn covers(
        &self,
        point: &Point,
        certificate: &Certificate,
        issuer: &Key,
    ) -> Result<Reasons, String> {
        let indirect = self.point.as_ref().is_some_and(|point| point.indirect_crl);
        if point.crl_issuers.is_some() && !indirect {
            return Err("does not speak for other issuers".to_owned());
        }
        let Some(scope) = &self.point else {
            return Ok(point.reasons);
        };
        if let Some(names) = &self.names {
            let by_issuer = || -> Vec<Name> {
                let issuers = point.crl_issuers.iter().flatten().cloned();
                let mut names: Vec<_> = issuers.map(Name::Directory).collect();
                if names.is_empty() {
                    names.push(Name::Directory(issuer.clone()));
                }
                names
            };
            let fits = match &point.names {
                Some(wanted) => wanted.iter().any(|name| names.contains(name)),
                None => by_issuer().iter().any(|name| names.contains(name)),
            };
            if !fits {
                return Err("covers a part of the certificates only".to_owned());
            }
        }
        if scope.only_contains_attribute_certs
            || (scope.only_contains_user_certs && certificate.is_ca())
            || (scope.only_contains_ca_certs && !certificate.is_ca())
        {
            return Err("does not cover certificates of this kind".to_owned());
        }
        Ok(point.reasons.only(Reasons::of(scope.only_some_reasons.as_ref())))
    }

    /// Tells whether two lists have the same scope and the same key (RFC 5280 6.3.3 (c)).
    pub(super) fn is_about_the_same_as(&self, other: &Self) -> bool {
        self.point_der == other.point_der && self.authority_key_identifier == other.authority_key_identifier
    }
}

/// A cRLNumber: a non-negative integer of up to 20 octets, in an order.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Number {
    length: usize,
    octets: Vec<u8>,
}

impl Number {
    fn from_der(der: &[u8]) -> Option<Self> {
        let octets = der::asn1::UintRef::from_der(der).ok()?.as_bytes().to_vec();
        Some(Self {
            length: octets.len(),
            octets,
        })
    }
}

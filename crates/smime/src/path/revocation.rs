//! Revocation by lists (RFC 5280 6.3), as far as lists are given: full, delta, partitioned by distribution point or
//! reason, and indirect ones, signed by the issuer or by whom it names.

use std::cell::RefCell;
use std::collections::HashMap;

use chrono::SecondsFormat;
use const_oid::ObjectIdentifier;
use identity::crl::RevokedCertificate;
use identity::{Certificate, CertificateList, PublicKey};

use super::name::Key;
use super::{PathOptions, Revocation};
use crate::report::{Code, Finding, shorten};

mod scope;
mod signer;

use scope::{Point, Reasons, Scope};

/// removeFromCRL (RFC 5280 5.3.1).
const REMOVE_FROM_CRL: u8 = 8;

/// What checking revocation needs beside the path, shared by all the paths of one question.
pub(super) struct Context<'a> {
    /// Certificates among which the signers of lists are looked for.
    helpers: Vec<&'a Certificate>,
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    /// Whether a key signed a list: (number of the list, public key).
    signatures: HashMap<(usize, Vec<u8>), bool>,
    /// Whether a signer of lists has a path to an anchor: (signer, anchor). `None` while that is being found out.
    standing: HashMap<(Vec<u8>, Vec<u8>), Option<bool>>,
    checks: usize,
    searches: usize,
    /// Whether some list was left unasked because asking cost too much.
    exhausted: bool,
}

impl<'a> Context<'a> {
    pub(super) fn new(
        anchors: &'a [Certificate],
        untrusted: &'a [Certificate],
        options: &PathOptions<'_>,
    ) -> Self {
        let helpers = if options.crls.is_empty() {
            Vec::new()
        } else {
            let helping = untrusted.iter().take(options.limits.untrusted);
            anchors.iter().chain(helping).collect()
        };
        Self {
            helpers,
            state: RefCell::default(),
        }
    }

    /// The certificates among which the signers of lists, and their issuers, are looked for.
    pub(super) fn helpers(&self) -> impl Iterator<Item = &'a Certificate> {
        self.helpers.iter().copied()
    }
}

/// Asks the given lists about one certificate; `above` is the path from its issuer up to the anchor.
pub(super) fn check(
    certificate: &Certificate,
    above: &[&Certificate],
    options: &PathOptions<'_>,
    context: &Context<'_>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    if options.revocation == Revocation::Off {
        return findings;
    }
    let question = Question {
        certificate,
        issuer: Key::of(certificate.issuer()),
        above,
        options,
        context,
    };
    let mut covered = Reasons::NONE;
    let mut unusable: Vec<Finding> = Vec::new();
    'points: for point in scope::points(certificate) {
        for (index, list) in options.crls.iter().enumerate() {
            if !point.names_issuer(list, &question.issuer) {
                continue;
            }
            match question.ask(&point, index, list) {
                Ok(Answer::Revoked(entry)) => {
                    let when = entry.revocation_date.to_rfc3339_opts(SecondsFormat::Secs, true);
                    findings.push(Finding::new(
                        Code::Revoked,
                        format!("the certificate of {} was revoked at {when}", question.subject()),
                    ));
                    covered = Reasons::ALL;
                    break 'points;
                }
                Ok(Answer::NotRevoked(reasons)) => covered = covered.with(reasons),
                Err(reason) => {
                    let whose = shorten(&list.issuer().to_string());
                    let message = format!("the revocation list of {whose} {reason}");
                    if !unusable.iter().any(|known| known.message == message) {
                        unusable.push(Finding::new(Code::UnusableCrl, message));
                    }
                }
            }
        }
    }
    if covered != Reasons::ALL {
        // A list that says nothing about this certificate matters only where no other one does.
        findings.append(&mut unusable);
        // Whoever adds lists and certificates until nobody looks any further may be hiding a revocation.
        if context.state.borrow().exhausted {
            findings.push(Finding::new(
                Code::TooComplex,
                "there are too many revocation lists, or certificates that may have signed them, to ask all of them"
                    .to_owned(),
            ));
        }
        if options.revocation == Revocation::Required {
            findings.push(Finding::new(
                Code::RevocationUnknown,
                format!(
                    "no current revocation list says whether the certificate of {} was revoked",
                    question.subject()
                ),
            ));
        }
    }
    findings
}

/// What a list says of a certificate.
enum Answer<'a> {
    Revoked(&'a RevokedCertificate),
    /// Not revoked for these reasons.
    NotRevoked(Reasons),
}

/// One certificate whose standing is asked for.
struct Question<'a> {
    certificate: &'a Certificate,
    issuer: Key,
    above: &'a [&'a Certificate],
    options: &'a PathOptions<'a>,
    context: &'a Context<'a>,
}

impl<'a> Question<'a> {
    fn subject(&self) -> String {
        shorten(&self.certificate.subject().to_string())
    }

    /// Asks one complete list, with the newest delta that goes with it; the error says why it cannot be used.
    fn ask(&self, point: &Point, index: usize, list: &'a CertificateList) -> Result<Answer<'a>, String> {
        let scope = Scope::of(list)?;
        if scope.delta_base.is_some() {
            return Err("says only what has changed, and the list that it changes is not at hand".to_owned());
        }
        let reasons = scope.covers(point, self.certificate, &self.issuer)?;
        let signer = self.signer(index, list)?;
        if list.this_update() > self.options.now {
            return Err("is dated in the future".to_owned());
        }
        let delta = self.delta(list, &scope, &signer);
        let latest = delta.and_then(|delta| self.entry(delta));
        let entry = match latest {
            Some(entry) if entry.reason == Some(REMOVE_FROM_CRL) => None,
            Some(entry) => Some(entry),
            None => self
                .entry(list)
                .filter(|entry| entry.reason != Some(REMOVE_FROM_CRL)),
        };
        // Whoever is on a list is revoked, however old it is and whatever else is on it.
        if let Some(entry) = entry {
            return Ok(Answer::Revoked(entry));
        }
        if list.next_update().is_none_or(|next| next < self.options.now) {
            return Err("is out of date: a newer one was due".to_owned());
        }
        // RFC 5280 5.2.3: what has extensions has a number, or older and newer lists cannot be told apart.
        if scope.number.is_none() && list.extensions().next().is_some() {
            return Err("has no number".to_owned());
        }
        for list in [Some(list), delta].into_iter().flatten() {
            if list.entries().any(|entry| entry.has_other_critical_extension) {
                return Err("has entries with critical extensions that are not known here".to_owned());
            }
        }
        Ok(Answer::NotRevoked(reasons))
    }

    /// The entry of this certificate: by serial number and issuer (RFC 5280 5.3.3).
    fn entry(&self, list: &'a CertificateList) -> Option<&'a RevokedCertificate> {
        let serial = strip(self.certificate.serial());
        let own = Key::of(list.issuer()) == self.issuer;
        list.entries().find(|entry| {
            strip(&entry.serial) == serial
                && entry
                    .certificate_issuer
                    .as_ref()
                    .map_or(own, |issuer| Key::of(issuer) == self.issuer)
        })
    }

    /// The newest current delta to a complete list (RFC 5280 5.2.4, 6.3.3 (c)).
    fn delta(
        &self,
        list: &CertificateList,
        scope: &Scope,
        signer: &PublicKey,
    ) -> Option<&'a CertificateList> {
        let number = scope.number.as_ref()?;
        let issuer = Key::of(list.issuer());
        let fits = |(index, delta): &(usize, &'a CertificateList)| {
            let Ok(changes) = Scope::of(delta) else {
                return false;
            };
            changes.delta_base.as_ref().is_some_and(|base| base <= number)
                && changes.number.as_ref().is_some_and(|newer| newer > number)
                && changes.is_about_the_same_as(scope)
                && Key::of(delta.issuer()) == issuer
                && delta.this_update() <= self.options.now
                && delta.next_update().is_some_and(|next| next >= self.options.now)
                && self.is_signed_by(*index, delta, signer)
        };
        self.options
            .crls
            .iter()
            .enumerate()
            .filter(fits)
            .max_by_key(|(_, delta)| Scope::of(delta).ok().and_then(|changes| changes.number))
            .map(|(_, delta)| delta)
    }
}

/// Serial numbers compare as (signed) numbers: superfluous leading zero octets are no part of them.
fn strip(mut serial: &[u8]) -> &[u8] {
    while let Some((0, rest)) = serial.split_first()
        && rest.first().is_some_and(|next| *next < 0x80)
    {
        serial = rest;
    }
    serial
}

const AUTHORITY_KEY_IDENTIFIER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.35");
const CRL_DISTRIBUTION_POINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.31");
const CRL_NUMBER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.20");
const DELTA_CRL_INDICATOR: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.27");
const ISSUING_DISTRIBUTION_POINT: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.28");

//! What revocation lists say of a certificate (RFC 5280 6.3.3).

use identity::crl::RevokedCertificate;
use identity::{CertificateList, PublicKey};

use super::super::name::Key;
use super::scope::{self, Point, Reasons, Scope};
use super::{Learnt, Question, Revoked};
use crate::report::{Code, shorten};

/// removeFromCRL (RFC 5280 5.3.1).
const REMOVE_FROM_CRL: u8 = 8;

/// Lists with their numbers, under which is kept who signed them.
pub(super) type Lists<'l> = [(usize, &'l CertificateList)];

/// What a list says of a certificate.
enum Answer<'l> {
    Revoked(&'l RevokedCertificate),
    /// Not revoked for these reasons.
    NotRevoked(Reasons),
}

impl Question<'_> {
    pub(super) fn ask_given_lists(&self, learnt: &mut Learnt) {
        let given: Vec<_> = self.options.crls.iter().enumerate().collect();
        self.ask_lists(&given, learnt);
    }

    /// Asks complete lists, each with the deltas among them.
    pub(super) fn ask_lists(&self, lists: &Lists<'_>, learnt: &mut Learnt) {
        if lists.is_empty() {
            return;
        }
        for point in scope::points(self.certificate) {
            for (index, list) in lists {
                if !point.names_issuer(list, &self.issuer) {
                    continue;
                }
                match self.ask(&point, *index, list, lists) {
                    Ok(Answer::Revoked(entry)) => {
                        learnt.revoked = Some(Revoked {
                            at: entry.revocation_date,
                            reason: entry.reason,
                        });
                        return;
                    }
                    Ok(Answer::NotRevoked(reasons)) => learnt.covered = learnt.covered.with(reasons),
                    Err(reason) => {
                        let whose = shorten(&list.issuer().to_string());
                        learnt.cannot_use(
                            Code::UnusableCrl,
                            format!("the revocation list of {whose} {reason}"),
                        );
                    }
                }
            }
        }
    }

    /// Asks one complete list, with the newest delta that goes with it; the error says why it cannot be used.
    fn ask<'l>(
        &self,
        point: &Point,
        index: usize,
        list: &'l CertificateList,
        lists: &Lists<'l>,
    ) -> Result<Answer<'l>, String> {
        let scope = Scope::of(list)?;
        if scope.delta_base.is_some() {
            return Err("says only what has changed, and the list that it changes is not at hand".to_owned());
        }
        let reasons = scope.covers(point, self.certificate, &self.issuer)?;
        let signer = self.signer(index, list)?;
        if list.this_update() > self.options.now {
            return Err("is dated in the future".to_owned());
        }
        let delta = self.delta(list, &scope, &signer, lists);
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
    fn entry<'l>(&self, list: &'l CertificateList) -> Option<&'l RevokedCertificate> {
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
    fn delta<'l>(
        &self,
        list: &CertificateList,
        scope: &Scope,
        signer: &PublicKey,
        lists: &Lists<'l>,
    ) -> Option<&'l CertificateList> {
        let number = scope.number.as_ref()?;
        let issuer = Key::of(list.issuer());
        let fits = |(index, delta): &&(usize, &'l CertificateList)| {
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
        lists
            .iter()
            .filter(fits)
            .max_by_key(|(_, delta)| Scope::of(delta).ok().and_then(|changes| changes.number))
            .map(|(_, delta)| *delta)
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

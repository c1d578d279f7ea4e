//! The search for a path (RFC 4158): depth first, the most promising issuer first, every step counted.

use std::collections::HashMap;

use identity::Certificate;

use super::inherited::{inherited_keys_hold, inherits};
use super::name::Key;
use super::revocation::Context;
use super::validate::{self, Outcome};
use super::{PathOptions, PathReport};
use crate::report::{Code, Finding, shorten, sum_up};

/// How many candidate issuers are looked at for each signature check that is allowed.
const STEPS_PER_CHECK: usize = 25;

pub(super) struct Builder<'a> {
    /// The leaf, then the anchors, then the untrusted certificates.
    pool: Vec<Entry<'a>>,
    by_subject: HashMap<Key, Vec<usize>>,
    options: &'a PathOptions<'a>,
    revocation: Revoking<'a>,
    signatures: HashMap<(usize, usize), bool>,
    checks_left: usize,
    steps_left: usize,
    paths_left: usize,
    best: Option<(Vec<usize>, Outcome)>,
    /// The longest path that ended without an issuer.
    longest: Vec<usize>,
    /// An issuer that should fit by its key identifier, yet did not make the signature: (subject, issuer).
    altered: Option<(usize, usize)>,
    /// Whether some issuer's name was found, whatever its key.
    exhausted: bool,
    too_deep: bool,
}

struct Entry<'a> {
    certificate: &'a Certificate,
    issuer: Key,
    anchor: bool,
}

/// What is known about revocation lists: found out by this search, or shared with the one that it serves.
enum Revoking<'a> {
    Own(Box<Context<'a>>),
    Shared(&'a Context<'a>),
}

impl<'a> Builder<'a> {
    pub(super) fn new(
        leaf: &'a Certificate,
        anchors: &'a [Certificate],
        untrusted: &'a [Certificate],
        options: &'a PathOptions<'a>,
    ) -> Self {
        let context = Context::new(anchors, untrusted, options);
        let helpers = untrusted.iter().take(options.limits.untrusted);
        Self::with(leaf, anchors, helpers, Revoking::Own(Box::new(context)), options)
    }

    /// A search within another one: for the path of whoever signed a revocation list.
    pub(super) fn for_list_signer(
        signer: &'a Certificate,
        anchors: &'a [Certificate],
        context: &'a Context<'a>,
        options: &'a PathOptions<'a>,
    ) -> Self {
        Self::with(
            signer,
            anchors,
            context.helpers(),
            Revoking::Shared(context),
            options,
        )
    }

    fn with(
        leaf: &'a Certificate,
        anchors: &'a [Certificate],
        untrusted: impl Iterator<Item = &'a Certificate>,
        revocation: Revoking<'a>,
        options: &'a PathOptions<'a>,
    ) -> Self {
        let mut pool = vec![Entry {
            certificate: leaf,
            issuer: Key::of(leaf.issuer()),
            anchor: anchors.contains(leaf),
        }];
        let mut by_subject: HashMap<Key, Vec<usize>> = HashMap::new();
        let mut seen: std::collections::HashSet<&[u8]> = std::collections::HashSet::new();
        let given = anchors.iter().map(|anchor| (anchor, true));
        let helping = untrusted.map(|helper| (helper, false));
        for (certificate, anchor) in given.chain(helping) {
            if !seen.insert(certificate.der()) {
                continue;
            }
            by_subject
                .entry(Key::of(certificate.subject()))
                .or_default()
                .push(pool.len());
            pool.push(Entry {
                certificate,
                issuer: Key::of(certificate.issuer()),
                anchor,
            });
        }
        Self {
            pool,
            by_subject,
            options,
            revocation,
            signatures: HashMap::new(),
            checks_left: options.limits.signature_checks,
            steps_left: options.limits.signature_checks.saturating_mul(STEPS_PER_CHECK),
            paths_left: options.limits.paths,
            best: None,
            longest: Vec::new(),
            altered: None,
            exhausted: false,
            too_deep: false,
        }
    }

    /// Searches, and reports the first path that holds or else the one that came closest.
    pub(super) fn run(mut self) -> PathReport {
        let mut path = vec![0];
        self.extend(&mut path);
        if let Some((path, outcome)) = self.best.take() {
            return self.report(&path, outcome.findings, outcome.policies);
        }
        let mut findings = validate::leaf_alone(self.certificate(0), self.options);
        let path = std::mem::take(&mut self.longest);
        findings.push(self.why_no_path(&path));
        self.report(&path, findings, Vec::new())
    }

    /// Tries every issuer of the last certificate of `path`; true once a path holds.
    fn extend(&mut self, path: &mut Vec<usize>) -> bool {
        let Some(&current) = path.last() else { return false };
        if path.len() > self.longest.len() {
            self.longest.clone_from(path);
        }
        if self.pool.get(current).is_some_and(|entry| entry.anchor) && self.judge(path) {
            return true;
        }
        if self.depth(path) >= self.options.limits.depth {
            self.too_deep = true;
            return false;
        }
        for issuer in self.candidates(current) {
            if self.steps_left == 0 || self.paths_left == 0 {
                self.exhausted = true;
                return false;
            }
            self.steps_left -= 1;
            if path.iter().any(|&earlier| self.is_same(earlier, issuer)) {
                continue;
            }
            match self.is_signed_by(current, issuer) {
                Some(true) => {}
                Some(false) => continue,
                None => return false,
            }
            path.push(issuer);
            if self.extend(path) {
                return true;
            }
            path.pop();
        }
        false
    }

    /// The length of a path without the self-issued certificates in between.
    fn depth(&self, path: &[usize]) -> usize {
        let between = path.iter().skip(1);
        1 + between
            .filter(|&&index| {
                self.pool.get(index).is_some_and(|entry| entry.anchor)
                    || !self.certificate(index).is_self_issued()
            })
            .count()
    }

    /// Validates a path that has reached an anchor; true if it holds.
    fn judge(&mut self, path: &[usize]) -> bool {
        let Some(left) = self.paths_left.checked_sub(1) else {
            self.exhausted = true;
            return false;
        };
        self.paths_left = left;
        let chain: Vec<&Certificate> = path.iter().map(|&index| self.certificate(index)).collect();
        if !inherited_keys_hold(&chain) {
            return false;
        }
        let context = match &self.revocation {
            Revoking::Own(context) => context,
            Revoking::Shared(context) => *context,
        };
        let outcome = validate::validate(&chain, self.options, context);
        let errors = outcome.errors();
        if self.best.as_ref().is_none_or(|(_, best)| errors < best.errors()) {
            self.best = Some((path.to_vec(), outcome));
        }
        errors == 0
    }

    /// The certificates whose subject is this one's issuer: anchors first, then those that the key identifiers name,
    /// then those that are valid now.
    fn candidates(&self, current: usize) -> Vec<usize> {
        let Some(entry) = self.pool.get(current) else {
            return Vec::new();
        };
        let mut found = self.by_subject.get(&entry.issuer).cloned().unwrap_or_default();
        found.sort_by_key(|&index| {
            let issuer = self.certificate(index);
            let anchor = self.pool.get(index).is_some_and(|entry| entry.anchor);
            let hinted = key_identifiers_agree(entry.certificate, issuer);
            (
                hinted == Some(false),
                !anchor,
                hinted.is_none(),
                !issuer.is_valid_at(self.options.now),
            )
        });
        found
    }

    /// The same name with the same key adds nothing to a path, and may go round for ever.
    fn is_same(&self, one: usize, other: usize) -> bool {
        let (one, other) = (self.certificate(one), self.certificate(other));
        one.der() == other.der()
            || (one.public_key() == other.public_key() && Key::of(one.subject()) == Key::of(other.subject()))
    }

    /// Checks (once) that one certificate signed another; `None` when no more checks are allowed.
    fn is_signed_by(&mut self, subject: usize, issuer: usize) -> Option<bool> {
        if let Some(&known) = self.signatures.get(&(subject, issuer)) {
            return Some(known);
        }
        let Some(left) = self.checks_left.checked_sub(1) else {
            self.exhausted = true;
            return None;
        };
        self.checks_left = left;
        let (certificate, authority) = (self.certificate(subject), self.certificate(issuer));
        // A DSA key without parameters has those of its issuer, which the finished path shows (RFC 5280 6.1.4 (e)).
        let check = || inherits(authority) || certificate.verify_signed_by(authority.public_key()).is_ok();
        let good = match self.options.checked {
            Some(checked) => checked.or_check(certificate, authority, check),
            None => check(),
        };
        if !good && self.altered.is_none() && key_identifiers_agree(certificate, authority) == Some(true) {
            self.altered = Some((subject, issuer));
        }
        self.signatures.insert((subject, issuer), good);
        Some(good)
    }

    fn why_no_path(&self, path: &[usize]) -> Finding {
        if self.exhausted {
            return Finding::new(
                Code::TooComplex,
                format!(
                    "the search for a trusted root was stopped after {} signature checks",
                    self.options.limits.signature_checks - self.checks_left
                ),
            );
        }
        if let Some((subject, issuer)) = self.altered {
            let (certificate, authority) = (self.certificate(subject), self.certificate(issuer));
            // A signature of a kind that cannot be checked here is no proof of alteration.
            let subject = shorten(&certificate.subject().to_string());
            return match certificate.verify_signed_by(authority.public_key()) {
                Err(identity::VerifyError::BadSignature) => Finding::new(
                    Code::AlteredCertificate,
                    format!(
                        "the signature on the certificate of {subject} was not made by its issuer {}",
                        shorten(&authority.subject().to_string())
                    ),
                ),
                _ => Finding::new(
                    Code::UnsupportedAlgorithm,
                    format!(
                        "the signature on the certificate of {subject} is of a kind that is not known here"
                    ),
                ),
            };
        }
        if self.too_deep {
            return Finding::new(
                Code::TooComplex,
                format!(
                    "no trusted root within {} certificates",
                    self.options.limits.depth
                ),
            );
        }
        let top = path
            .last()
            .map_or_else(|| self.certificate(0), |&index| self.certificate(index));
        let message = if !self.pool.iter().any(|entry| entry.anchor) {
            format!(
                "nobody vouches for {}: no root is trusted yet",
                shorten(&top.issuer().to_string())
            )
        } else if top.is_self_issued() {
            format!(
                "the root {} is not among the trusted ones",
                shorten(&top.subject().to_string())
            )
        } else {
            format!(
                "the issuer {} is not known: neither a trusted root nor an intermediate certificate at hand leads to it",
                shorten(&top.issuer().to_string())
            )
        };
        Finding::new(Code::UnknownIssuer, message)
    }

    fn report(
        &self,
        path: &[usize],
        findings: Vec<Finding>,
        policies: Vec<const_oid::ObjectIdentifier>,
    ) -> PathReport {
        let (status, verdict) = sum_up(&findings);
        PathReport {
            chain: path
                .iter()
                .map(|&index| self.certificate(index).clone())
                .collect(),
            status,
            findings,
            verdict,
            policies,
        }
    }

    /// Indices come from the pool itself; the leaf always stands at 0.
    fn certificate(&self, index: usize) -> &'a Certificate {
        self.pool
            .get(index)
            .map_or(self.pool[0].certificate, |entry| entry.certificate)
    }
}

/// What AKI and SKI say about an issuer: `None` where one of the two is absent.
fn key_identifiers_agree(certificate: &Certificate, issuer: &Certificate) -> Option<bool> {
    Some(certificate.authority_key_identifier()? == issuer.subject_key_identifier()?)
}

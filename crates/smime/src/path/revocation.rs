//! Revocation by lists (RFC 5280 6.3) and by OCSP (RFC 6960).
//!
//! Lists may be full, delta, partitioned by distribution point or reason, and indirect, signed by the issuer or by whom
//! it names. Of lists and answers together, one that says "revoked" counts whatever the others say; of several answers of
//! responders the newest one counts, so that a hold can end.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, Utc};
use const_oid::ObjectIdentifier;
use identity::{Certificate, CertificateList, PublicKey};

use super::inherited::working_key;
use super::name::Key;
use super::{PathOptions, Revocation};
use crate::report::{Code, Finding, shorten};

mod list;
mod ocsp;
mod scope;
mod signer;
mod source;

pub use ocsp::OcspAnswer;
pub use source::{Fetched, StatusSource};

use scope::Reasons;

/// What checking revocation needs beside the path, shared by all the paths of one question.
pub(super) struct Context<'a> {
    /// Certificates among which the signers of lists and answers are looked for.
    helpers: Vec<&'a Certificate>,
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    /// Whether a key signed a list: (number of the list, public key).
    signatures: HashMap<(usize, Vec<u8>), bool>,
    /// Whether a key signed an answer: (digest of the answer, public key).
    answers: HashMap<([u8; 32], Vec<u8>), bool>,
    /// Whether a signer of lists has a path to an anchor: (signer, anchor). `None` while that is being found out.
    standing: HashMap<(Vec<u8>, Vec<u8>), Option<bool>>,
    /// Lists that were fetched; their numbers begin behind those of the given ones.
    fetched: Vec<Arc<CertificateList>>,
    checks: usize,
    searches: usize,
    /// Whether some list or answer was left unasked because asking cost too much.
    exhausted: bool,
}

impl<'a> Context<'a> {
    pub(super) fn new(
        anchors: &'a [Certificate],
        untrusted: &'a [Certificate],
        options: &PathOptions<'_>,
    ) -> Self {
        let nothing = options.crls.is_empty() && options.ocsp.is_empty() && options.status.is_none();
        let helpers = if nothing {
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

    /// Counts a signature that is to be checked; false if no more are.
    fn may_check(&self) -> bool {
        let mut state = self.state.borrow_mut();
        state.checks += 1;
        state.exhausted |= state.checks > MOST_CHECKS;
        state.checks <= MOST_CHECKS
    }
}

/// Asks lists and responders about one certificate; `above` is the path from its issuer up to the anchor.
pub(super) fn check(
    certificate: &Certificate,
    above: &[&Certificate],
    options: &PathOptions<'_>,
    context: &Context<'_>,
) -> Vec<Finding> {
    if options.revocation == Revocation::Off {
        return Vec::new();
    }
    let question = Question {
        certificate,
        issuer: Key::of(certificate.issuer()),
        above,
        options,
        context,
    };
    let mut learnt = Learnt::default();
    question.ask_given_lists(&mut learnt);
    question.ask_responders(options.ocsp, false, &mut learnt);
    if let Some(source) = options.status
        && learnt.revoked.is_none()
    {
        question.look_up(source, &mut learnt);
    }
    learnt.findings(&question)
}

/// What was learnt about one certificate.
#[derive(Default)]
struct Learnt {
    revoked: Option<Revoked>,
    /// The reasons for which it is known not to be revoked.
    covered: Reasons,
    /// Whether a responder says that it does not know the certificate.
    unknown: bool,
    /// Lists and answers that could not be used, and what could not be fetched: of interest where no other is there.
    unusable: Vec<Finding>,
    /// Of interest in any case.
    remarks: Vec<Finding>,
}

struct Revoked {
    at: DateTime<Utc>,
    reason: Option<u8>,
}

impl Learnt {
    fn is_open(&self) -> bool {
        self.revoked.is_none() && self.covered != Reasons::ALL
    }

    /// Keeps why a list, an answer or a place was of no use, once.
    fn cannot_use(&mut self, code: Code, message: String) {
        if !self.unusable.iter().any(|known| known.message == message) {
            self.unusable.push(Finding::new(code, message));
        }
    }

    fn findings(mut self, question: &Question<'_>) -> Vec<Finding> {
        let mut findings = std::mem::take(&mut self.remarks);
        if let Some(revoked) = &self.revoked {
            let at = revoked.at.to_rfc3339_opts(SecondsFormat::Secs, true);
            let how = match revoked.reason {
                Some(CERTIFICATE_HOLD) => "put on hold",
                _ => "revoked",
            };
            let why = revoked.reason.and_then(reason_name);
            let why = why.map_or_else(String::new, |name| format!(" ({name})"));
            findings.push(Finding::new(
                Code::Revoked,
                format!("the certificate of {} was {how} at {at}{why}", question.subject()),
            ));
            return findings;
        }
        if !self.is_open() {
            return findings;
        }
        // What says nothing about this certificate matters only where nothing else does.
        findings.append(&mut self.unusable);
        // Whoever adds lists and certificates until nobody looks any further may be hiding a revocation.
        if question.context.state.borrow().exhausted {
            findings.push(Finding::new(
                Code::TooComplex,
                "there are too many revocation lists or OCSP answers, or certificates that may have signed them, to ask \
                 all of them"
                    .to_owned(),
            ));
        }
        let subject = question.subject();
        if self.unknown {
            findings.push(Finding::new(
                Code::RevocationUnknown,
                format!("the issuer's responder does not know the certificate of {subject}"),
            ));
        } else if question.options.revocation == Revocation::Required {
            findings.push(Finding::new(
                Code::RevocationUnknown,
                format!(
                    "no current revocation list or OCSP answer says whether the certificate of {subject} was revoked"
                ),
            ));
        }
        findings
    }
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

    /// The key that the certificate was signed with.
    fn issuer_key(&self) -> Option<Cow<'a, PublicKey>> {
        working_key(self.above)
    }
}

/// The names of RFC 5280 5.3.1.
fn reason_name(reason: u8) -> Option<&'static str> {
    Some(match reason {
        1 => "keyCompromise",
        2 => "cACompromise",
        3 => "affiliationChanged",
        4 => "superseded",
        5 => "cessationOfOperation",
        CERTIFICATE_HOLD => "certificateHold",
        9 => "privilegeWithdrawn",
        10 => "aACompromise",
        _ => return None,
    })
}

/// How many signatures of lists and answers are checked for one question at most.
const MOST_CHECKS: usize = 1000;

/// certificateHold (RFC 5280 5.3.1).
const CERTIFICATE_HOLD: u8 = 6;

const AUTHORITY_KEY_IDENTIFIER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.35");
const CRL_DISTRIBUTION_POINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.31");
const CRL_NUMBER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.20");
const DELTA_CRL_INDICATOR: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.27");
const ISSUING_DISTRIBUTION_POINT: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.28");

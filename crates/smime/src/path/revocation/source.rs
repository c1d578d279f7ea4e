//! Revocation information that is not at hand: where the caller looks for it.

use std::fmt;
use std::sync::Arc;

use identity::{Certificate, CertificateList, PublicKey};

use super::{Learnt, OcspAnswer, Question};
use crate::report::{Code, escape};

/// A place to ask for the standing of certificates, such as the network: the caller's, because nothing here does any
/// input or output.
///
/// It is asked only about certificates that a path with good signatures connects to a trust anchor, so that nobody else
/// makes anybody fetch anything; about one certificate perhaps several times. What it gives is not trusted but judged
/// like what was given beforehand. Options that hold one can be handed to another thread (what it remembers stands behind a
/// `Mutex`).
pub trait StatusSource: fmt::Debug + Send + Sync {
    /// Asks responders about `certificate`, which was signed with `issuer_key`.
    fn ocsp(&self, certificate: &Certificate, issuer_key: &PublicKey) -> Fetched<OcspAnswer>;

    /// Gets the lists that `certificate` may be on: asked only where no responder has settled the matter.
    fn crls(&self, certificate: &Certificate) -> Fetched<Arc<CertificateList>>;
}

/// What a [`StatusSource`] found, and what it failed at.
#[derive(Clone, Debug)]
pub struct Fetched<T> {
    /// What was found.
    pub found: Vec<T>,
    /// Why something was not, each a clause such as `http://ocsp.example.com: no answer within 10 s`.
    pub failures: Vec<String>,
}

impl<T> Default for Fetched<T> {
    fn default() -> Self {
        Self {
            found: Vec::new(),
            failures: Vec::new(),
        }
    }
}

impl Question<'_> {
    /// Asks the responders, and where they leave it open the lists.
    pub(super) fn look_up(&self, source: &dyn StatusSource, learnt: &mut Learnt) {
        let Some(key) = self.issuer_key() else { return };
        let answers = source.ocsp(self.certificate, &key);
        self.ask_responders(&answers.found, true, learnt);
        let mut failures = answers.failures;
        let mut nowhere = answers.found.is_empty();
        if learnt.is_open() {
            nowhere &= !self.look_up_lists(source, &mut failures, learnt);
        }
        nowhere &= failures.is_empty();
        for failure in failures {
            learnt.cannot_use(
                Code::StatusNotFetched,
                format!(
                    "the standing of the certificate of {} could not be fetched from {}",
                    self.subject(),
                    escape(&failure)
                ),
            );
        }
        if nowhere {
            learnt.cannot_use(
                Code::StatusNotFetched,
                format!(
                    "the certificate of {} names neither a responder nor a list to ask about it",
                    self.subject()
                ),
            );
        }
    }

    /// Fetches lists and asks them, together with those at hand; tells whether there were any.
    pub(super) fn look_up_lists(
        &self,
        source: &dyn StatusSource,
        failures: &mut Vec<String>,
        learnt: &mut Learnt,
    ) -> bool {
        let lists = source.crls(self.certificate);
        failures.extend(lists.failures);
        let mut numbered: Vec<_> = self.options.crls.iter().enumerate().collect();
        for list in &lists.found {
            numbered.push((self.number(list), list.as_ref()));
        }
        self.ask_lists(&numbered, learnt);
        !lists.found.is_empty()
    }

    /// The number of a fetched list, the same each time.
    fn number(&self, list: &Arc<CertificateList>) -> usize {
        let fetched = &mut self.context.state.borrow_mut().fetched;
        let place = fetched.iter().position(|known| Arc::ptr_eq(known, list));
        let place = place.unwrap_or_else(|| {
            fetched.push(Arc::clone(list));
            fetched.len() - 1
        });
        self.options.crls.len() + place
    }
}

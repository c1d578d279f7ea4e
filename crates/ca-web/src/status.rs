//! Asking responders and distribution points for the standing of certificates (RFC 6960, A.1; RFC 5280, 4.2.1.13).

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use identity::ocsp::{OcspError, ResponseStatus};
use identity::random::RandomError;
use identity::{
    CertId, Certificate, CertificateList, DigestAlgorithm, OcspRequest, OcspResponse, PublicKey, pem, random,
};
use smime::path::{Fetched, OcspAnswer, StatusSource};

use crate::fetch::{FetchError, FetchLimits, Fetcher};

/// The network as a [`StatusSource`]: asks the responders that a certificate names, and fetches the lists that it names.
///
/// Every address is asked once about a certificate, however often the answer is wanted, and all together no more than
/// [`MOST_FETCHES`] times, for [`MOST_OCTETS`], and none after [`MOST_TIME`].
#[derive(Debug)]
pub struct NetworkStatus {
    fetcher: Fetcher,
    budget: Budget,
    answers: Known<(String, Vec<u8>), OcspAnswer>,
    lists: Known<String, Arc<CertificateList>>,
}

impl NetworkStatus {
    /// Makes a source; nothing is fetched yet.
    pub fn new(limits: FetchLimits) -> Self {
        Self {
            fetcher: Fetcher::new(limits),
            budget: Budget::default(),
            answers: Known::default(),
            lists: Known::default(),
        }
    }

    /// Asks one responder about one certificate.
    fn ask(&self, url: &str, certificate: &CertId) -> Result<OcspAnswer, String> {
        let longest = self.budget.take(LONGEST_ANSWER)?;
        let answer = exchange(&self.fetcher, url, certificate, longest).map_err(|error| error.to_string())?;
        self.budget
            .give_back(longest.saturating_sub(answer.response.der().len()));
        Ok(answer)
    }

    fn list(&self, url: &str) -> Result<Arc<CertificateList>, String> {
        let longest = self.budget.take(LONGEST_LIST)?;
        let body = self
            .fetcher
            .get(url, longest)
            .map_err(|error| error.to_string())?;
        self.budget.give_back(longest - body.len());
        // RFC 5280 4.2.1.13 wants DER; some serve PEM nevertheless.
        let blocks = pem::decode(&body).unwrap_or_default();
        let block = blocks.iter().find(|block| block.label == "X509 CRL");
        let der = block.map_or(body.as_slice(), |block| block.der.as_slice());
        CertificateList::from_der(der)
            .map(Arc::new)
            .map_err(|error| error.to_string())
    }
}

impl StatusSource for NetworkStatus {
    fn ocsp(&self, certificate: &Certificate, issuer_key: &PublicKey) -> Fetched<OcspAnswer> {
        let name = CertId::new(DigestAlgorithm::Sha1, certificate, issuer_key);
        let mut fetched = Fetched::default();
        for url in certificate.ocsp_urls().into_iter().take(MOST_PLACES) {
            let key = (url, [certificate.der(), issuer_key.spki_der()].concat());
            match self.answers.get(&key, || self.ask(&key.0, &name)) {
                Ok(answer) => {
                    fetched.found.push(answer);
                    // The others would say the same.
                    break;
                }
                Err(reason) => fetched.failures.push(format!("{}: {reason}", key.0)),
            }
        }
        fetched
    }

    fn crls(&self, certificate: &Certificate) -> Fetched<Arc<CertificateList>> {
        let mut fetched = Fetched::default();
        for url in certificate
            .crl_distribution_points()
            .into_iter()
            .take(MOST_PLACES)
        {
            match self.lists.get(&url, || self.list(&url)) {
                Ok(list) => fetched.found.push(list),
                Err(reason) => fetched.failures.push(format!("{url}: {reason}")),
            }
        }
        fetched
    }
}

/// What may still be fetched.
#[derive(Debug)]
struct Budget {
    fetches: AtomicUsize,
    octets: AtomicUsize,
    /// When the first fetch began.
    begun: OnceLock<Instant>,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            fetches: AtomicUsize::new(MOST_FETCHES),
            octets: AtomicUsize::new(MOST_OCTETS),
            begun: OnceLock::new(),
        }
    }
}

impl Budget {
    /// Takes a fetch out of the budget, and returns how many octets it may bring: `longest` or what is left.
    fn take(&self, longest: usize) -> Result<usize, String> {
        if self.begun.get_or_init(Instant::now).elapsed() > MOST_TIME {
            return Err(format!(
                "not asked: the others took more than {} s",
                MOST_TIME.as_secs()
            ));
        }
        let take = |counter: &AtomicUsize, most: usize| {
            counter
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                    (left > 0).then(|| left.saturating_sub(most))
                })
                .map(|left| left.min(most))
        };
        take(&self.fetches, 1).map_err(|_| format!("not asked: {MOST_FETCHES} other addresses were"))?;
        take(&self.octets, longest).map_err(|_| format!("not asked: the others gave {MOST_OCTETS} octets"))
    }

    /// Returns what a fetch did not need. (What one that failed has brought is not known, and stays taken.)
    fn give_back(&self, octets: usize) {
        self.octets.fetch_add(octets, Ordering::Relaxed);
    }
}

/// Why a responder gave no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AskError {
    /// Nothing came back.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// What came back is no OCSP answer.
    #[error(transparent)]
    Malformed(#[from] OcspError),
    /// The system gave no random numbers.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The responder does not answer.
    #[error("the responder answers {}", status.as_str())]
    Refused {
        /// What it says.
        status: ResponseStatus,
    },
}

/// Asks the responder at `url` about a certificate, with a nonce (RFC 9654). What the answer is worth is for
/// [`smime::path`] to judge.
///
/// # Errors
/// [`AskError`] if there is no answer.
pub fn ask(fetcher: &Fetcher, url: &str, certificate: &CertId) -> Result<OcspAnswer, AskError> {
    exchange(fetcher, url, certificate, LONGEST_ANSWER)
}

fn exchange(
    fetcher: &Fetcher,
    url: &str,
    certificate: &CertId,
    longest: usize,
) -> Result<OcspAnswer, AskError> {
    let nonce = random::bytes::<NONCE_LENGTH>()?;
    let request = OcspRequest::new(std::slice::from_ref(certificate), Some(&nonce));
    let body = fetcher.post(url, "application/ocsp-request", request.der(), longest)?;
    let response = OcspResponse::from_der(&body)?;
    if response.data().is_none() {
        let status = response.status();
        return Err(AskError::Refused { status });
    }
    Ok(OcspAnswer::new(response, Some(nonce.to_vec())))
}

/// What came of each question that was asked.
#[derive(Debug)]
struct Known<K, V>(Mutex<HashMap<K, Result<V, String>>>);

impl<K, V> Default for Known<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Clone + Eq + Hash, V: Clone> Known<K, V> {
    /// The answer to `question`, asked if it was not yet. Nothing is locked meanwhile.
    fn get(&self, question: &K, ask: impl FnOnce() -> Result<V, String>) -> Result<V, String> {
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().get(question) {
            return known.clone();
        }
        let answer = ask();
        lock().insert(question.clone(), answer.clone());
        answer
    }
}

/// How many fetches one [`NetworkStatus`] does at most.
pub const MOST_FETCHES: usize = 24;

/// How many octets all of them may bring: two long lists.
pub const MOST_OCTETS: usize = 2 * LONGEST_LIST;

/// After which time no other begins.
pub const MOST_TIME: Duration = Duration::from_secs(30);

/// How many responders, and how many lists, of one certificate are asked at most.
const MOST_PLACES: usize = 4;

/// RFC 9654 2.1.
const NONCE_LENGTH: usize = 32;

/// An answer about one certificate with the responder's chain takes some 5 KiB.
const LONGEST_ANSWER: usize = 64 << 10;

/// Some 800,000 entries.
const LONGEST_LIST: usize = 32 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_budget_is_that_of_all_fetches() {
        let budget = Budget::default();
        // Two lists that were never whole.
        assert_eq!(budget.take(LONGEST_LIST), Ok(LONGEST_LIST));
        assert_eq!(budget.take(LONGEST_LIST), Ok(LONGEST_LIST));
        assert!(budget.take(LONGEST_ANSWER).unwrap_err().contains("octets"));
        budget.give_back(100);
        assert_eq!(budget.take(LONGEST_ANSWER), Ok(100));

        let budget = Budget::default();
        for _ in 0..MOST_FETCHES {
            let longest = budget.take(LONGEST_ANSWER).unwrap();
            budget.give_back(longest);
        }
        assert!(budget.take(1).unwrap_err().contains("addresses"));

        let late = Budget {
            begun: OnceLock::from(Instant::now().checked_sub(2 * MOST_TIME).unwrap()),
            ..Budget::default()
        };
        assert!(late.take(1).unwrap_err().contains("30 s"));
    }
}

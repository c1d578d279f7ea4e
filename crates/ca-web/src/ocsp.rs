//! The OCSP responder over HTTP (RFC 6960, A; RFC 5019).
//!
//! Answers without a nonce are kept and given to everybody who asks the same, until a revocation is recorded, by whatever
//! process, or half their time is over. Others are made when they are asked for.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use ca_core::ledger::Ledger;
use ca_core::revocation::ocsp::{OcspQuestion, OcspRefusal, OcspResponder, OcspSigner, SignedAnswer};
use chrono::{DateTime, Utc};
use tokio::sync::Semaphore;

mod cache;
mod http;
mod signers;

use cache::AnswerCache;
pub use cache::CachedAnswer;
pub(crate) use http::http_date;
pub use http::routes;
pub use signers::{SignerError, SignerKeeper};

/// A moment as the CA states it, and as it really is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The moment to act at (`--now`).
    pub stated: DateTime<Utc>,
    /// The real time, for the record.
    pub real: DateTime<Utc>,
}

/// What tells the time: libraries do not read the clock.
pub type Clock = Arc<dyn Fn() -> Moment + Send + Sync>;

/// What tells the operator what went wrong while nobody was looking.
pub type Report = Box<dyn Fn(&str) + Send + Sync>;

/// A responder with its signers, its ledger and the answers that it keeps.
pub struct OcspService {
    responder: OcspResponder,
    keeper: SignerKeeper,
    signers: RwLock<Vec<(String, Arc<OcspSigner>)>>,
    /// Connections to one ledger, so that several can be asked at once.
    ledgers: Vec<Box<dyn Ledger>>,
    next_ledger: AtomicUsize,
    cache: AnswerCache,
    clock: Clock,
    report: Report,
    room: Semaphore,
}

impl OcspService {
    /// Makes a service; every authority of `responder` gets a signer now. The ledger connections must not be none.
    ///
    /// # Errors
    /// [`SignerError`] if an authority has no signer and none can be made.
    pub fn new(
        responder: OcspResponder,
        keeper: SignerKeeper,
        ledgers: Vec<Box<dyn Ledger>>,
        clock: Clock,
        report: Report,
    ) -> Result<Self, SignerError> {
        let now = clock();
        let mut signers = Vec::new();
        for id in responder.authorities() {
            signers.push((id.to_owned(), Arc::new(keeper.signer(id, now)?)));
        }
        Ok(Self {
            responder,
            keeper,
            signers: RwLock::new(signers),
            ledgers,
            next_ledger: AtomicUsize::new(0),
            cache: AnswerCache::default(),
            clock,
            report,
            room: Semaphore::new(MOST_IN_WORK),
        })
    }

    /// Answers a request (OCSPRequest, DER) from what is kept, or says what must be asked.
    ///
    /// # Errors
    /// [`OcspRefusal`] for requests that are not answered.
    fn recall(&self, request: &[u8]) -> Result<Recalled, OcspRefusal> {
        let question = self.responder.read(request)?;
        let now = (self.clock)().stated;
        Ok(
            match question.common().and_then(|name| self.cache.get(name, now)) {
                Some(answer) => Recalled::Kept(answer),
                None => Recalled::Open(question),
            },
        )
    }

    /// Asks the ledger and signs.
    ///
    /// # Errors
    /// [`OcspRefusal::InternalError`].
    fn answer(&self, question: &OcspQuestion) -> Result<CachedAnswer, OcspRefusal> {
        let now = (self.clock)().stated;
        let signer = self
            .signer(question.authority())
            .ok_or(OcspRefusal::InternalError)?;
        let turn = self.next_ledger.fetch_add(1, Ordering::Relaxed);
        let ledger = turn
            .checked_rem(self.ledgers.len())
            .and_then(|index| self.ledgers.get(index))
            .ok_or(OcspRefusal::InternalError)?;
        let as_of = self.cache.generation();
        let answer: SignedAnswer = question
            .answer(ledger.as_ref(), &signer, now)
            .inspect_err(|error| (self.report)(&format!("an OCSP request could not be answered: {error}")))?;
        let keep = answer.is_about_issued;
        let answer = CachedAnswer::new(answer);
        // Answers about what was never issued are as many as somebody cares to ask for.
        if let Some(name) = question.common().filter(|_| keep) {
            self.cache.put(name.clone(), answer.clone(), as_of);
        }
        Ok(answer)
    }

    fn signer(&self, authority: &str) -> Option<Arc<OcspSigner>> {
        let signers = self.signers.read().unwrap_or_else(PoisonError::into_inner);
        let found = signers.iter().find(|(id, _)| id == authority);
        found.map(|(_, signer)| Arc::clone(signer))
    }

    /// Watches the ledger for revocations, and the signers' age, as long as the service is in use: to be run on a
    /// thread of its own.
    pub fn watch(self: Arc<Self>) {
        let watched = Arc::downgrade(&self);
        drop(self);
        let mut seen: Vec<(String, u64)> = Vec::new();
        let mut patience = Patience::default();
        loop {
            let Some(service) = watched.upgrade() else { return };
            patience.say_once(&service.report, service.forget_if_changed(&mut seen));
            patience.say_once(&service.report, service.replace_due_signers());
            drop(service);
            std::thread::sleep(WATCH_EVERY);
        }
    }

    /// Drops the answers that are kept if there is a revocation or release that was not seen yet.
    fn forget_if_changed(&self, seen: &mut Vec<(String, u64)>) -> Result<(), String> {
        let Some(ledger) = self.ledgers.first() else {
            return Ok(());
        };
        let mut now_seen = Vec::new();
        for id in self.responder.authorities() {
            let change = ledger.last_revocation_change(id).map_err(|error| {
                // Rather no kept answer than an old one.
                self.cache.clear();
                error.to_string()
            })?;
            now_seen.push((id.to_owned(), change));
        }
        if *seen != now_seen {
            self.cache.clear();
            *seen = now_seen;
        }
        Ok(())
    }

    /// Makes new signers for those that have lived half their life.
    fn replace_due_signers(&self) -> Result<(), String> {
        let now = (self.clock)();
        for id in self.responder.authorities() {
            let is_due = self.signer(id).is_none_or(|signer| signer.due() <= now.stated);
            if !is_due {
                continue;
            }
            let fresh = self.keeper.signer(id, now).map_err(|error| error.to_string())?;
            let mut signers = self.signers.write().unwrap_or_else(PoisonError::into_inner);
            signers.retain(|(known, _)| known != id);
            signers.push((id.to_owned(), Arc::new(fresh)));
        }
        Ok(())
    }
}

impl fmt::Debug for OcspService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OcspService")
            .field("responder", &self.responder)
            .finish_non_exhaustive()
    }
}

/// What is known of a request without asking the ledger.
enum Recalled {
    Kept(CachedAnswer),
    Open(OcspQuestion),
}

/// Keeps from saying the same five times a second.
#[derive(Default)]
struct Patience {
    said: Option<String>,
}

impl Patience {
    fn say_once(&mut self, report: &Report, result: Result<(), String>) {
        if let Err(message) = result
            && self.said.as_ref() != Some(&message)
        {
            report(&message);
            self.said = Some(message);
        }
    }
}

/// A revocation that another process records is known so soon.
const WATCH_EVERY: Duration = Duration::from_millis(200);

/// How many answers may be waited for at once; whoever comes then is told to try later.
const MOST_IN_WORK: usize = 256;

//! What is known of a request.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use identity::{CertificateRequest, KeyAlgorithm, Mailbox};
use serde::{Deserialize, Serialize};

use super::error::EnrolmentError;
use super::{RequestId, State, name_key, words};
use crate::evidence::{Basis, Evidence, EvidenceError, EvidenceKind};
use crate::ledger::SerialNumber;
use crate::request::{Class, KeySource, Request, Usage};

/// A request for a certificate, from its making to its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolmentRecord {
    /// Its name.
    #[serde(with = "words")]
    pub id: RequestId,
    /// How often it has changed: a change is recorded only if nobody else was quicker.
    #[serde(skip)]
    pub revision: u64,
    /// Where it stands.
    #[serde(with = "words")]
    pub state: State,
    /// The class asked for.
    #[serde(with = "words")]
    pub class: Class,
    /// The addresses, canonical, the first being the main one.
    pub emails: Vec<String>,
    /// Given name.
    pub given_name: Option<String>,
    /// Middle name.
    pub middle_name: Option<String>,
    /// Surname.
    pub surname: Option<String>,
    /// Legal name of the organization.
    pub organization: Option<String>,
    /// Registration number of the organization.
    pub organization_id: Option<String>,
    /// Country.
    pub country: Option<String>,
    /// Town.
    pub locality: Option<String>,
    /// The kind of key to be made at collection; `None`: the policy's default.
    #[serde(with = "words::maybe")]
    pub key: Option<KeyAlgorithm>,
    /// The holder's certification request (PKCS#10, DER, in hexadecimal), if he has a key of his own.
    pub csr: Option<String>,
    /// What the certificate is to be for; `None`: the policy's default.
    #[serde(with = "words::maybe")]
    pub usage: Option<Usage>,
    /// The days of validity asked for.
    pub days: u32,
    /// The language that the holder is written to in.
    #[serde(with = "words")]
    pub language: Language,
    /// The access code that was given, hashed (PHC).
    pub access_code: Option<String>,
    /// The holder's passphrase, hashed (PHC).
    pub holder_passphrase: Option<String>,
    /// When a wrong one was given lately, in real time.
    #[serde(default)]
    pub holder_failures: Vec<DateTime<Utc>>,
    /// The terms of use that were accepted.
    pub terms: Option<TermsAccepted>,
    /// The confirmation code that was sent last.
    pub challenge: Option<ChallengeRecord>,
    /// What has been found out.
    pub evidence: Vec<RecordedEvidence>,
    /// What officers have done.
    pub acts: Vec<Act>,
    /// The certificates that came of it.
    pub serials: Vec<String>,
    /// When it was made, in real time.
    pub created_at: DateTime<Utc>,
    /// The moment it was made for.
    pub acted_at: DateTime<Utc>,
    /// The last second in which it can be completed, in stated time.
    pub expires_at: DateTime<Utc>,
}

/// Terms of use, as a holder accepted them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TermsAccepted {
    /// Their version.
    pub version: String,
    /// When, in stated time.
    pub at: DateTime<Utc>,
}

/// A confirmation code that was sent. The code itself is kept nowhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChallengeRecord {
    /// What is kept of the code.
    #[serde(with = "words::octets")]
    pub hash: [u8; 32],
    /// When it was made, in stated time.
    pub sent_at: DateTime<Utc>,
    /// The last second in which it can be redeemed, in stated time.
    pub expires_at: DateTime<Utc>,
    /// How often a wrong code was given.
    pub failures: u32,
    /// When it was redeemed, in stated time.
    pub redeemed_at: Option<DateTime<Utc>>,
}

/// A check that the authority or one of its officers made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedEvidence {
    /// What was checked.
    #[serde(with = "words")]
    pub kind: EvidenceKind,
    /// What was found, in a sentence.
    pub text: String,
    /// The particulars, such as `place`, `document`, `sha256`, `row` or `degree`.
    #[serde(default)]
    pub details: BTreeMap<String, String>,
    /// Who made the check; `None`: the authority itself.
    pub officer: Option<String>,
    /// When, in real time.
    pub at: DateTime<Utc>,
    /// When the check was made first, in stated time.
    pub since: DateTime<Utc>,
    /// The request or certificate whose evidence it was before.
    pub reused_from: Option<String>,
}

/// What an officer can do besides recording evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ActKind {
    /// He agrees.
    Approve,
    /// He refuses.
    Reject,
    /// He takes it back for the requester.
    Withdraw,
}

/// An officer's act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// What he did.
    pub kind: ActKind,
    /// Who he is.
    pub officer: String,
    /// Why, if he said so.
    pub reason: Option<String>,
    /// When, in real time.
    pub at: DateTime<Utc>,
    /// The moment it was done for.
    pub acted_at: DateTime<Utc>,
}

/// A copy of an identity document, encrypted to officers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptDocument {
    /// The request it belongs to.
    pub request: RequestId,
    /// SHA-256 of the document as it was given, in hexadecimal.
    pub sha256: String,
    /// The S/MIME message that it is encrypted in; `None` once it is deleted.
    pub message: Option<Vec<u8>>,
    /// When it was recorded, in real time.
    pub kept_at: DateTime<Utc>,
    /// When it is to be deleted, in stated time.
    pub delete_after: DateTime<Utc>,
    /// When it was deleted, in real time.
    pub deleted_at: Option<DateTime<Utc>>,
}

/// Conditions that listed requests meet, all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestFilter {
    /// One of its addresses is this one.
    pub email: Option<String>,
    /// It is in this state.
    pub state: Option<State>,
    /// It is of this class.
    pub class: Option<Class>,
    /// At most so many.
    pub limit: Option<usize>,
}

/// The language that a holder is written to in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Language {
    /// English.
    #[default]
    English,
    /// French.
    French,
}

/// A language that no message is written in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there are no messages in \"{given}\": use en or fr")]
pub struct UnknownLanguage {
    /// The beginning of the value as given.
    pub given: String,
}

impl EnrolmentRecord {
    /// Returns the first address.
    pub fn email(&self) -> &str {
        self.emails.first().map(String::as_str).unwrap_or_default()
    }

    /// Returns first, middle and last name, as far as they are given.
    pub fn name(&self) -> String {
        let parts = [&self.given_name, &self.middle_name, &self.surname];
        let given: Vec<_> = parts.into_iter().filter_map(|part| part.as_deref()).collect();
        given.join(" ")
    }

    /// Returns what is asked of the authority.
    ///
    /// # Errors
    /// [`EnrolmentError::Record`] if the record is damaged.
    pub fn request(&self) -> Result<Request, EnrolmentError> {
        let damaged = |what: &'static str| EnrolmentError::Record {
            id: self.id.clone(),
            what,
        };
        let emails = self
            .emails
            .iter()
            .map(|email| Mailbox::parse(email).map_err(|_| damaged("an address")))
            .collect::<Result<_, _>>()?;
        let key = match &self.csr {
            None => KeySource::Generate(self.key),
            Some(csr) => {
                let der = hex::decode(csr).map_err(|_| damaged("the CSR"))?;
                let csr = CertificateRequest::from_der(&der).map_err(|_| damaged("the CSR"))?;
                KeySource::Csr(Box::new(csr))
            }
        };
        Ok(Request {
            class: self.class,
            emails,
            given_name: self.given_name.clone(),
            middle_name: self.middle_name.clone(),
            surname: self.surname.clone(),
            organization: self.organization.clone(),
            organization_id: self.organization_id.clone(),
            country: self.country.clone(),
            locality: self.locality.clone(),
            key,
            usage: self.usage,
            days: Some(self.days),
            name_on_record: true,
        })
    }

    /// Returns the evidence as it goes on record with the certificate, each piece with the name of this request: the
    /// authority ran these checks.
    ///
    /// # Errors
    /// [`EvidenceError`] if a text cannot stand there.
    pub fn proved(&self) -> Result<Vec<Evidence>, EvidenceError> {
        let proved = |one: &RecordedEvidence| {
            let text = format!("{} [{}]", one.text, self.mark());
            Ok(Evidence::proved(one.kind, text)?.dated(one.since))
        };
        self.evidence.iter().map(proved).collect()
    }

    /// Tells whether a certificate on record came of this request.
    pub fn made(&self, certificate: &crate::ledger::CertificateRecord) -> bool {
        let mark = format!("[{}]", self.mark());
        let evidence = &certificate.intent.evidence;
        let is_ours = |piece: &Evidence| piece.basis() == Basis::Proved && piece.text().ends_with(&mark);
        !evidence.is_empty() && evidence.iter().all(is_ours)
    }

    /// Returns the officers who recorded evidence for this request or agreed to it, each once, in that order. Who recorded
    /// evidence that is used again has not seen it.
    pub fn officers(&self) -> Vec<String> {
        let recorders = self
            .evidence
            .iter()
            .filter(|piece| piece.reused_from.is_none())
            .filter_map(|piece| piece.officer.as_deref());
        let approvers = self
            .acts
            .iter()
            .filter(|act| act.kind == ActKind::Approve)
            .map(|act| act.officer.as_str());
        let mut officers: Vec<String> = Vec::new();
        for officer in recorders.chain(approvers) {
            if !officers.iter().any(|known| name_key(known) == name_key(officer)) {
                officers.push(officer.to_owned());
            }
        }
        officers
    }

    fn mark(&self) -> String {
        format!("request {}", self.id)
    }

    /// Returns the serials of the certificates that came of it.
    pub fn certificates(&self) -> Vec<SerialNumber> {
        self.serials
            .iter()
            .filter_map(|serial| serial.parse().ok())
            .collect()
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::English => "en",
            Self::French => "fr",
        })
    }
}

impl FromStr for Language {
    type Err = UnknownLanguage;

    fn from_str(text: &str) -> Result<Self, UnknownLanguage> {
        match text {
            "en" => Ok(Self::English),
            "fr" => Ok(Self::French),
            _ => Err(UnknownLanguage {
                given: text.chars().take(32).collect(),
            }),
        }
    }
}

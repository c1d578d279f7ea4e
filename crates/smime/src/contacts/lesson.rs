//! What a message, or a file, teaches about an address.

use chrono::{DateTime, Utc};
use identity::mailbox::Match;
use identity::{Certificate, Mailbox};

use super::{Announcement, KnownCertificate, Root, Source};
use crate::report::{Code, SignerReport, Verdict, VerifyReport, match_mailbox};

/// Certificates, and perhaps an announcement of ciphers, for one address.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Lesson {
    /// The address.
    pub address: Mailbox,
    /// Its certificates; those of a message are the signer's and the one to encrypt to.
    pub certificates: Vec<KnownCertificate>,
    /// What the signer announced.
    pub announcement: Option<Announcement>,
}

impl Lesson {
    /// Returns what an imported certificate teaches about `address`; `root` is the trusted root that it leads to.
    pub fn from_file(
        address: Mailbox,
        certificate: Certificate,
        root: Option<&Certificate>,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            address,
            certificates: vec![KnownCertificate {
                certificate,
                source: Source::File,
                learned: now,
                root: root.map(Root::of),
            }],
            announcement: None,
        }
    }
}

/// Why a message teaches nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NothingLearned {
    /// The signer's certificate holds no usable address.
    #[error("the signer's certificate ({subject}) holds no mail address to keep it under")]
    NoAddress {
        /// The certificate's subject.
        subject: String,
    },
    /// The message is not beyond doubt.
    #[error("the verdict is {verdict}{}: only a valid message says whose certificate it is", status.map(|code| format!(" ({code})")).unwrap_or_default())]
    NotValid {
        /// The verdict.
        verdict: Verdict,
        /// The first signer's status, where it is not well.
        status: Option<Code>,
    },
}

/// Returns what a verified message teaches: one lesson for each address of each signer.
///
/// # Errors
/// [`NothingLearned`] unless the verdict is `valid` and a signer's certificate holds an address.
pub fn lessons(report: &VerifyReport, now: DateTime<Utc>) -> Result<Vec<Lesson>, NothingLearned> {
    if report.verdict != Verdict::Valid {
        let statuses = report.signers.iter().map(|signer| signer.status);
        return Err(NothingLearned::NotValid {
            verdict: report.verdict,
            status: statuses
                .into_iter()
                .find(|status| *status != Code::Ok)
                .or_else(|| report.findings.iter().find(|f| f.is_error()).map(|f| f.code)),
        });
    }
    let lessons: Vec<Lesson> = report
        .signers
        .iter()
        .flat_map(|signer| from_signer(signer, now))
        .collect();
    if lessons.is_empty() {
        let subject = report.signers.first().map(|signer| signer.subject.clone());
        return Err(NothingLearned::NoAddress {
            subject: subject.unwrap_or_default(),
        });
    }
    Ok(lessons)
}

fn from_signer(signer: &SignerReport, now: DateTime<Utc>) -> Vec<Lesson> {
    let Some(own) = &signer.certificate else {
        return Vec::new();
    };
    let root = signer.certificates.last().map(Root::of);
    let known = |certificate: &Certificate| KnownCertificate {
        certificate: certificate.clone(),
        source: Source::Message,
        learned: now,
        root: root.clone(),
    };
    let ciphers: Vec<_> = signer
        .capabilities
        .iter()
        .copied()
        .filter(|cipher| cipher.can_encrypt())
        .collect();
    let announcement = (!ciphers.is_empty()).then_some(Announcement {
        ciphers,
        // A clock that runs ahead must not shut out the messages to come.
        signed_at: signer.signing_time.map(|time| time.min(now)),
    });
    let mut lessons: Vec<Lesson> = Vec::new();
    for email in own.emails().iter().take(MOST_ADDRESSES) {
        let Ok(address) = Mailbox::parse(email) else {
            continue;
        };
        let mut certificates = vec![known(own)];
        if let Some(other) = &signer.encryption_certificate
            && other != own
            && match_mailbox(&address, &other.emails()) != Match::No
        {
            certificates.push(known(other));
        }
        lessons.push(Lesson {
            address,
            certificates,
            announcement: announcement.clone(),
        });
    }
    lessons
}

/// A certificate with more addresses than this is no person's.
const MOST_ADDRESSES: usize = 32;

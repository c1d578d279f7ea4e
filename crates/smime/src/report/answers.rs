//! The nine questions that a verdict is made of, and their answers for one signer.

use std::fmt;

use super::{Code, Finding, Verdict};

/// What has to be known before a reader may rely on a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Question {
    /// Is the content what was signed, and did the key of this certificate sign it (RFC 5652 5.4 to 5.6)?
    Integrity,
    /// Does the certificate lead to a trusted root, every link as RFC 5280 6 demands?
    Chain,
    /// May the certificate sign mail (keyUsage, extendedKeyUsage; RFC 8550 4.4)?
    Purpose,
    /// May its issuers vouch for its names, and can the names be read in one way only?
    Names,
    /// Is the path valid now, and is the claimed signing time within the certificate's validity and not in the future?
    Time,
    /// Was none of the certificates revoked, as far as that was asked for?
    Revocation,
    /// Are digests, signatures and keys strong enough, and known here?
    Algorithms,
    /// Is the one mailbox in From an address of the certificate (RFC 8550 3)?
    Sender,
    /// Does the signature cover all that a mail program shows?
    Coverage,
}

impl Question {
    /// Every question, in the order of [`Answers`].
    pub const ALL: [Self; 9] = [
        Self::Integrity,
        Self::Chain,
        Self::Purpose,
        Self::Names,
        Self::Time,
        Self::Revocation,
        Self::Algorithms,
        Self::Sender,
        Self::Coverage,
    ];

    /// Returns the stable lower-case word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Integrity => "integrity",
            Self::Chain => "chain",
            Self::Purpose => "purpose",
            Self::Names => "names",
            Self::Time => "time",
            Self::Revocation => "revocation",
            Self::Algorithms => "algorithms",
            Self::Sender => "sender",
            Self::Coverage => "coverage",
        }
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How a question was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Standing {
    /// Well.
    Good,
    /// It was not asked: the options leave it out, or nothing at hand could answer it and none was demanded.
    NotAsked,
    /// It cannot be known from what is at hand.
    Unknown,
    /// Badly.
    Bad,
}

impl Standing {
    /// Returns the stable lower-case word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::NotAsked => "not-asked",
            Self::Unknown => "unknown",
            Self::Bad => "bad",
        }
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The answer to one question.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer {
    /// How it was answered.
    pub standing: Standing,
    /// The findings that bear on it, worst first; remarks come with good answers too.
    pub codes: Vec<Code>,
}

impl Answer {
    fn unknown() -> Self {
        Self {
            standing: Standing::Unknown,
            codes: Vec::new(),
        }
    }

    /// What the findings on one question amount to.
    fn of<'a>(findings: impl Iterator<Item = &'a Finding>) -> Self {
        let mut findings: Vec<&Finding> = findings.collect();
        findings.sort_by_key(|finding| (std::cmp::Reverse(finding.severity), finding.code));
        let errors = || findings.iter().filter(|finding| finding.is_error());
        let standing = if errors().any(|finding| !finding.code.is_indeterminate()) {
            Standing::Bad
        } else if errors().next().is_some() {
            Standing::Unknown
        } else {
            Standing::Good
        };
        let mut codes: Vec<Code> = findings.iter().map(|finding| finding.code).collect();
        codes.dedup();
        Self { standing, codes }
    }

    /// Takes back an answer that is good only because nobody looked.
    fn if_good(&mut self, standing: Standing) {
        if self.standing == Standing::Good {
            self.standing = standing;
        }
    }
}

/// One answer to each question, for one signer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answers {
    /// See [`Question::Integrity`].
    pub integrity: Answer,
    /// See [`Question::Chain`].
    pub chain: Answer,
    /// See [`Question::Purpose`].
    pub purpose: Answer,
    /// See [`Question::Names`].
    pub names: Answer,
    /// See [`Question::Time`].
    pub time: Answer,
    /// See [`Question::Revocation`].
    pub revocation: Answer,
    /// See [`Question::Algorithms`].
    pub algorithms: Answer,
    /// See [`Question::Sender`].
    pub sender: Answer,
    /// See [`Question::Coverage`].
    pub coverage: Answer,
}

/// What the findings alone do not tell.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    /// Whether the signer's certificate is at hand.
    pub(crate) certificate: bool,
    /// Whether From was to be compared.
    pub(crate) sender: bool,
    /// What stands for a revocation question about which nothing was found.
    pub(crate) revocation: Standing,
}

impl Answers {
    /// Nothing is known yet.
    pub(crate) fn unknown() -> Self {
        Self {
            integrity: Answer::unknown(),
            chain: Answer::unknown(),
            purpose: Answer::unknown(),
            names: Answer::unknown(),
            time: Answer::unknown(),
            revocation: Answer::unknown(),
            algorithms: Answer::unknown(),
            sender: Answer::unknown(),
            coverage: Answer::unknown(),
        }
    }

    /// Sums up everything that was found about one signer and about the message that he signed.
    pub(crate) fn of(findings: &[&Finding], asked: Asked) -> Self {
        let on = |question: Question| {
            let about = |finding: &&&Finding| finding.code.question() == Some(question);
            Answer::of(findings.iter().filter(about).copied())
        };
        let mut answers = Self {
            integrity: on(Question::Integrity),
            chain: on(Question::Chain),
            purpose: on(Question::Purpose),
            names: on(Question::Names),
            time: on(Question::Time),
            revocation: on(Question::Revocation),
            algorithms: on(Question::Algorithms),
            sender: on(Question::Sender),
            coverage: on(Question::Coverage),
        };
        let found = |code: Code| {
            findings
                .iter()
                .any(|finding| finding.code == code && finding.is_error())
        };
        if !asked.certificate || found(Code::UnsupportedAlgorithm) || found(Code::TooComplex) {
            // Something was left unchecked, perhaps the signature itself.
            answers.integrity.if_good(Standing::Unknown);
        }
        if !asked.certificate {
            for answer in [&mut answers.purpose, &mut answers.time, &mut answers.sender] {
                answer.if_good(Standing::Unknown);
            }
        }
        if answers.chain.standing != Standing::Good {
            // Name constraints and revocation are the issuers' to tell.
            answers.names.if_good(Standing::Unknown);
            answers.revocation.if_good(match asked.revocation {
                Standing::NotAsked => Standing::NotAsked,
                _ => Standing::Unknown,
            });
        }
        answers.revocation.if_good(asked.revocation);
        // A signer beside the one who wrote is not asked whether he is the sender.
        if !asked.sender || answers.sender.codes.contains(&Code::FromMismatch) {
            answers.sender.if_good(Standing::NotAsked);
        }
        answers
    }

    /// Returns the answer to a question.
    pub fn get(&self, question: Question) -> &Answer {
        match question {
            Question::Integrity => &self.integrity,
            Question::Chain => &self.chain,
            Question::Purpose => &self.purpose,
            Question::Names => &self.names,
            Question::Time => &self.time,
            Question::Revocation => &self.revocation,
            Question::Algorithms => &self.algorithms,
            Question::Sender => &self.sender,
            Question::Coverage => &self.coverage,
        }
    }

    /// Returns every question with its answer.
    pub fn iter(&self) -> impl Iterator<Item = (Question, &Answer)> {
        Question::ALL
            .into_iter()
            .map(|question| (question, self.get(question)))
    }

    /// Returns what all answers together amount to.
    pub fn verdict(&self) -> Verdict {
        let any = |standing| self.iter().any(|(_, answer)| answer.standing == standing);
        if any(Standing::Bad) {
            Verdict::Invalid
        } else if any(Standing::Unknown) {
            Verdict::Indeterminate
        } else {
            Verdict::Valid
        }
    }
}

impl Code {
    /// Returns the question that a finding of this code bears on; `None` for [`Code::Ok`] and for what concerns the
    /// secrecy of a message only.
    pub fn question(self) -> Option<Question> {
        // No wildcard: whoever adds a code says here what it is about.
        Some(match self {
            Self::AlteredContent
            | Self::AlteredSignature
            | Self::SigningCertificateMismatch
            | Self::MalformedSignature
            | Self::MissingAttribute
            | Self::DuplicateAttribute
            | Self::UnsignedAttribute
            | Self::ContentTypeMismatch
            | Self::ContentAbsent
            | Self::NoSigners
            | Self::CertificatesOnly
            | Self::DigestOnly
            | Self::AttributesNotDer
            | Self::NoSignedAttributes
            | Self::BadCountersignature => Question::Integrity,
            Self::NotACa
            | Self::IssuerMayNotSign
            | Self::PathTooLong
            | Self::UnknownCriticalExtension
            | Self::PolicyViolation
            | Self::MalformedCertificate
            | Self::AlteredCertificate
            | Self::TooComplex
            | Self::UnknownIssuer
            | Self::SignerCertificateAbsent => Question::Chain,
            Self::WrongPurpose => Question::Purpose,
            Self::NameConstraintViolation
            | Self::EmailMismatch
            | Self::EmailFromSubject
            | Self::SuspiciousCharacters => Question::Names,
            Self::Expired
            | Self::NotYetValid
            | Self::SigningTimeInFuture
            | Self::SigningTimeOutsideValidity => Question::Time,
            Self::Revoked
            | Self::RevocationUnknown
            | Self::UnusableCrl
            | Self::UnusableOcsp
            | Self::StatusNotFetched
            | Self::NonceMissing => Question::Revocation,
            Self::UnsupportedAlgorithm | Self::WeakDigest | Self::WeakKey | Self::MicalgMismatch => {
                Question::Algorithms
            }
            Self::FromMismatch
            | Self::SeveralFrom
            | Self::MalformedFrom
            | Self::NoFrom
            | Self::FromCaseDiffers
            | Self::FromNameIsAddress
            | Self::SenderDiffers
            | Self::ReplyToDiffers => Question::Sender,
            Self::ContentTwice
            | Self::PartiallySigned
            | Self::DuplicateHeader
            | Self::MalformedHeader
            | Self::IllegalEncoding
            | Self::TrailingOctets
            | Self::CutOff
            | Self::SmimeTypeMismatch
            | Self::Unsigned
            | Self::Encrypted
            | Self::HeaderDiffers
            | Self::HeaderNotProtected
            | Self::TextOutsideParts
            | Self::ProtocolMismatch
            | Self::SignedCiphertext => Question::Coverage,
            Self::WeakCipher | Self::NotAuthenticated | Self::Ok => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL_ASKED: Asked = Asked {
        certificate: true,
        sender: true,
        revocation: Standing::Good,
    };

    #[test]
    fn every_error_bears_on_a_question() {
        for code in Code::ALL {
            let is_error = Finding::new(*code, "").is_error();
            assert!(code.question().is_some() || !is_error, "{code}");
        }
    }

    #[test]
    fn each_error_alone_spoils_its_answer_and_the_verdict() {
        for code in Code::ALL {
            let finding = Finding::new(*code, "");
            let answers = Answers::of(&[&finding], ALL_ASKED);
            match code.question() {
                Some(question) if finding.is_error() => {
                    let expected = if code.is_indeterminate() {
                        (Standing::Unknown, Verdict::Indeterminate)
                    } else {
                        (Standing::Bad, Verdict::Invalid)
                    };
                    assert_eq!(
                        (answers.get(question).standing, answers.verdict()),
                        expected,
                        "{code}"
                    );
                }
                _ => assert_eq!(answers.verdict(), Verdict::Valid, "{code}"),
            }
        }
    }

    #[test]
    fn nothing_is_good_that_nobody_looked_at() {
        let absent = Finding::new(Code::SignerCertificateAbsent, "");
        let asked = Asked {
            certificate: false,
            ..ALL_ASKED
        };
        let answers = Answers::of(&[&absent], asked);
        for question in [
            Question::Integrity,
            Question::Chain,
            Question::Purpose,
            Question::Names,
            Question::Time,
            Question::Revocation,
            Question::Sender,
        ] {
            assert_eq!(answers.get(question).standing, Standing::Unknown, "{question}");
        }
        let answers = Answers::of(
            &[],
            Asked {
                sender: false,
                revocation: Standing::NotAsked,
                ..ALL_ASKED
            },
        );
        assert_eq!(answers.sender.standing, Standing::NotAsked);
        assert_eq!(answers.revocation.standing, Standing::NotAsked);
        assert_eq!(answers.verdict(), Verdict::Valid);
    }
}

//! Why a request deserves its certificate: what was checked, and whether the authority itself checked it.

use chrono::{DateTime, Utc};
use std::fmt;
use std::str::FromStr;

/// What was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum EvidenceKind {
    /// The holder controls the address.
    Mailbox,
    /// Name, or name and address, were found in a third party's database.
    Database,
    /// An identity document, or a copy of it, was examined.
    Document,
    /// The organization exists, and the holder belongs to it.
    Organization,
    /// The holder has been seen in person, with the identity document.
    InPerson,
    /// A system vouches for the holder: a pipeline, a directory, a registration authority.
    Attestation,
}

impl EvidenceKind {
    /// All kinds, in the order of the documentation.
    pub const ALL: [Self; 6] = [
        Self::Mailbox,
        Self::Database,
        Self::Document,
        Self::Organization,
        Self::InPerson,
        Self::Attestation,
    ];

    /// Returns the name, in kebab case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mailbox => "mailbox",
            Self::Database => "database",
            Self::Document => "document",
            Self::Organization => "organization",
            Self::InPerson => "in-person",
            Self::Attestation => "attestation",
        }
    }

    /// Returns in a few words what such evidence says.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Mailbox => "the holder controls the address",
            Self::Database => "the name was found in a third party's database",
            Self::Document => "an identity document was examined",
            Self::Organization => "the organization exists and the holder belongs to it",
            Self::InPerson => "the holder was seen in person",
            Self::Attestation => "a system vouches for the holder",
        }
    }
}

impl fmt::Display for EvidenceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for EvidenceKind {
    type Err = EvidenceError;

    fn from_str(text: &str) -> Result<Self, EvidenceError> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == text)
            .ok_or_else(|| EvidenceError::UnknownKind {
                given: text.chars().take(32).collect(),
            })
    }
}

/// Whose word it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Basis {
    /// An operator says so.
    Stated,
    /// The authority ran the check.
    Proved,
}

impl fmt::Display for Basis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stated => "stated",
            Self::Proved => "proved",
        })
    }
}

/// One piece of evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    kind: EvidenceKind,
    basis: Basis,
    text: String,
    since: Option<DateTime<Utc>>,
}

/// Why a text is not evidence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EvidenceError {
    /// The text holds a control character.
    #[error(
        "the {kind} evidence holds the control character {character:?} at its character {position}: remove it"
    )]
    ControlCharacter {
        /// The kind.
        kind: EvidenceKind,
        /// The character.
        character: char,
        /// Its position, counted from 1.
        position: usize,
    },
    /// The text says nothing.
    #[error("the {kind} evidence is empty: say what was checked, when and by whom")]
    Empty {
        /// The kind.
        kind: EvidenceKind,
    },
    /// There is no `=`.
    #[error("\"{given}\" is not evidence: write KIND=TEXT, for example {example}")]
    NoText {
        /// The beginning of what was given.
        given: String,
        /// An example.
        example: String,
    },
    /// The text is too long.
    #[error(
        "the {kind} evidence has {length} bytes, more than {maximum}: keep the papers elsewhere and name them"
    )]
    TooLong {
        /// The kind.
        kind: EvidenceKind,
        /// Its length in bytes.
        length: usize,
        /// The longest accepted, in bytes.
        maximum: usize,
    },
    /// There is no such kind.
    #[error(
        "there is no evidence of the kind \"{given}\": use mailbox, database, document, organization, in-person or attestation"
    )]
    UnknownKind {
        /// The beginning of the kind as given.
        given: String,
    },
}

impl Evidence {
    /// Records an operator's word, which is kept verbatim.
    ///
    /// # Errors
    /// [`EvidenceError`] if the text is empty, longer than 4,096 bytes or holds control characters other than tab
    /// and line feed.
    pub fn stated(kind: EvidenceKind, text: impl Into<String>) -> Result<Self, EvidenceError> {
        Self::new(kind, Basis::Stated, text.into())
    }

    /// Records a check that the authority itself ran, with a description of it.
    ///
    /// # Errors
    /// As for [`Evidence::stated`].
    pub fn proved(kind: EvidenceKind, text: impl Into<String>) -> Result<Self, EvidenceError> {
        Self::new(kind, Basis::Proved, text.into())
    }

    /// Reads an operator's word in the form `KIND=TEXT`.
    ///
    /// # Errors
    /// [`EvidenceError`] if the form or the kind is unknown, or as for [`Evidence::stated`].
    ///
    /// ```
    /// use ca_core::evidence::{Basis, Evidence, EvidenceKind};
    ///
    /// let evidence = Evidence::parse_stated("document=passport seen by M. Roy")?;
    /// assert_eq!((evidence.kind(), evidence.basis()), (EvidenceKind::Document, Basis::Stated));
    /// assert_eq!(evidence.text(), "passport seen by M. Roy");
    /// # Ok::<(), ca_core::evidence::EvidenceError>(())
    /// ```
    pub fn parse_stated(text: &str) -> Result<Self, EvidenceError> {
        let Some((kind, text)) = text.split_once('=') else {
            let given: String = text.chars().take(64).collect();
            let kind = text.parse().unwrap_or(EvidenceKind::Mailbox);
            return Err(EvidenceError::NoText {
                given,
                example: format!("{kind}=\"{}\"", kind.meaning()),
            });
        };
        Self::stated(kind.trim().parse()?, text)
    }

    /// Returns what was checked.
    pub fn kind(&self) -> EvidenceKind {
        self.kind
    }

    /// Returns whose word it is.
    pub fn basis(&self) -> Basis {
        self.basis
    }

    /// Returns the text, verbatim.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns when it was recorded first, in stated time; `None`: with the certificate that it stands with.
    pub fn since(&self) -> Option<DateTime<Utc>> {
        self.since
    }

    /// Says when it was recorded first, as for evidence that is used again.
    #[must_use]
    pub fn dated(mut self, since: DateTime<Utc>) -> Self {
        self.since = Some(since);
        self
    }

    fn new(kind: EvidenceKind, basis: Basis, text: String) -> Result<Self, EvidenceError> {
        if text.trim().is_empty() {
            return Err(EvidenceError::Empty { kind });
        }
        if text.len() > MAXIMUM_LENGTH {
            return Err(EvidenceError::TooLong {
                kind,
                length: text.len(),
                maximum: MAXIMUM_LENGTH,
            });
        }
        let control = |character: char| character.is_control() && character != '\t' && character != '\n';
        if let Some((index, character)) = text
            .chars()
            .enumerate()
            .find(|&(_, character)| control(character))
        {
            return Err(EvidenceError::ControlCharacter {
                kind,
                character,
                position: index + 1,
            });
        }
        Ok(Self {
            kind,
            basis,
            text,
            since: None,
        })
    }
}

/// Enough for a paragraph; papers belong elsewhere.
const MAXIMUM_LENGTH: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_kind() {
        for kind in EvidenceKind::ALL {
            let evidence = Evidence::parse_stated(&format!("{kind}=a=b")).unwrap();
            assert_eq!((evidence.kind(), evidence.text()), (kind, "a=b"));
        }
    }

    #[test]
    fn refuses_what_says_nothing() {
        let refused = |text: &str| Evidence::parse_stated(text).unwrap_err().to_string();
        assert_eq!(
            refused("document= "),
            "the document evidence is empty: say what was checked, when and by whom"
        );
        assert_eq!(
            refused("document"),
            "\"document\" is not evidence: write KIND=TEXT, for example document=\"an identity document was examined\""
        );
        assert!(refused("passport=x").starts_with("there is no evidence of the kind \"passport\""));
        assert!(refused(&format!("mailbox={}", "x".repeat(10_000_000))).contains("10000000 bytes"));
        assert!(refused("mailbox=a\u{1b}[2J").contains("'\\u{1b}' at its character 2"));
    }
}

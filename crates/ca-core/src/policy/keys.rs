//! Which keys a policy accepts.

use std::fmt::Display;

use identity::{KeyAlgorithm, KeyKind};

use super::reader::{Diagnostics, Located, Mapping};
use super::suggestion::listed;

/// The rules for keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRules {
    pub(super) default: KeyAlgorithm,
    pub(super) allowed: Vec<KeyAlgorithm>,
    pub(super) minimum_rsa_bits: u32,
    pub(super) minimum_ec_bits: u32,
}

impl KeyRules {
    /// Returns the key that is made when the request names none.
    pub fn default_key(&self) -> KeyAlgorithm {
        self.default
    }

    /// Returns the keys that may be made, in the order of the file.
    pub fn allowed(&self) -> &[KeyAlgorithm] {
        &self.allowed
    }

    /// Returns the shortest RSA modulus accepted, in bits.
    pub fn minimum_rsa_bits(&self) -> u32 {
        self.minimum_rsa_bits
    }

    /// Returns the smallest elliptic curve accepted, in bits of its field.
    pub fn minimum_ec_bits(&self) -> u32 {
        self.minimum_ec_bits
    }

    /// Tells whether a key, made here or brought by its holder, is accepted.
    ///
    /// An RSA key of another size than those named is accepted if some RSA key is allowed and it is no shorter than
    /// the minimum and no longer than 8192 bits, a multiple of 8.
    pub fn accepts(&self, kind: &KeyKind) -> bool {
        match *kind {
            KeyKind::Rsa { bits } => {
                self.allowed.iter().any(|key| key.is_rsa())
                    && (self.minimum_rsa_bits..=LONGEST_RSA_BITS).contains(&bits)
                    && bits % 8 == 0
            }
            kind => self.allowed.iter().any(|key| key.kind() == kind),
        }
    }

    /// Reads the section `keys`.
    pub(super) fn read(file: &Mapping<'_>, diagnostics: &mut Diagnostics<'_>) -> Option<Self> {
        let known = ["allowed", "default", "minimum_rsa_bits", "minimum_ec_bits"];
        let section = file.mapping("keys", &known, diagnostics)?;
        let allowed = section.choices("allowed", &KeyAlgorithm::ALL, diagnostics);
        let default = section.choice("default", &KeyAlgorithm::ALL, diagnostics);
        let rsa = section.number_or("minimum_rsa_bits", 2048, 2048..=LONGEST_RSA_BITS, diagnostics);
        let ec = section.choice_or("minimum_ec_bits", 256, &[256_u32, 384, 521], diagnostics);
        let (allowed, default, rsa, ec) = (allowed?, default?, rsa?, ec?);
        for key in &allowed.value {
            let short = match key.value.kind() {
                KeyKind::Rsa { bits } if bits < rsa.value => Some(("minimum_rsa_bits", rsa.value)),
                KeyKind::EcP256 if ec.value > 256 => Some(("minimum_ec_bits", ec.value)),
                KeyKind::EcP384 if ec.value > 384 => Some(("minimum_ec_bits", ec.value)),
                _ => None,
            };
            if let Some((name, minimum)) = short {
                diagnostics.push(
                    key.at,
                    format!("{} is allowed, but shorter than \"{name}\", {minimum}", key.value),
                    "remove the key from \"allowed\", or lower the minimum",
                );
            }
        }
        note_default(&allowed.value, &default, diagnostics);
        Some(Self {
            default: default.value,
            allowed: allowed.value.into_iter().map(|key| key.value).collect(),
            minimum_rsa_bits: rsa.value,
            minimum_ec_bits: ec.value,
        })
    }
}

/// Notes a default that is not among what is allowed.
pub(super) fn note_default<T: PartialEq + Display>(
    allowed: &[Located<T>],
    default: &Located<T>,
    diagnostics: &mut Diagnostics<'_>,
) {
    if !allowed.iter().any(|item| item.value == default.value) {
        let names: Vec<String> = allowed.iter().map(|item| item.value.to_string()).collect();
        diagnostics.push(
            default.at,
            format!("the default {} is not allowed", default.value),
            format!("use {}, or add it to \"allowed\"", listed(&names, "or")),
        );
    }
}

/// What the libraries that verify still take.
const LONGEST_RSA_BITS: u32 = 8192;

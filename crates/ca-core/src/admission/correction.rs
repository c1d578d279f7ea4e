//! The request that would be accepted instead of a refused one.

use identity::KeyAlgorithm;

use crate::evidence::EvidenceKind;
use crate::policy::SubjectField;
use crate::request::{Class, Usage};

/// A request that would be accepted; what only the requester knows stands there as a placeholder in capitals.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Correction {
    /// The class.
    pub class: Class,
    /// The addresses.
    pub emails: Vec<String>,
    /// The subject fields.
    pub fields: Vec<(SubjectField, String)>,
    /// The key, if it is to be made and the request named one.
    pub key: Option<KeyAlgorithm>,
    /// Whether the request's CSR may stay; false if it brought none or must go.
    pub keep_csr: bool,
    /// The usage, if the request named one.
    pub usage: Option<Usage>,
    /// The days, if the request named some.
    pub days: Option<u32>,
    /// The evidence.
    pub evidence: Vec<(EvidenceKind, String)>,
}

impl Correction {
    /// Returns the request as (option, value) of `cachet issue`, such as (`--given-name`, `GIVEN-NAME`), in the order
    /// of the documentation. The option `--csr` is left to the caller, who knows the file's name.
    pub fn options(&self) -> Vec<(String, String)> {
        todo!()
    }
}

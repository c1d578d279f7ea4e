//! What a policy asks of requests that people make (`cachet request`).

use super::reader::{Diagnostics, Mapping, list, number, scalar_text};
use super::{FieldRule, ValidityRules};

/// The rules for requests. The section may be absent: every rule has a default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnrolmentRules {
    terms: Option<String>,
    days: Vec<u32>,
    access_code: FieldRule,
    holder_passphrase: FieldRule,
    officers: u32,
    expires_days: u32,
    document_officers: Vec<String>,
    document_days: u32,
}

impl EnrolmentRules {
    /// Returns the version of the terms of use that holders must accept, if there are any.
    pub fn terms(&self) -> Option<&str> {
        self.terms.as_deref()
    }

    /// Returns the days of validity that may be asked for; empty: any up to the policy's maximum.
    pub fn days(&self) -> &[u32] {
        &self.days
    }

    /// Returns the rule for the access code.
    pub fn access_code(&self) -> FieldRule {
        self.access_code
    }

    /// Returns the rule for the passphrase by which holders renew and revoke.
    pub fn holder_passphrase(&self) -> FieldRule {
        self.holder_passphrase
    }

    /// Returns how many different officers must have had a part in a request: 1 or 2.
    pub fn officers(&self) -> u32 {
        self.officers
    }

    /// Returns after how many days a request that is not completed expires.
    pub fn expires_days(&self) -> u32 {
        self.expires_days
    }

    /// Returns the file names of the certificates that copies of identity documents are encrypted to.
    pub fn document_officers(&self) -> &[String] {
        &self.document_officers
    }

    /// Returns after how many days copies of identity documents are deleted.
    pub fn document_days(&self) -> u32 {
        self.document_days
    }

    /// Reads the section `enrolment`.
    pub(super) fn read(
        file: &Mapping<'_>,
        validity: Option<ValidityRules>,
        diagnostics: &mut Diagnostics<'_>,
    ) -> Option<Self> {
        if file.optional("enrolment").is_none() {
            return Some(Self::default());
        }
        let known = [
            "terms",
            "days",
            "access_code",
            "holder_passphrase",
            "officers",
            "expires_days",
            "document_officers",
            "document_days",
        ];
        let section = file.mapping("enrolment", &known, diagnostics)?;
        let defaults = Self::default();
        let rules = [FieldRule::Required, FieldRule::Allowed, FieldRule::Forbidden];
        let terms = match section.optional("terms") {
            Some(_) => section
                .text("terms", 64, "\"2026-09\"", diagnostics)
                .map(|terms| Some(terms.value.to_owned())),
            None => Some(None),
        };
        let days = read_days(&section, validity, diagnostics);
        let access_code = section.choice_or("access_code", defaults.access_code, &rules, diagnostics);
        let passphrase = section.choice_or(
            "holder_passphrase",
            defaults.holder_passphrase,
            &rules,
            diagnostics,
        );
        let officers = section.number_or("officers", defaults.officers, 1..=2, diagnostics);
        let expires = section.number_or("expires_days", defaults.expires_days, 1..=3_652, diagnostics);
        let document_officers = read_officers(&section, diagnostics);
        let document_days =
            section.number_or("document_days", defaults.document_days, 1..=3_652, diagnostics);
        Some(Self {
            terms: terms?,
            days: days?,
            access_code: access_code?.value,
            holder_passphrase: passphrase?.value,
            officers: officers?.value,
            expires_days: expires?.value,
            document_officers: document_officers?,
            document_days: document_days?.value,
        })
    }
}

impl Default for EnrolmentRules {
    fn default() -> Self {
        Self {
            terms: None,
            days: Vec::new(),
            access_code: FieldRule::Allowed,
            holder_passphrase: FieldRule::Allowed,
            officers: 1,
            expires_days: 30,
            document_officers: Vec::new(),
            document_days: 90,
        }
    }
}

fn read_days(
    section: &Mapping<'_>,
    validity: Option<ValidityRules>,
    diagnostics: &mut Diagnostics<'_>,
) -> Option<Vec<u32>> {
    let Some(node) = section.optional("days") else {
        return Some(Vec::new());
    };
    let maximum = validity.map_or(u32::MAX, |validity| validity.maximum_days());
    let mut days = Vec::new();
    for item in list(node, "days", "[365, 730]", diagnostics)? {
        days.push(number(item, "days", 1..=maximum, diagnostics)?.value);
    }
    if let Some(default) = validity.map(|validity| validity.default_days())
        && !days.is_empty()
        && !days.contains(&default)
    {
        diagnostics.push(
            node.at,
            format!("\"days\" does not offer the default_days of \"validity\", {default}"),
            format!("add {default} to \"days\", or change default_days"),
        );
    }
    Some(days)
}

fn read_officers(section: &Mapping<'_>, diagnostics: &mut Diagnostics<'_>) -> Option<Vec<String>> {
    let Some(node) = section.optional("document_officers") else {
        return Some(Vec::new());
    };
    let mut officers = Vec::new();
    for item in list(node, "document_officers", EXAMPLE, diagnostics)? {
        let name = scalar_text(item, "document_officers", EXAMPLE, diagnostics)?;
        let sound = (1..=100).contains(&name.value.len())
            && name.value.starts_with(|c: char| c.is_ascii_alphanumeric())
            && name
                .value
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-_.@+".contains(c));
        if !sound || officers.len() == MOST_OFFICERS {
            diagnostics.push(
                name.at,
                format!("{} cannot name one of up to {MOST_OFFICERS} certificates in officers/", item.value.describe()),
                format!("use letters, digits and - _ . @ +, without a folder, as in `document_officers: {EXAMPLE}`"),
            );
            return None;
        }
        officers.push(name.value.to_owned());
    }
    Some(officers)
}

const EXAMPLE: &str = "[officer.crt]";
const MOST_OFFICERS: usize = 10;

//! Which extensions a policy puts into its certificates.

use std::fmt;

use der::asn1::ObjectIdentifier;

use super::reader::{Diagnostics, Located, Mapping, list, scalar_text};
use super::yaml::{Node, Position, excerpt};

/// Which ciphers a certificate announces that its holder reads (sMIMECapabilities, RFC 4262).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Capabilities {
    /// AES-CBC, which every mail program reads.
    Cbc,
    /// AES-GCM and AES-CBC: for holders whose mail program reads authenticated encryption.
    Gcm,
    /// None: there is no such extension.
    None,
}

impl fmt::Display for Capabilities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cbc => "cbc",
            Self::Gcm => "gcm",
            Self::None => "none",
        })
    }
}

/// The rules for extensions that are not the same for all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtensionRules {
    pub(super) extended_key_usage: Vec<ObjectIdentifier>,
    pub(super) non_repudiation: bool,
    pub(super) capabilities: Capabilities,
    pub(super) cps_url: Option<String>,
    pub(super) additional_policies: Vec<ObjectIdentifier>,
    pub(super) ocsp: bool,
}

impl ExtensionRules {
    /// Returns the extended key usages, emailProtection first.
    pub fn extended_key_usage(&self) -> &[ObjectIdentifier] {
        &self.extended_key_usage
    }

    /// Tells whether signing certificates also carry the nonRepudiation (contentCommitment) bit.
    pub fn non_repudiation(&self) -> bool {
        self.non_repudiation
    }

    /// Returns the ciphers announced.
    pub fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    /// Returns the address of the certification practice statement, a qualifier of the policy's own identifier.
    pub fn cps_url(&self) -> Option<&str> {
        self.cps_url.as_deref()
    }

    /// Returns the certificate policies besides the policy's own.
    pub fn additional_policies(&self) -> &[ObjectIdentifier] {
        &self.additional_policies
    }

    /// Tells whether certificates name the OCSP responder, where the authority has a base URL.
    pub fn ocsp(&self) -> bool {
        self.ocsp
    }

    /// Reads the section `extensions`, which may be absent; also returns the places of the additional policies.
    pub(super) fn read(
        file: &Mapping<'_>,
        diagnostics: &mut Diagnostics<'_>,
    ) -> Option<(Self, Vec<Located<ObjectIdentifier>>, Position)> {
        let known = [
            "extended_key_usage",
            "non_repudiation",
            "capabilities",
            "cps_url",
            "additional_policies",
            "ocsp",
        ];
        if file.optional("extensions").is_none() {
            return Some((Self::default(), Vec::new(), Position::START));
        }
        let section = file.optional_mapping("extensions", &known, diagnostics)?;
        let usages = read_extended_key_usage(&section, diagnostics);
        let non_repudiation = section.flag_or("non_repudiation", false, diagnostics);
        let capabilities = [Capabilities::Cbc, Capabilities::Gcm, Capabilities::None];
        let capabilities = section.choice_or("capabilities", Capabilities::Cbc, &capabilities, diagnostics);
        let cps_url = match section.optional("cps_url") {
            Some(node) => read_url(node, diagnostics).map(Some),
            None => Some(None),
        };
        let policies = read_oids(&section, "additional_policies", diagnostics);
        let ocsp = section.flag_or("ocsp", false, diagnostics);
        let (policies, at) = (
            policies?,
            section
                .optional("extended_key_usage")
                .map_or(Position::START, |node| node.at),
        );
        let rules = Self {
            extended_key_usage: usages?,
            non_repudiation: non_repudiation?,
            capabilities: capabilities?.value,
            cps_url: cps_url?,
            additional_policies: policies.iter().map(|policy| policy.value).collect(),
            ocsp: ocsp?,
        };
        Some((rules, policies, at))
    }
}

impl Default for ExtensionRules {
    fn default() -> Self {
        Self {
            extended_key_usage: vec![EMAIL_PROTECTION],
            non_repudiation: false,
            capabilities: Capabilities::Cbc,
            cps_url: None,
            additional_policies: Vec::new(),
            ocsp: false,
        }
    }
}

/// Reads an object identifier.
pub(super) fn read_oid(
    node: &Node,
    name: &str,
    diagnostics: &mut Diagnostics<'_>,
) -> Option<Located<ObjectIdentifier>> {
    let example = "1.3.6.1.4.1.32473.1.1";
    let text = scalar_text(node, name, example, diagnostics)?;
    match ObjectIdentifier::new(text.value) {
        Ok(value) => Some(Located { value, at: node.at }),
        Err(_) => {
            diagnostics.push(
                node.at,
                format!("\"{}\" is not an object identifier", excerpt(text.value)),
                format!("write numbers joined by full stops, such as {example}"),
            );
            None
        }
    }
}

fn read_oids(
    section: &Mapping<'_>,
    name: &str,
    diagnostics: &mut Diagnostics<'_>,
) -> Option<Vec<Located<ObjectIdentifier>>> {
    let Some(node) = section.optional(name) else {
        return Some(Vec::new());
    };
    let items = list(node, name, "[2.23.140.1.5.1.3]", diagnostics)?;
    let read: Vec<_> = items
        .iter()
        .map(|item| read_oid(item, name, diagnostics))
        .collect();
    read.into_iter().collect()
}

/// Reads the extended key usages: names or object identifiers, emailProtection always among them.
fn read_extended_key_usage(
    section: &Mapping<'_>,
    diagnostics: &mut Diagnostics<'_>,
) -> Option<Vec<ObjectIdentifier>> {
    const NAME: &str = "extended_key_usage";
    let Some(node) = section.optional(NAME) else {
        return Some(vec![EMAIL_PROTECTION]);
    };
    let mut usages = Vec::new();
    let mut complete = true;
    for item in list(node, NAME, "[email-protection]", diagnostics)? {
        let Some(text) = scalar_text(item, NAME, "[email-protection]", diagnostics) else {
            complete = false;
            continue;
        };
        let named = NAMED_USAGES
            .iter()
            .find(|(name, _)| *name == text.value)
            .map(|&(_, oid)| oid);
        let Some(oid) = named.or_else(|| ObjectIdentifier::new(text.value).ok()) else {
            diagnostics.push(
                item.at,
                format!("\"{}\" is not an extended key usage", excerpt(text.value)),
                "use email-protection, client-auth, document-signing or an object identifier",
            );
            complete = false;
            continue;
        };
        if let Some((_, name)) = FORBIDDEN_USAGES.iter().find(|(forbidden, _)| *forbidden == oid) {
            diagnostics.push(
                item.at,
                format!("a certificate for mail must not serve for {name} ({oid})"),
                "remove it: SBR 7.1.2.3 (f) forbids it beside emailProtection",
            );
            complete = false;
        }
        if usages.contains(&oid) {
            diagnostics.push(
                item.at,
                format!("{} is twice in \"{NAME}\"", text.value),
                "remove one of the two",
            );
        }
        usages.push(oid);
    }
    if complete && !usages.contains(&EMAIL_PROTECTION) {
        diagnostics.push(
            node.at,
            "\"extended_key_usage\" lacks email-protection: no mail program would accept the certificates",
            "add email-protection",
        );
        return None;
    }
    // emailProtection first, so that every consumer finds it where it looks.
    usages.sort_by_key(|&oid| oid != EMAIL_PROTECTION);
    complete.then_some(usages)
}

fn read_url(node: &Node, diagnostics: &mut Diagnostics<'_>) -> Option<String> {
    let example = "https://ca.example.com/cps";
    let text = scalar_text(node, "cps_url", example, diagnostics)?.value;
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    // An IA5String (RFC 5280, 4.2.1.4).
    let sound = rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
        && text.len() <= 200
        && text.bytes().all(|byte| byte.is_ascii_graphic());
    if !sound {
        diagnostics.push(
            node.at,
            format!(
                "\"{}\" is not a web address of at most 200 ASCII characters",
                excerpt(text)
            ),
            format!("write one such as `cps_url: {example}`"),
        );
        return None;
    }
    Some(text.to_owned())
}

/// id-kp-emailProtection (RFC 5280, 4.2.1.12).
pub(super) const EMAIL_PROTECTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.4");

const NAMED_USAGES: [(&str, ObjectIdentifier); 3] = [
    ("email-protection", EMAIL_PROTECTION),
    ("client-auth", ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.2")),
    // RFC 9336.
    (
        "document-signing",
        ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.36"),
    ),
];

const FORBIDDEN_USAGES: [(ObjectIdentifier, &str); 5] = [
    (ObjectIdentifier::new_unwrap("2.5.29.37.0"), "any purpose"),
    (
        ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.1"),
        "server authentication",
    ),
    (ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.3"), "code signing"),
    (ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.8"), "time stamping"),
    (ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.9"), "OCSP signing"),
];

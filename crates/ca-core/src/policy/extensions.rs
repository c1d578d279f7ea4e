//! Which extensions a policy puts into its certificates.

use std::fmt;

use der::asn1::ObjectIdentifier;

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
}

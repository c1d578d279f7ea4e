use std::fmt;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Severity {
    /// Good to know.
    Info,
    /// Worth mending; does not change the verdict.
    Warning,
    /// Forbids the verdict `valid`.
    Error,
}

impl Severity {
    /// Returns the stable lower-case word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $text:literal, $severity:ident;)*) => {
        /// The stable code of a finding, or of a signer's or path's status.
        ///
        /// The order of the variants is the order of usefulness: of several failures the one that stands first here
        /// becomes the status, because a reader who mends it gets furthest (the idea of webpki's error ranking).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code { $($(#[$doc])* $variant,)* }

        impl Code {
            /// Every code, most useful first.
            pub const ALL: &'static [Code] = &[$(Code::$variant,)*];

            /// Returns the stable kebab-case word.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// Returns the severity a finding of this code has unless the context says otherwise.
            pub fn severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity,)* }
            }
        }
    };
}

codes! {
    // Integrity: nothing else matters when the bytes are not what was signed.
    /// The content is not what was signed (messageDigest differs).
    AlteredContent = "altered-content", Error;
    /// The signature value does not fit the signed bytes and the signer's key.
    AlteredSignature = "altered-signature", Error;
    /// The signing-certificate attribute names another certificate (RFC 5035).
    SigningCertificateMismatch = "signing-certificate-mismatch", Error;
    /// The signature, or a certificate in it, cannot be read.
    MalformedSignature = "malformed-signature", Error;
    /// A required signed attribute is missing (RFC 5652 5.3).
    MissingAttribute = "missing-attribute", Error;
    /// A signed attribute that must occur once occurs twice, or has several values (RFC 5652 11).
    DuplicateAttribute = "duplicate-attribute", Error;
    /// An attribute that must be signed stands among the unsigned ones (RFC 5652 11).
    UnsignedAttribute = "unsigned-attribute", Error;
    /// The content-type attribute differs from the content's type (RFC 5652 11.1).
    ContentTypeMismatch = "content-type-mismatch", Error;
    /// The content stands both inside and outside the signature structure.
    ContentTwice = "content-twice", Error;
    /// The signed structure has no content, and none stands beside it.
    ContentAbsent = "content-absent", Error;
    /// The signed-data holds no signer at all (certificates only).
    NoSigners = "no-signers", Error;
    /// An algorithm that this library does not know.
    UnsupportedAlgorithm = "unsupported-algorithm", Error;
    /// A digest that is too weak (SHA-1, MD5): refused unless legacy is admitted.
    WeakDigest = "weak-digest", Error;

    // The certificate itself.
    /// A certificate on the path was revoked.
    Revoked = "revoked", Error;
    /// A certificate on the path has expired.
    Expired = "expired", Error;
    /// A certificate on the path is not valid yet.
    NotYetValid = "not-yet-valid", Error;
    /// The certificate's usages do not allow this purpose (keyUsage, extendedKeyUsage).
    WrongPurpose = "wrong-purpose", Error;
    /// An issuer is not a certificate authority (basicConstraints, RFC 5280 4.2.1.9).
    NotACa = "not-a-ca", Error;
    /// An issuer's key usage does not allow signing certificates.
    IssuerMayNotSign = "issuer-may-not-sign", Error;
    /// The path is longer than an issuer allows.
    PathTooLong = "path-too-long", Error;
    /// A name lies outside what an issuer may vouch for.
    NameConstraintViolation = "name-constraint-violation", Error;
    /// A critical extension that this library does not know.
    UnknownCriticalExtension = "unknown-critical-extension", Error;
    /// The certificate policies on the path do not allow it.
    PolicyViolation = "policy-violation", Error;
    /// A certificate breaks RFC 5280 in a way that forbids relying on it.
    MalformedCertificate = "malformed-certificate", Error;
    /// A key on the path is too short (RSA below 2048 bits).
    WeakKey = "weak-key", Error;
    /// A certificate's signature was not made by the issuer that it names.
    AlteredCertificate = "altered-certificate", Error;
    /// The search for a path was stopped because it became too costly.
    TooComplex = "too-complex", Error;
    /// The certificate does not hold the address asked for.
    EmailMismatch = "email-mismatch", Error;
    /// Whether a certificate was revoked could not be learnt.
    RevocationUnknown = "revocation-unknown", Error;
    /// No path leads to a trusted root: the issuer is not known here.
    UnknownIssuer = "unknown-issuer", Error;
    /// The signer's certificate is neither in the message nor among the given ones.
    SignerCertificateAbsent = "signer-certificate-absent", Error;

    // The message around the signature.
    /// The From address is not among the signer's addresses.
    FromMismatch = "from-mismatch", Error;
    /// Several From headers, or several mailboxes in it: it cannot be said who claims to have written.
    SeveralFrom = "several-from", Error;
    /// The From header cannot be read as mailboxes.
    MalformedFrom = "malformed-from", Error;
    /// The message has no From header to compare the signer with.
    NoFrom = "no-from", Error;
    /// Parts of the message lie outside the signature.
    PartiallySigned = "partially-signed", Error;
    /// A header field that must occur once occurs twice, so that programs read the message differently.
    DuplicateHeader = "duplicate-header", Error;
    /// The header holds a line that is no field, a NUL or a bare CR, so that programs read the message differently.
    MalformedHeader = "malformed-header", Error;
    /// A multipart names a transfer encoding that none can have (RFC 2045 6.4): programs read it differently.
    IllegalEncoding = "illegal-encoding", Error;
    /// The message carries no signature.
    Unsigned = "unsigned", Error;
    /// The message is encrypted: decrypt it first.
    Encrypted = "encrypted", Error;

    // Remarks.
    /// From and certificate differ in the ASCII case of the local part only.
    FromCaseDiffers = "from-case-differs", Warning;
    /// From's display name is itself an address, and another one.
    FromNameIsAddress = "from-name-is-address", Warning;
    /// A name holds control or bidirectional characters (escaped in this report).
    SuspiciousCharacters = "suspicious-characters", Warning;
    /// A header field outside is not what the sender protected (RFC 9788), or recorded as put there.
    HeaderDiffers = "header-differs", Warning;
    /// A header field stands outside only, in a message that protects its header (RFC 9788 4): it was added on the way.
    HeaderNotProtected = "header-not-protected", Warning;
    /// The Sender header names somebody else than From.
    SenderDiffers = "sender-differs", Warning;
    /// Replies go to somebody else than From.
    ReplyToDiffers = "reply-to-differs", Info;
    /// There is text before the first part or after the last one, which no signature covers and mail programs do not
    /// show.
    TextOutsideParts = "text-outside-parts", Warning;
    /// Octets or text stand behind the CMS structure; an error if they are one more structure.
    TrailingOctets = "trailing-octets", Warning;
    /// A multipart has no closing boundary: the message may have been cut off.
    CutOff = "cut-off", Warning;
    /// smime-type names another kind of message than there is (RFC 8551 3.2.2).
    SmimeTypeMismatch = "smime-type-mismatch", Warning;
    /// micalg does not name the digests that the signers used (RFC 8551 3.5.3.2).
    MicalgMismatch = "micalg-mismatch", Warning;
    /// The protocol parameter and the signature part's type disagree (RFC 1847 2.1).
    ProtocolMismatch = "protocol-mismatch", Warning;
    /// The signed attributes are not in DER (RFC 5652 5.3); they were verified as received.
    AttributesNotDer = "attributes-not-der", Warning;
    /// A countersignature (RFC 5652 11.4) is not valid, or cannot be read. Anybody can add one: the verdict is not
    /// concerned.
    BadCountersignature = "bad-countersignature", Warning;
    /// The signature has no signed attributes: no signing time, no content type.
    NoSignedAttributes = "no-signed-attributes", Info;
    /// The claimed signing time lies outside the certificate's validity.
    SigningTimeOutsideValidity = "signing-time-outside-validity", Warning;
    /// The claimed signing time lies in the future.
    SigningTimeInFuture = "signing-time-in-future", Warning;
    /// The address is taken from the subject, because the certificate has no alternative name.
    EmailFromSubject = "email-from-subject", Info;
    /// A layer is signed over what was encrypted already: the signer need not know what is inside (RFC 8551 3.7).
    SignedCiphertext = "signed-ciphertext", Warning;
    /// The content cipher is too weak to keep anything secret.
    WeakCipher = "weak-cipher", Warning;
    /// The message holds certificates and no content (`smime-type=certs-only`).
    CertificatesOnly = "certificates-only", Info;
    /// The content comes with a digest alone (DigestedData, RFC 5652 7), which anybody can make.
    DigestOnly = "digest-only", Info;
    /// The encryption does not show changes (AES-CBC); a signature inside does.
    NotAuthenticated = "not-authenticated", Info;
    /// A list that says what was revoked could not be used.
    UnusableCrl = "unusable-crl", Warning;
    /// An OCSP answer could not be used.
    UnusableOcsp = "unusable-ocsp", Warning;
    /// What a certificate's standing is could not be fetched.
    StatusNotFetched = "status-not-fetched", Warning;
    /// An OCSP answer does not repeat the nonce of the request: it may have been made before.
    NonceMissing = "nonce-missing", Info;

    /// Nothing to object to.
    Ok = "ok", Info;
}

impl Code {
    /// Tells whether the code alone leaves the standing open ("not known") rather than bad.
    pub fn is_indeterminate(self) -> bool {
        matches!(
            self,
            Self::UnknownIssuer
                | Self::SignerCertificateAbsent
                | Self::RevocationUnknown
                | Self::UnsupportedAlgorithm
                | Self::TooComplex
                | Self::NoFrom
                | Self::ContentAbsent
                | Self::Encrypted
                | Self::Unsigned
        )
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct_kebab_case() {
        let mut seen = std::collections::HashSet::new();
        for code in Code::ALL {
            assert!(seen.insert(code.as_str()), "{code} twice");
            assert!(
                code.as_str().bytes().all(|b| b.is_ascii_lowercase() || b == b'-'),
                "{code}"
            );
        }
        assert_eq!(Code::AlteredContent.to_string(), "altered-content");
    }
}

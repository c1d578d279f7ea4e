//! PasswordRecipientInfo: a content key under a password (RFC 5652 6.2.4, RFC 3211).

use const_oid::ObjectIdentifier;
use identity::kdf::pbkdf2;
use identity::key_wrap::{password_unwrap, password_wrap};
use identity::{ContentCipher, ContentKey, DigestAlgorithm, Passphrase};
use zeroize::Zeroizing;

use super::algorithm::Algorithm;
use super::ber::{INTEGER, OCTET_STRING, SEQUENCE, Value, context};
use super::der;

/// How a password becomes a key-encryption key, and what that key opens.
pub(crate) struct PasswordKey<'a> {
    salt: Vec<u8>,
    /// Rounds of PBKDF2.
    pub(crate) iterations: u32,
    digest: DigestAlgorithm,
    cipher: ContentCipher,
    parameters: Vec<u8>,
    wrapped: &'a [u8],
}

impl<'a> PasswordKey<'a> {
    /// Takes the algorithms apart; `None` if one of them is unknown.
    pub(crate) fn read(
        derivation: Option<&Algorithm>,
        encryption: &Algorithm,
        wrapped: &'a [u8],
    ) -> Option<Self> {
        // Without a derivation the key comes from elsewhere, and no password helps.
        let derivation = derivation.filter(|algorithm| algorithm.oid == PBKDF2)?;
        let mut fields = Value::parse(derivation.parameters.as_deref()?).ok()?.children();
        let salt = fields
            .expect(OCTET_STRING, PARAMETERS)
            .ok()?
            .octets()
            .ok()?
            .into_owned();
        let iterations = fields.expect(INTEGER, PARAMETERS).ok()?.small_integer().ok()?;
        // The key's length follows from the cipher (RFC 3211 2.3).
        fields.optional(INTEGER).ok()?;
        let digest = match fields.optional(SEQUENCE).ok()? {
            None => DigestAlgorithm::Sha1,
            Some(prf) => {
                let oid = Algorithm::read(&prf).ok()?.oid;
                PRFS.iter().find(|(prf, _)| *prf == oid)?.1
            }
        };
        if encryption.oid != PWRI_KEK {
            return None;
        }
        let inner = Algorithm::read(&Value::parse(encryption.parameters.as_deref()?).ok()?).ok()?;
        Some(Self {
            salt,
            iterations,
            digest,
            cipher: ContentCipher::from_oid(&inner.oid, inner.parameters.as_deref())?,
            parameters: inner.parameters?,
            wrapped,
        })
    }

    /// Opens the content key with `password`.
    pub(crate) fn open(&self, password: &Passphrase) -> Option<Zeroizing<Vec<u8>>> {
        let kek = pbkdf2(
            self.digest,
            password.as_bytes(),
            &self.salt,
            self.iterations,
            self.cipher.key_len(),
        )?;
        password_unwrap(self.cipher, &self.parameters, &kek, self.wrapped).ok()
    }
}

/// Carries `key` to who knows `password`, and returns the PasswordRecipientInfo. `None` if no
/// random octets are to be had.
pub(crate) fn seal(password: &Passphrase, key: &ContentKey) -> Option<Vec<u8>> {
    let salt: [u8; 16] = identity::random::bytes().ok()?;
    let cipher = ContentCipher::Aes256Cbc;
    let kek = pbkdf2(
        DigestAlgorithm::Sha256,
        password.as_bytes(),
        &salt,
        ITERATIONS,
        cipher.key_len(),
    )?;
    let (parameters, wrapped) = password_wrap(cipher, &kek, key.as_bytes()).ok()?;
    let [_, iterations @ ..] = ITERATIONS.to_be_bytes();
    let derivation = [
        der::oid(PBKDF2),
        der::sequence(&[
            &der::octet_string(&salt),
            &der::integer(&iterations),
            &der::algorithm(HMAC_SHA256, der::NULL),
        ]),
    ];
    let wrap = der::algorithm(PWRI_KEK, &der::algorithm(cipher.oid(), &parameters));
    Some(der::value(
        context(3),
        &[
            &der::small_integer(0),
            &der::value(context(0), &[&derivation.concat()]),
            &wrap,
            &der::octet_string(&wrapped),
        ],
    ))
}

/// What is written: some tenths of a second for each guess. Three octets, the first below 0x80.
const ITERATIONS: u32 = 600_000;

const PARAMETERS: &str = "PBKDF2-params";
const PBKDF2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.12");
const PWRI_KEK: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.3.9");
const HMAC_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.2.9");
/// RFC 8018 B.1.
const PRFS: [(ObjectIdentifier, DigestAlgorithm); 5] = [
    (
        ObjectIdentifier::new_unwrap("1.2.840.113549.2.7"),
        DigestAlgorithm::Sha1,
    ),
    (
        ObjectIdentifier::new_unwrap("1.2.840.113549.2.8"),
        DigestAlgorithm::Sha224,
    ),
    (HMAC_SHA256, DigestAlgorithm::Sha256),
    (
        ObjectIdentifier::new_unwrap("1.2.840.113549.2.10"),
        DigestAlgorithm::Sha384,
    ),
    (
        ObjectIdentifier::new_unwrap("1.2.840.113549.2.11"),
        DigestAlgorithm::Sha512,
    ),
];

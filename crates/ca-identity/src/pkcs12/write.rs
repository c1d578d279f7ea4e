//! Writing.

use super::cost::MAX_ITERATIONS;
use super::password::{Candidate, standard};
use super::{Pkcs12Error, Preset, mac, oids, pbe};
use crate::asn1::{self, OCTET_STRING, SEQUENCE, SET};
use crate::certificate::Certificate;
use crate::digest::{DigestAlgorithm, digest};
use crate::key::PrivateKey;
use crate::passphrase::Passphrase;
use crate::random;

/// Rounds of key derivation for a password that a person chose: a tenth of a second for who knows it.
pub const PEOPLE_PASSWORD_ITERATIONS: u32 = 100_000;
/// Rounds of key derivation for a password of 80 bits and more made by a machine, which cannot be guessed anyway.
pub const MACHINE_PASSWORD_ITERATIONS: u32 = 10_000;

/// A private key and its certificate.
#[derive(Clone, Copy, Debug)]
pub struct Bag<'a> {
    /// The key.
    pub key: &'a PrivateKey,
    /// The certificate made for it.
    pub certificate: &'a Certificate,
}

/// Writes a PKCS#12 file with one or more keys, their certificates and the chain above them.
///
/// `friendly_name` labels keys and leaf certificates; NSS finds an identity by it, so give the mail address. Of a usage pair the
/// encryption key has this label, and the signing key the same with ` (signing)`; among more keys the later ones are numbered. A `localKeyId` (the
/// SHA-1 digest of the certificate, as every writer makes it) ties each key to its certificate. `iterations` defaults to
/// [`PEOPLE_PASSWORD_ITERATIONS`] in both presets: the importers that read [`Preset::Compat`] only take any number, and the weaker
/// derivation needs them more.
///
/// Java's `keytool` opens no file whose password is not ASCII ([`Passphrase::is_ascii`]); others read it as RFC 7292 says.
///
/// # Errors
/// [`Pkcs12Error::NoKey`] and [`Pkcs12Error::KeyMismatch`] for unsound contents, [`Pkcs12Error::TooFewIterations`] below
/// [`Preset::minimum_iterations`], [`Pkcs12Error::TooManyIterations`] above what is read here, [`Pkcs12Error::Random`] if no random
/// bytes are to be had.
pub fn write(
    bags: &[Bag<'_>],
    chain: &[Certificate],
    friendly_name: &str,
    password: &Passphrase,
    preset: Preset,
    iterations: Option<u32>,
) -> Result<Vec<u8>, Pkcs12Error> {
    if bags.is_empty() {
        return Err(Pkcs12Error::NoKey);
    }
    if let Some(bag) = bags
        .iter()
        .find(|bag| bag.key.public_key() != bag.certificate.public_key())
    {
        return Err(Pkcs12Error::KeyMismatch {
            serial: bag.certificate.serial_hex(),
        });
    }
    let iterations = checked(preset, iterations.unwrap_or(PEOPLE_PASSWORD_ITERATIONS))?;
    let password = standard(password.as_str());
    let names = names(bags, friendly_name);
    let certificates = encrypted_data(
        preset,
        &password,
        iterations,
        &certificate_bags(bags, &names, chain),
    )?;
    let mut keys = Vec::new();
    for (bag, name) in bags.iter().zip(&names) {
        let shrouded = shroud(preset, &password, iterations, bag.key.pkcs8_der())?;
        keys.push(safe_bag(
            oids::SHROUDED_KEY_BAG,
            &shrouded,
            &attributes(bag.certificate, name),
        ));
    }
    let keys = asn1::tlv(SEQUENCE, &slices(&keys));
    let authenticated_safe = asn1::tlv(SEQUENCE, &[&certificates, &data(&keys)]);
    let (mac_digest, salt) = match preset {
        Preset::Modern => (DigestAlgorithm::Sha256, random::bytes::<16>()?.to_vec()),
        Preset::Compat => (DigestAlgorithm::Sha1, random::bytes::<8>()?.to_vec()),
    };
    let mac_data = mac::mac_data(mac_digest, &password, &salt, iterations, &authenticated_safe);
    Ok(asn1::tlv(
        SEQUENCE,
        &[&asn1::unsigned(3), &data(&authenticated_safe), &mac_data],
    ))
}

fn checked(preset: Preset, iterations: u32) -> Result<u32, Pkcs12Error> {
    let minimum = preset.minimum_iterations();
    if iterations < minimum {
        return Err(Pkcs12Error::TooFewIterations { iterations, minimum });
    }
    if iterations > MAX_ITERATIONS {
        return Err(Pkcs12Error::TooManyIterations {
            iterations: iterations.into(),
            maximum: MAX_ITERATIONS,
        });
    }
    Ok(iterations)
}

/// A label for each key and its certificate.
///
/// Java keeps one key for each label, so no two may be the same. The plain one goes to the certificate that others encrypt to:
/// NSS takes the certificate to encrypt to by label first, but looks for one to sign with among all that hold the address.
fn names(bags: &[Bag<'_>], friendly_name: &str) -> Vec<String> {
    let encrypts = |bag: &Bag<'_>| {
        bag.certificate
            .key_usage()
            .is_none_or(|usage| usage.key_encipherment || usage.key_agreement)
    };
    let plain = bags.iter().position(encrypts).unwrap_or(0);
    let name = |(index, bag): (usize, &Bag<'_>)| {
        if index == plain || friendly_name.is_empty() {
            friendly_name.to_owned()
        } else if bags.len() == 2 && !encrypts(bag) {
            format!("{friendly_name} (signing)")
        } else {
            format!("{friendly_name} ({})", index + 1)
        }
    };
    bags.iter().enumerate().map(name).collect()
}

/// SafeContents of the certificates: leaves with attributes, each certificate once.
fn certificate_bags(bags: &[Bag<'_>], names: &[String], chain: &[Certificate]) -> Vec<u8> {
    let mut encoded = Vec::new();
    let mut seen: Vec<&Certificate> = Vec::new();
    for (bag, name) in bags.iter().zip(names) {
        encoded.push(safe_bag(
            oids::CERT_BAG,
            &cert_bag(bag.certificate),
            &attributes(bag.certificate, name),
        ));
        seen.push(bag.certificate);
    }
    for certificate in chain {
        if !seen.contains(&certificate) {
            encoded.push(safe_bag(oids::CERT_BAG, &cert_bag(certificate), &[]));
            seen.push(certificate);
        }
    }
    asn1::tlv(SEQUENCE, &slices(&encoded))
}

fn cert_bag(certificate: &Certificate) -> Vec<u8> {
    let value = asn1::tlv(0xa0, &[&asn1::tlv(OCTET_STRING, &[certificate.der()])]);
    asn1::tlv(SEQUENCE, &[&asn1::oid(oids::X509_CERTIFICATE), &value])
}

fn safe_bag(kind: der::asn1::ObjectIdentifier, value: &[u8], attributes: &[u8]) -> Vec<u8> {
    asn1::tlv(
        SEQUENCE,
        &[&asn1::oid(kind), &asn1::tlv(0xa0, &[value]), attributes],
    )
}

fn attributes(certificate: &Certificate, friendly_name: &str) -> Vec<u8> {
    let local_key_id = digest(DigestAlgorithm::Sha1, certificate.der());
    let mut all = vec![attribute(
        oids::LOCAL_KEY_ID,
        &asn1::tlv(OCTET_STRING, &[&local_key_id]),
    )];
    if !friendly_name.is_empty() {
        let utf16: Vec<u8> = friendly_name.encode_utf16().flat_map(u16::to_be_bytes).collect();
        all.push(attribute(oids::FRIENDLY_NAME, &asn1::tlv(BMP_STRING, &[&utf16])));
    }
    asn1::set_of(all)
}

fn attribute(oid: der::asn1::ObjectIdentifier, value: &[u8]) -> Vec<u8> {
    asn1::tlv(SEQUENCE, &[&asn1::oid(oid), &asn1::tlv(SET, &[value])])
}

/// EncryptedPrivateKeyInfo.
fn shroud(
    preset: Preset,
    password: &Candidate,
    iterations: u32,
    pkcs8: &[u8],
) -> Result<Vec<u8>, Pkcs12Error> {
    let (algorithm, ciphertext) = encrypt(preset, password, iterations, pkcs8)?;
    Ok(asn1::tlv(
        SEQUENCE,
        &[&algorithm, &asn1::tlv(OCTET_STRING, &[&ciphertext])],
    ))
}

/// ContentInfo with EncryptedData (RFC 5652, 8).
fn encrypted_data(
    preset: Preset,
    password: &Candidate,
    iterations: u32,
    content: &[u8],
) -> Result<Vec<u8>, Pkcs12Error> {
    let (algorithm, ciphertext) = encrypt(preset, password, iterations, content)?;
    let info = asn1::tlv(
        SEQUENCE,
        &[
            &asn1::oid(oids::DATA),
            &algorithm,
            &asn1::tlv(0x80, &[&ciphertext]),
        ],
    );
    let encrypted = asn1::tlv(SEQUENCE, &[&asn1::unsigned(0), &info]);
    Ok(asn1::tlv(
        SEQUENCE,
        &[&asn1::oid(oids::ENCRYPTED_DATA), &asn1::tlv(0xa0, &[&encrypted])],
    ))
}

fn encrypt(
    preset: Preset,
    password: &Candidate,
    iterations: u32,
    plaintext: &[u8],
) -> Result<(Vec<u8>, Vec<u8>), Pkcs12Error> {
    match preset {
        Preset::Modern => pbe::encrypt_modern(password, iterations, plaintext),
        Preset::Compat => pbe::encrypt_compat(password, iterations, plaintext),
    }
}

/// ContentInfo with Data.
fn data(content: &[u8]) -> Vec<u8> {
    asn1::tlv(
        SEQUENCE,
        &[
            &asn1::oid(oids::DATA),
            &asn1::tlv(0xa0, &[&asn1::tlv(OCTET_STRING, &[content])]),
        ],
    )
}

fn slices(parts: &[Vec<u8>]) -> Vec<&[u8]> {
    parts.iter().map(Vec::as_slice).collect()
}

const BMP_STRING: u8 = 0x1e;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{Identity, IdentityError};
    use crate::key::KeyAlgorithm;
    use crate::pkcs12::{ReadOptions, read};

    /// Java's programming interface, unlike its tool, gives a key a password of its own.
    #[test]
    fn a_key_under_another_password_than_the_file() {
        let key = PrivateKey::generate(KeyAlgorithm::EcP256).unwrap();
        let (outer, inner) = (standard("outer"), standard("inner"));
        for preset in [Preset::Modern, Preset::Compat] {
            let certificates = encrypted_data(preset, &outer, 1, &asn1::tlv(SEQUENCE, &[])).unwrap();
            let shrouded = shroud(preset, &inner, 1, key.pkcs8_der()).unwrap();
            let keys = asn1::tlv(SEQUENCE, &[&safe_bag(oids::SHROUDED_KEY_BAG, &shrouded, &[])]);
            let content = asn1::tlv(SEQUENCE, &[&certificates, &data(&keys)]);
            let mac = mac::mac_data(DigestAlgorithm::Sha256, &outer, b"salt", 1, &content);
            let file = asn1::tlv(SEQUENCE, &[&asn1::unsigned(3), &data(&content), &mac]);
            let password = Passphrase::new("outer").unwrap();
            let contents = read(&file, Some(&password), ReadOptions::default()).unwrap();
            assert!(contents.keys.is_empty());
            assert_eq!(
                contents.unread,
                ["a private key under another password than the file's own"]
            );
            let refused = Identity::from_pkcs12(&file, Some(&password), ReadOptions::default());
            assert!(matches!(refused, Err(IdentityError::NoKey { unread }) if unread == contents.unread));
        }
    }
}

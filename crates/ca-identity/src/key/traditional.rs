//! Private keys in OpenSSL's old encrypted PEM: `Proc-Type: 4,ENCRYPTED` and `DEK-Info` (RFC 1421, 4.6.1.1 and 4.6.1.3).
//!
//! The key comes from one round of MD5 over passphrase and salt, so a weak passphrase is guessed at once: for reading only.

use md5::Digest as _;
use zeroize::Zeroizing;

use super::{KeyError, ReadOptions};
use crate::asn1::{self, OCTET_STRING};
use crate::cipher::{ContentCipher, ContentKey, Decryptor};
use crate::passphrase::Passphrase;
use crate::pem::Block;

/// Tells whether a block is in this form.
pub(super) fn is_encrypted(block: &Block) -> bool {
    header(block, "Proc-Type").is_some_and(|value| value.contains("ENCRYPTED"))
}

/// Decrypts a block.
pub(super) fn open(
    block: &Block,
    passphrase: &Passphrase,
    options: ReadOptions,
) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let malformed = |reason: &str| KeyError::Malformed {
        reason: format!("encrypted PEM block \"{}\": {reason}", block.label),
    };
    let info = header(block, "DEK-Info").ok_or_else(|| malformed("it has no DEK-Info"))?;
    let (name, iv) = info
        .split_once(',')
        .ok_or_else(|| malformed("its DEK-Info has no initialisation vector"))?;
    let cipher = cipher(name.trim()).ok_or_else(|| KeyError::UnsupportedEncryption {
        what: format!("the cipher {}", name.trim().chars().take(32).collect::<String>()),
    })?;
    if cipher.is_weak() && cipher != ContentCipher::DesEde3Cbc && !options.legacy {
        return Err(KeyError::LegacyNeeded {
            what: format!("a private key under {cipher}"),
        });
    }
    let iv = hex::decode(iv.trim())
        .ok()
        .filter(|iv| iv.len() == cipher.iv_len())
        .ok_or_else(|| malformed("its initialisation vector does not fit its cipher"))?;
    let salt = iv.get(..SALT_LEN).unwrap_or_default();
    let key = ContentKey::from_bytes(derive(passphrase, salt, cipher.key_len()));
    // The room for the whole plaintext is taken at once: a vector that grows would leave pieces of the key behind.
    let mut plaintext = Zeroizing::new(Vec::with_capacity(2 * block.der.len() + 64));
    let parameters = asn1::tlv(OCTET_STRING, &[&iv]);
    let wrong = |_| KeyError::Decryption;
    let mut decryptor = Decryptor::new(cipher, &key, &parameters).map_err(wrong)?;
    decryptor.update(&block.der, &mut plaintext).map_err(wrong)?;
    decryptor.finish(&[], None, &mut plaintext).map_err(wrong)?;
    Ok(plaintext)
}

fn header<'a>(block: &'a Block, name: &str) -> Option<&'a str> {
    block.headers.iter().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.trim().eq_ignore_ascii_case(name).then_some(value.trim())
    })
}

fn cipher(name: &str) -> Option<ContentCipher> {
    Some(match name {
        "AES-128-CBC" => ContentCipher::Aes128Cbc,
        "AES-192-CBC" => ContentCipher::Aes192Cbc,
        "AES-256-CBC" => ContentCipher::Aes256Cbc,
        "DES-EDE3-CBC" => ContentCipher::DesEde3Cbc,
        "DES-CBC" => ContentCipher::DesCbc,
        "RC2-CBC" => ContentCipher::Rc2Cbc { effective_bits: 128 },
        "RC2-64-CBC" => ContentCipher::Rc2Cbc { effective_bits: 64 },
        "RC2-40-CBC" => ContentCipher::Rc2Cbc { effective_bits: 40 },
        _ => return None,
    })
}

/// EVP_BytesToKey of OpenSSL with MD5 and one round.
fn derive(passphrase: &Passphrase, salt: &[u8], len: usize) -> Zeroizing<Vec<u8>> {
    let mut key = Zeroizing::new(Vec::with_capacity(len + MD5_LEN));
    let mut last = Zeroizing::new(Vec::with_capacity(MD5_LEN));
    while key.len() < len {
        let hash = md5::Md5::new()
            .chain_update(&*last)
            .chain_update(passphrase.as_bytes())
            .chain_update(salt)
            .finalize();
        last.clear();
        last.extend_from_slice(&hash);
        key.extend_from_slice(&hash);
    }
    key.truncate(len);
    key
}

const MD5_LEN: usize = 16;
const SALT_LEN: usize = 8;

//! Files that are no mail, as bare CMS.

use std::io::{self, Read, Write};

use identity::Certificate;
use identity::cipher::Encryptor;
use zeroize::Zeroizing;

use super::{Addressed, EncryptError, EncryptOptions, EncryptReport, address};
use crate::cms::der;
use crate::cms::enveloped::NewEnvelope;
use crate::compose::changed;

/// Encrypts octets as they are, `length` of them, and writes bare CMS (DER, RFC 5652) with content of type id-data: for
/// files that are no mail.
///
/// Of `options`, what concerns messages does not count. [`crate::decrypt()`] gives the octets back.
///
/// # Errors
/// See [`EncryptError`]; [`EncryptError::Io`] also if the input has another length.
pub fn encrypt_octets(
    mut input: impl Read,
    length: u64,
    recipients: &[Certificate],
    options: &EncryptOptions,
    mut out: impl Write,
) -> Result<EncryptReport, EncryptError> {
    let Addressed {
        cipher,
        key,
        infos,
        report,
        ..
    } = address(recipients, options)?;
    let mut encryptor = Encryptor::new(cipher, &key).map_err(EncryptError::Encryption)?;
    let parameters = encryptor.parameters_der().to_vec();
    let envelope = NewEnvelope {
        cipher,
        parameters: &parameters,
        recipients: infos,
    };
    out.write_all(&envelope.begin(NewEnvelope::ciphertext_length(cipher, length)))?;
    let (mut read, mut block, mut ciphertext) = (0_u64, Zeroizing::new(vec![0; BLOCK]), Vec::new());
    loop {
        let count = match input.read(&mut block) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error.into()),
        };
        read += count as u64;
        ciphertext.clear();
        encryptor
            .update(block.get(..count).unwrap_or_default(), &mut ciphertext)
            .map_err(EncryptError::Encryption)?;
        out.write_all(&ciphertext)?;
    }
    if read != length {
        return Err(changed().into());
    }
    ciphertext.clear();
    let tag = encryptor
        .finish(&[], &mut ciphertext)
        .map_err(EncryptError::Encryption)?;
    if cipher.is_authenticated() {
        ciphertext.extend_from_slice(&der::octet_string(&tag.unwrap_or_default()));
    }
    out.write_all(&ciphertext)?;
    out.flush()?;
    Ok(EncryptReport {
        cipher,
        recipients: report,
        passwords: options.passwords.len(),
        warnings: Vec::new(),
    })
}

const BLOCK: usize = 128 << 10;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DecryptOptions, MemorySpool, decrypt};
    use identity::{ContentCipher, Passphrase};

    #[test]
    fn octets_come_back_as_they_were() {
        let now = "2026-11-23T12:00:00Z".parse().unwrap();
        let password = || Passphrase::new("correct horse").unwrap();
        for (length, cipher) in [
            (0, ContentCipher::Aes256Gcm),
            (1, ContentCipher::Aes256Gcm),
            (300_000, ContentCipher::Aes256Gcm),
            (300_000, ContentCipher::Aes256Cbc),
        ] {
            // No text, and lines that look like header fields.
            let octets: Vec<u8> = b"Subject: x\nFrom: y\n\n\x00\xff"
                .iter()
                .copied()
                .cycle()
                .take(length)
                .collect();
            let mut options = EncryptOptions::new(now);
            options.cipher = Some(cipher);
            options.passwords = vec![password()];
            let mut sealed = Vec::new();
            encrypt_octets(octets.as_slice(), length as u64, &[], &options, &mut sealed).unwrap();
            let open = DecryptOptions {
                passwords: vec![password()],
                ..DecryptOptions::default()
            };
            let held = decrypt(sealed.as_slice(), &[], &open, MemorySpool::new()).unwrap();
            assert!(
                held.into_content().unwrap().into_inner() == octets,
                "{length} {cipher}"
            );
            // A bit that was flipped anywhere in the content is noticed.
            if cipher.is_authenticated() && length > 0 {
                let at = sealed.len() - 30;
                sealed[at] ^= 1;
                assert!(decrypt(sealed.as_slice(), &[], &open, MemorySpool::new()).is_err());
            }
            let short = encrypt_octets(&octets[..length / 2], length as u64, &[], &options, io::sink());
            assert_eq!(short.is_ok(), length == 0);
        }
    }
}

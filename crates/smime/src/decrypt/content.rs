//! The encrypted content, deciphered as it comes in.

use std::io::{self, Read, Write};

use identity::cipher::Decryptor;
use identity::{ContentCipher, ContentKey};
use zeroize::Zeroizing;

use super::keys::{Candidate, OpenedBy};
use crate::cms::stream::BerStream;
use crate::cms::stream::enveloped::{Envelope, EnvelopeKind, Trailer};
use crate::pipeline::{self, PIECE};
use crate::stream::StreamError;

/// Why the content could not be had.
pub(super) enum ContentError {
    /// It is damaged, or the key is another: nothing more is said.
    Failed,
    Spool(io::Error),
    Stream(StreamError),
}

impl From<StreamError> for ContentError {
    fn from(error: StreamError) -> Self {
        Self::Stream(error)
    }
}

/// Deciphers the content that `stream` gives next into `output` and reads the rest of the message; returns what the
/// right key came from. What `output` was given is good only if all went well.
///
/// Several keys are possible where RSA identities share a name and serial number, or a recipient is named more than
/// once. The beginning is kept then: a content that ends in it is tried with each key, and of a longer one it tells
/// which key to go on with.
pub(super) fn decrypt<R: Read>(
    envelope: &Envelope,
    cipher: ContentCipher,
    mut stream: BerStream<R>,
    candidates: Vec<Candidate>,
    output: &mut (impl Write + Send),
) -> Result<OpenedBy, ContentError> {
    let mut begun: Vec<_> = candidates
        .into_iter()
        .filter_map(|candidate| Some((candidate.opened_by, begin(envelope, cipher, &candidate.key)?)))
        .collect();
    let Some((opened_by, decryptor)) = begun.pop() else {
        // The answer is the same, and as late, as that to damaged content.
        skip(envelope, stream)?;
        return Err(ContentError::Failed);
    };
    if begun.is_empty() {
        decrypt_streaming(envelope, stream, decryptor, output)?;
        return Ok(opened_by);
    }
    begun.push((opened_by, decryptor));

    let mut ciphertext = vec![0; BEGINNING];
    let length = stream.read_octets(&mut ciphertext)?;
    ciphertext.truncate(length);
    let after = match length < BEGINNING {
        true => After::End(envelope.finish(stream)?),
        false => After::More(stream),
    };
    let mut best: Option<Trial> = None;
    for (opened_by, mut decryptor) in begun {
        // Reserved in full, so that no copy is left behind by growing.
        let mut content = Zeroizing::new(Vec::with_capacity(length + 64));
        let mut sound = decryptor.update(&ciphertext, &mut content).is_ok();
        let decryptor = match &after {
            After::End(trailer) => {
                sound &= finish(decryptor, trailer, &mut content);
                None
            }
            After::More(_) => Some(decryptor),
        };
        // What a wrong key gives looks random; and by chance its padding may be right.
        let order = order(&content);
        if sound && best.as_ref().is_none_or(|best| order > best.order) {
            best = Some(Trial {
                opened_by,
                decryptor,
                content,
                order,
            });
        }
    }
    let Some(best) = best else {
        return Err(ContentError::Failed);
    };
    output.write_all(&best.content).map_err(ContentError::Spool)?;
    if let (Some(decryptor), After::More(stream)) = (best.decryptor, after) {
        decrypt_streaming(envelope, stream, decryptor, output)?;
    }
    Ok(best.opened_by)
}

/// What follows the beginning.
enum After<R> {
    End(Trailer),
    More(BerStream<R>),
}

/// What one of several keys makes of the beginning.
struct Trial {
    opened_by: OpenedBy,
    /// `None` if the beginning is all.
    decryptor: Option<Decryptor>,
    content: Zeroizing<Vec<u8>>,
    order: f64,
}

/// How far `content` is from random octets: how often two of its octets are the same.
fn order(content: &[u8]) -> f64 {
    let mut counts = [0_u64; 256];
    for octet in content {
        if let Some(count) = counts.get_mut(usize::from(*octet)) {
            *count += 1;
        }
    }
    let pairs: u64 = counts.iter().map(|count| count * count.saturating_sub(1)).sum();
    let length = content.len() as u64;
    pairs as f64 / (length * length.saturating_sub(1)).max(1) as f64
}

fn begin(envelope: &Envelope, cipher: ContentCipher, key: &ContentKey) -> Option<Decryptor> {
    // An authenticated cipher in an EnvelopedData or EncryptedData, or the reverse, is an attempt to lose the tag.
    if cipher.is_authenticated() != (envelope.kind == EnvelopeKind::AuthEnveloped) {
        return None;
    }
    Decryptor::new(cipher, key, envelope.algorithm.parameters.as_deref()?).ok()
}

fn decrypt_streaming<R: Read>(
    envelope: &Envelope,
    mut stream: BerStream<R>,
    mut decryptor: Decryptor,
    output: &mut (impl Write + Send),
) -> Result<(), ContentError> {
    let mut sound = true;
    pipeline::run(
        |buffer| Ok(stream.read_octets(buffer)?),
        |piece| sound &= decryptor.update(&piece.input, &mut piece.output).is_ok(),
        |piece| output.write_all(&piece.output).map_err(ContentError::Spool),
    )?;
    let trailer = envelope.finish(stream)?;
    let mut last = Zeroizing::new(Vec::new());
    let finished = finish(decryptor, &trailer, &mut last);
    if !(sound && finished) {
        return Err(ContentError::Failed);
    }
    output.write_all(&last).map_err(ContentError::Spool)
}

fn finish(decryptor: Decryptor, trailer: &Trailer, out: &mut Vec<u8>) -> bool {
    let tag = trailer.tag.as_deref();
    decryptor
        .finish(&trailer.authenticated_attributes, tag, out)
        .is_ok()
}

fn skip<R: Read>(envelope: &Envelope, mut stream: BerStream<R>) -> Result<(), StreamError> {
    let mut buffer = vec![0; PIECE];
    while stream.read_octets(&mut buffer)? > 0 {}
    envelope.finish(stream).map(drop)
}

/// How much of a content is tried with several keys.
const BEGINNING: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use identity::cipher::Encryptor;
    use identity::identity::Identity;
    use identity::{ContentCipher, ContentKey};

    use crate::cms::enveloped::NewEnvelope;
    use crate::cms::{der, key_management};
    use crate::decrypt::SharedKey;
    use crate::{DecryptError, DecryptOptions, MemorySpool, OpenedBy, decrypt};

    fn alice() -> Identity {
        let pem = include_bytes!("../../tests/data/alice.pem");
        Identity::from_pem(pem, None).unwrap().remove(0)
    }

    /// A message whose content key stands at `right` among several for the same certificate.
    fn ambiguous(cipher: ContentCipher, content: &[u8], right: usize) -> Vec<u8> {
        let key = ContentKey::generate(cipher).unwrap();
        let recipients = (0..4).map(|at| {
            let other = ContentKey::generate(cipher).unwrap();
            let key = if at == right { &key } else { &other };
            key_management::seal(alice().certificate(), key, None).unwrap().0
        });
        let recipients = recipients.collect();
        let mut encryptor = Encryptor::new(cipher, &key).unwrap();
        let parameters = encryptor.parameters_der().to_vec();
        let mut ciphertext = Vec::new();
        encryptor.update(content, &mut ciphertext).unwrap();
        let tag = encryptor.finish(&[], &mut ciphertext).unwrap();
        let envelope = NewEnvelope {
            cipher,
            parameters: &parameters,
            recipients,
        };
        let mut message = envelope.begin(ciphertext.len() as u64);
        message.extend(ciphertext);
        message.extend(tag.map(|tag| der::octet_string(&tag)).unwrap_or_default());
        message
    }

    #[test]
    fn recipients_put_in_by_others_keep_nobody_from_reading() {
        let short = b"Content-Type: text/plain\r\n\r\nshort\r\n".to_vec();
        let exact: Vec<u8> = short.iter().copied().cycle().take(super::BEGINNING).collect();
        let long = short
            .iter()
            .copied()
            .cycle()
            .take(super::BEGINNING + 100_000)
            .collect();
        let (cbc, gcm) = (ContentCipher::Aes256Cbc, ContentCipher::Aes128Gcm);
        for (content, ciphers) in [(short, &[cbc, gcm][..]), (exact, &[cbc]), (long, &[gcm])] {
            for cipher in ciphers.iter().copied() {
                for right in [0, 3] {
                    let mut message = ambiguous(cipher, &content, right);
                    let options = DecryptOptions::default();
                    let open = |message: &[u8]| decrypt(message, &[alice()], &options, MemorySpool::new());
                    let held = open(&message).unwrap();
                    assert_eq!(held.report().opened_by, OpenedBy::Identity(0));
                    assert_eq!(
                        *held.into_content().unwrap().get_ref(),
                        content,
                        "{cipher} {right}"
                    );

                    message.truncate(message.len() - 1);
                    assert!(open(&message).is_err());
                    if cipher.is_authenticated() {
                        message.push(0);
                        let last = message.len() - 30;
                        message[last] ^= 1;
                        assert!(matches!(open(&message), Err(DecryptError::DecryptionFailed)));
                    }
                }
            }
        }
    }

    /// KEKRecipientInfo (RFC 5652 6.2.3).
    fn shared(key: &[u8; 32], content_key: &ContentKey, identifier: &[u8]) -> Vec<u8> {
        let wrapped = identity::key_wrap::aes_wrap(key, content_key.as_bytes()).unwrap();
        let info = der::sequence(&[
            &der::small_integer(4),
            &der::sequence(&[&der::octet_string(identifier)]),
            &der::algorithm(identity::key_wrap::KeyWrap::Aes256.oid(), &[]),
            &der::octet_string(&wrapped),
        ]);
        der::retagged(0xa2, info)
    }

    #[test]
    fn other_peoples_shared_keys_stand_in_nobodys_way() {
        let cipher = ContentCipher::Aes256Cbc;
        let key = ContentKey::generate(cipher).unwrap();
        let mine = [7; 32];
        let mut recipients: Vec<_> = (0..40)
            .map(|at| {
                let other = ContentKey::generate(cipher).unwrap();
                shared(&[at; 32].map(|octet: u8| octet + 100), &other, b"other")
            })
            .collect();
        recipients.push(shared(&mine, &key, b"mine"));
        recipients.push(key_management::seal(alice().certificate(), &key, None).unwrap().0);
        let mut encryptor = Encryptor::new(cipher, &key).unwrap();
        let parameters = encryptor.parameters_der().to_vec();
        let content = b"Content-Type: text/plain\r\n\r\nHello\r\n";
        let mut ciphertext = Vec::new();
        encryptor.update(content, &mut ciphertext).unwrap();
        encryptor.finish(&[], &mut ciphertext).unwrap();
        let envelope = NewEnvelope {
            cipher,
            parameters: &parameters,
            recipients,
        };
        let mut message = envelope.begin(ciphertext.len() as u64);
        message.extend(ciphertext);

        let shared_key = |octet: u8| SharedKey::new(vec![octet; 32].into()).unwrap();
        let mut options = DecryptOptions {
            shared_keys: vec![shared_key(9), shared_key(8)],
            ..DecryptOptions::default()
        };
        let held = decrypt(message.as_slice(), &[alice()], &options, MemorySpool::new()).unwrap();
        assert_eq!(held.report().opened_by, OpenedBy::Identity(0));
        options.shared_keys.push(shared_key(7));
        let held = decrypt(message.as_slice(), &[], &options, MemorySpool::new()).unwrap();
        assert!(matches!(
            held.report().opened_by,
            OpenedBy::SharedKey { index: 2, .. }
        ));
        assert_eq!(held.into_content().unwrap().into_inner(), content);
    }
}

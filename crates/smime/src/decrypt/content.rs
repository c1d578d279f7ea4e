//! The encrypted content, deciphered as it comes in.

use std::io::{self, Read, Write};

use identity::cipher::Decryptor;
use identity::{ContentCipher, ContentKey};
use zeroize::Zeroizing;

use crate::cms::stream::BerStream;
use crate::cms::stream::enveloped::{Envelope, Trailer};
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

/// Deciphers the content that `stream` gives next into `output` and reads the rest of the message; returns the index
/// of the identity whose key was right. What `output` was given is good only if all went well.
pub(super) fn decrypt<R: Read>(
    envelope: &Envelope,
    cipher: ContentCipher,
    stream: BerStream<R>,
    mut keys: Vec<(usize, ContentKey)>,
    output: &mut impl Write,
) -> Result<usize, ContentError> {
    if keys.len() > 1 {
        return decrypt_with_one_of(envelope, cipher, stream, &keys, output);
    }
    let decryptor = keys
        .pop()
        .and_then(|(index, key)| Some((index, begin(envelope, cipher, &key)?)));
    match decryptor {
        Some((index, decryptor)) => {
            decrypt_streaming(envelope, stream, decryptor, output)?;
            Ok(index)
        }
        None => {
            // The answer is the same, and as late, as that to damaged content.
            skip(envelope, stream)?;
            Err(ContentError::Failed)
        }
    }
}

fn begin(envelope: &Envelope, cipher: ContentCipher, key: &ContentKey) -> Option<Decryptor> {
    // An authenticated cipher in an EnvelopedData, or the reverse, is an attempt to lose the tag.
    if cipher.is_authenticated() != envelope.authenticated {
        return None;
    }
    Decryptor::new(cipher, key, envelope.algorithm.parameters.as_deref()?).ok()
}

fn decrypt_streaming<R: Read>(
    envelope: &Envelope,
    mut stream: BerStream<R>,
    mut decryptor: Decryptor,
    output: &mut impl Write,
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

/// Several keys are possible, and only the end tells which is right: the ciphertext is kept until then.
///
/// This is so where RSA identities share a name and serial number, or a recipient is named more than once.
fn decrypt_with_one_of<R: Read>(
    envelope: &Envelope,
    cipher: ContentCipher,
    mut stream: BerStream<R>,
    keys: &[(usize, ContentKey)],
    output: &mut impl Write,
) -> Result<usize, ContentError> {
    let mut ciphertext = Vec::new();
    let mut buffer = vec![0; PIECE];
    loop {
        let length = stream.read_octets(&mut buffer)?;
        ciphertext.extend_from_slice(buffer.get(..length).unwrap_or_default());
        if length < buffer.len() {
            break;
        }
    }
    let trailer = envelope.finish(stream)?;
    for (index, key) in keys {
        let Some(mut decryptor) = begin(envelope, cipher, key) else {
            continue;
        };
        // Reserved in full, so that no copy is left behind by growing.
        let mut content = Zeroizing::new(Vec::with_capacity(ciphertext.len() + 64));
        if decryptor.update(&ciphertext, &mut content).is_ok() && finish(decryptor, &trailer, &mut content) {
            output.write_all(&content).map_err(ContentError::Spool)?;
            return Ok(*index);
        }
    }
    Err(ContentError::Failed)
}

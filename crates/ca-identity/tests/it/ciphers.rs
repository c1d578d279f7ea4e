//! The streaming ciphers against the one-shot calls of the library.

use aws_lc_rs::aead::{AES_128_GCM, AES_192_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{
    AES_128, AES_192, AES_256, EncryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey,
};
use aws_lc_rs::iv::FixedLength;
use identity::cipher::{Decryptor, Encryptor, UPDATE_ROOM};
use identity::{ContentCipher, ContentKey};
use proptest::prelude::*;
use zeroize::Zeroizing;

const CBC: [ContentCipher; 3] = [
    ContentCipher::Aes128Cbc,
    ContentCipher::Aes192Cbc,
    ContentCipher::Aes256Cbc,
];
const GCM: [ContentCipher; 3] = [
    ContentCipher::Aes128Gcm,
    ContentCipher::Aes192Gcm,
    ContentCipher::Aes256Gcm,
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn gcm_in_pieces_is_gcm_at_once(
        cipher in prop::sample::select(&GCM[..]),
        key in prop::collection::vec(any::<u8>(), 32),
        nonce in any::<[u8; 12]>(),
        content in content(),
        aad in prop::collection::vec(any::<u8>(), 0..100),
        pieces in prop::collection::vec(0_usize..20_000, 1..8),
        flip in any::<prop::sample::Index>(),
    ) {
        let key = &key[..cipher.key_len()];
        let algorithm = match cipher {
            ContentCipher::Aes128Gcm => &AES_128_GCM,
            ContentCipher::Aes192Gcm => &AES_192_GCM,
            _ => &AES_256_GCM,
        };
        let at_once = LessSafeKey::new(UnboundKey::new(algorithm, key).unwrap());
        let key = ContentKey::from_bytes(Zeroizing::new(key.to_vec()));
        let seal = |nonce: [u8; 12]| {
            let mut sealed = content.clone();
            let nonce = Nonce::assume_unique_for_key(nonce);
            let tag = at_once.seal_in_place_separate_tag(nonce, Aad::from(&aad), &mut sealed).unwrap();
            (sealed, tag.as_ref().to_vec())
        };

        let (mut sealed, mut tag) = seal(nonce);
        let parameters = [&[0x30, 17, 0x04, 12][..], &nonce, &[0x02, 0x01, 16]].concat();
        prop_assert_eq!(decrypt(cipher, &key, &parameters, &sealed, &aad, Some(&tag), &pieces), Some(content.clone()));

        if cipher.can_encrypt() {
            let (parameters, ours, our_tag) = encrypt(cipher, &key, &content, &aad, &pieces);
            let (theirs, their_tag) = seal(parameters[4..16].try_into().unwrap());
            prop_assert_eq!(ours, theirs);
            prop_assert_eq!(our_tag, Some(their_tag));
        }

        let bit = flip.index((sealed.len() + tag.len()) * 8);
        match bit / 8 {
            at if at < sealed.len() => sealed[at] ^= 1 << (bit % 8),
            at => tag[at - sealed.len()] ^= 1 << (bit % 8),
        }
        prop_assert_eq!(decrypt(cipher, &key, &parameters, &sealed, &aad, Some(&tag), &pieces), None);
    }

    #[test]
    fn cbc_in_pieces_is_cbc_at_once(
        cipher in prop::sample::select(&CBC[..]),
        key in prop::collection::vec(any::<u8>(), 32),
        content in content(),
        pieces in prop::collection::vec(0_usize..20_000, 1..8),
    ) {
        let key = &key[..cipher.key_len()];
        let algorithm = match cipher {
            ContentCipher::Aes128Cbc => &AES_128,
            ContentCipher::Aes192Cbc => &AES_192,
            _ => &AES_256,
        };
        let at_once = PaddedBlockEncryptingKey::cbc_pkcs7(UnboundCipherKey::new(algorithm, key).unwrap()).unwrap();
        let key = ContentKey::from_bytes(Zeroizing::new(key.to_vec()));
        let (parameters, ours, tag) = encrypt(cipher, &key, &content, b"", &pieces);
        prop_assert_eq!(tag, None);
        let iv: [u8; 16] = parameters[2..].try_into().unwrap();
        let mut theirs = content.clone();
        at_once.less_safe_encrypt(&mut theirs, EncryptionContext::Iv128(FixedLength::from(iv))).unwrap();
        prop_assert_eq!(&ours, &theirs);
        prop_assert_eq!(decrypt(cipher, &key, &parameters, &ours, b"", None, &pieces), Some(content));
    }
}

fn content() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..100),
        (any::<u8>(), 0_usize..60_000)
            .prop_map(|(byte, len)| (0..len).map(|at| byte ^ (at % 251) as u8).collect()),
    ]
}

/// Cuts at the given lengths, over and over.
fn cut<'a>(mut content: &'a [u8], pieces: &[usize]) -> Vec<&'a [u8]> {
    let mut cut = vec![];
    for piece in pieces.iter().cycle() {
        if content.is_empty() || (cut.len() > pieces.len() && pieces.iter().all(|piece| *piece == 0)) {
            break;
        }
        let (piece, rest) = content.split_at((*piece).min(content.len()));
        cut.push(piece);
        content = rest;
    }
    cut.push(content);
    cut
}

/// Returns the parameters, the ciphertext and the tag.
fn encrypt(
    cipher: ContentCipher,
    key: &ContentKey,
    content: &[u8],
    aad: &[u8],
    pieces: &[usize],
) -> (Vec<u8>, Vec<u8>, Option<Vec<u8>>) {
    let mut encryptor = Encryptor::new(cipher, key).unwrap();
    let parameters = encryptor.parameters_der().to_vec();
    let mut sealed = vec![];
    let mut room = vec![0xee; content.len() + UPDATE_ROOM];
    for (at, piece) in cut(content, pieces).into_iter().enumerate() {
        if at % 2 == 0 {
            encryptor.update(piece, &mut sealed).unwrap();
        } else {
            let len = encryptor.update_into(piece, &mut room).unwrap();
            sealed.extend_from_slice(&room[..len]);
        }
    }
    let tag = encryptor.finish(aad, &mut sealed).unwrap();
    (parameters, sealed, tag)
}

fn decrypt(
    cipher: ContentCipher,
    key: &ContentKey,
    parameters: &[u8],
    sealed: &[u8],
    aad: &[u8],
    tag: Option<&[u8]>,
    pieces: &[usize],
) -> Option<Vec<u8>> {
    let mut decryptor = Decryptor::new(cipher, key, parameters).unwrap();
    let mut content = vec![];
    let mut room = vec![0xee; sealed.len() + UPDATE_ROOM];
    for (at, piece) in cut(sealed, pieces).into_iter().enumerate() {
        if at % 2 == 0 {
            decryptor.update(piece, &mut content).unwrap();
        } else {
            let len = decryptor.update_into(piece, &mut room).unwrap();
            content.extend_from_slice(&room[..len]);
        }
    }
    decryptor.finish(aad, tag, &mut content).ok()?;
    Some(content)
}

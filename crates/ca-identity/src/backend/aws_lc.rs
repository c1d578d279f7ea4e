//! The only unsafe code of the project.
//!
//! `aws-lc-rs` wraps AWS-LC safely, but leaves out three things that reading mail needs: AES-GCM piece by piece (it seals and
//! opens in one call only), RSA decryption with keys below 2048 bits, and OAEP whose mask has another digest than its label.
//! The library itself has them. Each function here takes slices and gives owned values; no pointer leaves this file, and every
//! object of the library is freed by the `Drop` of its wrapper.

use std::ffi::c_int;
use std::ptr::{NonNull, null, null_mut};

use aws_lc_sys as sys;
use zeroize::Zeroizing;

use crate::digest::DigestAlgorithm;

/// Whether a [`Gcm`] encrypts or decrypts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GcmDirection {
    Open,
    Seal,
}

/// AES-GCM piece by piece (NIST SP 800-38D).
pub(crate) struct Gcm(CipherContext);

impl Gcm {
    /// Begins with a key of 16, 24 or 32 bytes and a nonce that is not empty; `None` for others, or if memory is short.
    pub(crate) fn new(direction: GcmDirection, key: &[u8], nonce: &[u8]) -> Option<Self> {
        // SAFETY: these take nothing and return a pointer to a table that lives as long as the program.
        let cipher = match key.len() {
            16 => unsafe { sys::EVP_aes_128_gcm() },
            24 => unsafe { sys::EVP_aes_192_gcm() },
            32 => unsafe { sys::EVP_aes_256_gcm() },
            _ => return None,
        };
        let nonce_len = length(nonce).filter(|len| *len > 0)?;
        let encrypt = c_int::from(direction == GcmDirection::Seal);
        let context = CipherContext::new()?;
        let raw = context.0.as_ptr();
        // SAFETY: `raw` is a live context. The first call takes neither key nor nonce; the second one no pointer; the third one
        // reads as many bytes from `key` as the cipher chosen by its length has, and from `nonce` those just announced.
        let begun = unsafe {
            sys::EVP_CipherInit_ex(raw, cipher, null_mut(), null(), null(), encrypt) == 1
                && sys::EVP_CIPHER_CTX_ctrl(raw, sys::EVP_CTRL_AEAD_SET_IVLEN, nonce_len, null_mut()) == 1
                && sys::EVP_CipherInit_ex(raw, null(), null_mut(), key.as_ptr(), nonce.as_ptr(), encrypt) == 1
        };
        begun.then_some(Self(context))
    }

    /// Adds additional authenticated data, all of it before the first content.
    pub(crate) fn authenticate(&mut self, aad: &[u8]) -> Option<()> {
        for piece in aad.chunks(PIECE) {
            let mut written = 0;
            let len = length(piece)?;
            // SAFETY: the context is live, `piece` has `len` bytes and is not empty; without an output nothing is written but
            // the count.
            let done = unsafe {
                sys::EVP_CipherUpdate(self.raw(), null_mut(), &raw mut written, piece.as_ptr(), len)
            };
            (done == 1).then_some(())?;
        }
        Some(())
    }

    /// Encrypts or decrypts `input` into the beginning of `out`; `None` if `out` is shorter or the library refuses.
    pub(crate) fn update(&mut self, input: &[u8], out: &mut [u8]) -> Option<()> {
        let out = out.get_mut(..input.len())?;
        // An empty piece has no chunk: the library would take it for the end.
        for (piece, room) in input.chunks(PIECE).zip(out.chunks_mut(PIECE)) {
            let mut written = 0;
            let len = length(piece)?;
            // SAFETY: the context is live; `piece` and `room` have `len` bytes each and do not overlap, one being borrowed
            // mutably; the mode writes as many bytes as it reads.
            let done = unsafe {
                sys::EVP_CipherUpdate(
                    self.raw(),
                    room.as_mut_ptr(),
                    &raw mut written,
                    piece.as_ptr(),
                    len,
                )
            };
            (done == 1 && written == len).then_some(())?;
        }
        Some(())
    }

    /// Ends an encryption and gives the tag in its full length.
    pub(crate) fn tag(self) -> Option<[u8; FULL_TAG]> {
        self.end()?;
        let mut tag = [0; FULL_TAG];
        // SAFETY: the context is live, and the library writes as many bytes as are announced, which `tag` has.
        let done = unsafe {
            sys::EVP_CIPHER_CTX_ctrl(
                self.raw(),
                sys::EVP_CTRL_AEAD_GET_TAG,
                FULL_TAG as c_int,
                tag.as_mut_ptr().cast(),
            )
        };
        (done == 1).then_some(tag)
    }

    /// Ends a decryption: `Some` if `tag`, of 1 to 16 bytes, is the beginning of the right one. The library compares in
    /// constant time.
    pub(crate) fn check(self, tag: &[u8]) -> Option<()> {
        let mut tag = tag.to_vec();
        let len = length(&tag).filter(|len| (1..=FULL_TAG as c_int).contains(len))?;
        // SAFETY: the context is live; the library copies `len` bytes from `tag`, which has them, and does not write to it.
        let done = unsafe {
            sys::EVP_CIPHER_CTX_ctrl(
                self.raw(),
                sys::EVP_CTRL_AEAD_SET_TAG,
                len,
                tag.as_mut_ptr().cast(),
            )
        };
        (done == 1).then_some(())?;
        self.end()
    }

    fn end(&self) -> Option<()> {
        // The mode has nothing left to write; the library asks for room of one block all the same.
        let mut nothing = [0; FULL_TAG];
        let mut written = 0;
        // SAFETY: the context is live, and `nothing` has room for one block.
        let done = unsafe { sys::EVP_CipherFinal_ex(self.raw(), nothing.as_mut_ptr(), &raw mut written) };
        if done != 1 {
            forget_errors();
        }
        (done == 1).then_some(())
    }

    fn raw(&self) -> *mut sys::EVP_CIPHER_CTX {
        self.0.0.as_ptr()
    }
}

/// How an RSA ciphertext is padded.
#[derive(Clone, Copy, Debug)]
pub(crate) enum RsaPadding<'a> {
    /// RSAES-PKCS1-v1_5.
    Pkcs1v15,
    /// RSAES-OAEP with any digest but MD5.
    Oaep {
        digest: DigestAlgorithm,
        mgf1_digest: DigestAlgorithm,
        label: &'a [u8],
    },
}

/// Tells whether the library takes a PrivateKeyInfo as an RSA key: it checks that its numbers fit together.
pub(crate) fn is_usable_rsa_key(pkcs8: &[u8]) -> bool {
    Key::parse_rsa(pkcs8).is_some()
}

/// Decrypts with the RSA key of a PrivateKeyInfo into a buffer of the modulus' length, and tells how much of it counts:
/// `None` where the ciphertext does not decrypt. There is no buffer where the key cannot be used, and for MD5.
///
/// The key is parsed for each call, so that none of the library's objects outlives it or is shared between threads.
pub(crate) fn rsa_decrypt(
    pkcs8: &[u8],
    padding: RsaPadding<'_>,
    ciphertext: &[u8],
) -> Option<(Zeroizing<Vec<u8>>, Option<usize>)> {
    let key = Key::parse_rsa(pkcs8)?;
    let context = KeyContext::new(&key)?;
    context.prepare_decryption(padding)?;
    // SAFETY: `key` is live; the call only reads.
    let size = unsafe { sys::EVP_PKEY_size(key.0.as_ptr()) };
    let mut out = Zeroizing::new(vec![0; usize::try_from(size).ok()?]);
    let mut len = out.len();
    // SAFETY: the context is live; `out` has the `len` bytes announced, which are as many as any plaintext of this key, and
    // `ciphertext` those announced.
    let done = unsafe {
        sys::EVP_PKEY_decrypt(
            context.0.as_ptr(),
            out.as_mut_ptr(),
            &raw mut len,
            ciphertext.as_ptr(),
            ciphertext.len(),
        )
    };
    // What went wrong stays on no list.
    forget_errors();
    Some((out, (done == 1).then_some(len)))
}

struct CipherContext(NonNull<sys::EVP_CIPHER_CTX>);

impl CipherContext {
    fn new() -> Option<Self> {
        // SAFETY: allocates a context, or returns null.
        NonNull::new(unsafe { sys::EVP_CIPHER_CTX_new() }).map(Self)
    }
}

impl Drop for CipherContext {
    fn drop(&mut self) {
        // SAFETY: the context came from EVP_CIPHER_CTX_new and is freed here only, with the key it holds wiped.
        unsafe { sys::EVP_CIPHER_CTX_free(self.0.as_ptr()) }
    }
}

// SAFETY: the context belongs to its wrapper alone and is bound to no thread.
unsafe impl Send for CipherContext {}

struct Key(NonNull<sys::EVP_PKEY>);

impl Key {
    fn parse_rsa(pkcs8: &[u8]) -> Option<Self> {
        let mut input = sys::CBS {
            data: pkcs8.as_ptr(),
            len: pkcs8.len(),
        };
        // SAFETY: `input` describes the slice, which outlives the call; the call keeps nothing of it.
        let key = NonNull::new(unsafe { sys::EVP_parse_private_key(&raw mut input) }).map(Self);
        forget_errors();
        // SAFETY: the key is live; the call only reads.
        key.filter(|key| input.len == 0 && unsafe { sys::EVP_PKEY_id(key.0.as_ptr()) } == sys::EVP_PKEY_RSA)
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        // SAFETY: the key came from EVP_parse_private_key; this gives back the one reference it came with.
        unsafe { sys::EVP_PKEY_free(self.0.as_ptr()) }
    }
}

struct KeyContext(NonNull<sys::EVP_PKEY_CTX>);

impl KeyContext {
    fn new(key: &Key) -> Option<Self> {
        // SAFETY: the key is live; the context takes a reference of its own to it.
        NonNull::new(unsafe { sys::EVP_PKEY_CTX_new(key.0.as_ptr(), null_mut()) }).map(Self)
    }

    fn prepare_decryption(&self, padding: RsaPadding<'_>) -> Option<()> {
        let raw = self.0.as_ptr();
        let number = match padding {
            RsaPadding::Pkcs1v15 => sys::RSA_PKCS1_PADDING,
            RsaPadding::Oaep { .. } => sys::RSA_PKCS1_OAEP_PADDING,
        };
        // SAFETY: the context is live, and the calls take no other pointer.
        let ready = unsafe {
            sys::EVP_PKEY_decrypt_init(raw) == 1 && sys::EVP_PKEY_CTX_set_rsa_padding(raw, number) == 1
        };
        ready.then_some(())?;
        let RsaPadding::Oaep {
            digest,
            mgf1_digest,
            label,
        } = padding
        else {
            return Some(());
        };
        let (digest, mgf1_digest) = (oaep_digest(digest)?, oaep_digest(mgf1_digest)?);
        // SAFETY: the context is live, and the tables of the digests live as long as the program.
        let ready = unsafe {
            sys::EVP_PKEY_CTX_set_rsa_oaep_md(raw, digest) == 1
                && sys::EVP_PKEY_CTX_set_rsa_mgf1_md(raw, mgf1_digest) == 1
        };
        ready.then_some(())?;
        self.set_label(label)
    }

    fn set_label(&self, label: &[u8]) -> Option<()> {
        if label.is_empty() {
            return Some(());
        }
        // SAFETY: `label` has the bytes announced; the copy, if not null, is ours.
        let copy = NonNull::new(unsafe { sys::OPENSSL_memdup(label.as_ptr().cast(), label.len()) })?;
        // SAFETY: the context is live; on success it owns the copy and frees it.
        let done = unsafe {
            sys::EVP_PKEY_CTX_set0_rsa_oaep_label(self.0.as_ptr(), copy.as_ptr().cast(), label.len())
        };
        if done != 1 {
            // SAFETY: the context has refused the copy, so it is still ours, and nothing else points to it.
            unsafe { sys::OPENSSL_free(copy.as_ptr()) };
        }
        (done == 1).then_some(())
    }
}

impl Drop for KeyContext {
    fn drop(&mut self) {
        // SAFETY: the context came from EVP_PKEY_CTX_new and is freed here only.
        unsafe { sys::EVP_PKEY_CTX_free(self.0.as_ptr()) }
    }
}

fn oaep_digest(digest: DigestAlgorithm) -> Option<*const sys::EVP_MD> {
    // SAFETY: these take nothing and return a pointer to a table that lives as long as the program.
    Some(match digest {
        DigestAlgorithm::Md5 => return None,
        DigestAlgorithm::Sha1 => unsafe { sys::EVP_sha1() },
        DigestAlgorithm::Sha224 => unsafe { sys::EVP_sha224() },
        DigestAlgorithm::Sha256 => unsafe { sys::EVP_sha256() },
        DigestAlgorithm::Sha384 => unsafe { sys::EVP_sha384() },
        DigestAlgorithm::Sha512 => unsafe { sys::EVP_sha512() },
    })
}

fn forget_errors() {
    // SAFETY: empties the list of errors of this thread, to which nothing points.
    unsafe { sys::ERR_clear_error() }
}

/// The library counts in `int`.
fn length(slice: &[u8]) -> Option<c_int> {
    c_int::try_from(slice.len()).ok()
}

/// The length of a tag, and of a block, in bytes.
pub(crate) const FULL_TAG: usize = 16;
/// Whole blocks, and well within `int`.
const PIECE: usize = 1 << 30;

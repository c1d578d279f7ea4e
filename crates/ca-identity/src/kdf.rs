//! Key derivation.

use std::num::NonZeroU32;

use aws_lc_rs::pbkdf2::{self, PBKDF2_HMAC_SHA1, PBKDF2_HMAC_SHA256, PBKDF2_HMAC_SHA384, PBKDF2_HMAC_SHA512};
use ring::hkdf;
use zeroize::{Zeroize, Zeroizing};

use crate::digest::{DigestAlgorithm, Hasher};

/// Derives `len` bytes from a shared secret with the key derivation function of ANSI X9.63 (SEC 1, 3.6.1; RFC 5753).
pub fn x963_kdf(digest: DigestAlgorithm, z: &[u8], shared_info: &[u8], len: usize) -> Zeroizing<Vec<u8>> {
    let mut key = Zeroizing::new(Vec::with_capacity(len + digest.output_len()));
    let mut counter: u32 = 1;
    while key.len() < len {
        let mut hasher = Hasher::new(digest);
        hasher.update(z);
        hasher.update(&counter.to_be_bytes());
        hasher.update(shared_info);
        let mut block = hasher.finish();
        key.extend_from_slice(&block);
        block.zeroize();
        counter = counter.wrapping_add(1);
    }
    key.truncate(len);
    key
}

/// Derives `len` bytes from a shared secret with HKDF (RFC 5869; RFC 8418, 2.2). Without a salt, zeros take its place.
/// `None` if there is no HKDF with this digest here (SHA-256, SHA-384 and SHA-512 only) or `len` is over 255 times
/// the digest's length.
pub fn hkdf(
    digest: DigestAlgorithm,
    salt: Option<&[u8]>,
    z: &[u8],
    info: &[u8],
    len: usize,
) -> Option<Zeroizing<Vec<u8>>> {
    let algorithm = match digest {
        DigestAlgorithm::Sha256 => hkdf::HKDF_SHA256,
        DigestAlgorithm::Sha384 => hkdf::HKDF_SHA384,
        DigestAlgorithm::Sha512 => hkdf::HKDF_SHA512,
        DigestAlgorithm::Md5 | DigestAlgorithm::Sha1 | DigestAlgorithm::Sha224 => return None,
    };
    // HMAC fills a short key up with zeros: no salt and a salt of zeros are the same.
    let key = hkdf::Salt::new(algorithm, salt.unwrap_or_default()).extract(z);
    let mut out = Zeroizing::new(vec![0; len]);
    key.expand(&[info], Length(len)).ok()?.fill(&mut out).ok()?;
    Some(out)
}

/// Derives `len` bytes from a password with PBKDF2 (RFC 8018, 5.2) and HMAC with `digest`, which is SHA-1 or SHA-2.
/// `None` with MD5, or without iterations.
pub fn pbkdf2(
    digest: DigestAlgorithm,
    password: &[u8],
    salt: &[u8],
    iterations: u32,
    len: usize,
) -> Option<Zeroizing<Vec<u8>>> {
    let iterations = NonZeroU32::new(iterations)?;
    let mut out = Zeroizing::new(vec![0; len]);
    let algorithm = match digest {
        DigestAlgorithm::Md5 => return None,
        DigestAlgorithm::Sha1 => PBKDF2_HMAC_SHA1,
        // The engine has no such one.
        DigestAlgorithm::Sha224 => {
            ::pbkdf2::pbkdf2_hmac::<sha2::Sha224>(password, salt, iterations.get(), &mut out);
            return Some(out);
        }
        DigestAlgorithm::Sha256 => PBKDF2_HMAC_SHA256,
        DigestAlgorithm::Sha384 => PBKDF2_HMAC_SHA384,
        DigestAlgorithm::Sha512 => PBKDF2_HMAC_SHA512,
    };
    pbkdf2::derive(algorithm, iterations, salt, password, &mut out);
    Some(out)
}

struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 5869, appendix A.1 and A.3.
    #[test]
    fn hkdf_known_answers() {
        let z = [0x0b; 22];
        for (salt, info, okm) in [
            (
                Some("000102030405060708090a0b0c"),
                "f0f1f2f3f4f5f6f7f8f9",
                "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
            ),
            (
                None,
                "",
                "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
            ),
        ] {
            let salt = salt.map(|text| hex::decode(text).unwrap());
            let info = hex::decode(info).unwrap();
            let out = hkdf(DigestAlgorithm::Sha256, salt.as_deref(), &z, &info, 42).unwrap();
            assert_eq!(hex::encode(&*out), okm);
        }
        assert!(hkdf(DigestAlgorithm::Sha1, None, &z, b"", 16).is_none());
        assert!(hkdf(DigestAlgorithm::Sha256, None, &z, b"", 255 * 32 + 1).is_none());
    }

    /// RFC 6070, 2 with SHA-1; RFC 7914, 11 with SHA-256; RFC 3211, 4 for the way they meet in a message.
    #[test]
    fn pbkdf2_known_answers() {
        for (digest, password, salt, iterations, key) in [
            (
                DigestAlgorithm::Sha1,
                "password",
                "73616c74",
                2,
                "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957",
            ),
            (
                DigestAlgorithm::Sha1,
                "All n-entities must communicate with other n-entities via n-1 entiteeheehees",
                "1234567878563412",
                500,
                "6a8970bf68c92caea84a8df28510858607126380cc47ab2d",
            ),
            (
                DigestAlgorithm::Sha256,
                "passwd",
                "73616c74",
                1,
                "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc",
            ),
        ] {
            let salt = hex::decode(salt).unwrap();
            let key = hex::decode(key).unwrap();
            let derived = pbkdf2(digest, password.as_bytes(), &salt, iterations, key.len());
            assert_eq!(*derived.unwrap(), key);
        }
        assert!(pbkdf2(DigestAlgorithm::Md5, b"x", b"salt", 1, 16).is_none());
        assert!(pbkdf2(DigestAlgorithm::Sha256, b"x", b"salt", 0, 16).is_none());
    }

    /// The engine's are the same as the other library's, so its SHA-224 is taken to be right too.
    #[test]
    fn pbkdf2_of_two_libraries() {
        let mut other = vec![0; 40];
        ::pbkdf2::pbkdf2_hmac::<sha2::Sha512>(b"password", b"salt", 3, &mut other);
        assert_eq!(
            *pbkdf2(DigestAlgorithm::Sha512, b"password", b"salt", 3, 40).unwrap(),
            other
        );
        assert_eq!(
            pbkdf2(DigestAlgorithm::Sha224, b"x", b"salt", 3, 40)
                .unwrap()
                .len(),
            40
        );
    }

    /// NIST CAVP, ANSI X9.63-2001 vectors (ansx963_2001.rsp): SHA-1 and SHA-256 without shared information, SHA-256 with.
    #[test]
    fn known_answers() {
        for (digest, z, shared_info, key) in [
            (
                DigestAlgorithm::Sha1,
                "1c7d7b5f0597b03d06a018466ed1a93e30ed4b04dc64ccdd",
                "",
                "bf71dffd8f4d99223936beb46fee8ccc",
            ),
            (
                DigestAlgorithm::Sha256,
                "96c05619d56c328ab95fe84b18264b08725b85e33fd34f08",
                "",
                "443024c3dae66b95e6f5670601558f71",
            ),
            (
                DigestAlgorithm::Sha256,
                "22518b10e70f2a3f243810ae3254139efbee04aa57c7af7d",
                "75eef81aa3041e33b80971203d2c0c52",
                "c498af77161cc59f2962b9a713e2b215152d139766ce34a776df11866a69bf2e52a13d9c7c6fc878c50c5ea0bc7b00e0da2447cfd874f6cf92f30d0097111485500c90c3af8b487872d04685d14c8d1dc8d7fa08beb0ce0ababc11f0bd496269142d43525a78e5bc79a17f59676a5706dc54d54d4d1f0bd7e386128ec26afc21",
            ),
        ] {
            let [z, shared_info, key] = [z, shared_info, key].map(|text| hex::decode(text).unwrap());
            assert_eq!(*x963_kdf(digest, &z, &shared_info, key.len()), key);
        }
    }
}

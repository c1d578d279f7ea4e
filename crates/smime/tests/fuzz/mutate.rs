//! Deterministic damage.

/// Changes octets as a fuzzer does, but the same way each time.
pub(crate) struct Mutator(u64);

impl Mutator {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below `bound`, which is not 0 but for an empty range.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        // xorshift64*
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let drawn = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(drawn).unwrap() % bound.max(1)
    }

    /// Returns `seed` with one bit changed.
    #[allow(dead_code, reason = "another test does")]
    pub(crate) fn flip(&mut self, seed: &[u8]) -> Vec<u8> {
        let mut bytes = seed.to_vec();
        let at = self.below(bytes.len());
        if let Some(octet) = bytes.get_mut(at) {
            *octet ^= 1 << self.below(8);
        }
        bytes
    }

    /// Returns `seed` changed in one to four places; `other` lends pieces.
    pub(crate) fn mutate(&mut self, seed: &[u8], other: &[u8]) -> Vec<u8> {
        let mut bytes = seed.to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len() + 1);
            let length = 1 + self.below(16);
            let end = (at + length).min(bytes.len());
            match self.below(8) {
                0 | 1 if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
                2 if at < bytes.len() => bytes[at] = NASTY[self.below(NASTY.len())],
                3 => drop(bytes.drain(at..end)),
                4 => {
                    let copy = bytes[at..end].to_vec();
                    bytes.splice(at..at, copy);
                }
                5 => {
                    let from = self.below(other.len() + 1);
                    let to = (from + 4 * length).min(other.len());
                    bytes.splice(at..end, other[from..to].iter().copied());
                }
                6 => {
                    let piece = PIECES[self.below(PIECES.len())];
                    bytes.splice(at..at, piece.iter().copied());
                }
                7 if self.below(4) == 0 => bytes.truncate(at),
                _ => bytes
                    .splice(at..end, std::iter::repeat_n(0xFF, length))
                    .for_each(drop),
            }
        }
        bytes
    }
}

/// Octets that mean something in ASN.1 or mail.
const NASTY: [u8; 14] = [
    0, 1, 0x7F, 0x80, 0x81, 0x84, 0x88, 0xFE, 0xFF, b'\r', b'\n', b'"', b'-', 0x24,
];

/// What parsers stumble over.
const PIECES: [&[u8]; 12] = [
    b"\x30\x80",
    b"\x00\x00",
    b"\x24\x80\x04\x01x\x00\x00",
    b"\x84\xff\xff\xff\xff",
    b"\x88\xff\xff\xff\xff\xff\xff\xff\xff",
    b"\x02\x09\x00\xff\xff\xff\xff\xff\xff\xff\xff",
    b"\r\n",
    b"\n\n",
    b"=?utf-8?q?=00?=",
    b"--b\r\n",
    b"\xc3\x28",
    b"Content-Type: message/rfc822\n\n",
];

//! Taking messages apart without our own library, for peers that read no MIME.

use base64::Engine;

/// A clear-signed message taken apart.
#[derive(Clone, Debug)]
pub struct SignedParts {
    /// The signed part, exactly as it stands between the boundaries.
    pub content: Vec<u8>,
    /// The detached signature, DER or BER.
    pub signature: Vec<u8>,
}

/// Splits a `multipart/signed` message as its boundary says.
#[must_use]
pub fn split_clear_signed(message: &[u8]) -> SignedParts {
    let text = String::from_utf8_lossy(&message[..message.len().min(4096)]).into_owned();
    let start = text.find("boundary=").expect("a boundary") + "boundary=".len();
    let rest = &text[start..];
    let boundary = match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next().unwrap(),
        None => rest.split(['\r', '\n', ';', ' ']).next().unwrap(),
    };
    let delimiter = format!("\n--{boundary}").into_bytes();
    let positions: Vec<usize> = message
        .windows(delimiter.len())
        .enumerate()
        .filter(|(_, window)| *window == delimiter)
        .map(|(at, _)| at)
        .collect();
    assert!(
        positions.len() >= 3,
        "two parts and a closing boundary, found {}",
        positions.len()
    );
    let after_line =
        |at: usize| at + 1 + message[at + 1..].iter().position(|byte| *byte == b'\n').unwrap() + 1;
    let end_of = |at: usize| if message[at - 1] == b'\r' { at - 1 } else { at };
    SignedParts {
        content: message[after_line(positions[0])..end_of(positions[1])].to_vec(),
        signature: base64_body(&message[after_line(positions[1])..end_of(positions[2])]),
    }
}

/// Decodes the base64 body that follows the first empty line of `entity`.
#[must_use]
pub fn base64_body(entity: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(entity).replace("\r\n", "\n");
    let body = text.split_once("\n\n").expect("header, empty line, body").1;
    let body: String = body.split_whitespace().collect();
    base64::engine::general_purpose::STANDARD
        .decode(body)
        .expect("base64")
}

/// Encodes `bytes` as base64 in lines as MIME has them.
#[must_use]
pub fn base64_lines(bytes: &[u8]) -> Vec<u8> {
    let text = base64::engine::general_purpose::STANDARD.encode(bytes);
    text.as_bytes()
        .chunks(64)
        .flat_map(|line| line.iter().chain(b"\r\n").copied())
        .collect()
}

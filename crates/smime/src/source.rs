//! What an input is: a mail, or CMS on its own.

use std::borrow::Cow;

use crate::mime::{Message, MimeError};

pub(crate) mod streamed;

/// An input, told apart by its first octets.
pub(crate) enum Source<'a> {
    /// CMS on its own, as BER: the input was DER, BER, PEM or base64.
    Cms(Cow<'a, [u8]>),
    /// A MIME entity.
    Mime(Message<'a>),
}

impl<'a> Source<'a> {
    /// Tells what `input` is. What is neither BER nor PEM is taken for a MIME entity.
    pub(crate) fn detect(input: &'a [u8]) -> Self {
        if opens_with_content_info(input) {
            return Self::Cms(Cow::Borrowed(input));
        }
        // A mail program's message could quote a PEM block: only one at the very beginning counts.
        if input.trim_ascii_start().starts_with(b"-----BEGIN ")
            && let Ok(blocks) = identity::pem::decode(input)
            && let Some(block) = blocks
                .into_iter()
                .find(|b| PEM_LABELS.contains(&b.label.as_str()))
        {
            return Self::Cms(Cow::Owned(block.der.to_vec()));
        }
        // The base64 of a SEQUENCE without any header, as it stands in a message's body.
        if input.trim_ascii_start().starts_with(b"MI")
            && input
                .iter()
                .all(|b| b.is_ascii_alphanumeric() || b"+/=\r\n\t ".contains(b))
            && let Ok(decoded) = crate::mime::decode_base64(input)
            && opens_with_content_info(&decoded)
        {
            return Self::Cms(Cow::Owned(decoded));
        }
        Self::Mime(Message::parse(input))
    }
}

/// The CMS octets (BER) of an `application/pkcs7-mime` entity, or of one that only its file name marks as such
/// (RFC 8551 3.2.1, 3.10); `None` if the entity is something else.
pub(crate) fn pkcs7_mime(message: &Message<'_>) -> Result<Option<Vec<u8>>, MimeError> {
    if !is_pkcs7_mime(message) {
        return Ok(None);
    }
    let body = message.decoded_body()?;
    // Some writers leave the transfer encoding unsaid.
    if !opens_with_content_info(&body)
        && let Ok(decoded) = crate::mime::decode_base64(&body)
        && opens_with_content_info(&decoded)
    {
        return Ok(Some(decoded));
    }
    Ok(Some(body.into_owned()))
}

fn is_pkcs7_mime(message: &Message<'_>) -> bool {
    let content_type = message.content_type();
    let by_name = content_type.is("application", "octet-stream")
        && content_type
            .parameter("name")
            .is_some_and(|n| n.to_ascii_lowercase().ends_with(".p7m"));
    content_type.is_pkcs7_mime() || by_name
}

/// Tells whether `bytes` open with a SEQUENCE whose first element is an OBJECT IDENTIFIER.
fn opens_with_content_info(bytes: &[u8]) -> bool {
    let [0x30, length, rest @ ..] = bytes else {
        return false;
    };
    let skip = if *length > 0x80 {
        usize::from(length & 0x7F)
    } else {
        0
    };
    rest.get(skip) == Some(&super::cms::ber::OBJECT_IDENTIFIER)
}

/// RFC 7468 8 and 9, and what gpgsm writes.
const PEM_LABELS: [&str; 5] = [
    "CMS",
    "PKCS7",
    "PKCS #7 SIGNED DATA",
    "ENCRYPTED MESSAGE",
    "SIGNED MESSAGE",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_are_told_apart() {
        let ber = include_bytes!("../tests/data/signed-stream.der");
        let base64 = crate::mime::encode_base64(ber);
        let pem = identity::pem::encode("CMS", ber);
        for input in [&ber[..], &base64, pem.as_bytes()] {
            assert!(matches!(Source::detect(input), Source::Cms(cms) if *cms == ber[..]));
        }
        for input in [
            &b"MIME-Version: 1.0\n\n"[..],
            b"",
            b"0 out of 5",
            b"MIGHT I ask\n",
            b"MIAGCSqGSIb3DQEHA6CA: x\n\n",
        ] {
            assert!(matches!(Source::detect(input), Source::Mime(_)));
        }
    }

    #[test]
    fn an_entity_is_known_by_type_or_file_name() {
        let ber = include_bytes!("../tests/data/signed-stream.der");
        for field in [
            "Content-Type: application/pkcs7-mime; smime-type=signed-data",
            "Content-Type: application/x-pkcs7-mime\r\nContent-Transfer-Encoding: base64",
            "Content-Type: application/octet-stream; name=\"smime.P7M\"\r\nContent-Transfer-Encoding: BASE64",
        ] {
            let mail = [field.as_bytes(), b"\r\n\r\n", &crate::mime::encode_base64(ber)].concat();
            assert_eq!(
                pkcs7_mime(&Message::parse(&mail)).unwrap().as_deref(),
                Some(&ber[..])
            );
        }
        assert_eq!(
            pkcs7_mime(&Message::parse(b"Content-Type: text/plain\n\nx")),
            Ok(None)
        );
    }
}

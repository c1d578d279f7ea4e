//! What an input is: a mail, or CMS on its own.

use crate::mime::{ContentType, Message, MimeError};

pub(crate) mod streamed;

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
    content_type.is_pkcs7_mime() || is_named(message, &content_type, ".p7m")
}

fn is_pkcs7_signature(message: &Message<'_>) -> bool {
    let content_type = message.content_type();
    content_type.is_pkcs7_signature() || is_named(message, &content_type, ".p7s")
}

/// Tells whether an entity of no specific type bears a file name that ends so (RFC 8551 3.10).
fn is_named(message: &Message<'_>, content_type: &ContentType, suffix: &str) -> bool {
    content_type.is("application", "octet-stream")
        && file_names(message, content_type).any(|name| name.to_ascii_lowercase().ends_with(suffix))
}

/// The file names that an entity bears.
pub(crate) fn file_names(message: &Message<'_>, content_type: &ContentType) -> impl Iterator<Item = String> {
    let disposition = message.header().get("Content-Disposition");
    // A disposition has the same grammar as a media type but for its first word (RFC 2183 2).
    let disposition = disposition.and_then(|field| ContentType::parse(&format!("x/{}", field.value())));
    let names = [
        content_type.parameter("name").map(str::to_owned),
        disposition.and_then(|one| one.parameter("filename").map(str::to_owned)),
    ];
    names.into_iter().flatten()
}

/// Tells whether `bytes` open with a SEQUENCE whose first element is an OBJECT IDENTIFIER.
pub(crate) fn opens_with_content_info(bytes: &[u8]) -> bool {
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
    use std::io::Read;

    use super::streamed::Streamed;
    use super::*;
    use crate::Limits;

    #[test]
    fn inputs_are_told_apart() {
        let ber = include_bytes!("../tests/data/signed-stream.der");
        let base64 = crate::mime::encode_base64(ber);
        let pem = identity::pem::encode("CMS", ber);
        for mut input in [&ber[..], &base64, pem.as_bytes()] {
            let Ok(Streamed::Cms(mut cms)) = Streamed::detect(&mut input, &Limits::default()) else {
                panic!()
            };
            let mut octets = Vec::new();
            cms.read_to_end(&mut octets).unwrap();
            assert_eq!(octets, ber);
        }
        for input in [
            &b"MIME-Version: 1.0\n\n"[..],
            b"",
            b"0 out of 5",
            b"MIGHT I ask\n",
            b"MIAGCSqGSIb3DQEHA6CA: x\n\n",
        ] {
            let detected = Streamed::detect(input, &Limits::default());
            assert!(matches!(detected, Ok(Streamed::Mime(_))));
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

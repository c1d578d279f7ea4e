//! The many ways in which programs write one and the same signed message.

use smime::SignForm;
use smime::mime::{Message, encode_base64};

use super::pki::{MAIL, have, sign_options, signed};
use super::{assert_valid, judged, replaced};

/// Each octet that is no letter or digit escaped, in lines of 25 octets.
fn quoted_printable(octets: &[u8]) -> Vec<u8> {
    let escaped = |octet: &u8| match octet {
        plain if plain.is_ascii_alphanumeric() => char::from(*plain).to_string(),
        other => format!("={other:02X}"),
    };
    let lines = octets
        .chunks(25)
        .map(|line| line.iter().map(escaped).collect::<String>());
    lines.collect::<Vec<_>>().join("=\r\n").into_bytes()
}

#[test]
fn an_opaque_message_in_every_wrapping() {
    if !have("openssl") {
        return;
    }
    let mut options = sign_options();
    options.form = SignForm::Opaque;
    let mail = signed("p256", &replaced(MAIL, "rsa@", "p256@"), &options);
    let cms = Message::parse(&mail).decoded_body().unwrap().into_owned();
    let base64 = encode_base64(&cms);
    let digits: Vec<u8> = base64
        .iter()
        .copied()
        .filter(|octet| !octet.is_ascii_whitespace())
        .collect();
    let lines = |width: usize, end: &str| digits.chunks(width).collect::<Vec<_>>().join(end.as_bytes());
    let pem = |label: &str| {
        let text = identity::pem::encode(label, &cms);
        text.replace("\r\n", "\n").replace('\n', "\r\n").into_bytes()
    };
    let smime = "application/pkcs7-mime; smime-type=signed-data; name=smime.p7m";
    for (content_type, encoding, body) in [
        (smime, "base64", base64.clone()),
        (smime, "BASE64", lines(61, "\n")),
        (smime, "base64", lines(7, " \t\r\n\r\n")),
        (smime, "base64", digits.clone()),
        (smime, "binary", cms.clone()),
        (smime, "quoted-printable", quoted_printable(&cms)),
        (smime, "7bit", base64.clone()),
        (smime, "7bit", pem("PKCS7")),
        (smime, "base64", pem("CMS")),
        (
            "application/pkcs7-mime",
            "8bit",
            [b"\r\n", &pem("CMS")[..]].concat(),
        ),
        ("application/pkcs7-mime", "base64", base64.clone()),
        (
            "Application/X-PKCS7-MIME; name=\"smime.p7m\"",
            "base64",
            base64.clone(),
        ),
        (
            "application/octet-stream; name=\"SMIME.P7M\"",
            "base64",
            base64.clone(),
        ),
        (
            "application/octet-stream\r\nContent-Disposition: attachment; filename=smime.p7m",
            "base64",
            base64.clone(),
        ),
    ] {
        let header = format!(
            "From: p256@example.org\r\nContent-Type: {content_type}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
        );
        let message = [header.as_bytes(), &body].concat();
        assert_valid(&judged(&message));
        if encoding != "binary" {
            let text = String::from_utf8(message).unwrap();
            assert_valid(&judged(text.replace("\r\n", "\n").as_bytes()));
        }
    }
}

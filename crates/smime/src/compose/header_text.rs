//! Header fields with characters outside ASCII, as people type them, made ASCII (RFC 2047).

use identity::Mailbox;
use mailparse::{MailAddr, SingleInfo};

use crate::mime::{Field, Header, encode_unstructured};

/// Encodes the fields in which that is possible; the others stay as they are.
pub(super) fn encode(header: Header) -> Header {
    header.map(|field| {
        if field.raw().is_ascii() || std::str::from_utf8(field.raw()).is_err() {
            return field;
        }
        if ADDRESS_FIELDS.iter().any(|name| field.is(name)) {
            let encoded = encode_addresses(&field.value());
            return encoded.map_or_else(|| field.clone(), |value| Field::new(field.name(), &value));
        }
        match TEXT_FIELDS.iter().any(|name| field.is(name)) {
            true => Field::unstructured(field.name(), &field.value()),
            false => field,
        }
    })
}

/// `None` if the value holds a group or something that is not an address.
fn encode_addresses(value: &str) -> Option<String> {
    let list = mailparse::addrparse(value).ok()?;
    let encode = |address: &MailAddr| match address {
        MailAddr::Single(single) => encode_address(single),
        MailAddr::Group(_) => None,
    };
    Some(
        list.iter()
            .map(encode)
            .collect::<Option<Vec<_>>>()?
            .join(",\r\n "),
    )
}

fn encode_address(single: &SingleInfo) -> Option<String> {
    let address = Mailbox::parse(&single.addr).ok()?.canonical();
    let Some(name) = single.display_name.as_deref().filter(|n| !n.is_empty()) else {
        return Some(address);
    };
    let name = if !name.is_ascii() {
        encode_unstructured(name, 10)
    } else if name.contains("=?") {
        // Encoded words lose their meaning between quotes.
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
    };
    Some(format!("{name} <{address}>"))
}

const ADDRESS_FIELDS: [&str; 5] = ["From", "Sender", "Reply-To", "To", "Cc"];
const TEXT_FIELDS: [&str; 2] = ["Subject", "Comments"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_subjects_become_ascii_and_come_back() {
        let raw = "From: Zoé Exämple <zoe@bücher.example>, \"Doe, J.\" <j@example.org>\r\nSubject: Grüße\r\n\
                   X-Other: ü\r\n\r\n";
        let header = encode(Header::split(raw.as_bytes()).0);
        let from = header.get("From").unwrap();
        assert!(from.raw().is_ascii(), "{from:?}");
        assert_eq!(
            from.text(),
            "Zoé Exämple <zoe@xn--bcher-kva.example>, \"Doe, J.\" <j@example.org>"
        );
        assert_eq!(
            header.addresses("From"),
            ["zoe@xn--bcher-kva.example", "j@example.org"]
        );
        assert_eq!(header.get("Subject").unwrap().text(), "Grüße");
        assert_eq!(header.get("X-Other").unwrap().value(), "ü");
    }
}

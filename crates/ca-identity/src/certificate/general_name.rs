//! GeneralName (RFC 5280, 4.2.1.6) and the constraints on them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use der::asn1::ObjectIdentifier;

use super::{GeneralName, NameConstraints};
use crate::asn1::{Cursor, Element, SEQUENCE, UTF8_STRING};
use crate::name::DistinguishedName;

/// Reads GeneralNames: SEQUENCE OF GeneralName.
pub(crate) fn names(der: &[u8]) -> Result<Vec<GeneralName>, String> {
    sequence_of(Element::parse_as(SEQUENCE, der)?.children()?)
}

/// Reads the rest of a list of GeneralName.
pub(super) fn sequence_of(mut list: Cursor<'_>) -> Result<Vec<GeneralName>, String> {
    let mut names = Vec::new();
    while !list.is_finished() {
        names.push(name(list.next()?)?);
    }
    Ok(names)
}

/// Reads nameConstraints (RFC 5280, 4.2.1.10).
pub(super) fn constraints(der: &[u8]) -> Result<NameConstraints, String> {
    let mut fields = Element::parse_as(SEQUENCE, der)?.children()?;
    let mut constraints = NameConstraints::default();
    if let Some(permitted) = fields.optional(0xa0)? {
        constraints.permitted = subtrees(permitted)?;
    }
    if let Some(excluded) = fields.optional(0xa1)? {
        constraints.excluded = subtrees(excluded)?;
    }
    fields.finish()?;
    Ok(constraints)
}

fn subtrees(list: Element<'_>) -> Result<Vec<GeneralName>, String> {
    let mut list = list.children()?;
    let mut names = Vec::new();
    while !list.is_finished() {
        let mut subtree = list.expect(SEQUENCE)?.children()?;
        let base = subtree.next()?;
        if !subtree.is_finished() {
            // RFC 5280 fixes minimum at its default 0 and forbids maximum; an encoded 0 is harmless.
            let minimum = subtree.next()?;
            if minimum.tag != 0x80 || minimum.value.iter().any(|byte| *byte != 0) || !subtree.is_finished() {
                return Err("a subtree with minimum or maximum".to_owned());
            }
        }
        names.push(match base.tag {
            0x87 => network(base)?,
            _ => name(base)?,
        });
    }
    Ok(names)
}

fn name(element: Element<'_>) -> Result<GeneralName, String> {
    Ok(match element.tag {
        0x81 => GeneralName::Rfc822(ia5(element)?),
        0x82 => GeneralName::Dns(ia5(element)?),
        0x86 => GeneralName::Uri(ia5(element)?),
        0x87 => match address(element.value) {
            Some(address) => GeneralName::Ip(address),
            None => return Err(format!("an iPAddress of {} bytes", element.value.len())),
        },
        0xa4 => {
            let directory = DistinguishedName::from_der(element.value).map_err(|error| error.to_string())?;
            GeneralName::Directory(directory)
        }
        0xa0 => other_name(element)?,
        _ => GeneralName::Other {
            oid: None,
            der: element.raw.to_vec(),
        },
    })
}

fn other_name(element: Element<'_>) -> Result<GeneralName, String> {
    let mut fields = element.children()?;
    let oid = fields.next()?.oid()?;
    let value = fields.expect(0xa0)?;
    fields.finish()?;
    if oid == SMTP_UTF8_MAILBOX {
        let text = Element::parse_as(UTF8_STRING, value.value)?.value;
        let text = std::str::from_utf8(text).map_err(|_| "SmtpUTF8Mailbox that is not UTF-8".to_owned())?;
        return Ok(GeneralName::SmtpUtf8(text.to_owned()));
    }
    Ok(GeneralName::Other {
        oid: Some(oid),
        der: element.raw.to_vec(),
    })
}

/// Text that should be ASCII; what is not is kept readable, since only an exact match ever means anything.
fn ia5(element: Element<'_>) -> Result<String, String> {
    std::str::from_utf8(element.value)
        .map(str::to_owned)
        .map_err(|_| "a name that is neither ASCII nor UTF-8".to_owned())
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    if let Ok(four) = <[u8; 4]>::try_from(bytes) {
        return Some(Ipv4Addr::from(four).into());
    }
    <[u8; 16]>::try_from(bytes)
        .ok()
        .map(|sixteen| Ipv6Addr::from(sixteen).into())
}

fn network(element: Element<'_>) -> Result<GeneralName, String> {
    let (address_bytes, mask) = element.value.split_at(element.value.len() / 2);
    match (address(address_bytes), address(mask)) {
        (Some(address), Some(mask)) if address_bytes.len() == mask_len(&mask) => {
            Ok(GeneralName::IpNetwork(address, mask))
        }
        _ => Err(format!(
            "an iPAddress constraint of {} bytes",
            element.value.len()
        )),
    }
}

fn mask_len(mask: &IpAddr) -> usize {
    if mask.is_ipv4() { 4 } else { 16 }
}

/// id-on-SmtpUTF8Mailbox (RFC 9598, 3).
const SMTP_UTF8_MAILBOX: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.8.9");

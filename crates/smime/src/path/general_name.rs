//! Whether a name lies within a name constraint (RFC 5280 4.2.1.10, RFC 9598 6).

use identity::{GeneralName, Mailbox};

use super::name::Key;

/// The answer to "is this name within this subtree?".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Within {
    /// It is.
    Yes,
    /// It is of the constraint's form, and outside.
    No,
    /// The constraint speaks of another form.
    OtherForm,
    /// Of the same form, but one of the two cannot be understood: to be refused.
    Unreadable,
}

impl From<bool> for Within {
    fn from(inside: bool) -> Self {
        if inside { Self::Yes } else { Self::No }
    }
}

/// Compares a certificate's name with the base of a subtree.
pub(super) fn within(name: &GeneralName, base: &GeneralName) -> Within {
    match (name, base) {
        (GeneralName::Rfc822(address) | GeneralName::SmtpUtf8(address), GeneralName::Rfc822(base)) => {
            mailbox(address, base)
        }
        (GeneralName::Dns(name), GeneralName::Dns(base)) => dns(name, base),
        (GeneralName::Uri(uri), GeneralName::Uri(base)) => match uri_host(uri) {
            Some(host) => host_within(&host, base).into(),
            // RFC 5280 4.2.1.10: a URI without a host name in it cannot satisfy a constraint.
            None => Within::Unreadable,
        },
        (GeneralName::Ip(address), GeneralName::IpNetwork(network, mask)) => ip(*address, *network, *mask),
        (GeneralName::Ip(_), GeneralName::Ip(_)) => Within::Unreadable,
        (GeneralName::Directory(name), GeneralName::Directory(base)) => {
            Key::of(name).is_within(&Key::of(base)).into()
        }
        (
            GeneralName::Other { oid, der },
            GeneralName::Other {
                oid: base_oid,
                der: base_der,
            },
        ) => {
            // Forms that this library does not interpret: RFC 5280 asks to refuse what cannot be judged.
            if oid == base_oid && der.first() == base_der.first() {
                Within::Unreadable
            } else {
                Within::OtherForm
            }
        }
        _ => Within::OtherForm,
    }
}

/// A mailbox against a mailbox ("a@h"), a host ("h": exactly it) or a domain (".h": anything below it).
fn mailbox(address: &str, base: &str) -> Within {
    let Some((local, domain)) = split(address) else {
        return Within::Unreadable;
    };
    if base.contains('@') {
        let Some((base_local, base_domain)) = split(base) else {
            return Within::Unreadable;
        };
        // The local part is compared exactly (RFC 5280 7.5), the host without regard to case.
        return (local == base_local && domain == base_domain).into();
    }
    let base = ascii(base);
    host_within(&domain, &base).into()
}

/// Splits an address into local part and ASCII lower-case domain.
fn split(address: &str) -> Option<(String, String)> {
    let mailbox = Mailbox::parse(address).ok()?;
    Some((mailbox.local().to_owned(), mailbox.ascii_domain().to_owned()))
}

/// Returns a domain in lower case with A-labels, a leading dot kept.
fn ascii(domain: &str) -> String {
    let (dot, rest) = match domain.strip_prefix('.') {
        Some(rest) => (".", rest),
        None => ("", domain),
    };
    match idna::domain_to_ascii(rest) {
        Ok(converted) => format!("{dot}{converted}"),
        Err(_) => domain.to_ascii_lowercase(),
    }
}

/// "host" means exactly that host, ".domain" anything below it, and an empty base anything at all.
fn host_within(host: &str, base: &str) -> bool {
    let (host, base) = (host.to_ascii_lowercase(), base.to_ascii_lowercase());
    if base.is_empty() {
        true
    } else if base.starts_with('.') {
        host.len() > base.len() && host.ends_with(&base)
    } else {
        host == base
    }
}

/// dNSName: the base and everything that adds labels to its left; a leading dot is not allowed (RFC 5280 4.2.1.10).
fn dns(name: &str, base: &str) -> Within {
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    let base = base.to_ascii_lowercase();
    if base.is_empty() {
        return Within::Yes;
    }
    let parent = name.strip_prefix("*.");
    if !is_host(parent.unwrap_or(&name)) || !is_host(&base) {
        return Within::Unreadable;
    }
    let below = |name: &str, base: &str| name.strip_suffix(base).is_some_and(|rest| rest.ends_with('.'));
    // "*.example.org" stands for names in "sub.example.org" and for others: neither inside nor outside.
    if parent.is_some_and(|parent| below(&base, parent)) {
        return Within::Unreadable;
    }
    (name == base || below(&name, &base)).into()
}

fn is_host(name: &str) -> bool {
    !name.is_empty()
        && name.split('.').all(|label| {
            !label.is_empty()
                && label
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        })
}

/// The host of `scheme://user@host:port/…`; an address literal is no host name.
fn uri_host(uri: &str) -> Option<String> {
    let rest = uri.split_once("://")?.1;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    if host.starts_with('[') {
        return None;
    }
    let host = host.split_once(':').map_or(host, |(host, _)| host);
    if host.is_empty() || host.parse::<std::net::IpAddr>().is_ok() || !is_host(host) {
        return None;
    }
    Some(host.to_ascii_lowercase())
}

fn ip(address: std::net::IpAddr, network: std::net::IpAddr, mask: std::net::IpAddr) -> Within {
    use std::net::IpAddr::{V4, V6};
    match (address, network, mask) {
        (V4(a), V4(n), V4(m)) => {
            let (a, n, m) = (u32::from(a), u32::from(n), u32::from(m));
            // RFC 4632: a mask with holes is no prefix, and nothing can be said.
            if m.leading_ones() + m.trailing_zeros() < 32 {
                Within::Unreadable
            } else {
                (a & m == n & m).into()
            }
        }
        (V6(a), V6(n), V6(m)) => {
            let (a, n, m) = (u128::from(a), u128::from(n), u128::from(m));
            if m.leading_ones() + m.trailing_zeros() < 128 {
                Within::Unreadable
            } else {
                (a & m == n & m).into()
            }
        }
        // RFC 5280: the two families are constrained apart.
        (V4(_), V6(_), _) | (V6(_), V4(_), _) => Within::OtherForm,
        _ => Within::Unreadable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rfc822(name: &str, base: &str) -> Within {
        within(
            &GeneralName::Rfc822(name.into()),
            &GeneralName::Rfc822(base.into()),
        )
    }

    #[test]
    fn rfc822_constraints_in_their_three_forms() {
        assert_eq!(rfc822("a@example.org", "example.org"), Within::Yes);
        assert_eq!(rfc822("a@EXAMPLE.org", "Example.ORG"), Within::Yes);
        assert_eq!(rfc822("a@sub.example.org", "example.org"), Within::No);
        assert_eq!(rfc822("a@sub.example.org", ".example.org"), Within::Yes);
        assert_eq!(rfc822("a@example.org", ".example.org"), Within::No);
        assert_eq!(rfc822("a@badexample.org", ".example.org"), Within::No);
        assert_eq!(rfc822("a@example.org", "a@example.org"), Within::Yes);
        assert_eq!(rfc822("A@example.org", "a@example.org"), Within::No);
        assert_eq!(rfc822("a@example.org", ""), Within::Yes);
        assert_eq!(rfc822("no address", "example.org"), Within::Unreadable);
    }

    #[test]
    fn internationalised_addresses_obey_rfc822_constraints() {
        let name = GeneralName::SmtpUtf8("zoé@bücher.example".into());
        assert_eq!(
            within(&name, &GeneralName::Rfc822("xn--bcher-kva.example".into())),
            Within::Yes
        );
        assert_eq!(
            within(&name, &GeneralName::Rfc822("example.org".into())),
            Within::No
        );
    }

    #[test]
    fn hosts_and_networks() {
        let dns = |n: &str, b: &str| within(&GeneralName::Dns(n.into()), &GeneralName::Dns(b.into()));
        assert_eq!(dns("www.example.org", "example.org"), Within::Yes);
        assert_eq!(dns("badexample.org", "example.org"), Within::No);
        let uri = |n: &str, b: &str| within(&GeneralName::Uri(n.into()), &GeneralName::Uri(b.into()));
        assert_eq!(uri("https://u@www.example.org:1/x", ".example.org"), Within::Yes);
        assert_eq!(uri("https://[::1]/", ".example.org"), Within::Unreadable);
        let net = GeneralName::IpNetwork("10.0.0.0".parse().unwrap(), "255.0.0.0".parse().unwrap());
        assert_eq!(
            within(&GeneralName::Ip("10.2.3.4".parse().unwrap()), &net),
            Within::Yes
        );
        assert_eq!(
            within(&GeneralName::Ip("11.2.3.4".parse().unwrap()), &net),
            Within::No
        );
        assert_eq!(
            within(&GeneralName::Ip("::1".parse().unwrap()), &net),
            Within::OtherForm
        );
    }
}

//! Mail addresses as certificates hold them (RFC 5280, RFC 9598).

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};

use crate::text::{excerpt, is_unseen};

/// A mail address that can stand in a certificate.
///
/// Two addresses are equal if their local parts are the same and their domains are, in whatever form they were given.
#[derive(Clone)]
pub struct Mailbox {
    local: String,
    domain: String,
    ascii_domain: String,
}

/// Why a text is not a mail address that can stand in a certificate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[error("\"{input}\" is not a usable mail address: {reason}")]
pub struct MailboxError {
    /// The beginning of the text, control characters escaped, with its length where it was cut.
    pub input: String,
    /// What is wrong and what to do.
    pub reason: String,
}

/// How two addresses compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Match {
    /// The same address (domains compare without regard to case and form).
    Exact,
    /// The local parts differ in ASCII case only: nearly every provider treats them as the same.
    CaseDiffers,
    /// Different addresses.
    No,
}

impl Mailbox {
    /// Reads a bare address, without display name or angle brackets.
    ///
    /// # Errors
    /// [`MailboxError`] with the reason.
    ///
    /// # Examples
    /// ```
    /// use identity::Mailbox;
    ///
    /// let address = Mailbox::parse("zoe@münchen.example")?;
    /// assert_eq!(address.ascii_domain(), "xn--mnchen-3ya.example");
    /// assert!(Mailbox::parse("Zoe <zoe@example.org>").is_err());
    /// # Ok::<(), identity::mailbox::MailboxError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, MailboxError> {
        let refuse = |reason: String| MailboxError {
            input: excerpt(text),
            reason,
        };
        if text.len() > LONGEST_ADDRESS {
            return Err(refuse(format!(
                "it has {} bytes, more than {LONGEST_ADDRESS} (RFC 5321, 4.5.3.1.3)",
                text.len()
            )));
        }
        if let Some(character) = text.chars().find(|character| is_unseen(*character)) {
            return Err(refuse(format!(
                "it holds the control or invisible character U+{:04X}: remove it",
                character as u32
            )));
        }
        if text.chars().any(char::is_whitespace) {
            return Err(refuse(
                "it holds white space: give the bare address, as in alice@example.org".to_owned(),
            ));
        }
        if holds_encoded_control_character(text) {
            return Err(refuse(
                "it holds a percent-encoded control character: remove it".to_owned(),
            ));
        }
        if text.contains(['<', '>']) {
            return Err(refuse(
                "give the bare address, without display name and angle brackets".to_owned(),
            ));
        }
        let Some((local, domain)) = text.rsplit_once('@') else {
            return Err(refuse(
                "it has no @: expected an address such as alice@example.org".to_owned(),
            ));
        };
        local_part_fault(local).map_or(Ok(()), |fault| Err(refuse(fault)))?;
        let ascii_domain = ascii_form(domain).map_err(refuse)?;
        Ok(Self {
            local: local.to_owned(),
            domain: domain.to_owned(),
            ascii_domain,
        })
    }

    /// Returns the part before the `@`.
    pub fn local(&self) -> &str {
        &self.local
    }

    /// Returns the domain as given (with Unicode or `xn--` labels).
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// Returns the domain in lower case with `xn--` labels.
    pub fn ascii_domain(&self) -> &str {
        &self.ascii_domain
    }

    /// Returns the domain in lower case with its `xn--` labels spelt out, to be looked at and not to be compared.
    pub fn unicode_domain(&self) -> String {
        let (unicode, _) =
            Uts46::new().to_unicode(self.ascii_domain.as_bytes(), AsciiDenyList::STD3, Hyphens::Allow);
        unicode.into_owned()
    }

    /// Tells whether the local part is ASCII, so that the address fits an rfc822Name.
    pub fn is_ascii_local(&self) -> bool {
        self.local.is_ascii()
    }

    /// Returns the rfc822Name (ASCII local part, `xn--` domain), or `None` if the local part needs a
    /// SmtpUTF8Mailbox.
    pub fn to_rfc822(&self) -> Option<String> {
        self.is_ascii_local().then(|| self.canonical())
    }

    /// Returns the SmtpUTF8Mailbox (RFC 9598, 3), or `None` if the local part is ASCII: RFC 9598 then demands an
    /// rfc822Name.
    pub fn to_smtp_utf8(&self) -> Option<String> {
        (!self.is_ascii_local()).then(|| self.canonical())
    }

    /// Returns the address with its domain in the ASCII form: the key to look an address up by.
    pub fn canonical(&self) -> String {
        format!("{}@{}", self.local, self.ascii_domain)
    }

    /// Compares two addresses.
    pub fn matches(&self, other: &Self) -> Match {
        if self.ascii_domain != other.ascii_domain {
            Match::No
        } else if self.local == other.local {
            Match::Exact
        } else if self.local.eq_ignore_ascii_case(&other.local) {
            Match::CaseDiffers
        } else {
            Match::No
        }
    }
}

impl PartialEq for Mailbox {
    fn eq(&self, other: &Self) -> bool {
        self.matches(other) == Match::Exact
    }
}

impl Eq for Mailbox {}

impl Hash for Mailbox {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.local.hash(state);
        self.ascii_domain.hash(state);
    }
}

impl PartialOrd for Mailbox {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Mailbox {
    fn cmp(&self, other: &Self) -> Ordering {
        (&self.ascii_domain, &self.local).cmp(&(&other.ascii_domain, &other.local))
    }
}

impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.local, self.domain)
    }
}

impl fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mailbox({self})")
    }
}

impl FromStr for Mailbox {
    type Err = MailboxError;

    fn from_str(text: &str) -> Result<Self, MailboxError> {
        Self::parse(text)
    }
}

/// Tells whether `%` and two digits stand for a control character. `%` alone is allowed in a local part, but such a code could
/// become what it stands for in a URL or a file name made of the address.
fn holds_encoded_control_character(text: &str) -> bool {
    text.match_indices('%').any(|(index, _)| {
        text.get(index + 1..index + 3)
            .and_then(|digits| u8::from_str_radix(digits, 16).ok())
            .is_some_and(|code| code.is_ascii_control())
    })
}

/// Returns what is wrong with a local part: a dot-atom (RFC 5322, 3.2.3) is wanted, or its internationalised form (RFC 6531).
fn local_part_fault(local: &str) -> Option<String> {
    if local.is_empty() {
        return Some("nothing stands before the @".to_owned());
    }
    if local.len() > LONGEST_LOCAL {
        return Some(format!(
            "the part before the @ has {} bytes, more than {LONGEST_LOCAL} (RFC 5321, 4.5.3.1.1)",
            local.len()
        ));
    }
    if local.starts_with('"') {
        return Some(
            "quoted local parts are not supported: no mail program here finds such certificates".to_owned(),
        );
    }
    if local.starts_with('.') || local.ends_with('.') || local.contains("..") {
        return Some("a dot begins, ends or doubles in the part before the @".to_owned());
    }
    let allowed = |character: char| {
        !character.is_ascii()
            || character.is_ascii_alphanumeric()
            || "!#$%&'*+-/=?^_`{|}~.".contains(character)
    };
    local
        .chars()
        .find(|character| !allowed(*character))
        .map(|character| format!("the character '{character}' is not allowed before the @ (RFC 5322, 3.2.3)"))
}

/// Returns the domain with `xn--` labels in lower case (IDNA, UTS 46), or what is wrong with it.
fn ascii_form(domain: &str) -> Result<String, String> {
    if domain.is_empty() {
        return Err("nothing stands after the @".to_owned());
    }
    if domain.starts_with('[') {
        return Err(
            "an address literal is no domain a certificate can be issued for: use a host name".to_owned(),
        );
    }
    Uts46::new()
        .to_ascii(
            domain.as_bytes(),
            AsciiDenyList::STD3,
            Hyphens::Check,
            DnsLength::Verify,
        )
        .map(|ascii| ascii.to_ascii_lowercase())
        .map_err(|_| "the part after the @ is not a valid domain name (RFC 5891)".to_owned())
        .and_then(|ascii| {
            let last = ascii.rsplit('.').next().unwrap_or_default();
            if last.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(
                    "an IP address is no domain a certificate can be issued for: use a host name".to_owned(),
                );
            }
            Ok(ascii)
        })
}

/// RFC 5321, 4.5.3.1.3: a path of 256 octets, less its angle brackets.
const LONGEST_ADDRESS: usize = 254;
const LONGEST_LOCAL: usize = 64;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn forms_in_a_certificate() {
        for (text, rfc822, smtp_utf8) in [
            ("Alice@Example.ORG", Some("Alice@example.org"), None),
            ("alice@bücher.example", Some("alice@xn--bcher-kva.example"), None),
            (
                "alice@xn--bcher-kva.example",
                Some("alice@xn--bcher-kva.example"),
                None,
            ),
            ("zoé@example.org", None, Some("zoé@example.org")),
            ("zoé@bücher.example", None, Some("zoé@xn--bcher-kva.example")),
            ("50%off@example.org", Some("50%off@example.org"), None),
            ("a+tag.x@localhost", Some("a+tag.x@localhost"), None),
        ] {
            let mailbox = Mailbox::parse(text).unwrap();
            assert_eq!(mailbox.to_rfc822().as_deref(), rfc822, "{text}");
            assert_eq!(mailbox.to_smtp_utf8().as_deref(), smtp_utf8, "{text}");
            assert_eq!(mailbox.to_string(), text);
        }
    }

    #[test]
    fn refusals_say_why_and_stay_short() {
        for (text, reason) in [
            ("", "no @"),
            ("nobody", "no @"),
            ("@example.org", "before the @"),
            ("a@", "after the @"),
            ("a b@example.org", "white space"),
            ("a@example.org\nBcc: b@example.org", "U+000A"),
            ("a\u{0}@example.org", "U+0000"),
            ("\u{202e}a@example.org", "U+202E"),
            ("Alice <a@example.org>", "white space"),
            ("<a@example.org>", "angle brackets"),
            ("a..b@example.org", "dot"),
            ("\"a b\"@example.org", "white space"),
            ("\"a\"@example.org", "quoted"),
            ("a@b@example.org", "'@'"),
            ("a@[192.0.2.1]", "literal"),
            ("a@exa_mple..org", "valid domain"),
            ("a@-example.org", "valid domain"),
            ("a@example.org.", "valid domain"),
            ("a@192.0.2.1", "IP address"),
            ("a%00b@example.org", "percent-encoded"),
            ("a%0Ab@example.org", "percent-encoded"),
            ("a,b@example.org", "','"),
        ] {
            let error = Mailbox::parse(text).unwrap_err();
            assert!(error.reason.contains(reason), "{text:?}: {error}");
            assert!(
                !error.to_string().contains(['\n', '\u{0}', '\u{202e}']),
                "{error}"
            );
        }
        let huge = format!("{}@example.org", "a".repeat(10_000_000));
        let error = Mailbox::parse(&huge).unwrap_err().to_string();
        assert!(error.len() < 300 && error.contains("10000012"), "{error}");
        assert!(Mailbox::parse(&format!("{}@example.org", "a".repeat(65))).is_err());
        assert!(Mailbox::parse(&format!("{}@example.org", "a".repeat(64))).is_ok());
    }

    #[test]
    fn comparison() {
        let parse = |text: &str| Mailbox::parse(text).unwrap();
        for (left, right, expected) in [
            ("a@example.org", "a@EXAMPLE.org", Match::Exact),
            ("a@bücher.example", "a@xn--bcher-kva.example", Match::Exact),
            ("A@example.org", "a@example.org", Match::CaseDiffers),
            ("a@example.org", "b@example.org", Match::No),
            ("a@example.org", "a@mail.example.org", Match::No),
            ("É@example.org", "é@example.org", Match::No),
        ] {
            assert_eq!(parse(left).matches(&parse(right)), expected, "{left} {right}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in "\\PC*") {
            if let Ok(mailbox) = Mailbox::parse(&text) {
                prop_assert_eq!(Mailbox::parse(&mailbox.canonical()).unwrap().matches(&mailbox), Match::Exact);
            }
        }
    }
}

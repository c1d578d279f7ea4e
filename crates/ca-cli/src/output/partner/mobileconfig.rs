//! Apple's configuration profile: iPhone, iPad and Mac.
//!
//! The keys are those of Apple's published schema (github.com/apple/device-management, `mdm/profiles`). There is no way in a
//! profile to trust a root for mail alone.

use std::fmt::Write as _;

use identity::Certificate;

use super::{Package, base64_lines, fingerprint, name};

/// A person's part of a profile.
#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) email: String,
    pub(crate) name: String,
    /// The file as it is: its password is asked for on the device, and stands nowhere in the profile.
    pub(crate) p12: Vec<u8>,
    pub(crate) account: Option<Account>,
}

/// The mail account that the person's certificate is for.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) incoming: Server,
    pub(crate) outgoing: Server,
}

/// A mail server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Server {
    pub(crate) host: String,
    pub(crate) port: u16,
}

/// Writes the profile.
pub(crate) fn profile(package: &Package, person: Option<&Person>) -> String {
    let Some(root) = package.roots.first() else {
        return String::new();
    };
    let base = format!(
        "cachet.{}",
        hex::encode(root.fingerprint_sha256().get(..8).unwrap_or_default())
    );
    let mut payloads: Vec<Value> = Vec::new();
    for (number, certificate) in package.all().enumerate() {
        let kind = if number < package.roots.len() {
            "root"
        } else {
            "pkcs1"
        };
        payloads.push(authority(&base, kind, certificate));
    }
    let mut identifier = base.clone();
    if let Some(person) = person {
        identifier = format!("{base}.{}", hex::encode(person_mark(person)));
        let p12 = payload(
            &identifier,
            "com.apple.security.pkcs12",
            &person.email,
            &person.p12,
        );
        let uuid = uuid(&person.p12, "com.apple.security.pkcs12");
        let mut keys = p12;
        keys.push((
            "PayloadCertificateFileName",
            Value::text(format!("{}.p12", person.email)),
        ));
        keys.push(("PayloadContent", Value::Data(person.p12.clone())));
        payloads.push(Value::Dictionary(keys));
        if let Some(account) = &person.account {
            payloads.push(mail(&identifier, person, account, &uuid));
        }
    }
    let consent = format!("{}\nSHA-256: {}", name(root), fingerprint(root));
    let profile = Value::Dictionary(vec![
        ("PayloadType", Value::text("Configuration")),
        ("PayloadVersion", Value::Integer(1)),
        ("PayloadIdentifier", Value::text(&identifier)),
        (
            "PayloadUUID",
            Value::text(uuid(identifier.as_bytes(), "Configuration")),
        ),
        ("PayloadDisplayName", Value::text(name(root))),
        (
            "PayloadDescription",
            Value::text(format!(
                "Trusts {} and configures mail that it certifies.",
                name(root)
            )),
        ),
        (
            "ConsentText",
            Value::Dictionary(vec![
                (
                    "default",
                    Value::text(format!(
                        "{consent}\n\nInstall this only if the fingerprint is the one that you were told by another way."
                    )),
                ),
                (
                    "fr",
                    Value::text(format!(
                        "{consent}\n\nN'installez ce profil que si l'empreinte est celle qu'on vous a communiquée par un autre moyen."
                    )),
                ),
            ]),
        ),
        ("PayloadContent", Value::Array(payloads)),
    ]);
    let mut out = String::from(HEAD);
    profile.write(&mut out);
    out.push_str("</plist>\n");
    out
}

fn authority(base: &str, kind: &str, certificate: &Certificate) -> Value {
    let kind = format!("com.apple.security.{kind}");
    let mark = hex::encode(certificate.fingerprint_sha256().get(..8).unwrap_or_default());
    let mut keys = payload(
        &format!("{base}.{mark}"),
        &kind,
        &name(certificate),
        certificate.der(),
    );
    keys.push(("PayloadCertificateFileName", Value::text(format!("{mark}.cer"))));
    keys.push(("PayloadContent", Value::Data(certificate.der().to_vec())));
    Value::Dictionary(keys)
}

/// com.apple.mail.managed: both directions by TLS, the password asked for once, the certificate chosen and in use.
fn mail(base: &str, person: &Person, account: &Account, certificate: &str) -> Value {
    let kind = "com.apple.mail.managed";
    let mut keys = payload(
        &format!("{base}.mail"),
        kind,
        &person.email,
        person.email.as_bytes(),
    );
    let text = Value::text;
    keys.extend([
        ("EmailAccountType", text("EmailTypeIMAP")),
        ("EmailAccountDescription", text(&person.email)),
        ("EmailAccountName", text(&person.name)),
        ("EmailAddress", text(&person.email)),
        ("IncomingMailServerAuthentication", text("EmailAuthPassword")),
        ("IncomingMailServerHostName", text(&account.incoming.host)),
        (
            "IncomingMailServerPortNumber",
            Value::Integer(account.incoming.port.into()),
        ),
        ("IncomingMailServerUseSSL", Value::True),
        ("IncomingMailServerUsername", text(&person.email)),
        ("OutgoingMailServerAuthentication", text("EmailAuthPassword")),
        ("OutgoingMailServerHostName", text(&account.outgoing.host)),
        (
            "OutgoingMailServerPortNumber",
            Value::Integer(account.outgoing.port.into()),
        ),
        ("OutgoingMailServerUseSSL", Value::True),
        ("OutgoingMailServerUsername", text(&person.email)),
        ("OutgoingPasswordSameAsIncomingPassword", Value::True),
        ("SMIMESigningEnabled", Value::True),
        ("SMIMESigningUserOverrideable", Value::True),
        ("SMIMESigningCertificateUUID", text(certificate)),
        ("SMIMEEncryptionEnabled", Value::True),
        ("SMIMEEncryptionCertificateUUID", text(certificate)),
        ("SMIMEEnableEncryptionPerMessageSwitch", Value::True),
    ]);
    Value::Dictionary(keys)
}

fn payload(identifier: &str, kind: &str, shown: &str, content: &[u8]) -> Vec<(&'static str, Value)> {
    vec![
        ("PayloadType", Value::text(kind)),
        ("PayloadVersion", Value::Integer(1)),
        ("PayloadIdentifier", Value::text(identifier)),
        ("PayloadUUID", Value::text(uuid(content, kind))),
        ("PayloadDisplayName", Value::text(shown)),
    ]
}

fn person_mark(person: &Person) -> [u8; 8] {
    let digest = identity::digest::sha256(person.email.to_lowercase().as_bytes());
    let mut mark = [0; 8];
    mark.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    mark
}

/// A UUID (RFC 9562 5.8, version 8) of what it names, so that a profile that is made again takes the old one's place.
fn uuid(content: &[u8], kind: &str) -> String {
    let digest = identity::digest::sha256(&[kind.as_bytes(), b"\0", content].concat());
    let mut octets = [0_u8; 16];
    octets.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    octets[6] = (octets[6] & 0x0f) | 0x80;
    octets[8] = (octets[8] & 0x3f) | 0x80;
    let digits = hex::encode_upper(octets);
    let groups = [0..8, 8..12, 12..16, 16..20, 20..32].map(|range| digits.get(range).unwrap_or_default());
    groups.join("-")
}

/// What property lists hold, as far as profiles need it.
enum Value {
    Array(Vec<Value>),
    Data(Vec<u8>),
    Dictionary(Vec<(&'static str, Value)>),
    Integer(i64),
    Text(String),
    True,
}

impl Value {
    fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    fn write(&self, out: &mut String) {
        // Writing to a string does not fail.
        let _ = match self {
            Self::Array(values) => {
                out.push_str("<array>\n");
                values.iter().for_each(|value| value.write(out));
                writeln!(out, "</array>")
            }
            Self::Data(octets) => writeln!(out, "<data>\n{}\n</data>", base64_lines(octets)),
            Self::Dictionary(entries) => {
                out.push_str("<dict>\n");
                for (key, value) in entries {
                    let _ = writeln!(out, "<key>{key}</key>");
                    value.write(out);
                }
                writeln!(out, "</dict>")
            }
            Self::Integer(number) => writeln!(out, "<integer>{number}</integer>"),
            Self::Text(text) => writeln!(out, "<string>{}</string>", escape(text)),
            Self::True => writeln!(out, "<true/>"),
        };
    }
}

/// Fit for XML 1.0, which knows no control characters but tab and line ends.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

const HEAD: &str = "\
<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">
<plist version=\"1.0\">
";

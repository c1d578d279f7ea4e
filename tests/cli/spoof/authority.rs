//! An authority that OpenSSL plays, and messages signed in every wrong way.

use std::sync::OnceLock;

use serde_json::Value;
use test_support::{Peer, Sandbox, base64_lines, openssl};

use super::der::{
    CONTENT_TYPE, DATA, ECDSA_SHA256, MESSAGE_DIGEST, SHA256, SIGNED_DATA, SIGNING_CERTIFICATE_V2, attribute,
    sequence, set, tlv,
};

/// What is signed where nothing else is said.
pub(super) const TEXT: &str = "Content-Type: text/plain\r\n\r\nPay 100 francs.\r\n";

/// Root, holders, and a folder to judge in.
pub(super) struct Authority {
    pub(super) sandbox: Sandbox,
    openssl: Peer,
}

/// A SignedData to be: [`Signature::of`] is a sound one.
#[derive(Clone)]
pub(super) struct Signature {
    /// Whose key signs.
    pub(super) key: &'static str,
    /// Whose certificates come along; the first one's key identifier names the signer.
    pub(super) certificates: Vec<&'static str>,
    /// `None` signs the content itself.
    pub(super) attributes: Option<Vec<Vec<u8>>>,
    pub(super) unsigned: Vec<Vec<u8>>,
    /// Content inside the structure.
    pub(super) inside: Option<Vec<u8>>,
    /// The signature value where it comes from elsewhere.
    pub(super) value: Option<Vec<u8>>,
    pub(super) signers: bool,
}

/// The one authority of this test binary; `None` tells the test to return, OpenSSL is missing.
pub(super) fn authority() -> Option<&'static Authority> {
    static MADE: OnceLock<Option<Authority>> = OnceLock::new();
    MADE.get_or_init(|| openssl().map(Authority::make)).as_ref()
}

impl Authority {
    fn make(openssl: Peer) -> Self {
        let sandbox = Sandbox::new(env!("CARGO_BIN_EXE_cachet"));
        let own = Self { sandbox, openssl };
        let ca = "basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign,cRLSign\n";
        own.certify("root", "root", "/CN=Spoof Root", "root", "01", ca);
        let mail = "basicConstraints=CA:false\nextendedKeyUsage=emailProtection\n";
        let san = |address: &str| format!("{mail}subjectAltName=email:{address}\n");
        for (name, key, subject, issuer, id, extensions) in [
            (
                "alice",
                "alice",
                "/CN=Alice",
                "root",
                "aa",
                san("alice@example.org"),
            ),
            (
                "mallory",
                "mallory",
                "/CN=Mallory",
                "root",
                "bb",
                san("mallory@example.org"),
            ),
            // Alice's key under other names: the authority did not ask for a proof of possession.
            (
                "same-key",
                "alice",
                "/CN=Mallory",
                "root",
                "aa",
                san("mallory@example.org"),
            ),
            (
                "same-name",
                "alice",
                "/CN=Alice/OU=Other",
                "root",
                "aa",
                san("alice@example.org"),
            ),
            (
                "same-identifier",
                "mallory",
                "/CN=Alice",
                "root",
                "aa",
                san("alice@example.org"),
            ),
            // Mallory's ordinary certificate issues one for Alice.
            (
                "below-leaf",
                "mallory2",
                "/CN=Alice",
                "mallory",
                "cc",
                san("alice@example.org"),
            ),
            (
                "web",
                "web",
                "/CN=Alice",
                "root",
                "dd",
                "extendedKeyUsage=serverAuth\nsubjectAltName=email:alice@example.org\n".to_owned(),
            ),
            (
                "old",
                "old",
                "/CN=Old/emailAddress=alice@example.org",
                "root",
                "ee",
                mail.to_owned(),
            ),
            (
                "terminal",
                "terminal",
                "/CN=Ali\u{1b}[2J\u{1b}[31mce\r\nVerdict      valid\u{202e}\u{7}/O=<b>\u{2705} verified<\\/b>",
                "root",
                "a1",
                san("alice@example.org"),
            ),
            (
                "nul",
                "nul",
                "/CN=Nul",
                "root",
                "a2",
                // rfc822Name "alice@example.org\0@evil.example"
                format!(
                    "{mail}2.5.29.17=DER:{}\n",
                    hex(&sequence(&[&tlv(0x81, &[b"alice@example.org\0@evil.example"])]))
                ),
            ),
            (
                "idn",
                "idn",
                "/CN=Zoe",
                "root",
                "a4",
                san("zoe@xn--bcher-kva.example"),
            ),
            (
                "utf8",
                "utf8",
                "/CN=Zoe",
                "root",
                "a5",
                // SmtpUTF8Mailbox (RFC 9598)
                format!(
                    "{mail}2.5.29.17=DER:{}\n",
                    hex(&smtp_utf8("zo\u{e9}@xn--bcher-kva.example"))
                ),
            ),
            (
                "cyrillic",
                "cyrillic",
                "/CN=Alice",
                "root",
                "a3",
                san("alice@xn--xample-2of.org"),
            ),
        ] {
            own.certify(name, key, subject, issuer, id, &extensions);
        }
        own
    }

    fn openssl(&self, arguments: &[&str]) -> Vec<u8> {
        self.openssl.run(self.sandbox.folder(), arguments).ok().stdout
    }

    /// Makes NAME.pem and NAME.der for the key KEY.key, which is made if it is not there.
    fn certify(&self, name: &str, key: &str, subject: &str, issuer: &str, id: &str, extensions: &str) {
        let file = |name: &str, suffix: &str| format!("{name}.{suffix}");
        let key = file(key, "key");
        if !self.sandbox.path(&key).exists() {
            self.openssl(&[
                "genpkey",
                "-algorithm",
                "EC",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-out",
                &key,
            ]);
        }
        let (csr, ext, pem) = (file(name, "csr"), file(name, "ext"), file(name, "pem"));
        self.sandbox.write(
            &ext,
            format!("subjectKeyIdentifier={}\n{extensions}", id.repeat(20)),
        );
        self.openssl(&[
            "req", "-new", "-utf8", "-key", &key, "-subj", subject, "-out", &csr,
        ]);
        let serial = format!("0x{}", hex(name.as_bytes()));
        let mut line = vec![
            "x509", "-req", "-in", &csr, "-extfile", &ext, "-days", "300", "-out", &pem,
        ];
        let (issuer_pem, issuer_key) = (file(issuer, "pem"), file(issuer, "key"));
        if name == issuer {
            line.extend(["-signkey", &key]);
        } else {
            line.extend(["-CA", &issuer_pem, "-CAkey", &issuer_key, "-set_serial", &serial]);
        }
        self.openssl(&line);
        self.openssl(&["x509", "-in", &pem, "-outform", "DER", "-out", &file(name, "der")]);
        self.sandbox.write(&file(name, "ski"), id.repeat(20));
    }

    /// The SHA-256 digest of `octets`.
    pub(super) fn digest(&self, octets: &[u8]) -> Vec<u8> {
        test_support::run(
            self.openssl.command().args(["dgst", "-sha256", "-binary"]),
            octets,
        )
        .ok()
        .stdout
    }

    /// The signature of `key` over `octets`.
    pub(super) fn sign(&self, key: &str, octets: &[u8]) -> Vec<u8> {
        let key = self.sandbox.path(&format!("{key}.key"));
        let mut command = self.openssl.command();
        command.args(["dgst", "-sha256", "-sign"]).arg(key);
        test_support::run(&mut command, octets).ok().stdout
    }

    /// The DER of a certificate.
    pub(super) fn certificate(&self, name: &str) -> Vec<u8> {
        self.sandbox.read(&format!("{name}.der"))
    }

    /// The signed attributes that a sound signature over `content` has.
    pub(super) fn attributes(&self, content: &[u8]) -> Vec<Vec<u8>> {
        vec![
            attribute(CONTENT_TYPE, DATA),
            attribute(MESSAGE_DIGEST, &tlv(0x04, &[&self.digest(content)])),
        ]
    }

    /// The signingCertificateV2 attribute for a certificate (RFC 5035).
    pub(super) fn signing_certificate(&self, name: &str) -> Vec<u8> {
        let hash = tlv(0x04, &[&self.digest(&self.certificate(name))]);
        attribute(
            SIGNING_CERTIFICATE_V2,
            &sequence(&[&sequence(&[&sequence(&[&hash])])]),
        )
    }

    /// A sound signature of Alice's over `content`, for a test to spoil.
    pub(super) fn signature(&self, content: &[u8]) -> Signature {
        Signature {
            key: "alice",
            certificates: vec!["alice"],
            attributes: Some(self.attributes(content)),
            unsigned: Vec::new(),
            inside: None,
            value: None,
            signers: true,
        }
    }

    /// The ContentInfo; `content` is what a signature without attributes is about.
    pub(super) fn build(&self, signature: &Signature, content: &[u8]) -> Vec<u8> {
        let identifier = self.sandbox.read(&format!("{}.ski", signature.certificates[0]));
        let identifier: Vec<u8> = identifier
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect();
        let to_sign = match &signature.attributes {
            Some(attributes) => set(0x31, attributes),
            None => content.to_vec(),
        };
        let value = signature
            .value
            .clone()
            .unwrap_or_else(|| self.sign(signature.key, &to_sign));
        let info = sequence(&[
            b"\x02\x01\x03",
            &tlv(0x80, &[&identifier]),
            SHA256,
            &signature
                .attributes
                .as_ref()
                .map(|all| set(0xa0, all))
                .unwrap_or_default(),
            ECDSA_SHA256,
            &tlv(0x04, &[&value]),
            &match signature.unsigned.as_slice() {
                [] => Vec::new(),
                unsigned => set(0xa1, unsigned),
            },
        ]);
        let infos = if signature.signers { vec![info] } else { Vec::new() };
        let inside = signature
            .inside
            .as_ref()
            .map(|inside| tlv(0xa0, &[&tlv(0x04, &[inside])]));
        let certificates: Vec<_> = signature
            .certificates
            .iter()
            .map(|name| self.certificate(name))
            .collect();
        let signed_data = sequence(&[
            b"\x02\x01\x03",
            &tlv(0x31, &[SHA256]),
            &sequence(&[DATA, &inside.unwrap_or_default()]),
            &set(0xa0, &certificates),
            &set(0x31, &infos),
        ]);
        sequence(&[SIGNED_DATA, &tlv(0xa0, &[&signed_data])])
    }

    /// A sound clear-signed message of Alice's.
    pub(super) fn message(&self) -> String {
        self.clear_signed(&self.signature(TEXT.as_bytes()), TEXT)
    }

    /// The message of `from` around a detached signature.
    pub(super) fn clear_signed(&self, signature: &Signature, entity: &str) -> String {
        clear(
            "alice@example.org",
            entity,
            &self.build(signature, entity.as_bytes()),
        )
    }

    /// Judges a message with the root trusted; nothing printed may be obeyed by a terminal.
    #[track_caller]
    pub(super) fn judge(&self, name: &str, message: impl AsRef<[u8]>) -> Value {
        let file = format!("{name}.eml");
        self.sandbox.write(&file, message);
        let people = self.sandbox.line(&format!("mail verify --trust root.pem {file}"));
        for text in [people.text(), people.stderr.clone()] {
            assert_harmless(&text);
        }
        let run = self
            .sandbox
            .line(&format!("--format json mail verify --trust root.pem {file}"));
        assert_harmless(&run.text());
        let json = run.json();
        assert_eq!(run.code, people.code);
        let expected = match json["verdict"].as_str() {
            Some("valid") => 0,
            Some(_) => 4,
            None => 1,
        };
        run.exits(expected);
        json
    }

    /// Tells whether OpenSSL takes the file of an earlier [`Authority::judge`] for verified.
    pub(super) fn openssl_accepts(&self, name: &str) -> bool {
        let file = format!("{name}.eml");
        let line = [
            "cms",
            "-verify",
            "-in",
            &file,
            "-CAfile",
            "root.pem",
            "-out",
            "/dev/null",
        ];
        let run = self.openssl.run(self.sandbox.folder(), &line);
        run.code == Some(0) && run.stderr.contains("erification successful")
    }
}

/// A `multipart/signed` message.
pub(super) fn clear(from: &str, entity: &str, cms: &[u8]) -> String {
    let signature = String::from_utf8(base64_lines(cms)).unwrap();
    format!(
        "From: {from}\r\nTo: bob@example.org\r\nSubject: Pay\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/signed; micalg=sha-256; boundary=in;\r\n protocol=\"application/pkcs7-signature\"\r\n\r\n\
         --in\r\n{entity}\r\n--in\r\nContent-Type: application/pkcs7-signature; name=smime.p7s\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{signature}\r\n--in--\r\n"
    )
}

/// An `application/pkcs7-mime` message.
pub(super) fn opaque(kind: &str, cms: &[u8]) -> String {
    let body = String::from_utf8(base64_lines(cms)).unwrap();
    format!(
        "From: alice@example.org\r\nSubject: Pay\r\nMIME-Version: 1.0\r\n\
         Content-Type: application/pkcs7-mime; smime-type={kind}; name=smime.p7m\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{body}"
    )
}

/// Nothing that moves a cursor, turns the reading direction or rings.
#[track_caller]
fn assert_harmless(text: &str) {
    let harmful = |c: char| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c);
    assert!(!text.contains(harmful), "{text:?}");
}

/// A subjectAltName with one SmtpUTF8Mailbox.
fn smtp_utf8(address: &str) -> Vec<u8> {
    let value = tlv(0xa0, &[&tlv(0x0c, &[address.as_bytes()])]);
    sequence(&[&tlv(0xa0, &[b"\x06\x08\x2b\x06\x01\x05\x05\x07\x08\x09", &value])])
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

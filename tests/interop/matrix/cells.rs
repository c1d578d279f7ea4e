//! Running one peer through its cells.

use std::collections::BTreeMap;

use test_support::{Job, MatrixPeer, Outcome, base64_body, base64_lines, split_clear_signed};

use super::ours::{ENTITY, KEYS, Messages, WORD, read};

/// A form of message, the columns of the matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Form {
    Clear,
    Opaque,
    Enveloped,
    AuthEnveloped,
    Both,
}

impl Form {
    pub(crate) const ALL: [Self; 5] = [
        Self::Clear,
        Self::Opaque,
        Self::Enveloped,
        Self::AuthEnveloped,
        Self::Both,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Clear => "clear",
            Self::Opaque => "opaque",
            Self::Enveloped => "enveloped",
            Self::AuthEnveloped => "auth-enveloped",
            Self::Both => "signed+encrypted",
        }
    }

    /// Nobody can encrypt to an Ed25519 key.
    pub(crate) fn exists(self, key: &str) -> bool {
        key != "ed25519" || self.is_signed()
    }

    pub(crate) const fn is_signed(self) -> bool {
        matches!(self, Self::Clear | Self::Opaque | Self::Both)
    }
}

/// Who writes and who reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Side {
    ReadsOurs,
    WritesForUs,
}

impl Side {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::ReadsOurs => "reads ours",
            Self::WritesForUs => "we read theirs",
        }
    }
}

/// A cell of one peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cell {
    pub(crate) side: Side,
    pub(crate) key: &'static str,
    pub(crate) form: Form,
}

/// What a peer made of the matrix.
#[derive(Debug)]
pub(crate) struct PeerOutcome {
    pub(crate) cells: Vec<(Cell, Result<(), String>)>,
    /// What was altered, and whether it was refused.
    pub(crate) tampered: BTreeMap<&'static str, bool>,
}

pub(crate) fn run(peer: &dyn MatrixPeer, messages: &Messages) -> PeerOutcome {
    let mut jobs = Vec::new();
    let mut cells = Vec::new();
    for (key, _, _) in KEYS {
        for form in Form::ALL.into_iter().filter(|form| form.exists(key)) {
            cells.push((
                Cell {
                    side: Side::ReadsOurs,
                    key,
                    form,
                },
                jobs.len(),
            ));
            jobs.push(reading(messages, key, form));
            cells.push((
                Cell {
                    side: Side::WritesForUs,
                    key,
                    form,
                },
                jobs.len(),
            ));
            jobs.push(writing(messages, key, form));
        }
    }
    let altered_signature = jobs.len();
    jobs.push(altered(reading(messages, "rsa-2048", Form::Clear)));
    let altered_envelope = jobs.len();
    jobs.push(altered(reading(messages, "rsa-2048", Form::Enveloped)));
    let first = batch(peer, &jobs);

    // Signed and encrypted takes two steps, the second with the first one's result.
    let mut second_jobs = Vec::new();
    let mut second_at = BTreeMap::new();
    for (cell, at) in &cells {
        if let (Form::Both, Ok(result)) = (cell.form, &first[*at]) {
            second_at.insert(*cell, second_jobs.len());
            second_jobs.push(match cell.side {
                Side::ReadsOurs => verify_job(messages, &clear_parts(result), cell.key),
                Side::WritesForUs => Job::Encrypt {
                    content: multipart_signed(result),
                    identity: messages.recipient(cell.key).clone(),
                    gcm: false,
                },
            });
        }
    }
    let second = batch(peer, &second_jobs);

    let mut tampered = BTreeMap::new();
    if first[cell_at(&cells, Side::ReadsOurs, Form::Clear)].is_ok() {
        tampered.insert("our signed message, altered", first[altered_signature].is_err());
    }
    if first[cell_at(&cells, Side::ReadsOurs, Form::Enveloped)].is_ok() {
        tampered.insert(
            "our encrypted message, cut short",
            first[altered_envelope].is_err(),
        );
    }
    if let Ok(cms) = &first[cell_at(&cells, Side::WritesForUs, Form::Clear)] {
        let message = with_headers("rsa@example.com", &multipart_signed(cms));
        let message = String::from_utf8(message).unwrap().replace(WORD, "mattress");
        let name = format!("{}-tampered", slug(peer.name()));
        let recipient = messages.recipient("rsa-2048");
        let refused = read(&name, message.as_bytes(), Form::Clear, recipient)
            .is_err_and(|error| error.contains("altered-content"));
        tampered.insert("their signed message, altered", refused);
    }

    let cells = cells
        .into_iter()
        .map(|(cell, at)| {
            let outcome = match second_at.get(&cell) {
                Some(&at) => &second[at],
                None => &first[at],
            };
            (cell, judged(peer, messages, cell, outcome))
        })
        .collect();
    PeerOutcome { cells, tampered }
}

fn judged(peer: &dyn MatrixPeer, messages: &Messages, cell: Cell, outcome: &Outcome) -> Result<(), String> {
    let result = outcome.as_ref().map_err(Clone::clone)?;
    if cell.side == Side::ReadsOurs {
        let text = String::from_utf8_lossy(result);
        return if text.contains(WORD) {
            Ok(())
        } else {
            Err(format!("another content came out: {text}"))
        };
    }
    let identity = &messages.identities[cell.key];
    if identity.scheme == "pss" {
        let (oid, name) = match cell.form {
            Form::Clear | Form::Opaque => (RSASSA_PSS, "RSA-PSS"),
            Form::Enveloped | Form::AuthEnveloped | Form::Both => (RSAES_OAEP, "OAEP"),
        };
        if !result.windows(oid.len()).any(|window| window == oid) {
            return Err(format!("what it wrote has no {name}"));
        }
    }
    if cell.form == Form::AuthEnveloped
        && !result
            .windows(AUTH_ENVELOPED.len())
            .any(|window| window == AUTH_ENVELOPED)
    {
        return Err("what it wrote is no AuthEnvelopedData".into());
    }
    let entity = match cell.form {
        Form::Clear => multipart_signed(result),
        Form::Opaque => pkcs7_mime("signed-data", result),
        Form::AuthEnveloped => pkcs7_mime("authEnveloped-data", result),
        Form::Enveloped | Form::Both => pkcs7_mime("enveloped-data", result),
    };
    let message = with_headers(&identity.address, &entity);
    let name = format!("{}-{}-{}", slug(peer.name()), cell.key, cell.form.name());
    read(&name, &message, cell.form, messages.recipient(cell.key))
}

fn reading(messages: &Messages, key: &'static str, form: Form) -> Job {
    let message = &messages.ours[&(key, form)];
    match form {
        Form::Clear => verify_job(messages, &clear_parts(message), key),
        Form::Opaque => verify_job(messages, &(base64_body(message), None), key),
        Form::Enveloped | Form::AuthEnveloped | Form::Both => Job::Decrypt {
            cms: base64_body(message),
            identity: messages.recipient(key).clone(),
        },
    }
}

fn writing(messages: &Messages, key: &'static str, form: Form) -> Job {
    let identity = messages.identities[key].clone();
    let content = ENTITY.to_vec();
    match form {
        Form::Clear | Form::Opaque | Form::Both => Job::Sign {
            content,
            identity,
            detached: form != Form::Opaque,
        },
        Form::Enveloped | Form::AuthEnveloped => Job::Encrypt {
            content,
            identity,
            gcm: form == Form::AuthEnveloped,
        },
    }
}

fn clear_parts(message: &[u8]) -> (Vec<u8>, Option<Vec<u8>>) {
    let parts = split_clear_signed(message);
    // What is signed has CRLF at its line ends, whatever the file has.
    let content = String::from_utf8(parts.content)
        .unwrap()
        .replace("\r\n", "\n")
        .replace('\n', "\r\n");
    (parts.signature, Some(content.into_bytes()))
}

fn verify_job(messages: &Messages, parts: &(Vec<u8>, Option<Vec<u8>>), key: &str) -> Job {
    Job::Verify {
        cms: parts.0.clone(),
        content: parts.1.clone(),
        root: messages.identities[key].root.clone(),
    }
}

/// The same job with one letter of the content changed, or the last bytes missing.
fn altered(mut job: Job) -> Job {
    match &mut job {
        Job::Verify {
            content: Some(content),
            ..
        } => {
            let at = content
                .windows(WORD.len())
                .position(|word| word == WORD.as_bytes());
            content[at.unwrap()] ^= 1;
        }
        Job::Decrypt { cms, .. } => cms.truncate(cms.len() - 20),
        _ => unreachable!("only what is read is altered"),
    }
    job
}

fn batch(peer: &dyn MatrixPeer, jobs: &[Job]) -> Vec<Outcome> {
    let folder = tempfile::Builder::new().prefix("mx").tempdir().unwrap();
    let outcomes = peer.run(folder.path(), jobs);
    assert_eq!(outcomes.len(), jobs.len(), "{}", peer.name());
    outcomes
}

fn cell_at(cells: &[(Cell, usize)], side: Side, form: Form) -> usize {
    let cell = Cell {
        side,
        key: "rsa-2048",
        form,
    };
    cells.iter().find(|(one, _)| *one == cell).unwrap().1
}

fn multipart_signed(signature: &[u8]) -> Vec<u8> {
    let mut entity =
        b"Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256; \
        boundary=\"cell\"\r\n\r\n--cell\r\n"
            .to_vec();
    entity.extend(ENTITY);
    entity.extend(
        b"\r\n--cell\r\nContent-Type: application/pkcs7-signature; name=smime.p7s\r\n\
        Content-Transfer-Encoding: base64\r\n\r\n",
    );
    entity.extend(base64_lines(signature));
    entity.extend(b"--cell--\r\n");
    entity
}

fn pkcs7_mime(kind: &str, cms: &[u8]) -> Vec<u8> {
    let mut entity = format!(
        "Content-Type: application/pkcs7-mime; smime-type={kind}; name=smime.p7m\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n"
    )
    .into_bytes();
    entity.extend(base64_lines(cms));
    entity
}

fn with_headers(from: &str, entity: &[u8]) -> Vec<u8> {
    let mut message =
        format!("From: {from}\r\nTo: reader@example.com\r\nSubject: cell\r\nMIME-Version: 1.0\r\n")
            .into_bytes();
    message.extend(entity);
    message
}

fn slug(name: &str) -> String {
    name.replace(|c: char| !c.is_ascii_alphanumeric(), "-")
}

const RSASSA_PSS: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a";
const RSAES_OAEP: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x07";
const AUTH_ENVELOPED: &[u8] = b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17";

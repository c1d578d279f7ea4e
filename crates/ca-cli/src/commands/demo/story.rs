//! What happens, in order.

use std::io::Read;
use std::path::{Path, PathBuf};

use ca_core::evidence::EvidenceKind;
use ca_core::request::Class;
use ca_store::TrustStore;
use ca_store::atomic::{self, Mode, Overwrite};
use identity::{Certificate, pem};
use smime::report::{Code, SignerReport, Verdict, VerifyReport};
use smime::verify::{VerifyOptions, verify};
use smime::{DecryptOptions, EncryptOptions, MemorySpool, SignOptions, decrypt, encrypt, sign};

use super::cast::{Ca, Person, request};
use super::{Next, Report, Step};
use crate::context::Context;
use crate::error::CommandError;
use crate::output::grouped;

/// Plays the story in a new folder.
pub(super) fn tell(context: &Context, folder: &Path) -> Result<Report, CommandError> {
    let mut stage = Stage {
        context,
        folder,
        steps: Vec::new(),
    };
    atomic::create_public_directory(&folder.join("mail"))?;

    let ca = Ca::make(context, &folder.join("ca"), "Demo School")?;
    let fingerprint = grouped(&ca.root.fingerprint_sha256());
    let root_file = folder.join("root.pem");
    let root_pem = pem::encode("CERTIFICATE", ca.root.der());
    atomic::write(&root_file, root_pem.as_bytes(), Mode::Public, Overwrite::Refuse)?;
    stage.note(
        "A school makes its own CA: a root, and an issuing CA for each class",
        "made",
        "",
        Some(&folder.join("ca")),
    );

    let (alice, bob, carol) = people(&stage, &ca)?;
    for (person, what) in [
        (
            &alice,
            "Alice gets a Class 1 identity: she answers at her address",
        ),
        (&bob, "Bob gets a Class 2 identity: his name was checked too"),
        (&carol, "Carol gets a Class 3 identity: she was seen in person"),
    ] {
        stage.note(what, "issued", "", Some(&person.p12));
    }

    let signed = stage.signed(
        &alice,
        &bob,
        "Meeting",
        "Dear Bob,\n\nthe meeting is at ten. Regards, Alice\n",
    )?;
    let signed_file = stage.mail("01-signed.eml", &signed)?;
    stage.judge(
        "Alice signs a mail; Bob checks it before he has imported the root",
        &signed,
        &[],
        (Verdict::Indeterminate, Code::UnknownIssuer),
        &signed_file,
    )?;

    let trust = TrustStore::open(&folder.join("bob").join("profile"))?;
    let offered = pem::certificates(&atomic::read(&root_file, 1 << 20)?).map_err(CommandError::bad_input)?;
    let offered = offered
        .first()
        .ok_or_else(|| CommandError::bad_input("the root's file is empty"))?;
    let same = grouped(&offered.fingerprint_sha256()) == fingerprint;
    if same {
        trust.add(offered)?;
    }
    let start: String = fingerprint.chars().take(19).collect();
    stage.step(
        "Bob compares the root's fingerprint with what the school told him, and imports the root",
        "imported",
        &format!("SHA-256 {start} …"),
        Some(&root_file),
        same,
    );
    let roots: Vec<Certificate> = trust.list()?.into_iter().map(|root| root.certificate).collect();
    let report = stage.judge(
        "Bob checks the same mail again",
        &signed,
        &roots,
        (Verdict::Valid, Code::Ok),
        &signed_file,
    )?;

    // Bob has never been given Alice's certificate: the signed mail brought it.
    let from_mail = report
        .signers
        .first()
        .and_then(|signer| signer.certificate.clone());
    let learned = from_mail.as_ref() == Some(alice.certificate());
    let alices = from_mail.unwrap_or_else(|| alice.certificate().clone());
    stage.step(
        "Bob takes Alice's certificate from that signed mail",
        "found",
        "a signature carries it",
        None,
        learned,
    );

    encrypted_mail(&mut stage, &alice, &bob, &alices, &roots)?;
    without_smime(&mut stage, &signed, &signed_file)?;
    refusals(&mut stage, &ca, &alice, &bob, &signed, &roots)?;

    Ok(Report {
        directory: folder.display().to_string(),
        fingerprint,
        steps: stage.steps,
        next: next(),
    })
}

fn people(stage: &Stage<'_>, ca: &Ca) -> Result<(Person, Person, Person), CommandError> {
    let (context, folder) = (stage.context, stage.folder);
    let mailbox = (EvidenceKind::Mailbox, "answered a mail to the address");
    let document = (EvidenceKind::Document, "identity card seen by the registrar");
    let alice = ca.issue(
        context,
        &folder.join("alice"),
        request(Class::One, "alice@example.org")?,
        &[mailbox],
    )?;
    let mut wanted = request(Class::Two, "bob@example.org")?;
    wanted.given_name = Some("Bob".to_owned());
    wanted.surname = Some("Baker".to_owned());
    let bob = ca.issue(context, &folder.join("bob"), wanted, &[mailbox, document])?;
    let mut wanted = request(Class::Three, "carol@example.org")?;
    wanted.given_name = Some("Carol".to_owned());
    wanted.surname = Some("Cook".to_owned());
    let seen = (EvidenceKind::InPerson, "came to the registrar's desk");
    let carol = ca.issue(context, &folder.join("carol"), wanted, &[mailbox, document, seen])?;
    Ok((alice, bob, carol))
}

/// Encrypted only, then signed and encrypted.
fn encrypted_mail(
    stage: &mut Stage<'_>,
    alice: &Person,
    bob: &Person,
    alices: &Certificate,
    roots: &[Certificate],
) -> Result<(), CommandError> {
    let now = stage.context.now();
    let text = "From: bob@example.org\r\nTo: alice@example.org\r\nSubject: The code\r\nMIME-Version: 1.0\r\n\
                Content-Type: text/plain; charset=us-ascii\r\n\r\nDear Alice,\r\n\r\nthe door's code is 4711. Bob\r\n";
    // To himself too, as mail programs do: else he could not read what he has sent.
    let recipients = [alices.clone(), bob.certificate().clone()];
    let mut sealed = Vec::new();
    encrypt(
        text.as_bytes(),
        &recipients,
        &EncryptOptions::new(now),
        &mut sealed,
    )?;
    let file = stage.mail("02-encrypted.eml", &sealed)?;
    let hidden = !contains(&sealed, "4711");
    let opened = open(&sealed, alice)?;
    stage.step(
        "Bob encrypts a mail to Alice; only she (and he) can read it",
        "decrypted",
        "encrypted, not signed: anybody could have written it",
        Some(&file),
        hidden && contains(&opened, "4711"),
    );

    let signed = stage.signed(
        alice,
        bob,
        "Contract",
        "Dear Bob,\n\nI accept the offer of 900 francs. Alice\n",
    )?;
    let mut sealed = Vec::new();
    let recipients = [bob.certificate().clone(), alice.certificate().clone()];
    encrypt(
        signed.as_slice(),
        &recipients,
        &EncryptOptions::new(now),
        &mut sealed,
    )?;
    let file = stage.mail("03-signed-and-encrypted.eml", &sealed)?;
    let opened = open(&sealed, bob)?;
    stage.judge(
        "Alice signs, then encrypts to Bob; he decrypts and checks",
        &opened,
        roots,
        (Verdict::Valid, Code::Ok),
        &file,
    )?;
    Ok(())
}

/// What a program shows that knows nothing of S/MIME: the first part, and an attachment.
fn without_smime(stage: &mut Stage<'_>, signed: &[u8], file: &Path) -> Result<(), CommandError> {
    let readable = contains(signed, "the meeting is at ten") && contains(signed, "filename=smime.p7s");
    stage.step(
        "A program without S/MIME opens the signed mail",
        "readable",
        "\"the meeting is at ten …\" and an attachment smime.p7s",
        Some(file),
        readable,
    );
    Ok(())
}

/// Everything that must not be believed.
fn refusals(
    stage: &mut Stage<'_>,
    ca: &Ca,
    alice: &Person,
    bob: &Person,
    signed: &[u8],
    roots: &[Certificate],
) -> Result<(), CommandError> {
    let tampered = replaced(signed, "at ten", "at two");
    let file = stage.mail("04-tampered.eml", &tampered)?;
    stage.judge(
        "Somebody has tampered with Alice's mail on its way",
        &tampered,
        roots,
        (Verdict::Invalid, Code::AlteredContent),
        &file,
    )?;

    let context = stage.context;
    let other = Ca::make(
        context,
        &stage.folder.join("stranger").join("ca"),
        "Somebody Else",
    )?;
    let mallory = other.issue(
        context,
        &stage.folder.join("stranger"),
        request(Class::One, "mallory@example.net")?,
        &[(EvidenceKind::Mailbox, "says so")],
    )?;
    let foreign = stage.signed(&mallory, bob, "Invoice", "Please pay 900 francs at once.\n")?;
    let file = stage.mail("05-stranger.eml", &foreign)?;
    stage.judge(
        "A stranger signs under a CA that Bob does not trust",
        &foreign,
        roots,
        (Verdict::Indeterminate, Code::UnknownIssuer),
        &file,
    )?;

    let mismatched = replaced(
        &stage.signed(
            alice,
            bob,
            "From the head",
            "Give Alice the key. The head of school\n",
        )?,
        "From: alice@example.org",
        "From: carol@example.org",
    );
    let file = stage.mail("06-mismatched-address.eml", &mismatched)?;
    stage.judge(
        "Alice's signature under Carol's address",
        &mismatched,
        roots,
        (Verdict::Invalid, Code::FromMismatch),
        &file,
    )?;

    let mut wanted = request(Class::Three, "dave@example.org")?;
    wanted.given_name = Some("Dave".to_owned());
    wanted.surname = Some("Dyer".to_owned());
    let evidence = [
        (EvidenceKind::Mailbox, "answered a mail to the address"),
        (EvidenceKind::Document, "copy of a passport"),
    ];
    let (outcome, reason, expected) = match ca.admit(context, wanted, &evidence)? {
        Ok(_) => ("admitted", String::new(), false),
        Err(refusal) => {
            let reasons: Vec<String> = refusal.reasons().iter().map(ToString::to_string).collect();
            let expected = reasons.iter().any(|reason| reason.contains("in-person"));
            ("refused", reasons.join("; "), expected)
        }
    };
    stage.step(
        "Dave asks for Class 3 and was never seen in person",
        outcome,
        &reason,
        None,
        expected,
    );
    Ok(())
}

fn next() -> Vec<Next> {
    let line = |file: &str, with: &str| Next {
        file: file.to_owned(),
        with: with.to_owned(),
    };
    vec![
        line(
            "root.pem",
            "Thunderbird: Settings, Privacy & Security, Manage Certificates, Authorities, Import; trust it for mail users",
        ),
        line(
            "bob/bob@example.org.p12",
            "Thunderbird: the same place, Your Certificates, Import; its password is in bob/bob@example.org.p12.password",
        ),
        line(
            "bob/bob@example.org.compat.p12",
            "the same for Apple Mail (Keychain Access), Outlook on old Windows, and gpgsm --import",
        ),
        line(
            "mail/01-signed.eml",
            "Thunderbird (File, Open, Saved Message): the seal says whose signature it is",
        ),
        line(
            "mail/03-signed-and-encrypted.eml",
            "Thunderbird, once Bob's P12 is imported",
        ),
        line("mail/04-tampered.eml", "Thunderbird, to see the signature fail"),
        line(
            "mail/01-signed.eml",
            "without a mail program: cachet mail verify --trust root.pem mail/01-signed.eml, \
             or openssl cms -verify -CAfile root.pem -in mail/01-signed.eml",
        ),
    ]
}

/// The steps so far, and what they need.
struct Stage<'a> {
    context: &'a Context,
    folder: &'a Path,
    steps: Vec<Step>,
}

impl Stage<'_> {
    fn note(&mut self, what: &str, outcome: &str, reason: &str, file: Option<&Path>) {
        self.step(what, outcome, reason, file, true);
    }

    fn step(&mut self, what: &str, outcome: &str, reason: &str, file: Option<&Path>, as_expected: bool) {
        self.steps.push(Step {
            step: self.steps.len() + 1,
            what: what.to_owned(),
            outcome: outcome.to_owned(),
            reason: reason.to_owned(),
            file: file.map(|path| {
                path.strip_prefix(self.folder)
                    .unwrap_or(path)
                    .display()
                    .to_string()
            }),
            as_expected,
        });
    }

    fn mail(&self, name: &str, message: &[u8]) -> Result<PathBuf, CommandError> {
        let path = self.folder.join("mail").join(name);
        atomic::write(&path, message, Mode::Public, Overwrite::Refuse)?;
        Ok(path)
    }

    fn signed(&self, from: &Person, to: &Person, subject: &str, text: &str) -> Result<Vec<u8>, CommandError> {
        let mut options = SignOptions::new(self.context.now());
        options.compose.to = vec![to.mailbox()?];
        options.compose.subject = Some(subject.to_owned());
        let mut message = Vec::new();
        sign(text.as_bytes(), &from.identity, &options, &mut message)?;
        Ok(message)
    }

    /// Checks a mail, and whether the verdict is the one that it should be.
    fn judge(
        &mut self,
        what: &str,
        message: &[u8],
        roots: &[Certificate],
        (verdict, status): (Verdict, Code),
        file: &Path,
    ) -> Result<VerifyReport, CommandError> {
        let mut options = VerifyOptions::new(self.context.now());
        options.anchors = roots;
        let held = verify(message, &options, MemorySpool::new())?;
        let report = held.into_report();
        let signer = report.signers.first();
        let found = signer.map(|signer| signer.status);
        let expected = report.verdict == verdict && found == Some(status);
        let reason = match (signer, found) {
            (Some(signer), Some(Code::Ok)) => vouched(signer),
            (_, Some(Code::UnknownIssuer)) if roots.is_empty() => {
                "unknown issuer: Bob trusts no root yet".to_owned()
            }
            _ => report
                .findings
                .first()
                .map(ToString::to_string)
                .unwrap_or_default(),
        };
        self.step(what, report.verdict.as_str(), &reason, Some(file), expected);
        Ok(report)
    }
}

fn vouched(signer: &SignerReport) -> String {
    let class = signer
        .class
        .map(|class| format!(", Class {class}"))
        .unwrap_or_default();
    format!("signed by {}{class}", signer.emails.join(", "))
}

fn open(message: &[u8], person: &Person) -> Result<Vec<u8>, CommandError> {
    let identities = std::slice::from_ref(&person.identity);
    let held = decrypt(
        message,
        identities,
        &DecryptOptions::default(),
        MemorySpool::new(),
    )?;
    let mut content = Vec::new();
    held.into_content()
        .map_err(CommandError::bad_input)?
        .read_to_end(&mut content)
        .map_err(|error| CommandError::io("cannot read what was decrypted", &error))?;
    Ok(content)
}

fn contains(message: &[u8], text: &str) -> bool {
    String::from_utf8_lossy(message).contains(text)
}

fn replaced(message: &[u8], text: &str, by: &str) -> Vec<u8> {
    String::from_utf8_lossy(message)
        .replacen(text, by, 1)
        .into_bytes()
}

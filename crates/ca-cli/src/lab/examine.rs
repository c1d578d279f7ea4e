//! What one mail is: who signed it, whether it holds, whom it is encrypted for. Whose it is and whether it counts is asked later.

use std::io::Read;

use chrono::{DateTime, Utc};
use identity::identity::Identity;
use identity::{Certificate, Mailbox};
use smime::mime::{ContentType, Header, Quoting, parse_date};
use smime::path::Revocation;
use smime::report::{Code, Finding, SignerReport, Standing, Verdict, VerifyReport};
use smime::{
    DecryptError, DecryptOptions, Discard, LayerKind, MemorySpool, OpenError, OpenOptions, OpenReport,
    VerifyError, VerifyOptions,
};

use super::fault::{Fault, Remark};
use super::source::{Content, Letter};

/// What mails are examined with.
#[derive(Debug)]
pub(crate) struct Examiner<'a> {
    verify: VerifyOptions<'a>,
    decrypt: DecryptOptions,
    identities: &'a [Identity],
    may_decrypt: bool,
}

/// What is known of one mail.
#[derive(Clone, Debug)]
pub(crate) struct Mail {
    /// The file, or the mbox and the number in it.
    pub(crate) name: String,
    /// From as it is shown.
    pub(crate) from: String,
    /// The one mailbox in From, if it is one.
    pub(crate) sender: Option<Mailbox>,
    pub(crate) subject: String,
    pub(crate) message_id: Option<String>,
    /// A mailing list had it in hands.
    pub(crate) by_list: bool,
    pub(crate) kind: Kind,
    pub(crate) times: Times,
    pub(crate) encrypted: bool,
    pub(crate) signer: Option<Signer>,
    /// Who signed and sent it is known: nobody else can have made it.
    pub(crate) is_proved: bool,
    pub(crate) faults: Vec<Fault>,
    pub(crate) remarks: Vec<Remark>,
    /// Equal for two copies of one submission.
    pub(crate) content: [u8; 32],
}

/// What a mail looks like from afar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Signed, encrypted, or meant to be.
    Secured,
    /// Neither.
    Plain,
    /// Sent by a program: out of office, not delivered.
    Automatic,
    /// No mail that can be read.
    Unreadable,
}

/// Who signed a mail.
#[derive(Clone, Debug)]
pub(crate) struct Signer {
    pub(crate) certificate: Certificate,
    pub(crate) emails: Vec<String>,
    pub(crate) class: Option<u8>,
    /// The signature was made with this certificate's key over this content.
    pub(crate) is_intact: bool,
    /// The issuing CAs, as far as the chain holds.
    pub(crate) issuers: Vec<Certificate>,
}

/// The three clocks of a mail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Times {
    /// What the last server on the way wrote: the one nearest to the instructor.
    pub(crate) received: Option<DateTime<Utc>>,
    /// What the sender's program wrote.
    pub(crate) date: Option<DateTime<Utc>>,
    /// What the signer states under the signature.
    pub(crate) signed: Option<DateTime<Utc>>,
}

impl Times {
    /// The moment that counts, and the clock that it is from.
    pub(crate) fn counted(&self) -> Option<(DateTime<Utc>, &'static str)> {
        let clocks = [
            (self.received, "received"),
            (self.date, "date"),
            (self.signed, "signing-time"),
        ];
        clocks
            .into_iter()
            .find_map(|(time, clock)| time.map(|time| (time, clock)))
    }

    fn differ(&self) -> bool {
        let all = || [self.received, self.date, self.signed].into_iter().flatten();
        match (all().min(), all().max()) {
            (Some(first), Some(last)) => last - first > DIFFERENCE,
            _ => false,
        }
    }
}

impl<'a> Examiner<'a> {
    pub(crate) fn new(
        verify: VerifyOptions<'a>,
        decrypt: DecryptOptions,
        identities: &'a [Identity],
    ) -> Self {
        let keys = !identities.is_empty() || !decrypt.passwords.is_empty() || !decrypt.shared_keys.is_empty();
        Self {
            verify,
            decrypt,
            identities,
            may_decrypt: keys,
        }
    }

    /// Examines one mail, whatever it is.
    pub(crate) fn examine(&self, letter: &Letter) -> Mail {
        let octets = match letter.content.read() {
            Ok(octets) => octets,
            Err(detail) => return Mail::unreadable(&letter.name, detail),
        };
        if !header_fits(&octets) {
            let detail = format!("its header is longer than {} KiB", LONGEST_HEADER >> 10);
            return Mail::unreadable(&letter.name, detail);
        }
        let mut mail = Mail::of_header(&letter.name, &octets);
        if mail.kind == Kind::Automatic {
            return mail;
        }
        let (octets, opened) = self.open_quoted(letter, octets);
        match opened {
            Ok(opened) => self.judge(&mut mail, &octets, opened),
            Err(error) => self.closed(&mut mail, &octets, error),
        }
        mail.note_times();
        mail.faults.sort();
        mail.faults.dedup();
        mail
    }

    /// Opens a mail; of one from an mbox file in the dialect in which its signature holds.
    fn open_quoted(&self, letter: &Letter, octets: Vec<u8>) -> (Vec<u8>, Result<Opened, OpenError>) {
        let Content::Mbox(message) = &letter.content else {
            let opened = self.open(&octets, &self.verify);
            return (octets, opened);
        };
        let dialects = if message.is_quoted() {
            &Quoting::ALL[..]
        } else {
            &Quoting::ALL[..1]
        };
        let mut first = None;
        for quoting in dialects {
            let read = message.unquoted(*quoting).into_owned();
            let opened = self.open(&read, &self.verify);
            if !opened.as_ref().is_ok_and(Opened::is_broken) {
                return (read, opened);
            }
            first.get_or_insert((read, opened));
        }
        // All of them are broken: then the likeliest.
        first.unwrap_or_else(|| (Vec::new(), Err(OpenError::NotAMessage { empty: true })))
    }

    fn open(&self, octets: &[u8], verify: &VerifyOptions<'a>) -> Result<Opened, OpenError> {
        let mut options = OpenOptions::new(verify.clone());
        options.decrypt = self.decrypt.clone();
        options.limits = verify.limits;
        let held = smime::open(octets, self.identities, &options, || Ok(MemorySpool::new()))?;
        let report = held.report().clone();
        // Content whose verdict is bad is not given out; then the mail as it stands tells copies apart.
        let mut content = Vec::new();
        let whole = match held.into_content() {
            Ok(mut reader) => reader.read_to_end(&mut content).is_ok(),
            Err(_) => false,
        };
        let signed_content = whole.then(|| identity::digest::sha256(&content));
        Ok(Opened {
            report,
            signed_content,
        })
    }

    fn judge(&self, mail: &mut Mail, octets: &[u8], opened: Opened) {
        let mut report = &opened.report.verification;
        let again;
        if let Some(valid_then) = self.judged_on_arrival(mail, octets, report) {
            again = valid_then;
            report = &again.report.verification;
            mail.remarks.push(Remark::ExpiredSince);
        }
        let layers = &opened.report.layers;
        let signed = || layers.iter().any(|layer| layer.kind == LayerKind::Signed);
        mail.encrypted = layers.iter().any(|layer| layer.opened_by.is_some()) || report.encrypted;
        mail.kind = match report.signers.is_empty() && !signed() && !mail.encrypted {
            true => Kind::Plain,
            false => Kind::Secured,
        };
        self.take_signer(mail, report);
        if let Some(digest) = opened.signed_content
            && let Some(signer) = &mail.signer
        {
            let time = mail.times.signed.map(|time| time.timestamp()).unwrap_or_default();
            let parts = [
                &digest[..],
                &signer.certificate.fingerprint_sha256(),
                &time.to_be_bytes(),
            ];
            mail.content = identity::digest::sha256(&parts.concat());
        }
        let has = |code| report.findings.iter().any(|finding| finding.code == code);
        if has(Code::SignedCiphertext) {
            mail.remarks.push(Remark::SignedCiphertext);
        }
        if has(Code::WeakCipher) {
            mail.remarks.push(Remark::WeakCipher);
        }
        mail.faults.extend(self.faults(report, mail));
    }

    /// Judges a mail as of its arrival, if all that is wrong now is that its certificate has ended since.
    fn judged_on_arrival(&self, mail: &Mail, octets: &[u8], report: &VerifyReport) -> Option<Opened> {
        let arrived = mail.times.received.filter(|arrived| *arrived < self.verify.now)?;
        let mut errors = report.findings.iter().filter(|finding| finding.is_error());
        let only_expired = errors.all(|finding| finding.code == Code::Expired);
        if report.verdict != Verdict::Invalid || !only_expired {
            return None;
        }
        let mut verify = self.verify.clone();
        verify.now = arrived;
        // Revocation was asked for as of today, and nothing was found.
        verify.revocation = Revocation::Off;
        let again = self.open(octets, &verify).ok()?;
        (again.report.verdict() == Verdict::Valid).then_some(again)
    }

    /// Judges what cannot be opened by what can be seen from outside.
    fn closed(&self, mail: &mut Mail, octets: &[u8], error: OpenError) {
        mail.kind = Kind::Secured;
        match error {
            OpenError::Decrypt { source, .. } => {
                mail.encrypted = true;
                mail.faults.push(match source {
                    DecryptError::NoMatchingRecipient { .. } if !self.may_decrypt => Fault::KeyNotGiven,
                    DecryptError::NoMatchingRecipient { recipients } => {
                        Fault::EncryptedForOthers { recipients }
                    }
                    DecryptError::OpenPgp => Fault::OpenPgp,
                    DecryptError::DecryptionFailed => Fault::DecryptionFailed,
                    other => Fault::Unreadable {
                        detail: other.to_string(),
                    },
                });
                // A signature around the encryption tells whose it is all the same.
                if let Ok(held) = smime::verify(octets, &self.verify, Discard) {
                    let report = held.into_report();
                    self.take_signer(mail, &report);
                    mail.is_proved = false;
                }
            }
            OpenError::OpenPgp
            | OpenError::Verify {
                source: VerifyError::OpenPgp,
                ..
            } => mail.faults.push(Fault::OpenPgp),
            OpenError::NotAMessage { .. } => {
                let detail = match octets.starts_with(COMPOUND_FILE) {
                    true => OUTLOOK.to_owned(),
                    false => error.to_string(),
                };
                *mail = Mail::unreadable(&mail.name, detail);
            }
            other => mail.faults.push(Fault::Unreadable {
                detail: other.to_string(),
            }),
        }
    }

    fn take_signer(&self, mail: &mut Mail, report: &VerifyReport) {
        // An outer signature may be another's: the one of the sender counts.
        let signer = report
            .signers
            .iter()
            .find(|signer| is_good(&signer.answers.sender) && is_good(&signer.answers.integrity))
            .or_else(|| report.signers.first());
        let Some(signer) = signer else { return };
        mail.times.signed = signer.signing_time;
        let answers = &signer.answers;
        mail.is_proved = [
            &answers.integrity,
            &answers.chain,
            &answers.sender,
            &answers.coverage,
        ]
        .into_iter()
        .all(is_good);
        mail.signer = Signer::of(signer);
    }

    /// What is wrong, in the words of students' lives.
    fn faults(&self, report: &VerifyReport, mail: &Mail) -> Vec<Fault> {
        if report.verdict == Verdict::Unsigned {
            return vec![Fault::NotSigned];
        }
        let mut faults: Vec<Fault> = report
            .findings
            .iter()
            .filter(|finding| finding.is_error())
            .filter_map(|finding| fault_of(finding, report, mail))
            .collect();
        if faults.is_empty() && report.verdict != Verdict::Valid && report.from_matches != Some(false) {
            faults.push(Fault::BadSignature {
                detail: report.verdict.to_string(),
            });
        }
        faults
    }
}

/// A mail that was opened.
struct Opened {
    report: OpenReport,
    /// The digest of the content, if it was given out.
    signed_content: Option<[u8; 32]>,
}

impl Opened {
    /// Tells whether the octets are not those that were signed.
    fn is_broken(&self) -> bool {
        let broken = [
            Code::AlteredContent,
            Code::AlteredSignature,
            Code::MalformedSignature,
        ];
        let findings = &self.report.verification.findings;
        findings.iter().any(|finding| broken.contains(&finding.code))
    }
}

impl Mail {
    fn unreadable(name: &str, detail: String) -> Self {
        Self {
            name: name.to_owned(),
            from: String::new(),
            sender: None,
            subject: String::new(),
            message_id: None,
            by_list: false,
            kind: Kind::Unreadable,
            times: Times::default(),
            encrypted: false,
            signer: None,
            is_proved: false,
            faults: vec![Fault::Unreadable { detail }],
            remarks: Vec::new(),
            content: [0; 32],
        }
    }

    /// As [`Mail::unreadable`], where the fault is ours.
    pub(crate) fn failed(name: &str) -> Self {
        Self::unreadable(name, "cachet has met a bug of its own on it".to_owned())
    }

    fn of_header(name: &str, octets: &[u8]) -> Self {
        let (header, body) = Header::split(octets);
        let from = header.addresses("From");
        let value = |name: &str| header.get(name).map(|field| field.value());
        let sender = match from.as_slice() {
            [one] if header.all("From").count() == 1 => Mailbox::parse(one).ok(),
            _ => None,
        };
        Self {
            from: header
                .get("From")
                .map(|field| shorten(&field.text()))
                .unwrap_or_default(),
            sender,
            subject: header
                .get("Subject")
                .map(|field| shorten(&field.text()))
                .unwrap_or_default(),
            message_id: value("Message-ID").filter(|id| !id.is_empty()),
            by_list: LIST_FIELDS.iter().any(|name| header.get(name).is_some()),
            kind: if is_automatic(&header) {
                Kind::Automatic
            } else {
                Kind::Plain
            },
            times: Times {
                // RFC 5322 3.6.7: the date stands behind the last semicolon; each server writes above what is there.
                received: value("Received").and_then(|field| parse_date(field.rsplit_once(';')?.1)),
                date: value("Date").and_then(|field| parse_date(&field)),
                signed: None,
            },
            faults: Vec::new(),
            content: identity::digest::sha256(body),
            ..Self::unreadable(name, String::new())
        }
    }

    fn note_times(&mut self) {
        match self.times.counted() {
            None => self.remarks.push(Remark::NoDate),
            Some((_, clock)) if clock != "received" => self.remarks.push(Remark::SendersClock),
            Some(_) => {}
        }
        if self.times.differ() {
            self.remarks.push(Remark::ClocksDiffer(self.times));
        }
    }
}

impl Signer {
    fn of(report: &SignerReport) -> Option<Self> {
        let certificate = report.certificate.clone()?;
        let issuers = match is_good(&report.answers.chain) {
            true => report.certificates.iter().skip(1).cloned().collect(),
            false => Vec::new(),
        };
        Some(Self {
            certificate,
            emails: report.emails.clone(),
            class: report.class,
            is_intact: is_good(&report.answers.integrity),
            issuers,
        })
    }
}

fn fault_of(finding: &Finding, report: &VerifyReport, mail: &Mail) -> Option<Fault> {
    let detail = || finding.message.clone();
    let certificate = mail.signer.as_ref().map(|signer| &signer.certificate);
    Some(match finding.code {
        Code::AlteredContent => Fault::Altered {
            by_list: mail.by_list,
        },
        Code::PartiallySigned | Code::TextOutsideParts => Fault::PartlySigned {
            by_list: mail.by_list,
        },
        Code::NoSigners | Code::CertificatesOnly | Code::Unsigned => Fault::NotSigned,
        Code::Encrypted => Fault::EncryptedForOthers {
            recipients: Vec::new(),
        },
        Code::DuplicateHeader | Code::MalformedHeader | Code::IllegalEncoding | Code::ContentTwice => {
            Fault::Ambiguous { detail: detail() }
        }
        Code::SeveralFrom | Code::MalformedFrom | Code::NoFrom => Fault::UnclearSender,
        // Whose address it is instead is known later.
        Code::FromMismatch => return None,
        Code::Revoked => Fault::Revoked,
        Code::RevocationUnknown => Fault::RevocationUnknown,
        Code::Expired => Fault::Expired {
            until: certificate.map(Certificate::not_after),
        },
        Code::NotYetValid => Fault::NotYetValid {
            from: certificate.map(Certificate::not_before),
        },
        Code::WrongPurpose => Fault::WrongPurpose,
        Code::UnknownIssuer => match certificate {
            Some(certificate) if certificate.is_self_issued() => Fault::SelfSigned,
            _ => Fault::UnknownIssuer {
                issuer: report
                    .signers
                    .first()
                    .map(|signer| signer.issuer.clone())
                    .unwrap_or_default(),
            },
        },
        Code::SignerCertificateAbsent => Fault::CertificateAbsent,
        Code::WeakDigest | Code::WeakKey | Code::UnsupportedAlgorithm => Fault::Weak { detail: detail() },
        code => match code.question() {
            Some(smime::report::Question::Integrity) => Fault::BadSignature { detail: detail() },
            Some(smime::report::Question::Coverage) => Fault::Ambiguous { detail: detail() },
            _ => Fault::BadCertificate { detail: detail() },
        },
    })
}

/// RFC 3834 5: what a program sent by itself says so; a report on delivery is a multipart of its own (RFC 6522).
fn is_automatic(header: &Header) -> bool {
    let value = |name: &str| header.get(name).map(|field| field.value().to_lowercase());
    value("Auto-Submitted").is_some_and(|value| !value.starts_with("no"))
        || value("X-Autoreply").is_some()
        || value("Precedence").is_some_and(|value| value == "auto_reply")
        || value("Content-Type")
            .and_then(|value| ContentType::parse(&value))
            .is_some_and(|kind| kind.to_string().starts_with("multipart/report"))
}

fn is_good(answer: &smime::report::Answer) -> bool {
    answer.standing == Standing::Good
}

/// Tells whether the header ends soon: servers refuse what is longer, and reading millions of addresses takes memory.
fn header_fits(octets: &[u8]) -> bool {
    let head = octets.get(..LONGEST_HEADER).unwrap_or(octets);
    head.len() == octets.len()
        || head.windows(2).any(|two| two == b"\n\n")
        || head.windows(3).any(|three| three == b"\n\r\n")
}

/// What a report shows of a field.
fn shorten(text: &str) -> String {
    let mut short: String = text.chars().take(LONGEST_SHOWN).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// What mailing lists write (RFC 2369, RFC 2919, Mailman).
const LIST_FIELDS: [&str; 4] = ["List-Id", "List-Post", "X-BeenThere", "X-Mailing-List"];
const LONGEST_SHOWN: usize = 200;
const LONGEST_HEADER: usize = 1 << 20;
/// Clocks of honest machines are nearer than that.
const DIFFERENCE: chrono::TimeDelta = chrono::TimeDelta::minutes(15);
/// What Outlook saves unless asked for something else (MS-CFB 2.2).
const COMPOUND_FILE: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
const OUTLOOK: &str =
    "it is Outlook's own format (.msg): save the mail as .eml, or drag it out of another program";

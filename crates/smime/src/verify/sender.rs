//! Who claims to have written, and whether that is who signed (RFC 8550 3, RFC 8551 3.1).

mod single;

use identity::Mailbox;
use identity::mailbox::Match;
use mailparse::{MailAddr, SingleInfo};

use crate::mime::{Field, Header};
use crate::protected::Payload;
use crate::report::{
    Code, Finding, Severity, SignerReport, holds_look_alike, is_suspicious, match_mailbox, shorten, sum_up,
};

/// The longest From that is read, in octets: a thousand times what people write.
const LONGEST: usize = 1 << 16;

/// The From question for the header outside and, where it says something else, for the protected one.
///
/// Mail programs differ in which of the two they show (RFC 9788 4.4): the signer must hold both.
pub(super) struct Senders {
    outer: Sender,
    protected: Option<Sender>,
}

impl Senders {
    /// Reads both headers; remarks go to `findings`.
    pub(super) fn of(
        header: Option<&Header>,
        payload: Option<&Payload>,
        findings: &mut Vec<Finding>,
    ) -> Self {
        let outer = Sender::of(header, findings);
        let from = |header: &Header| header.all("From").map(Field::value).collect::<Vec<_>>();
        let protected = payload
            .map(Payload::header)
            .filter(|inner| {
                let inner = from(inner);
                !inner.is_empty() && header.is_none_or(|outer| from(outer) != inner)
            })
            .map(|inner| Sender::of(Some(inner), findings));
        Self { outer, protected }
    }

    /// Compares with the signers; see [`Sender::compare`].
    pub(super) fn compare(&self, signers: &mut [SignerReport], findings: &mut Vec<Finding>) -> Option<bool> {
        match &self.protected {
            None => self.outer.compare(signers, findings),
            // What stands under the signature answers the question where nothing stands outside.
            Some(protected) if matches!(self.outer.claim, Claim::Absent) => {
                protected.compare(signers, findings)
            }
            Some(protected) => {
                let outer = self.outer.compare(signers, findings)?;
                let inner = protected.compare(signers, findings)?;
                Some(outer && inner)
            }
        }
    }

    /// See [`Sender::remarks_only`].
    pub(super) fn remarks_only(&self, findings: &mut Vec<Finding>) {
        self.outer.remarks_only(findings);
        if let Some(protected) = &self.protected {
            protected.remarks_only(findings);
        }
    }

    /// The mailboxes of From, those outside first, for people.
    pub(super) fn shown(self) -> Vec<String> {
        let mut shown = self.outer.shown;
        for one in self.protected.into_iter().flat_map(|sender| sender.shown) {
            if !shown.contains(&one) {
                shown.push(one);
            }
        }
        shown
    }
}

/// The From question for one header, prepared.
struct Sender {
    claim: Claim,
    shown: Vec<String>,
}

enum Claim {
    /// There is no message header at all, or no From in it.
    Absent,
    /// From cannot be answered for, for this reason.
    Unusable(Finding),
    /// Exactly one mailbox.
    One(Mailbox),
}

impl Sender {
    /// Reads From, Sender and Reply-To; remarks go to `findings`.
    fn of(header: Option<&Header>, findings: &mut Vec<Finding>) -> Self {
        let Some(header) = header else {
            return Self {
                claim: Claim::Absent,
                shown: Vec::new(),
            };
        };
        let fields: Vec<_> = header.all("From").collect();
        let length: usize = fields.iter().map(|field| field.raw().len()).sum();
        if length > LONGEST {
            let message = format!("From takes {length} octets, which is absurd");
            return Self {
                claim: Claim::Unusable(Finding::new(Code::MalformedFrom, message)),
                shown: Vec::new(),
            };
        }
        let values: Vec<String> = fields.iter().map(|field| field.value()).collect();
        let raw = values.join(", ");
        let decoded: String = fields.iter().map(|field| field.text()).collect();
        if raw.chars().chain(decoded.chars()).any(is_suspicious) {
            findings.push(Finding::new(
                Code::SuspiciousCharacters,
                "the From header holds control or invisible characters; they are shown escaped",
            ));
        }
        if holds_look_alike(&decoded) {
            findings.push(Finding::new(
                Code::SuspiciousCharacters,
                format!(
                    "From mixes letters of different alphabets that look alike: {}",
                    shorten(&ascii_escaped(&decoded))
                ),
            ));
        }
        let mut shown = vec![shorten(&raw)];
        let claim = match values.as_slice() {
            [] => {
                shown.clear();
                Claim::Absent
            }
            [value] => match mailboxes(value) {
                Some(Listed {
                    mailboxes,
                    group: false,
                }) if mailboxes.len() == 1 => {
                    shown = mailboxes.iter().map(|one| shorten(&one.addr)).collect();
                    match mailboxes.first().map(|one| (one, Mailbox::parse(&one.addr))) {
                        // Two readers that disagree stand for two mail programs that do.
                        Some((one, _)) if single::address(value).as_deref() != Some(&one.addr) => {
                            Claim::Unusable(unreadable(value))
                        }
                        Some((one, Ok(mailbox))) => {
                            display_name(header, one, &mailbox, findings);
                            Claim::One(mailbox)
                        }
                        _ => Claim::Unusable(unreadable(value)),
                    }
                }
                Some(Listed { mailboxes, .. }) => {
                    shown = mailboxes.iter().map(|one| shorten(&one.addr)).collect();
                    Claim::Unusable(Finding::new(
                        Code::SeveralFrom,
                        format!(
                            "From names {} mailboxes or a group: it must name exactly one",
                            mailboxes.len()
                        ),
                    ))
                }
                None => Claim::Unusable(unreadable(value)),
            },
            several => Claim::Unusable(Finding::new(
                Code::SeveralFrom,
                format!(
                    "the message has {} From headers: programs differ in which one they show",
                    several.len()
                ),
            )),
        };
        if let Claim::One(mailbox) = &claim {
            let domain = mailbox.unicode_domain();
            if holds_look_alike(&domain) && !holds_look_alike(&decoded) {
                let message = format!(
                    "the domain {} mixes letters of different alphabets that look alike: {}",
                    shorten(mailbox.ascii_domain()),
                    ascii_escaped(&domain)
                );
                findings.push(Finding::new(Code::SuspiciousCharacters, message));
            }
            others(header, mailbox, findings);
        }
        Self { claim, shown }
    }

    /// Reports what is wrong with From itself as a remark: the caller did not ask who sent.
    fn remarks_only(&self, findings: &mut Vec<Finding>) {
        if let Claim::Unusable(finding) = &self.claim {
            findings.push(finding.clone().with_severity(Severity::Warning));
        }
    }

    /// Compares From with the signers: one of them must hold it, and that one must be good.
    fn compare(&self, signers: &mut [SignerReport], findings: &mut Vec<Finding>) -> Option<bool> {
        if signers.is_empty() {
            return None;
        }
        let from = match &self.claim {
            Claim::Absent => {
                let message = "there is no From header to compare the signer with";
                findings.push(Finding::new(Code::NoFrom, message));
                return None;
            }
            Claim::Unusable(finding) => {
                findings.push(finding.clone());
                return Some(false);
            }
            Claim::One(from) => from,
        };
        let matches: Vec<Match> = signers.iter().map(|signer| held(from, signer)).collect();
        let matched = matches.iter().any(|found| *found != Match::No);
        for (index, (signer, found)) in signers.iter_mut().zip(&matches).enumerate() {
            let finding = match found {
                Match::Exact => continue,
                Match::CaseDiffers => Finding::new(
                    Code::FromCaseDiffers,
                    format!(
                        "From ({}) and the signer's address differ in the case of letters only",
                        show(from)
                    ),
                ),
                _ => {
                    let emails = if signer.emails.is_empty() {
                        "none".to_owned()
                    } else {
                        signer.emails.join(", ")
                    };
                    let message = format!(
                        "From is {}, the signer's addresses are {}",
                        show(from),
                        shorten(&emails)
                    );
                    // Beside the one who wrote, others may have signed.
                    let severity = if matched { Severity::Info } else { Severity::Error };
                    Finding::new(Code::FromMismatch, message).with_severity(severity)
                }
            };
            // A signer whose certificate is not at hand has no addresses to compare.
            if finding.code == Code::FromMismatch && signer.certificate.is_none() {
                continue;
            }
            if finding.is_error() {
                let (code, verdict) = sum_up(std::slice::from_ref(&finding));
                signer.status = if signer.status == Code::Ok {
                    code
                } else {
                    signer.status.min(code)
                };
                signer.verdict = verdict;
            }
            findings.push(finding.for_signer(index));
        }
        if signers.iter().all(|signer| signer.certificate.is_none()) {
            return None;
        }
        Some(matched)
    }
}

fn held(from: &Mailbox, signer: &SignerReport) -> Match {
    signer.certificate.as_ref().map_or(Match::No, |certificate| {
        match_mailbox(from, &certificate.emails())
    })
}

fn show(mailbox: &Mailbox) -> String {
    shorten(&mailbox.to_string())
}

/// Spells out every character beyond ASCII, so that letters that look alike do not.
fn ascii_escaped(text: &str) -> String {
    let spelt = |c: char| match c {
        c if c.is_ascii() => c.to_string(),
        c => format!("\\u{{{:x}}}", u32::from(c)),
    };
    text.chars().map(spelt).collect()
}

fn unreadable(value: &str) -> Finding {
    Finding::new(
        Code::MalformedFrom,
        format!("From cannot be read as one mailbox: {}", shorten(value)),
    )
}

struct Listed {
    mailboxes: Vec<SingleInfo>,
    group: bool,
}

/// Takes an address list apart; `None` if it cannot be read.
fn mailboxes(value: &str) -> Option<Listed> {
    let list = mailparse::addrparse(value).ok()?;
    let mut listed = Listed {
        mailboxes: Vec::new(),
        group: false,
    };
    for entry in list.iter() {
        match entry {
            MailAddr::Single(single) => listed.mailboxes.push(single.clone()),
            MailAddr::Group(group) => {
                listed.group = true;
                listed.mailboxes.extend(group.addrs.iter().cloned());
            }
        }
    }
    (!listed.mailboxes.is_empty() || listed.group).then_some(listed)
}

/// A display name that is itself another address is what many programs show instead of the address.
fn display_name(header: &Header, one: &SingleInfo, mailbox: &Mailbox, findings: &mut Vec<Finding>) {
    let decoded = header.get("From").map(|field| field.text()).unwrap_or_default();
    let decoded = decoded.split('<').next().unwrap_or_default();
    let names = [one.display_name.as_deref().unwrap_or_default(), decoded];
    let other = names
        .iter()
        .flat_map(|name| name.split(|c: char| c.is_whitespace() || "\"'(),;<>".contains(c)))
        .find(|word| {
            word.contains('@') && Mailbox::parse(word).is_ok_and(|named| named.matches(mailbox) == Match::No)
        });
    if let Some(other) = other {
        findings.push(Finding::new(
            Code::FromNameIsAddress,
            format!(
                "From shows the name {} for the address {}",
                shorten(other),
                show(mailbox)
            ),
        ));
    }
}

/// Sender and Reply-To that name somebody else.
fn others(header: &Header, from: &Mailbox, findings: &mut Vec<Finding>) {
    for (name, code) in [
        ("Sender", Code::SenderDiffers),
        ("Reply-To", Code::ReplyToDiffers),
    ] {
        let length: usize = header.all(name).map(|field| field.raw().len()).sum();
        let addresses = if length <= LONGEST {
            header.addresses(name)
        } else {
            vec![format!("{length} octets long")]
        };
        let other = addresses.into_iter().find(|address| {
            Mailbox::parse(address).map_or(true, |mailbox| mailbox.matches(from) == Match::No)
        });
        if let Some(other) = other {
            findings.push(Finding::new(
                code,
                format!("{name} is {}, From is {}", shorten(&other), show(from)),
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(header: &str) -> (Sender, Vec<Code>) {
        let mut findings = Vec::new();
        let (header, _) = Header::split(header.as_bytes());
        let sender = Sender::of(Some(&header), &mut findings);
        if let Claim::Unusable(finding) = &sender.claim {
            findings.push(finding.clone());
        }
        (sender, findings.into_iter().map(|finding| finding.code).collect())
    }

    #[test]
    fn exactly_one_mailbox_counts() {
        assert!(matches!(
            claim("From: Alice <alice@example.org>\r\n\r\n").0.claim,
            Claim::One(_)
        ));
        for (from, code) in [
            ("From: a@example.org, b@example.org\r\n\r\n", Code::SeveralFrom),
            (
                "From: a@example.org\r\nFrom: b@example.org\r\n\r\n",
                Code::SeveralFrom,
            ),
            ("From: friends: a@example.org;\r\n\r\n", Code::SeveralFrom),
            ("From: nobody\r\n\r\n", Code::MalformedFrom),
            ("From: <a@example.org> b@example.net\r\n\r\n", Code::MalformedFrom),
            (
                "From: \"bob@example.net\" <a@example.org>\r\n\r\n",
                Code::FromNameIsAddress,
            ),
            (
                "From: =?utf-8?q?bob=40example=2Enet?= <a@example.org>\r\n\r\n",
                Code::FromNameIsAddress,
            ),
            (
                "From: A\u{202e} <a@example.org>\r\n\r\n",
                Code::SuspiciousCharacters,
            ),
            (
                "From: a@example.org\r\nSender: b@example.org\r\n\r\n",
                Code::SenderDiffers,
            ),
            (
                "From: a@example.org\r\nReply-To: b@example.org\r\n\r\n",
                Code::ReplyToDiffers,
            ),
        ] {
            assert!(claim(from).1.contains(&code), "{from:?} gave {:?}", claim(from).1);
        }
        assert!(matches!(
            claim("To: a@example.org\r\n\r\n").0.claim,
            Claim::Absent
        ));
    }
}

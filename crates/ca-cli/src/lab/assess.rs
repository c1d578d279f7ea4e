//! Whose mail it is, which of several counts, and what is wrong with it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use identity::{Certificate, Mailbox};

use super::examine::{Kind, Mail};
use super::fault::{Fault, Remark};
use super::roster::{Roster, key};

/// What is asked of each student.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub(crate) due: Option<DateTime<Utc>>,
    /// For everybody; else what the list says of each.
    pub(crate) class: Option<u8>,
    pub(crate) encrypted: bool,
    pub(crate) resubmission: Resubmission,
    /// What the subject of a submission holds.
    pub(crate) subject: Option<String>,
    /// The instructor's own addresses: what comes from there is no submission.
    pub(crate) own: Vec<Mailbox>,
}

/// Which of several submissions counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Resubmission {
    /// The first, whatever came after it
    First,
    /// The last
    Last,
    /// The first of the best: right and in time before right and late, that before what is wrong
    Best,
}

impl Resubmission {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Last => "last",
            Self::Best => "best",
        }
    }
}

/// How a student stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Status {
    Ok,
    Late,
    Failed,
    Missing,
}

impl Status {
    /// Every standing, the best first.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 4] = [Self::Ok, Self::Late, Self::Failed, Self::Missing];

    /// How whose mail counts stands.
    pub(crate) fn of(counted: Option<&Assessed>) -> Self {
        match counted {
            None => Self::Missing,
            Some(mail) if !mail.mail.faults.is_empty() => Self::Failed,
            Some(mail) if mail.late => Self::Late,
            Some(_) => Self::Ok,
        }
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Late => "late",
            Self::Failed => "failed",
            Self::Missing => "missing",
        }
    }
}

/// What became of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is the one that counts.
    Counted,
    /// Another of the same student counts.
    Superseded,
    /// A copy of another.
    Duplicate,
    /// It only claims to be the student's, who has sent one that is.
    Unproved,
    /// Neither signed nor encrypted, beside others that are: a question, an excuse.
    Conversation,
    /// Its subject is not the lab's.
    OtherSubject,
    /// From a program.
    Automatic,
    /// From the instructor.
    Own,
    /// From nobody on the list.
    Stranger,
    /// No mail at all.
    Unreadable,
}

impl Fate {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Counted => "counted",
            Self::Superseded => "superseded",
            Self::Duplicate => "duplicate",
            Self::Unproved => "unproved",
            Self::Conversation => "conversation",
            Self::OtherSubject => "other-subject",
            Self::Automatic => "automatic",
            Self::Own => "own",
            Self::Stranger => "stranger",
            Self::Unreadable => "unreadable",
        }
    }
}

/// A mail with what is wrong with it as a submission.
#[derive(Clone, Debug)]
pub(crate) struct Assessed {
    pub(crate) mail: Mail,
    /// Whose it is: an index into the students.
    pub(crate) student: Option<usize>,
    pub(crate) fate: Fate,
    pub(crate) late: bool,
}

impl Assessed {
    fn score(&self) -> (bool, bool, usize) {
        (!self.mail.faults.is_empty(), self.late, self.mail.faults.len())
    }
}

/// One certificate, or one key, that signed for several senders.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    pub(crate) certificates: Vec<Certificate>,
    pub(crate) senders: Vec<String>,
}

/// The whole lab.
#[derive(Debug)]
pub(crate) struct Sheet {
    pub(crate) mails: Vec<Assessed>,
    pub(crate) shared: Vec<Shared>,
}

impl Sheet {
    /// Assesses all mails of a lab.
    pub(crate) fn new(mails: Vec<Mail>, roster: &Roster, rules: &Rules, issuers: &[Certificate]) -> Self {
        let issuers = known_issuers(&mails, issuers);
        let mut mails: Vec<Assessed> = mails
            .into_iter()
            .map(|mail| assess(mail, roster, rules, &issuers))
            .collect();
        choose(&mut mails, rules.resubmission);
        let shared = find_shared(&mut mails, roster);
        Self { mails, shared }
    }
}

/// Says of one mail whose it is, and what is wrong with it.
fn assess(mut mail: Mail, roster: &Roster, rules: &Rules, issuers: &[Certificate]) -> Assessed {
    let by_from = mail.sender.as_ref().and_then(|sender| roster.of_address(sender));
    let signer = mail.signer.as_ref().filter(|signer| signer.is_intact);
    // A signature that is broken proves nothing; it still tells whom to tell, if From does not (a list's own address).
    let by_certificate = mail.signer.as_ref();
    let by_certificate = by_certificate
        .map(|signer| roster.of_certificate(&signer.emails))
        .unwrap_or_default();
    let held = |address: &Mailbox| {
        signer.is_some_and(|signer| {
            let mut addresses = signer
                .emails
                .iter()
                .filter_map(|email| Mailbox::parse(email).ok());
            addresses.any(|held| key(&held) == key(address))
        })
    };
    let mut attributed = Vec::new();
    let student = match (by_from, by_certificate.as_slice()) {
        // A student who signs with another's certificate is told so; the other has not sent this.
        (Some(from), _) => Some(from),
        (None, certificate) => certificate.first().copied(),
    };
    if let (Some(signer), Some(sender)) = (signer, &mail.sender)
        && !held(sender)
    {
        let certificate = signer.emails.join(", ");
        let from = sender.to_string();
        attributed.push(match by_from {
            None if !by_certificate.is_empty() => Fault::OtherSender {
                certificate,
                from,
                by_list: mail.by_list,
            },
            _ => Fault::OtherAddress { certificate, from },
        });
    }
    let about = student.and_then(|student| roster.students().get(student));
    if let (Some(signer), Some(about)) = (signer, about) {
        if attributed.is_empty() && about.expects_other_than(&signer.certificate) {
            attributed.push(Fault::OtherCertificate);
        }
        // (Known only for a chain that holds; else that is what is wrong.)
        if let Some(expected) = rules.class.or(about.class)
            && !signer.issuers.is_empty()
            && signer.class != Some(expected)
        {
            attributed.push(Fault::WrongClass {
                found: signer.class,
                expected,
            });
        }
    }
    let opened = !mail
        .faults
        .iter()
        .any(|fault| matches!(fault, Fault::KeyNotGiven));
    if rules.encrypted && !mail.encrypted && opened && mail.kind != Kind::Unreadable {
        attributed.push(Fault::NotEncrypted);
    }
    mail.faults.extend(attributed);
    for fault in &mut mail.faults {
        let lacks = matches!(fault, Fault::UnknownIssuer { .. })
            && mail
                .signer
                .as_ref()
                .is_some_and(|signer| is_issued_by(&signer.certificate, issuers));
        if lacks && let Fault::UnknownIssuer { issuer } = fault {
            *fault = Fault::ChainIncomplete {
                issuer: std::mem::take(issuer),
            };
        }
    }
    mail.faults.sort();
    if rules.due.is_none() {
        mail.remarks.retain(|remark| !remark.is_about_lateness());
    }
    let fate = fate(&mail, student, rules);
    let at = mail.times.counted().map(|(at, _)| at);
    let late = rules.due.zip(at).is_some_and(|(due, at)| at > due);
    Assessed {
        // What is no submission is nobody's.
        student: student.filter(|_| matches!(fate, Fate::Superseded | Fate::OtherSubject)),
        mail,
        fate,
        late,
    }
}

/// What a mail is before it is compared with the student's others.
fn fate(mail: &Mail, student: Option<usize>, rules: &Rules) -> Fate {
    let from_self = || {
        mail.sender
            .as_ref()
            .is_some_and(|sender| rules.own.contains(sender))
    };
    let on_subject = |wanted: &String| mail.subject.to_lowercase().contains(&wanted.to_lowercase());
    match mail.kind {
        Kind::Unreadable => Fate::Unreadable,
        Kind::Automatic => Fate::Automatic,
        _ if student.is_none() && from_self() => Fate::Own,
        _ if student.is_none() => Fate::Stranger,
        _ if !rules.subject.as_ref().is_none_or(on_subject) => Fate::OtherSubject,
        _ => Fate::Superseded,
    }
}

/// Chooses for each student the mail that counts.
fn choose(mails: &mut [Assessed], rule: Resubmission) {
    let mut by_student: BTreeMap<usize, Vec<&mut Assessed>> = BTreeMap::new();
    for mail in mails.iter_mut().filter(|mail| mail.fate == Fate::Superseded) {
        if let Some(student) = mail.student {
            by_student.entry(student).or_default().push(mail);
        }
    }
    for mut own in by_student.into_values() {
        // Without a date it cannot have come first; the sort keeps the order of equals.
        own.sort_by_key(|mail| {
            let time = mail.mail.times.counted().map(|(at, _)| at);
            (time.is_none(), time)
        });
        choose_one(without_copies(own), rule);
    }
}

/// Leaves out copies of one submission: of two the better one stays, of equals the earlier.
fn without_copies(own: Vec<&mut Assessed>) -> Vec<&mut Assessed> {
    let mut kept: Vec<&mut Assessed> = Vec::new();
    let mut places: HashMap<Vec<u8>, usize> = HashMap::new();
    for mail in own {
        let mut marks = vec![mail.mail.content.to_vec()];
        marks.extend(
            mail.mail
                .message_id
                .as_ref()
                .map(|id| format!("id:{id}").into_bytes()),
        );
        let place = marks.iter().find_map(|mark| places.get(mark).copied());
        let place = match place.and_then(|place| Some((place, kept.get_mut(place)?))) {
            None => {
                kept.push(mail);
                kept.len() - 1
            }
            Some((place, twin)) if mail.score() < twin.score() => {
                twin.fate = Fate::Duplicate;
                *twin = mail;
                place
            }
            Some((place, _)) => {
                mail.fate = Fate::Duplicate;
                place
            }
        };
        for mark in marks {
            places.entry(mark).or_insert(place);
        }
    }
    kept
}

/// Of mails in the order of their arrival, marks the one that counts.
fn choose_one(mut own: Vec<&mut Assessed>, rule: Resubmission) {
    let proved = own.iter().any(|mail| mail.mail.is_proved);
    let secured = own.iter().any(|mail| mail.mail.kind == Kind::Secured);
    for mail in &mut own {
        if secured && mail.mail.kind == Kind::Plain {
            mail.fate = Fate::Conversation;
        } else if proved && !mail.mail.is_proved {
            mail.fate = Fate::Unproved;
        }
    }
    let mut among = own.into_iter().filter(|mail| mail.fate == Fate::Superseded);
    let chosen = match rule {
        Resubmission::First => among.next(),
        Resubmission::Last => among.last(),
        Resubmission::Best => among.min_by_key(|mail| mail.score()),
    };
    if let Some(mail) = chosen {
        mail.fate = Fate::Counted;
    }
}

/// The issuing CAs that are given, and those that the mails of others have proved.
fn known_issuers(mails: &[Mail], given: &[Certificate]) -> Vec<Certificate> {
    let mut found: BTreeMap<[u8; 32], Certificate> = BTreeMap::new();
    let signers = mails.iter().filter_map(|mail| mail.signer.as_ref());
    for issuer in signers.flat_map(|signer| &signer.issuers).chain(given) {
        found
            .entry(issuer.fingerprint_sha256())
            .or_insert_with(|| issuer.clone());
    }
    found.into_values().collect()
}

fn is_issued_by(certificate: &Certificate, issuers: &[Certificate]) -> bool {
    issuers
        .iter()
        .any(|issuer| certificate.verify_signed_by(issuer.public_key()).is_ok())
}

/// Finds keys that signed for several senders, and says so on each of their mails.
fn find_shared(mails: &mut [Assessed], roster: &Roster) -> Vec<Shared> {
    let mut by_key: BTreeMap<[u8; 20], Uses> = BTreeMap::new();
    for mail in mails.iter() {
        let Some((key_id, user)) = use_of(&mail.mail, roster) else {
            continue;
        };
        let uses = by_key.entry(key_id).or_default();
        uses.users.insert(user);
        uses.senders
            .extend(mail.mail.sender.as_ref().map(ToString::to_string));
        if let Some(signer) = &mail.mail.signer {
            let certificate = &signer.certificate;
            uses.certificates
                .entry(certificate.fingerprint_sha256())
                .or_insert_with(|| certificate.clone());
        }
    }
    by_key.retain(|_, uses| uses.users.len() > 1);
    for mail in mails.iter_mut() {
        let uses = use_of(&mail.mail, roster).and_then(|(key_id, _)| by_key.get(&key_id));
        if let Some(uses) = uses {
            mail.mail.remarks.push(Remark::SharedCertificate {
                senders: uses.senders.iter().cloned().collect(),
            });
        }
    }
    let shared = by_key.into_values().map(|uses| Shared {
        certificates: uses.certificates.into_values().collect(),
        senders: uses.senders.into_iter().collect(),
    });
    shared.collect()
}

/// Who has used a key.
#[derive(Default)]
struct Uses {
    users: BTreeSet<User>,
    senders: BTreeSet<String>,
    certificates: BTreeMap<[u8; 32], Certificate>,
}

/// Somebody who sends, whatever address he writes from.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum User {
    Student(usize),
    Address(String),
}

fn use_of(mail: &Mail, roster: &Roster) -> Option<([u8; 20], User)> {
    let signer = mail.signer.as_ref().filter(|signer| signer.is_intact)?;
    let sender = mail.sender.as_ref()?;
    let held = || {
        signer
            .emails
            .iter()
            .filter_map(|email| Mailbox::parse(email).ok())
    };
    let user = match roster.of_address(sender) {
        Some(student) => User::Student(student),
        // A further address of the same holder.
        None if held().any(|held| key(&held) == key(sender)) => {
            match roster.of_certificate(&signer.emails).first() {
                Some(student) => User::Student(*student),
                None => User::Address(signer.emails.join(",")),
            }
        }
        None => User::Address(key(sender)),
    };
    Some((signer.certificate.public_key().subject_key_identifier(), user))
}

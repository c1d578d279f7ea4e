//! English.

use super::{Labels, Words, clocks, day};
use crate::lab::assess::Status;
use crate::lab::fault::{Fault, Remark};

pub(super) fn fault(fault: &Fault) -> Words {
    match fault {
        Fault::NothingReceived => Words::new(
            "No mail of yours has come.",
            "Send it, from the address that you gave for the lab; if you have, look whether it is still in your outbox or came back.",
        ),
        Fault::Unreadable { .. } => Words::new(
            "Your mail cannot be read: it is damaged, or no mail at all.",
            "Send it again from your mail program, not as a file that another program has saved.",
        ),
        Fault::KeyNotGiven => Words::new(
            "Your mail is encrypted, and was checked without the key that opens it.",
            "Nothing to do for you: the instructor checks again with his key (--identity).",
        ),
        Fault::EncryptedForOthers { .. } => Words::new(
            "You did not encrypt for the instructor, or for an old certificate of his: he cannot open your mail.",
            "Import the instructor's current certificate, write to his address, tick \"encrypt\" and send again.",
        ),
        Fault::DecryptionFailed => Words::new(
            "Your mail is encrypted for the instructor, but it is damaged and does not open.",
            "Send it again; if that does not help, from another program or by another server.",
        ),
        Fault::OpenPgp => Words::new(
            "You used OpenPGP, which is another system than S/MIME.",
            "In your mail program choose S/MIME for this account and select your certificate there.",
        ),
        Fault::NotSigned => Words::new(
            "Your mail is not signed.",
            "Select your certificate for signing in the account's settings, tick \"add digital signature\" and send again.",
        ),
        Fault::Altered { by_list: true } => Words::new(
            "The mailing list changed your mail after you signed it, so that the signature does not hold.",
            "Send it to the instructor directly, not through the list.",
        ),
        Fault::Altered { by_list: false } => Words::new(
            "Your mail was changed after you signed it, so that the signature does not hold.",
            "Send it again, directly and without a program on the way that adds or rewrites text (a virus scanner, a disclaimer).",
        ),
        Fault::PartlySigned { by_list: true } => Words::new(
            "Only a part of what arrived is signed: the mailing list added text around it.",
            "Send it to the instructor directly, not through the list.",
        ),
        Fault::PartlySigned { by_list: false } => Words::new(
            "Only a part of your mail is signed; around it stands text that is not.",
            "Write a new mail and sign it, instead of forwarding a signed one or attaching it.",
        ),
        Fault::BadSignature { .. } => Words::new(
            "The signature on your mail does not hold: it is damaged, or was not made with your certificate's key.",
            "Send it again; if that does not help, import your P12 anew and select its certificate.",
        ),
        Fault::Ambiguous { .. } => Words::new(
            "Your mail is built so that mail programs show different things.",
            "Write it anew in an ordinary mail program and send again.",
        ),
        Fault::UnclearSender => Words::new(
            "It cannot be told who sent your mail: the From field is missing, unreadable, or names several people.",
            "Send it again with one address in From: yours.",
        ),
        Fault::OtherAddress { certificate, from } => Words::new(
            format!(
                "You signed with a certificate for another address: it is for {}, and you wrote from {from}.",
                nobody(certificate, "no address")
            ),
            "Select the certificate for the address that you write from, and send again.",
        ),
        Fault::OtherSender {
            from, by_list: true, ..
        } => Words::new(
            format!(
                "The mailing list put its own address in place of yours ({from}), so that it does not fit your certificate."
            ),
            "Send it to the instructor directly, not through the list.",
        ),
        Fault::OtherSender {
            certificate, from, ..
        } => Words::new(
            format!("Your certificate is for {certificate}, but the mail came from another address: {from}."),
            format!("Send it again from {certificate}: choose that account under \"From\"."),
        ),
        Fault::OtherCertificate => Words::new(
            "You signed with another certificate than the one that you were given for the lab, perhaps an older one.",
            "Select the certificate that you were given last, remove the old one, and send again.",
        ),
        Fault::SelfSigned => Words::new(
            "Your certificate vouches for itself: no CA has issued it.",
            "Use the certificate that our CA gave you, not one that your program or you have made.",
        ),
        Fault::ChainIncomplete { issuer } => Words::new(
            format!(
                "Your mail lacks the certificate of the CA that issued yours ({issuer}), so that others cannot check it."
            ),
            "Import your P12 anew, with all the certificates in it (or the CA's, from your .chain.pem), and send again.",
        ),
        Fault::UnknownIssuer { issuer } => Words::new(
            format!(
                "Your certificate was issued by {}, whom nobody here trusts.",
                nobody(issuer, "somebody")
            ),
            "Select the certificate that our CA gave you, and send again.",
        ),
        Fault::CertificateAbsent => Words::new(
            "Your mail does not bring your certificate along, so that nobody can check the signature.",
            "Let your program send the certificate with the signature, and send again.",
        ),
        Fault::Revoked => Words::new(
            "Your certificate was withdrawn.",
            "Ask for a new one, or select it if you have it already, and send again.",
        ),
        Fault::Expired { until } => Words::new(
            format!(
                "Your certificate, or the CA's, had ended when you sent the mail (yours is valid until {}).",
                day(until)
            ),
            "Ask for a new certificate, or select it if you have it already, and send again.",
        ),
        Fault::NotYetValid { from } => Words::new(
            format!(
                "Your certificate, or the CA's, is not valid yet (yours begins on {}).",
                day(from)
            ),
            "Wait until then, or ask for another one; then send again.",
        ),
        Fault::RevocationUnknown => Words::new(
            "Whether your certificate was withdrawn could not be found out.",
            "Nothing to do for you: the instructor checks again with the CA's current list (--crl).",
        ),
        Fault::WrongPurpose => Words::new(
            "Your certificate is not for signing mail (for a web server, for instance, or for encryption alone).",
            "Select the certificate for signing mail, and send again.",
        ),
        Fault::BadCertificate { .. } => Words::new(
            "Something is wrong with your certificate, or with the CA's above it.",
            "Show this to the instructor; the certificate that our CA gave you has no such fault.",
        ),
        Fault::WrongClass {
            found: Some(found),
            expected,
        } => Words::new(
            format!("Your certificate is of class {found}, and the lab asks for class {expected}."),
            format!(
                "Ask for a certificate of class {expected}, or select it if you have it already, and send again."
            ),
        ),
        Fault::WrongClass {
            found: None,
            expected,
        } => Words::new(
            format!(
                "Your certificate is of no class that is known here, and the lab asks for class {expected}."
            ),
            format!(
                "Ask for a certificate of class {expected}, or select it if you have it already, and send again."
            ),
        ),
        Fault::Weak { .. } => Words::new(
            "Your mail is signed with a method that is too weak today, or not known here.",
            "Let your program sign with SHA-256, and with a key of 2048 bits at least; then send again.",
        ),
        Fault::NotEncrypted => Words::new(
            "Your mail is not encrypted: everybody on the way can read it.",
            "Import the instructor's certificate (it comes with every mail that he signs), tick \"encrypt\" and send again.",
        ),
    }
}

pub(super) fn remark(remark: &Remark) -> String {
    match remark {
        Remark::SendersClock => {
            "No server wrote down when it came: the date is by the sender's own clock.".to_owned()
        }
        Remark::NoDate => "No date can be read: whether it came in time cannot be told.".to_owned(),
        Remark::ClocksDiffer(times) => {
            format!(
                "The clocks differ: {}.",
                clocks(times, ["server", "sender", "signature"])
            )
        }
        Remark::ExpiredSince => {
            "The certificate has ended since; it was valid when the mail came.".to_owned()
        }
        Remark::SharedCertificate { senders } => {
            format!(
                "One certificate is used by several senders: {}.",
                senders.join(", ")
            )
        }
        Remark::SignedCiphertext => {
            "The signature is around the encryption: who signed need not know what is inside.".to_owned()
        }
        Remark::WeakCipher => "It is encrypted with a method that protects nothing today.".to_owned(),
    }
}

/// What stands for a name that there is not.
fn nobody<'a>(name: &'a str, else_: &'a str) -> &'a str {
    if name.is_empty() { else_ } else { name }
}

pub(super) const LABELS: Labels = Labels {
    title: "Signed mail: who has sent it, and how it stands",
    checked: "Checked",
    due: "Due",
    name: "Student",
    standing: "Result",
    received: "Came",
    signed: "Signed",
    encrypted: "Encrypted",
    class: "Class",
    why: "Why, and what to do",
    yes: "yes",
    no: "no",
    others: "Other mails",
    file: "File",
    from: "From",
    subject: "Subject",
    what: "What it is",
    clocks: [
        ("received", "by the last server"),
        ("date", "by the sender"),
        ("signing-time", "by the signer"),
    ],
    statuses: [
        (Status::Ok, "passed"),
        (Status::Late, "late"),
        (Status::Failed, "not passed"),
        (Status::Missing, "missing"),
    ],
    fates: [
        ("counted", "counts"),
        ("superseded", "another one counts"),
        ("duplicate", "a copy"),
        ("unproved", "only claims to be from this student"),
        ("conversation", "neither signed nor encrypted"),
        ("other-subject", "of another subject"),
        ("automatic", "sent by a program"),
        ("own", "the instructor's own"),
        ("stranger", "from nobody on the list"),
        ("unreadable", "cannot be read"),
    ],
};

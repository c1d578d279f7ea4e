//! What can be wrong with a message although its signer's certificate is not.

use crate::flawed::{Case, accepted, refused};

pub(super) static CASES: &[Case] = &[
    accepted("opaque", "RFC 8551, 3.5.2", |kit| kit.opaque = true),
    refused("tampered", "the message was changed", "RFC 8551, 3.5.3", |kit| {
        kit.tampered = true
    }),
    refused(
        "tampered-opaque",
        "the message was changed",
        "RFC 5652, 5.4",
        |kit| {
            kit.opaque = true;
            kit.tampered = true;
        },
    ),
    refused(
        "signature-broken",
        "the signature does not hold",
        "RFC 5652, 5.6",
        |kit| {
            kit.bad_signature = true;
        },
    ),
    accepted("micalg-wrong", "RFC 8551, 3.5.3.2", |kit| kit.micalg = "sha-512"),
    accepted("micalg-old-name", "RFC 8551, 3.5.3.2", |kit| {
        kit.micalg = "sha256"
    }),
    refused(
        "one-signer-of-two-bad",
        "one of the signatures does not hold",
        "RFC 5652, 5.1",
        |kit| {
            kit.second_signer = true;
        },
    ),
    refused(
        "truncated",
        "the message ends too soon",
        "RFC 8551, 3.5.3",
        |kit| {
            kit.edit_message = Some(|mut message| {
                message.truncate(message.len() * 2 / 3);
                message
            });
        },
    ),
    refused(
        "from-changed",
        "the sender's address is not the signer's",
        "RFC 8550, 3",
        |kit| {
            kit.edit_message = Some(|message| {
                let text = String::from_utf8(message).unwrap();
                text.replacen("From: alice@example.com", "From: boss@example.com", 1)
                    .into_bytes()
            });
        },
    ),
    refused(
        "two-senders",
        "who has sent the message is not clear",
        "RFC 5322, 3.6",
        |kit| {
            kit.edit_message = Some(|message| [b"From: boss@example.com\r\n", message.as_slice()].concat());
        },
    ),
    refused(
        "text-beside-the-signature",
        "not all that is shown was signed",
        "RFC 8551, 3.1.1",
        |kit| {
            kit.edit_message = Some(|message| {
                let text = String::from_utf8(message).unwrap();
                text.replacen(
                "Content-Type: multipart/signed",
                "Content-Type: multipart/mixed; boundary=outer\r\n\r\n--outer\r\nContent-Type: text/plain\r\n\r\nPay to another account.\r\n\
                 --outer\r\nContent-Type: multipart/signed",
                1,
            )
            .into_bytes()
            });
        },
    ),
    accepted("trailing-blanks-and-bare-newlines", "RFC 8551, 3.1.1", |kit| {
        kit.edit_message = Some(|message| {
            let text = String::from_utf8(message).unwrap();
            text.replace("\r\n", "\n").into_bytes()
        });
    }),
];

//! Digests that are withdrawn, and RSASSA-PSS.

use crate::flawed::embedded::{identity, message};
use crate::flawed::{Case, embedded_accepted, embedded_refused};

pub(super) static CASES: &[Case] = &[
    embedded_refused(
        "issued-with-md5",
        "the certificate is signed over MD5",
        "RFC 6151, 2",
        || identity!("issued-with-md5").with_message(message!("issued-with-md5")),
    ),
    embedded_refused(
        "issued-with-sha-1",
        "the certificate is signed over SHA-1",
        "RFC 8550, 4.3",
        || identity!("issued-with-sha-1").with_message(message!("issued-with-sha-1")),
    ),
    embedded_refused(
        "signed-with-md5",
        "the message is signed over MD5",
        "RFC 6151, 2",
        || identity!("signed-with-md5").with_message(message!("signed-with-md5")),
    ),
    embedded_refused(
        "signed-with-sha-1",
        "the message is signed over SHA-1",
        "RFC 8551, B.1",
        || identity!("signed-with-sha-1").with_message(message!("signed-with-sha-1")),
    ),
    embedded_accepted("pss", "RFC 4056, 3", || {
        identity!("pss").with_message(message!("pss"))
    }),
    // 17 octets where the digest has 32.
    embedded_accepted("pss-odd-salt", "RFC 4055, 3.1", || {
        identity!("pss-odd-salt").with_message(message!("pss-odd-salt"))
    }),
    embedded_accepted("issued-with-pss", "RFC 4055, 3.1", || {
        identity!("issued-with-pss").with_message(message!("issued-with-pss"))
    }),
    embedded_accepted("issued-with-pss-odd-salt", "RFC 4055, 3.1", || {
        identity!("issued-with-pss-odd-salt").with_message(message!("issued-with-pss-odd-salt"))
    }),
];

//! What each code of a finding means, and what mends it: said in `mail verify` and `cert verify`, and collected in
//! docs/verdicts.md.

use smime::report::Code;

/// What a code means to somebody who reads mail, and what he can do.
#[derive(Debug)]
pub(crate) struct Explanation {
    code: &'static str,
    #[cfg_attr(not(test), expect(dead_code, reason = "docs/verdicts.md is made from it"))]
    pub(crate) meaning: &'static str,
    pub(crate) remedy: &'static str,
}

/// Returns what there is to say about a code.
pub(crate) fn explain(code: Code) -> Option<&'static Explanation> {
    EXPLANATIONS
        .iter()
        .find(|explanation| explanation.code == code.as_str())
}

const fn says(code: &'static str, meaning: &'static str, remedy: &'static str) -> Explanation {
    Explanation {
        code,
        meaning,
        remedy,
    }
}

#[rustfmt::skip]
const EXPLANATIONS: &[Explanation] = &[
    says("altered-content",
        "Somebody, or some program on the way, changed the text after it was signed.",
        "do not act on it; ask the sender to send it again, as an attachment if a mailing list or gateway rewrites mail"),
    says("altered-signature",
        "The signature was not made with the key of the certificate that it names, or it was damaged.",
        "do not act on it; ask the sender to send it again"),
    says("signing-certificate-mismatch",
        "The signer said under his signature which certificate is his, and it is another than the one in the message: somebody exchanged it.",
        "do not act on it; ask the sender by another way which certificate is his"),
    says("malformed-signature",
        "The signature, or something in it, cannot be read.",
        "ask the sender to send it again; `cachet mail inspect` shows how far it can be read"),
    says("missing-attribute",
        "The signature lacks something that every signature of its kind must state about the content.",
        "the sender's program is at fault: ask for a message signed with another one"),
    says("duplicate-attribute",
        "The signature states twice what must be stated once, so that programs may believe different things.",
        "the sender's program is at fault: ask for a message signed with another one"),
    says("unsigned-attribute",
        "Something that must stand under the signature stands beside it, where anybody can change it.",
        "do not act on it; ask the sender to send it again"),
    says("content-type-mismatch",
        "The signer signed one kind of content, the message shows it as another.",
        "do not act on it; ask the sender to send it again"),
    says("content-twice",
        "There are two contents, one beside the signature and one inside it: programs differ in which one they show.",
        "do not act on it; ask the sender to send it again"),
    says("content-absent",
        "This is a signature alone, without what it was made for.",
        "get the file that was signed, and verify the two together"),
    says("no-signers",
        "It looks like a signed message, yet nobody signed it.",
        "treat it as unsigned: anybody may have written it"),
    says("unsupported-algorithm",
        "The signature, or a certificate, uses an algorithm that is not known here, so that nothing can be said.",
        "ask the sender to sign with RSA, ECDSA or Ed25519 and SHA-2"),
    says("weak-digest",
        "SHA-1 or MD5 was used: others can make two texts that share one signature.",
        "ask the sender to sign with SHA-256; for an old message from an archive, --legacy admits it"),
    says("revoked",
        "Whoever issued the certificate has withdrawn it: the key may be in other hands.",
        "do not act on it; ask the sender by another way, and for his new certificate"),
    says("expired",
        "The certificate, or one above it, is past its last day.",
        "the sender needs a new certificate (`cachet cert renew`); for an old message, --now DATE judges as of that day"),
    says("not-yet-valid",
        "The certificate's first day is still to come.",
        "check this computer's clock; if it is right, the sender must wait or get another certificate"),
    says("wrong-purpose",
        "The certificate was issued for something else than signing mail, for instance for a web server.",
        "the sender needs a certificate for e-mail (emailProtection)"),
    says("not-a-ca",
        "The certificate was issued by one that belongs to a person or a server, which may not issue any.",
        "do not act on it: this is what a forger does who has an ordinary certificate"),
    says("issuer-may-not-sign",
        "An issuer's certificate does not allow it to issue certificates.",
        "tell the CA's administrator: keyCertSign is missing from its key usage"),
    says("path-too-long",
        "There are more CAs between root and sender than the root allows.",
        "tell the CA's administrator; an issuing CA may have made CAs of its own without leave"),
    says("name-constraint-violation",
        "The CA vouches for an address, or a name, that it is not allowed to vouch for.",
        "the sender needs a certificate from a CA that may vouch for his address"),
    says("unknown-critical-extension",
        "The certificate holds a condition marked as critical that is not known here.",
        "ask the CA what it means; such a certificate cannot be relied upon without knowing"),
    says("policy-violation",
        "The certificate was not issued under a policy that is asked for.",
        "ask for a certificate of that policy, or leave out --policy and --explicit-policy"),
    says("malformed-certificate",
        "A certificate breaks the rules of its format, so that programs may read it differently.",
        "tell the CA's administrator: `cachet lint` names the rule"),
    says("weak-key",
        "A key is so short that others can compute it.",
        "the owner needs a new key, RSA with 2048 bits at least; for an old message --legacy admits it"),
    says("altered-certificate",
        "A certificate was changed, or was never issued by the CA that it names.",
        "do not act on it; ask the sender for his certificate by another way"),
    says("too-complex",
        "Judging this message would take more work than is allowed; honest messages never do.",
        "do not act on it; ask the sender to send it again, signed once"),
    says("email-mismatch",
        "The certificate does not hold the address that was asked for.",
        "use the certificate of that address, or ask its owner for one"),
    says("revocation-unknown",
        "Whether the certificate was withdrawn could not be found out.",
        "get the CA's current list and name it with --crl FILE, or let its responder be asked: --ocsp; or go without: --revocation if-given"),
    says("unknown-issuer",
        "Nobody whom you trust vouches for this signer.",
        "get the CA's root and compare its fingerprint by another way, then: cachet trust add root.pem"),
    says("signer-certificate-absent",
        "The message does not bring along the certificate of its signer.",
        "ask the sender for his certificate, then: cachet contacts add FILE, or --untrusted FILE"),
    says("from-mismatch",
        "The message says that it is from somebody else than the one who signed it.",
        "do not take it for a message of the From address; --any-sender asks only who signed"),
    says("several-from",
        "The message names several senders, and programs differ in which one they show.",
        "do not act on it; ask the one whom you expected to send it again"),
    says("malformed-from",
        "The sender cannot be read in one way only: mail programs may show different people.",
        "do not act on it; ask the one whom you expected to send it again"),
    says("no-from",
        "The message does not say who sent it.",
        "if it is no mail but a file, --any-sender asks only who signed"),
    says("partially-signed",
        "Only a part is signed; what stands around it anybody may have written, for instance a mailing list.",
        "believe the signed part only: open it on its own; ask the sender for the original"),
    says("duplicate-header",
        "A field of the header stands there twice with one meaning for each program.",
        "do not act on it; ask the sender to send it again"),
    says("malformed-header",
        "The header holds characters or lines that programs read differently.",
        "do not act on it; ask the sender to send it again"),
    says("illegal-encoding",
        "Parts are said to be encoded in a way that parts cannot be, so that programs show different things.",
        "do not act on it; ask the sender to send it again"),
    says("unsigned",
        "The message has no signature.",
        "anybody may have written it: ask the sender to sign"),
    says("encrypted",
        "The message, or a part of it, is encrypted: what is inside cannot be judged from outside.",
        "open it with your key: cachet mail open --identity YOURS.p12"),
    says("from-case-differs",
        "From and certificate differ in capital and small letters before the @; nearly every provider takes them for one.",
        "nothing to do, unless your provider tells them apart"),
    says("from-name-is-address",
        "The sender's display name is itself an address, and another one; some programs show only that.",
        "look at the address in angle brackets: that one is signed"),
    says("suspicious-characters",
        "A name holds invisible characters, or such as turn the reading direction or look like other letters.",
        "read the name as it is escaped here before you believe it"),
    says("header-differs",
        "A header field outside says something else than the one under the signature or the encryption.",
        "believe the signed one"),
    says("header-not-protected",
        "The sender protected the header, and this field was added later.",
        "do not rely on that field"),
    says("sender-differs",
        "Another one sent the message on behalf of the one in From.",
        "nothing to do if you expect that; the signature is about From"),
    says("reply-to-differs",
        "An answer would go to another address than From.",
        "look at the address before you answer"),
    says("text-outside-parts",
        "There is text between or behind the parts, which mail programs do not show and no signature covers.",
        "nothing to do: such text is not shown"),
    says("trailing-octets",
        "Something stands behind the signature structure that belongs to nothing.",
        "ask the sender to send it again if it is a second structure"),
    says("cut-off",
        "The message ends before its last part does: something may be missing.",
        "ask the sender to send it again"),
    says("smime-type-mismatch",
        "The header says that it is another kind of S/MIME message than it is.",
        "nothing to do: what it really is was judged"),
    says("micalg-mismatch",
        "The header announces another digest than the signature uses.",
        "nothing to do: the digest that was used was judged; the sender's program is at fault"),
    says("protocol-mismatch",
        "The header announces another kind of signature than the part in its place is; an error if that part is shown as content.",
        "if it is an error do not act on it; else the sender's program is at fault"),
    says("attributes-not-der",
        "The signed statements are not encoded as they should be; the signature holds for them as they stand.",
        "nothing to do: the sender's program is at fault"),
    says("bad-countersignature",
        "Somebody added a signature over the signature, and that one is not valid. Anybody can add one.",
        "nothing to do: the message's own signature was judged without it"),
    says("no-signed-attributes",
        "The signature states nothing but itself: no time, no certificate.",
        "nothing to do"),
    says("signing-time-outside-validity",
        "The signer claims a time at which his certificate was not valid.",
        "the sender's clock is wrong, or the date is made up: do not rely on it"),
    says("signing-time-in-future",
        "The signer claims a time that is still to come.",
        "the sender's clock or yours is wrong: do not rely on that date"),
    says("email-from-subject",
        "The certificate holds its address in the old place, the subject.",
        "nothing to do; the CA should put addresses in the alternative name"),
    says("signed-ciphertext",
        "The signature was made over the encrypted form: the signer may not know what is inside.",
        "do not take the signer for the author; ask for a message signed first, then encrypted"),
    says("weak-cipher",
        "The message was encrypted in a way that others can break.",
        "treat it as read by others; ask the sender to use AES"),
    says("certificates-only",
        "This is a delivery of certificates, not a message.",
        "keep them if you trust where they come from: cachet contacts add FILE"),
    says("digest-only",
        "The content comes with a checksum (DigestedData), which shows damage on the way; anybody can make one.",
        "ask for a signed message if it matters who wrote it"),
    says("not-authenticated",
        "The encryption does not show whether the text was changed on the way; only a signature inside does.",
        "nothing to do if a signature inside is valid; else do not follow links in it"),
    says("unusable-crl",
        "A list of withdrawn certificates is out of date, or not for this certificate.",
        "get the CA's current list"),
    says("unusable-ocsp",
        "An answer about the certificate's standing is out of date, or not for this certificate.",
        "ask again, or get the CA's current list"),
    says("status-not-fetched",
        "The place where the CA tells which certificates it withdrew could not be reached.",
        "check the network and try again, or name the CA's list with --crl FILE"),
    says("nonce-missing",
        "The answer about the certificate's standing may have been made before it was asked for.",
        "nothing to do: its dates were checked"),
    says("ok",
        "Nothing to object to.",
        "nothing to do"),
];

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::path::Path;

    use smime::report::{Finding, Question};

    use super::*;

    #[test]
    fn every_code_is_explained_once() {
        for code in Code::ALL {
            let count = EXPLANATIONS
                .iter()
                .filter(|one| one.code == code.as_str())
                .count();
            assert_eq!(count, 1, "{code} has {count} explanations in output/explain.rs");
        }
    }

    #[test]
    fn the_verdicts_document_is_up_to_date() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/verdicts.md");
        let text = document();
        if std::env::var_os("CACHET_UPDATE_DOCS").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        assert!(
            std::fs::read_to_string(&path).unwrap_or_default() == text,
            "docs/verdicts.md is out of date: CACHET_UPDATE_DOCS=1 cargo test -p ca-cli verdicts"
        );
    }

    fn document() -> String {
        let mut out = INTRODUCTION.to_owned();
        for (heading, question) in HEADINGS {
            writeln!(out, "\n### {heading}\n").unwrap();
            rows(&mut out, |code| code.question() == Some(question));
        }
        out.push_str("\n### Secrecy, and nothing to object to\n\n");
        rows(&mut out, |code| code.question().is_none());
        out
    }

    fn rows(out: &mut String, which: impl Fn(Code) -> bool) {
        out.push_str("| code | severity | what it means | what mends it |\n| --- | --- | --- | --- |\n");
        for code in Code::ALL.iter().copied().filter(|code| which(*code)) {
            let explanation = explain(code).unwrap();
            let severity = match Finding::new(code, "").severity.as_str() {
                "error" if code.is_indeterminate() => "error: `indeterminate`",
                "error" => "error: `invalid`",
                other => other,
            };
            let mut remedy = explanation.remedy.chars();
            let first = remedy.next().unwrap().to_uppercase();
            writeln!(
                out,
                "| `{code}` | {severity} | {} | {first}{}. |",
                explanation.meaning,
                remedy.as_str()
            )
            .unwrap();
        }
    }

    const HEADINGS: [(&str, Question); 9] = [
        (
            "`integrity`: is it unchanged, and did this key sign it?",
            Question::Integrity,
        ),
        (
            "`chain`: does the certificate lead to a root that you trust?",
            Question::Chain,
        ),
        ("`purpose`: may the certificate sign mail?", Question::Purpose),
        (
            "`names`: may the issuers vouch for these names, and can they be read in one way only?",
            Question::Names,
        ),
        (
            "`time`: is it valid now, and was it when it was signed?",
            Question::Time,
        ),
        ("`revocation`: was it withdrawn?", Question::Revocation),
        ("`algorithms`: are they strong enough?", Question::Algorithms),
        (
            "`sender`: is the one in From the one who signed?",
            Question::Sender,
        ),
        (
            "`coverage`: does the signature cover all that is shown?",
            Question::Coverage,
        ),
    ];

    const INTRODUCTION: &str = "# Verdicts and findings

This file is made from the program itself (`CACHET_UPDATE_DOCS=1 cargo test -p ca-cli verdicts`).

## The verdict

`cachet mail verify` and `cachet mail open` give one verdict on the whole message. With `--format json` the same stands in
`verdict`; each signer has one (`signers[].verdict`), and so has each signed part (`parts[].verdict`).

| verdict | exit code | what it means |
| --- | --- | --- |
| `valid` | 0 | every question below was answered well: you may rely on it |
| `invalid` | 4 | at least one was answered badly: do not rely on it |
| `indeterminate` | 4 | nothing is wrong as far as known, but something that must be known is not |
| `unsigned` | 4 (`mail open`: 0 if all of it could be decrypted) | there is no signature: anybody may have written it |

Where only a part of a message is signed or encrypted, the whole is never `valid`: the finding says so, and `parts` tells
how each signed part stands on its own.

## The nine questions

For each signer every question has an answer of its own (`signers[].answers`): `good`, `bad`, `unknown` (what is at hand does
not tell), or `not-asked` (an option leaves the question out, or nothing at hand could answer it and none was demanded).
One `bad` makes a message `invalid`, one `unknown` `indeterminate`; of several failures a signer's `status` names the one that
is most useful to mend. An answer also lists the findings that bear on it, remarks included.

`severity` below is the usual one: `error` forbids the verdict `valid`, `warning` and `info` do not. A finding may be milder
where the context makes it harmless (a weak digest with `--legacy`, a signer beside the one who wrote).
";
}

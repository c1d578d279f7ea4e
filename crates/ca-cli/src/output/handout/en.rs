//! In English.

use super::{Takes, Words};

pub(super) const WORDS: Words = Words {
    language: "en",
    file: "handout.html",
    title: "Your certificate for signed and encrypted mail",
    intro: "These files are yours alone. Whoever has the P12 and its password can sign in your name and read your mail: \
            give neither to anybody. The password stands on a separate slip.",
    until: "The certificate is valid until",
    contents: "What is in this archive",
    is_modern: "your key and certificate, for Thunderbird, Evolution, current Windows and Outlook",
    is_compat: "the same, for iPhone, iPad, Mac, old Windows and gpgsm",
    is_root: "the root certificate, by which others&rsquo; certificates from here are recognised",
    first: "Before anything is installed: compare the fingerprint",
    compare: "Have the SHA-256 fingerprint of the root read out to you, or look at it on the board, and compare it with this \
              one and with what your mail program shows. If a single character differs, stop and ask.",
    sections: &[
        (
            "Thunderbird",
            Takes::Modern,
            &[
                "Settings &gt; Privacy &amp; Security &gt; Manage Certificates &gt; Authorities &gt; Import: <code>{root}</code>. Look at \
                 its fingerprint; tick &ldquo;This certificate can identify mail users&rdquo;, nothing else.",
                "In the same window: Your Certificates &gt; Import: <code>{p12}</code>, with the password of your slip.",
                "Account Settings &gt; End-To-End Encryption &gt; S/MIME: Select your certificate for signing, and the same for \
                 encryption.",
                "On the same page: tick &ldquo;Digitally sign unencrypted messages&rdquo;.",
            ],
        ),
        (
            "Windows and Outlook",
            Takes::Modern,
            &[
                "Double-click <code>{root}</code> &gt; Install Certificate &gt; Current User &gt; Place in: Trusted Root \
                 Certification Authorities. Windows shows the fingerprint (thumbprint) and asks.",
                "Double-click <code>{p12}</code> &gt; Current User; type the password of your slip; leave the store to Windows. An old \
                 Windows that says the password is wrong takes the other P12.",
                "Outlook: File &gt; Options &gt; Trust Center &gt; Trust Center Settings &gt; Email Security &gt; Settings: choose the \
                 signing and the encryption certificate, hash SHA-256, encryption AES-256.",
                "On the same page: tick &ldquo;Add digital signature to outgoing messages&rdquo; and &ldquo;Send clear text signed \
                 message&rdquo;.",
            ],
        ),
        (
            "Mac, iPhone, iPad",
            Takes::Compat,
            &[
                "Mac: double-click <code>{root}</code>, add it to the login keychain, open it there &gt; Trust &gt; S/MIME: Always \
                 Trust. iPhone: open the file, Settings &gt; Profile Downloaded &gt; Install, then General &gt; About &gt; Certificate \
                 Trust Settings.",
                "Open <code>{p12}</code> with the password of your slip (iPhone: Settings &gt; Profile Downloaded &gt; Install).",
                "Mac Mail: write a new message; the seal and the lock stand beside the subject. iPhone: Settings &gt; Apps &gt; Mail &gt; \
                 Accounts &gt; your account &gt; Account Settings &gt; Advanced: Sign and Encrypt by Default.",
            ],
        ),
        (
            "Evolution (Linux)",
            Takes::Modern,
            &[
                "Edit &gt; Preferences &gt; Certificates &gt; Authorities &gt; Import: <code>{root}</code>, trusted for mail users; then \
                 Your Certificates &gt; Import: <code>{p12}</code>.",
                "Edit &gt; Preferences &gt; Mail Accounts &gt; your account &gt; Security: choose the signing and the encryption \
                 certificate, signing algorithm SHA-256; tick &ldquo;Always sign outgoing messages&rdquo;.",
            ],
        ),
    ],
    last_title: "Try it",
    last: &[
        "Send a signed mail to yourself ({email}). Open it and find the seal: your program shows who signed it.",
        "Keep a copy of the P12 and its slip in a safe place, even after the certificate has ended: without the key nobody opens \
         your old mail again.",
        "If the P12 or the password has got into other hands, say so at once: the certificate is then revoked.",
    ],
    sheet_title: "Passwords to cut up and hand out",
    sheet_intro: "Print this page, cut it along the lines, hand each slip over in person, and not with the archive. Then delete \
                  the file. This heading is not printed.",
    slip: "Password of your certificate (P12). Needed to install it. Keep this slip, and do not send it by mail.",
};

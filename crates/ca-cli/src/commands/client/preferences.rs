//! Thunderbird's settings (prefs.js): a line for each, `user_pref("NAME", VALUE);`.

use base64::Engine as _;
use identity::Certificate;
use identity::identity::Identity;

/// The lines, in their order.
pub(super) struct Preferences {
    lines: Vec<String>,
}

impl Preferences {
    pub(super) fn read(text: &str) -> Self {
        Self {
            lines: text.lines().map(str::to_owned).collect(),
        }
    }

    /// Returns the senders' identities: their key, such as `id1`, and address.
    pub(super) fn identities(&self) -> Vec<(String, String)> {
        let found = self.lines.iter().filter_map(|line| {
            let rest = line.strip_prefix("user_pref(\"mail.identity.")?;
            let (key, rest) = rest.split_once(".useremail\", \"")?;
            let (address, _) = rest.split_once('"')?;
            Some((key.to_owned(), address.to_owned()))
        });
        found.collect()
    }

    /// Names a certificate for signing and for being encrypted to, as far as its key can, and switches signing on.
    pub(super) fn choose(
        &mut self,
        identity: &str,
        nickname: &str,
        certificate: &Certificate,
        holder: &Identity,
    ) {
        let key = quoted(&database_key(certificate));
        let name = quoted(nickname);
        let mut set = |what: &str, value: &str| self.set(&format!("mail.identity.{identity}.{what}"), value);
        if holder.can_sign() {
            set("signing_cert_name", &name);
            set("signing_cert_dbkey", &key);
            set("sign_mail", "true");
        }
        if holder.can_encrypt() {
            set("encryption_cert_name", &name);
            set("encryption_cert_dbkey", &key);
        }
        // S/MIME where a choice is between it and OpenPGP.
        set("e2etechpref", "1");
    }

    fn set(&mut self, name: &str, value: &str) {
        let start = format!("user_pref(\"{name}\", ");
        let line = format!("{start}{value});");
        match self.lines.iter_mut().find(|one| one.starts_with(&start)) {
            Some(old) => *old = line,
            None => self.lines.push(line),
        }
    }

    pub(super) fn text(&self) -> String {
        let mut text = self.lines.join("\n");
        if !text.is_empty() {
            text.push('\n');
        }
        text
    }
}

/// The key by which Mozilla's programs find a certificate: two empty fields, the lengths of serial and issuer, and these.
fn database_key(certificate: &Certificate) -> String {
    let (serial, issuer) = (certificate.serial(), certificate.issuer().der());
    let length = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes();
    let key = [&[0; 8][..], &length(serial), &length(issuer), serial, issuer].concat();
    base64::engine::general_purpose::STANDARD.encode(key)
}

/// A string of JavaScript.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::Preferences;

    #[test]
    fn a_setting_takes_the_place_of_the_one_before() {
        let text = "// a comment\nuser_pref(\"mail.identity.id1.useremail\", \"a@example.com\");\nuser_pref(\"mail.identity.id1.sign_mail\", false);\n";
        let mut preferences = Preferences::read(text);
        assert_eq!(
            preferences.identities(),
            [("id1".to_owned(), "a@example.com".to_owned())]
        );
        assert_eq!(preferences.text(), text, "what is not touched stays as it was");
        preferences.set("mail.identity.id1.sign_mail", "true");
        preferences.set("mail.identity.id1.e2etechpref", "1");
        assert!(preferences.text().ends_with(
            "user_pref(\"mail.identity.id1.sign_mail\", true);\nuser_pref(\"mail.identity.id1.e2etechpref\", 1);\n"
        ));
    }
}

//! The picture: a tree with a margin that marks what is signed (`S`) and what is encrypted (`E`).

use std::fmt::Write as _;

use super::{
    CmsView, CompressedView, EntityView, EnvelopedView, FieldView, MessageView, RecipientView, SignedView,
    SignerView,
};
use crate::output::certificate::CertificateView;
use crate::output::printable;

/// One thing in the picture.
struct Node {
    mark: Mark,
    text: String,
    /// What is said of it, line by line, under labels.
    facts: Vec<(&'static str, String)>,
    below: Vec<Node>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    None,
    Encrypted,
    Signed,
}

/// Which octets offsets are counted in.
#[derive(Clone, Copy)]
enum Octets {
    /// Those of the message.
    Message,
    /// Those of the content of a CMS structure.
    Content,
}

impl MessageView {
    /// Draws the message.
    pub(crate) fn picture(&self) -> String {
        let mut out = String::new();
        for FieldView { name, value } in &self.headers {
            let _ = writeln!(out, "{}: {}", printable(name), printable(value));
        }
        if !self.headers.is_empty() {
            out.push('\n');
        }
        let root = self.structure.node(Octets::Message);
        root.draw(&mut out, "", "");
        let (mut signed, mut encrypted) = (false, false);
        root.visit(&mut |mark| {
            signed |= mark == Mark::Signed;
            encrypted |= mark == Mark::Encrypted;
        });
        if signed || encrypted {
            out.push('\n');
        }
        if signed {
            out.push_str(
                "S  a signature covers these octets; `cachet mail verify` tells whether it is sound\n",
            );
        }
        if encrypted {
            out.push_str("E  only a recipient sees what is in there; `cachet mail open` shows it to him\n");
        }
        out
    }
}

impl EntityView {
    fn node(&self, octets: Octets) -> Node {
        let mut text = if self.content_type == BARE && !self.names_its_type {
            format!("CMS without a mail header, {}", self.encoding)
        } else if self.names_its_type {
            self.content_type.clone()
        } else {
            format!("{} (it has no Content-Type)", self.content_type)
        };
        if let Some(name) = &self.file_name {
            let _ = write!(text, " \"{name}\"");
        }
        if self.names_its_type && !self.encoding.is_empty() && self.parts.is_empty() {
            let _ = write!(text, ", {}", self.encoding);
        }
        let _ = write!(text, " · {}", self.span(octets));
        let mut node = Node::new(text);
        if self.signed {
            node.mark = Mark::Signed;
        }
        if let Some(problem) = &self.problem {
            node.fact("problem", problem.clone());
        }
        node.below.extend(self.cms.as_ref().map(CmsView::node));
        node.below.extend(self.parts.iter().map(|part| part.node(octets)));
        node
    }

    /// Which octets it is made of.
    fn span(&self, octets: Octets) -> String {
        let count = count(self.size, "octet");
        if self.offset == 0 || self.size == 0 {
            return count;
        }
        let last = self.offset + self.size - 1;
        let of = match octets {
            Octets::Message => "",
            Octets::Content => " of this content",
        };
        format!("{count}, {} to {last}{of}", self.offset)
    }
}

impl CmsView {
    fn node(&self) -> Node {
        match (&self.signed, &self.enveloped, &self.compressed) {
            (Some(signed), _, _) => signed.node(&self.kind),
            (_, Some(enveloped), _) => enveloped.node(&self.kind),
            (_, _, Some(compressed)) => compressed.node(&self.kind),
            _ => Node::new(format!("{} (not looked into)", self.kind)),
        }
    }
}

impl SignedView {
    fn node(&self, kind: &str) -> Node {
        let what = match (self.signers.len() + self.more_signers, &self.content) {
            (0, None) => "no signer and no content, only certificates or revocation lists",
            (0, Some(_)) => "content without any signer",
            (_, None) => "the signature of what stands beside it (detached)",
            (_, Some(_)) => "the signed content is inside (opaque)",
        };
        let mut node = Node::new(format!("{kind}: {what}"));
        if self.content_type != "data" {
            node.fact("content", self.content_type.clone());
        }
        if let Some(content) = &self.content {
            node.below.push(content.node(Octets::Content));
        }
        node.below
            .extend(self.signers.iter().map(|signer| signer.node("signer")));
        node.more(self.more_signers, "signer", "not shown");
        node.below.extend(self.certificates.iter().map(certificate));
        node.more(
            self.unreadable_certificates,
            "certificate",
            "not shown: unreadable, of another kind, or too many",
        );
        for crl in &self.crls {
            let mut list = Node::new(format!("revocation list of {}", crl.issuer));
            let until = crl.next_update.as_ref();
            let until = until.map_or_else(String::new, |until| format!(" to {until}"));
            list.fact("current", format!("{}{until}", crl.this_update));
            list.fact("revokes", count(crl.entries as u64, "certificate"));
            node.below.push(list);
        }
        node.more(
            self.unreadable_crls,
            "revocation list",
            "not shown: unreadable or too many",
        );
        node
    }
}

impl SignerView {
    fn node(&self, role: &str) -> Node {
        let who = self.subject.as_ref().unwrap_or(&self.identifier);
        let mut node = Node::new(format!("{role}: {who}"));
        if !self.emails.is_empty() {
            node.fact("e-mail", self.emails.join(", "));
        }
        if self.subject.is_some() {
            node.fact("named by", self.identifier.clone());
        } else {
            node.fact("certificate", "not sent along".to_owned());
        }
        let weak = if self.weak { " (weak)" } else { "" };
        node.fact(
            "signature",
            format!(
                "{}{weak}, {}",
                self.signature,
                count(self.signature_size as u64, "octet")
            ),
        );
        let digest = self.message_digest.as_deref().unwrap_or_default();
        node.fact(
            "digest",
            format!("{} {digest}", self.digest).trim_end().to_owned(),
        );
        if let Some(time) = &self.signing_time {
            node.fact("signed at", format!("{time}, by the signer's clock"));
        }
        match self.certificate_bound {
            Some(true) => node.fact(
                "bound to",
                "this very certificate (signingCertificate)".to_owned(),
            ),
            Some(false) => node.fact(
                "bound to",
                "ANOTHER certificate than the one found (signingCertificate)".to_owned(),
            ),
            None => {}
        }
        if !self.capabilities.is_empty() {
            node.fact("knows", self.capabilities.join(", "));
        }
        if let Some(preferred) = &self.key_preference {
            node.fact("encrypt to", preferred.clone());
        }
        if self.signed_attributes.is_empty() {
            node.fact("attributes", "none: the content is signed directly".to_owned());
        } else {
            node.fact("attributes", self.signed_attributes.join(", "));
        }
        if !self.unsigned_attributes.is_empty() {
            node.fact("unsigned", self.unsigned_attributes.join(", "));
        }
        node.below = self
            .countersigners
            .iter()
            .map(|signer| signer.node("countersigner"))
            .collect();
        node
    }
}

impl EnvelopedView {
    fn node(&self, kind: &str) -> Node {
        let changes = if self.authenticated {
            "changes are noticed (authenticated)"
        } else {
            "changes are not noticed (not authenticated)"
        };
        let mut node = Node::new(format!("{kind}: {changes}"));
        node.below = self.recipients.iter().map(RecipientView::node).collect();
        node.more(self.more_recipients, "recipient", "not shown");
        let weak = if self.weak { " (weak)" } else { "" };
        let mut content = Node::new(format!(
            "encrypted content: {}{weak} · {}",
            self.cipher,
            count(self.size, "octet")
        ));
        content.mark = Mark::Encrypted;
        if self.content_type != "data" {
            content.fact("content", self.content_type.clone());
        }
        node.below.push(content);
        node
    }
}

impl RecipientView {
    fn node(&self) -> Node {
        let who = match self.kind {
            "password" => "whoever knows the password",
            _ if self.identifier.is_empty() => "an unknown kind of recipient",
            _ => self.identifier.as_str(),
        };
        let mut node = Node::new(format!("for {who}"));
        node.fact("key by", self.key_management.clone());
        if let Some(originator) = &self.originator {
            node.fact("sender's", originator.clone());
        }
        node
    }
}

impl CompressedView {
    fn node(&self, kind: &str) -> Node {
        let mut node = Node::new(format!("{kind}: {}", self.algorithm));
        if let Some(content) = &self.content {
            node.below.push(content.node(Octets::Content));
        }
        node
    }
}

fn certificate(certificate: &CertificateView) -> Node {
    let authority = if certificate.ca { " of an authority" } else { "" };
    let mut node = Node::new(format!("certificate{authority}: {}", certificate.subject));
    node.fact("issued by", certificate.issuer.clone());
    node.fact(
        "valid",
        format!("{} to {}", certificate.not_before, certificate.not_after),
    );
    node.fact("key", certificate.key.clone());
    node
}

impl Node {
    fn new(text: String) -> Self {
        Self {
            mark: Mark::None,
            text,
            facts: Vec::new(),
            below: Vec::new(),
        }
    }

    fn fact(&mut self, label: &'static str, value: String) {
        self.facts.push((label, value));
    }

    /// Says how many things are left out, if any are.
    fn more(&mut self, number: usize, what: &str, why: &str) {
        if number > 0 {
            let number = count(number as u64, what);
            self.below.push(Self::new(format!("{number} {why}")));
        }
    }

    /// `first` stands before its own line, `rest` before those below it.
    fn draw(&self, out: &mut String, first: &str, rest: &str) {
        let margin = match self.mark {
            Mark::None => ' ',
            Mark::Encrypted => 'E',
            Mark::Signed => 'S',
        };
        let _ = writeln!(out, "{margin}  {first}{}", printable(&self.text));
        let rail = if self.below.is_empty() { "" } else { "│" };
        for (label, value) in &self.facts {
            let _ = writeln!(out, "   {rest}{rail:<3}{label:<11} {}", printable(value));
        }
        for (index, node) in self.below.iter().enumerate() {
            if index + 1 == self.below.len() {
                node.draw(out, &format!("{rest}└─ "), &format!("{rest}   "));
            } else {
                node.draw(out, &format!("{rest}├─ "), &format!("{rest}│  "));
            }
        }
    }

    fn visit(&self, see: &mut impl FnMut(Mark)) {
        see(self.mark);
        for node in &self.below {
            node.visit(see);
        }
    }
}

fn count(number: u64, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

/// How CMS that stands alone is called in the library.
const BARE: &str = "application/pkcs7-mime";

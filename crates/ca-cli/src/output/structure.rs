//! What a message is made of, as `mail inspect` shows it.

use std::fmt::Write as _;

use serde::Serialize;
use smime::inspect::{
    CmsStructure, Entity, EnvelopedStructure, MessageStructure, RecipientStructure, SignedStructure,
    SignerStructure,
};

use crate::output::certificate::CertificateView;
use crate::output::{printable, rfc3339};

/// A message.
#[derive(Serialize)]
pub(crate) struct MessageView {
    headers: Vec<FieldView>,
    structure: EntityView,
}

/// A name and its value.
#[derive(Serialize)]
struct FieldView {
    name: String,
    value: String,
}

/// A MIME entity.
#[derive(Serialize)]
struct EntityView {
    content_type: String,
    parameters: Vec<FieldView>,
    encoding: String,
    size: u64,
    file_name: Option<String>,
    /// Its very octets are covered by a signature, sound or not.
    signed: bool,
    problem: Option<String>,
    cms: Option<CmsView>,
    parts: Vec<EntityView>,
}

/// A CMS structure.
#[derive(Serialize)]
struct CmsView {
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    signed: Option<SignedView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enveloped: Option<EnvelopedView>,
}

#[derive(Serialize)]
struct SignedView {
    content_type: String,
    detached: bool,
    digests: Vec<String>,
    signers: Vec<SignerView>,
    certificates: Vec<CertificateView>,
    unreadable_certificates: usize,
    crls: usize,
    content: Option<Box<EntityView>>,
}

#[derive(Serialize)]
struct SignerView {
    identifier: String,
    subject: Option<String>,
    emails: Vec<String>,
    digest: String,
    signature: String,
    weak: bool,
    signing_time: Option<String>,
    signed_attributes: Vec<String>,
    unsigned_attributes: Vec<String>,
    capabilities: Vec<String>,
}

#[derive(Serialize)]
struct EnvelopedView {
    authenticated: bool,
    content_type: String,
    cipher: String,
    weak: bool,
    size: u64,
    recipients: Vec<RecipientView>,
}

#[derive(Serialize)]
struct RecipientView {
    identifier: String,
    key_management: String,
}

impl MessageView {
    pub(crate) fn new(message: &MessageStructure) -> Self {
        Self {
            headers: fields(&message.headers),
            structure: EntityView::new(&message.root),
        }
    }

    /// Draws the structure as a tree.
    pub(crate) fn tree(&self) -> String {
        let mut out = String::new();
        for field in &self.headers {
            line(&mut out, 0, &format!("{}: {}", field.name, field.value));
        }
        if !self.headers.is_empty() {
            out.push('\n');
        }
        self.structure.draw(&mut out, 0);
        out
    }
}

impl EntityView {
    fn new(entity: &Entity) -> Self {
        Self {
            content_type: entity.content_type.clone(),
            parameters: fields(&entity.parameters),
            encoding: entity.encoding.clone(),
            size: entity.size,
            file_name: entity.file_name.clone(),
            signed: entity.signed,
            problem: entity.problem.clone(),
            cms: entity.cms.as_ref().map(CmsView::new),
            parts: entity.parts.iter().map(Self::new).collect(),
        }
    }

    fn draw(&self, out: &mut String, depth: usize) {
        let mut text = self.content_type.clone();
        if let Some(name) = &self.file_name {
            let _ = write!(text, " \"{name}\"");
        }
        let _ = write!(text, ", {} octets", self.size);
        if !self.encoding.is_empty() {
            let _ = write!(text, ", {}", self.encoding);
        }
        if self.signed {
            text.push_str(", covered by a signature");
        }
        line(out, depth, &text);
        if let Some(problem) = &self.problem {
            line(out, depth + 1, &format!("cannot be looked into: {problem}"));
        }
        if let Some(cms) = &self.cms {
            cms.draw(out, depth + 1);
        }
        for part in &self.parts {
            part.draw(out, depth + 1);
        }
    }
}

impl CmsView {
    fn new(cms: &CmsStructure) -> Self {
        let (signed, enveloped) = match cms {
            CmsStructure::Signed(signed) => (Some(SignedView::new(signed)), None),
            CmsStructure::Enveloped(enveloped) => (None, Some(EnvelopedView::new(enveloped))),
            _ => (None, None),
        };
        Self {
            kind: cms.kind().to_owned(),
            signed,
            enveloped,
        }
    }

    fn draw(&self, out: &mut String, depth: usize) {
        line(out, depth, &format!("CMS {}", self.kind));
        if let Some(signed) = &self.signed {
            signed.draw(out, depth + 1);
        }
        if let Some(enveloped) = &self.enveloped {
            let weak = if enveloped.weak { " (weak)" } else { "" };
            line(
                out,
                depth + 1,
                &format!("cipher {}{weak}, {} octets", enveloped.cipher, enveloped.size),
            );
            for recipient in &enveloped.recipients {
                line(
                    out,
                    depth + 1,
                    &format!("for {} ({})", recipient.identifier, recipient.key_management),
                );
            }
        }
    }
}

impl SignedView {
    fn new(signed: &SignedStructure) -> Self {
        Self {
            content_type: signed.content_type.clone(),
            detached: signed.content.is_none(),
            digests: signed.digests.clone(),
            signers: signed.signers.iter().map(SignerView::new).collect(),
            certificates: signed.certificates.iter().map(CertificateView::new).collect(),
            unreadable_certificates: signed.other_certificates,
            crls: signed.crls,
            content: signed
                .content
                .as_ref()
                .map(|content| Box::new(EntityView::new(content))),
        }
    }

    fn draw(&self, out: &mut String, depth: usize) {
        for signer in &self.signers {
            let who = signer.subject.as_ref().unwrap_or(&signer.identifier);
            let emails = if signer.emails.is_empty() {
                String::new()
            } else {
                format!(" <{}>", signer.emails.join(", "))
            };
            line(out, depth, &format!("signer {who}{emails}"));
            let weak = if signer.weak { " (weak)" } else { "" };
            line(
                out,
                depth + 1,
                &format!("{}, digest {}{weak}", signer.signature, signer.digest),
            );
            if let Some(time) = &signer.signing_time {
                line(out, depth + 1, &format!("at {time}, by the signer's clock"));
            }
            if !signer.capabilities.is_empty() {
                line(
                    out,
                    depth + 1,
                    &format!("reads {}", signer.capabilities.join(", ")),
                );
            }
        }
        for certificate in &self.certificates {
            line(
                out,
                depth,
                &format!(
                    "certificate {}, until {}, {}",
                    certificate.subject, certificate.not_after, certificate.key
                ),
            );
        }
        if self.crls > 0 {
            line(out, depth, &format!("{} revocation lists", self.crls));
        }
        match &self.content {
            Some(content) => content.draw(out, depth),
            None => line(out, depth, "content: beside it (detached)"),
        }
    }
}

impl SignerView {
    fn new(signer: &SignerStructure) -> Self {
        Self {
            identifier: signer.identifier.clone(),
            subject: signer
                .certificate
                .as_ref()
                .map(|found| found.subject().to_string()),
            emails: signer
                .certificate
                .as_ref()
                .map(|found| found.emails())
                .unwrap_or_default(),
            digest: signer.digest.clone(),
            signature: signer.signature.clone(),
            weak: signer.weak,
            signing_time: signer.signing_time.map(rfc3339),
            signed_attributes: signer.signed_attributes.clone(),
            unsigned_attributes: signer.unsigned_attributes.clone(),
            capabilities: signer.capabilities.iter().map(ToString::to_string).collect(),
        }
    }
}

impl EnvelopedView {
    fn new(enveloped: &EnvelopedStructure) -> Self {
        Self {
            authenticated: enveloped.authenticated,
            content_type: enveloped.content_type.clone(),
            cipher: enveloped.cipher.clone(),
            weak: enveloped.weak,
            size: enveloped.size,
            recipients: enveloped.recipients.iter().map(RecipientView::new).collect(),
        }
    }
}

impl RecipientView {
    fn new(recipient: &RecipientStructure) -> Self {
        Self {
            identifier: recipient.identifier.clone(),
            key_management: recipient.key_management.clone(),
        }
    }
}

fn fields(list: &[(String, String)]) -> Vec<FieldView> {
    list.iter()
        .map(|(name, value)| FieldView {
            name: name.clone(),
            value: value.clone(),
        })
        .collect()
}

fn line(out: &mut String, depth: usize, text: &str) {
    let _ = writeln!(out, "{:indent$}{}", "", printable(text), indent = depth * 2);
}

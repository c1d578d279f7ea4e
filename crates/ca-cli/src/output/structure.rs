//! What a message is made of, as `mail inspect` shows it.

use serde::Serialize;
use smime::inspect::{
    CmsStructure, CompressedStructure, CrlStructure, Entity, EnvelopedStructure, MessageStructure,
    RecipientStructure, SignedStructure, SignerStructure,
};

use crate::output::certificate::CertificateView;
use crate::output::rfc3339;

mod picture;

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
    /// It names its media type itself.
    names_its_type: bool,
    parameters: Vec<FieldView>,
    encoding: String,
    /// How many octets stand before it: in the message or, inside a CMS structure, in its content.
    offset: u64,
    size: u64,
    header_size: u64,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    compressed: Option<CompressedView>,
}

#[derive(Serialize)]
struct SignedView {
    version: u32,
    content_type: String,
    detached: bool,
    digests: Vec<String>,
    signers: Vec<SignerView>,
    /// How many signers are not in the list.
    more_signers: usize,
    certificates: Vec<CertificateView>,
    unreadable_certificates: usize,
    crls: Vec<CrlView>,
    unreadable_crls: usize,
    content: Option<Box<EntityView>>,
}

#[derive(Serialize)]
struct CrlView {
    issuer: String,
    this_update: String,
    next_update: Option<String>,
    entries: usize,
}

#[derive(Serialize)]
struct SignerView {
    version: u32,
    identifier: String,
    subject: Option<String>,
    emails: Vec<String>,
    digest: String,
    signature: String,
    signature_size: usize,
    weak: bool,
    message_digest: Option<String>,
    signing_time: Option<String>,
    /// signingCertificate names the certificate that was found; null if nothing can be compared.
    certificate_bound: Option<bool>,
    key_preference: Option<String>,
    signed_attributes: Vec<String>,
    unsigned_attributes: Vec<String>,
    capabilities: Vec<String>,
    countersigners: Vec<SignerView>,
}

#[derive(Serialize)]
struct EnvelopedView {
    authenticated: bool,
    content_type: String,
    cipher: String,
    weak: bool,
    size: u64,
    recipients: Vec<RecipientView>,
    /// How many recipients are not in the list.
    more_recipients: usize,
}

#[derive(Serialize)]
struct RecipientView {
    kind: &'static str,
    identifier: String,
    key_management: String,
    originator: Option<String>,
}

#[derive(Serialize)]
struct CompressedView {
    algorithm: String,
    content: Option<Box<EntityView>>,
}

impl MessageView {
    pub(crate) fn new(message: &MessageStructure) -> Self {
        Self {
            headers: fields(&message.headers),
            structure: EntityView::new(&message.root),
        }
    }
}

impl EntityView {
    fn new(entity: &Entity) -> Self {
        Self {
            content_type: entity.content_type.clone(),
            names_its_type: entity.names_its_type,
            parameters: fields(&entity.parameters),
            encoding: entity.encoding.clone(),
            offset: entity.offset,
            size: entity.size,
            header_size: entity.header_size,
            file_name: entity.file_name.clone(),
            signed: entity.signed,
            problem: entity.problem.clone(),
            cms: entity.cms.as_ref().map(CmsView::new),
            parts: entity.parts.iter().map(Self::new).collect(),
        }
    }

    fn boxed(entity: Option<&Entity>) -> Option<Box<Self>> {
        entity.map(|entity| Box::new(Self::new(entity)))
    }
}

impl CmsView {
    fn new(cms: &CmsStructure) -> Self {
        let mut view = Self {
            kind: cms.kind().to_owned(),
            signed: None,
            enveloped: None,
            compressed: None,
        };
        match cms {
            CmsStructure::Signed(signed) => view.signed = Some(SignedView::new(signed)),
            CmsStructure::Enveloped(enveloped) => view.enveloped = Some(EnvelopedView::new(enveloped)),
            CmsStructure::Compressed(compressed) => view.compressed = Some(CompressedView::new(compressed)),
            _ => {}
        }
        view
    }
}

impl SignedView {
    fn new(signed: &SignedStructure) -> Self {
        Self {
            version: signed.version,
            content_type: signed.content_type.clone(),
            detached: signed.content.is_none(),
            digests: signed.digests.clone(),
            signers: signed.signers.iter().map(SignerView::new).collect(),
            more_signers: signed.more_signers,
            certificates: signed.certificates.iter().map(CertificateView::new).collect(),
            unreadable_certificates: signed.other_certificates,
            crls: signed.crls.iter().map(CrlView::new).collect(),
            unreadable_crls: signed.other_crls,
            content: EntityView::boxed(signed.content.as_deref()),
        }
    }
}

impl CrlView {
    fn new(crl: &CrlStructure) -> Self {
        Self {
            issuer: crl.issuer.clone(),
            this_update: rfc3339(crl.this_update),
            next_update: crl.next_update.map(rfc3339),
            entries: crl.entries,
        }
    }
}

impl SignerView {
    fn new(signer: &SignerStructure) -> Self {
        let certificate = signer.certificate.as_ref();
        Self {
            version: signer.version,
            identifier: signer.identifier.clone(),
            subject: certificate.map(|found| found.subject().to_string()),
            emails: certificate.map(|found| found.emails()).unwrap_or_default(),
            digest: signer.digest.clone(),
            signature: signer.signature.clone(),
            signature_size: signer.signature_size,
            weak: signer.weak,
            message_digest: signer.message_digest.as_ref().map(hex::encode),
            signing_time: signer.signing_time.map(rfc3339),
            certificate_bound: signer.certificate_bound,
            key_preference: signer.key_preference.clone(),
            signed_attributes: signer.signed_attributes.clone(),
            unsigned_attributes: signer.unsigned_attributes.clone(),
            capabilities: signer.capabilities.clone(),
            countersigners: signer.countersigners.iter().map(Self::new).collect(),
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
            more_recipients: enveloped.more_recipients,
        }
    }
}

impl RecipientView {
    fn new(recipient: &RecipientStructure) -> Self {
        Self {
            kind: recipient.kind.as_str(),
            identifier: recipient.identifier.clone(),
            key_management: recipient.key_management.clone(),
            originator: recipient.originator.clone(),
        }
    }
}

impl CompressedView {
    fn new(compressed: &CompressedStructure) -> Self {
        Self {
            algorithm: compressed.algorithm.clone(),
            content: EntityView::boxed(compressed.content.as_deref()),
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

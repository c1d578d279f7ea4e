//! The message that proves a mailbox.

use chrono::{DateTime, Utc};
use identity::Mailbox;
use identity::identity::Identity;
use smime::{SignOptions, sign};
use zeroize::Zeroizing;

use super::{ConfirmationCode, EnrolmentError, EnrolmentRecord, Language};

/// A confirmation message that is to be written.
#[derive(Clone, Copy, Debug)]
pub struct Challenge<'a> {
    /// The request.
    pub request: &'a EnrolmentRecord,
    /// The code.
    pub code: &'a ConfirmationCode,
    /// Its last second.
    pub expires_at: DateTime<Utc>,
    /// The name of the authority, for people.
    pub authority: &'a str,
    /// Where the holder is to give the code, for people: a page's address, or nothing.
    pub place: Option<&'a str>,
}

/// Writes the confirmation message (RFC 5322), signed by the authority's own mail identity.
///
/// It says `Auto-Submitted: auto-generated` (RFC 3834), so that no out-of-office note answers it.
///
/// # Errors
/// [`EnrolmentError::Message`], [`EnrolmentError::Sign`].
pub fn challenge_message(
    challenge: &Challenge<'_>,
    signer: &Identity,
    now: DateTime<Utc>,
) -> Result<Zeroizing<Vec<u8>>, EnrolmentError> {
    let request = challenge.request;
    let to = Mailbox::parse(request.email()).map_err(|error| EnrolmentError::Message {
        address: request.email().to_owned(),
        reason: error.to_string(),
    })?;
    let (subject, body) = text(challenge);
    let mut options = SignOptions::new(now);
    options.compose.to = vec![to];
    options.compose.subject = Some(subject);
    let message = Zeroizing::new(format!(
        "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\
         Content-Language: {}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{}",
        request.language,
        body.replace('\n', "\r\n")
    ));
    let mut signed = Zeroizing::new(Vec::new());
    sign(message.as_bytes(), signer, &options, &mut *signed)?;
    Ok(signed)
}

/// The subject says nothing secret: it stands in notifications.
fn text(challenge: &Challenge<'_>) -> (String, Zeroizing<String>) {
    let Challenge {
        request,
        code,
        expires_at,
        authority,
        place,
    } = *challenge;
    let (id, email, class) = (&request.id, request.email(), request.class);
    let until = expires_at.format("%Y-%m-%d %H:%M UTC");
    let code = code.reveal();
    // Signature and line lengths survive every mail server: nothing here is longer than a line.
    match request.language {
        Language::English => {
            let place = place.map_or_else(
                || "Give this code to those who run the certificate authority:".to_owned(),
                |place| format!("Enter this code at {place} :"),
            );
            let body = Zeroizing::new(format!(
                "Good day,\n\n\
                 somebody, probably you, has asked {authority}\n\
                 for a certificate of class {class} for the address\n\n    {email}\n\n\
                 {place}\n\n    {}\n\n\
                 It can be used once, until {until}.\n\n\
                 If you have asked for nothing, do nothing: without the code no\n\
                 certificate is issued. The request is called {id}.\n\n\
                 {authority}\n",
                code.as_str()
            ));
            (format!("Confirm your address: request {id}"), body)
        }
        Language::French => {
            let place = place.map_or_else(
                || "Donnez ce code à ceux qui gèrent l'autorité de certification :".to_owned(),
                |place| format!("Saisissez ce code sur {place} :"),
            );
            let body = Zeroizing::new(format!(
                "Bonjour,\n\n\
                 quelqu'un, sans doute vous, a demandé à {authority}\n\
                 un certificat de classe {class} pour l'adresse\n\n    {email}\n\n\
                 {place}\n\n    {}\n\n\
                 Il sert une seule fois, jusqu'au {until}.\n\n\
                 Si vous n'avez rien demandé, ne faites rien : sans ce code, aucun\n\
                 certificat n'est délivré. La demande s'appelle {id}.\n\n\
                 {authority}\n",
                code.as_str()
            ));
            (format!("Confirmez votre adresse : demande {id}"), body)
        }
    }
}

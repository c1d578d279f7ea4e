//! What an input is: a mail, or CMS on its own.

use std::borrow::Cow;

use crate::mime::Message;

/// An input, told apart by its first octets.
pub(crate) enum Source<'a> {
    /// CMS on its own: DER, BER or PEM; the octets are BER.
    Cms(Cow<'a, [u8]>),
    /// A MIME entity.
    Mime(Message<'a>),
}

impl<'a> Source<'a> {
    /// Tells what `input` is.
    pub(crate) fn detect(_input: &'a [u8]) -> Self {
        todo!()
    }
}

/// The CMS octets (BER) of an `application/pkcs7-mime` entity; `None` if the entity is something else.
pub(crate) fn pkcs7_mime(_message: &Message<'_>) -> Result<Option<Vec<u8>>, crate::mime::MimeError> {
    todo!()
}

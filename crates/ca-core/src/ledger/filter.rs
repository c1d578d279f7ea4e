//! Which certificates a listing shows.

use super::{CertificateRecord, SerialNumber, Status, address_key};
use crate::request::Class;
use chrono::{DateTime, Utc};

/// Conditions that a listed certificate meets, all of them; the default lists every certificate and pending intent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CertificateFilter {
    /// One of its addresses is this one ([`address_key`] decides).
    pub email: Option<String>,
    /// The name of its holder begins so, whatever the case.
    pub name_prefix: Option<String>,
    /// It is of this class.
    pub class: Option<Class>,
    /// It has this status now. Abandoned intents are listed only if asked for here: they are no certificates.
    pub status: Option<Status>,
    /// It is valid now and ends at or before this moment.
    pub expires_by: Option<DateTime<Utc>>,
    /// Its subject key identifier is this one.
    pub key_id: Option<[u8; 20]>,
    /// It is a person's: the authority's own, for its mail, are left out.
    pub people_only: bool,
    /// It was reserved before this one: the last serial of the page before.
    pub after: Option<SerialNumber>,
    /// At most so many.
    pub limit: Option<usize>,
}

impl CertificateFilter {
    /// Tells whether a record meets every condition but `after` and `limit`, which concern the listing's order.
    pub fn admits(&self, record: &CertificateRecord, now: DateTime<Utc>) -> bool {
        let status = record.status(now);
        let intent = &record.intent;
        let wanted = self.email.as_deref().map(address_key);
        let prefix = self.name_prefix.as_deref().map(str::to_lowercase);
        self.status.map_or(status != Status::Abandoned, |s| s == status)
            && wanted.is_none_or(|key| intent.emails.iter().any(|e| address_key(e) == key))
            && prefix.is_none_or(|prefix| intent.name.to_lowercase().starts_with(&prefix))
            && self.class.is_none_or(|class| class == intent.class)
            && !(self.people_only && intent.own_mail)
            && self.key_id.is_none_or(|id| id == intent.key_id)
            && self
                .expires_by
                .is_none_or(|end| status == Status::Valid && intent.not_after <= end)
    }
}

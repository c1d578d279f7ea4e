//! What a holder is given: an archive with the P12s, the root and a page that says what to do with them.

use std::path::{Path, PathBuf};

use ca_core::enrolment::Language;
use identity::{Certificate, pem};
use zeroize::Zeroizing;

use super::{Issuance, Made};
use crate::error::{CommandError, ErrorKind};
use crate::files;
use crate::output::handout::{self, Handout, SHEET_END, Slip};
use crate::output::partner;
use crate::output::zip::{Zip, ZipError};
use crate::preset::P12Preset;

/// What is known of the holder of an archive besides the certificate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Given<'a> {
    pub(crate) language: Language,
    /// Empty if nobody knows it.
    pub(crate) name: &'a str,
}

impl Issuance<'_> {
    /// Makes the archive; the password is nowhere in it.
    pub(super) fn archive(
        &self,
        given: &Given<'_>,
        made: &Made,
        p12s: &[(PathBuf, Zeroizing<Vec<u8>>)],
    ) -> Result<Vec<u8>, CommandError> {
        let Some(first) = made.issued.first() else {
            return Ok(Vec::new());
        };
        let root = first.chain().last().unwrap_or(first.certificate());
        let inner = |path: &Path| {
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            files::portable(name)
        };
        let names: Vec<String> = p12s.iter().map(|(path, _)| inner(path)).collect();
        // One file is of one kind; of two, the second is for old importers.
        let (modern, compat) = match (names.as_slice(), self.preset) {
            ([one], P12Preset::Compat) => (None, Some(one)),
            ([one], _) => (Some(one), None),
            ([one, two, ..], _) => (Some(one), Some(two)),
            ([], _) => (None, None),
        };
        let page = handout::page(&Handout {
            language: given.language,
            name: given.name,
            email: &self.email(),
            until: &first.certificate().not_after().format("%Y-%m-%d").to_string(),
            root: &partner::name(root),
            fingerprint: &partner::fingerprint(root),
            root_file: ROOT_FILE,
            modern: modern.map(String::as_str),
            compat: compat.map(String::as_str),
        });
        self.pack(given, first.certificate(), root, &page, names.iter().zip(p12s))
            .map_err(|error| {
                CommandError::new(
                    ErrorKind::Internal,
                    format!("the archive for {} cannot be made: {error}", self.email()),
                )
            })
    }

    fn pack<'p>(
        &self,
        given: &Given<'_>,
        certificate: &Certificate,
        root: &Certificate,
        page: &str,
        p12s: impl Iterator<Item = (&'p String, &'p (PathBuf, Zeroizing<Vec<u8>>))>,
    ) -> Result<Vec<u8>, ZipError> {
        // The certificate's own date: made again, the archive is the same.
        let mut zip = Zip::new(certificate.not_before());
        zip.add(handout::file_name(given.language), page.as_bytes(), false)?;
        zip.add(
            ROOT_FILE,
            pem::encode("CERTIFICATE", root.der()).as_bytes(),
            false,
        )?;
        for (name, (_, bytes)) in p12s {
            zip.add(name, bytes, true)?;
        }
        zip.finish()
    }

    /// Makes the page with the one password.
    pub(super) fn slip(&self, given: &Given<'_>, made: &Made, password: &str) -> Zeroizing<String> {
        let serial = made.issued.first().map(|issued| issued.serial().to_string());
        let slip = handout::slip(
            &Slip {
                name: given.name,
                email: &self.email(),
                password,
                serial: &serial.unwrap_or_default(),
            },
            given.language,
        );
        let head = handout::sheet_head(given.language);
        // (Room for all at once: a string that grows leaves copies behind.)
        let mut text = Zeroizing::new(String::with_capacity(head.len() + slip.len() + SHEET_END.len()));
        text.push_str(&head);
        text.push_str(&slip);
        text.push_str(SHEET_END);
        text
    }

    pub(super) fn email(&self) -> String {
        self.approved
            .emails()
            .first()
            .map(ToString::to_string)
            .unwrap_or_default()
    }
}

/// Double-clicked, it is opened as a certificate everywhere.
const ROOT_FILE: &str = "root.crt";

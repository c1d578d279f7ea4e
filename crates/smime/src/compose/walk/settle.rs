//! What becomes of a body once its survey is known.

use super::super::body::Treatment;
use super::super::survey::Survey;
use super::{Entry, Level, Recorded, Walker};
use crate::mime::{ContentType, TransferEncoding};

impl Walker<'_> {
    /// Settles how a body that was surveyed is to be written.
    pub(super) fn settle(
        &mut self,
        number: usize,
        content_type: &ContentType,
        encoding: Option<TransferEncoding>,
        open: bool,
        survey: &Survey,
    ) {
        let is_text = content_type.kind() == "text" && !is_wide(content_type);
        // Line ends of what is not text mean something: they may only be rewritten where the encoding has lines.
        let exact = open && encoding == Some(TransferEncoding::Binary) && !is_text && !survey.is_canonical();
        let as_it_stands = match survey.is_canonical() {
            true => Treatment::Copy,
            false => Treatment::LineEnds,
        };
        let from_quoted_printable = encoding == Some(TransferEncoding::QuotedPrintable);
        let re_encodable = match encoding {
            None => false,
            Some(TransferEncoding::Base64) => survey.is_base64(),
            Some(TransferEncoding::QuotedPrintable) => survey.longest_line() <= QUOTED_LINE_LIMIT,
            Some(_) => true,
        };
        let (treatment, relabel) = if survey.is_safe() && !exact {
            let says_less = matches!(
                encoding,
                Some(TransferEncoding::EightBit | TransferEncoding::Binary)
            );
            (as_it_stands, open && says_less)
        } else if !open || !re_encodable {
            if !survey.is_safe() {
                self.note(format!(
                    "a {content_type} part may not be re-encoded and holds lines that a mail server may alter"
                ));
            }
            (as_it_stands, false)
        } else if encoding == Some(TransferEncoding::Base64) {
            (Treatment::Rewrap, true)
        } else if is_text {
            (
                Treatment::QuotedPrintable {
                    from_quoted_printable,
                },
                true,
            )
        } else {
            (
                Treatment::Base64 {
                    from_quoted_printable,
                },
                true,
            )
        };
        if let Recorded::Surveying(plan) = &mut self.recorded
            && let Some(entry) = plan.entries.get_mut(number)
        {
            self.as_written &=
                entry.relabel == relabel && matches!(treatment, Treatment::Copy | Treatment::LineEnds);
            (entry.treatment, entry.relabel) = (treatment, relabel);
        }
    }

    /// Records, or looks up, whether what stands around the parts of a multipart entity is written.
    pub(super) fn around_is_kept(
        &mut self,
        entry: Option<usize>,
        survey: Option<&Survey>,
        field: impl Fn(&mut Entry) -> &mut bool,
    ) -> bool {
        let Some(entry) = entry else { return false };
        match (&mut self.recorded, survey) {
            (Recorded::Surveying(plan), Some(survey)) => {
                let kept = survey.is_safe() && !survey.is_empty();
                // Nothing at all is written like something dropped.
                self.as_written &= survey.is_safe();
                if let Some(entry) = plan.entries.get_mut(entry) {
                    *field(entry) = kept;
                }
                kept
            }
            (Recorded::Following(plan, _), _) => plan
                .entries
                .get(entry)
                .is_some_and(|entry| *field(&mut entry.clone())),
            _ => false,
        }
    }

    /// Has a multipart entity that cannot be split written as it is.
    pub(super) fn give_up(&mut self, level: &Level) {
        // With no part, all of the body is its preamble.
        let altered = level.overfull || !level.preamble_is_safe;
        if let Recorded::Surveying(plan) = &mut self.recorded {
            plan.entries.truncate(level.entry + 1);
            if let Some(entry) = plan.entries.last_mut() {
                entry.nested = false;
                entry.relabel = false;
                entry.treatment = Treatment::LineEnds;
            }
            self.as_written = false;
        }
        if altered {
            self.note(format!(
                "a {} part may not be re-encoded and holds lines that a mail server may alter",
                level.content_type
            ));
        }
    }
}

/// Character sets in which a line end is more than one octet.
fn is_wide(content_type: &ContentType) -> bool {
    let charset = content_type
        .parameter("charset")
        .unwrap_or_default()
        .to_ascii_lowercase();
    ["utf-16", "utf-32", "ucs-2", "ucs-4", "iso-10646-ucs"]
        .iter()
        .any(|wide| charset.starts_with(wide))
}

/// Longer lines of quoted-printable are not decoded (RFC 2045 6.7 allows 76 octets).
const QUOTED_LINE_LIMIT: usize = 64 << 10;

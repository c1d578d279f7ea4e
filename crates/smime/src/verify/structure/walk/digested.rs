//! DigestedData (RFC 5652 7): content with its digest, which anybody can make.

use identity::DigestAlgorithm;

use super::{Kind, Taker};
use crate::Spool;
use crate::cms::algorithm::Algorithm;
use crate::cms::ber::{INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, context};
use crate::cms::stream::BerStream;
use crate::report::{Code, Finding};
use crate::source::streamed::Octets;
use crate::verify::VerifyError;
use crate::verify::structure::checks;

impl<S: Spool> Taker<'_, S> {
    /// Takes in a DigestedData and compares the digest.
    pub(super) fn digested<'e>(
        &mut self,
        mut stream: BerStream<Octets<'_>>,
        remark: Option<Finding>,
    ) -> Result<Kind<'e>, VerifyError> {
        let limits = self.limits;
        let failed = |error| VerifyError::from_stream(error, limits);
        let malformed = |error: crate::cms::CmsError| failed(error.into());
        stream.content(NAME).map_err(failed)?;
        stream.expect(INTEGER, NAME).map_err(failed)?;
        let algorithm = stream.expect(SEQUENCE, NAME).map_err(failed)?;
        let algorithm = algorithm.value().and_then(|value| Algorithm::read(&value));
        let oid = algorithm.map_err(malformed)?.oid;
        let known = DigestAlgorithm::from_oid(&oid);
        stream.expect_and_enter(SEQUENCE, NAME).map_err(failed)?;
        stream.expect(OBJECT_IDENTIFIER, NAME).map_err(failed)?;
        let mut content = None;
        if stream.optional_and_enter(context(0)).map_err(failed)? {
            stream.expect_string(NAME).map_err(failed)?;
            let intake = self.intake(known.into_iter().collect(), false);
            let fill = |buffer: &mut [u8]| stream.read_octets(buffer).map_err(failed);
            content = Some(intake.read(fill, self.spool, VerifyError::Spool)?);
            stream.leave().map_err(failed)?;
        }
        // EncapsulatedContentInfo
        stream.leave().map_err(failed)?;
        let stated = stream.expect(OCTET_STRING, NAME).map_err(failed)?;
        let stated = stated
            .value()
            .and_then(|value| Ok(value.octets()?.into_owned()))
            .map_err(malformed)?;
        let behind = stream.finish().map_err(failed)?;

        let mut findings = Vec::from_iter(remark);
        checks::check_behind(behind, false, &mut findings);
        findings.push(Finding::new(
            Code::DigestOnly,
            "the message carries a digest of its content (DigestedData): that shows damage, but not who wrote it",
        ));
        match (content, known) {
            (None, _) => findings.push(Finding::new(
                Code::ContentAbsent,
                "the message carries a digest, but not the content that it was made of",
            )),
            (Some(_), None) => findings.push(Finding::new(
                Code::UnsupportedAlgorithm,
                format!("the digest algorithm {oid} is unknown"),
            )),
            (Some(content), Some(known)) => {
                let digests = content.digests(known).unwrap_or_default();
                if !digests.contains(&stated) {
                    findings.push(Finding::new(
                        Code::AlteredContent,
                        format!("the content does not have the {known} digest that the message states"),
                    ));
                }
            }
        }
        Ok(Kind::Digested(findings))
    }
}

const NAME: &str = "DigestedData";

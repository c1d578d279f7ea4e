//! AlgorithmIdentifier (RFC 5280 4.1.1.2).

use const_oid::ObjectIdentifier;

use super::CmsError;
use super::ber::{SEQUENCE, Value, structure};

/// An algorithm and its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Algorithm {
    pub(crate) oid: ObjectIdentifier,
    /// The parameters as DER; `None` if absent.
    pub(crate) parameters: Option<Vec<u8>>,
    /// The whole AlgorithmIdentifier as DER.
    pub(crate) der: Vec<u8>,
}

impl Algorithm {
    pub(crate) fn read(value: &Value<'_>) -> Result<Self, CmsError> {
        if value.tag != SEQUENCE {
            return Err(structure("AlgorithmIdentifier", "it is not a SEQUENCE"));
        }
        let mut fields = value.children();
        let oid = fields
            .expect(super::ber::OBJECT_IDENTIFIER, "AlgorithmIdentifier")?
            .oid()?;
        let parameters = fields.next()?.map(Value::to_der).transpose()?;
        Ok(Self {
            oid,
            parameters,
            der: value.to_der()?,
        })
    }
}

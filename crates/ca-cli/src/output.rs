//! How results look: for people ([`table`]) and for programs ([`json`]).

pub(crate) mod certificate;
pub(crate) mod crl;
pub(crate) mod explain;
pub(crate) mod findings;
pub(crate) mod handout;
pub(crate) mod json;
pub(crate) mod lab;
pub(crate) mod man;
pub(crate) mod ocsp;
pub(crate) mod partner;
pub(crate) mod protected;
pub(crate) mod record;
pub(crate) mod request;
pub(crate) mod structure;
pub(crate) mod table;
mod text;
pub(crate) mod verdict;
pub(crate) mod zip;

pub(crate) use text::{escape_html, grouped, printable, printable_lines, rfc3339, shell_quote};

//! Encoding of to-be-signed certificates.

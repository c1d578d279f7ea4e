//! x509-limbo.

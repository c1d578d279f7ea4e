//! Checks of a to-be-signed certificate before it is signed.

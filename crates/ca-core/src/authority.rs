//! Making certification authorities and issuing certificates.

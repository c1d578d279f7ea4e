//! PKCS#12 containers (RFC 7292): writing and reading `.p12` files.

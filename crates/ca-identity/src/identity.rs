//! An identity: a private key, its certificate and the chain above it.

//! What is asked of AWS-LC itself, beneath the safe interface of `aws-lc-rs`.

#[allow(
    unsafe_code,
    reason = "calls into C; aws-lc-rs offers none of them through its safe interface"
)]
mod aws_lc;

pub(crate) use aws_lc::{FULL_TAG, Gcm, GcmDirection, RsaPadding, is_usable_rsa_key, rsa_decrypt};

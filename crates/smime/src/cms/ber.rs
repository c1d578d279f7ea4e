//! BER values, pulled one by one.

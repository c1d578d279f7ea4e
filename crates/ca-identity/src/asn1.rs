//! Small helpers over the `der` reader shared by the decoders of this crate.

//! The policies that are compiled in.

/// Returns the shipped policies as (file name, text): what `init` copies into a new authority.
pub fn shipped() -> &'static [(&'static str, &'static str)] {
    // Workspace paths: a packaged crate would carry its own copy of these four files.
    &[]
}

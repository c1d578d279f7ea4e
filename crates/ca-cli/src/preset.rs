//! `--p12-preset`: one file or two.

use std::path::{Path, PathBuf};

use identity::pkcs12::Preset;

/// How new P12 files are protected.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub(crate) enum P12Preset {
    /// AES-256 and SHA-256
    Modern,
    /// 3DES and SHA-1, for Apple's and old Windows' importers and gpgsm 2.2
    Compat,
    /// The modern file, and a second one ending in .compat.p12
    Both,
}

impl P12Preset {
    /// Returns what a policy asks for.
    pub(crate) fn of_policy(preset: ca_core::policy::P12Preset) -> Self {
        match preset {
            ca_core::policy::P12Preset::Both => Self::Both,
            ca_core::policy::P12Preset::Compat => Self::Compat,
            _ => Self::Modern,
        }
    }

    /// Returns the files to write with their protection, `p12` being the first.
    pub(crate) fn files(self, p12: &Path) -> Vec<(PathBuf, Preset)> {
        let first = if self == Self::Compat {
            Preset::Compat
        } else {
            Preset::Modern
        };
        std::iter::once((p12.to_path_buf(), first))
            .chain(self.second_file(p12).map(|path| (path, Preset::Compat)))
            .collect()
    }

    /// Returns the second file, if there is one: `NAME.compat.p12` beside `NAME.p12`.
    pub(crate) fn second_file(self, p12: &Path) -> Option<PathBuf> {
        if self != Self::Both {
            return None;
        }
        let name = p12.file_name()?.to_str()?;
        let name = name.strip_suffix(".p12").unwrap_or(name);
        Some(p12.with_file_name(format!("{name}.compat.p12")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_is_two_files() {
        let names = |preset: P12Preset| -> Vec<String> {
            let files = preset.files(Path::new("d/a.b@c.d.p12"));
            files
                .into_iter()
                .map(|(path, _)| path.display().to_string())
                .collect()
        };
        assert_eq!(names(P12Preset::Both), ["d/a.b@c.d.p12", "d/a.b@c.d.compat.p12"]);
        assert_eq!(names(P12Preset::Compat), ["d/a.b@c.d.p12"]);
    }
}

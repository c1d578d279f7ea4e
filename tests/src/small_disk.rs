//! A file system of a few megabytes, to be filled.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A small file system in memory, mounted until this value ends.
#[derive(Debug)]
pub struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Mounts one of a size such as `8m` in a new folder; `None` where nothing may be mounted, which needs root.
    #[must_use]
    pub fn mount(folder: &Path, size: &str) -> Option<Self> {
        std::fs::create_dir(folder).unwrap();
        let options = format!("size={size}");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "tmpfs"])
            .arg(folder)
            .output();
        if !mounted.is_ok_and(|output| output.status.success()) {
            eprintln!("SKIPPED: mounting a small file system needs root");
            return None;
        }
        Some(Self(folder.to_path_buf()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: a process that was killed may hold a file still.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

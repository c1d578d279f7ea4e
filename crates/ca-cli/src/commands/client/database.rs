//! An NSS database (cert9.db, key4.db), reached by the tools of its own project.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use ca_store::atomic::{self, Mode, Overwrite};
use identity::pkcs12::{MACHINE_PASSWORD_ITERATIONS, Preset};
use identity::{Certificate, Passphrase, pem};
use zeroize::Zeroizing;

use super::Import;
use crate::context::Context;
use crate::error::{CommandError, ErrorKind};
use crate::output::partner;

pub(super) struct Database {
    folder: PathBuf,
    password_file: Option<PathBuf>,
}

/// What was new to it.
pub(super) struct Added {
    pub(super) root: bool,
    pub(super) identity: bool,
    /// The name of the identity's certificate there.
    pub(super) nickname: String,
}

impl Database {
    /// The database of a folder, there or not.
    pub(super) fn of(folder: &Path, password_file: Option<&PathBuf>) -> Result<Self, CommandError> {
        if !folder.is_dir() {
            return Err(CommandError::new(
                ErrorKind::NotFound,
                format!("there is no directory {}", folder.display()),
            ));
        }
        let absolute = |path: &Path| {
            std::path::absolute(path)
                .map_err(|error| CommandError::io(format!("cannot find {}", path.display()), &error))
        };
        Ok(Self {
            folder: absolute(folder)?,
            password_file: password_file.map(|file| absolute(file)).transpose()?,
        })
    }

    /// Makes it, without a password, where there is none.
    pub(super) fn make_if_missing(&self) -> Result<(), CommandError> {
        if self.folder.join("cert9.db").exists() {
            return Ok(());
        }
        let mut command = self.tool("certutil");
        command.args(["-N", "--empty-password"]);
        run(command)
    }

    /// Imports what is not there yet.
    pub(super) fn import(&self, context: &Context, import: &Import) -> Result<Added, CommandError> {
        let scratch = tempfile::tempdir()
            .map_err(|error| CommandError::io("cannot make a folder for what is handed over", &error))?;
        let root = partner::name(&import.root);
        let is_trusted = self.holds(&root, &import.root)? && self.trusts(&root)?;
        if !is_trusted {
            let file = scratch.path().join("root.pem");
            let text = pem::encode("CERTIFICATE", import.root.der());
            atomic::write(&file, text.as_bytes(), Mode::Public, Overwrite::Refuse)?;
            let mut command = self.tool("certutil");
            command.args(["-A", "-n", &root, "-t", ",C,", "-i"]).arg(&file);
            self.unlock(&mut command, "-f");
            run(command)?;
        }
        let email = email(import);
        let held = self.holds(&email, import.identity.certificate())?;
        let has_key = held && self.has_key(&email)?;
        if !has_key {
            // A fresh password, which is gone with the folder: the identity's own stays out of others' hands.
            let password = Passphrase::generate()?;
            let p12 = import.identity.to_pkcs12(
                &email,
                &password,
                Preset::Modern,
                Some(MACHINE_PASSWORD_ITERATIONS),
            )?;
            let (file, pin) = (scratch.path().join("identity.p12"), scratch.path().join("pin"));
            atomic::write(&file, &p12, Mode::Secret, Overwrite::Refuse)?;
            let line = Zeroizing::new(format!("{}\n", password.as_str()));
            atomic::write(&pin, line.as_bytes(), Mode::Secret, Overwrite::Refuse)?;
            let mut command = self.tool("pk12util");
            command.arg("-i").arg(&file).arg("-w").arg(&pin);
            self.unlock(&mut command, "-k");
            run(command)?;
            if !self.holds(&email, import.identity.certificate())? {
                context.ui.warning(&format!(
                    "the database has another certificate under the name {email}, an older one perhaps: choose the new one in the program"
                ));
            }
        }
        Ok(Added {
            root: !is_trusted,
            identity: !has_key,
            nickname: email,
        })
    }

    /// Tells whether a certificate is there under a name, among others of that name perhaps.
    fn holds(&self, nickname: &str, certificate: &Certificate) -> Result<bool, CommandError> {
        let mut command = self.tool("certutil");
        command.args(["-L", "-n", nickname, "-a"]);
        let output = spawn(command)?;
        let all = pem::certificates(&output.stdout).unwrap_or_default();
        Ok(all.iter().any(|one| one.der() == certificate.der()))
    }

    /// Tells whether a certificate is trusted to issue for mail.
    fn trusts(&self, nickname: &str) -> Result<bool, CommandError> {
        let mut command = self.tool("certutil");
        command.arg("-L");
        let output = spawn(command)?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let flags = text
            .lines()
            .filter_map(|line| line.trim_end().rsplit_once(' '))
            .find(|(name, _)| name.trim_end() == nickname)
            .map(|(_, flags)| flags.to_owned());
        let mail = flags.and_then(|flags| flags.split(',').nth(1).map(str::to_owned));
        Ok(mail.is_some_and(|mail| mail.contains('C')))
    }

    /// Tells whether the key of a certificate is there.
    fn has_key(&self, nickname: &str) -> Result<bool, CommandError> {
        let mut command = self.tool("certutil");
        command.args(["-K", "-n", nickname]);
        self.unlock(&mut command, "-f");
        Ok(spawn(command)?.status.success())
    }

    fn tool(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.arg("-d").arg(format!("sql:{}", self.folder.display()));
        command
    }

    fn unlock(&self, command: &mut Command, flag: &str) {
        if let Some(file) = &self.password_file {
            command.arg(flag).arg(file);
        }
    }
}

/// The address by which an identity is known.
pub(super) fn email(import: &Import) -> String {
    let emails = import.identity.certificate().emails();
    emails.into_iter().next().unwrap_or_else(|| "cachet".to_owned())
}

fn spawn(mut command: Command) -> Result<std::process::Output, CommandError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output();
    output.map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => CommandError::new(
            ErrorKind::NotFound,
            format!("the program {program} of NSS is not installed"),
        )
        .hint("apt install libnss3-tools (Debian, Ubuntu), dnf install nss-tools (Fedora), brew install nss (macOS)"),
        _ => CommandError::io(format!("cannot run {program}"), &error),
    })
}

fn run(command: Command) -> Result<(), CommandError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = spawn(command)?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(
        CommandError::new(ErrorKind::BadInput, format!("{program} failed: {said}"))
            .hint("if the program has a primary password, give it with --database-password-file FILE"),
    )
}

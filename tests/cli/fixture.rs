//! A CA in a sandbox, as most tests need one.

use test_support::{Run, Sandbox};

/// An empty sandbox.
pub(crate) fn empty() -> Sandbox {
    Sandbox::new(env!("CARGO_BIN_EXE_cachet"))
}

/// A sandbox with an initialised CA in `ca-data`, its root in `root.pem` and the p12 password `secret` in `pw`.
pub(crate) fn with_ca() -> Sandbox {
    let sandbox = empty();
    sandbox
        .cachet(&[
            "init",
            "--name",
            "Test School",
            "--organization",
            "School",
            "--unattended",
        ])
        .ok();
    sandbox.line("trust export --for pem --out root.pem").ok();
    sandbox.write("pw", "secret\n");
    sandbox
}

/// Issues a quick Class 1 identity (P-256) into the working directory.
pub(crate) fn issue(sandbox: &Sandbox, address: &str) {
    sandbox
        .line(&format!(
            "issue --class 1 --email {address} --key ec-p256 --evidence mailbox=asked --p12-password-file pw"
        ))
        .ok();
}

/// Runs a command that reads a secret from the file `slow`, and does something while it waits for that; then writes the secret.
pub(crate) fn while_asked(sandbox: &Sandbox, line: &str, secret: &str, meanwhile: impl FnOnce()) -> Run {
    let pipe = sandbox.path("slow");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let mut command = sandbox.command();
    command.args(line.split_whitespace());
    std::thread::scope(|scope| {
        let running = scope.spawn(|| test_support::run(&mut command, b""));
        // Opens once the other side reads: the secret is being waited for.
        let mut waiting = std::fs::OpenOptions::new().write(true).open(&pipe).unwrap();
        meanwhile();
        std::io::Write::write_all(&mut waiting, secret.as_bytes()).unwrap();
        drop(waiting);
        running.join().unwrap()
    })
}

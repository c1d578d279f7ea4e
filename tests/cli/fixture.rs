//! A CA in a sandbox, as most tests need one.

use test_support::Sandbox;

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

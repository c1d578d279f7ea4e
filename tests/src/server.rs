//! A server of the binary's, running until the test has what it wants.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::process::{Child, Stdio};

use crate::Sandbox;

/// A running `cachet ocsp serve`; it ends with this value.
#[derive(Debug)]
pub struct Server(pub Child);

impl Server {
    /// Starts the responder of the CA in `sandbox` at `port` of this machine, and waits until it listens.
    #[must_use]
    pub fn ocsp(sandbox: &Sandbox, port: u16) -> Self {
        let mut child = sandbox
            .command()
            .args(["ocsp", "serve", "--format", "json", "--listen"])
            .arg(format!("127.0.0.1:{port}"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        // The report ends with a line of its own; then the port is open.
        while said.read_line(&mut line).unwrap() > 0 && line != "}\n" {
            line.clear();
        }
        assert_eq!(line, "}\n", "it does not serve");
        Self(child)
    }

    /// A port that is free now, and hardly taken by the time a server listens.
    #[must_use]
    pub fn free_port() -> u16 {
        TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port()
    }
}

/// Makes a CA in `ca` whose certificates name a responder at a free port of this machine, below `path`; returns the port.
#[must_use]
pub fn with_responder(binary: &str, policies: &[(&str, &str)], name: &str, path: &str) -> (Sandbox, u16) {
    let sandbox = Sandbox::new(binary).with("CACHET_DIR", "ca");
    let port = Server::free_port();
    for (file, text) in policies {
        let text = text.replace("\n  ocsp: false", "\n  ocsp: true");
        sandbox.write(&format!("policies/{file}"), text);
    }
    sandbox
        .line(&format!(
            "init --name {name} --unattended --policies policies --base-url http://127.0.0.1:{port}{path}"
        ))
        .ok();
    (sandbox, port)
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

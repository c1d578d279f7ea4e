//! NSS and gpgsm honour our revocation lists, gpgsm by fetching them from where certificates say.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};

use test_support::{Gpgsm, Nss, Sandbox, openssl};

const PASSWORD: &str = "correct horse 42";
const GONE: &str = "gone@example.com";
const GOOD: &str = "good@example.com";

#[test]
fn nss_and_gpgsm_see_who_is_revoked() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let sandbox = Sandbox::new(env!("CARGO_BIN_EXE_cachet")).with("CACHET_DIR", "ca");
    // dirmngr 2.2 verifies the signatures of lists for RSA keys alone.
    sandbox
        .line(&format!(
            "init --name Revocation --unattended --key rsa-2048 --base-url {base}"
        ))
        .ok();
    sandbox.line("trust export --for pem --out root.pem").ok();
    sandbox.write("pw", format!("{PASSWORD}\n"));
    for address in [GONE, GOOD] {
        sandbox
            .line(&format!(
                "issue --class 1 --email {address} --key rsa-2048 --evidence mailbox=test --p12-password-file pw \
                 --p12-preset compat"
            ))
            .ok();
    }
    sandbox
        .line(&format!("cert revoke {GONE} --reason key-compromise --yes"))
        .ok();
    let root = sandbox.path("root.pem");

    // The system's NSS, and the one that Thunderbird brings.
    for nss in [Nss::new(), Nss::of_thunderbird()].into_iter().flatten() {
        nss.trust(&root);
        for address in [GONE, GOOD] {
            nss.import_p12(&sandbox.path(&format!("{address}.p12")), PASSWORD)
                .ok();
        }
        for name in ["class-1", "root-ca"] {
            nss.import_crl(&list(&sandbox, name)).ok();
        }
        nss.verify_signer(GOOD).ok();
        nss.verify_signer(GONE).fails().says("revoked");
    }

    let (Some(gpgsm), Some(openssl)) = (Gpgsm::new(), openssl()) else {
        return;
    };
    serve(listener, sandbox.path("ca/publish"));
    let fingerprint = openssl
        .run(
            sandbox.folder(),
            &["x509", "-in", "root.pem", "-noout", "-fingerprint", "-sha1"],
        )
        .ok()
        .text();
    gpgsm.trust(
        &root,
        &fingerprint.split('=').nth(1).unwrap().trim().replace(':', ""),
    );
    for address in [GONE, GOOD] {
        gpgsm.import(&sandbox.path(&format!("{address}.chain.pem")));
        gpgsm.import(&sandbox.path(&format!("{address}.crt")));
    }
    let judge = |address: &str| gpgsm.validate_with_lists(address);
    let good = judge(GOOD);
    assert!(good.contains("certificate is good"), "{good}");
    let gone = judge(GONE);
    assert!(gone.contains("certificate has been revoked"), "{gone}");
}

fn list(sandbox: &Sandbox, part: &str) -> PathBuf {
    let files = sandbox.files("ca/publish/crl");
    let file = files.iter().find(|file| file.contains(part)).unwrap();
    sandbox.path("ca/publish/crl").join(file)
}

/// Serves a folder as any web server would, until the test ends.
fn serve(listener: TcpListener, folder: PathBuf) {
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // Whoever hangs up gets nothing.
            let _ = answer(stream, &folder);
        }
    });
}

fn answer(stream: TcpStream, folder: &Path) -> std::io::Result<()> {
    let mut reader = BufReader::new(&stream);
    let mut request = String::new();
    reader.read_line(&mut request)?;
    let mut line = String::new();
    while reader.read_line(&mut line)? > 2 {
        line.clear();
    }
    let path = request.split(' ').nth(1).unwrap_or_default();
    let body = std::fs::read(folder.join(path.trim_start_matches('/')));
    let mut stream = &stream;
    match body {
        Ok(body) => {
            write!(
                stream,
                "HTTP/1.0 200 OK\r\nContent-Type: application/pkix-crl\r\nContent-Length: {}\r\n\r\n",
                body.len()
            )?;
            stream.write_all(&body)
        }
        Err(_) => write!(stream, "HTTP/1.0 404 Not Found\r\nContent-Length: 0\r\n\r\n"),
    }
}

//! `cachet ocsp serve`, judged by OpenSSL, NSS, curl and our own client.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ca_core::ledger::{CertificateFilter, Ledger as _, Revocation, RevocationReason};
use ca_store::SqliteLedger;
use chrono::Utc;
use test_support::{Peer, Run, Sandbox, Server, openssl, with_responder};

/// A CA whose certificates name the responder at `port`, with two people.
struct House {
    sandbox: Sandbox,
    port: u16,
}

impl House {
    fn new() -> Self {
        let policies = ca_core::policy::shipped();
        let (sandbox, port) = with_responder(env!("CARGO_BIN_EXE_cachet"), policies, "Pond", "/pki");
        let own = Self { sandbox, port };
        for name in ["alice", "bob"] {
            own.sandbox
                .line(&format!(
                    "issue --class 1 --email {name}@example.com --key ec-p256 --evidence mailbox=x --key-file"
                ))
                .ok();
        }
        let chain = String::from_utf8(own.sandbox.read("alice@example.com.chain.pem")).unwrap();
        let (issuing, root) = chain.split_at(chain.rfind("-----BEGIN").unwrap());
        own.sandbox.write("issuing.pem", issuing);
        own.sandbox.write("root.pem", root);
        own
    }

    fn ledger(&self) -> SqliteLedger {
        SqliteLedger::open(&self.sandbox.path("ca/ca.db")).unwrap()
    }

    /// Revokes as another process would.
    fn revoke(&self, email: &str, reason: RevocationReason) {
        let ledger = self.ledger();
        let filter = CertificateFilter {
            email: Some(email.to_owned()),
            ..CertificateFilter::default()
        };
        let found = ledger.list(&filter, Utc::now()).unwrap();
        let revocation = Revocation {
            serial: *found[0].serial(),
            reason,
            at: Utc::now(),
            invalidity_date: None,
            recorded_at: Utc::now(),
        };
        ledger.revoke(&[revocation], &[]).unwrap();
    }

    fn serve(&self) -> Server {
        Server::ocsp(&self.sandbox, self.port)
    }

    /// What OpenSSL makes of the answer about somebody.
    fn openssl(&self, openssl: &Peer, flags: &str, name: &str, more: &str) -> String {
        let line = format!(
            "ocsp {flags} -issuer issuing.pem -cert {name}@example.com.crt -CAfile root.pem \
             -url http://127.0.0.1:{}/ocsp {more}",
            self.port
        );
        let arguments: Vec<&str> = line.split_whitespace().collect();
        said(openssl.run(self.sandbox.folder(), &arguments))
    }

    /// Sends a request as it is; returns the head and the body of what comes back.
    fn http(&self, request: &[u8]) -> (String, Vec<u8>) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.write_all(request).unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let end = answer.windows(4).position(|window| window == b"\r\n\r\n");
        let body = answer.split_off(end.map_or(answer.len(), |end| end + 4));
        (String::from_utf8(answer).unwrap().to_lowercase(), body)
    }

    fn get(&self, path: &str, fields: &str) -> (String, Vec<u8>) {
        self.http(
            format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{fields}\r\n").as_bytes(),
        )
    }
}

/// Everything that a program said: verdicts go to one stream or the other.
fn said(run: Run) -> String {
    format!("{}{}", run.text(), run.stderr)
}

/// Asks a server to end, and returns how it did.
fn stop(mut server: Server) -> Option<i32> {
    let pid = rustix::process::Pid::from_child(&server.0);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    server.0.wait().unwrap().code()
}

/// Waits for what another process does within a second; slow machines get more.
fn soon(what: &str, mut happens: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !happens() {
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "{what} does not happen"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn openssl_believes_good_revoked_and_unknown() {
    let Some(peer) = openssl() else { return };
    let house = House::new();
    let server = house.serve();
    for flags in ["", "-no_nonce", "-sha256", "-no_nonce -sha256"] {
        let good = house.openssl(&peer, flags, "alice", "");
        assert!(good.contains("Response verify OK"), "{flags}: {good}");
        assert!(good.contains("alice@example.com.crt: good"), "{flags}: {good}");
        assert!(!good.contains("WARNING"), "{flags}: {good}");
        let unknown = house.openssl(&peer, flags, "alice", "-serial 0x1234");
        assert!(unknown.contains("0x1234: unknown"), "{flags}: {unknown}");
    }
    house.revoke("bob@example.com", RevocationReason::KeyCompromise);
    for flags in ["", "-no_nonce"] {
        soon("the revocation", || {
            let bob = house.openssl(&peer, flags, "bob", "");
            assert!(bob.contains("Response verify OK"), "{bob}");
            bob.contains("bob@example.com.crt: revoked") && bob.contains("Reason: keyCompromise")
        });
    }
    assert_eq!(stop(server), Some(0));
}

#[test]
fn nss_believes_good_and_revoked() {
    let (Some(certutil), Some(vfychain)) = (Peer::find("certutil"), Peer::find("vfychain")) else {
        return;
    };
    let house = House::new();
    let _server = house.serve();
    let folder = house.sandbox.folder();
    house.sandbox.write("nss/empty", "");
    for line in [
        "-N -d sql:nss --empty-password",
        "-A -d sql:nss -n root -t ,C, -a -i root.pem",
    ] {
        certutil.run(folder, &line.split(' ').collect::<Vec<_>>()).ok();
    }
    // Usage 4 is the signer of mail.
    let line = "-d sql:nss -pp -g leaf -m ocsp -s requireInfo -u 4 -a alice@example.com.crt -a issuing.pem";
    let verify = || said(vfychain.run(folder, &line.split(' ').collect::<Vec<_>>()));
    assert!(verify().contains("Chain is good"), "{}", verify());
    house.revoke("alice@example.com", RevocationReason::KeyCompromise);
    soon("the revocation", || verify().to_lowercase().contains("revoked"));
}

#[test]
fn mail_of_a_revoked_signer_is_not_valid() {
    let house = House::new();
    let _server = house.serve();
    let sandbox = &house.sandbox;
    let pem = ["key", "crt", "chain.pem"].map(|part| sandbox.read(&format!("alice@example.com.{part}")));
    sandbox.write("alice.pem", pem.concat());
    sandbox.write("letter", "The frog is in the pond.\n");
    sandbox
        .line("mail sign --identity alice.pem --to bob@example.com --subject Frog --out signed.eml letter")
        .ok();
    let verify = "mail verify --trust root.pem --ocsp --allow-private-addresses --format json signed.eml";
    assert_eq!(sandbox.line(verify).ok().json()["verdict"], "valid");
    let check =
        "ocsp check alice@example.com.crt --issuer issuing.pem --allow-private-addresses --format json";
    let good = sandbox.line(check).ok().json();
    assert_eq!(good["status"], "good", "{good:#}");
    assert_eq!(good["nonce"], true, "{good:#}");
    assert_eq!(good["responder"], "CN=Pond Class 1 CA OCSP", "{good:#}");
    // Of our own certificates the address is enough.
    house
        .sandbox
        .line("ocsp check alice@example.com --allow-private-addresses")
        .ok();
    house
        .sandbox
        .line("ocsp check root.pem")
        .exits(2)
        .says("--issuer FILE");
    house.revoke("alice@example.com", RevocationReason::CertificateHold);
    // Our own client sends nonces: nothing that is kept can be the answer.
    let judged = sandbox.line(verify).exits(4).json();
    assert_eq!(judged["signers"][0]["status"], "revoked", "{judged:#}");
    let held = sandbox.line(&format!("{check} --digest sha256")).exits(4).json();
    assert_eq!(
        (&held["status"], &held["reason"], &held["reliable"]),
        (&"revoked".into(), &6.into(), &true.into()),
        "{held:#}"
    );
    sandbox
        .line("ocsp check alice@example.com.crt --issuer root.pem")
        .exits(1)
        .says("has issued");
    sandbox
        .line("ocsp check alice@example.com.crt --issuer issuing.pem")
        .exits(1)
        .says("--allow-private-addresses");
}

#[test]
fn answers_can_be_fetched_and_kept_on_the_way() {
    let Some(peer) = openssl() else { return };
    let house = House::new();
    let _server = house.serve();
    let sandbox = &house.sandbox;
    peer.run(
        sandbox.folder(),
        &[
            "ocsp",
            "-issuer",
            "issuing.pem",
            "-cert",
            "alice@example.com.crt",
            "-no_nonce",
            "-reqout",
            "request",
        ],
    )
    .ok();
    let text = STANDARD.encode(sandbox.read("request"));
    let escaped = text.replace('/', "%2F").replace('+', "%2B").replace('=', "%3D");
    let (head, answer) = house.get(&format!("/ocsp/{escaped}"), "");
    assert!(head.starts_with("http/1.1 200"), "{head}");
    for field in [
        "content-type: application/ocsp-response",
        "cache-control: max-age=3600",
        "last-modified: ",
        "expires: ",
    ] {
        assert!(head.contains(field), "{field}: {head}");
    }
    sandbox.write("answer", &answer);
    let read = said(peer.run(
        sandbox.folder(),
        &[
            "ocsp",
            "-respin",
            "answer",
            "-issuer",
            "issuing.pem",
            "-cert",
            "alice@example.com.crt",
            "-CAfile",
            "root.pem",
            "-no_nonce",
        ],
    ));
    assert!(
        read.contains("Response verify OK") && read.contains(": good"),
        "{read}"
    );
    // The same below the path of the base URL, unescaped, and by POST: one answer, made once.
    let (_, again) = house.get(&format!("/pki/ocsp/{text}"), "");
    assert_eq!(again, answer);
    let request = sandbox.read("request");
    let post = format!(
        "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/ocsp-request\r\n\
         Content-Length: {}\r\n\r\n",
        request.len()
    );
    let (_, posted) = house.http(&[post.as_bytes(), &request].concat());
    assert_eq!(posted, answer);
    let tag = head
        .lines()
        .find_map(|line| line.strip_prefix("etag: "))
        .unwrap()
        .to_owned();
    let (unchanged, nothing) = house.get(&format!("/ocsp/{text}"), &format!("If-None-Match: {tag}\r\n"));
    assert!(
        unchanged.starts_with("http/1.1 304") && nothing.is_empty(),
        "{unchanged}"
    );
}

#[test]
fn lists_and_certificates_of_authorities_are_served() {
    let house = House::new();
    let _server = house.serve();
    let sandbox = &house.sandbox;
    let id = house.ledger().authorities().unwrap()[1].id.clone();
    let (head, der) = house.get(&format!("/pki/ca/{id}.crt"), "");
    assert!(head.contains("application/pkix-cert"), "{head}");
    assert_eq!(der, house.ledger().authorities().unwrap()[1].certificate);
    assert!(house.get("/crl/nothing.crl", "").0.starts_with("http/1.1 404"));
    for list in ["first", "second"] {
        sandbox.write(&format!("ca/publish/crl/{id}.crl"), list);
        let (head, body) = house.get(&format!("/pki/crl/{id}.crl"), "");
        assert!(head.contains("application/pkix-crl"), "{head}");
        assert_eq!(body, list.as_bytes());
    }
    for path in [
        "/crl/../../ca.db",
        "/crl/..%2f..%2fca.db",
        "/ca/..%2f..%2funlock",
        "/crl/.crl",
        "/unlock",
    ] {
        let (head, _) = house.get(path, "");
        assert!(head.starts_with("http/1.1 404"), "{path}: {head}");
    }
}

#[test]
fn clients_that_misbehave_do_not_stop_the_server() {
    let house = House::new();
    let server = house.serve();
    let idle: Vec<TcpStream> = (0..100)
        .map(|_| TcpStream::connect(("127.0.0.1", house.port)).unwrap())
        .collect();
    let big = format!(
        "POST /ocsp HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 100000000\r\n\r\n{}",
        "x".repeat(100_000)
    );
    let (head, _) = house.http(big.as_bytes());
    assert!(head.is_empty() || head.starts_with("http/1.1 413"), "{head}");
    for (path, code) in [
        ("/ocsp/MEI=", 1),
        ("/ocsp/%", 1),
        ("/ocsp/MAoAAAAAAAAAAAAAAAA=", 1),
    ] {
        let (head, body) = house.get(path, "");
        assert!(head.starts_with("http/1.1 200"), "{path}: {head}");
        assert_eq!(body, [0x30, 3, 0x0a, 1, code], "{path}");
    }
    let (head, _) = house.http(b"\x16\x03\x01 this is no HTTP\r\n\r\n");
    assert!(head.is_empty() || head.starts_with("http/1.1 400"), "{head}");
    let (head, _) = house.get(&format!("/ocsp/{}", "A".repeat(100_000)), "");
    assert!(!head.starts_with("http/1.1 200"), "{head}");
    let check = "ocsp check alice@example.com.crt --issuer issuing.pem --allow-private-addresses";
    house.sandbox.line(check).ok();
    drop(idle);
    assert_eq!(stop(server), Some(0));
}

#[test]
fn a_responder_keeps_its_certificates_until_half_time() {
    let house = House::new();
    let ledger = house.ledger();
    let id = ledger.authorities().unwrap()[1].id.clone();
    for _ in 0..2 {
        assert_eq!(stop(house.serve()), Some(0));
        assert_eq!(ledger.responders(&id).unwrap().len(), 1);
    }
    let later = (Utc::now() + chrono::TimeDelta::days(20))
        .format("%FT%TZ")
        .to_string();
    let aged = House {
        sandbox: house.sandbox.with("CACHET_NOW", &later),
        port: house.port,
    };
    assert_eq!(stop(aged.serve()), Some(0));
    assert_eq!(ledger.responders(&id).unwrap().len(), 2);
    let people = ledger.list(&CertificateFilter::default(), Utc::now()).unwrap();
    assert_eq!(people.len(), 2, "responders are no people");
    aged.sandbox.line("audit verify").ok();
}

#[test]
fn what_is_served_is_fetched_and_compared() {
    let house = House::new();
    let check = |more: &str| house.sandbox.line(&format!("crl check --fetch {more}"));
    // Nobody serves yet.
    check("--allow-private-addresses").exits(4).says("crl-not-served");
    let server = house.serve();
    check("--allow-private-addresses").ok();
    check("").exits(4).says("private");
    // A revocation without its list: what is served is behind what is on record.
    house.revoke("alice@example.com", RevocationReason::KeyCompromise);
    drop(server);
    let list = house.sandbox.files("ca/publish/crl");
    let list = list.iter().find(|file| file.contains("class-1")).unwrap();
    let old = house.sandbox.read(&format!("ca/publish/crl/{list}"));
    house.sandbox.line("crl publish").ok();
    house.sandbox.line("crl check").ok();
    let all = house.sandbox.line("crl show --format json").ok().json();
    let revoked: u64 = all
        .as_array()
        .unwrap()
        .iter()
        .map(|list| list["revoked"].as_u64().unwrap())
        .sum();
    assert_eq!((all.as_array().unwrap().len(), revoked), (4, 1), "{all}");
    house.sandbox.line("crl show").ok().says("Pond Class 1 CA");
    house
        .sandbox
        .line("crl show --format csv")
        .ok()
        .says("key-compromise");
    house.sandbox.write(&format!("elsewhere/crl/{list}"), old);
    let server = house
        .sandbox
        .command()
        .args(["ocsp", "serve", "--publish", "elsewhere", "--listen"])
        .arg(format!("127.0.0.1:{}", house.port))
        .stdout(std::process::Stdio::null())
        .spawn()
        .map(Server)
        .unwrap();
    while TcpStream::connect(("127.0.0.1", house.port)).is_err() {}
    check("--allow-private-addresses").exits(4);
    drop(server);
}

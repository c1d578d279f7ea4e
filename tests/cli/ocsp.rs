//! What responders say about certificates: from files, and asked with `--ocsp`.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use test_support::{Peer, Run, Sandbox, openssl};

const EXTENSIONS: &str = "[ca]\nbasicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign,cRLSign\n\
    subjectKeyIdentifier=hash\n\
    [responder]\nextendedKeyUsage=OCSPSigning\nkeyUsage=digitalSignature\nnoCheck=yes\n\
    [leaf]\nextendedKeyUsage=emailProtection\nkeyUsage=digitalSignature\nsubjectAltName=email:a@example.com\n\
    authorityInfoAccess=OCSP;URI:";

/// A root, three leaves that name the responder at `port`, and a responder's certificate.
struct Authority {
    sandbox: Sandbox,
    openssl: Peer,
    port: u16,
}

impl Authority {
    /// `None` where OpenSSL is missing.
    fn new(path: &str) -> Option<(Self, TcpListener)> {
        let openssl = openssl()?;
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let own = Self {
            sandbox: Sandbox::new(env!("CARGO_BIN_EXE_cachet")),
            openssl,
            port,
        };
        let extensions = format!("{EXTENSIONS}http://127.0.0.1:{port}{path}\n");
        own.sandbox.write("extensions", extensions);
        own.certify("ca", "01", "ca", None);
        own.certify("good", "1001", "leaf", Some("ca"));
        own.certify("bad", "1002", "leaf", Some("ca"));
        own.certify("never", "1003", "leaf", Some("ca"));
        own.certify("responder", "1009", "responder", Some("ca"));
        own.certify("stranger", "100a", "ca", None);
        own.sandbox.write(
            "index",
            "V\t491201000000Z\t\t1001\tunknown\t/CN=good\n\
             R\t491201000000Z\t261101000000Z,keyCompromise\t1002\tunknown\t/CN=bad\n",
        );
        Some((own, listener))
    }

    fn openssl(&self, line: &str) -> Run {
        let arguments: Vec<&str> = line.split(' ').collect();
        self.openssl.run(self.sandbox.folder(), &arguments)
    }

    fn certify(&self, name: &str, serial: &str, extensions: &str, issuer: Option<&str>) {
        self.openssl(&format!(
            "req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout {name}.key -out {name}.csr -subj /CN={name}"
        ))
        .ok();
        let by = issuer.map_or_else(
            || format!("-signkey {name}.key"),
            |issuer| format!("-CA {issuer}.pem -CAkey {issuer}.key"),
        );
        self.openssl(&format!(
            "x509 -req -in {name}.csr {by} -set_serial 0x{serial} -days 30 -extfile extensions -extensions {extensions} \
             -out {name}.pem"
        ))
        .ok();
    }

    /// OpenSSL's responder, until the value is dropped.
    fn responder(&self, signer: &str) -> Responder {
        let arguments = format!(
            "ocsp -index index -port {} -rsigner {signer}.pem -rkey {signer}.key -CA ca.pem -ndays 1",
            self.port
        );
        let mut child = self
            .openssl
            .command()
            .args(arguments.split(' '))
            .current_dir(self.sandbox.folder())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // It tells when it listens.
        let mut said = String::new();
        BufReader::new(child.stderr.take().unwrap())
            .read_line(&mut said)
            .unwrap();
        assert!(said.contains("waiting"), "{said}");
        Responder(child)
    }

    fn verify(&self, name: &str, flags: &str) -> Run {
        self.sandbox.line(&format!(
            "cert verify {name}.pem --trust ca.pem --format json {flags}"
        ))
    }
}

struct Responder(Child);

impl Drop for Responder {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

const ASK: &str = "--ocsp --allow-private-addresses --revocation required";

#[test]
fn openssl_answers_when_asked() {
    let Some((authority, listener)) = Authority::new("/") else {
        return;
    };
    drop(listener);
    {
        let _responder = authority.responder("responder");
        assert_eq!(authority.verify("good", ASK).ok().json()["verdict"], "valid");
        let bad = authority.verify("bad", ASK).exits(4).json();
        assert_eq!(bad["status"], "revoked", "{bad:#}");
        let never = authority.verify("never", ASK).exits(4).json();
        assert_eq!(never["status"], "revocation-unknown", "{never:#}");
        // Nobody is asked unasked, nor in the reader's own network.
        assert_eq!(authority.verify("bad", "").ok().json()["verdict"], "valid");
        let private = authority
            .verify("bad", "--ocsp --revocation required")
            .exits(4)
            .json();
        assert_eq!(private["verdict"], "indeterminate", "{private:#}");
        assert!(
            private.to_string().contains("--allow-private-addresses"),
            "{private:#}"
        );
    }
    // Nobody is there any more.
    let gone = authority.verify("good", ASK).exits(4).json();
    assert_eq!(gone["verdict"], "indeterminate", "{gone:#}");
    assert!(gone.to_string().contains("status-not-fetched"), "{gone:#}");
}

#[test]
fn a_stranger_may_not_answer() {
    let Some((authority, listener)) = Authority::new("/") else {
        return;
    };
    drop(listener);
    let _responder = authority.responder("stranger");
    for name in ["good", "bad"] {
        let found = authority.verify(name, ASK).exits(4).json();
        assert_eq!(found["verdict"], "indeterminate", "{name}: {found:#}");
    }
}

#[test]
fn answers_are_read_from_files() {
    let Some((authority, _listener)) = Authority::new("/") else {
        return;
    };
    for name in ["good", "bad"] {
        authority
            .openssl(&format!(
                "ocsp -issuer ca.pem -cert {name}.pem -reqout {name}.request -no_nonce"
            ))
            .ok();
        authority
            .openssl(&format!(
                "ocsp -index index -rsigner responder.pem -rkey responder.key -CA ca.pem -ndays 1 \
                 -reqin {name}.request -respout {name}.answer"
            ))
            .ok();
    }
    let sandbox = &authority.sandbox;
    authority
        .verify("good", "--ocsp-answer good.answer --revocation required")
        .ok();
    let bad = authority
        .verify("bad", "--ocsp-answer bad.answer")
        .exits(4)
        .json();
    assert_eq!(bad["status"], "revoked");
    // An answer about another certificate says nothing, nor does an old or a damaged one.
    let other = authority
        .verify("good", "--ocsp-answer bad.answer --revocation required")
        .exits(4);
    assert_eq!(other.json()["verdict"], "indeterminate");
    authority
        .verify(
            "good",
            "--ocsp-answer good.answer --revocation required --now 2026-01-01T00:00:00Z",
        )
        .exits(4);
    let mut damaged = sandbox.read("good.answer");
    *damaged.last_mut().unwrap() ^= 1;
    sandbox.write("damaged", damaged);
    authority
        .verify("good", "--ocsp-answer damaged --revocation required")
        .exits(4);
    authority
        .verify("good", "--ocsp-answer good.pem")
        .exits(1)
        .says("no OCSP answer");
    let shown = sandbox.line("inspect bad.answer --format json").ok().json();
    assert_eq!(shown["kind"], "ocsp", "{shown:#}");
}

/// What a server does with whoever connects.
type Answering = fn(&mut dyn Write);

/// A server that sends `answer` to whoever connects, `times` times.
fn serve(listener: TcpListener, times: usize, answer: Answering) {
    std::thread::spawn(move || {
        for _ in 0..times {
            let Ok((mut stream, _)) = listener.accept() else {
                return;
            };
            let _ = stream.set_read_timeout(Some(Duration::from_millis(200)));
            let _ = stream.read(&mut [0; 4096]);
            answer(&mut stream);
        }
    });
}

#[test]
fn servers_that_misbehave_are_given_up() {
    let cases: [(&str, Answering); 4] = [
        ("longer than", |stream| {
            let _ = write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n");
            while stream.write_all(&[0; 65536]).is_ok() {}
        }),
        ("redirects", |stream| {
            let _ = write!(
                stream,
                "HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n"
            );
        }),
        ("status 500", |stream| {
            let _ = write!(stream, "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n");
        }),
        ("could not be fetched", |stream| {
            let _ = write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
        }),
    ];
    for (says, answer) in cases {
        let Some((authority, listener)) = Authority::new("/") else {
            return;
        };
        serve(listener, 8, answer);
        let found = authority.verify("good", ASK).exits(4).json();
        assert_eq!(found["verdict"], "indeterminate", "{says}: {found:#}");
        assert!(found.to_string().contains(says), "{says}: {found:#}");
    }
}

#[test]
fn a_server_that_says_nothing_is_not_waited_for() {
    let Some((authority, _listener)) = Authority::new("/") else {
        return;
    };
    // It listens and never accepts: the bound is ten seconds, and the test only wants an end.
    let begun = Instant::now();
    let found = authority.verify("good", ASK).exits(4).json();
    assert!(found.to_string().contains("no answer within"), "{found:#}");
    assert!(begun.elapsed() < Duration::from_secs(60));
}

#[test]
fn answers_are_held_against_the_lints() {
    let Some((authority, _listener)) = Authority::new("/") else {
        return;
    };
    authority
        .openssl("ocsp -issuer ca.pem -cert bad.pem -reqout bad.request -no_nonce")
        .ok();
    for (how, expected) in [
        ("-rsigner responder.pem -rkey responder.key -ndays 1", &[][..]),
        (
            "-rsigner responder.pem -rkey responder.key",
            &["w_ocsp_next_update"],
        ),
        (
            "-rsigner responder.pem -rkey responder.key -nmin 60",
            &["w_ocsp_validity_interval"],
        ),
        (
            "-rsigner responder.pem -rkey responder.key -ndays 1 -rmd sha1",
            &["e_ocsp_signature_algorithm"],
        ),
        ("-rsigner good.pem -rkey good.key -ndays 1", &["e_ocsp_signer"]),
    ] {
        authority
            .openssl(&format!(
                "ocsp -index index -CA ca.pem {how} -reqin bad.request -respout answer"
            ))
            .ok();
        // The issuer is found in the files named.
        let found = authority.sandbox.line("lint --format json answer ca.pem");
        // That CA has a short serial, which is an error anyway.
        let found = found.exits(4).json();
        let rules: Vec<_> = found
            .as_array()
            .unwrap()
            .iter()
            .filter(|finding| finding["file"] == "answer")
            .map(|finding| finding["rule"].as_str().unwrap())
            .collect();
        assert_eq!(rules, expected, "{how}: {found:#}");
    }
    authority.sandbox.write("refusal", [0x30, 3, 0x0a, 1, 6]);
    authority
        .sandbox
        .line("lint refusal")
        .exits(1)
        .says("unauthorized");
}

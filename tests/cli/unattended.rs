//! Every command without a terminal: none asks, none hangs, each takes its answers from files or flags, and what changes or
//! makes something says so (`action`).

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;
use test_support::{Peer, Run, Sandbox, openssl, run};

use crate::fixture::empty;

/// The passphrases of the walk's CA.
const KEYS: &str = "--passphrase-file pp --root-passphrase-file rp";

/// Serves until it is stopped; tests/cli/responder.rs does that.
const SERVES: [&str; 1] = ["ocsp serve"];

/// Walks through the commands in one folder, and knows which it has been at.
struct Walk {
    sandbox: Sandbox,
    left: BTreeSet<String>,
}

impl Walk {
    fn new() -> Self {
        let reference = include_str!("../../docs/cli-reference.md");
        let commands = reference
            .lines()
            .filter_map(|line| line.strip_prefix("## cachet "));
        Self {
            sandbox: empty(),
            left: commands.map(str::to_owned).collect(),
        }
    }

    /// Runs a command without a terminal, for a minute at most: `setsid` takes the controlling one away, too.
    fn run(&mut self, line: &str) -> Run {
        let words: Vec<&str> = line.split_whitespace().collect();
        let done = (1..=words.len().min(2)).map(|count| words[..count].join(" "));
        self.left
            .retain(|command| !done.clone().any(|done| done == *command));
        let inner = self.sandbox.command();
        let mut command = Command::new("timeout");
        command
            .args(["--kill-after=5", "60", "setsid", "--wait"])
            .arg(inner.get_program())
            .args(words)
            .args(["--format", "json"])
            .current_dir(self.sandbox.folder())
            .env_clear()
            .envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
        run(&mut command, b"")
    }

    /// Sets up mail programs, where NSS's tools are there to do it.
    fn clients(&mut self) {
        for program in ["nss", "thunderbird"] {
            if Peer::find("certutil").is_none() {
                self.left.remove(&format!("client {program}"));
                continue;
            }
            std::fs::create_dir(self.sandbox.path(program)).unwrap();
            let line = format!(
                "client {program} --profile-dir {program} --identity alice@example.com.p12 --identity-password-file pw"
            );
            self.change(&line, "changed");
        }
    }

    /// Runs a command that only looks.
    fn look(&mut self, line: &str) -> Value {
        self.run(line).ok().json()
    }

    /// Runs a command that changes or makes something, and says so.
    ///
    /// What stands after `||` answers what would be asked: without it the command is refused, and the hint names the way.
    fn change(&mut self, line: &str, action: &str) -> Value {
        if let Some((before, answer)) = line.split_once("||") {
            let refused = self.run(before).exits(1).json();
            let kind = refused["error"]["kind"].as_str().unwrap();
            assert!(
                ["passphrase-needed", "confirmation-needed"].contains(&kind),
                "{line}: {refused:#}"
            );
            let hints = refused["error"]["hints"].to_string();
            let flags = answer.split_whitespace().filter(|word| word.starts_with("--"));
            assert!(
                flags.clone().any(|flag| hints.contains(flag)),
                "{line}: the hints name none of {:?}: {refused:#}",
                flags.collect::<Vec<_>>()
            );
        }
        let report = self.run(&line.replace("||", "")).ok().json();
        let one = std::slice::from_ref(&report);
        let all = report.as_array().map_or(one, Vec::as_slice);
        assert!(!all.is_empty(), "{line} did nothing");
        for report in all {
            assert_eq!(report["action"], action, "{line}: {report:#}");
        }
        report
    }

    fn text<'a>(report: &'a Value, pointer: &str) -> &'a str {
        report.pointer(pointer).and_then(Value::as_str).expect(pointer)
    }

    /// Adds to a policy of the CA, or replaces a line of it.
    fn edit(&self, name: &str, from: &str, to: &str) {
        let path = format!("ca-data/policies/{name}.yaml");
        let policy = String::from_utf8(self.sandbox.read(&path)).unwrap();
        assert!(policy.contains(from), "{policy}");
        self.sandbox.write(&path, policy.replacen(from, to, 1));
    }

    fn authorities(&mut self) {
        self.change("demo --out story", "made");
        self.change(
            &format!(
                "init --name School --domain example.com --key ec-p256 --base-url http://pki.example.com || {KEYS}"
            ),
            "made",
        );
        self.change(&format!("ca rollover --root --key ec-p256 || {KEYS}"), "added");
        self.edit("class-3", "issuer: Class 3", "issuer: Third");
        self.change(&format!("ca add --key ec-p256 || {KEYS}"), "added");
        let list = self.look("ca list");
        let old = list
            .as_array()
            .unwrap()
            .iter()
            .find(|ca| ca["kind"] == "issuing" && ca["name"].as_str().unwrap().contains("Class 3"));
        let id = old.unwrap()["id"].as_str().unwrap().to_owned();
        self.change(&format!("ca retire {id} || --yes"), "retired");
        self.change(&format!("ca retire {id}"), "unchanged");
        self.change(&format!("crl publish || {KEYS} --overwrite"), "signed");
        self.look("crl show");
        self.run("crl check");
        self.look("policy list");
        self.look("policy show 1");
        self.look("policy check ca-data/policies/class-1.yaml");
    }

    /// A CA below another one, which OpenSSL stands for.
    fn below_another(&mut self) {
        let Some(openssl) = openssl() else {
            self.left.remove("ca import");
            return;
        };
        let made = self
            .run(&format!("--dir branch init --csr --name Branch {KEYS}"))
            .ok()
            .json();
        self.sandbox.write(
            "ca.ext",
            "basicConstraints=critical,CA:true,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\n\
             subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n",
        );
        let request = Self::text(&made, "/requests/0");
        for line in [
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout up.key -out up.pem -days 3650 -subj /CN=Up".to_owned(),
            format!("x509 -req -in {request} -CA up.pem -CAkey up.key -days 3000 -extfile ca.ext -out branch.crt"),
        ] {
            let words: Vec<&str> = line.split(' ').collect();
            openssl.run(self.sandbox.folder(), &words).ok();
        }
        self.change(
            &format!("ca import branch.crt up.pem --dir branch || {KEYS}"),
            "imported",
        );
    }

    fn certificates(&mut self) {
        let stated = "--class 1 --key ec-p256 --evidence mailbox=x --p12-password-file pw";
        for name in ["alice", "bob", "agent"] {
            let email = format!("--email {name}@example.com");
            self.change(&format!("issue {email} {stated} || {KEYS}"), "issued");
        }
        self.change(
            &format!("issue --email bob@example.com {stated} --if-missing"),
            "kept",
        );
        self.look("cert list");
        self.look("cert show alice@example.com");
        self.look("cert export alice@example.com --chain --out alice.pem");
        self.look("trust export --out root.pem");
        let root = self.look("inspect root.pem");
        let digits = Self::text(&root, "/certificates/0/sha256").to_owned();
        self.change(&format!("trust add root.pem || --fingerprint {digits}"), "added");
        self.change(&format!("trust add root.pem --fingerprint {digits}"), "unchanged");
        let roots = self.look("trust list");
        assert_eq!(Self::text(&roots, "/0/sha256"), digits);
        self.look("cert verify alice.pem --trust root.pem --untrusted alice.pem");
        self.run("lint alice@example.com.crt");
        self.change(
            "csr new --email dana@example.com --key ec-p256 --out dana.csr || --passphrase-file pp",
            "made",
        );
        self.change(
            &format!("issue --class 1 --email dana@example.com --csr dana.csr --evidence mailbox=x {KEYS}"),
            "issued",
        );
        let files = "--cert dana@example.com.crt --chain dana@example.com.chain.pem --out dana.p12 --p12-password-file pw";
        self.change(
            &format!("p12 pack --key dana.key {files} || --passphrase-file pp"),
            "packed",
        );
        self.change(
            &format!("cert renew alice@example.com --out new || {KEYS}"),
            "renewed",
        );
        self.change(
            &format!("cert rekey bob@example.com --out new --p12-password-file pw || {KEYS}"),
            "renewed",
        );
        self.change(
            &format!("cert revoke dana@example.com --reason certificate-hold {KEYS} || --yes"),
            "held",
        );
        self.change(&format!("cert release dana@example.com {KEYS}"), "released");
        self.change(
            &format!("cert revoke dana@example.com {KEYS} || --yes"),
            "revoked",
        );
        self.change(
            "cert notify --expires-within 3650d --from ca@example.com",
            "written",
        );
    }

    fn archived_keys(&mut self) {
        std::fs::create_dir_all(self.sandbox.path("ca-data/agents")).unwrap();
        let agent = self.sandbox.read("agent@example.com.crt");
        self.sandbox.write("ca-data/agents/agent.crt", agent);
        self.edit(
            "class-1",
            "issuer: Class 1",
            "archive:\n  agents: [agent.crt]\n  required_agents: 1\nissuer: Class 1",
        );
        self.change(
            &format!("issue --class 1 --email carol@example.com --key rsa-2048 --usage pair --evidence mailbox=x --p12-password-file pw {KEYS}"),
            "issued",
        );
        let agent = "--identity agent@example.com.p12";
        self.change(
            &format!("cert recover carol@example.com --out back.p12 --p12-password-file pw {agent} || --identity-password-file pw {KEYS}"),
            "recovered",
        );
    }

    fn requests(&mut self) {
        let ask = |walk: &mut Self, name: &str| {
            let line = format!("request submit --class 1 --email {name}@example.com --key ec-p256 || {KEYS}");
            walk.change(&line, "submitted")
        };
        let request = ask(self, "eve");
        let id = Self::text(&request, "/id").to_owned();
        let request = self.change(&format!("request code {id} || {KEYS}"), "code-sent");
        let message = String::from_utf8(self.sandbox.read(Self::text(&request, "/message"))).unwrap();
        let code = message
            .lines()
            .map(|line| line.trim().trim_end_matches('='))
            .find(|line| line.len() == 38 && line.starts_with(&format!("{id}-")))
            .expect("a line with the code");
        self.change(&format!("request confirm {code}"), "confirmed");
        self.look("request list");
        self.look(&format!("request show {id}"));
        self.sandbox
            .write("people.csv", "name,email\nEve Roe,eve@example.com\n");
        self.change("request people people.csv --source school", "imported");
        self.change(&format!("request approve {id} --officer Roy"), "approved");
        self.change(
            &format!("request collect {id} --out eve || --p12-password-file pw {KEYS}"),
            "issued",
        );
        let other = Self::text(&ask(self, "frank"), "/id").to_owned();
        self.change(&format!("request reject {other} --reason no"), "rejected");
        let other = Self::text(&ask(self, "grace"), "/id").to_owned();
        self.change(&format!("request withdraw {other}"), "withdrawn");
        let second = self.change(
            &format!("request submit --class 2 --email eve@example.com --given-name Eve --surname Roe --key ec-p256 {KEYS}"),
            "submitted",
        );
        let second = Self::text(&second, "/id").to_owned();
        self.change(&format!("request evidence {second} --database"), "recorded");
        self.run(&format!("request document {second} --out copy.eml"))
            .exits(1);
        self.change("request purge", "purged");
    }

    fn mail(&mut self) {
        self.sandbox.write("text", "Lunch?\n");
        let (alice, pw) = ("--identity alice@example.com.p12", "--identity-password-file pw");
        self.change(
            &format!("mail sign {alice} --out signed.eml text || {pw}"),
            "signed",
        );
        self.look("mail verify signed.eml --learn");
        self.look("mail inspect signed.eml");
        self.change(
            "mail encrypt --to alice@example.com --out secret.eml signed.eml",
            "encrypted",
        );
        self.change(
            &format!("mail decrypt {alice} --out opened.eml secret.eml || {pw}"),
            "decrypted",
        );
        self.look(&format!("mail open {alice} {pw} --content content secret.eml"));
        self.run("mail send --smtp smtp://127.0.0.1:1 --starttls never signed.eml")
            .exits(1);
        self.change("contacts add bob@example.com.crt", "added");
        self.look("contacts list");
        self.look("contacts show alice@example.com");
        self.look("contacts export alice@example.com");
        self.change("contacts remove bob@example.com || --yes", "removed");
        self.sandbox
            .write("roster.csv", "name,email\nAlice,alice@example.com\n");
        std::fs::create_dir(self.sandbox.path("inbox")).unwrap();
        self.sandbox.write("inbox/1.eml", self.sandbox.read("signed.eml"));
        self.look("lab check --folder inbox --roster roster.csv");
    }

    fn record(&mut self) {
        let root = Self::text(&self.look("trust list"), "/0/sha256").to_owned();
        self.change(&format!("trust remove {root} || --yes"), "removed");
        self.run("status");
        self.look("audit show");
        self.change(&format!("audit checkpoint --out point.json || {KEYS}"), "signed");
        self.look("audit verify --checkpoint point.json");
        self.change("backup ca.backup || --backup-passphrase-file pw", "backed-up");
        self.change(
            "restore ca.backup --dir again || --backup-passphrase-file pw",
            "restored",
        );
        self.run("ocsp check alice@example.com --url http://127.0.0.1:1/ocsp --allow-private-addresses")
            .exits(1);
    }
}

#[test]
fn no_command_asks_or_hangs_and_what_changes_says_so() {
    let mut walk = Walk::new();
    walk.sandbox.write("pp", "of the issuing CAs\n");
    walk.sandbox.write("rp", "of the root\n");
    walk.sandbox.write("pw", "secret\n");
    walk.authorities();
    walk.below_another();
    walk.certificates();
    walk.mail();
    walk.archived_keys();
    walk.requests();
    walk.record();
    let thrown = walk.change("throwaway x@example.com", "made");
    std::fs::remove_dir_all(thrown["folder"].as_str().unwrap()).unwrap();
    walk.clients();
    walk.look("fixture list");
    walk.change("fixture make good --out fixtures", "made");
    walk.look("completions bash");
    walk.change("man pages", "written");
    for command in SERVES {
        assert!(walk.left.remove(command), "{command}");
    }
    assert!(walk.left.is_empty(), "not walked: {:?}", walk.left);
}

#[test]
fn the_environment_answers_for_every_command() {
    let sandbox = empty()
        .with("CACHET_DIR", "school")
        .with("CACHET_PROFILE", "me")
        .with("CACHET_PASSPHRASE_FILE", "pp")
        .with("CACHET_ROOT_PASSPHRASE_FILE", "rp")
        .with("CACHET_BACKUP_PASSPHRASE_FILE", "bp")
        .with("CACHET_NOW", "2027-03-01T12:00:00Z");
    for name in ["pp", "rp", "bp"] {
        sandbox.write(name, format!("the secret in {name}\n"));
    }
    sandbox.line("init --name School --key ec-p256").ok();
    sandbox
        .line("issue --class 1 --email a@example.com --key ec-p256 --evidence mailbox=x")
        .ok();
    sandbox.line("ca rollover --root --key ec-p256").ok();
    sandbox.line("cert revoke a@example.com --yes").ok();
    sandbox.line("backup school.backup").ok();
    sandbox.line("restore school.backup --dir again").ok();
    assert!(sandbox.path("again/ca.db").is_file());
}

//! Commands killed at random moments while others run: whatever was promised before is still true afterwards.
//!
//! `CACHET_TORTURE_ROUNDS` says how many rounds; `just torture` runs thousands. A failure names the seed that repeats its choices.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Child, Stdio};
use std::time::Duration;

use test_support::Sandbox;

use crate::fixture::empty;

/// A generator of choices, good enough for that (Knuth's MMIX).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

struct Torture {
    sandbox: Sandbox,
    dice: Dice,
    /// Serials whose revocation was confirmed.
    revoked: BTreeSet<String>,
    backups: u32,
}

/// A command at work, and the certificate whose revocation it confirms by ending well.
struct Work {
    child: Child,
    revokes: Option<String>,
}

impl Torture {
    fn begin(&mut self) -> Work {
        let address = format!("u{}@example.com", self.dice.below(10));
        let issue = format!(
            "issue --class 1 --email {address} --key ec-p256 --evidence mailbox=x --p12-password-file pw --out out --overwrite"
        );
        let mut revokes = None;
        let line = match self.dice.below(10) {
            0..4 => format!("{issue} --if-missing"),
            4 => format!("{issue} --another"),
            5 => {
                let valid = self.listed("--status valid");
                let at = self.dice.below(valid.len().max(1) as u64);
                match valid.keys().nth(usize::try_from(at).unwrap()) {
                    Some(serial) => {
                        revokes = Some(serial.clone());
                        format!("cert revoke {serial} --reason superseded --yes")
                    }
                    None => "crl publish".to_owned(),
                }
            }
            6 => format!("cert rekey {address} --p12-password-file pw --out out --overwrite"),
            7 => "crl publish".to_owned(),
            8 => format!("request submit --class 1 --email {address}"),
            _ => {
                self.backups += 1;
                format!("backup backup-{} --backup-passphrase-file pw", self.backups)
            }
        };
        let child = self
            .sandbox
            .command()
            .args(line.split(' '))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Work { child, revokes }
    }

    /// One command is killed, the other may end.
    fn round(&mut self) {
        let (mut victim, mut other) = (self.begin(), self.begin());
        std::thread::sleep(Duration::from_micros(self.dice.below(80_000)));
        let _ = victim.child.kill();
        for work in [&mut victim, &mut other] {
            let status = work.child.wait().unwrap();
            assert_ne!(status.code(), Some(255), "a panic");
            if status.success() {
                self.revoked.extend(work.revokes.take());
            }
        }
    }

    /// Certificates by serial: how they stand, and their SHA-256.
    fn listed(&self, flags: &str) -> BTreeMap<String, (String, String)> {
        let list = self
            .sandbox
            .line(&format!("cert list --format json {flags}"))
            .ok()
            .json();
        let text = |one: &serde_json::Value, name: &str| one[name].as_str().unwrap_or_default().to_owned();
        let rows = list.as_array().unwrap();
        let found: BTreeMap<_, _> = rows
            .iter()
            .map(|one| (text(one, "serial"), (text(one, "status"), text(one, "sha256"))))
            .collect();
        assert_eq!(found.len(), rows.len(), "a serial was used twice");
        found
    }

    fn check(&self) {
        self.sandbox.line("audit verify").ok();
        let listed = self.listed("");
        let known: BTreeSet<&str> = listed.values().map(|(_, sha256)| sha256.as_str()).collect();
        for file in self.sandbox.files("out") {
            if file.ends_with(".crt") {
                let shown = self
                    .sandbox
                    .line(&format!("inspect out/{file} --format json"))
                    .ok()
                    .json();
                let sha256 = shown["certificates"][0]["sha256"].as_str().unwrap();
                assert!(known.contains(sha256), "out/{file} is on no record");
            } else if file.ends_with(".p12") {
                let line = format!("inspect out/{file} --password-file pw --format json");
                self.sandbox.line(&line).ok();
            }
        }
        for serial in &self.revoked {
            assert_eq!(listed[serial].0, "revoked", "{serial} came back to life");
        }
        // Problems there may be, and a remedy for each.
        let status = self.sandbox.line("status");
        assert!(matches!(status.code, Some(0 | 4)), "{status:?}");
        self.sandbox.line("crl publish").ok();
        self.sandbox.line("crl check").ok();
    }
}

#[test]
fn nothing_that_was_promised_is_lost_when_commands_are_killed() {
    let rounds: u32 = std::env::var("CACHET_TORTURE_ROUNDS")
        .ok()
        .and_then(|rounds| rounds.parse().ok())
        .unwrap_or(200);
    let seed = std::env::var("CACHET_TORTURE_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or_else(|| {
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
            u64::try_from(now.unwrap().as_nanos() & 0xffff_ffff).unwrap()
        });
    eprintln!("CACHET_TORTURE_SEED={seed}");
    let sandbox = empty();
    sandbox.write("pw", "secret\n");
    sandbox
        .line("init --name Mill --unattended --base-url http://mill.example.com")
        .ok();
    let mut torture = Torture {
        sandbox,
        dice: Dice(seed),
        revoked: BTreeSet::new(),
        backups: 0,
    };
    for round in 1..=rounds {
        torture.round();
        if round % 50 == 0 || round == rounds {
            torture.check();
        }
    }
    // Each backup that stands is whole.
    for file in torture.sandbox.files("") {
        if file.starts_with("backup-") {
            let sandbox = &torture.sandbox;
            sandbox
                .line(&format!(
                    "--dir of-{file} restore {file} --backup-passphrase-file pw"
                ))
                .ok();
            sandbox.line(&format!("--dir of-{file} audit verify")).ok();
        }
    }
    torture
        .sandbox
        .line("issue --class 1 --email last@example.com --key ec-p256 --evidence mailbox=x --p12-password-file pw")
        .ok();
}

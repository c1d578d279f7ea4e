//! Thunderbird itself, without a screen, asked over Marionette (its remote protocol: `length:JSON` over TCP) what it shows.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::matrix::Identity;
use crate::{Nss, Peer};

/// What Thunderbird shows for a message.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The subject.
    pub subject: String,
    /// Its signature status: 0 good, -1 not signed, above 1000 why not (1034: the digest differs).
    pub signature: i64,
    /// Its encryption status: 0 decrypted, -1 not encrypted.
    pub encryption: i64,
    /// The text.
    pub body: String,
}

/// Opens `messages` in Thunderbird, with a profile that trusts the root of `people` and holds their identities.
///
/// `None` where Thunderbird is missing.
#[must_use]
pub fn thunderbird_shows(people: &[Identity], messages: &[Vec<u8>]) -> Option<Vec<Shown>> {
    let nss = Nss::new()?;
    nss.trust(&people.first()?.root);
    for person in people {
        nss.import_p12(&person.p12, person.password).ok();
    }
    thunderbird_shows_with(&nss, messages)
}

/// Opens `messages` in Thunderbird, with a profile made of the certificate database `nss`.
///
/// `None` where Thunderbird is missing.
#[must_use]
pub fn thunderbird_shows_with(nss: &Nss, messages: &[Vec<u8>]) -> Option<Vec<Shown>> {
    let program = Peer::find("thunderbird")?;
    let profile = nss.folder();
    let port = crate::Server::free_port();
    write_profile(profile, port, messages);
    let log = std::fs::File::create(profile.join("log")).unwrap();
    let child = program
        .command()
        .args([
            "--headless",
            "--no-remote",
            "--marionette",
            "--remote-allow-system-access",
        ])
        .arg("--profile")
        .arg(profile)
        .env_remove("DISPLAY")
        .env("HOME", profile)
        .stdin(Stdio::null())
        .stdout(Stdio::from(log.try_clone().unwrap()))
        .stderr(Stdio::from(log))
        .spawn()
        .unwrap();
    let _running = Running(child);
    let mut remote = Remote::connect(port);
    remote.command(
        "WebDriver:NewSession",
        &json!({"capabilities": {"alwaysMatch": {}}}),
    );
    remote.command("Marionette:SetContext", &json!({"value": "chrome"}));
    remote.command("WebDriver:SetTimeouts", &json!({"script": 60_000}));
    let count = remote.script(OPEN_FOLDER, &json!([messages.len()]));
    assert_eq!(
        count.as_u64(),
        Some(messages.len() as u64),
        "messages in the folder: {count}"
    );
    Some(
        (0..messages.len())
            .map(|at| {
                let shown = remote.script(SHOW_MESSAGE, &json!([at]));
                let status = |name: &str| {
                    shown[name]
                        .as_i64()
                        .unwrap_or_else(|| panic!("no {name}: {shown}"))
                };
                let text = |name: &str| shown[name].as_str().unwrap_or_default().to_owned();
                Shown {
                    subject: text("subject"),
                    signature: status("signature"),
                    encryption: status("encryption"),
                    body: text("body"),
                }
            })
            .collect(),
    )
}

/// Ends Thunderbird whatever becomes of the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

struct Remote {
    stream: TcpStream,
    last: u64,
}

impl Remote {
    fn connect(port: u16) -> Self {
        let started = Instant::now();
        let stream = loop {
            match TcpStream::connect(("127.0.0.1", port)) {
                Ok(stream) => break stream,
                Err(error) => assert!(
                    started.elapsed() < PATIENCE,
                    "Thunderbird does not listen on port {port}: {error}"
                ),
            }
            std::thread::sleep(Duration::from_millis(200));
        };
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut remote = Self { stream, last: 0 };
        // It greets first.
        let _ = remote.receive();
        remote
    }

    fn script(&mut self, script: &str, arguments: &Value) -> Value {
        let parameters =
            json!({"script": script, "args": arguments, "newSandbox": true, "sandbox": "system"});
        self.command("WebDriver:ExecuteAsyncScript", &parameters)["value"].take()
    }

    fn command(&mut self, name: &str, parameters: &Value) -> Value {
        self.last += 1;
        let message = json!([0, self.last, name, parameters]).to_string();
        self.stream
            .write_all(format!("{}:{message}", message.len()).as_bytes())
            .unwrap();
        loop {
            let mut answer = self.receive();
            if answer[0] == 1 && answer[1] == self.last {
                assert!(answer[2].is_null(), "{name}: {}", answer[2]);
                return answer[3].take();
            }
        }
    }

    fn receive(&mut self) -> Value {
        let mut length = 0_usize;
        loop {
            let mut byte = [0];
            self.stream.read_exact(&mut byte).unwrap();
            match byte[0] {
                b':' => break,
                digit => length = length * 10 + usize::from(digit - b'0'),
            }
        }
        let mut text = vec![0; length];
        self.stream.read_exact(&mut text).unwrap();
        serde_json::from_slice(&text).unwrap()
    }
}

fn write_profile(profile: &Path, port: u16, messages: &[Vec<u8>]) {
    let folders = profile.join("Mail/Local Folders");
    std::fs::create_dir_all(&folders).unwrap();
    let mut mbox = Vec::new();
    for message in messages {
        mbox.extend(b"From - Mon Nov 23 06:00:00 2026\n");
        mbox.extend(
            String::from_utf8(message.clone())
                .unwrap()
                .replace("\r\n", "\n")
                .bytes(),
        );
        mbox.push(b'\n');
    }
    std::fs::write(folders.join("Test"), mbox).unwrap();
    let folders = folders.to_str().unwrap();
    let mut preferences = format!(
        "user_pref(\"marionette.port\", {port});\n\
         user_pref(\"mail.server.server1.directory\", \"{folders}\");\n"
    );
    preferences.push_str(PREFERENCES);
    std::fs::write(profile.join("user.js"), preferences).unwrap();
}

const PATIENCE: Duration = Duration::from_secs(90);

const PREFERENCES: &str = r#"user_pref("mail.accountmanager.accounts", "account1");
user_pref("mail.accountmanager.localfoldersserver", "server1");
user_pref("mail.account.account1.server", "server1");
user_pref("mail.server.server1.type", "none");
user_pref("mail.server.server1.hostname", "Local Folders");
user_pref("mail.server.server1.name", "Local Folders");
user_pref("mail.server.server1.userName", "nobody");
user_pref("mail.server.server1.directory-rel", "[ProfD]Mail/Local Folders");
user_pref("mail.rights.version", 1);
user_pref("mail.shell.checkDefaultClient", false);
user_pref("mail.provider.suppress_dialog_on_startup", true);
user_pref("mail.spotlight.firstRunDone", true);
user_pref("mailnews.start_page.enabled", false);
user_pref("mailnews.start_page_override.mstone", "ignore");
user_pref("mail.inappnotifications.enabled", false);
user_pref("app.donation.eoy.version.viewed", 999);
user_pref("app.update.auto", false);
user_pref("extensions.update.enabled", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("datareporting.policy.dataSubmissionPolicyBypassNotification", true);
user_pref("toolkit.telemetry.reportingpolicy.firstRun", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("browser.safebrowsing.enabled", false);
user_pref("services.settings.server", "http://127.0.0.1:9/");
"#;

/// Opens the local folder and waits until it lists as many messages as there are.
const OPEN_FOLDER: &str = r#"
const [expected, done] = arguments;
(async () => {
  const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
  const wait = () => new Promise(resolve => window.setTimeout(resolve, 100));
  let win, pane;
  for (let i = 0; i < 300 && !pane?.displayFolder; i++) {
    await wait();
    win = Services.wm.getMostRecentWindow("mail:3pane");
    pane = win?.document.getElementById("tabmail")?.currentAbout3Pane;
  }
  const folder = MailServices.accounts.localFoldersServer.rootFolder.getChildNamed("Test");
  pane.displayFolder(folder.URI);
  folder.updateFolder(null);
  for (let i = 0; i < 200 && (pane.gDBView?.rowCount ?? 0) < expected; i++) {
    await wait();
    if (pane.gViewWrapper) pane.gViewWrapper.showUnthreaded = true;
  }
  return pane.gDBView.rowCount;
})().then(done, error => done(String(error) + error.stack));
"#;

/// Shows a message as a click on it would, and waits until its security information stands.
const SHOW_MESSAGE: &str = r#"
const [index, done] = arguments;
(async () => {
  const wait = () => new Promise(resolve => window.setTimeout(resolve, 100));
  const win = Services.wm.getMostRecentWindow("mail:3pane");
  const pane = win.document.getElementById("tabmail").currentAbout3Pane;
  pane.threadTree.selectedIndex = index;
  const header = pane.gDBView.getMsgHdrAt(index);
  let shown, body = "";
  for (let i = 0; i < 150; i++) {
    await wait();
    shown = pane.messageBrowser.contentWindow;
    if (shown.gMessage?.messageId != header.messageId || i < 12) continue;
    body = shown.getMessagePaneBrowser().contentDocument?.body?.textContent ?? "";
    if (body.trim() || i > 40) break;
  }
  await shown.loadSmimeMessageSecurityInfo?.();
  return {
    subject: header.mime2DecodedSubject,
    signature: shown.gSignatureStatus,
    encryption: shown.gEncryptionStatus,
    body: body.trim(),
  };
})().then(done, error => done(String(error) + error.stack));
"#;

//! pkilint and ZLint, asked about many files at once.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::{Peer, driver, run};

/// What a linter is asked about, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope<'a> {
    /// A certificate, against RFC 5280.
    Certificate,
    /// A certificate, against the S/MIME Baseline Requirements: the profile as `cachet lint --baseline` has it.
    Baseline(&'a str),
    /// A revocation list.
    RevocationList,
    /// An OCSP answer.
    OcspAnswer,
}

/// Something that a linter said against a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// Who.
    pub linter: &'static str,
    /// Which rule, in its own name.
    pub rule: String,
    /// Whether that is more than a warning.
    pub is_error: bool,
}

/// Both linters, if both are here.
#[derive(Debug)]
pub struct Linters {
    python: PathBuf,
    zlint: Peer,
}

impl Linters {
    /// Finds them.
    #[must_use]
    pub fn find() -> Option<Self> {
        let python = driver::cache().join("pkilint/bin/python");
        driver::present(&python)?;
        let zlint = super::zlint()?;
        Some(Self { python, zlint })
    }

    /// Asks both about all files of a folder, and returns what they say against each.
    ///
    /// # Panics
    /// If one of them cannot be run.
    #[must_use]
    pub fn ask(&self, folder: &Path, files: &[(Scope<'_>, String)]) -> Vec<Vec<Remark>> {
        // pkilint is the slow one: two at a time.
        let (first, second) = files.split_at(files.len() / 2);
        let (mut remarks, rest) = std::thread::scope(|scope| {
            let other = scope.spawn(|| self.pkilint(folder, second));
            let mut remarks = self.pkilint(folder, first);
            remarks.extend(other.join().unwrap());
            let of_zlint = files.iter().map(|(scope, file)| self.zlint(folder, *scope, file));
            (remarks, of_zlint.collect::<Vec<_>>())
        });
        for (all, more) in remarks.iter_mut().zip(rest) {
            all.extend(more);
        }
        remarks
    }

    fn pkilint(&self, folder: &Path, files: &[(Scope<'_>, String)]) -> Vec<Vec<Remark>> {
        let mut input = String::new();
        for (scope, file) in files {
            let profile = if let Scope::Baseline(profile) = scope {
                profile.replace("sponsor", "sponsored").to_uppercase()
            } else {
                String::new()
            };
            let (program, flags) = match scope {
                Scope::Certificate => ("lint_pkix_cert", vec![]),
                Scope::Baseline(_) => ("lint_cabf_smime_cert", vec!["-t", &profile]),
                Scope::RevocationList => ("lint_crl", vec!["-t", "CRL", "-p", "PKIX"]),
                Scope::OcspAnswer => ("lint_ocsp_response", vec![]),
            };
            let mut words = vec![program, "lint", "-s", "WARNING", "-f", "JSON"];
            words.extend(flags);
            words.push(file);
            input.push_str(&words.join("\t"));
            input.push('\n');
        }
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/pkilint/driver.py");
        let mut command = Command::new(&self.python);
        command.arg(script).current_dir(folder);
        let answers = run(&mut command, input.as_bytes()).ok().text();
        let remarks: Vec<_> = answers.lines().map(said_by_pkilint).collect();
        assert_eq!(remarks.len(), files.len(), "pkilint has answered");
        remarks
    }

    fn zlint(&self, folder: &Path, scope: Scope<'_>, file: &str) -> Vec<Remark> {
        if matches!(scope, Scope::RevocationList | Scope::OcspAnswer) {
            return Vec::new();
        }
        let others = "Apple,CABF_BR,CABF_EV,Community,ETSI_ESI,Mozilla";
        let run = self.zlint.run(folder, &["-excludeSources", others, file]);
        if run.code != Some(0) {
            // It reads with Go's own library, which refuses some certificates as a whole.
            return vec![Remark {
                linter: "zlint",
                rule: "unreadable".to_owned(),
                is_error: true,
            }];
        }
        let results = run.json();
        let verdicts = results.as_object().unwrap().iter();
        verdicts
            .filter_map(|(rule, verdict)| {
                let verdict = verdict["result"].as_str().unwrap();
                ["warn", "error", "fatal"].contains(&verdict).then(|| Remark {
                    linter: "zlint",
                    rule: rule.clone(),
                    is_error: verdict != "warn",
                })
            })
            .collect()
    }
}

fn said_by_pkilint(line: &str) -> Vec<Remark> {
    let answer: Value = serde_json::from_str(line).unwrap();
    let report: Option<Value> = serde_json::from_str(answer["out"].as_str().unwrap()).ok();
    let Some(report) = report else {
        let error = answer["err"].as_str().unwrap();
        return vec![Remark {
            linter: "pkilint",
            rule: format!("unreadable ({})", error.lines().next().unwrap_or("").trim()),
            is_error: true,
        }];
    };
    let results = report["results"].as_array().unwrap().iter();
    let findings = results.flat_map(|result| result["finding_descriptions"].as_array().unwrap());
    findings
        .map(|finding| Remark {
            linter: "pkilint",
            rule: finding["code"].as_str().unwrap().to_owned(),
            is_error: ["ERROR", "FATAL"].contains(&finding["severity"].as_str().unwrap()),
        })
        .collect()
}

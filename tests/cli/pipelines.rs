//! What docs/ci.md and the composite action say, run as the runners of GitHub and GitLab run it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use test_support::{Run, Sandbox, run};

use crate::fixture::empty;

const ACTION: &str = include_str!("../../.github/actions/cachet/action.yml");
const GUIDE: &str = include_str!("../../docs/ci.md");

type Variables = BTreeMap<String, String>;

fn yaml(text: &str) -> Value {
    serde_yaml::from_str(text).unwrap()
}

/// The YAML of docs/ci.md that opens with the name of a file.
fn shown(file: &str) -> Value {
    let opening = format!("```yaml\n# {file}\n");
    let block = GUIDE.split(&opening).nth(1).expect(file);
    yaml(block.split("\n```").next().unwrap())
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Puts the values of `${{ NAME }}` in their places.
fn evaluated(template: &str, values: &Variables) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("${{") {
        let (name, after) = after.split_once("}}").unwrap();
        out.push_str(before);
        out.push_str(
            values
                .get(name.trim())
                .unwrap_or_else(|| panic!("no value for {name}")),
        );
        rest = after;
    }
    out + rest
}

/// A checkout on a runner, with the program on the search path.
struct Runner {
    sandbox: Sandbox,
    program: PathBuf,
}

impl Runner {
    fn new() -> Self {
        let sandbox = empty();
        let bin = sandbox.path("bin");
        std::fs::create_dir(&bin).unwrap();
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_cachet"), bin.join("cachet")).unwrap();
        Self {
            sandbox,
            program: bin,
        }
    }

    /// Runs a script, with the options that the runner gives to bash.
    fn shell(&self, options: &[&str], script: &str, variables: &Variables) -> Run {
        let mut bash = Command::new("bash");
        bash.args(options)
            .args(["-c", script])
            .current_dir(self.sandbox.folder())
            .env_clear()
            .env("HOME", self.sandbox.folder())
            .env(
                "PATH",
                format!("{}:{}", self.program.display(), std::env::var("PATH").unwrap()),
            )
            .envs(variables);
        run(&mut bash, b"")
    }

    /// Runs one step of GitHub's, and returns what it put out.
    fn step(&self, step: &Value, values: &Variables) -> (Run, Variables) {
        let output = self.sandbox.write("output", "");
        let mut variables = Variables::from([
            ("GITHUB_OUTPUT".to_owned(), output.display().to_string()),
            ("GITHUB_RUN_ID".to_owned(), "4711".to_owned()),
        ]);
        for (name, value) in step["env"].as_object().into_iter().flatten() {
            variables.insert(name.clone(), evaluated(&text(value), values));
        }
        let script = step["run"].as_str().unwrap();
        assert!(
            !script.contains("${{"),
            "inputs are pasted into a script: {script}"
        );
        let options = ["--noprofile", "--norc", "-eo", "pipefail"];
        let run = self.shell(&options, script, &variables);
        let mut outputs = Variables::new();
        let written = String::from_utf8(self.sandbox.read("output")).unwrap();
        let mut lines = written.lines();
        while let Some(line) = lines.next() {
            if let Some((name, end)) = line.split_once("<<") {
                let value: Vec<&str> = lines.by_ref().take_while(|line| *line != end).collect();
                outputs.insert(name.to_owned(), value.join("\n"));
            } else if let Some((name, value)) = line.split_once('=') {
                outputs.insert(name.to_owned(), value.to_owned());
            }
        }
        (run, outputs)
    }

    /// Runs the composite action, and returns its outputs.
    fn action(&self, with: &Value) -> (Run, Variables) {
        let action = yaml(ACTION);
        let mut values = Variables::new();
        for (name, input) in action["inputs"].as_object().unwrap() {
            let value = with.get(name).or(input.get("default")).expect(name);
            values.insert(format!("inputs.{name}"), text(value));
        }
        let steps = action["runs"]["steps"].as_array().unwrap();
        assert_eq!((steps.len(), &action["runs"]["using"]), (1, &"composite".into()));
        assert_eq!(steps[0]["shell"], "bash");
        let (run, outputs) = self.step(&steps[0], &values);
        for (name, value) in outputs {
            values.insert(format!("steps.issue.outputs.{name}"), value);
        }
        let outputs = action["outputs"].as_object().unwrap();
        let outputs = match run.code {
            Some(0) => outputs
                .iter()
                .map(|(name, output)| (name.clone(), evaluated(&text(&output["value"]), &values)))
                .collect(),
            _ => Variables::new(),
        };
        (run, outputs)
    }
}

#[test]
fn the_github_workflow_runs() {
    let runner = Runner::new();
    let workflow = shown(".github/workflows/mail.yml");
    let mut values = Variables::new();
    let mut scripts = 0;
    for step in workflow["jobs"]["mail"]["steps"].as_array().unwrap() {
        if step["uses"] == "./.github/actions/cachet" {
            let (run, outputs) = runner.action(&step["with"]);
            run.ok();
            for (name, value) in outputs {
                values.insert(format!("steps.{}.outputs.{name}", text(&step["id"])), value);
            }
        } else if step.get("run").is_some() && step["name"] != "Install cachet" {
            runner.step(step, &values).0.ok();
            scripts += 1;
        }
    }
    assert_eq!(scripts, 1);
    assert!(runner.sandbox.read("lunch.mime").ends_with(b"\r\n\r\nLunch?\r\n"));
}

#[test]
fn the_action_tells_what_it_made_and_may_run_again() {
    let runner = Runner::new();
    let with = serde_json::json!({ "addresses": "alice@example.com\n\nbob@example.com\n", "directory": "my people" });
    for action in ["issued", "kept"] {
        let (run, outputs) = runner.action(&with);
        run.ok();
        assert_eq!(outputs["root"], "my people/root.pem");
        let identities: Vec<Value> = outputs["identities"]
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(identities.len(), 2);
        for identity in &identities {
            assert_eq!(identity["action"], action);
            assert!(
                runner
                    .sandbox
                    .path(identity["files"]["p12"].as_str().unwrap())
                    .is_file()
            );
        }
    }
}

#[test]
fn what_an_input_says_is_not_run() {
    let runner = Runner::new();
    for address in [
        "$(touch run)@example.com",
        "\"; touch run; \"@example.com",
        "--help",
        "nobody",
    ] {
        let (run, _) = runner.action(&serde_json::json!({ "addresses": address }));
        run.fails();
        assert!(!runner.sandbox.path("run").exists(), "{address}");
    }
}

#[test]
fn the_gitlab_job_runs() {
    let runner = Runner::new();
    let job = &shown(".gitlab-ci.yml")["mail"];
    let mut variables = Variables::from([("CI_JOB_ID".to_owned(), "4711".to_owned())]);
    for (name, value) in job["variables"].as_object().unwrap() {
        variables.insert(name.clone(), text(value));
    }
    let lines = ["before_script", "script"].map(|part| job[part].as_array().unwrap().clone());
    let script: Vec<String> = lines.concat().iter().map(text).collect();
    runner
        .shell(&["-eo", "pipefail"], &script.join("\n"), &variables)
        .ok();
    let verdict: Value = serde_json::from_slice(&runner.sandbox.read("verdict.json")).unwrap();
    assert_eq!(verdict["verdict"], "valid");
}

#[test]
fn a_secret_that_is_a_variable_needs_no_file() {
    let runner = Runner::new();
    let with = serde_json::json!({ "addresses": "alice@example.com" });
    runner.action(&with).0.ok();
    let password = runner.sandbox.read("identities/alice@example.com.p12.password");
    let password = String::from_utf8(password).unwrap().trim().to_owned();
    let command = GUIDE
        .split("`cachet mail sign")
        .nth(1)
        .and_then(|rest| rest.split(" …`").next())
        .unwrap();
    let script = format!(
        "echo Hi | cachet mail sign{command} --identity identities/alice@example.com.p12 --to b@example.com --out hi.eml"
    );
    let variables = Variables::from([("P12_PASSWORD".to_owned(), password)]);
    runner.shell(&["-e"], &script, &variables).ok();
    assert!(runner.sandbox.path("hi.eml").is_file());
}

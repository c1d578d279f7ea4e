//! `cachet policy`.

use crate::fixture::{empty, with_ca};

#[test]
fn list_and_show_what_the_ca_reads() {
    let sandbox = with_ca();
    sandbox
        .line("policy list")
        .ok()
        .says("class-1.yaml")
        .says("1.3.6.1.4.1.32473");
    let json = sandbox.line("policy list --format json").ok().json();
    assert!(json.as_array().unwrap().len() >= 3, "{json}");
    sandbox.line("policy show 3").ok().says("in-person");
}

#[test]
fn check_accepts_every_shipped_file() {
    let sandbox = empty();
    let policies = concat!(env!("CARGO_MANIFEST_DIR"), "/../../policies");
    let mut seen = 0;
    for folder in [policies.to_owned(), format!("{policies}/examples")] {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "yaml") {
                sandbox.cachet(&["policy", "check", path.to_str().unwrap()]).ok();
                seen += 1;
            }
        }
    }
    assert!(seen >= 13, "{seen}");
}

#[test]
fn a_fault_is_named_with_its_place() {
    let sandbox = empty();
    let good = include_str!("../../policies/class-1.yaml");
    for (from, to, place) in [
        ("title:", "titel:", "titel"),
        ("validity:", "validitee:", "validitee"),
    ] {
        assert!(good.contains(from));
        let bad = good.replacen(from, to, 1);
        let line = bad.lines().position(|line| line.contains(place)).unwrap() + 1;
        sandbox.write("bad.yaml", bad);
        let run = sandbox.line("policy check bad.yaml");
        assert_ne!(run.code, Some(0));
        let run = run.says(place);
        assert!(
            run.stderr.contains(&format!("bad.yaml:{line}:"))
                || run.text().contains(&format!("bad.yaml:{line}:")),
            "{run:?}"
        );
    }
    sandbox.write("bomb.yaml", "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c]\n");
    sandbox.line("policy check bomb.yaml").fails();
    sandbox
        .line("policy check nowhere.yaml")
        .exits(1)
        .says("nowhere.yaml");
}

#[test]
fn check_takes_directories() {
    let sandbox = with_ca();
    let checked = sandbox
        .line("policy check ca-data/policies --format json")
        .ok()
        .json();
    assert_eq!(checked.as_array().unwrap().len(), 4, "{checked}");
    sandbox.write("folder/notes.txt", "none");
    sandbox
        .line("policy check folder")
        .exits(1)
        .says("holds no policy");
}

#[test]
fn a_missing_policy_directory_says_what_to_do() {
    let sandbox = with_ca();
    std::fs::remove_dir_all(sandbox.path("ca-data/policies")).unwrap();
    sandbox
        .line("issue --class 1 --email a@example.com --evidence mailbox=x")
        .exits(1)
        .says("restore them from a backup");
}

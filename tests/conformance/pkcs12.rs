//! Key files of several writers, with forgeries.

use serde_json::Value;
use test_support::corpus::corpus;

use crate::paths::in_folder;
use crate::{Bench, Item};

pub(crate) fn files(bench: &Bench) -> Vec<Item> {
    let folder = corpus("pkcs12").unwrap();
    let manifest: Value =
        serde_json::from_slice(&std::fs::read(folder.join("manifest.json")).unwrap()).unwrap();
    let entries = manifest.as_array().unwrap().iter();
    entries
        .map(|entry| {
            let name = entry["file"].as_str().unwrap();
            let file = in_folder(&folder, name);
            let password = entry["password"].as_str();
            let mut ours = vec!["inspect", &file, "--legacy"];
            if let Some(password) = password {
                bench.sandbox.write("password", password);
                ours.extend(["--password-file", "password"]);
            }
            let given = format!("pass:{}", password.unwrap_or_default());
            let theirs = [
                "pkcs12", "-in", &file, "-passin", &given, "-nodes", "-noout", "-legacy",
            ];
            Item {
                name: name.to_owned(),
                accept: entry["expect"] == "ok",
                ours: bench.cachet(&ours),
                openssl: bench.openssl(&theirs),
            }
        })
        .collect()
}

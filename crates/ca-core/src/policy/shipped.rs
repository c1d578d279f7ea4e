//! The policies that are compiled in.

/// Returns the shipped policies as (file name, text): what `init` copies into a new authority.
pub fn shipped() -> &'static [(&'static str, &'static str)] {
    // The workspace's own files, so that what is documented there is what is compiled in. A package of this crate
    // alone would need a copy of them: it is published with the workspace only.
    &[
        ("root.yaml", include_str!("../../../../policies/root.yaml")),
        ("class-1.yaml", include_str!("../../../../policies/class-1.yaml")),
        ("class-2.yaml", include_str!("../../../../policies/class-2.yaml")),
        ("class-3.yaml", include_str!("../../../../policies/class-3.yaml")),
    ]
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use original_serde_yaml::Value as OriginalValue;

    use super::super::yaml::{self, Node, Value};
    use super::super::{PolicyFile, PolicySet};
    use super::*;
    use crate::evidence::EvidenceKind;
    use crate::policy::FieldRule;
    use crate::request::Class;

    /// All policy files of the workspace, examples included.
    #[expect(
        clippy::disallowed_methods,
        reason = "a test reads the files that the crate must not"
    )]
    fn files() -> Vec<(String, String)> {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies");
        let paths = |directory: &Path| -> Vec<PathBuf> {
            std::fs::read_dir(directory)
                .unwrap()
                .map(|entry| entry.unwrap().path())
                .collect()
        };
        let mut all = paths(&directory);
        all.extend(paths(&directory.join("examples")));
        all.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
        all.sort();
        all.into_iter()
            .map(|path| {
                let text = String::from_utf8(std::fs::read(&path).unwrap()).unwrap();
                (path.file_name().unwrap().to_string_lossy().into_owned(), text)
            })
            .collect()
    }

    #[test]
    fn every_file_is_sound() {
        let files = files();
        assert_eq!(files.len(), 4 + 9);
        for (path, text) in &files {
            PolicyFile::parse(path, text).unwrap_or_else(|errors| panic!("{errors}"));
        }
        for (path, text) in shipped() {
            assert!(
                files.iter().any(|(name, other)| name == path && other == text),
                "{path}"
            );
        }
    }

    #[test]
    fn the_shipped_set_says_what_the_classes_promise() {
        let set = PolicySet::parse(shipped()).unwrap();
        let [one, two, three] = set.profiles() else {
            panic!("three classes")
        };
        assert_eq!(one.subject().fields_with(FieldRule::Forbidden).count(), 7);
        assert_eq!(one.evidence().required(), [[EvidenceKind::Mailbox]]);
        let name = [
            vec![EvidenceKind::Mailbox],
            vec![EvidenceKind::Database, EvidenceKind::Document],
        ];
        assert_eq!(two.evidence().required(), name);
        assert_eq!(two.evidence().when_organization(), [[EvidenceKind::Organization]]);
        assert_eq!(three.evidence().required()[..2], name);
        assert_eq!(three.evidence().required()[2], [EvidenceKind::InPerson]);
        for (profile, class) in set.profiles().iter().zip(Class::ALL) {
            assert_eq!(profile.class(), class);
            assert_eq!(
                profile.policy_oid().to_string(),
                format!("1.3.6.1.4.1.32473.1.{class}")
            );
            assert_eq!(profile.validity().default_days(), 365);
        }
        assert_eq!(
            set.issuers()
                .iter()
                .map(|plan| plan.name.as_str())
                .collect::<Vec<_>>(),
            ["Class 1", "Class 2", "Class 3"]
        );
        assert_eq!(set.root().root_common_name("Acme"), "Acme Root CA");
        assert_eq!(
            set.root().issuing_common_name("Acme", "Class 2"),
            "Acme Class 2 CA"
        );
    }

    #[test]
    fn each_example_fits_into_the_shipped_set() {
        for (path, text) in files()
            .iter()
            .filter(|(path, _)| !path.starts_with("class-") && path != "root.yaml")
        {
            let PolicyFile::Class(example) = PolicyFile::parse(path, text).unwrap() else {
                panic!("{path}")
            };
            let replaced = format!("class-{}.yaml", example.class());
            let mut set: Vec<(&str, &str)> = shipped()
                .iter()
                .copied()
                .filter(|(name, _)| *name != replaced)
                .collect();
            set.push((path, text));
            PolicySet::parse(&set).unwrap_or_else(|errors| panic!("{errors}"));
        }
    }

    #[test]
    fn the_original_serde_yaml_reads_the_same() {
        for (path, text) in files() {
            let original: OriginalValue = original_serde_yaml::from_str(&text).unwrap();
            assert_eq!(
                original_of(&yaml::parse(&path, &text).unwrap()),
                original,
                "{path}"
            );
        }
    }

    fn original_of(node: &Node) -> OriginalValue {
        match &node.value {
            Value::Null => OriginalValue::Null,
            Value::Bool(value) => OriginalValue::Bool(*value),
            Value::Integer(value) => OriginalValue::Number(i64::try_from(*value).unwrap().into()),
            Value::Float(value) => OriginalValue::Number((*value).into()),
            Value::Text(text) => OriginalValue::String(text.clone()),
            Value::List(items) => OriginalValue::Sequence(items.iter().map(original_of).collect()),
            Value::Map(entries) => OriginalValue::Mapping(
                entries
                    .iter()
                    .map(|(key, value)| (key.name.clone().into(), original_of(value)))
                    .collect(),
            ),
        }
    }
}

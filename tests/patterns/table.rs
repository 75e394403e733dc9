//! The cases of `tests/patterns/*.json`: what a pattern says of an event, here, at AWS and of an emulator.

use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

/// Cases about one thing.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Family {
    /// Where what AWS does is written.
    pub(crate) source: String,
    pub(crate) cases: Vec<Case>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) pattern: Value,
    pub(crate) event: Value,
    /// What hikyaku says.
    pub(crate) expect: Verdict,
    /// What AWS says, where hikyaku means to differ.
    pub(crate) aws: Option<Departure>,
    /// What LocalStack says, where it differs from AWS.
    pub(crate) localstack: Option<Departure>,
}

impl Case {
    pub(crate) fn aws(&self) -> Verdict {
        self.aws.as_ref().map_or(self.expect, |departure| departure.expect)
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Departure {
    pub(crate) expect: Verdict,
    pub(crate) because: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) enum Verdict {
    #[serde(rename = "match")]
    Match,
    #[serde(rename = "no match")]
    NoMatch,
    #[serde(rename = "invalid")]
    Invalid,
    /// The emulator trips over it.
    #[serde(rename = "error")]
    Error,
}

/// All families by the name of their file, in order.
pub(crate) fn families() -> Vec<(String, Family)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/patterns");
    let mut families: Vec<(String, Family)> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let family = serde_json::from_str(&fs::read_to_string(&path).unwrap());
            (name.clone(), family.unwrap_or_else(|error| panic!("{name}: {error}")))
        })
        .collect();
    families.sort_by(|left, right| left.0.cmp(&right.0));
    families
}

//! The table of `tests/patterns` against LocalStack's TestEventPattern.
use std::collections::HashMap;
use std::path::Path;
use std::process::Command;

use crate::support::{scratch, tool};
use crate::table::{Verdict, families};

#[test]
fn an_emulator_agrees_but_where_the_table_says() {
    let (verdicts, mut wrong) = (verdicts(), Vec::new());
    for (family, cases) in families().into_iter().map(|(name, family)| (name, family.cases)) {
        for case in cases {
            let wanted = case.localstack.as_ref().map_or_else(|| case.aws(), |departure| departure.expect);
            let found = verdicts[&(family.clone(), case.name.clone())];
            if found != wanted {
                wrong.push(format!("{family}: {}: {found:?}, not {wanted:?}", case.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What LocalStack says, by family and name.
fn verdicts() -> HashMap<(String, String), Verdict> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(tool("python/bin/python"))
        .arg(root.join("tests/real/patterns.py"))
        .arg(root.join("tests/patterns"))
        .env("HOME", scratch("an_emulator_agrees_but_where_the_table_says"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let verdicts: Vec<(String, String, Verdict)> = serde_json::from_slice(&output.stdout).unwrap();
    verdicts.into_iter().map(|(family, name, verdict)| ((family, name), verdict)).collect()
}

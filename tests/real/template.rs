//! The templates of `infra` against cfn-lint.
use crate::support::{scratch, tool};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

#[test]
fn the_templates_are_sound() {
    for template in [template(), root().join("infra/region.yaml")] {
        let output = lint(&template);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
}

/// What `hikyaku migrate chatbot` writes, by itself and put into the template that it was made from.
#[test]
fn migrated_subscriptions_are_sound() {
    let folder = scratch("migrated_subscriptions_are_sound");
    let read = |path: &str| fs::read_to_string(root().join("tests/migrate").join(path)).unwrap();
    let added = read("two_channels/expected/subscriptions.yaml");
    let (head, resources) = added.split_once("Resources:\n").unwrap();
    let whole = format!("{}{resources}\n{head}", read("two_channels/template.yaml"));
    for (name, text) in [("described", read("described/expected/subscriptions.yaml")), ("two_channels", whole)] {
        let file = folder.join(format!("{name}.yaml"));
        fs::write(&file, text).unwrap();
        let output = lint(&file);
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stdout));
    }
}

/// Some releases of cfn-lint let every SAM template pass: this one has to see what is wrong.
#[test]
fn a_broken_template_is_noticed() {
    let sound = fs::read_to_string(template()).unwrap();
    let folder = scratch("a_broken_template_is_noticed");
    for (right, wrong) in [
        ("MemorySize: 128", "MemorySize: plenty"),
        ("Handler: bootstrap", "Handlr: bootstrap"),
        ("Destination: !GetAtt FailureQueue.Arn", "Destination: !GetAtt Nowhere.Arn"),
        ("Condition: IsDurable", "Condition: IsHardy"),
        ("FunctionResponseTypes: [ReportBatchItemFailures]", "FunctionResponseTypes: [ReportEverything]"),
    ] {
        assert!(sound.contains(right), "{right}");
        let file = folder.join("template.yaml");
        fs::write(&file, sound.replace(right, wrong)).unwrap();
        // 2 is its word for an error in the template.
        // https://github.com/aws-cloudformation/cfn-lint#exit-codes
        assert_eq!(lint(&file).status.code(), Some(2), "{wrong} went unnoticed");
    }
}

fn template() -> PathBuf {
    root().join("infra/template.yaml")
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn lint(template: &Path) -> Output {
    Command::new(tool("python/bin/cfn-lint")).arg(template).output().unwrap()
}

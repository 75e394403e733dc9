//! The workflows do what anybody can do here, with nothing that may change under them.

use std::path::Path;

use serde_json::Value;

use crate::yaml::{mapping, read};

const WORKFLOWS: [&str; 2] = [".github/workflows/ci.yml", ".github/workflows/release.yml"];

#[test]
fn actions_are_pinned() {
    for workflow in WORKFLOWS {
        let text = std::fs::read_to_string(root().join(workflow)).unwrap();
        let actions: Vec<&str> = text.lines().filter_map(|line| line.trim().strip_prefix("- uses: ")).collect();
        assert!(!actions.is_empty());
        for action in actions {
            // A tag can be moved, a commit cannot; the version is for people.
            let (pin, version) = action.split_once(" # v").unwrap_or_else(|| panic!("{workflow}: {action}"));
            let commit = pin.split_once('@').unwrap().1;
            assert!(commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()), "{workflow}: {action}");
            assert_eq!(version.split('.').count(), 3, "{workflow}: {action}");
        }
    }
}

#[test]
fn steps_are_what_there_is() {
    let makefile = std::fs::read_to_string(root().join("Makefile")).unwrap();
    for workflow in WORKFLOWS {
        for command in commands(&read(workflow)) {
            if let Some(target) = command.strip_prefix("make ") {
                assert!(makefile.contains(&format!("\n{target}: ")), "{workflow}: there is no `make {target}`");
            }
            if command.starts_with('.') {
                assert!(root().join(&command).exists(), "{workflow}: there is no {command}");
            }
        }
    }
}

#[test]
fn a_release_is_tested_packed_listed_and_attested() {
    let release = read(WORKFLOWS[1]);
    let commands = commands(&release);
    let at =
        |command: &str| commands.iter().position(|other| other.starts_with(command)).unwrap_or_else(|| panic!("no {command}"));
    let order =
        [at(".ci/run"), at("make deny"), at("make package"), at("make sbom"), at("mkdir release"), at("gh release create")];
    assert!(order.is_sorted(), "{order:?}");
    assert!(release.to_string().contains("actions/attest-build-provenance@"));
    assert!(commands[at("mkdir release")].contains("sha256sum"));
    assert!(commands_of_ci().iter().any(|command| command == ".ci/run"));
}

/// Nobody but the job that needs it may write, and no step leaves a token behind.
#[test]
fn a_workflow_may_little() {
    for workflow in WORKFLOWS {
        let workflow = read(workflow);
        assert_eq!(workflow["permissions"], serde_json::json!({ "contents": "read" }));
        for step in steps(&workflow) {
            if step["uses"].as_str().is_some_and(|action| action.starts_with("actions/checkout@")) {
                assert_eq!(step["with"]["persist-credentials"], false);
            }
        }
    }
}

fn commands_of_ci() -> Vec<String> {
    commands(&read(WORKFLOWS[0]))
}

/// What the steps of a workflow run.
fn commands(workflow: &Value) -> Vec<String> {
    steps(workflow).iter().filter_map(|step| step["run"].as_str().map(|run| run.trim().to_owned())).collect()
}

fn steps(workflow: &Value) -> Vec<Value> {
    mapping(&workflow["jobs"]).values().flat_map(|job| job["steps"].as_array().unwrap().clone()).collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

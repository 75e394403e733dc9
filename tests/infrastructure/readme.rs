//! `infra/README.md` says what the template says.

use std::path::Path;

use crate::yaml::{mapping, read};

#[test]
fn the_readme_tells_every_parameter_and_its_default() {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("infra/README.md")).unwrap();
    let (_, table) = readme.split_once("| parameter | default | what |\n| --- | --- | --- |\n").unwrap();
    let rows = table.lines().take_while(|line| line.starts_with('|'));
    let told: Vec<(String, String)> = rows
        .map(|row| {
            let cells: Vec<String> = row.split('|').map(|cell| cell.trim().trim_matches('`').to_owned()).collect();
            (cells[1].clone(), cells[2].clone())
        })
        .collect();
    let template = read("infra/template.yaml");
    let expected: Vec<(String, String)> = mapping(&template["Parameters"])
        .iter()
        .map(|(name, parameter)| {
            let default = &parameter["Default"];
            (name.clone(), default.as_str().map_or_else(|| default.to_string(), str::to_owned))
        })
        .collect();
    assert_eq!(told, expected);
}

/// The console shows these, and nothing else, to whoever deploys.
#[test]
fn every_parameter_says_what_it_is_for() {
    for template in ["infra/template.yaml", "infra/region.yaml"] {
        for (name, parameter) in mapping(&read(template)["Parameters"]) {
            assert!(parameter["Description"].as_str().is_some_and(|text| text.len() > 20), "{template}: {name}");
        }
    }
}

//! The files of the project as the library reads a template.

use std::path::Path;

use serde_json::{Map, Value};

/// The file of the project at `path`, with CloudFormation's short forms written out.
pub(crate) fn read(path: &str) -> Value {
    hikyaku::doctor::stack::parse(&text(path)).unwrap_or_else(|problem| panic!("{path}:{problem}"))
}

/// The entries of what must be a mapping.
pub(crate) fn mapping(value: &Value) -> &Map<String, Value> {
    value.as_object().unwrap_or_else(|| panic!("no mapping: {value}"))
}

fn text(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// CloudFormation knows no aliases: <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html>.
#[test]
fn the_templates_have_no_aliases() {
    for template in ["infra/template.yaml", "infra/region.yaml"] {
        for line in text(template).lines().filter(|line| !line.trim_start().starts_with('#')) {
            for word in line.split_whitespace() {
                let name = word.trim_start_matches(['[', '{']);
                let sign = name.starts_with('&') || (name.starts_with('*') && name.len() > 1);
                assert!(!sign, "{template}: {line}");
            }
        }
    }
}

//! YAML as CloudFormation writes it: `!GetAtt A.B` is the short form of `{"Fn::GetAtt": ["A", "B"]}`.

use std::path::Path;

use serde::Deserialize;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value, json};
use serde_saphyr::Tagged;

/// The file of the project at `path`, with CloudFormation's short forms written out.
pub(crate) fn read(path: &str) -> Value {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
    parse(&text)
}

pub(crate) fn parse(text: &str) -> Value {
    long(serde_saphyr::from_str::<Tagged<Node>>(text).unwrap_or_else(|error| panic!("{error}")))
}

/// The entries of what must be a mapping.
pub(crate) fn mapping(value: &Value) -> &Map<String, Value> {
    value.as_object().unwrap_or_else(|| panic!("no mapping: {value}"))
}

/// A value whose parts keep their tags.
enum Node {
    Plain(Value),
    List(Vec<Tagged<Node>>),
    Mapping(Vec<(String, Tagged<Node>)>),
}

fn long(Tagged(node, tag): Tagged<Node>) -> Value {
    let value = match node {
        Node::Plain(value) => value,
        Node::List(items) => items.into_iter().map(long).collect(),
        Node::Mapping(entries) => Value::Object(entries.into_iter().map(|(key, value)| (key, long(value))).collect()),
    };
    let function = match tag.as_deref().and_then(|tag| tag.strip_prefix('!')) {
        None => return value,
        Some(tag) if tag.contains(':') || tag.starts_with('!') => return value,
        Some(tag @ ("Ref" | "Condition")) => tag.to_owned(),
        Some(tag) => format!("Fn::{tag}"),
    };
    let value = match (function.as_str(), &value) {
        ("Fn::GetAtt", Value::String(path)) => path.splitn(2, '.').collect(),
        _ => value,
    };
    json!({ function: value })
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Node;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Plain(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Plain(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Plain(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Plain(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Plain(value.into()))
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Plain(Value::Null))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Node::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = access.next_entry()? {
            entries.push(entry);
        }
        Ok(Node::Mapping(entries))
    }
}

#[test]
fn short_forms_are_written_out() {
    let text =
        "a: !GetAtt Queue.Arn\nb: !If [Long, !Ref Topic, !Sub '${X}-y']\nc: !Not [!Condition Long]\nd: [1, true, 'x', ~]\n";
    let expected = json!({
        "a": { "Fn::GetAtt": ["Queue", "Arn"] },
        "b": { "Fn::If": ["Long", { "Ref": "Topic" }, { "Fn::Sub": "${X}-y" }] },
        "c": { "Fn::Not": [{ "Condition": "Long" }] },
        "d": [1, true, "x", null],
    });
    assert_eq!(parse(text), expected);
}

/// CloudFormation knows no aliases: <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html>.
#[test]
fn the_templates_have_no_aliases() {
    for template in ["infra/template.yaml", "infra/region.yaml"] {
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(template)).unwrap();
        for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
            for word in line.split_whitespace() {
                let name = word.trim_start_matches(['[', '{']);
                let sign = name.starts_with('&') || (name.starts_with('*') && name.len() > 1);
                assert!(!sign, "{template}: {line}");
            }
        }
    }
}

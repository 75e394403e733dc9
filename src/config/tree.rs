//! YAML as a JSON value, with the line and column of everything in it.

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use serde_saphyr::{Location, Spanned, Tagged};

use super::{Level, Problem, yaml};
use crate::text::mask::mask;

/// A document; places in it are JSON pointers.
pub(crate) struct Tree {
    value: Value,
    places: HashMap<String, Place>,
}

/// Where something stands.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// Line and column of its key, or of itself where it has none.
    pub(super) at: (u64, u64),
    /// Its key, in characters of the file.
    pub(super) key: Option<Range<usize>>,
    /// Its value, if that is a plain one.
    pub(super) value: Option<Range<usize>>,
}

impl Tree {
    /// Reads one YAML document, which is nothing without the key `needs`. A key that stands twice, an alias without end, a tab for an indent are errors.
    pub(crate) fn parse(text: &str, needs: &str) -> Result<Tree, Problem> {
        if text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
            let text = format!("the file is empty; it needs `{needs}`");
            return Err(broken(None, text, Some("`hikyaku init` writes one to start from.")));
        }
        Tree::read(text, Tags::Ignored)
    }

    /// Reads one document of YAML or JSON as CloudFormation does: `!GetAtt A.B` is the short form of
    /// `{"Fn::GetAtt": ["A", "B"]}`.
    pub(crate) fn parse_template(text: &str) -> Result<Tree, Problem> {
        Tree::read(text, Tags::Functions)
    }

    fn read(text: &str, tags: Tags) -> Result<Tree, Problem> {
        let node = serde_saphyr::from_str::<Spanned<Tagged<Node>>>(text).map_err(|error| {
            let at = error.location().map(|at| (at.line(), at.column()));
            // The place is told already, and the rest of its text draws the file, which may hold secrets.
            let text = error.to_string();
            let text = text.lines().next().unwrap_or_default();
            let text = text.split_once(" column ").and_then(|(_, rest)| rest.split_once(": ")).map_or(text, |(_, text)| text);
            let (text, help) = yaml::plain(text);
            broken(at, format!("is no YAML: {}", mask(&text)), help)
        })?;
        let mut places = HashMap::new();
        let value = flatten(node, String::new(), None, tags, &mut places);
        Ok(Tree { value, places })
    }

    pub(crate) fn from_value(value: Value) -> Tree {
        Tree { value, places: HashMap::new() }
    }

    pub(crate) fn value(&self, pointer: &str) -> Option<&Value> {
        self.value.pointer(pointer)
    }

    pub(crate) fn has(&self, pointer: &str) -> bool {
        self.value(pointer).is_some()
    }

    /// The keys of the mapping at `pointer`; none if there is no mapping.
    pub(crate) fn keys(&self, pointer: &str) -> Vec<String> {
        self.value(pointer).and_then(Value::as_object).map(|map| map.keys().cloned().collect()).unwrap_or_default()
    }

    /// How long the list at `pointer` is.
    pub(crate) fn length(&self, pointer: &str) -> usize {
        self.value(pointer).and_then(Value::as_array).map_or(0, Vec::len)
    }

    /// Where the value at `pointer` stands; of what is not there, where the nearest thing around it does.
    pub(crate) fn position(&self, pointer: &str) -> Option<(u64, u64)> {
        let mut pointer = pointer;
        loop {
            if let Some(place) = self.places.get(pointer) {
                return Some(place.at);
            }
            pointer = pointer.rsplit_once('/')?.0;
        }
    }

    /// Everything in it, by pointer.
    pub(super) fn places(&self) -> impl Iterator<Item = (&str, &Place)> {
        self.places.iter().map(|(pointer, place)| (pointer.as_str(), place))
    }
}

/// Takes the value at `pointer` out of `value`; whether there was one.
pub(super) fn remove(value: &mut Value, pointer: &str) -> bool {
    let Some((parent, key)) = pointer.rsplit_once('/') else { return false };
    let key = key.replace("~1", "/").replace("~0", "~");
    match value.pointer_mut(parent) {
        Some(Value::Object(map)) => map.shift_remove(&key).is_some(),
        Some(Value::Array(list)) => match key.parse::<usize>() {
            Ok(index) if index < list.len() => {
                list.remove(index);
                true
            }
            _ => false,
        },
        _ => false,
    }
}

/// `pointer` as it was before what stood at each of `taken` was taken out: the items behind one have moved up.
pub(super) fn before(pointer: &str, taken: &[String]) -> String {
    let mut was = String::new();
    for part in pointer.split('/').skip(1) {
        let gone = taken.iter().filter_map(|one| one.strip_prefix(&was)?.strip_prefix('/')?.parse::<usize>().ok());
        let mut gone: Vec<usize> = gone.collect();
        gone.sort_unstable();
        match part.parse::<usize>() {
            Ok(index) if part.len() < MAX_INDEX_DIGITS => {
                let index = gone.iter().fold(index, |index, gone| if *gone <= index { index + 1 } else { index });
                was.push_str(&format!("/{index}"));
            }
            _ => was.push_str(&format!("/{part}")),
        }
    }
    was
}

/// A key as it stands in a pointer.
pub(crate) fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// A pointer as people write it: `routes[0].to`.
pub(crate) fn dotted(pointer: &str) -> String {
    let mut out = String::new();
    for part in pointer.split('/').skip(1) {
        let part = part.replace("~1", "/").replace("~0", "~");
        if !part.is_empty() && part.len() < MAX_INDEX_DIGITS && part.bytes().all(|byte| byte.is_ascii_digit()) {
            out.push_str(&format!("[{part}]"));
        } else {
            out.push_str(if out.is_empty() { "" } else { "." });
            out.push_str(&part);
        }
    }
    out
}

/// A number of so many digits is the key of a mapping, such as an account's.
const MAX_INDEX_DIGITS: usize = 4;

fn broken(at: Option<(u64, u64)>, text: String, help: Option<&str>) -> Problem {
    Problem { level: Level::Error, file: None, at, setting: String::new(), text, help: help.map(Box::from) }
}

/// What a tag such as `!Ref` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tags {
    Ignored,
    /// The short form of an intrinsic function:
    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html>
    Functions,
}

impl Tags {
    /// The long name of the function that `tag` is short for.
    fn function(self, tag: Option<&str>) -> Option<String> {
        let short = tag?.strip_prefix('!').filter(|_| self == Tags::Functions)?;
        match short {
            "" => None,
            _ if short.contains([':', '!']) => None,
            "Ref" | "Condition" => Some(short.to_owned()),
            _ => Some(format!("Fn::{short}")),
        }
    }
}

fn flatten(
    node: Spanned<Tagged<Node>>,
    pointer: String,
    key: Option<Location>,
    tags: Tags,
    places: &mut HashMap<String, Place>,
) -> Value {
    let here = node.referenced;
    let Tagged(node, tag) = node.value;
    // A setting stands where its key does.
    let stands = key.unwrap_or(here);
    let value = matches!(node, Node::Scalar(_)).then(|| range(here));
    let place = Place { at: (stands.line(), stands.column()), key: key.map(range), value };
    places.insert(pointer.clone(), place);
    let function = tags.function(tag.as_deref());
    let pointer = function.as_ref().map_or(pointer.clone(), |function| format!("{pointer}/{function}"));
    let value = match node {
        Node::Scalar(value) => value,
        Node::List(nodes) => {
            let items = nodes.into_iter().enumerate();
            Value::Array(items.map(|(index, node)| flatten(node, format!("{pointer}/{index}"), None, tags, places)).collect())
        }
        Node::Map(entries) => {
            let mut map = Map::new();
            for (key, node) in entries {
                let pointer = format!("{pointer}/{}", escape(&key.value));
                let value = flatten(node, pointer, Some(key.referenced), tags, places);
                map.insert(key.value, value);
            }
            Value::Object(map)
        }
    };
    match (function, value) {
        (None, value) => value,
        (Some(function), Value::String(path)) if function == "Fn::GetAtt" => {
            Value::Object(Map::from_iter([(function, path.splitn(2, '.').collect())]))
        }
        (Some(function), value) => Value::Object(Map::from_iter([(function, value)])),
    }
}

fn range(location: Location) -> Range<usize> {
    let number = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let start = number(location.span().offset());
    start..start.saturating_add(number(location.span().len()))
}

enum Node {
    Scalar(Value),
    List(Vec<Spanned<Tagged<Node>>>),
    Map(Vec<(Spanned<String>, Spanned<Tagged<Node>>)>),
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Scalar(Value::Bool(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Scalar(value.into()))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Node, E> {
        Number::from_f64(value).map(|number| Node::Scalar(Value::Number(number))).ok_or_else(|| E::custom("is no finite number"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Scalar(Value::String(value.to_owned())))
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Scalar(Value::Null))
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Scalar(Value::Null))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        Node::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node, A::Error> {
        let mut nodes = Vec::new();
        while let Some(node) = seq.next_element()? {
            nodes.push(node);
        }
        Ok(Node::List(nodes))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Node::Map(entries))
    }
}

//! Reading a pattern: its objects, and every combination that `$or` allows.

use std::sync::Arc;

use serde_json::Value;

use super::condition::Condition;
use super::node::Node;
use super::operator::{conditions, is_operator};
use super::{PatternError, kind};

pub(super) const OR: &str = "$or";

/// The most levels of a pattern, which bounds the recursion of reading and matching.
const MAX_DEPTH: usize = 32;

/// The most combinations of `$or`, AWS's own limit.
const MAX_ALTERNATIVES: usize = 1000;

/// Reads a pattern into its combinations, one of which has to fit.
///
/// AWS expands `$or` so as well. It is what lets a field beside a `$or` and a field in it, both below
/// the same list of the event, be held against the same element.
pub(super) fn alternatives(pattern: &Value) -> Result<Vec<Node>, PatternError> {
    object(pattern, &Place::default(), vec![Node::default()])
}

/// Where in the pattern, and in the event, the reader is.
#[derive(Debug, Default)]
struct Place<'a> {
    /// The place in the pattern, for errors.
    path: String,
    /// The fields of the event that lead here: the path without `$or`.
    fields: Vec<&'a str>,
    depth: usize,
    in_or: bool,
}

impl<'a> Place<'a> {
    fn field(&self, key: &'a str) -> Self {
        Self {
            path: self.path_to(key),
            fields: self.fields.iter().copied().chain([key]).collect(),
            depth: self.depth + 1,
            in_or: self.in_or,
        }
    }

    fn or_member(&self, index: usize) -> Self {
        Self { path: format!("{}[{index}]", self.path_to(OR)), fields: self.fields.clone(), depth: self.depth + 1, in_or: true }
    }

    fn path_to(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    fn error(&self, message: impl Into<String>) -> PatternError {
        PatternError::new(&self.path, message)
    }
}

/// Adds the fields of an object to every alternative so far.
fn object<'a>(value: &'a Value, place: &Place<'a>, mut alternatives: Vec<Node>) -> Result<Vec<Node>, PatternError> {
    let Value::Object(entries) = value else {
        return Err(place.error(format!("must be an object, not {}", kind(value))));
    };
    if entries.is_empty() {
        return Err(place.error("must hold at least one field"));
    }
    if place.depth >= MAX_DEPTH {
        return Err(place.error(format!("must not be nested deeper than {MAX_DEPTH} levels")));
    }
    // The plain fields first, so that an explanation names them before it goes into alternatives.
    for (key, value) in entries.iter().filter(|(key, _)| *key != OR) {
        alternatives = field(key, value, &place.field(key), alternatives)?;
    }
    match entries.get(OR) {
        Some(members) => or(members, place, &alternatives),
        None => Ok(alternatives),
    }
}

fn field<'a>(key: &str, value: &'a Value, place: &Place<'a>, mut alternatives: Vec<Node>) -> Result<Vec<Node>, PatternError> {
    if place.in_or && is_operator(key) {
        return Err(place.error("is an operator, which must not stand in `$or` like a field"));
    }
    match value {
        Value::Object(_) => object(value, place, alternatives),
        Value::Array(list) => {
            let conditions: Arc<[Condition]> = conditions(list, &place.path)?.into();
            for alternative in &mut alternatives {
                if !alternative.insert(&place.fields, &conditions) {
                    return Err(place.error("must not be set twice in one combination of `$or`"));
                }
            }
            Ok(alternatives)
        }
        _ if is_operator(key) => Err(place.error(format!(r#"is an operator, which must stand in a list: [{{"{key}": …}}]"#))),
        _ => Err(place.error(format!("must be a list or an object, not {}", kind(value)))),
    }
}

/// Continues the alternatives so far with each member of a `$or`.
fn or<'a>(members: &'a Value, place: &Place<'a>, alternatives: &[Node]) -> Result<Vec<Node>, PatternError> {
    let error = |message: String| PatternError::new(place.path_to(OR), message);
    let Value::Array(members) = members else {
        let kind = kind(members);
        return Err(error(format!("must be a list of objects, not {kind}")));
    };
    if members.len() < 2 {
        let count = members.len();
        return Err(error(format!("must hold at least 2 objects, not {count}")));
    }
    let mut expanded = Vec::new();
    for (index, member) in members.iter().enumerate() {
        expanded.extend(object(member, &place.or_member(index), alternatives.to_vec())?);
        if expanded.len() > MAX_ALTERNATIVES {
            return Err(error(format!("must not make more than {MAX_ALTERNATIVES} combinations")));
        }
    }
    Ok(expanded)
}

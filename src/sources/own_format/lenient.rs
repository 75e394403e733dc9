//! Reading what somebody wrote by hand: every value that can be understood, and the names of those that cannot.

use serde::de::{Deserializer, Error};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Number, Value};
use serde_path_to_error::Segment;

use super::super::read;
use crate::text::{cut, near};

/// Reads values as their types, and remembers what was left out.
#[derive(Debug, Default)]
pub(super) struct Reader {
    /// By name, with the value where it is short.
    left_out: Vec<String>,
    /// The names that were meant by those that stand there.
    meant: Vec<&'static str>,
    /// Whether it may say what only a later version knows.
    is_later: bool,
}

impl Reader {
    /// One for a message of our version, or a later one.
    pub(super) fn of(is_later: bool) -> Reader {
        Reader { is_later, ..Reader::default() }
    }

    /// `value`, which stands at `name`, as its type. What is absent, null or blank takes its default; what is of another
    /// type is read as far as it can be meant so, else left out and noted.
    pub(super) fn read<T: DeserializeOwned + Default>(&mut self, name: &str, mut value: Value) -> T {
        /// Beyond so many faults what holds another one goes as a whole.
        const MAX_FAULTS: usize = 60;
        /// More names than any of our types has.
        const MAX_NAMES: usize = 100;
        if !value.is_object() {
            if !value.is_null() {
                self.note(name, Some(&value));
            }
            return T::default();
        }
        remove_blank(&mut value);
        let mut mending: Option<Mending> = None;
        // The lists that lost an item, once for each.
        let mut shortened = Vec::new();
        for fault in 0..MAX_FAULTS + MAX_NAMES {
            let error = match serde_path_to_error::deserialize::<_, T>(&value) {
                Ok(read) => return read,
                Err(error) => error,
            };
            let is_many = fault >= MAX_FAULTS;
            let path: Vec<&Segment> = error.path().iter().take(if is_many { 1 } else { usize::MAX }).collect();
            let at = pointer(&path);
            let Some(place) = value.pointer_mut(&at).filter(|_| !at.is_empty()) else { break };
            let wants_list = error.inner().to_string().contains("expected a sequence");
            let current = match mending.take().filter(|mending| mending.at == at) {
                Some(current) => mending.insert(current),
                None => mending.insert(Mending::new(&at, place, wants_list)),
            };
            if let Some(next) = current.meant.pop().filter(|_| !is_many) {
                *place = next;
                continue;
            }
            let found = dotted(&path, &shortened);
            self.note(&if name.is_empty() { found } else { format!("{name}.{found}") }, Some(&current.original));
            shortened.extend(at.rsplit_once('/').map(|(list, _)| list.to_owned()));
            mending = None;
            if !remove(&mut value, &at) {
                break;
            }
        }
        self.note(if name.is_empty() { "hikyaku" } else { name }, None);
        T::default()
    }

    /// Notes what the mapping `value` at `name` says under names that are not `known`.
    pub(super) fn only(&mut self, name: &str, value: Option<&Value>, known: &[&'static str]) {
        for (key, value) in value.and_then(Value::as_object).into_iter().flatten() {
            // A page of them says no more.
            if self.is_later || self.left_out.len() > MAX_NAMED {
                return;
            }
            if known.contains(&key.as_str()) || says_nothing(value) {
                continue;
            }
            let meant = near(key, known.iter().copied());
            self.meant.extend(known.iter().filter(|known| Some(**known) == meant));
            let meant = meant.map(|meant| format!(" ({meant}?)")).unwrap_or_default();
            let dot = if name.is_empty() { "" } else { "." };
            let key = cut(key, SHOWN_CHARS).unwrap_or_else(|| key.clone());
            self.left_out.push(format!("{name}{dot}{key}{meant}"));
        }
    }

    /// The same of each mapping in the list at `name`.
    pub(super) fn only_in(&mut self, name: &str, list: Option<&Value>, known: &[&'static str]) {
        for (index, value) in list.and_then(Value::as_array).into_iter().flatten().enumerate() {
            self.only(&format!("{name}[{index}]"), Some(value), known);
        }
    }

    /// Whether a name that is none was meant for `name`.
    pub(super) fn is_misspelt(&self, name: &str) -> bool {
        self.meant.contains(&name)
    }

    /// Notes that what stands at `name` was left out.
    pub(super) fn note(&mut self, name: &str, value: Option<&Value>) {
        let written = match value {
            Some(Value::String(text)) => text.clone(),
            Some(value @ (Value::Number(_) | Value::Bool(_))) => value.to_string(),
            _ => String::new(),
        };
        let written = cut(&written, SHOWN_CHARS).unwrap_or(written);
        self.left_out.push(if written.is_empty() { name.to_owned() } else { format!("{name} ({written})") });
    }

    /// What was left out, by name, the first few.
    pub(super) fn problems(&self) -> Vec<String> {
        let more = (self.left_out.len() > MAX_NAMED).then(|| "…".to_owned());
        self.left_out.iter().take(MAX_NAMED).cloned().chain(more).collect()
    }
}

/// A text, or a number or truth value as it is written.
pub(super) fn written<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::String(text) => Ok(text),
        value @ (Value::Number(_) | Value::Bool(_)) => Ok(value.to_string()),
        _ => Err(D::Error::custom("no text")),
    }
}

/// A value of another type than it should have, and what it may be meant for.
struct Mending {
    /// A JSON pointer.
    at: String,
    original: Value,
    /// The likeliest last.
    meant: Vec<Value>,
}

impl Mending {
    fn new(at: &str, value: &Value, wants_list: bool) -> Mending {
        let key = at.rsplit('/').next().unwrap_or_default();
        Mending { at: at.to_owned(), original: value.clone(), meant: meant(key, value, wants_list) }
    }
}

/// What `value` at `key` may be meant for, the likeliest last.
fn meant(key: &str, value: &Value, wants_list: bool) -> Vec<Value> {
    if wants_list {
        return vec![Value::Array(vec![value.clone()])];
    }
    match value {
        Value::String(text) => {
            let text = text.trim();
            let time = read::timestamp(text).map(|time| Value::String(time.to_string()));
            let number = text.parse::<i64>().ok().map(Value::from).or_else(|| {
                let number = text.parse().ok().and_then(Number::from_f64);
                number.map(Value::Number)
            });
            let truth = text.to_ascii_lowercase().parse::<bool>().ok().map(Value::Bool);
            let lower = Value::String(text.to_ascii_lowercase());
            [Some(lower), truth, number, time].into_iter().flatten().collect()
        }
        Value::Number(number) => {
            let whole = number.as_f64().filter(|number| number.fract() != 0.0).map(|number| Value::from(number.floor() as i64));
            // An account without its leading zeros.
            let id = number.as_u64().filter(|_| key == "account").map(|number| format!("{number:012}"));
            let text = Value::String(id.unwrap_or_else(|| number.to_string()));
            [Some(text), whole].into_iter().flatten().collect()
        }
        _ => Vec::new(),
    }
}

fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        _ => false,
    }
}

/// Takes null and blank texts out.
fn remove_blank(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.retain(|_, value| !says_nothing(value));
            object.values_mut().for_each(remove_blank);
        }
        Value::Array(values) => {
            values.retain(|value| !says_nothing(value));
            values.iter_mut().for_each(remove_blank);
        }
        _ => {}
    }
}

fn remove(value: &mut Value, pointer: &str) -> bool {
    let Some((parent, key)) = pointer.rsplit_once('/') else { return false };
    match value.pointer_mut(parent) {
        Some(Value::Object(object)) => object.shift_remove(key).is_some(),
        Some(Value::Array(values)) => match key.parse::<usize>() {
            Ok(index) if index < values.len() => {
                values.remove(index);
                true
            }
            _ => false,
        },
        _ => false,
    }
}

/// The names in it are those of our types: none holds what a pointer would escape.
fn pointer(path: &[&Segment]) -> String {
    let part = |segment: &&Segment| match segment {
        Segment::Seq { index } => format!("/{index}"),
        Segment::Map { key } => format!("/{key}"),
        Segment::Enum { .. } | Segment::Unknown => String::new(),
    };
    path.iter().map(part).collect()
}

/// `path` as people write it, `fields[2].value`, with the numbers that items had before others were taken out of their lists.
fn dotted(path: &[&Segment], shortened: &[String]) -> String {
    let (mut dotted, mut pointer) = (String::new(), String::new());
    for segment in path {
        match segment {
            Segment::Seq { index } => {
                let before = shortened.iter().filter(|list| **list == pointer).count();
                dotted.push_str(&format!("[{}]", index + before));
                pointer.push_str(&format!("/{index}"));
            }
            Segment::Map { key } => {
                let dot = if dotted.is_empty() { "" } else { "." };
                dotted.push_str(&format!("{dot}{key}"));
                pointer.push_str(&format!("/{key}"));
            }
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    dotted
}

/// So much of what somebody wrote is shown.
const SHOWN_CHARS: usize = 40;
/// So many problems are named.
const MAX_NAMED: usize = 6;

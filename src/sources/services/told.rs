//! Where a fact stands in what a service sends.

use serde_json::Value;

use crate::ingress::Event;
use crate::notification::{Field, FieldValue, Label};

/// Stands for a JSON pointer: the first of the event's resources.
pub(super) const RESOURCE: &str = "resource";

/// Where a text stands; a path is a JSON pointer into the detail or the message, in which one `*` is every entry of an
/// array, or [`RESOURCE`].
#[derive(Debug, Clone, Copy)]
pub(super) enum At {
    Nowhere,
    /// The text or the number there; the first, if there are several.
    Value(&'static str),
    /// What follows the last slash or colon in it.
    Tail(&'static str),
    /// Its part of this number, between slashes.
    Part(&'static str, usize),
    /// What follows the `#` in an address.
    Fragment(&'static str),
    /// What stands at the first of these paths that has anything.
    First(&'static [&'static str]),
    /// The event's account.
    Account,
}

/// What a service has sent.
pub(super) struct Told<'a> {
    /// The event's detail, or the message.
    pub(super) value: &'a Value,
    pub(super) event: Option<&'a Event>,
}

impl Told<'_> {
    pub(super) fn text(&self, at: At) -> Option<String> {
        self.texts(at).into_iter().next()
    }

    /// All texts and numbers at a place.
    pub(super) fn texts(&self, at: At) -> Vec<String> {
        match at {
            At::Nowhere => Vec::new(),
            At::Value(path) => self.whole(path),
            At::Tail(path) => self.cut(path, |text| text.rsplit(['/', ':']).next()),
            At::Part(path, number) => self.cut(path, |text| text.split('/').nth(number)),
            At::Fragment(path) => self.cut(path, |text| text.rsplit('#').next()),
            At::First(paths) => paths.iter().map(|path| self.whole(path)).find(|texts| !texts.is_empty()).unwrap_or_default(),
            At::Account => self.event.and_then(|event| event.account.clone()).into_iter().collect(),
        }
    }

    /// What stands at a place before anything is cut off it.
    pub(super) fn wholes(&self, at: At) -> Vec<String> {
        match at {
            At::Value(path) | At::Tail(path) | At::Part(path, _) | At::Fragment(path) => self.whole(path),
            At::Nowhere | At::First(_) | At::Account => self.texts(at),
        }
    }

    fn cut(&self, path: &str, part: impl Fn(&str) -> Option<&str>) -> Vec<String> {
        let texts = self.whole(path);
        let parts = texts.iter().filter_map(|text| part(text)).map(str::trim);
        parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
    }

    /// The field of what stands at a place: a list, if there are several.
    pub(super) fn field(&self, label: &Label, at: At, form: fn(Label, Option<&str>) -> Option<Field>) -> Option<Field> {
        let mut texts = self.texts(at);
        texts.dedup();
        match texts.as_slice() {
            [] => None,
            [text] => form(label.clone(), Some(text)),
            _ => Some(Field::new(label.clone(), FieldValue::List(texts))),
        }
    }

    /// The event's detail-type.
    pub(super) fn event_name(&self) -> Option<&str> {
        self.event.map(|event| event.detail_type.trim()).filter(|name| !name.is_empty())
    }

    fn whole(&self, path: &str) -> Vec<String> {
        if path == RESOURCE {
            return self.event.and_then(|event| event.resources.first()).cloned().into_iter().collect();
        }
        match path.split_once("/*") {
            None => self.value.pointer(path).and_then(written).into_iter().collect(),
            Some((array, inner)) => {
                let entries = self.value.pointer(array).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
                entries.iter().take(MAX_ENTRIES).filter_map(|entry| entry.pointer(inner).and_then(written)).collect()
            }
        }
    }
}

/// A text or a number as a person would write it: CodeBuild's build number is `55.0`, and the context of a phase that went
/// well `: `.
fn written(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => {
            let number = number.to_string();
            number.strip_suffix(".0").map_or(number.clone(), str::to_owned)
        }
        _ => return None,
    };
    text.contains(char::is_alphanumeric).then_some(text)
}

/// Beyond this many entries nobody looks.
const MAX_ENTRIES: usize = 200;

//! What a template can name: the values of views, by name.

use std::collections::BTreeMap;

use serde_json::Value;

/// The union of the values that one place of a view holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shape {
    fields: BTreeMap<String, Shape>,
    items: Option<Box<Shape>>,
    text: bool,
    number: bool,
    flag: bool,
    /// Nothing is known of it.
    unknown: bool,
}

impl Shape {
    /// Takes `value` in: its names, and what they hold.
    pub fn add(&mut self, value: &Value) {
        match value {
            Value::Null => {}
            Value::Bool(_) => self.flag = true,
            Value::Number(_) => self.number = true,
            Value::String(_) => self.text = true,
            Value::Array(items) => {
                let shape = self.items.get_or_insert_default();
                items.iter().for_each(|item| shape.add(item));
            }
            Value::Object(fields) => {
                for (name, value) in fields {
                    self.fields.entry(name.clone()).or_default().add(value);
                }
            }
        }
    }

    /// Every name with what it holds, in order: `("facts", "list")`, `("facts[].label", "text")`.
    pub fn names(&self) -> Vec<(String, &'static str)> {
        fn below(shape: &Shape, at: &str, out: &mut Vec<(String, &'static str)>) {
            for (name, shape) in &shape.fields {
                let name = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
                out.push((name.clone(), shape.holds()));
                below(shape, &name, out);
                if let Some(items) = &shape.items {
                    below(items, &format!("{name}[]"), out);
                }
            }
        }
        let mut out = Vec::new();
        below(self, "", &mut out);
        out
    }

    /// What it holds, in a word for people.
    pub(super) fn holds(&self) -> &'static str {
        match self {
            Shape { items: Some(_), .. } => "list",
            Shape { text: true, .. } => "text",
            Shape { number: true, .. } => "number",
            Shape { flag: true, .. } => "yes or no",
            _ => "group",
        }
    }

    /// What `name` is in it: a field, or an item by its number.
    pub(super) fn get(&self, name: &str) -> Option<&Shape> {
        match &self.items {
            _ if self.unknown => Some(&UNKNOWN),
            Some(items) if name.bytes().all(|byte| byte.is_ascii_digit()) => Some(items),
            _ => self.fields.get(name),
        }
    }

    /// What `{{#each}}` goes over; none if it is no list and no group.
    pub(super) fn each(&self) -> Option<&Shape> {
        match &self.items {
            Some(items) => Some(items),
            None if self.unknown || !self.fields.is_empty() => Some(&UNKNOWN),
            None => None,
        }
    }

    pub(super) fn field_names(&self) -> impl Iterator<Item = &str> {
        self.fields.keys().map(String::as_str)
    }

    pub(super) fn is_unknown(&self) -> bool {
        self.unknown
    }

    /// Whether it can be written as a text.
    pub(super) fn is_text(&self) -> bool {
        self.unknown || self.items.is_none() && self.fields.is_empty()
    }

    /// Whether it is a number, or yes or no: what stands in JSON without quotes.
    pub(super) fn is_bare(&self) -> bool {
        (self.number || self.flag) && !self.text && self.is_text()
    }
}

const fn only(text: bool, number: bool, flag: bool, unknown: bool) -> Shape {
    Shape { fields: BTreeMap::new(), items: None, text, number, flag, unknown }
}

pub(super) static UNKNOWN: Shape = only(false, false, false, true);
pub(super) static TEXT: Shape = only(true, false, false, false);
pub(super) static NUMBER: Shape = only(false, true, false, false);
pub(super) static FLAG: Shape = only(false, false, true, false);

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_shape_is_the_union_of_what_it_saw() {
        let mut shape = Shape::default();
        for value in [json!({ "a": null, "b": [] }), json!({ "a": 1, "b": [{ "c": "x" }, { "d": true }] })] {
            shape.add(&value);
        }
        let names = [("a", "number"), ("b", "list"), ("b[].c", "text"), ("b[].d", "yes or no")];
        assert_eq!(shape.names(), names.map(|(name, holds)| (name.to_owned(), holds)));
    }
}

//! What names in a template stand for, as far as anybody has said, and what an expression comes to by that.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

/// What is known.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    /// What `!Ref` gives: of a parameter, a resource, a pseudo parameter; and what an export is called by.
    values: HashMap<String, String>,
    /// The names that somebody has said by hand: they stay.
    given: HashSet<String>,
}

/// Why an expression has no value here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unknown {
    /// Nobody has said what this stands for.
    Name(String),
    /// A function that only CloudFormation can carry out.
    Function(String),
    /// It is nothing that stands for a text.
    Nothing,
}

impl Known {
    pub(super) fn new(refs: &[(String, String)]) -> Known {
        let mut known = Known::default();
        for (name, value) in refs {
            known.tell(name, value);
            known.given.insert(name.clone());
        }
        known
    }

    /// Says what `name` stands for; what it was said to be before, if that is something else: it stays so.
    pub(super) fn tell(&mut self, name: &str, value: &str) -> Option<&str> {
        if name == "AWS::Region" && !self.values.contains_key("AWS::Partition") {
            let partition = match value.split('-').next() {
                Some("cn") => "aws-cn",
                Some("us") if value.starts_with("us-gov-") => "aws-us-gov",
                _ => "aws",
            };
            self.values.insert("AWS::Partition".to_owned(), partition.to_owned());
        }
        let told = self.values.entry(name.to_owned()).or_insert_with(|| value.to_owned());
        (told != value && !self.given.contains(name)).then_some(told)
    }

    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// The text that `value` comes to.
    pub(super) fn text(&self, value: &Value) -> Result<String, Unknown> {
        match value {
            Value::String(text) => Ok(text.clone()),
            Value::Number(number) => Ok(number.to_string()),
            Value::Bool(truth) => Ok(truth.to_string()),
            Value::Object(object) => match object.iter().next() {
                Some((function, argument)) if object.len() == 1 => self.call(function, argument),
                _ => Err(Unknown::Nothing),
            },
            Value::Null | Value::Array(_) => Err(Unknown::Nothing),
        }
    }

    /// The texts that a list, or what stands for one, comes to.
    fn texts(&self, value: &Value) -> Result<Vec<String>, Unknown> {
        match value {
            Value::Array(items) => items.iter().map(|item| self.text(item)).collect(),
            Value::Object(object) => match object.get("Fn::Split").and_then(Value::as_array).map(Vec::as_slice) {
                Some([by, text]) => {
                    let (by, text) = (self.text(by)?, self.text(text)?);
                    Ok(if by.is_empty() { vec![text] } else { text.split(&by).map(str::to_owned).collect() })
                }
                _ => Ok(self.text(value)?.split(',').map(|item| item.trim().to_owned()).collect()),
            },
            _ => Ok(self.text(value)?.split(',').map(|item| item.trim().to_owned()).collect()),
        }
    }

    fn call(&self, function: &str, argument: &Value) -> Result<String, Unknown> {
        let named = |name: &str| self.value(name).map(str::to_owned).ok_or_else(|| Unknown::Name(name.to_owned()));
        match (function, argument) {
            ("Ref", Value::String(name)) => named(name),
            ("Fn::ImportValue", name) => named(&self.text(name)?),
            ("Fn::GetAtt", Value::String(path)) => self.attribute(path),
            ("Fn::GetAtt", Value::Array(parts)) => {
                let parts: Vec<&str> = parts.iter().filter_map(Value::as_str).collect();
                self.attribute(&parts.join("."))
            }
            ("Fn::Sub", Value::String(text)) => self.substitute(text, &Value::Null),
            ("Fn::Sub", Value::Array(parts)) => match parts.as_slice() {
                [Value::String(text), own] => self.substitute(text, own),
                _ => Err(Unknown::Nothing),
            },
            ("Fn::Join", Value::Array(parts)) => match parts.as_slice() {
                [Value::String(by), items] => Ok(self.texts(items)?.join(by)),
                _ => Err(Unknown::Nothing),
            },
            ("Fn::Select", Value::Array(parts)) => match parts.as_slice() {
                [index, items] => {
                    let index = self.text(index)?.parse::<usize>().map_err(|_| Unknown::Nothing)?;
                    self.texts(items)?.into_iter().nth(index).ok_or(Unknown::Nothing)
                }
                _ => Err(Unknown::Nothing),
            },
            _ => Err(Unknown::Function(function.to_owned())),
        }
    }

    /// An attribute of a topic, which are the ones that lead to one.
    fn attribute(&self, path: &str) -> Result<String, Unknown> {
        if let Some(value) = self.value(path) {
            return Ok(value.to_owned());
        }
        let value = path.strip_suffix(".TopicArn").and_then(|name| self.value(name)).map(str::to_owned);
        let name = || self.value(path.strip_suffix(".TopicName")?)?.rsplit(':').next().map(str::to_owned);
        value.or_else(name).ok_or_else(|| Unknown::Name(path.strip_suffix(".TopicArn").unwrap_or(path).to_owned()))
    }

    /// `text` with each `${Name}` replaced, by the function's own values first; `${!Name}` is `${Name}` as it stands.
    fn substitute(&self, text: &str, own: &Value) -> Result<String, Unknown> {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            out.push_str(before);
            let Some((name, after)) = after.split_once('}') else {
                out.push_str("${");
                rest = after;
                continue;
            };
            match (name.strip_prefix('!'), own.get(name)) {
                (Some(literal), _) => out.push_str(&format!("${{{literal}}}")),
                (None, Some(value)) => out.push_str(&self.text(value)?),
                (None, None) => match name.contains('.') {
                    true => out.push_str(&self.attribute(name)?),
                    false => out.push_str(self.value(name).ok_or_else(|| Unknown::Name(name.to_owned()))?),
                },
            }
            rest = after;
        }
        out.push_str(rest);
        Ok(out)
    }

    /// The expressions that a list of topics holds, each with its place under the list's: of a condition both branches, of a
    /// list that is known by its value alone its items. Whether there was a condition.
    pub(super) fn items(&self, value: &Value) -> Result<(Vec<(String, Value)>, bool), Unknown> {
        let (mut items, mut both) = (Vec::new(), false);
        self.collect(value, String::new(), false, &mut items, &mut both)?;
        Ok((items, both))
    }

    fn collect(
        &self,
        value: &Value,
        at: String,
        is_item: bool,
        items: &mut Vec<(String, Value)>,
        both: &mut bool,
    ) -> Result<(), Unknown> {
        match value {
            Value::Null => {}
            Value::Array(all) => {
                for (index, item) in all.iter().enumerate() {
                    self.collect(item, format!("{at}/{index}"), true, items, both)?;
                }
            }
            Value::Object(object) if object.contains_key("Fn::If") => {
                *both = true;
                let branches = object.get("Fn::If").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
                for (index, branch) in branches.iter().enumerate().skip(1) {
                    self.collect(branch, format!("{at}/Fn::If/{index}"), is_item, items, both)?;
                }
            }
            Value::Object(object) if object.get("Ref").and_then(Value::as_str) == Some("AWS::NoValue") => {}
            Value::Object(object) if object.contains_key("Fn::Split") => {
                items.extend(self.texts(value)?.into_iter().map(|text| (at.clone(), text.into())));
            }
            // A list of its own: the value of a parameter.
            Value::Object(_) if self.text(value).is_ok_and(|text| text.contains(',')) || !is_item => {
                let texts = self.texts(value)?;
                match texts.as_slice() {
                    [_] if is_item => items.push((at, value.clone())),
                    _ => items.extend(texts.into_iter().filter(|text| !text.is_empty()).map(|text| (at.clone(), text.into()))),
                }
            }
            item => items.push((at, item.clone())),
        }
        Ok(())
    }
}

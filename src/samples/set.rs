//! A change to an event: `detail.statusCode=closed`.

use std::str::FromStr;

use serde_json::Value;

use crate::text::nearest;

/// One value of an event to change.
///
/// The path names the keys on the way to it, with dots between them (`\\.` is a dot in a key); a number is a place in a list,
/// from 0. A text on the way that holds JSON, as SNS's Message may, is opened, changed and written back. The last key may be
/// a new one of its object.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    path: String,
    keys: Vec<String>,
    value: Given,
}

#[derive(Debug, Clone, PartialEq)]
enum Given {
    /// As typed in a shell.
    Text(String),
    /// With a type of its own.
    Value(Value),
}

impl FromStr for Change {
    type Err = String;

    /// Reads `PATH=VALUE`. The value takes the type of what is there; where that cannot be, or nothing is there, it is JSON
    /// if it can be read as such, else text.
    fn from_str(argument: &str) -> Result<Change, String> {
        let (path, value) = argument.split_once('=').ok_or("must be PATH=VALUE, such as detail.statusCode=closed")?;
        Change::of(path, Given::Text(value.to_owned()))
    }
}

impl Change {
    /// `value` takes the type of the text or number that is there, where it can.
    ///
    /// # Errors
    /// If the path is empty or has an empty key.
    pub fn new(path: &str, value: Value) -> Result<Change, String> {
        Change::of(path, Given::Value(value))
    }

    fn of(path: &str, value: Given) -> Result<Change, String> {
        let mut keys = vec![String::new()];
        let mut chars = path.chars();
        while let Some(char) = chars.next() {
            match (char, keys.last_mut()) {
                ('.', _) => keys.push(String::new()),
                ('\\', Some(key)) => key.push(chars.next().unwrap_or('\\')),
                (char, Some(key)) => key.push(char),
                (_, None) => {}
            }
        }
        if keys.iter().any(String::is_empty) {
            return Err(format!("`{path}` is no path such as detail.statusCode"));
        }
        Ok(Change { path: path.to_owned(), keys, value })
    }

    /// Makes the change.
    ///
    /// # Errors
    /// Where on the way to it there is no further one; the event is unchanged then.
    pub fn apply(&self, event: &mut Value) -> Result<(), String> {
        self.step(event, 0).map_err(|problem| format!("`{}` leads nowhere: {problem}", self.path))
    }

    /// Goes on from `value`, which the first `depth` keys have led to.
    fn step(&self, value: &mut Value, depth: usize) -> Result<(), String> {
        let Some(key) = self.keys.get(depth) else {
            *value = self.value.like(Some(value));
            return Ok(());
        };
        let here = || self.keys.get(..depth).map(|keys| keys.join(".")).filter(|path| !path.is_empty());
        let here = || here().map_or_else(|| "the event".to_owned(), |path| format!("`{path}`"));
        match value {
            Value::Object(object) => {
                if let Some(inner) = object.get_mut(key) {
                    return self.step(inner, depth + 1);
                }
                if depth + 1 < self.keys.len() {
                    return Err(format!("{} has no `{key}`{}", here(), nearest(key, object.keys().map(String::as_str))));
                }
                object.insert(key.clone(), self.value.like(None));
                Ok(())
            }
            Value::Array(items) => {
                let count = items.len();
                match key.parse::<usize>().ok().and_then(|index| items.get_mut(index)) {
                    Some(item) => self.step(item, depth + 1),
                    None => Err(format!("{} is a list of {count}, counted from 0, without `{key}`", here())),
                }
            }
            Value::String(text) => match serde_json::from_str(text) {
                Ok(mut inner @ (Value::Object(_) | Value::Array(_))) => {
                    self.step(&mut inner, depth)?;
                    *text = inner.to_string();
                    Ok(())
                }
                _ => Err(format!("{} is a text without JSON in it", here())),
            },
            Value::Null | Value::Bool(_) | Value::Number(_) => Err(format!("{} is `{value}`, with nothing inside", here())),
        }
    }
}

impl Given {
    /// The value in the type of what is there, if it can have that.
    fn like(&self, there: Option<&Value>) -> Value {
        let json = |text: &str| serde_json::from_str::<Value>(text).ok();
        match (self, there) {
            (Given::Text(text), Some(Value::String(_))) => Value::String(text.clone()),
            (Given::Text(text), _) => json(text).unwrap_or_else(|| Value::String(text.clone())),
            (Given::Value(Value::String(text)), Some(Value::Number(_))) => {
                json(text).filter(Value::is_number).unwrap_or_else(|| Value::String(text.clone()))
            }
            (Given::Value(Value::String(text)), Some(Value::Bool(_))) => {
                json(text).filter(Value::is_boolean).unwrap_or_else(|| Value::String(text.clone()))
            }
            (
                Given::Value(value @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_))),
                Some(Value::String(_)),
            ) => Value::String(value.to_string()),
            (Given::Value(value), _) => value.clone(),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test says so by failing")]
mod tests {
    use serde_json::json;

    use super::*;

    fn event() -> Value {
        json!({
            "account": "111122223333",
            "detail": { "DaysToExpiry": 14, "open": true, "gone": null, "tags": ["a", { "b": "c" }], "a.b": "x" },
            "Records": [{ "Sns": { "Message": "{\"type\":\"failed\",\"n\":1.50,\"deep\":\"[1,2]\"}", "Subject": "hello" } }]
        })
    }

    #[test]
    fn a_value_takes_the_type_of_what_is_there() {
        for (argument, pointer, expected) in [
            ("account=5", "/account", json!("5")),
            ("account=null", "/account", json!("null")),
            ("account=", "/account", json!("")),
            ("account=a=b", "/account", json!("a=b")),
            ("detail.DaysToExpiry=3", "/detail/DaysToExpiry", json!(3)),
            ("detail.DaysToExpiry=soon", "/detail/DaysToExpiry", json!("soon")),
            ("detail.DaysToExpiry=null", "/detail/DaysToExpiry", json!(null)),
            ("detail.open=false", "/detail/open", json!(false)),
            ("detail.gone=3", "/detail/gone", json!(3)),
            ("detail.gone=three", "/detail/gone", json!("three")),
            ("detail.tags.0=5", "/detail/tags/0", json!("5")),
            ("detail.tags.1.b=d", "/detail/tags/1/b", json!("d")),
            ("detail.tags=[]", "/detail/tags", json!([])),
            ("detail.new=3", "/detail/new", json!(3)),
            ("detail.new=x y", "/detail/new", json!("x y")),
            ("detail.new={\"a\":1}", "/detail/new/a", json!(1)),
            ("detail.a\\.b=y", "/detail/a.b", json!("y")),
            ("Records.0.Sns.Subject=bye", "/Records/0/Sns/Subject", json!("bye")),
            (
                "Records.0.Sns.Message.type=renewed",
                "/Records/0/Sns/Message",
                json!("{\"type\":\"renewed\",\"n\":1.50,\"deep\":\"[1,2]\"}"),
            ),
            (
                "Records.0.Sns.Message.deep.1=7",
                "/Records/0/Sns/Message",
                json!("{\"type\":\"failed\",\"n\":1.50,\"deep\":\"[1,7]\"}"),
            ),
        ] {
            let mut changed = event();
            argument.parse::<Change>().unwrap().apply(&mut changed).unwrap();
            assert_eq!(changed.pointer(pointer), Some(&expected), "{argument}");
        }
    }

    #[test]
    fn a_value_with_a_type_of_its_own_gives_it_up_for_a_text_alone() {
        for (path, value, pointer, expected) in [
            ("account", json!(111122223333_u64), "/account", json!("111122223333")),
            ("account", json!(null), "/account", json!(null)),
            ("detail.DaysToExpiry", json!("3"), "/detail/DaysToExpiry", json!(3)),
            ("detail.DaysToExpiry", json!("3 days"), "/detail/DaysToExpiry", json!("3 days")),
            ("detail.open", json!("false"), "/detail/open", json!(false)),
            ("detail.new", json!("3"), "/detail/new", json!("3")),
            ("Records.0.Sns.Message", json!({ "a": 1 }), "/Records/0/Sns/Message", json!("{\"a\":1}")),
        ] {
            let mut changed = event();
            Change::new(path, value.clone()).unwrap().apply(&mut changed).unwrap();
            assert_eq!(changed.pointer(pointer), Some(&expected), "{path} {value}");
        }
    }

    #[test]
    fn a_path_that_leads_nowhere_says_where_it_stopped_and_changes_nothing() {
        for (argument, problem) in [
            ("detial.x.y=1", "`detial.x.y` leads nowhere: the event has no `detial`; did you mean `detail`?"),
            ("detail.x.y=1", "`detail.x.y` leads nowhere: `detail` has no `x`"),
            ("detail.tags.2=1", "`detail.tags.2` leads nowhere: `detail.tags` is a list of 2, counted from 0, without `2`"),
            ("detail.tags.b=1", "`detail.tags.b` leads nowhere: `detail.tags` is a list of 2, counted from 0, without `b`"),
            ("detail.open.x=1", "`detail.open.x` leads nowhere: `detail.open` is `true`, with nothing inside"),
            (
                "Records.0.Sns.Subject.x=1",
                "`Records.0.Sns.Subject.x` leads nowhere: `Records.0.Sns.Subject` is a text without JSON in it",
            ),
            (
                "Records.0.Sns.Message.deep.9=1",
                "`Records.0.Sns.Message.deep.9` leads nowhere: `Records.0.Sns.Message.deep` is a list of 2, counted from 0, without `9`",
            ),
        ] {
            let mut changed = event();
            let told = argument.parse::<Change>().unwrap().apply(&mut changed).unwrap_err();
            assert_eq!((told.as_str(), changed), (problem, event()), "{argument}");
        }
        for argument in ["", "detail", "=1", "a..b=1", ".a=1", "a.=1"] {
            assert!(argument.parse::<Change>().is_err(), "{argument}");
        }
    }
}

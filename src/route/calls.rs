//! Whom a route's messages call.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::de::value::StrDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

use crate::notification::{Mention, Severity};
use crate::text::nearest;

/// Whom messages call, by severity; one that is not in it calls nobody.
///
/// Written as `channel` for all of them, or as `{ critical: channel, warning: here }`.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema)]
#[schemars(with = "Written")]
pub struct Calls(BTreeMap<Severity, Mention>);

#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "how it may be written, for the schema")]
enum Written {
    All(Mention),
    BySeverity(BySeverity),
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, default)]
#[derive(Default)]
struct BySeverity {
    /// Whom a message of that severity calls.
    critical: Option<Mention>,
    /// The same.
    warning: Option<Mention>,
    /// The same.
    notice: Option<Mention>,
    /// The same.
    info: Option<Mention>,
}

impl Calls {
    pub fn of(&self, severity: Severity) -> Mention {
        self.0.get(&severity).copied().unwrap_or(Mention::None)
    }

    /// Whether there is a severity whose messages call anybody.
    pub fn anybody(&self) -> bool {
        self.0.values().any(|mention| *mention != Mention::None)
    }
}

impl From<Mention> for Calls {
    fn from(mention: Mention) -> Calls {
        Calls(Severity::ALL.iter().map(|severity| (*severity, mention)).collect())
    }
}

impl<'de> Deserialize<'de> for Calls {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Calls, D::Error> {
        deserializer.deserialize_any(CallsVisitor)
    }
}

struct CallsVisitor;

impl<'de> Visitor<'de> for CallsVisitor {
    type Value = Calls;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`channel`, `here`, `none`, or one of these by severity")
    }

    fn visit_str<E: Error>(self, mention: &str) -> Result<Calls, E> {
        Mention::deserialize(StrDeserializer::new(mention)).map(Calls::from)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Calls, A::Error> {
        let mut calls = BTreeMap::new();
        while let Some(name) = map.next_key::<String>()? {
            let Some(severity) = Severity::ALL.iter().find(|severity| severity.as_str() == name) else {
                let near = nearest(&name, Severity::ALL.iter().map(|severity| severity.as_str()));
                return Err(A::Error::custom(format!("there is no severity `{name}`{near}")));
            };
            calls.insert(*severity, map.next_value()?);
        }
        Ok(Calls(calls))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test says so by failing")]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn calls_are_one_word_or_one_for_each_severity() {
        use Mention::{Channel, Here, None};
        for (written, called) in [
            (json!("channel"), [Channel, Channel, Channel, Channel]),
            (json!("none"), [None, None, None, None]),
            (json!({ "critical": "channel", "warning": "here" }), [None, None, Here, Channel]),
            (json!({ "critical": "none", "info": "here" }), [Here, None, None, None]),
            (json!({}), [None, None, None, None]),
        ] {
            let calls = Calls::deserialize(&written).unwrap();
            let all: Vec<Mention> = Severity::ALL.iter().map(|severity| calls.of(*severity)).collect();
            assert_eq!(all, called, "{written}");
        }
        for (written, expected) in [
            (json!("chanel"), "unknown variant `chanel`, expected one of `channel`, `here`, `none`"),
            (json!({ "critcal": "here" }), "there is no severity `critcal`; did you mean `critical`?"),
            (json!({ "critical": "all" }), "unknown variant `all`"),
            (json!(["here"]), "expected `channel`, `here`, `none`, or one of these by severity"),
        ] {
            let problem = Calls::deserialize(&written).unwrap_err().to_string();
            assert!(problem.contains(expected), "{written}: {problem}");
        }
    }
}

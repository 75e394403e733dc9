//! Event patterns: which notifications and events a route wants, in the syntax of Amazon EventBridge.
//!
//! A pattern has the shape of the event. Every leaf is a list of what the field may be: plain values
//! and operators, of which one has to fit; every field named has to fit.
//!
//! ```yaml
//! kind: [{ prefix: certificate. }]
//! severity: [critical, warning]
//! detail:
//!   days-left: [{ numeric: [">", 0, "<=", 14] }]
//!   "$or":
//!     - region: [{ anything-but: { prefix: us- } }]
//!     - owner: [{ exists: false }]
//! ```
//!
//! | in the list | fits |
//! | --- | --- |
//! | `"text"`, `""`, `5`, `true`, `null` | that very value; numbers by value, so `300` is `3.0e2` |
//! | `{"prefix": "a"}`, `{"suffix": "z"}` | a string that starts or ends so |
//! | `{"prefix": {"equals-ignore-case": "a"}}`, also `suffix` | the same in any case |
//! | `{"equals-ignore-case": "a"}` | that string in any case |
//! | `{"wildcard": "a*z"}` | a string of that form; `\*` and `\\` stand for themselves |
//! | `{"numeric": [">", 0, "<=", 5]}` | a number; `=`, `<`, `<=`, `>`, `>=`, or a range from low to high |
//! | `{"cidr": "10.0.0.0/8"}` | a string holding an IPv4 or IPv6 address of that block |
//! | `{"exists": true}`, `{"exists": false}` | a field that has, or has not, a plain value |
//! | `{"anything-but": x}` | any plain value except `x`: a string, a number, a list of either, or a |
//! | | `prefix`, `suffix`, `equals-ignore-case` or `wildcard` of a string or a list of strings |
//!
//! `$or`, at any level, is a list of two or more patterns, one of which has to fit beside its siblings.
//!
//! An event field holding a list fits when any of its elements does, lists in lists included; an empty
//! list and an object count as no value. Fields wanted below a list of objects have to be found in the
//! same element. `exists: false` alone wants the field in no element.
//!
//! Source: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html>,
//! <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns-arrays.html> and, for what
//! those leave open, AWS's own matcher, <https://github.com/aws/event-ruler>.
//!
//! Where this differs from AWS's matcher: a number of any size and precision compares by its value, as a
//! 64-bit float below `numeric`; AWS ends at ±5e9 and six decimals. A `$or` that it would read as a field
//! of that name is refused, and so is a field set twice in one combination of `$or`, of which it keeps the
//! last. A wildcard may be as complex as it likes, and inside `$or` no words but the operators above are
//! reserved. Its undocumented operator `exactly`, keys with dots that stand for nested fields, and other
//! spellings of an exact IP address are not known here. What `exists: false` says does not hang on the
//! alphabetical order of the keys.
//!
//! `tests/patterns` holds all of this as a table of cases, each with what AWS says where that differs.

mod cidr;
mod condition;
mod explain;
mod node;
mod operator;
mod parse;
mod reach;
mod schema;
#[cfg(test)]
mod tests;
mod wildcard;

use std::error::Error;
use std::fmt;

use serde_json::Value;

use node::Node;
pub use reach::{Known, Reach, Want, covers, wants};

/// A compiled event pattern; see the module for the syntax.
#[derive(Debug, Clone)]
pub struct Pattern {
    /// Every combination that `$or` allows, one of which has to fit: a pattern without `$or` has one.
    alternatives: Vec<Node>,
}

impl Pattern {
    /// Compiles a pattern: an object of fields, each a list of values and operators or another object.
    ///
    /// # Errors
    ///
    /// What AWS refuses as well: an unknown operator or an operand of the wrong type, an empty object or
    /// list, a scalar where a list belongs, a `$or` of fewer than 2 objects or of more than 1000
    /// combinations, a malformed address block, wildcard or number range. Also, see the module, a field
    /// set twice, and more than 32 levels.
    pub fn parse(value: &Value) -> Result<Self, PatternError> {
        parse::alternatives(value).map(|alternatives| Self { alternatives })
    }

    /// Whether the event fits, and if it does not, why.
    ///
    /// # Errors
    ///
    /// The first field that does not fit, or one for each alternative of `$or`.
    pub fn check(&self, event: &Value) -> Result<(), Mismatch> {
        if self.matches(event) {
            return Ok(());
        }
        Err(Mismatch { text: explain::mismatch(&self.alternatives, event) })
    }

    /// Whether the event, a JSON object, fits. Anything else than an object never does.
    #[must_use]
    pub fn matches(&self, event: &Value) -> bool {
        event.is_object() && self.alternatives.iter().any(|node| node.fits(&[event]))
    }
}

/// Why a value is no event pattern. Displays as `detail.state[0].prefix: must be a string, not a number`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatternError {
    path: String,
    message: String,
}

impl PatternError {
    /// The place in the pattern, such as `detail.state[0].prefix`; empty for the pattern as a whole.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is wrong there: one lower-case clause, such as `must be a string, not a number`.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), message: message.into() }
    }
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path.is_empty() { "pattern" } else { &self.path };
        write!(f, "{path}: {}", self.message)
    }
}

impl Error for PatternError {}

/// Why an event does not fit a pattern: one line of at most some 1600 characters, a value of the event
/// cut at 80. Displays as `` `severity` is `info`, wanted `critical` or `warning` ``.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    text: String,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Error for Mismatch {}

/// What a JSON value is, with its article, for messages.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

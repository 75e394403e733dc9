//! One entry of a leaf's list: a plain value or an operator.

use std::fmt;

use serde_json::{Number, Value};

use super::cidr::Cidr;
use super::explain::{literal, one_of, quoted};
use super::wildcard::Wildcard;

/// What one plain value of the event is held against.
#[derive(Debug, Clone)]
pub(super) enum Condition {
    /// A string, number, boolean or null.
    Exact(Value),
    Prefix(String),
    Suffix(String),
    EqualsIgnoreCase(AnyCase),
    PrefixIgnoreCase(AnyCase),
    SuffixIgnoreCase(AnyCase),
    Wildcard(Wildcard),
    /// All of these have to hold.
    Numeric(Vec<(Comparison, f64)>),
    Cidr(Cidr),
    Exists(bool),
    /// None of these may fit.
    AnythingBut(Vec<Condition>),
}

impl Condition {
    /// Whether a plain value, no list and no object, fits.
    pub(super) fn fits(&self, value: &Value) -> bool {
        let text = value.as_str();
        match self {
            Self::Exact(wanted) => same(wanted, value),
            Self::Prefix(prefix) => text.is_some_and(|text| text.starts_with(prefix)),
            Self::Suffix(suffix) => text.is_some_and(|text| text.ends_with(suffix)),
            Self::EqualsIgnoreCase(wanted) => text.is_some_and(|text| fold(text) == wanted.folded),
            Self::PrefixIgnoreCase(prefix) => text.is_some_and(|text| fold(text).starts_with(&prefix.folded)),
            Self::SuffixIgnoreCase(suffix) => text.is_some_and(|text| fold(text).ends_with(&suffix.folded)),
            Self::Wildcard(wildcard) => text.is_some_and(|text| wildcard.matches(text)),
            Self::Numeric(bounds) => {
                value.as_f64().is_some_and(|number| bounds.iter().all(|(comparison, bound)| comparison.holds(number, *bound)))
            }
            Self::Cidr(block) => text.is_some_and(|text| block.contains(text)),
            Self::Exists(wanted) => *wanted,
            Self::AnythingBut(excluded) => !excluded.iter().any(|condition| condition.fits(value)),
        }
    }

    /// Whether a field without a plain value fits.
    pub(super) fn fits_absence(&self) -> bool {
        matches!(self, Self::Exists(false))
    }
}

/// The condition as an explanation names it, after the word «wanted».
impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(value) => f.write_str(&quoted(&literal(value))),
            Self::Prefix(prefix) => write!(f, "prefix {}", quoted(prefix)),
            Self::Suffix(suffix) => write!(f, "suffix {}", quoted(suffix)),
            Self::EqualsIgnoreCase(wanted) => write!(f, "{} in any case", quoted(&wanted.source)),
            Self::PrefixIgnoreCase(prefix) => {
                write!(f, "prefix {} in any case", quoted(&prefix.source))
            }
            Self::SuffixIgnoreCase(suffix) => {
                write!(f, "suffix {} in any case", quoted(&suffix.source))
            }
            Self::Wildcard(wildcard) => write!(f, "wildcard {}", quoted(wildcard.source())),
            Self::Numeric(bounds) => {
                f.write_str("a number ")?;
                for (index, (comparison, bound)) in bounds.iter().enumerate() {
                    let and = if index == 0 { "" } else { " and " };
                    write!(f, "{and}{} {bound}", comparison.symbol())?;
                }
                Ok(())
            }
            Self::Cidr(block) => write!(f, "an address in {}", quoted(block.source())),
            Self::Exists(true) => f.write_str("any value"),
            Self::Exists(false) => f.write_str("no value"),
            Self::AnythingBut(excluded) => write!(f, "anything but {}", one_of(excluded)),
        }
    }
}

/// A text to be found in any case.
#[derive(Debug, Clone)]
pub(super) struct AnyCase {
    source: String,
    folded: String,
}

impl AnyCase {
    pub(super) fn new(source: &str) -> Self {
        Self { source: source.to_owned(), folded: fold(source) }
    }
}

/// How a number is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    /// All of them, as messages list them.
    pub(super) const ALL: [Self; 5] = [Self::Equal, Self::Less, Self::LessOrEqual, Self::Greater, Self::GreaterOrEqual];

    /// The comparison as it is written in a pattern.
    pub(super) fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }

    fn holds(self, number: f64, bound: f64) -> bool {
        match self {
            Self::Equal => number == bound,
            Self::Less => number < bound,
            Self::LessOrEqual => number <= bound,
            Self::Greater => number > bound,
            Self::GreaterOrEqual => number >= bound,
        }
    }
}

/// Equality of plain values, where numbers are equal by value and not by notation.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => same_number(left, right),
        _ => left == right,
    }
}

fn same_number(left: &Number, right: &Number) -> bool {
    // Whole numbers compare as such, for beyond 2^53 a float holds several of them; so does -0 with 0.
    match (left.as_i128(), right.as_i128()) {
        (Some(left), Some(right)) => left == right,
        _ => left == right || ((left.is_f64() || right.is_f64()) && left.as_f64() == right.as_f64()),
    }
}

/// The text in lower case, one character at a time: `str::to_lowercase` looks at the neighbours of a
/// final sigma, so that a prefix of a text would not fold to a prefix of the folded text.
fn fold(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

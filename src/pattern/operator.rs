//! Reading a leaf's list: plain values and operators.

use serde_json::{Map, Value};

use super::cidr::Cidr;
use super::condition::{AnyCase, Comparison, Condition};
use super::explain::one_of;
use super::wildcard::Wildcard;
use super::{PatternError, kind};

const PREFIX: &str = "prefix";
const SUFFIX: &str = "suffix";
const EQUALS_IGNORE_CASE: &str = "equals-ignore-case";
const WILDCARD: &str = "wildcard";
pub(super) const ANYTHING_BUT: &str = "anything-but";
const NUMERIC: &str = "numeric";
const CIDR: &str = "cidr";
const EXISTS: &str = "exists";

const OPERATORS: [&str; 8] = [ANYTHING_BUT, CIDR, EQUALS_IGNORE_CASE, EXISTS, NUMERIC, PREFIX, SUFFIX, WILDCARD];

/// Whether a key is the name of an operator.
pub(super) fn is_operator(key: &str) -> bool {
    OPERATORS.contains(&key)
}

/// Reads the list at `path`, which must not be empty.
pub(super) fn conditions(list: &[Value], path: &str) -> Result<Vec<Condition>, PatternError> {
    if list.is_empty() {
        return Err(PatternError::new(path, "must hold at least one value"));
    }
    list.iter().enumerate().map(|(index, entry)| condition(entry, &format!("{path}[{index}]"))).collect()
}

fn condition(entry: &Value, path: &str) -> Result<Condition, PatternError> {
    match entry {
        Value::Object(operator) => {
            let (name, operand) = single(operator, path)?;
            apply(name, operand, &format!("{path}.{name}"))
        }
        Value::Array(_) => Err(mistyped(entry, path, "a plain value or an operator")),
        plain => Ok(Condition::Exact(plain.clone())),
    }
}

/// The one operator that an object names, and its operand.
fn single<'a>(operator: &'a Map<String, Value>, path: &str) -> Result<(&'a str, &'a Value), PatternError> {
    let mut entries = operator.iter();
    match (entries.next(), entries.next()) {
        (Some((name, operand)), None) => Ok((name, operand)),
        _ => {
            let count = operator.len();
            let message = format!("must hold exactly one operator, not {count}");
            Err(PatternError::new(path, message))
        }
    }
}

fn apply(name: &str, operand: &Value, path: &str) -> Result<Condition, PatternError> {
    match (name, operand) {
        (PREFIX | SUFFIX, Value::Object(inner)) => affix_in_any_case(name, inner, path),
        (ANYTHING_BUT, _) => anything_but(operand, path),
        (NUMERIC, _) => numeric(operand, path),
        (CIDR, _) => Cidr::parse(string(operand, path)?).map(Condition::Cidr).map_err(|message| PatternError::new(path, message)),
        (EXISTS, _) => operand.as_bool().map(Condition::Exists).ok_or_else(|| mistyped(operand, path, "true or false")),
        _ => match TextOperator::named(name) {
            Some(operator) => on_text(operator, operand, path),
            None => Err(unknown(&OPERATORS, path)),
        },
    }
}

/// An operator on a string, which `anything-but` takes as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TextOperator {
    EqualsIgnoreCase,
    Prefix,
    Suffix,
    Wildcard,
}

impl TextOperator {
    const NAMES: [&str; 4] = [EQUALS_IGNORE_CASE, PREFIX, SUFFIX, WILDCARD];

    fn named(name: &str) -> Option<Self> {
        match name {
            EQUALS_IGNORE_CASE => Some(Self::EqualsIgnoreCase),
            PREFIX => Some(Self::Prefix),
            SUFFIX => Some(Self::Suffix),
            WILDCARD => Some(Self::Wildcard),
            _ => None,
        }
    }
}

fn on_text(operator: TextOperator, operand: &Value, path: &str) -> Result<Condition, PatternError> {
    let text = string(operand, path)?;
    match operator {
        TextOperator::EqualsIgnoreCase => Ok(Condition::EqualsIgnoreCase(AnyCase::new(text))),
        TextOperator::Prefix => Ok(Condition::Prefix(text.to_owned())),
        TextOperator::Suffix => Ok(Condition::Suffix(text.to_owned())),
        TextOperator::Wildcard => {
            Wildcard::parse(text).map(Condition::Wildcard).map_err(|message| PatternError::new(path, message))
        }
    }
}

/// `{"prefix": {"equals-ignore-case": "a"}}`, or the same with `suffix`.
fn affix_in_any_case(name: &str, inner: &Map<String, Value>, path: &str) -> Result<Condition, PatternError> {
    let (inner_name, operand) = single(inner, path)?;
    let path = format!("{path}.{inner_name}");
    if inner_name != EQUALS_IGNORE_CASE {
        return Err(unknown(&[EQUALS_IGNORE_CASE], &path));
    }
    let text = AnyCase::new(string(operand, &path)?);
    Ok(if name == PREFIX { Condition::PrefixIgnoreCase(text) } else { Condition::SuffixIgnoreCase(text) })
}

fn anything_but(operand: &Value, path: &str) -> Result<Condition, PatternError> {
    let excluded = match operand {
        Value::String(_) | Value::Number(_) => vec![Condition::Exact(operand.clone())],
        Value::Array(list) => strings_or_numbers(list, path)?,
        Value::Object(inner) => {
            let (name, operand) = single(inner, path)?;
            let path = format!("{path}.{name}");
            match TextOperator::named(name) {
                Some(operator) => on_texts(operator, operand, &path)?,
                None => return Err(unknown(&TextOperator::NAMES, &path)),
            }
        }
        Value::Null | Value::Bool(_) => {
            let wanted = "a string, a number, a list or an operator";
            return Err(mistyped(operand, path, wanted));
        }
    };
    Ok(Condition::AnythingBut(excluded))
}

fn strings_or_numbers(list: &[Value], path: &str) -> Result<Vec<Condition>, PatternError> {
    if list.is_empty() {
        return Err(PatternError::new(path, "must hold at least one value"));
    }
    for (index, entry) in list.iter().enumerate() {
        if !entry.is_string() && !entry.is_number() {
            let path = format!("{path}[{index}]");
            return Err(mistyped(entry, &path, "a string or a number"));
        }
    }
    if list.iter().any(Value::is_string) && list.iter().any(Value::is_number) {
        return Err(PatternError::new(path, "must hold either strings or numbers, not both"));
    }
    Ok(list.iter().cloned().map(Condition::Exact).collect())
}

/// An operator below `anything-but`, with a string or a list of strings.
fn on_texts(operator: TextOperator, operand: &Value, path: &str) -> Result<Vec<Condition>, PatternError> {
    let affix = matches!(operator, TextOperator::Prefix | TextOperator::Suffix);
    let one = |operand: &Value, path: &str| {
        // Every string starts and ends with nothing, so that nothing would be left to fit.
        if affix && operand.as_str() == Some("") {
            return Err(PatternError::new(path, "must not be empty"));
        }
        on_text(operator, operand, path)
    };
    match operand {
        Value::String(_) => Ok(vec![one(operand, path)?]),
        Value::Array(list) if list.is_empty() => Err(PatternError::new(path, "must hold at least one value")),
        Value::Array(list) => list.iter().enumerate().map(|(index, entry)| one(entry, &format!("{path}[{index}]"))).collect(),
        _ => Err(mistyped(operand, path, "a string or a list of strings")),
    }
}

fn numeric(operand: &Value, path: &str) -> Result<Condition, PatternError> {
    use Comparison::{Greater, GreaterOrEqual, Less, LessOrEqual};

    let bounds = match operand.as_array().map(Vec::as_slice) {
        Some([symbol, bound]) => {
            vec![(comparison(symbol, &format!("{path}[0]"), &Comparison::ALL)?, number(bound, &format!("{path}[1]"))?)]
        }
        Some([low_symbol, low, high_symbol, high]) => {
            let low_comparison = comparison(low_symbol, &format!("{path}[0]"), &[Greater, GreaterOrEqual])?;
            let low = number(low, &format!("{path}[1]"))?;
            let high_comparison = comparison(high_symbol, &format!("{path}[2]"), &[Less, LessOrEqual])?;
            let high = number(high, &format!("{path}[3]"))?;
            if low >= high {
                return Err(PatternError::new(path, "must have a lower bound below its upper bound"));
            }
            vec![(low_comparison, low), (high_comparison, high)]
        }
        _ => {
            return Err(PatternError::new(path, r#"must be a list such as [">", 0] or [">", 0, "<=", 5]"#));
        }
    };
    Ok(Condition::Numeric(bounds))
}

fn comparison(symbol: &Value, path: &str, allowed: &[Comparison]) -> Result<Comparison, PatternError> {
    let found = allowed.iter().find(|comparison| symbol.as_str() == Some(comparison.symbol()));
    found.copied().ok_or_else(|| {
        let symbols: Vec<&str> = allowed.iter().map(|one| one.symbol()).collect();
        PatternError::new(path, format!("must be one of {}", symbols.join(", ")))
    })
}

fn number(value: &Value, path: &str) -> Result<f64, PatternError> {
    value.as_f64().ok_or_else(|| mistyped(value, path, "a number"))
}

fn string<'a>(value: &'a Value, path: &str) -> Result<&'a str, PatternError> {
    value.as_str().ok_or_else(|| mistyped(value, path, "a string"))
}

fn mistyped(value: &Value, path: &str, wanted: &str) -> PatternError {
    PatternError::new(path, format!("must be {wanted}, not {}", kind(value)))
}

fn unknown(known: &[&str], path: &str) -> PatternError {
    PatternError::new(path, format!("unknown operator, wanted {}", one_of(known)))
}

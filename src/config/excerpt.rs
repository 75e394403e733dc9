//! The line that a problem is about, as it may be shown: what could be a secret in it is masked.
//!
//! A value is shown where the schema knows its setting, and knows it for no secret; so is a reference to one. Everything else
//! that is no key is masked, comments are left out. Where a file is no YAML, nobody knows where a value ends, and only what
//! looks like a key is shown.

use std::ops::Range;
use std::path::Path;

use serde_json::Value;

use super::hint::hint;
use super::tree::{Place, Tree, dotted};
use super::{Origin, Problem, schema};
use crate::secret::SecretRef;
use crate::text::columns::width;
use crate::text::mask::mask;

/// A line, and what of it is at fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    pub text: String,
    /// The columns before what is at fault, where a Chinese character takes two.
    pub before: usize,
    /// The columns that it takes, one at least.
    pub width: usize,
}

/// A file with problems.
pub struct Excerpts {
    chars: Vec<char>,
    /// None where it is no YAML.
    tree: Option<Tree>,
    schema: Option<Value>,
}

impl Excerpts {
    /// Of the configuration that `origin` has; none if there is none to be read.
    pub fn of_configuration(origin: &Origin) -> Option<Excerpts> {
        match origin {
            Origin::File(path) => std::fs::read(path).ok().map(|bytes| Excerpts::of_text(&String::from_utf8_lossy(&bytes))),
            Origin::Parameter(stored) => stored.text().map(Excerpts::of_text),
            Origin::Environment => None,
        }
    }

    /// Of any other file, which holds no secrets but by mistake.
    pub fn of(path: &Path) -> Option<Excerpts> {
        std::fs::read(path).ok().map(|bytes| Excerpts::new(&String::from_utf8_lossy(&bytes), None))
    }

    /// Of a configuration with this text.
    pub fn of_text(text: &str) -> Excerpts {
        Excerpts::new(text, Some(schema::schema()))
    }

    fn new(text: &str, schema: Option<Value>) -> Excerpts {
        let tree = schema.is_some().then(|| Tree::parse(text, "receivers").ok()).flatten();
        Excerpts { chars: text.chars().collect(), tree, schema }
    }

    /// The line of `problem`; none if it has no place.
    pub fn excerpt(&self, problem: &Problem) -> Option<Excerpt> {
        let (line, column) = problem.at?;
        let line = self.line(line)?;
        let at = line.start.saturating_add(usize::try_from(column).ok()?.saturating_sub(1)).min(line.end);
        let at = self.value_at_fault(problem, &line).unwrap_or(at);
        let pieces = match (&self.schema, &self.tree) {
            (Some(schema), Some(tree)) => self.known(&line, tree, schema),
            (Some(_), None) => self.unknown(&line),
            (None, _) => self.plain(&line, at),
        };
        Some(around(&pieces, at))
    }

    /// A way out of `problem`, if there is one to tell beside its text: its own, else what the schema says about the setting.
    pub fn help(&self, problem: &Problem) -> Option<String> {
        let from_schema = || {
            let root = self.schema.as_ref().filter(|_| !problem.setting.is_empty())?;
            let here = self.tree.iter().flat_map(Tree::places).filter(|(_, place)| Some(place.at) == problem.at);
            let found = here.map(|(pointer, _)| pointer).find(|pointer| dotted(pointer) == problem.setting);
            // What is not there stands nowhere.
            let missing = || format!("/{}", problem.setting.replace(['.', '['], "/").replace(']', ""));
            hint(root, &found.map_or_else(missing, str::to_owned), &problem.text)
        };
        problem.help.as_deref().map(str::to_owned).or_else(from_schema)
    }

    /// The characters of a line, counted from one, without its end and without a byte order mark.
    fn line(&self, number: u64) -> Option<Range<usize>> {
        let before = usize::try_from(number).ok()?.checked_sub(1)?;
        let ends = || self.chars.iter().enumerate().filter(|(_, char)| **char == '\n').map(|(at, _)| at);
        let start = match before {
            0 => usize::from(self.chars.first() == Some(&'\u{feff}')),
            _ => ends().nth(before - 1)? + 1,
        };
        let end = ends().find(|end| *end >= start).unwrap_or(self.chars.len());
        let ended_with = |char| end > start && self.chars.get(end - 1) == Some(&char);
        Some(start..if ended_with('\r') { end - 1 } else { end })
    }

    fn text(&self, range: &Range<usize>) -> String {
        self.chars.get(range.clone()).unwrap_or_default().iter().collect()
    }

    /// Where the value stands that is at fault; none if it is the key, or stands on another line.
    fn value_at_fault(&self, problem: &Problem, line: &Range<usize>) -> Option<usize> {
        let (tree, root) = (self.tree.as_ref()?, self.schema.as_ref()?);
        let (pointer, place) = tree
            .places()
            .find(|(pointer, place)| Some(place.at) == problem.at && !pointer.is_empty() && dotted(pointer) == problem.setting)?;
        let value = place.value.clone().filter(|value| !value.is_empty() && line.contains(&value.start))?;
        schema::at(root, pointer).map(|_| value.start)
    }

    /// A line of a file that is shown as it is, but for credentials; at `at`, a tag of a template or a word.
    fn plain(&self, line: &Range<usize>, at: usize) -> Vec<Piece> {
        let text = self.text(line);
        let masked = mask(&text);
        if masked != text {
            return vec![Piece { range: line.clone(), shown: masked.into_owned() }];
        }
        let rest = self.text(&(at..line.end));
        let ends = |char: char| !char.is_alphanumeric() && !"_./@".contains(char);
        let length = match rest.starts_with("{{") {
            true => rest.split("}}").next().unwrap_or_default().chars().count() + 2,
            false => rest.chars().take_while(|char| !ends(*char)).count().max(1),
        };
        let end = at.saturating_add(length).min(line.end);
        let parts = [line.start..at, at..end, end..line.end];
        parts.into_iter().map(|range| Piece { shown: self.text(&range), range }).collect()
    }

    /// A line whose parts are known.
    fn known(&self, line: &Range<usize>, tree: &Tree, root: &Value) -> Vec<Piece> {
        let mut parts: Vec<(Range<usize>, Part)> = Vec::new();
        let is_here = |range: &Range<usize>| range.start < line.end && line.start < range.end;
        for (pointer, place) in tree.places() {
            let Place { key, value, .. } = place;
            parts.extend(key.clone().filter(is_here).map(|key| (key, Part::Key)));
            let part = || if is_harmless(root, tree, pointer) { Part::Harmless } else { Part::Secret };
            parts.extend(value.clone().filter(is_here).map(|value| (value, part())));
        }
        parts.sort_by_key(|(range, _)| (range.start, range.end));
        let mut pieces = Vec::new();
        let mut at = line.start;
        for (range, part) in parts {
            let range = range.start.max(at)..range.end.min(line.end);
            if range.is_empty() {
                continue;
            }
            if !self.between(at..range.start, &mut pieces) {
                return pieces;
            }
            at = range.end;
            let text = self.text(&range);
            let shown = match part {
                Part::Key if !text.contains("://") => mask(&text).into_owned(),
                Part::Harmless => mask(&text).into_owned(),
                Part::Key | Part::Secret => masked(&text),
            };
            pieces.push(Piece { range, shown });
        }
        self.between(at..line.end, &mut pieces);
        pieces
    }

    /// What stands between keys and values: marks, the names of anchors, and comments, which end the line.
    fn between(&self, range: Range<usize>, pieces: &mut Vec<Piece>) -> bool {
        let mut word: Option<bool> = None;
        for at in range {
            let Some(char) = self.chars.get(at).copied() else { return false };
            let first = at == 0 || self.chars.get(at - 1).is_some_and(|before| before.is_whitespace());
            if char == '#' && first {
                return false;
            }
            if char.is_whitespace() || "{}[],:?|>-+\"'%.".contains(char) {
                word = None;
            }
            let shown = match word {
                _ if "&*!".contains(char) => {
                    word = Some(true);
                    char.to_string()
                }
                None if char.is_whitespace() || char.is_ascii_punctuation() || char.is_ascii_digit() => char.to_string(),
                Some(true) => char.to_string(),
                Some(false) => String::new(),
                None => {
                    word = Some(false);
                    MASK.to_owned()
                }
            };
            pieces.push(Piece { range: at..at + 1, shown });
        }
        true
    }

    /// A line of what is no YAML.
    fn unknown(&self, line: &Range<usize>) -> Vec<Piece> {
        let chars = self.chars.get(line.clone()).unwrap_or_default();
        let is_mark = |char: char| char.is_whitespace() || "{}[],\"'".contains(char);
        let mut pieces = Vec::new();
        let mut at = 0;
        let mut hidden = false;
        while let Some(char) = chars.get(at).copied() {
            let end = chars.iter().skip(at).position(|char| is_mark(*char)).map_or(chars.len(), |length| at + length.max(1));
            let word: String = chars.get(at..end).unwrap_or_default().iter().collect();
            let quoted = chars.get(end).is_some_and(|char| "\"'".contains(*char)) && chars.get(end + 1) == Some(&':');
            let shown = match word.strip_suffix(':') {
                Some(key) if is_plain(key) && chars.get(end).is_none_or(|char| is_mark(*char)) => Some(word.clone()),
                None if quoted && is_plain(&word) => Some(word.clone()),
                _ if is_mark(char) || word.chars().all(|char| "-?:|>&*!".contains(char)) => Some(word.clone()),
                _ if word.starts_with('#') => break,
                _ => None,
            };
            // Blanks between words that are masked are masked with them.
            let blank = char.is_whitespace() && hidden;
            let shown = match shown {
                Some(shown) if !blank => {
                    hidden = false;
                    shown
                }
                Some(shown) => {
                    let next = chars.get(end).copied().unwrap_or(' ');
                    if is_mark(next) { shown } else { String::new() }
                }
                None if hidden => String::new(),
                None => {
                    hidden = true;
                    MASK.to_owned()
                }
            };
            pieces.push(Piece { range: line.start + at..line.start + end, shown });
            at = end;
        }
        pieces
    }
}

enum Part {
    Key,
    Harmless,
    Secret,
}

/// A part of a line, and what is shown of it.
struct Piece {
    range: Range<usize>,
    shown: String,
}

/// Whether the value at `pointer` is none of a secret's, as far as anybody can know.
fn is_harmless(root: &Value, tree: &Tree, pointer: &str) -> bool {
    let Some(value) = tree.value(pointer) else { return false };
    let reference = value.as_str().map(|text| SecretRef::from(text.to_owned()));
    if reference.is_some_and(|reference| !matches!(reference, SecretRef::Literal(_))) {
        return true;
    }
    value.is_null() || schema::at(root, pointer).is_some_and(schema::is_shown)
}

/// A secret, behind its quotes.
fn masked(text: &str) -> String {
    let quote = |char: Option<char>| char.filter(|char| "\"'".contains(*char)).map(String::from).unwrap_or_default();
    let last = if text.chars().count() > 1 { quote(text.chars().next_back()) } else { String::new() };
    format!("{}{MASK}{last}", quote(text.chars().next()))
}

/// Whether a word can be a key of somebody's who means no harm.
fn is_plain(word: &str) -> bool {
    let rest = |char: char| char.is_ascii_alphanumeric() || "_-.$".contains(char);
    (1..=MAX_KEY).contains(&word.len()) && word.starts_with(|char: char| char.is_ascii_alphabetic()) && word.chars().all(rest)
}

/// The line of `pieces`, or that part of it which is around `at`.
fn around(pieces: &[Piece], at: usize) -> Excerpt {
    let mut text = String::new();
    let (mut before, mut wide) = (None, 1);
    for piece in pieces {
        if before.is_none() && at < piece.range.end {
            before = Some(width(&text));
            wide = width(&printable(&piece.shown)).max(1);
        }
        text.push_str(&printable(&piece.shown));
    }
    // What is missing at the end of a line is shown at its last character.
    let before = before.unwrap_or(width(text.trim_end()).saturating_sub(1));
    // A file of JSON may be one line.
    let from = if before > MAX_COLUMNS / 2 && width(&text) > MAX_COLUMNS { before - MAX_COLUMNS / 3 } else { 0 };
    let mut out = String::new();
    let (mut passed, mut filled) = (0, 0);
    for char in text.chars() {
        let wide = width(char.encode_utf8(&mut [0; 4]));
        if passed >= from {
            filled += wide;
            if filled > MAX_COLUMNS {
                out.push('…');
                break;
            }
            out.push(char);
        }
        passed += wide;
    }
    let (before, out) = if from > 0 { (before - from + 1, format!("…{out}")) } else { (before, out) };
    Excerpt { width: wide.min(MAX_COLUMNS.saturating_sub(before).max(1)), text: out.trim_end().to_owned(), before }
}

/// A text on one line with its tabs as blanks, and nothing that a terminal would act on. A return alone ends no line of ours, and
/// one of YAML's.
fn printable(text: &str) -> String {
    crate::text::clean(&text.replace('\t', "    ").replace(['\r', '\n'], " ")).into_owned()
}

const MASK: &str = "…";
/// The longest word that is taken for a key where nothing else says so.
const MAX_KEY: usize = 32;
/// The columns of a line that are shown.
const MAX_COLUMNS: usize = 100;

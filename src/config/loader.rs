//! One file of YAML, read part by part, with everything that is wrong with it collected.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::tree::{self, Tree};
use super::{Broken, LAYER, Level, Problem};
use crate::channels::{Fault, settings};
use crate::text::mask::mask;
use crate::text::nearest;

/// Reads the parts of a tree, and collects what is wrong with them.
pub(crate) struct Loader {
    pub(crate) tree: Tree,
    /// Where the file is: what it names is looked for from there.
    pub(crate) folder: PathBuf,
    /// Where the function's layer is.
    pub(super) layer: PathBuf,
    pub(crate) problems: Vec<Problem>,
}

impl Loader {
    /// Reads the file at `path`, which is nothing without the key `needs`.
    ///
    /// # Errors
    /// If it cannot be read, or is no YAML.
    pub(crate) fn open(path: &Path, needs: &str) -> Result<Loader, Broken> {
        let text = std::fs::read_to_string(path).map_err(|error| Broken::Unreadable(format!("{}: {error}", path.display())))?;
        Loader::parse(&text, needs, path.parent().unwrap_or(Path::new("")))
    }

    /// Reads `text`, whose paths are those of `folder`.
    ///
    /// # Errors
    /// If it is no YAML.
    pub(super) fn parse(text: &str, needs: &str, folder: &Path) -> Result<Loader, Broken> {
        let tree = Tree::parse(text, needs).map_err(|problem| Broken::Problems(vec![problem]))?;
        Ok(Loader { folder: folder.to_owned(), ..Loader::with(tree) })
    }

    /// A tree that came from no file.
    pub(super) fn of(value: Value) -> Loader {
        Loader::with(Tree::from_value(value))
    }

    fn with(tree: Tree) -> Loader {
        Loader { tree, folder: PathBuf::new(), layer: PathBuf::from(LAYER), problems: Vec::new() }
    }

    pub(crate) fn read<T: DeserializeOwned>(&mut self, pointer: &str) -> Option<T> {
        self.read_with(pointer, settings)
    }

    /// The value at `pointer` as `read` makes it; none if it is absent or wrong.
    ///
    /// What is wrong is noted and taken out, and the rest read again, until all that is wrong is known.
    pub(crate) fn read_with<T>(&mut self, pointer: &str, read: impl Fn(Value) -> Result<T, Fault>) -> Option<T> {
        const MAX_FAULTS: usize = 20;
        let mut value = self.tree.value(pointer)?.clone();
        let mut faulty = false;
        let mut taken = Vec::new();
        for _ in 0..MAX_FAULTS {
            let fault = match read(value.clone()) {
                Ok(read) => return (!faulty).then_some(read),
                Err(fault) => fault,
            };
            // A field that was taken out for its fault is missing only on account of that.
            let missing = fault.problem.starts_with("missing field");
            if missing && faulty {
                return None;
            }
            let mut quoted = fault.problem.split('`').skip(1).step_by(2);
            let (at, text) = match quoted.next() {
                Some(field) if fault.problem.starts_with("unknown field ") => {
                    let inside = format!("/{}", tree::escape(field));
                    let above = fault.pointer.strip_suffix(&inside).unwrap_or(&fault.pointer);
                    (format!("{above}{inside}"), format!("is no setting{}", nearest(field, quoted)))
                }
                Some(word) if fault.problem.starts_with("unknown variant ") => {
                    let words: Vec<&str> = quoted.collect();
                    let near = nearest(word, words.iter().copied());
                    (fault.pointer.clone(), format!("`{word}` is none of `{}`{near}", words.join("`, `")))
                }
                Some(field) if missing => (fault.pointer.clone(), format!("needs `{field}`")),
                _ => (fault.pointer.clone(), of_type(&fault.problem)),
            };
            let written = tree::before(&at, &taken);
            self.error(&format!("{pointer}{written}"), text);
            faulty = true;
            if missing || !tree::remove(&mut value, &at) {
                return None;
            }
            taken.push(written);
        }
        None
    }

    /// Notes that there is no receiver `name`.
    pub(super) fn no_receiver(&mut self, pointer: &str, name: &str) {
        let names = self.tree.keys("/receivers");
        let near = nearest(name, names.iter().map(String::as_str));
        let help = format!("The receivers are `{}`.", names.join("`, `"));
        self.error_with_help(pointer, format!("there is no receiver `{name}`{near}"), help);
    }

    /// Whether a mapping, or nothing, stands at `pointer`. A list would pass for one: its items in the order of the keys.
    pub(crate) fn is_mapping(&mut self, pointer: &str) -> bool {
        let is = self.tree.value(pointer).is_none_or(|value| value.is_object() || value.is_null());
        if !is {
            self.error(pointer, "must be a mapping");
        }
        is
    }

    /// Notes every key at `pointer` that is not one of `known`.
    pub(crate) fn only_known(&mut self, pointer: &str, known: &[&str]) {
        self.is_mapping(pointer);
        for key in self.tree.keys(pointer) {
            if !known.contains(&key.as_str()) {
                let near = nearest(&key, known.iter().copied());
                self.error(&format!("{pointer}/{}", tree::escape(&key)), format!("is no setting{near}"));
            }
        }
    }

    pub(crate) fn error(&mut self, pointer: &str, text: impl Into<String>) {
        self.note(Level::Error, pointer, text.into(), None);
    }

    /// An error with a way out, for who does not see it in the text.
    pub(crate) fn error_with_help(&mut self, pointer: &str, text: impl Into<String>, help: impl Into<String>) {
        self.note(Level::Error, pointer, text.into(), Some(help.into()));
    }

    pub(crate) fn warn_with_help(&mut self, pointer: &str, text: impl Into<String>, help: impl Into<String>) {
        self.note(Level::Warning, pointer, text.into(), Some(help.into()));
    }

    pub(crate) fn warn(&mut self, pointer: &str, text: impl Into<String>) {
        self.note(Level::Warning, pointer, text.into(), None);
    }

    fn note(&mut self, level: Level, pointer: &str, text: String, help: Option<String>) {
        let at = self.tree.position(pointer);
        // A secret in the wrong place is still one.
        let [setting, text] = [name(&tree::dotted(pointer)), quoted(&text)].map(|text| mask(&printable(&text)).into_owned());
        self.problems.push(Problem { level, file: None, at, setting, text, help: help.map(Into::into) });
    }
}

/// What serde says of a value of the wrong type, for people.
fn of_type(problem: &str) -> String {
    let Some((found, wanted)) = problem.strip_prefix("invalid ").and_then(|rest| rest.split_once(", expected ")) else {
        return problem.to_owned();
    };
    let wanted = WORDS.iter().find(|(word, _)| *word == wanted).map_or(wanted, |(_, plain)| plain);
    let found = found.split_once(": ").map_or(found, |(_, found)| found);
    match WORDS.iter().find(|(word, _)| *word == found) {
        Some((_, found)) if problem.starts_with("invalid type") => format!("must be {wanted}, not {found}"),
        _ => format!("must be {wanted}"),
    }
}

/// Types as serde calls them, and as people do.
const WORDS: &[(&str, &str)] = &[
    ("string", "a text"),
    ("a string", "a text"),
    ("path string", "a text"),
    ("integer", "a number"),
    ("number", "a number"),
    ("floating point", "a number"),
    ("boolean", "`true` or `false`"),
    ("a boolean", "`true` or `false`"),
    ("map", "a mapping"),
    ("a map", "a mapping"),
    ("map with a single key", "a mapping with one key alone"),
    ("sequence", "a list"),
    ("a sequence", "a list"),
    ("null", "nothing"),
    ("unit value", "nothing"),
    ("string or map", "a word or a mapping"),
    ("u16", "a whole number from 0 to 65535"),
    ("u32", "a whole number from 0 on"),
    ("usize", "a whole number from 0 on"),
    ("i64", "a whole number"),
    ("f64", "a number"),
];

/// A text of ours in which what somebody wrote stands in backticks.
fn quoted(text: &str) -> String {
    let parts: Vec<String> =
        text.split('`').enumerate().map(|(index, part)| if index % 2 == 1 { name(part) } else { part.to_owned() }).collect();
    parts.join("`")
}

/// A word of somebody's as far as it is shown: of an address its host, of a page its beginning.
fn name(word: &str) -> String {
    const MAX_CHARS: usize = 200;
    let shown = match word.split_once("://") {
        Some((scheme, rest)) if rest.contains(['/', '?', '#']) => {
            let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
            format!("{scheme}://{host}/…")
        }
        _ => word.to_owned(),
    };
    crate::text::cut(&shown, MAX_CHARS).unwrap_or(shown)
}

/// A text on one line, whatever somebody wrote into it.
fn printable(text: &str) -> String {
    let escape = |char: char| if char.is_control() { char.escape_default().to_string() } else { char.to_string() };
    text.chars().map(escape).collect()
}

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
            let unknown = fault.problem.strip_prefix("unknown field `").and_then(|rest| rest.split('`').next());
            let at = match unknown {
                Some(field) if !fault.pointer.ends_with(&format!("/{field}")) => {
                    format!("{}/{}", fault.pointer, tree::escape(field))
                }
                _ => fault.pointer.clone(),
            };
            self.error(&format!("{pointer}{at}"), fault.problem);
            faulty = true;
            if missing || !tree::remove(&mut value, &at) {
                return None;
            }
        }
        None
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
        self.note(Level::Error, pointer, text.into());
    }

    pub(crate) fn warn(&mut self, pointer: &str, text: impl Into<String>) {
        self.note(Level::Warning, pointer, text.into());
    }

    fn note(&mut self, level: Level, pointer: &str, text: String) {
        let at = self.tree.position(pointer);
        // A secret in the wrong place is still one.
        let [setting, text] = [tree::dotted(pointer), text].map(|text| mask(&text).into_owned());
        self.problems.push(Problem { level, file: None, at, setting, text });
    }
}

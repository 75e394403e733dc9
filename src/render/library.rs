//! Where a template is found: the user's folder first, then the built-in ones, by the kind's dotted prefix.
//!
//! Opening a folder reads its files and no more, so that a function starts fast; whether they are any good is for
//! [`Library::check`] to say, which `hikyaku check` calls.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use crate::notification::Kind;
use crate::template::{Escaping, Template, TemplateError};

/// All templates. Each is compiled when it is first used, which is most of what it costs.
#[derive(Default)]
pub struct Library {
    /// The user's, by name: `slack/certificate`.
    pub(super) custom: BTreeMap<String, String>,
    /// Where the user's are.
    pub(super) folder: PathBuf,
    /// What is in the user's folder beside templates in a channel's folder, by its path inside.
    pub(super) strays: Vec<Stray>,
    compiled: Mutex<HashMap<Found, Result<Arc<Compiled>, TemplateError>>>,
}

/// A template, ready to fill.
pub(super) struct Compiled {
    pub(super) template: Template,
    /// Whether it may look at the whole notification, which is built for it alone.
    pub(super) names_document: bool,
}

/// Something that may be out of place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stray {
    /// A folder in the user's; whether it is a channel's, only the channels know.
    Folder(String),
    /// A template beside the channels' folders.
    Template(String),
    /// A folder in a channel's folder.
    Inner(String),
}

/// A template that serves a kind.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Found {
    pub(super) name: String,
    pub(super) custom: bool,
}

/// What is wrong with a user's template.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LibraryError {
    pub path: PathBuf,
    /// Line and column, counted from one.
    pub at: Option<(usize, usize)>,
    pub problem: String,
}

impl fmt::Display for LibraryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.path.display())?;
        if let Some((line, column)) = self.at {
            write!(f, "{line}:{column}:")?;
        }
        write!(f, " {}", self.problem)
    }
}

impl std::error::Error for LibraryError {}

impl Library {
    /// The built-in templates and those of `folder`: `<channel>/<kind or its prefix or default>.hbs`.
    ///
    /// Nothing is compiled yet; a template that cannot be is found by [`check`](Self::check), or makes room for the
    /// built-in one when a message needs it. The errors are of all files that are left out: what is no UTF-8, over 64 KiB,
    /// cannot be read, or is a link that leads out of the folder.
    pub fn open(folder: &Path) -> (Library, Vec<LibraryError>) {
        let mut library = Library { folder: folder.to_owned(), ..Library::default() };
        let home = match folder.canonicalize() {
            Ok(home) => home,
            Err(error) => return (library, vec![unreadable(folder, &error)]),
        };
        let mut errors = Vec::new();
        for (channel, path) in entries(folder, &mut errors) {
            if !path.is_dir() {
                if is_template(&path) {
                    library.strays.push(Stray::Template(channel));
                }
                continue;
            }
            for (name, path) in entries(&path, &mut errors) {
                if path.is_dir() {
                    library.strays.push(Stray::Inner(format!("{channel}/{name}")));
                } else if is_template(&path) {
                    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
                    match read(&path, &home) {
                        Ok(source) => drop(library.custom.insert(format!("{channel}/{stem}"), source)),
                        Err(error) => errors.push(error),
                    }
                }
            }
            library.strays.push(Stray::Folder(channel));
        }
        (library, errors)
    }

    /// The names of the user's own templates: `slack/certificate`.
    pub fn own(&self) -> impl Iterator<Item = &str> {
        self.custom.keys().map(String::as_str)
    }

    /// Whether `channel` has the built-in template that serves what no other does.
    pub fn has_default(&self, channel: &str) -> bool {
        built_in(&format!("{channel}/default")).is_some()
    }

    /// The names of the templates that can serve `kind`, the most particular first.
    pub fn names(kind: Kind) -> Vec<&'static str> {
        let mut names = vec![kind.as_str()];
        while let Some((prefix, _)) = names.last().and_then(|name| name.rsplit_once('.')) {
            names.push(prefix);
        }
        names.push("default");
        names
    }

    /// The built-in templates: name, such as `slack/default`, and source.
    pub fn built_in() -> &'static [(&'static str, &'static str)] {
        BUILT_IN
    }

    /// What serves `kind` in `channel`: the user's most particular template, then the built-in one.
    pub(super) fn candidates(&self, channel: &str, kind: Kind) -> Vec<Found> {
        let names = || Library::names(kind).into_iter().map(|name| format!("{channel}/{name}"));
        let custom = names().find(|name| self.custom.contains_key(name)).map(|name| Found { name, custom: true });
        let built_in = names().find(|name| built_in(name).is_some()).map(|name| Found { name, custom: false });
        custom.into_iter().chain(built_in).collect()
    }

    /// The built-in template that says it in the channel's plainest form: its `plain`, else its `default`.
    pub(super) fn plain(&self, channel: &str) -> Found {
        let names = [PLAIN, "default"].map(|name| format!("{channel}/{name}"));
        let name = names.into_iter().find(|name| built_in(name).is_some());
        Found { name: name.unwrap_or_default(), custom: false }
    }

    pub(super) fn compiled(&self, found: &Found, escaping: Escaping) -> Result<Arc<Compiled>, TemplateError> {
        let mut compiled = self.compiled.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let template = compiled.entry(found.clone()).or_insert_with(|| {
            let source = if found.custom { self.custom.get(&found.name).map(String::as_str) } else { built_in(&found.name) };
            let source = source.unwrap_or_default();
            let names_document = ["notification", "this"].iter().any(|name| source.contains(name));
            Template::compile(source, escaping).map(|template| Arc::new(Compiled { template, names_document }))
        });
        template.clone()
    }
}

/// What is in `folder`, by name, in order; hidden things are left out.
fn entries(folder: &Path, errors: &mut Vec<LibraryError>) -> Vec<(String, PathBuf)> {
    let read = std::fs::read_dir(folder).and_then(|entries| entries.collect::<Result<Vec<_>, _>>());
    let entries = read.unwrap_or_else(|error| {
        errors.push(unreadable(folder, &error));
        Vec::new()
    });
    let mut entries: Vec<_> =
        entries.into_iter().map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path())).collect();
    entries.retain(|(name, _)| !name.starts_with('.'));
    entries.sort();
    entries
}

fn is_template(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "hbs")
}

/// The text of a template, its line ends those of Unix.
fn read(path: &Path, home: &Path) -> Result<String, LibraryError> {
    let fail = |at, problem: &str| LibraryError { path: path.to_owned(), at, problem: problem.to_owned() };
    let real = path.canonicalize().map_err(|error| unreadable(path, &error))?;
    if !real.starts_with(home) {
        return Err(fail(None, "leads out of the templates' folder"));
    }
    let metadata = real.metadata().map_err(|error| unreadable(path, &error))?;
    if !metadata.is_file() {
        return Err(fail(None, "is no file"));
    }
    if metadata.len() > MAX_SOURCE_BYTES {
        return Err(fail(None, "is over 64 KiB"));
    }
    let bytes = std::fs::read(&real).map_err(|error| unreadable(path, &error))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let good = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
        let good = String::from_utf8_lossy(good);
        let column = good.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        fail(Some((good.matches('\n').count() + 1, column)), "is no UTF-8")
    })?;
    Ok(if text.contains('\r') { text.replace("\r\n", "\n") } else { text })
}

fn unreadable(path: &Path, error: &std::io::Error) -> LibraryError {
    LibraryError { path: path.to_owned(), at: None, problem: error.to_string() }
}

/// As much as a template may have.
const MAX_SOURCE_BYTES: u64 = 64 * 1024;

/// What serves no kind, but a receiver that refuses everything else.
pub(super) const PLAIN: &str = "plain";

fn built_in(name: &str) -> Option<&'static str> {
    BUILT_IN.iter().find(|(found, _)| *found == name).map(|(_, source)| *source)
}

/// `templates/<channel>/<name>.hbs`, embedded: name and source.
pub(super) const BUILT_IN: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/templates.rs"));

//! Where a template is found: the user's folder first, then the built-in ones, by the kind's dotted prefix.

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
    custom: BTreeMap<String, String>,
    compiled: Mutex<HashMap<Found, Result<Arc<Template>, TemplateError>>>,
}

/// A template that serves a kind.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Found {
    pub(super) name: String,
    custom: bool,
}

/// A user's template that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LibraryError {
    pub path: PathBuf,
    pub problem: String,
}

impl fmt::Display for LibraryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.problem)
    }
}

impl std::error::Error for LibraryError {}

impl Library {
    /// The built-in templates and those of `folder`: `<channel>/<kind or its prefix or default>.hbs`.
    ///
    /// Nothing is compiled yet; a template that cannot be is found by [`check`](Self::check), or makes room for the
    /// built-in one when a message needs it.
    ///
    /// # Errors
    /// If a file cannot be read as text, or a link leads out of the folder.
    pub fn open(folder: &Path) -> Result<Library, LibraryError> {
        let fail = |path: &Path, problem: String| LibraryError { path: path.to_owned(), problem };
        let read_dir = |path: &Path| std::fs::read_dir(path).map_err(|error| fail(path, error.to_string()));
        let home = folder.canonicalize().map_err(|error| fail(folder, error.to_string()))?;
        let mut custom = BTreeMap::new();
        for channel in read_dir(folder)?.flatten().filter(|entry| entry.path().is_dir()) {
            for file in read_dir(&channel.path())?.flatten() {
                let path = file.path();
                if path.extension().is_none_or(|extension| extension != "hbs") {
                    continue;
                }
                let real = path.canonicalize().map_err(|error| fail(&path, error.to_string()))?;
                if !real.starts_with(&home) {
                    return Err(fail(&path, "leads out of the templates' folder".to_owned()));
                }
                let source = std::fs::read_to_string(&path).map_err(|error| fail(&path, error.to_string()))?;
                let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                custom.insert(format!("{}/{stem}", channel.file_name().to_string_lossy()), source);
            }
        }
        Ok(Library { custom, compiled: Mutex::default() })
    }

    /// Every user's template that does not compile, by its name. `escaping` tells a channel's; a channel that there is
    /// not is an error of the template.
    pub fn check(&self, escaping: impl Fn(&str) -> Option<Escaping>) -> Vec<(String, String)> {
        let mut problems = Vec::new();
        for (name, source) in &self.custom {
            let channel = name.split('/').next().unwrap_or_default();
            match escaping(channel).map(|escaping| Template::compile(source, escaping)) {
                Some(Ok(_)) => {}
                Some(Err(error)) => problems.push((name.clone(), error.to_string())),
                None => problems.push((name.clone(), format!("there is no channel `{channel}`"))),
            }
        }
        problems
    }

    /// Whether `channel` has the built-in template that serves what no other does.
    pub fn has_default(&self, channel: &str) -> bool {
        built_in(&format!("{channel}/default")).is_some()
    }

    /// What serves `kind` in `channel`: the user's most particular template, then the built-in one.
    pub(super) fn candidates(&self, channel: &str, kind: Kind) -> Vec<Found> {
        let names = || {
            let mut kinds = vec![kind.as_str()];
            while let Some((prefix, _)) = kinds.last().and_then(|kind| kind.rsplit_once('.')) {
                kinds.push(prefix);
            }
            kinds.push("default");
            kinds.into_iter().map(|kind| format!("{channel}/{kind}"))
        };
        let custom = names().find(|name| self.custom.contains_key(name)).map(|name| Found { name, custom: true });
        let built_in = names().find(|name| built_in(name).is_some()).map(|name| Found { name, custom: false });
        custom.into_iter().chain(built_in).collect()
    }

    pub(super) fn compiled(&self, found: &Found, escaping: Escaping) -> Result<Arc<Template>, TemplateError> {
        let mut compiled = self.compiled.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let template = compiled.entry(found.clone()).or_insert_with(|| {
            let source = if found.custom { self.custom.get(&found.name).map(String::as_str) } else { built_in(&found.name) };
            Template::compile(source.unwrap_or_default(), escaping).map(Arc::new)
        });
        template.clone()
    }
}

fn built_in(name: &str) -> Option<&'static str> {
    BUILT_IN.iter().find(|(found, _)| *found == name).map(|(_, source)| *source)
}

/// `templates/<channel>/<name>.hbs`, embedded: name and source.
pub(super) const BUILT_IN: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/templates.rs"));

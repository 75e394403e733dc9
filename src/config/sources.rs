//! `sources`: the senders that the configuration declares.

use std::collections::HashSet;

use super::{Loader, tree};
use crate::sources::{Declared, Settings, Sources};

impl Loader {
    /// The declared sources, with their patterns compiled. Their templates are compiled when they are first used.
    pub(super) fn sources(&mut self) -> Sources {
        let count = self.tree.length("/sources");
        if self.tree.value("/sources").is_some_and(|value| !value.is_array() && !value.is_null()) {
            self.error("/sources", "must be a list");
        }
        let mut names = HashSet::new();
        let declared = (0..count).filter_map(|index| {
            let pointer = format!("/sources/{index}");
            if !self.is_mapping(&pointer) {
                return None;
            }
            let pattern = self.pattern(&format!("{pointer}/match"));
            let settings = self.read::<Settings>(&pointer)?;
            self.check_name(&format!("{pointer}/name"), settings.name(), names.insert(settings.name().to_owned()));
            self.check_links(&pointer, &settings);
            Some(Declared::new(settings, pattern?))
        });
        Sources::new(declared.collect())
    }

    /// What is wrong with the templates of `sources`.
    pub(super) fn check_sources(&mut self, sources: &Sources) {
        for settings in sources.declared().iter().map(Declared::settings) {
            // One that is broken elsewhere has no place in `sources`.
            let place = (0..self.tree.length("/sources")).find(|index| {
                self.tree.value(&format!("/sources/{index}/name")).and_then(|name| name.as_str()) == Some(settings.name())
            });
            let Some(index) = place else { continue };
            for (key, below, template) in settings.templates() {
                let below = below.map(|below| format!("/{}", tree::escape(&below))).unwrap_or_default();
                let pointer = format!("/sources/{index}/{key}{below}");
                // In a template of one line its line says nothing.
                let told = |error: &crate::template::TemplateError| match template.source().contains('\n') {
                    true => error.to_string(),
                    false => error.problem.clone(),
                };
                match template.check() {
                    Ok(problems) => problems.iter().for_each(|problem| self.warn(&pointer, told(problem))),
                    Err(error) => self.error(&pointer, told(&error)),
                }
            }
        }
    }

    fn check_name(&mut self, pointer: &str, name: &str, is_new: bool) {
        const MAX_CHARS: usize = 64;
        let is_plain = |char: char| char.is_alphanumeric() || matches!(char, '.' | '-' | '_' | '/');
        if name.is_empty() || name.chars().count() > MAX_CHARS || !name.chars().all(is_plain) {
            self.error(pointer, "must be at most 64 letters, digits, `.`, `-`, `_` and `/`");
        } else if !is_new {
            self.error(pointer, format!("there is a source `{name}` before this one"));
        }
    }

    fn check_links(&mut self, pointer: &str, settings: &Settings) {
        for (key, below, template) in settings.templates() {
            let source = template.source();
            if key == "links" && !source.starts_with("https://") && !source.starts_with("{{") {
                let label = tree::escape(&below.unwrap_or_default());
                self.error(&format!("{pointer}/links/{label}"), "must begin with https://");
            }
        }
    }
}

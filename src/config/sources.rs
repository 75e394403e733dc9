//! `sources`: the senders that the configuration declares.

use std::collections::HashSet;

use serde_json::Value;

use super::{Loader, tree};
use crate::notification::Kind;
use crate::sources::{Declared, Overrides, Settings, Sources};
use crate::template::TextTemplate;
use crate::text::nearest;

impl Loader {
    /// The declared sources, with their patterns compiled. Their templates are compiled when they are first used.
    pub(super) fn sources(&mut self) -> Sources {
        if self.tree.value("/sources").is_some_and(|value| !value.is_array() && !value.is_null()) {
            self.error("/sources", "must be a list");
        }
        let mut names = HashSet::new();
        let declared = (0..self.tree.length("/sources")).filter_map(|index| {
            let pointer = format!("/sources/{index}");
            if !self.is_mapping(&pointer) {
                return None;
            }
            self.check_name(&format!("{pointer}/name"), &mut names);
            self.check_links(&format!("{pointer}/links"));
            let pattern = self.pattern(&format!("{pointer}/match"));
            let settings = self.read::<Settings>(&pointer)?;
            Some(Declared::new(settings, pattern?))
        });
        let declared = declared.collect();
        Sources::new(declared, self.overrides())
    }

    fn overrides(&mut self) -> Overrides {
        for name in self.tree.keys("/overrides") {
            let pointer = format!("/overrides/{}", tree::escape(&name));
            if name == Kind::CertificateIssued.as_str() {
                self.error(&pointer, "is good news, whose severity stays");
            } else if name == Kind::CertificateRenewed.as_str() {
                // But for who says in our own format that it is none.
                self.warn(&pointer, "changes nothing: it is good news, whose severity stays");
            } else if !Kind::names().any(|known| known == name) {
                let near = nearest(&name, Kind::names());
                self.error(&pointer, format!("there is no kind `{name}`{near}"));
            }
        }
        self.read::<Overrides>("/overrides").unwrap_or_default()
    }

    /// Notes what is wrong with the templates of declared sources.
    pub(super) fn check_sources(&mut self) {
        const NO_TEMPLATES: &[&str] = &["name", "match", "kind"];
        for index in 0..self.tree.length("/sources") {
            let pointer = format!("/sources/{index}");
            for key in self.tree.keys(&pointer).iter().filter(|key| !NO_TEMPLATES.contains(&key.as_str())) {
                self.check_templates(&format!("{pointer}/{}", tree::escape(key)));
            }
        }
    }

    /// Checks every text at `pointer` and below as a template.
    fn check_templates(&mut self, pointer: &str) {
        match self.tree.value(pointer) {
            Some(Value::String(source)) => {
                // In a template of one line its line says nothing.
                let lines = source.contains('\n');
                let told = |error: crate::template::TemplateError| if lines { error.to_string() } else { error.problem };
                match TextTemplate::new(source.clone()).check() {
                    Ok(problems) => problems.into_iter().for_each(|problem| self.warn(pointer, told(problem))),
                    Err(error) => self.error(pointer, told(error)),
                }
            }
            Some(Value::Array(items)) => {
                (0..items.len()).for_each(|index| self.check_templates(&format!("{pointer}/{index}")));
            }
            _ => {
                let keys = self.tree.keys(pointer);
                keys.iter().for_each(|key| self.check_templates(&format!("{pointer}/{}", tree::escape(key))));
            }
        }
    }

    fn check_name(&mut self, pointer: &str, names: &mut HashSet<String>) {
        const MAX_CHARS: usize = 64;
        let Some(name) = self.tree.value(pointer).and_then(Value::as_str).map(str::to_owned) else { return };
        let is_plain = |char: char| char.is_alphanumeric() || matches!(char, '.' | '-' | '_' | '/');
        if name.is_empty() || name.chars().count() > MAX_CHARS || !name.chars().all(is_plain) {
            self.error(pointer, "must be at most 64 letters, digits, `.`, `-`, `_` and `/`");
        } else if !names.insert(name.clone()) {
            self.error(pointer, format!("there is a source `{name}` before this one"));
        }
    }

    /// Notes the links that begin as no https address does; what a template writes is looked at when it has written it.
    fn check_links(&mut self, pointer: &str) {
        for label in self.tree.keys(pointer) {
            let pointer = format!("{pointer}/{}", tree::escape(&label));
            let source = self.tree.value(&pointer).and_then(Value::as_str).unwrap_or_default();
            if !source.is_empty() && !source.starts_with("https://") && !source.starts_with("{{") {
                self.error(&pointer, "must begin with https://");
            }
        }
    }
}

//! Problems of a configuration, each with its line and a way out.
//!
//! ```text
//! hikyaku.yaml:7:19: error: receivers.ops.slack.ulr: is no setting; did you mean `url`?
//!   |
//! 7 |   ops: { slack: { ulr: "env:HOOK" } }
//!   |                   ^^^
//!   = help: The settings here are `url`, `allow_hosts`, …
//! ```
//! The first line is for programs too, and says what a function's log says.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::page::{Page, Style};
use super::{Context, say};
use crate::config::{Excerpts, Level, Origin, Problem};
use crate::text::columns::{width, wrap};

/// Problems of what comes from `origin`, and the files that they are in.
pub(super) struct Shown<'a> {
    origin: &'a Origin,
    /// By path; the configuration has none.
    files: HashMap<Option<PathBuf>, Option<Excerpts>>,
}

impl Context {
    /// Problems to standard error.
    pub(super) fn say_problems(&self, problems: &[Problem]) {
        let (page, mut shown) = (Page::of_errors(&self.env), Shown::new(&self.origin));
        problems.iter().flat_map(|problem| shown.lines(problem, &page)).for_each(|line| say(&line));
    }
}

impl<'a> Shown<'a> {
    pub(super) fn new(origin: &'a Origin) -> Shown<'a> {
        Shown { origin, files: HashMap::new() }
    }

    /// A problem for a person.
    pub(super) fn lines(&mut self, problem: &Problem, page: &Page) -> Vec<String> {
        let style = if problem.level == Level::Error { Style::Bad } else { Style::Warning };
        let mut lines = vec![page.paint(&first_line(self.origin, problem), Style::Bold)];
        let number = problem.at.map(|(line, _)| line.to_string()).unwrap_or_default();
        let margin = " ".repeat(number.len());
        let excerpts = self.excerpts(problem);
        if let Some(excerpt) = excerpts.and_then(|excerpts| excerpts.excerpt(problem)) {
            let bar = page.paint(&format!("{margin} |"), Style::Dim);
            let marks = format!("{}{}", " ".repeat(excerpt.before), page.paint(&"^".repeat(excerpt.width), style));
            lines.push(bar.clone());
            lines.push(format!("{} {}", page.paint(&format!("{number} |"), Style::Dim), excerpt.text).trim_end().to_owned());
            lines.push(format!("{bar} {marks}"));
        }
        let own = || problem.help.as_deref().map(str::to_owned);
        if let Some(help) = excerpts.map_or_else(own, |excerpts| excerpts.help(problem)) {
            let before = format!("{margin} = help: ");
            for (index, line) in wrap(&help, COLUMNS.saturating_sub(width(&before))).into_iter().enumerate() {
                let before = if index == 0 { page.paint(&before, Style::Dim) } else { " ".repeat(width(&before)) };
                lines.push(format!("{before}{line}"));
            }
        }
        lines.push(String::new());
        lines
    }

    pub(super) fn all_json(&mut self, problems: &[Problem]) -> Vec<Value> {
        problems.iter().map(|problem| self.json(problem)).collect()
    }

    /// A problem for a program: the parts of the first line, and `help` if there is any.
    fn json(&mut self, problem: &Problem) -> Value {
        let mut json = json!({ "file": file(self.origin, problem) });
        if let (Some(json), Some((line, column))) = (json.as_object_mut(), problem.at) {
            json.extend([("line".to_owned(), line.into()), ("column".to_owned(), column.into())]);
        }
        if let Some(json) = json.as_object_mut() {
            json.insert("level".to_owned(), level(problem).into());
            json.insert("setting".to_owned(), problem.setting.as_str().into());
            json.insert("text".to_owned(), problem.text.as_str().into());
            let own = || problem.help.as_deref().map(str::to_owned);
            let help = self.excerpts(problem).map_or_else(own, |excerpts| excerpts.help(problem));
            json.extend(help.map(|help| ("help".to_owned(), help.into())));
        }
        json
    }

    fn excerpts(&mut self, problem: &Problem) -> Option<&Excerpts> {
        let origin = self.origin;
        let read = || match &problem.file {
            Some(path) => Excerpts::of(path),
            None => Excerpts::of_configuration(origin),
        };
        self.files.entry(problem.file.clone()).or_insert_with(read).as_ref()
    }
}

/// A problem on one line, behind the file that it is in.
fn first_line(origin: &Origin, problem: &Problem) -> String {
    match problem.file {
        Some(_) => problem.to_string(),
        None => format!("{origin}:{}{problem}", if problem.at.is_some() { "" } else { " " }),
    }
}

fn file(origin: &Origin, problem: &Problem) -> String {
    problem.file.as_deref().map(Path::display).map_or_else(|| origin.to_string(), |path| path.to_string())
}

fn level(problem: &Problem) -> &'static str {
    if problem.level == Level::Error { "error" } else { "warning" }
}

/// As wide as a line of the file is shown.
const COLUMNS: usize = 100;

//! A template under check: all that can be said of it before a message needs it.

use handlebars::{RenderError, RenderErrorReason};
use serde_json::Value;

use super::names::{self, Names};
use super::places::{Misplaced, Tags};
use super::scan::{self, Tag, TagKind};
use super::shape::Shape;
use super::trace::{Marks, Trace};
use super::{Escaping, NAME, Template, TemplateError, TextForm, places, source_of};

/// A template that compiles, with what is wrong about its names.
pub struct Draft<'a> {
    source: &'a str,
    escaping: Escaping,
    tags: Vec<Tag>,
    template: Template,
    names: Names,
    marks: Marks,
    /// With marks, and taking what is not there for nothing.
    traced: Template,
}

/// What a template made of one view.
pub struct Tried {
    /// What it wrote, if nothing is wrong with it.
    pub written: Option<String>,
    pub problems: Vec<TemplateError>,
}

impl<'a> Draft<'a> {
    /// `source` as a template for views of `shape`.
    ///
    /// # Errors
    /// If it does not compile.
    pub fn new(source: &'a str, escaping: Escaping, shape: &Shape) -> Result<Draft<'a>, TemplateError> {
        let source = source_of(source);
        let template = Template::compile(source, escaping)?;
        let tags = scan::tags(source)?;
        let ast = template.registry.get_template(NAME);
        let mut names = ast.map(|ast| names::check(ast, source, &tags, shape)).unwrap_or_default();
        for tag in tags.iter().filter(|tag| tag.kind == TagKind::Value) {
            let wrong = places::anywhere(escaping, scan::inner(source, *tag));
            names.problems.extend(wrong.map(|problem| TemplateError::at(source, tag.start, problem)));
        }
        let (marks, marked) = Marks::new(source, &tags);
        let traced = Template::parse(&marked, escaping, false)?;
        Ok(Draft { source, escaping, tags, template, names, marks, traced })
    }

    /// What is wrong about it whatever the view holds: names that no view has, helpers called as they cannot be.
    pub fn problems(&self) -> &[TemplateError] {
        &self.names.problems
    }

    /// Fills it from `view`, and looks at what it wrote: whether that is JSON, if it has to be, and whether each text in it
    /// has the form of its place.
    pub fn fill(&self, view: &Value) -> Tried {
        let marked = self.traced.render(view).ok();
        let trace = marked.as_deref().filter(|_| self.escaping.json).map(|marked| self.marks.trace(marked));
        let json = trace.as_ref().map(|trace| (trace, trace.json()));
        // A name that no view has makes everything after it wrong.
        let named = self.names.problems.is_empty();
        let absent = if named { self.absent(view) } else { Vec::new() };
        let sound = named && absent.is_empty();
        let mut problems = match &json {
            Some((_, (Some(json), outside))) => self.misplaced(json, outside, sound),
            Some((trace, (None, outside))) if sound => vec![self.broken(trace, outside)],
            None if self.escaping.text == TextForm::Html => {
                let pieces = marked.as_deref().map(|marked| self.marks.pieces(marked)).unwrap_or_default();
                self.told(places::in_mail(&pieces, &self.numbered()))
            }
            _ => Vec::new(),
        };
        problems.extend(absent);
        if !named {
            return Tried { written: None, problems };
        }
        let written = if problems.is_empty() { self.template.render(view).ok() } else { None };
        Tried { written, problems }
    }

    /// Why what was written is no JSON.
    fn broken(&self, trace: &Trace, outside: &[usize]) -> TemplateError {
        let Err(error) = serde_json::from_str::<Value>(&trace.written) else { return TemplateError::whole("writes no JSON") };
        let (origin, tag) = trace.origin(offset(&trace.written, &error));
        let misplaced = tag.and_then(|tag| match outside.contains(&tag) {
            true => places::outside(self.escaping, self.inner(tag)),
            false => places::inside(self.escaping, self.inner(tag)),
        });
        let problem = misplaced.unwrap_or_else(|| format!("writes no JSON: {error} of its output"));
        TemplateError::at(self.source, origin, problem)
    }

    fn inner(&self, tag: usize) -> &str {
        self.tags.get(tag).map(|tag| scan::inner(self.source, *tag)).unwrap_or_default()
    }

    fn numbered(&self) -> Tags<'_> {
        Tags { source: self.source, tags: &self.tags, bare: &self.names.bare }
    }

    fn told(&self, misplaced: Vec<Misplaced>) -> Vec<TemplateError> {
        let told = |Misplaced { tag, problem, .. }| Some(TemplateError::at(self.source, self.tags.get(tag)?.start, problem));
        misplaced.into_iter().filter_map(told).collect()
    }

    /// What stands in the wrong place, and, if nothing that it needs is missing, which texts are empty.
    fn misplaced(&self, json: &Value, outside: &[usize], sound: bool) -> Vec<TemplateError> {
        let mut misplaced = places::in_json(self.escaping, json, &self.marks, outside, &self.numbered());
        misplaced.retain(|misplaced| sound || !misplaced.is_empty);
        let outside = outside.iter().filter(|tag| !self.names.bare.contains(tag));
        misplaced.extend(outside.filter_map(|tag| {
            let problem = places::outside(self.escaping, self.inner(*tag))?;
            Some(Misplaced { tag: *tag, problem, is_empty: false })
        }));
        self.told(misplaced)
    }

    /// The values that it needs and that this view lacks; other views have them.
    fn absent(&self, view: &Value) -> Vec<TemplateError> {
        const MAX: usize = 20;
        let mut found = Vec::new();
        let Err(mut error) = self.template.fill(view) else { return found };
        let mut source = self.source.to_owned();
        while found.len() < MAX {
            let at = error.line_no.zip(error.column_no);
            let tag = self.tags.iter().find(|tag| at == Some(scan::position(self.source, tag.start)));
            let (name, problem) = absent_problem(&error);
            found.push(match tag {
                Some(tag) => TemplateError::at(self.source, names::place(self.source, *tag, &name), problem),
                None => TemplateError { at, problem, too_long: false },
            });
            // Rendering ends at the first; the next one shows without it.
            let Some(tag) = tag.filter(|tag| tag.kind == TagKind::Value) else { break };
            source.replace_range(tag.start..tag.end, &" ".repeat(tag.end - tag.start));
            match Template::parse(&source, self.escaping, true).map(|template| template.fill(view)) {
                Ok(Err(next)) => error = next,
                _ => break,
            }
        }
        found
    }
}

/// The name to point at, and what to say, where a value is missing that another view has.
fn absent_problem(error: &RenderError) -> (String, String) {
    match error.reason() {
        RenderErrorReason::MissingVariable(Some(name)) => (
            name.clone(),
            format!("`{name}` is not in every notification; put it between `{{{{#if {name}}}}}` and `{{{{/if}}}}`"),
        ),
        RenderErrorReason::ParamNotFoundForIndex(helper, _) => (
            (*helper).to_owned(),
            format!("a value behind `{helper}` is not in every notification; ask for it first, with `{{{{#if …}}}}`"),
        ),
        reason => (String::new(), super::problem(reason)),
    }
}

/// Where in `text` a JSON error is, in bytes.
fn offset(text: &str, error: &serde_json::Error) -> usize {
    let line = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum::<usize>();
    // Column 0 is the end of the line before.
    (line + error.column()).saturating_sub(1).min(text.len())
}

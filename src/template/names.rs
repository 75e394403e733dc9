//! Whether every name in a template is one of the view's, and every helper called as it can be.
//!
//! Rendering alone does not tell: handlebars takes an unknown name in `{{#if}}` and its like for an absent value, and what
//! stands in a branch that no specimen takes is never looked at.

use std::collections::BTreeSet;

use handlebars::template::{BlockParam, HelperTemplate, Parameter, Template as Ast, TemplateElement};
use handlebars::{Path, PathSeg};

use super::TemplateError;
use super::helpers::{self, Stands, helper_names};
use super::scan::{Tag, TagKind, is_symbol};
use super::shape::{FLAG, NUMBER, Shape, TEXT, UNKNOWN};
use crate::text::nearest;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) problems: Vec<TemplateError>,
    /// The tags, by their number, that write a number, or yes or no.
    pub(super) bare: BTreeSet<usize>,
}

/// Walks `ast`, whose tags in `source` are `tags`, over views of `shape`.
pub(super) fn check(ast: &Ast, source: &str, tags: &[Tag], shape: &Shape) -> Names {
    let root = Scope { value: shape, in_each: false, keyed: false, params: Vec::new() };
    let mut walk = Walk { source, tags, next: 0, scopes: vec![root], names: Names::default() };
    walk.template(ast);
    walk.names
}

struct Walk<'a> {
    source: &'a str,
    /// In the order in which their elements are met.
    tags: &'a [Tag],
    next: usize,
    scopes: Vec<Scope<'a>>,
    names: Names,
}

/// What names are looked up in, inside one block.
struct Scope<'a> {
    value: &'a Shape,
    /// Whether there are `@index`, `@first` and `@last`.
    in_each: bool,
    /// Whether there is `@key`.
    keyed: bool,
    /// `as |name|`
    params: Vec<(&'a str, &'a Shape)>,
}

impl<'a> Walk<'a> {
    fn template(&mut self, ast: &'a Ast) {
        for element in &ast.elements {
            match element {
                TemplateElement::Expression(expression) => self.expression(expression),
                TemplateElement::HelperBlock(block) => self.block(block, false),
                // The others are text, comments, and what the scan has refused.
                _ => {}
            }
        }
    }

    fn take(&mut self) -> usize {
        self.next += 1;
        self.next - 1
    }

    fn expression(&mut self, expression: &'a HelperTemplate) {
        let tag = self.take();
        let alone = expression.params.is_empty() && expression.hash.is_empty();
        let shape = match &expression.name {
            Parameter::Path(path) if alone && helpers::find(raw(path)).is_none() => {
                let shape = self.path(path, tag);
                self.must_be_text(shape, raw(path), tag);
                shape
            }
            Parameter::Subexpression(_) => self.parameter(&expression.name, tag),
            _ => self.call(expression, tag, Called::InTag),
        };
        if shape.is_bare() {
            self.names.bare.insert(tag);
        }
    }

    /// A block up to its end; one of an `else if` ends with the block that it belongs to.
    fn block(&mut self, block: &'a HelperTemplate, chained: bool) {
        let tag = self.take();
        let value = self.call(block, tag, Called::AsBlock);
        let helper = block.name.as_name().unwrap_or_default();
        let params: Vec<&'a str> = match &block.block_param {
            Some(BlockParam::Single(name)) => name.as_name().into_iter().collect(),
            Some(BlockParam::Pair((value, key))) => [value, key].into_iter().filter_map(|name| name.as_name()).collect(),
            _ => Vec::new(),
        };
        let scope = match helper {
            "each" => {
                let item = value.each().unwrap_or(&UNKNOWN);
                let keyed = value.holds() != "list";
                let key = if keyed { &TEXT } else { &NUMBER };
                Some(Scope { value: item, in_each: true, keyed, params: params.into_iter().zip([item, key]).collect() })
            }
            "with" => {
                let (in_each, keyed) = self.scopes.last().map_or((false, false), |above| (above.in_each, above.keyed));
                if params.len() > 1 {
                    self.problem(tag, "|", "`with` gives one name".to_owned());
                }
                Some(Scope { value, in_each, keyed, params: params.into_iter().map(|name| (name, value)).collect() })
            }
            _ => {
                if !params.is_empty() {
                    self.problem(tag, "as", "`as |…|` goes with `each` and `with`".to_owned());
                }
                None
            }
        };
        let entered = scope.is_some();
        self.scopes.extend(scope);
        block.template.iter().for_each(|ast| self.template(ast));
        if entered {
            self.scopes.pop();
        }
        match self.tags.get(self.next).map(|tag| tag.kind) {
            Some(TagKind::ElseThen) => {
                if let Some(TemplateElement::HelperBlock(next)) = block.inverse.as_ref().and_then(|ast| ast.elements.first()) {
                    self.block(next, true);
                }
            }
            Some(TagKind::Else) => {
                self.take();
                block.inverse.iter().for_each(|ast| self.template(ast));
            }
            _ => {}
        }
        if !chained {
            self.take();
        }
    }

    /// What a helper's call comes to; of `each` and `with`, what they go into.
    fn call(&mut self, call: &'a HelperTemplate, tag: usize, called: Called) -> &'a Shape {
        let name = call.name.as_name().unwrap_or_default();
        let values: Vec<&'a Shape> = call.params.iter().map(|value| self.parameter(value, tag)).collect();
        let Some(rule) = helpers::find(name) else {
            let value = self.scopes.last().and_then(|scope| scope.value.get(name));
            let problem = match value.filter(|value| !value.is_unknown()) {
                Some(value) if called == Called::AsBlock && value.holds() == "list" => {
                    format!("`{name}` is no helper; go over the list with `{{{{#each {name}}}}}`")
                }
                Some(_) if called == Called::AsBlock => {
                    format!("`{name}` is no helper; ask for the value with `{{{{#if {name}}}}}`")
                }
                Some(_) => format!("`{name}` is no helper but a value, which takes nothing behind it"),
                None => format!("no such helper: `{name}`{}", nearest(name, helper_names())),
            };
            self.problem(tag, name, problem);
            return &UNKNOWN;
        };
        if let Some(problem) = rule.refuses(values.len()) {
            // `url` is both.
            let value = self.scopes.last().is_some_and(|scope| values.is_empty() && scope.value.get(name).is_some());
            self.problem(tag, name, if value { format!("{problem}: `{{{{{name} {name}}}}}`") } else { problem });
        }
        let mut settings: Vec<_> = call.hash.iter().collect();
        settings.sort_by_key(|(name, _)| *name);
        for (setting, value) in settings {
            self.parameter(value, tag);
            if !rule.settings.contains(&setting.as_str()) {
                self.problem(tag, setting, format!("`{name}` takes no `{setting}`"));
            }
        }
        match (rule.stands, called) {
            (Stands::Block, Called::InTag) => {
                self.problem(tag, name, format!("`{name}` is a block: `{{{{#{name} …}}}}…{{{{/{name}}}}}`"))
            }
            (Stands::Writes, Called::AsBlock) => self.problem(tag, name, format!("`{name}` is no block: `{{{{{name} …}}}}`")),
            (Stands::Block | Stands::Writes, Called::InBrackets) => {
                self.problem(tag, name, format!("`{name}` cannot stand in brackets: it answers nothing"));
            }
            _ => {}
        }
        let first = values.first().copied().unwrap_or(&UNKNOWN);
        let argument = call.params.first().and_then(Parameter::as_name).unwrap_or_default();
        match name {
            "plain" | "url" | "code" => {
                self.must_be_text(first, argument, tag);
                first
            }
            "each" => {
                if first.each().is_none() {
                    self.problem(tag, argument, format!("`{argument}` is no list"));
                }
                first
            }
            "with" => first,
            "len" => &NUMBER,
            "lookup" | "json" | "if" | "unless" => &UNKNOWN,
            _ => &FLAG,
        }
    }

    fn parameter(&mut self, parameter: &'a Parameter, tag: usize) -> &'a Shape {
        match parameter {
            Parameter::Path(path) => self.path(path, tag),
            Parameter::Literal(value) if value.is_string() => &TEXT,
            Parameter::Literal(value) if value.is_number() => &NUMBER,
            Parameter::Literal(value) if value.is_boolean() => &FLAG,
            Parameter::Subexpression(inner) => match inner.as_element() {
                TemplateElement::Expression(call) => self.call(call, tag, Called::InBrackets),
                _ => &UNKNOWN,
            },
            _ => &UNKNOWN,
        }
    }

    fn path(&mut self, path: &'a Path, tag: usize) -> &'a Shape {
        let found = match path {
            Path::Local((level, name, _)) => self.local(*level, name),
            Path::Relative((segments, raw)) => self.value(segments, raw),
        };
        found.unwrap_or_else(|problem| {
            self.problem(tag, raw(path), problem);
            &UNKNOWN
        })
    }

    /// `@index` and its like.
    fn local(&self, level: usize, name: &str) -> Result<&'a Shape, String> {
        let scope = self.scopes.iter().rev().nth(level);
        match name {
            "index" if scope.is_some_and(|scope| scope.in_each) => Ok(&NUMBER),
            "first" | "last" if scope.is_some_and(|scope| scope.in_each) => Ok(&FLAG),
            "key" if scope.is_some_and(|scope| scope.keyed) => Ok(&TEXT),
            "index" | "first" | "last" => Err(format!("`@{name}` is there only in `{{{{#each}}}}`")),
            "key" => Err("`@key` is there only in `{{#each}}` over a group".to_owned()),
            _ => Err(format!("no such value: `@{name}`{}", nearest(name, ["index", "first", "last", "key"]))),
        }
    }

    fn value(&self, segments: &'a [PathSeg], raw: &str) -> Result<&'a Shape, String> {
        let names = segments.iter().filter_map(|segment| match segment {
            PathSeg::Named(name) => Some(name.as_str()),
            _ => None,
        });
        let names: Vec<&'a str> = names.collect();
        let from_root = raw.contains("@root");
        // All else that is no name is a step up.
        let up = if from_root { 0 } else { segments.len() - names.len() };
        let named = names.first().filter(|_| !from_root).and_then(|first| {
            let mut params = self.scopes.iter().rev().flat_map(|scope| &scope.params);
            params.find(|(name, _)| name == first).map(|(_, shape)| *shape)
        });
        let (mut at, names) = match (named, names.split_first()) {
            (Some(shape), Some((_, rest))) => (shape, rest),
            _ => {
                let scope = if from_root { self.scopes.first() } else { self.scopes.iter().rev().nth(up) };
                let scope = scope.ok_or_else(|| format!("`{raw}` leads above the whole view"))?;
                (scope.value, names.as_slice())
            }
        };
        for name in names {
            at = at.get(name).ok_or_else(|| {
                let hint = match (*name, at.holds()) {
                    ("length" | "size" | "count", "list") => "; how many there are says `len`".to_owned(),
                    _ => self.outside(name, raw).unwrap_or_else(|| nearest(name, at.field_names())),
                };
                format!("no such value: `{raw}`{hint}")
            })?;
        }
        Ok(at)
    }

    /// How `name`, which is not there, is reached in a block around this one.
    fn outside(&self, name: &str, raw: &str) -> Option<String> {
        let up = self.scopes.iter().rev().position(|scope| scope.value.get(name).is_some())?;
        (name == raw && up > 0).then(|| format!("; in here it is `{}{name}`", "../".repeat(up)))
    }

    fn must_be_text(&mut self, shape: &Shape, name: &str, tag: usize) {
        if !shape.is_text() {
            let problem = match shape.holds() {
                "list" => format!("`{name}` is a list; go over it with `{{{{#each {name}}}}}`"),
                _ => format!("`{name}` is a group of values; name one of them"),
            };
            self.problem(tag, name, problem);
        }
    }

    /// Notes a problem at `word` in a tag.
    fn problem(&mut self, tag: usize, word: &str, problem: String) {
        let error = match self.tags.get(tag) {
            Some(tag) => TemplateError::at(self.source, place(self.source, *tag, word), problem),
            None => TemplateError::whole(problem),
        };
        if !self.names.problems.contains(&error) {
            self.names.problems.push(error);
        }
    }
}

/// Where a helper is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Called {
    InTag,
    AsBlock,
    InBrackets,
}

fn raw(path: &Path) -> &str {
    match path {
        Path::Relative((_, raw)) | Path::Local((_, _, raw)) => raw,
    }
}

/// Where `word` stands in a tag as a whole word; where the tag begins, if it does not.
pub(super) fn place(source: &str, tag: Tag, word: &str) -> usize {
    let text = source.get(tag.start..tag.end).unwrap_or_default();
    let whole = |at: &usize| {
        let (before, after) = (text.get(..*at).unwrap_or_default(), text.get(at + word.len()..).unwrap_or_default());
        let joins = |char: char| is_symbol(char) || matches!(char, '.' | '/' | '@');
        !before.ends_with(joins) && !after.starts_with(joins)
    };
    let found = if word.is_empty() { None } else { text.match_indices(word).map(|(at, _)| at).find(whole) };
    tag.start + found.unwrap_or(0)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test says so by failing")]
mod tests {
    use proptest::prelude::*;

    use super::super::scan;
    use super::*;

    /// Text, values, comments and what looks like a tag.
    const PIECES: &[&str] = &[
        "{{a}}",
        "{{! {{#if}}",
        "{{!-- }} --}}",
        "\\{{a}}",
        "\\\\{{a}}",
        "\\{{{{a}}",
        "{{(eq a \"}}\")}}",
        "text\n",
        " }} \" ",
        "{{lookup a.[0] 'b'}}",
        "{{@root.a}}{{~this~}}",
    ];
    const BLOCKS: &[(&str, &str)] = &[
        ("{{#if a}}", "{{/if}}"),
        ("{{~#each c as |d e|~}}", "{{~/each~}}"),
        ("{{# with a as |x| }}", "{{/ with }}"),
        ("{{#unless (not a)}}\n", "{{/unless}}\n"),
    ];
    const ELSES: &[&str] =
        &["", "{{else}}", "{{~^~}}", "{{ else }}", "{{else if b}}", "{{~else each c~}}x{{^ if a}}", "{{else if b}}{{else}}"];

    fn template() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(PIECES).prop_map(str::to_owned);
        piece.prop_recursive(4, 24, 4, |inner| {
            let parts = prop::collection::vec(inner, 0..4).prop_map(|parts| parts.concat());
            let block = (prop::sample::select(BLOCKS), parts.clone(), prop::sample::select(ELSES), parts);
            block.prop_map(|((open, close), then, other, rest)| format!("{open}{then}{other}{rest}{close}"))
        })
    }

    proptest! {
        #[test]
        fn every_tag_is_met_where_it_was_scanned(source in template()) {
            let tags = scan::tags(&source).unwrap();
            let ast = Ast::compile(&source).unwrap();
            let root = Scope { value: &UNKNOWN, in_each: false, keyed: false, params: Vec::new() };
            let mut walk = Walk { source: &source, tags: &tags, next: 0, scopes: vec![root], names: Names::default() };
            walk.template(&ast);
            prop_assert_eq!(walk.next, tags.len(), "{}", source);
            prop_assert_eq!(walk.names.problems, [], "{}", source);
        }

        #[test]
        fn whatever_is_written_is_refused_or_compiled(parts in prop::collection::vec("[{}#/~^!> a\"'()\\\\\\[\\].@=|-]{1,6}|\\{\\{|\\}\\}|if |else|\\{\\{/if\\}\\}", 0..12)) {
            let escaping = crate::template::Escaping { text: crate::template::TextForm::Plain, json: false };
            let _ = crate::template::Draft::new(&parts.concat(), escaping, &UNKNOWN);
        }
    }
}

//! The tags of a template, found as handlebars' grammar finds them, before its parser runs.
//!
//! The parser recurses over blocks and brackets and would overflow the stack on a hostile template; and it does not refuse
//! what a template may not do. The grammar: <https://github.com/sunng87/handlebars-rust/blob/master/src/grammar.pest>

use super::TemplateError;

/// A tag that does something; comments are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tag {
    pub(super) kind: TagKind,
    /// Where it begins and ends in the source, in bytes, braces included.
    pub(super) start: usize,
    pub(super) end: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TagKind {
    /// `{{x}}`, `{{helper x}}`
    Value,
    /// `{{#helper x}}`
    Open,
    /// `{{else}}`
    Else,
    /// `{{else helper x}}`
    ElseThen,
    /// `{{/helper}}`
    Close,
}

/// All tags, in order.
///
/// # Errors
/// If a tag is not closed or not allowed, a block is not closed or closed by another's end, or anything nests too deep.
pub(super) fn tags(source: &str) -> Result<Vec<Tag>, TemplateError> {
    const MAX_BLOCKS: usize = 32;
    /// An `else if` is a block in the `else` of the one before.
    const MAX_CHAINED: usize = 64;
    let mut tags = Vec::new();
    let mut open: Vec<Block> = Vec::new();
    // In all open blocks.
    let mut chained = 0;
    let mut at = 0;
    while let Some(start) = next_tag(source, &mut at) {
        let refuse = |problem: String| TemplateError::at(source, start, problem);
        let never_closed = || refuse("`{{` is never closed by `}}`".to_owned());
        if let Some(length) = comment(after(source, start)) {
            at = start + length.ok_or_else(never_closed)?;
            continue;
        }
        let length = tag_length(after(source, start + 2)).map_err(refuse)?.ok_or_else(never_closed)?;
        let end = start + 2 + length;
        let inner = inner(source, Tag { kind: TagKind::Value, start, end });
        at = end;
        let kind = kind(inner).map_err(|problem| refuse(problem.to_owned()))?;
        tags.push(Tag { kind, start, end });
        match kind {
            TagKind::Value => {}
            TagKind::Open if open.len() == MAX_BLOCKS => return Err(refuse("nests deeper than 32 blocks".to_owned())),
            TagKind::Open => {
                open.push(Block { name: word(inner.trim_start_matches(['#', ' '])), start, has_else: false, chained: 0 })
            }
            TagKind::Else | TagKind::ElseThen => {
                chained += usize::from(kind == TagKind::ElseThen);
                match open.last_mut() {
                    None => return Err(refuse("`{{else}}` stands in no block".to_owned())),
                    Some(block) if block.has_else => {
                        return Err(refuse(format!("stands after the `{{{{else}}}}` of `{{{{#{}}}}}`", block.name)));
                    }
                    Some(_) if chained > MAX_CHAINED => return Err(refuse("is one of more than 64 `{{else if}}`".to_owned())),
                    Some(block) => {
                        block.has_else = kind == TagKind::Else;
                        block.chained += usize::from(kind == TagKind::ElseThen);
                    }
                }
            }
            TagKind::Close => {
                let name = word(inner.trim_start_matches(['/', ' ']));
                match open.pop() {
                    Some(block) if block.name == name => chained -= block.chained,
                    Some(block) => {
                        let (line, _) = position(source, block.start);
                        return Err(refuse(format!("`{{{{/{name}}}}}` closes `{{{{#{}}}}}` of line {line}", block.name)));
                    }
                    None => return Err(refuse(format!("`{{{{/{name}}}}}` closes no block"))),
                }
            }
        }
    }
    match open.last() {
        Some(block) => {
            Err(TemplateError::at(source, block.start, format!("`{{{{#{0}}}}}` is never closed by `{{{{/{0}}}}}`", block.name)))
        }
        None => Ok(tags),
    }
}

/// What stands between the braces of `tag`, without blanks and `~` around it.
pub(super) fn inner(source: &str, tag: Tag) -> &str {
    let whole = source.get(tag.start..tag.end).unwrap_or_default();
    let inner = whole.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}")).unwrap_or_default();
    let inner = inner.trim_start().strip_prefix('~').unwrap_or(inner);
    let inner = inner.trim_end().strip_suffix('~').unwrap_or(inner);
    inner.trim()
}

/// Line and column of a place in `source`, counted from one, the column in characters.
pub(super) fn position(source: &str, offset: usize) -> (usize, usize) {
    let before = source.get(..offset).unwrap_or(source);
    let line = before.rsplit('\n').next().unwrap_or_default();
    (before.matches('\n').count() + 1, line.chars().count() + 1)
}

/// Whether `char` can stand in a name.
pub(super) fn is_symbol(char: char) -> bool {
    char.is_ascii_alphanumeric() || matches!(char, '-' | '_' | '$' | ':') || !char.is_ascii()
}

struct Block<'a> {
    name: &'a str,
    start: usize,
    has_else: bool,
    /// How often it has an `else if`.
    chained: usize,
}

fn after(source: &str, offset: usize) -> &str {
    source.get(offset..).unwrap_or_default()
}

/// Where the next tag begins from `at` on. One backslash before it makes it text.
fn next_tag(source: &str, at: &mut usize) -> Option<usize> {
    loop {
        let rest = after(source, *at);
        let found = rest.find("{{")?;
        let text = rest.get(..found).unwrap_or_default();
        let backslashes = text.len() - text.trim_end_matches('\\').len();
        let start = *at + found;
        if backslashes != 1 {
            return Some(start);
        }
        *at = start + if after(source, start).starts_with("{{{{") { 4 } else { 2 };
    }
}

/// The length of a comment, if `rest` begins with one; none inside if it does not end.
fn comment(rest: &str) -> Option<Option<usize>> {
    let body = rest.strip_prefix("{{!")?;
    let long = body
        .trim_start_matches(BLANKS)
        .strip_prefix("--")
        .and_then(|body| Some(rest.len() - body.len() + body.find("--}}")? + 4));
    Some(long.or_else(|| rest.find("}}").map(|end| end + 2)))
}

/// How long a tag is after its `{{`; none if it does not end.
fn tag_length(rest: &str) -> Result<Option<usize>, String> {
    const MAX_BRACKETS: usize = 16;
    const UNESCAPED: &str = "writes a value unescaped; use {{x}}, {{plain x}}, {{url x}}, {{code x}} or {{json x}}";
    let first = rest.trim_start_matches(BLANKS).trim_start_matches('~').trim_start_matches(BLANKS);
    if first.starts_with(['{', '&']) {
        return Err(UNESCAPED.to_owned());
    }
    let mut brackets = 0;
    let mut chars = rest.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            '}' if after(rest, at).starts_with("}}") => return Ok(Some(at + 2)),
            '"' | '\'' => loop {
                match chars.next() {
                    Some((_, '\\')) => drop(chars.next()),
                    Some((_, end)) if end == char => break,
                    Some(_) => {}
                    None => return Ok(None),
                }
            },
            '[' => loop {
                match chars.next() {
                    Some((_, ']')) => break,
                    Some((_, name)) if is_symbol(name) || matches!(name, ' ' | '.' | '/') => {}
                    _ => return Err("only a name or a number can stand in `[ ]`".to_owned()),
                }
            },
            '{' => return Err("only a value's name can stand here, no `{`".to_owned()),
            '(' => {
                brackets += 1;
                if brackets > MAX_BRACKETS {
                    return Err("nests deeper than 16 brackets".to_owned());
                }
            }
            ')' => brackets = brackets.saturating_sub(1),
            _ => {}
        }
    }
    Ok(None)
}

fn kind(inner: &str) -> Result<TagKind, &'static str> {
    const PARTIALS: &str = "partials are not supported";
    let mut chars = inner.chars().filter(|char| !char.is_whitespace());
    match (chars.next(), chars.next()) {
        (Some('>' | '*'), _) | (Some('#'), Some('>' | '*')) => Err(PARTIALS),
        (Some('#'), _) => Ok(TagKind::Open),
        (Some('/'), _) => Ok(TagKind::Close),
        (Some('^'), None) => Ok(TagKind::Else),
        (Some('^'), Some(_)) => Ok(TagKind::ElseThen),
        _ => match inner.strip_prefix("else").map(|rest| rest.trim_start().starts_with(is_symbol)) {
            // The grammar asks for no blank behind `else`.
            Some(true) => Ok(TagKind::ElseThen),
            Some(false) if inner == "else" => Ok(TagKind::Else),
            _ => Ok(TagKind::Value),
        },
    }
}

/// The name that `text` begins with.
fn word(text: &str) -> &str {
    let text = text.trim_start();
    text.get(..text.find(|char| !is_symbol(char)).unwrap_or(text.len())).unwrap_or_default()
}

/// What the grammar skips; no other white space.
const BLANKS: [char; 4] = [' ', '\t', '\r', '\n'];

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test says so by failing")]
mod tests {
    use super::*;

    #[test]
    fn tags_are_found_as_the_parser_finds_them() {
        use TagKind::*;
        let source = "a {{x}}{{! {{#if}} }}{{!-- }} {{{z}}} --}}\\{{#if}}\\\\{{ y }}{{#if (eq x \"}}\")}}{{~else if y~}}{{^}}{{/if}} {{else.x}}";
        let tags = tags(source).unwrap();
        let found: Vec<_> = tags.iter().map(|tag| (tag.kind, inner(source, *tag))).collect();
        assert_eq!(
            found,
            [
                (Value, "x"),
                (Value, "y"),
                (Open, "#if (eq x \"}}\")"),
                (ElseThen, "else if y"),
                (Else, "^"),
                (Close, "/if"),
                (Value, "else.x"),
            ]
        );
    }

    #[test]
    fn what_would_break_the_parser_is_refused() {
        for (source, problem) in [
            ("{{#if x}}".repeat(20_000), "nests deeper than 32 blocks"),
            ("{{#if x}}\\{{/if}}{{!/if}}\"{{/if}}\"".repeat(2) + &"{{#if x}}\\{{/if}}{{! {{/if}} ".repeat(5000), "nests deeper"),
            ("{{a ".to_owned() + &"(b ".repeat(20_000), "nests deeper than 16 brackets"),
            ("{{a ".to_owned() + &"(b \")\" ".repeat(20_000), "nests deeper than 16 brackets"),
            ("{{a ".to_owned() + &"[".repeat(20_000), "only a name or a number can stand in `[ ]`"),
            ("{{#if a}}".to_owned() + &"{{else if b}}".repeat(4000) + "{{/if}}", "is one of more than 64 `{{else if}}`"),
            ("{{a b={".to_owned(), "only a value's name can stand here, no `{`"),
        ] {
            let error = tags(&source).unwrap_err();
            assert!(error.problem.starts_with(problem), "{error}");
        }
    }

    #[test]
    fn the_deepest_that_is_allowed_can_be_filled() {
        use crate::template::{Escaping, Template, TextForm};
        let deep = format!("{{{{#if {}a{}}}}}", "(and a ".repeat(16), ")".repeat(16));
        let source = deep.repeat(31) + "{{#if b}}" + &"{{else if b}}".repeat(64) + "{{else}}x" + &"{{/if}}".repeat(32);
        let template = Template::compile(&source, Escaping { text: TextForm::Plain, json: false }).unwrap();
        assert_eq!(template.render(&serde_json::json!({ "a": true, "b": false })).unwrap(), "x");
    }
}

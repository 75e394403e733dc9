//! Which form a text must have where it stands.

mod html;
mod slack;
mod teams;

pub(super) use html::misplaced as in_mail;

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::escape::{Escaping, TextForm};
use super::scan::{self, Tag};
use super::trace::{Marks, Pieces};

/// The form that a tag writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// `{{x}}`
    Text,
    /// `{{plain x}}`
    Plain,
    /// `{{code x}}`
    Code,
    /// `{{url x}}`
    Url,
    /// `{{json x}}`
    Json,
}

impl Form {
    /// The form of a tag by what stands between its braces, and the value it writes.
    pub(super) fn of(inner: &str) -> (Form, &str) {
        let forms = [("plain", Form::Plain), ("code", Form::Code), ("url", Form::Url), ("json", Form::Json)];
        let called = |(name, form): (&str, Form)| {
            let value = inner.strip_prefix(name)?;
            value.starts_with(char::is_whitespace).then(|| (form, value.trim()))
        };
        forms.into_iter().find_map(called).unwrap_or((Form::Text, inner))
    }
}

/// What a text in JSON is for its reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spot {
    Plain,
    Mrkdwn,
    /// Where Teams reads Markdown, of which it knows no escape.
    Markdown,
    Address,
}

/// A text in the output, and what is wrong with what a tag writes into it.
pub(super) struct Misplaced {
    /// The tag's number.
    pub(super) tag: usize,
    pub(super) problem: String,
    /// Whether it is that the text is empty.
    pub(super) is_empty: bool,
}

/// The tags of a template, by their numbers.
pub(super) struct Tags<'a> {
    pub(super) source: &'a str,
    pub(super) tags: &'a [Tag],
    /// Those that write a number, or yes or no.
    pub(super) bare: &'a BTreeSet<usize>,
}

impl Tags<'_> {
    /// What stands between a tag's braces.
    pub(super) fn inner(&self, tag: usize) -> &str {
        self.tags.get(tag).map(|tag| scan::inner(self.source, *tag)).unwrap_or_default()
    }

    /// Whether no sender can write a text there: it is a number, or a word of ours.
    fn is_ours(&self, tag: usize) -> bool {
        let name = Form::of(self.inner(tag)).1.trim_start_matches("../").trim_start_matches("@root.");
        self.bare.contains(&tag) || OUR_WORDS.contains(&name)
    }
}

/// What is wrong with a tag wherever it stands.
pub(super) fn anywhere(escaping: Escaping, inner: &str) -> Option<String> {
    let (form, value) = Form::of(inner);
    match form {
        Form::Json if !escaping.json => {
            Some(format!("`{{{{{inner}}}}}` is for payloads of JSON; here it must be `{{{{{value}}}}}`"))
        }
        Form::Plain if escaping.text == TextForm::Chime => {
            Some(format!("`{{{{{inner}}}}}` lets an `@` mention people; it must be `{{{{{value}}}}}`"))
        }
        _ => None,
    }
}

/// What is wrong with a tag that writes a text outside of a string.
pub(super) fn outside(escaping: Escaping, inner: &str) -> Option<String> {
    // Another form's text may be a value of its own.
    let inside = matches!(escaping.text, TextForm::Plain | TextForm::Mrkdwn | TextForm::Chime);
    let (form, value) = Form::of(inner);
    match (inside, form) {
        (true, Form::Text | Form::Plain | Form::Code | Form::Url) => {
            Some(format!("`{{{{{inner}}}}}` stands outside of a string and must be `{{{{json {value}}}}}`"))
        }
        // One of an Adaptive Card is a text or an address inside a string all the same.
        (false, Form::Plain | Form::Url) => Some(format!("`{{{{{inner}}}}}` stands outside of a string; put it in quotes")),
        _ => None,
    }
}

/// What is wrong with a tag that writes a value into a string.
pub(super) fn inside(escaping: Escaping, inner: &str) -> Option<String> {
    let (form, value) = Form::of(inner);
    // What another helper answers stands in brackets.
    let value = if value.contains(' ') { format!("({value})") } else { value.to_owned() };
    match (escaping.text, form) {
        (TextForm::AdaptiveCard, Form::Text | Form::Code) => Some(format!(
            "`{{{{{inner}}}}}` stands inside a string and must be `{{{{plain {value}}}}}`, or stand without quotes in `inlines`"
        )),
        (TextForm::AdaptiveCard, Form::Json) => {
            Some(format!("`{{{{{inner}}}}}` stands inside a string and must be `{{{{plain {value}}}}}`"))
        }
        (_, Form::Json) => Some(format!("`{{{{{inner}}}}}` stands inside a string and must be `{{{{{value}}}}}`")),
        _ => None,
    }
}

/// What is wrong with the texts of `json`, in which `marks` tell who wrote what; the tags of `outside` wrote it outside of strings.
pub(super) fn in_json(escaping: Escaping, json: &Value, marks: &Marks, outside: &[usize], tags: &Tags) -> Vec<Misplaced> {
    let mut found = Vec::new();
    // What a run has in its strings, its tag's form has put there.
    let is_run = |tag: &usize| escaping.text == TextForm::AdaptiveCard && outside.contains(tag);
    let mut each = |text: &Text| {
        let pieces = marks.pieces(text.written);
        let into: Vec<usize> = pieces.iter().filter_map(|(tag, _)| *tag).filter(|tag| !is_run(tag)).collect();
        let blank = into.first().filter(|_| text.is_block && is_blank(&pieces)).map(|tag| {
            let value = Form::of(tags.inner(*tag)).1;
            let problem = format!("leaves a text of Slack's empty; put it between `{{{{#if {value}}}}}` and `{{{{/if}}}}`");
            Misplaced { tag: *tag, problem, is_empty: true }
        });
        let is_whole = |tag: usize| {
            let before = pieces.iter().take_while(|(found, _)| *found != Some(tag));
            before.into_iter().all(|(_, text)| text.trim().is_empty())
        };
        let wrong = into.iter().filter_map(|tag| {
            let problem = wrong(text.spot, is_whole(*tag), *tag, tags)?;
            Some(Misplaced { tag: *tag, problem, is_empty: false })
        });
        found.extend(blank.into_iter().chain(wrong));
    };
    match escaping.text {
        TextForm::Mrkdwn => slack::texts(json, None, marks, &mut each),
        TextForm::AdaptiveCard => {
            teams::texts(json, None, marks, &mut each);
            found.extend(teams::stray_runs(json, None, marks));
        }
        TextForm::Plain | TextForm::Chime | TextForm::Html => {}
    }
    found
}

/// A text whose place says what it must be.
struct Text<'a> {
    spot: Spot,
    /// As it was written, with marks.
    written: &'a str,
    /// Whether it may not be empty.
    is_block: bool,
}

/// What is wrong with a `tag` in a text of `spot`, of which it `is_whole` if nothing stands before it.
fn wrong(spot: Spot, is_whole: bool, tag: usize, tags: &Tags) -> Option<String> {
    let inner = tags.inner(tag);
    let (form, value) = Form::of(inner);
    match (spot, form) {
        (Spot::Plain, Form::Text | Form::Code | Form::Url | Form::Json) => {
            Some(format!("`{{{{{inner}}}}}` stands in plain text and must be `{{{{plain {value}}}}}`"))
        }
        (Spot::Mrkdwn, Form::Plain | Form::Json) => {
            Some(format!("`{{{{{inner}}}}}` stands in mrkdwn and must be `{{{{{value}}}}}`"))
        }
        (Spot::Markdown, _) if !tags.is_ours(tag) => Some(format!(
            "`{{{{{inner}}}}}` stands where Teams reads Markdown, of which a sender can make links; put it into a \
             `RichTextBlock`: `\"inlines\": [{{{{{value}}}}}]`"
        )),
        (Spot::Address, Form::Text | Form::Code | Form::Json) => Some(format!(
            "`{{{{{inner}}}}}` stands in an address and must be `{{{{url {value}}}}}`, or `{{{{plain {value}}}}}` as a part of one"
        )),
        (Spot::Address, Form::Plain) if is_whole => {
            Some(format!("`{{{{{inner}}}}}` begins an address and must be `{{{{url {value}}}}}`"))
        }
        (Spot::Plain, Form::Plain)
        | (Spot::Mrkdwn, Form::Text | Form::Code | Form::Url)
        | (Spot::Markdown, _)
        | (Spot::Address, Form::Url | Form::Plain) => None,
    }
}

fn kind(object: &Map<String, Value>, marks: &Marks) -> Option<String> {
    object.get("type")?.as_str().map(|kind| text(&marks.pieces(kind)))
}

/// A text without its marks.
fn text(pieces: &Pieces) -> String {
    pieces.iter().map(|(_, text)| text.as_str()).collect()
}

fn is_blank(pieces: &Pieces) -> bool {
    pieces.iter().all(|(_, text)| text.trim().is_empty())
}

/// The values of a view that are words of ours, whatever a sender writes.
pub(super) const OUR_WORDS: &[&str] = &[
    "locale",
    "kind",
    "severity",
    "severity_word",
    "mark",
    "color",
    "mention",
    "todo",
    "says",
    "notification.kind",
    "notification.status",
    "notification.severity",
];

//! Which form a text must have where it stands.

use serde_json::{Map, Value};

use super::escape::{Escaping, TextForm};
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
    let problem = || format!("`{{{{{inner}}}}}` stands outside of a string and must be `{{{{json {value}}}}}`");
    (inside && form != Form::Json).then(problem)
}

/// What is wrong with a tag that writes a value into a string.
pub(super) fn inside(inner: &str) -> Option<String> {
    let (form, value) = Form::of(inner);
    (form == Form::Json).then(|| format!("`{{{{{inner}}}}}` stands inside a string and must be `{{{{{value}}}}}`"))
}

/// What is wrong with the texts of `json`, in which `marks` tell who wrote what; `inner` gives a tag's text by its number.
pub(super) fn misplaced<'a>(escaping: Escaping, json: &Value, marks: &Marks, inner: impl Fn(usize) -> &'a str) -> Vec<Misplaced> {
    let mut found = Vec::new();
    let mut each = |spot: Spot, text: &str, is_block: bool| {
        let pieces = marks.pieces(text);
        let tags = || pieces.iter().filter_map(|(tag, _)| *tag);
        let blank = tags().next().filter(|_| is_block && is_blank(&pieces)).map(|tag| {
            let value = Form::of(inner(tag)).1;
            let problem = format!("leaves a text of Slack's empty; put it between `{{{{#if {value}}}}}` and `{{{{/if}}}}`");
            Misplaced { tag, problem, is_empty: true }
        });
        let wrong = tags().filter_map(|tag| Some(Misplaced { tag, problem: wrong(spot, inner(tag))?, is_empty: false }));
        found.extend(blank.into_iter().chain(wrong));
    };
    if escaping.text == TextForm::Mrkdwn {
        slack(json, None, marks, &mut each);
    }
    found
}

fn wrong(spot: Spot, inner: &str) -> Option<String> {
    let (form, value) = Form::of(inner);
    match (spot, form) {
        (Spot::Plain, Form::Text | Form::Code | Form::Url | Form::Json) => {
            Some(format!("`{{{{{inner}}}}}` stands in plain text and must be `{{{{plain {value}}}}}`"))
        }
        (Spot::Mrkdwn, Form::Plain | Form::Json) => {
            Some(format!("`{{{{{inner}}}}}` stands in mrkdwn and must be `{{{{{value}}}}}`"))
        }
        (Spot::Address, Form::Text | Form::Code | Form::Json) => Some(format!(
            "`{{{{{inner}}}}}` stands in an address and must be `{{{{url {value}}}}}`, or `{{{{plain {value}}}}}` as a part of one"
        )),
        (Spot::Plain, Form::Plain)
        | (Spot::Mrkdwn, Form::Text | Form::Code | Form::Url)
        | (Spot::Address, Form::Url | Form::Plain) => None,
    }
}

/// Gives `each` every text of a Slack message whose form is known, and whether it may not be empty.
///
/// <https://docs.slack.dev/reference/block-kit/composition-objects/text-object>,
/// <https://docs.slack.dev/reference/block-kit/blocks/rich-text-block>,
/// <https://docs.slack.dev/messaging/formatting-message-text>
fn slack(value: &Value, holder: Option<&str>, marks: &Marks, each: &mut impl FnMut(Spot, &str, bool)) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| slack(item, holder, marks, each)),
        Value::Object(object) => {
            let kind = kind(object, marks);
            for (key, value) in object {
                match value {
                    Value::String(text) => {
                        if let Some(spot) = slack_spot(kind.as_deref(), holder, key) {
                            each(spot, text, matches!(kind.as_deref(), Some("plain_text" | "mrkdwn")) && key == "text");
                        }
                    }
                    value => slack(value, kind.as_deref(), marks, each),
                }
            }
        }
        _ => {}
    }
}

/// What the text at `key` is in an object of `kind` that stands in one of `holder`.
fn slack_spot(kind: Option<&str>, holder: Option<&str>, key: &str) -> Option<Spot> {
    match (kind, key) {
        (Some("plain_text" | "text" | "link"), "text") | (_, "alt_text" | "fallback") => Some(Spot::Plain),
        (Some("mrkdwn"), "text") if matches!(holder, Some("header" | "button")) => Some(Spot::Plain),
        (Some("mrkdwn"), "text") | (None, "text" | "pretext") => Some(Spot::Mrkdwn),
        (_, "url" | "image_url" | "thumb_url" | "title_link" | "author_link") => Some(Spot::Address),
        _ => None,
    }
}

fn kind(object: &Map<String, Value>, marks: &Marks) -> Option<String> {
    let kind = object.get("type")?.as_str()?;
    Some(marks.pieces(kind).into_iter().map(|(_, text)| text).collect())
}

fn is_blank(pieces: &Pieces) -> bool {
    pieces.iter().all(|(_, text)| text.trim().is_empty())
}

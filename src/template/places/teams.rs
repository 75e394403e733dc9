//! The texts of a Teams message with an Adaptive Card.

use serde_json::Value;

use super::super::trace::Marks;
use super::{Misplaced, Spot, Text, kind, text};

/// Gives `each` every text whose form is known; `place` is the key that leads to `value`.
///
/// <https://learn.microsoft.com/en-us/adaptive-cards/authoring-cards/text-features>,
/// <https://learn.microsoft.com/en-us/adaptive-cards/schema-explorer/fact>
pub(super) fn texts(value: &Value, place: Option<&str>, marks: &Marks, each: &mut impl FnMut(&Text)) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| texts(item, place, marks, each)),
        Value::Object(object) => {
            let kind = kind(object, marks);
            for (key, value) in object {
                match value {
                    Value::String(written) => {
                        if let Some(spot) = spot(kind.as_deref(), place, key) {
                            each(&Text { spot, written, is_block: false });
                        }
                    }
                    value => texts(value, Some(key), marks, each),
                }
            }
        }
        _ => {}
    }
}

/// What the text at `key` is in an object of `kind` that stands at `place`.
fn spot(kind: Option<&str>, place: Option<&str>, key: &str) -> Option<Spot> {
    match (kind, place, key) {
        (Some("TextBlock"), _, "text") | (_, Some("facts"), "title" | "value") => Some(Spot::Markdown),
        (_, _, "url" | "iconUrl" | "backgroundImage" | "poster") => Some(Spot::Address),
        _ => None,
    }
}

/// The tags that write runs elsewhere than in the `inlines` of a `RichTextBlock`: Teams refuses the whole card.
///
/// <https://learn.microsoft.com/en-us/adaptive-cards/schema-explorer/rich-text-block>
pub(super) fn stray_runs(value: &Value, place: Option<&str>, marks: &Marks) -> Vec<Misplaced> {
    match value {
        Value::Array(items) => items.iter().flat_map(|item| stray_runs(item, place, marks)).collect(),
        Value::Object(object) => {
            // In a run that a tag has written, keys have their marks too.
            let writes_run = |(key, value): (&String, &Value)| {
                let (key, value) = (marks.pieces(key), marks.pieces(value.as_str()?));
                (text(&key) == "type" && text(&value) == "TextRun").then(|| key.iter().find_map(|(tag, _)| *tag))?
            };
            let writer = if place == Some("inlines") { None } else { object.iter().find_map(writes_run) };
            let problem = "writes whole `TextRun`s, which stand only in the `inlines` of a `RichTextBlock`";
            let stray = writer.map(|tag| Misplaced { tag, problem: problem.to_owned(), is_empty: false });
            stray.into_iter().chain(object.iter().flat_map(|(key, value)| stray_runs(value, Some(key), marks))).collect()
        }
        _ => Vec::new(),
    }
}

//! The texts of a Slack message.

use serde_json::Value;

use super::super::trace::Marks;
use super::{Spot, Text, kind};

/// Gives `each` every text whose form is known; `holder` is the kind of the object around `value`.
///
/// <https://docs.slack.dev/reference/block-kit/composition-objects/text-object>,
/// <https://docs.slack.dev/reference/block-kit/blocks/rich-text-block>,
/// <https://docs.slack.dev/messaging/formatting-message-text>
pub(super) fn texts(value: &Value, holder: Option<&str>, marks: &Marks, each: &mut impl FnMut(&Text)) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| texts(item, holder, marks, each)),
        Value::Object(object) => {
            let kind = kind(object, marks);
            for (key, value) in object {
                match value {
                    Value::String(written) => {
                        if let Some(spot) = spot(kind.as_deref(), holder, key) {
                            let is_block = matches!(kind.as_deref(), Some("plain_text" | "mrkdwn")) && key == "text";
                            each(&Text { spot, written, is_block });
                        }
                    }
                    value => texts(value, kind.as_deref(), marks, each),
                }
            }
        }
        _ => {}
    }
}

/// What the text at `key` is in an object of `kind` that stands in one of `holder`.
fn spot(kind: Option<&str>, holder: Option<&str>, key: &str) -> Option<Spot> {
    match (kind, key) {
        (Some("plain_text" | "text" | "link"), "text") | (_, "alt_text" | "fallback") => Some(Spot::Plain),
        (Some("mrkdwn"), "text") if matches!(holder, Some("header" | "button")) => Some(Spot::Plain),
        (Some("mrkdwn"), "text") | (None, "text" | "pretext") => Some(Spot::Mrkdwn),
        (_, "url" | "image_url" | "thumb_url" | "title_link" | "author_link") => Some(Spot::Address),
        _ => None,
    }
}

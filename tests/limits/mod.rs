//! What each channel takes, by its vendor's words: a judge of payloads that knows nothing of the code that makes them fit.
//!
//! Its numbers stand here a second time on purpose.

use serde_json::{Map, Value};

/// What is wrong with `payload` for `channel`; `mention` is whom the route calls (`channel`, `here`), if anybody.
pub(crate) fn problems(channel: &str, payload: &str, mention: Option<&str>) -> Vec<String> {
    let mut found = Vec::new();
    match channel {
        "slack" => json_object(payload, &mut found, |object, found| slack(object, payload, mention, found)),
        "chime" => json_object(payload, &mut found, |object, found| chime(object, payload, found)),
        "email" => json_object(payload, &mut found, |object, found| email(object, payload, found)),
        "webhook" => json_object(payload, &mut found, |object, found| webhook(object, payload, found)),
        "teams" => json_object(payload, &mut found, |object, found| teams(object, payload, found)),
        "smtp" => json_object(payload, &mut found, |object, found| smtp(object, payload, found)),
        "console" => {
            at_most("text", payload.len(), 64 * 1024, "bytes", &mut found);
            shown("text", payload, &mut found);
        }
        other => found.push(format!("tests/limits/mod.rs has no rules for the channel {other}")),
    }
    found.iter_mut().for_each(|problem| *problem = format!("{channel}: {problem}"));
    found
}

/// <https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks>,
/// <https://docs.slack.dev/reference/block-kit/blocks>
fn slack(payload: &Map<String, Value>, whole: &str, mention: Option<&str>, found: &mut Vec<String>) {
    // `msg_blocks_too_long` from about 13,200 on: https://github.com/slackapi/bolt-js/issues/2509
    at_most("payload", whole.chars().count(), 12_000, "characters", found);
    only_keys("payload", payload, &["text", "blocks", "attachments", "unfurl_links", "unfurl_media"], found);
    for key in ["unfurl_links", "unfurl_media"] {
        if payload.get(key) != Some(&Value::Bool(false)) {
            found.push(format!("{key} is not false"));
        }
    }
    // What a notification on a phone shows, and a screen reader reads.
    match payload.get("text").and_then(Value::as_str) {
        Some(text) => {
            at_most("text", text.chars().count(), 40_000, "characters", found);
            slack_mrkdwn("text", text, mention, found);
        }
        None => found.push("there is no text to fall back to".to_owned()),
    }
    let mut blocks: Vec<&Value> = Vec::new();
    blocks.extend(array(payload, "blocks", found));
    for attachment in array(payload, "attachments", found) {
        let Some(attachment) = attachment.as_object() else {
            found.push("an attachment is no object".to_owned());
            continue;
        };
        only_keys("attachment", attachment, &["color", "blocks", "fallback"], found);
        let color = attachment.get("color").and_then(Value::as_str).unwrap_or_default();
        if !(color.len() == 7 && color.starts_with('#') && color.chars().skip(1).all(|char| char.is_ascii_hexdigit())) {
            found.push(format!("{color:?} is no colour"));
        }
        let inner = array(attachment, "blocks", found);
        if inner.is_empty() {
            found.push("an attachment is empty".to_owned());
        }
        blocks.extend(inner);
    }
    at_most("blocks", blocks.len(), 50, "blocks", found);
    // A message of `text` alone is one: the plain form.
    if blocks.is_empty() && ["blocks", "attachments"].iter().any(|key| payload.contains_key(*key)) {
        found.push("there is no block".to_owned());
    }
    blocks.into_iter().for_each(|block| slack_block(block, mention, found));
}

fn slack_block(block: &Value, mention: Option<&str>, found: &mut Vec<String>) {
    let Some(block) = block.as_object() else { return found.push("a block is no object".to_owned()) };
    let kind = block.get("type").and_then(Value::as_str).unwrap_or_default();
    if let Some(id) = block.get("block_id") {
        at_most("block_id", id.as_str().map_or(usize::MAX, |id| id.chars().count()), 255, "characters", found);
    }
    match kind {
        // https://docs.slack.dev/reference/block-kit/blocks/section-block
        "section" => {
            only_keys(kind, block, &["type", "block_id", "text", "fields"], found);
            if let Some(text) = block.get("text") {
                slack_text(kind, text, 3000, &["mrkdwn", "plain_text"], mention, found);
            }
            let fields = array(block, "fields", found);
            at_most("section.fields", fields.len(), 10, "fields", found);
            if block.get("text").is_none() && fields.is_empty() {
                found.push("a section is empty".to_owned());
            }
            fields.iter().for_each(|text| slack_text("field", text, 2000, &["mrkdwn", "plain_text"], mention, found));
        }
        // https://docs.slack.dev/reference/block-kit/blocks/header-block
        "header" => {
            only_keys(kind, block, &["type", "block_id", "text"], found);
            slack_text(kind, block.get("text").unwrap_or(&Value::Null), 150, &["plain_text"], mention, found);
        }
        // https://docs.slack.dev/reference/block-kit/blocks/context-block
        "context" => {
            only_keys(kind, block, &["type", "block_id", "elements"], found);
            let elements = array(block, "elements", found);
            if elements.is_empty() {
                found.push("a context is empty".to_owned());
            }
            at_most("context.elements", elements.len(), 10, "elements", found);
            elements.iter().for_each(|text| slack_text(kind, text, 2000, &["mrkdwn", "plain_text"], mention, found));
        }
        "divider" => only_keys(kind, block, &["type", "block_id"], found),
        other => found.push(format!("{other:?} is no block that we send")),
    }
}

/// <https://docs.slack.dev/reference/block-kit/composition-objects/text-object>
fn slack_text(place: &str, text: &Value, max: usize, types: &[&str], mention: Option<&str>, found: &mut Vec<String>) {
    let Some(object) = text.as_object() else { return found.push(format!("{place}: no text object")) };
    let kind = object.get("type").and_then(Value::as_str).unwrap_or_default();
    if !types.contains(&kind) {
        found.push(format!("{place}: {kind:?} cannot stand there"));
    }
    only_keys(place, object, if kind == "mrkdwn" { &["type", "text", "verbatim"] } else { &["type", "text", "emoji"] }, found);
    let Some(text) = object.get("text").and_then(Value::as_str) else {
        return found.push(format!("{place}: its text is no string"));
    };
    at_most(place, text.chars().count(), max, "characters", found);
    if kind == "mrkdwn" {
        if object.get("verbatim") != Some(&Value::Bool(true)) {
            found.push(format!("{place}: Slack would look for names and addresses in it by itself"));
        }
        slack_mrkdwn(place, text, mention, found);
    } else {
        shown(place, text, found);
    }
}

/// Only entities that are whole, links of ours, marks that are closed, and the mention that the route asked for.
///
/// <https://docs.slack.dev/messaging/formatting-message-text>
fn slack_mrkdwn(place: &str, text: &str, mention: Option<&str>, found: &mut Vec<String>) {
    // We put zero-width spaces beside our own marks, where a letter would keep them from being marks.
    let mut bare = String::new();
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        let mark = |char: Option<char>| char.is_some_and(|char| ['*', '_', '`'].contains(&char));
        if char != '\u{200b}' || !(mark(bare.chars().next_back()) || mark(chars.peek().copied())) {
            bare.push(char);
        }
    }
    shown(place, &bare, found);
    let own = mention.map(|mention| format!("<!{mention}> "));
    let bare = own.and_then(|own| bare.strip_prefix(&own).map(str::to_owned)).unwrap_or(bare);
    for line in bare.lines() {
        if line.matches('`').count() % 2 == 1 {
            found.push(format!("{place}: code is not closed in {line:?}"));
        }
        let outside: String = line.split('`').step_by(2).map(without_links).collect();
        for mark in ['*', '_'] {
            if outside.matches(mark).count() % 2 == 1 {
                found.push(format!("{place}: a lone {mark} in {line:?}"));
            }
        }
        if outside.contains(['~', '<', '>']) {
            found.push(format!("{place}: markup that is not ours in {line:?}"));
        }
    }
    for rest in bare.split('&').skip(1) {
        if !["amp;", "lt;", "gt;"].iter().any(|entity| rest.starts_with(entity)) {
            found.push(format!("{place}: an & that is no entity, before {:?}", start(rest)));
        }
    }
    for link in bare.split('<').skip(1) {
        match link.split_once('>').and_then(|(link, _)| link.split_once('|')) {
            Some((url, label)) if !label.is_empty() => web_address(place, url, found),
            _ => found.push(format!("{place}: a < that opens no link of ours, before {:?}", start(link))),
        }
    }
}

/// `text` without its `<url|label>`.
fn without_links(text: &str) -> String {
    let mut parts = text.split('<');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |out, part| out + part.split_once('>').map_or(part, |(_, rest)| rest))
}

/// <https://docs.aws.amazon.com/chime/latest/ug/webhooks.html>. What it took at most was never written down.
fn chime(payload: &Map<String, Value>, whole: &str, found: &mut Vec<String>) {
    at_most("payload", whole.len(), 4096, "bytes", found);
    only_keys("payload", payload, &["Content"], found);
    let Some(content) = payload.get("Content").and_then(Value::as_str) else { return found.push("no Content".to_owned()) };
    if content.starts_with('/') {
        found.push("Content is a command".to_owned());
    }
    // We put a word joiner behind each @, so that it mentions nobody.
    let parts: Vec<&str> = content.split('@').collect();
    if parts.iter().skip(1).any(|rest| !rest.starts_with('\u{2060}')) {
        found.push(format!("Content mentions: {:?}", start(content)));
    }
    shown("Content", &content.replace("@\u{2060}", "@"), found);
}

/// <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>
fn email(payload: &Map<String, Value>, _whole: &str, found: &mut Vec<String>) {
    only_keys("payload", payload, &["Subject", "Message"], found);
    if let Some(subject) = payload.get("Subject") {
        let subject = subject.as_str().unwrap_or_default();
        // "Less than 100 characters", no line breaks, no control characters.
        at_most("Subject", subject.chars().count(), 99, "characters", found);
        if subject.contains(char::is_control) || subject.contains(['\u{2028}', '\u{2029}']) {
            found.push(format!("Subject has a control character: {subject:?}"));
        }
        shown("Subject", subject, found);
    }
    let message = payload.get("Message").and_then(Value::as_str).unwrap_or_default();
    at_most("Message", message.len(), 262_144, "bytes", found);
    shown("Message", message, found);
}

/// <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#payload-structure>
/// HTML and text of one mail; Gmail clips HTML from 102 KB on.
fn smtp(payload: &Map<String, Value>, whole: &str, found: &mut Vec<String>) {
    only_keys("payload", payload, &["Subject", "Text", "Html"], found);
    at_most("payload", whole.len(), 100_000, "bytes", found);
    let text = |key: &str| payload.get(key).and_then(Value::as_str).unwrap_or_default();
    if text("Subject").contains(char::is_control) {
        found.push(format!("Subject has a control character: {:?}", text("Subject")));
    }
    for key in ["Subject", "Text", "Html"] {
        // A word joiner of ours breaks what could begin the HTML in the text.
        shown(key, &text(key).replace("<\u{2060}!", "<!"), found);
    }
    let html = text("Html").to_ascii_lowercase();
    if !html.starts_with("<!doctype html>") {
        found.push("Html is no document".to_owned());
    }
    // Nothing remote and nothing that acts: a mail is whole without its pictures.
    const TAGS: &[&str] =
        &["!doctype", "html", "head", "meta", "title", "body", "table", "tr", "td", "h1", "p", "strong", "em", "code", "br", "a"];
    for tag in text("Html").split('<').skip(1) {
        let name = tag.trim_start_matches('/').split(|char: char| char.is_whitespace() || ['>', '/'].contains(&char)).next();
        if !TAGS.contains(&name.unwrap_or_default()) || !tag.contains('>') {
            found.push(format!("Html: {:?} is no element of ours", start(tag)));
        }
        if let Some((_, url)) = tag.split_once("href=\"") {
            web_address("Html", &url.split('"').next().unwrap_or_default().replace("&amp;", "&"), found);
        }
    }
}

fn webhook(payload: &Map<String, Value>, whole: &str, found: &mut Vec<String>) {
    // Our own: what fits into one SNS message or one EventBridge event.
    at_most("payload", whole.len(), 256 * 1024, "bytes", found);
    only_keys("payload", payload, &["type", "timestamp", "data"], found);
    let kind = payload.get("type").and_then(Value::as_str).unwrap_or_default();
    if kind.is_empty() || !kind.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'.')) {
        found.push(format!("{kind:?} is no type"));
    }
    if let Some(time) = payload.get("timestamp")
        && !time.as_str().is_some_and(|time| time.ends_with('Z') && time.parse::<jiff::Timestamp>().is_ok())
    {
        found.push(format!("{time} is no timestamp"));
    }
    let data = payload.get("data").and_then(Value::as_object);
    if data.is_none_or(|data| !data.contains_key("title") || !data.contains_key("dedup_key")) {
        found.push("data holds no notification".to_owned());
    }
    every_text(&Value::Object(payload.clone()), &mut |text| {
        if !text.is_empty() {
            seen("payload", text, found);
        }
    });
}

/// <https://learn.microsoft.com/en-us/connectors/teams/>: 28 KB; refused from 21,000 bytes on by measurement.
fn teams(payload: &Map<String, Value>, whole: &str, found: &mut Vec<String>) {
    at_most("payload", whole.len(), 20_000, "bytes", found);
    only_keys("payload", payload, &["type", "attachments"], found);
    let payload = Value::Object(payload.clone());
    for (pointer, wanted) in [
        ("/type", "message"),
        ("/attachments/0/contentType", "application/vnd.microsoft.card.adaptive"),
        ("/attachments/0/content/type", "AdaptiveCard"),
        ("/attachments/0/content/version", "1.4"),
    ] {
        if payload.pointer(pointer).and_then(Value::as_str) != Some(wanted) {
            found.push(format!("{pointer} is not {wanted}"));
        }
    }
    // A Workflow mentions by `msteams.entities` alone.
    if payload.pointer("/attachments/0/content/msteams/entities").is_some() {
        found.push("mentions".to_owned());
    }
    teams_element(&payload, found);
}

/// Text stands in `TextRun`s, which read no Markdown: <https://learn.microsoft.com/en-us/adaptive-cards/schema-explorer/text-run>
fn teams_element(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| teams_element(value, found)),
        Value::Object(object) => {
            let text = |key: &str| object.get(key).and_then(Value::as_str);
            match text("type") {
                Some("TextRun") => {
                    // A word joiner of ours keeps a date function from being one.
                    let text = text("text").unwrap_or_default().replace("{\u{2060}{", "{");
                    if text.contains("{{DATE(") || text.contains("{{TIME(") {
                        found.push("a date function".to_owned());
                    }
                    seen("TextRun", &text, found);
                    if text.is_empty() {
                        found.push("an empty TextRun".to_owned());
                    }
                }
                Some("TextBlock" | "FactSet") => found.push("an element that reads Markdown".to_owned()),
                Some("Action.OpenUrl") => web_address("Action.OpenUrl", text("url").unwrap_or_default(), found),
                _ => {}
            }
            object.values().for_each(|value| teams_element(value, found));
        }
        _ => {}
    }
}

// --- what all of them share

fn json_object(payload: &str, found: &mut Vec<String>, judge: impl FnOnce(&Map<String, Value>, &mut Vec<String>)) {
    match serde_json::from_str(payload) {
        Ok(Value::Object(object)) => judge(&object, found),
        Ok(_) => found.push("is no JSON object".to_owned()),
        Err(error) => found.push(format!("is no JSON: {error}")),
    }
}

fn only_keys(place: &str, object: &Map<String, Value>, known: &[&str], found: &mut Vec<String>) {
    let unknown: Vec<_> = object.keys().filter(|key| !known.contains(&key.as_str())).collect();
    if !unknown.is_empty() {
        found.push(format!("{place}: unknown keys {unknown:?}"));
    }
}

fn array<'a>(object: &'a Map<String, Value>, key: &str, found: &mut Vec<String>) -> &'a [Value] {
    match object.get(key) {
        Some(Value::Array(values)) => values,
        Some(_) => {
            found.push(format!("{key} is no list"));
            &[]
        }
        None => &[],
    }
}

fn at_most(place: &str, size: usize, max: usize, unit: &str, found: &mut Vec<String>) {
    if size > max {
        found.push(format!("{place}: {size} {unit}, {max} are allowed"));
    }
}

/// http or https, a host in ASCII, nobody's name and password, nothing that ends it early.
fn web_address(place: &str, url: &str, found: &mut Vec<String>) {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
    let ends = |char: char| char.is_whitespace() || char.is_control() || ['<', '>', '|', '"', '`', '\\'].contains(&char);
    if host.is_empty() || !host.is_ascii() || host.contains('@') || url.contains(ends) {
        found.push(format!("{place}: {url:?} is no address to link"));
    }
}

/// A text that a reader gets something of.
fn shown(place: &str, text: &str, found: &mut Vec<String>) {
    if text.trim().is_empty() {
        found.push(format!("{place}: nothing in it"));
    }
    seen(place, text, found);
}

/// No character that cannot be seen, but for what makes an emoji or chooses a character's form.
fn seen(place: &str, text: &str, found: &mut Vec<String>) {
    let mut before = None;
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        let symbol = |char: Option<char>| {
            char.is_some_and(|char| !char.is_ascii() && !char.is_alphanumeric() && !char.is_whitespace() && char != '\u{200d}')
        };
        let fine = match char {
            '\n' | '\t' => true,
            '\u{200d}' => symbol(before) && symbol(chars.peek().copied()),
            _ if is_selector(char) => before.is_some_and(|before| !is_selector(before) && !before.is_whitespace()),
            _ => !char.is_control() && !is_hidden(char),
        };
        if !fine {
            found.push(format!("{place}: U+{:04X} in {:?}", u32::from(char), start(text)));
            return;
        }
        before = Some(char);
    }
}

fn is_selector(char: char) -> bool {
    matches!(char, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// Bidirectional controls: <https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters>; the default ignorable:
/// <https://www.unicode.org/Public/UCD/latest/ucd/DerivedCoreProperties.txt>; line and paragraph separators; noncharacters
/// that a program keeps for itself: <https://www.unicode.org/faq/private_use.html#noncharacters>.
fn is_hidden(char: char) -> bool {
    matches!(u32::from(char),
        0xAD | 0x34F | 0x61C | 0x115F..=0x1160 | 0x17B4..=0x17B5 | 0x180B..=0x180F | 0x200B..=0x200F | 0x2028..=0x202E
        | 0x2060..=0x206F | 0x3164 | 0xFDD0..=0xFDD8 | 0xFEFF | 0xFFA0 | 0xFFF0..=0xFFFB | 0x1BCA0..=0x1BCA3
        | 0x1D173..=0x1D17A | 0xE0000..=0xE0FFF)
}

fn every_text(value: &Value, each: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => each(text),
        Value::Array(values) => values.iter().for_each(|value| every_text(value, each)),
        Value::Object(object) => object.iter().for_each(|(key, value)| {
            each(key);
            every_text(value, each);
        }),
        _ => {}
    }
}

/// The beginning of a text, for a message.
fn start(text: &str) -> String {
    text.chars().take(60).collect()
}

//! How a text is written so that the channel shows it as it is and does nothing else.

use crate::text::clean;
use crate::text::rich::{self, Span};

/// The escaping of one channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Escaping {
    pub text: TextForm,
    /// Whether the payload is JSON and a text stands inside one of its strings.
    pub json: bool,
}

/// The strictest form that a text takes in a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextForm {
    /// Nothing is markup.
    Plain,
    /// Slack's mrkdwn: <https://docs.slack.dev/messaging/formatting-message-text>
    Mrkdwn,
    /// Chime's text, where `@` mentions.
    Chime,
}

impl Escaping {
    /// The default, `{{x}}`: inline markup of ours becomes the channel's, all else stands for itself.
    pub fn text(self, text: &str) -> String {
        let text = clean(text);
        self.inside(match self.text {
            TextForm::Plain => rich::plain(&text).into_owned(),
            TextForm::Mrkdwn => mrkdwn(&text),
            TextForm::Chime => without_mentions(&rich::plain(&text)),
        })
    }

    /// Where the channel reads no markup at all: Slack's `plain_text`.
    pub fn plain(self, text: &str) -> String {
        self.inside(rich::plain(&clean(text)).into_owned())
    }

    /// An identifier to be shown as it is, on one line.
    pub fn code(self, text: &str) -> String {
        let text = clean(text);
        let text = rich::plain(&text);
        self.inside(match self.text {
            TextForm::Plain => text.trim().to_owned(),
            TextForm::Mrkdwn => mrkdwn_code(&text),
            TextForm::Chime => without_mentions(text.trim()),
        })
    }

    /// An address. Only http and https, without user information; anything else is nothing.
    pub fn url(self, text: &str) -> String {
        let text = clean(text);
        let Some(url) = web_address(&text) else { return String::new() };
        self.inside(match self.text {
            TextForm::Mrkdwn => url.replace('&', "&amp;"),
            TextForm::Plain | TextForm::Chime => url,
        })
    }

    fn inside(self, text: String) -> String {
        if !self.json {
            return text;
        }
        let quoted = serde_json::Value::String(text).to_string();
        quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_default().to_owned()
    }
}

/// `url` with all that could end it percent-encoded.
fn web_address(url: &str) -> Option<String> {
    let url = url.trim();
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let host = rest.split(['/', '?', '#']).next()?;
    if host.is_empty() || host.contains(['@', '\\']) {
        return None;
    }
    let mut out = String::with_capacity(url.len());
    for char in url.chars() {
        match char {
            '"' | '<' | '>' | '|' | '`' | '\\' | '^' | '{' | '}' | ' ' | '\n' | '\t' => {
                out.push_str(&format!("%{:02X}", u32::from(char)))
            }
            char => out.push(char),
        }
    }
    Some(out)
}

fn mrkdwn(text: &str) -> String {
    let spans = rich::spans(text);
    let mut out = String::new();
    for (index, span) in spans.iter().enumerate() {
        let next = spans.get(index + 1).and_then(|next| next.text.chars().next());
        mrkdwn_span(span, next, &mut out);
    }
    out
}

fn mrkdwn_span(span: &Span, next: Option<char>, out: &mut String) {
    let mark = match (span.strong, span.emphasis) {
        (true, _) => "*",
        (false, true) => "_",
        (false, false) => "",
    };
    let body = match (&span.link, span.code) {
        (Some(url), _) => match web_address(url) {
            Some(url) => format!("<{}|{}>", url.replace('&', "&amp;"), entities(&span.text).replace('|', "¦")),
            None => literal(&span.text),
        },
        (None, true) if mark.is_empty() => {
            // Right beside a full-width letter a backtick would be a letter too.
            let beside = |char: Option<char>| char.is_some_and(|char| !char.is_ascii());
            if beside(out.chars().next_back()) {
                out.push(ZERO_WIDTH_SPACE);
            }
            out.push_str(&mrkdwn_code(&span.text));
            if beside(next) {
                out.push(ZERO_WIDTH_SPACE);
            }
            return;
        }
        (None, true) => mrkdwn_code(&span.text),
        (None, false) if mark.is_empty() => return out.push_str(&literal(&span.text)),
        (None, false) => literal(&span.text),
    };
    let core = body.trim();
    let (Some(start), false) = (body.find(core), mark.is_empty()) else { return out.push_str(&body) };
    if core.is_empty() {
        return out.push_str(&body);
    }
    // Blanks stand outside of the marks, and a mark right beside a letter needs something between to be one.
    let (before, after) = (body.get(..start).unwrap_or_default(), body.get(start + core.len()..).unwrap_or_default());
    out.push_str(before);
    if out.chars().next_back().is_some_and(|char| !char.is_ascii_whitespace()) {
        out.push(ZERO_WIDTH_SPACE);
    }
    out.push_str(mark);
    out.push_str(core);
    out.push_str(mark);
    if after.is_empty() && next.is_some_and(|char| !char.is_ascii_whitespace()) {
        out.push(ZERO_WIDTH_SPACE);
    }
    out.push_str(after);
}

/// Text that Slack must not read as markup. It has no escape for `*`, `_`, `~` and the backtick, so a word that holds one
/// is written as code: it shows as it is and can be copied.
fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for piece in text.split_inclusive(char::is_whitespace) {
        let word = piece.trim_end_matches(char::is_whitespace);
        let blank = piece.get(word.len()..).unwrap_or_default();
        if word.contains(['*', '_', '~', '`']) {
            out.push_str(&mrkdwn_code(word));
        } else {
            out.push_str(&entities(word));
        }
        out.push_str(blank);
    }
    out
}

fn mrkdwn_code(text: &str) -> String {
    let text = text.trim().replace('`', "´").replace('\n', " ");
    if text.is_empty() { text } else { format!("`{}`", entities(&text)) }
}

/// <https://docs.slack.dev/messaging/formatting-message-text#escaping>
fn entities(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Chime mentions by `@All`, `@Present` and `@alias`.
fn without_mentions(text: &str) -> String {
    text.replace('@', "@\u{2060}")
}

const ZERO_WIDTH_SPACE: char = '\u{200b}';

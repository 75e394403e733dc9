//! How a text is written so that the channel shows it as it is and does nothing else.

use std::borrow::Cow;

use serde_json::{Map, Value, json};
use url::Url;

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
    /// An Adaptive Card: a text is one or more `TextRun`, for the `inlines` of a `RichTextBlock`. A `TextBlock` and a `Fact`
    /// read Markdown, of which Teams on a phone knows no escape, so they are no place for a text that is not ours:
    /// <https://learn.microsoft.com/en-us/microsoftteams/platform/task-modules-and-cards/cards/cards-format>,
    /// <https://github.com/microsoft/AdaptiveCards/blob/main/source/shared/cpp/ObjectModel/MarkDownBlockParser.cpp>
    AdaptiveCard,
    /// HTML, in an element or in a quoted attribute.
    Html,
}

impl Escaping {
    /// What `{{x}}` writes, and what `{{plain x}}`, for the reference.
    pub fn told(self) -> [&'static str; 2] {
        match (self.text, self.json) {
            (TextForm::Plain, true) => ["inside a string, as it is", "the same"],
            (TextForm::Plain, false) => ["as it is", "the same"],
            (TextForm::Mrkdwn, _) => {
                ["in `mrkdwn`: bold, code and links of ours, all else escaped", "in `plain_text` and headers"]
            }
            (TextForm::Chime, _) => ["text in which no `@` mentions anybody", "not allowed"],
            (TextForm::AdaptiveCard, _) => {
                ["one or more whole `TextRun`, without quotes: `\"inlines\": [{{x}}]`", "inside a string, in a `TextRun`"]
            }
            (TextForm::Html, _) => ["in HTML", "in the subject and the text part"],
        }
    }

    /// The default, `{{x}}`: inline markup of ours becomes the channel's, all else stands for itself.
    pub fn text(self, text: &str) -> String {
        let text = clean(text);
        self.inside(match self.text {
            TextForm::Plain => rich::plain(&text).into_owned(),
            TextForm::Mrkdwn => mrkdwn(&text),
            TextForm::Chime => chime(&text),
            TextForm::AdaptiveCard => return runs(&text),
            TextForm::Html => html(&text),
        })
    }

    /// Where the channel reads no markup at all: Slack's `plain_text`, the `text` of a `TextRun`, the text part of a mail.
    pub fn plain(self, text: &str) -> String {
        let text = clean(text);
        let text = rich::plain(&text);
        self.inside(match self.text {
            TextForm::Plain | TextForm::Mrkdwn | TextForm::Chime => text.into_owned(),
            TextForm::AdaptiveCard => without_functions(&text),
            TextForm::Html => without_declarations(&text),
        })
    }

    /// An identifier to be shown as it is, on one line.
    pub fn code(self, text: &str) -> String {
        let text = clean(text);
        let text = rich::plain(&text);
        self.inside(match self.text {
            TextForm::Plain => text.trim().to_owned(),
            TextForm::Mrkdwn => mrkdwn_code(&text),
            TextForm::Chime => without_mentions(text.trim()),
            TextForm::AdaptiveCard => return run(&Span { text: text.trim().to_owned(), code: true, ..Span::default() }),
            TextForm::Html => html_code(text.trim()),
        })
    }

    /// An address. Only http and https, without user information; anything else is nothing.
    pub fn url(self, text: &str) -> String {
        let Some(url) = web_address(text) else { return String::new() };
        self.inside(match self.text {
            TextForm::Mrkdwn => url.replace('&', "&amp;"),
            TextForm::Html => html_entities(&url),
            TextForm::Chime => url.replace('@', "%40"),
            TextForm::Plain | TextForm::AdaptiveCard => url,
        })
    }

    fn inside(self, text: String) -> String {
        if !self.json {
            return text;
        }
        let quoted = serde_json::to_string(&text).unwrap_or_default();
        quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_default().to_owned()
    }
}

/// `url` as an address of the web, if it is one: as it would be opened, without user information: its host in the letters that it is looked up by, all that could
/// end it percent-encoded.
pub fn web_address(url: &str) -> Option<String> {
    let mut url = Url::parse(&clean(url)).ok().filter(|url| ["https", "http"].contains(&url.scheme()))?;
    url.set_username("").and_then(|()| url.set_password(None)).ok()?;
    let mut out = String::with_capacity(url.as_str().len());
    for char in url.as_str().chars() {
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
    if span.mention {
        return match is_mention(&span.text) {
            true => out.push_str(&format!("<{}>", span.text)),
            false => out.push_str(&literal(&span.shown())),
        };
    }
    let mark = match (span.strong, span.emphasis) {
        (true, _) => "*",
        (false, true) => "_",
        (false, false) => "",
    };
    let body = match (&span.link, span.code) {
        (Some(url), _) => match web_address(url) {
            Some(url) => format!(
                "<{}|{}>",
                url.replace('&', "&amp;"),
                entities(&span.text).replace('|', "¦").replace('`', "´").replace('\n', " ")
            ),
            None => literal(&span.text),
        },
        (None, true) if mark.is_empty() => {
            let code = mrkdwn_code(&span.text);
            if code.is_empty() {
                return;
            }
            // Right beside a full-width letter a backtick would be a letter too.
            let beside = |char: Option<char>| char.is_some_and(|char| !char.is_ascii());
            if beside(out.chars().next_back()) {
                out.push(ZERO_WIDTH_SPACE);
            }
            out.push_str(&code);
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

/// Whether Slack calls somebody by it: <https://docs.slack.dev/messaging/formatting-message-text#mentioning-users>
fn is_mention(whom: &str) -> bool {
    let is_id = |id: &str, first: &[char]| {
        id.starts_with(first) && id.len() > 1 && id.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    };
    let user = whom.strip_prefix('@').is_some_and(|id| is_id(id, &['U', 'W']));
    let group = whom.strip_prefix("!subteam^").is_some_and(|id| is_id(id, &['S']));
    user || group || ["!channel", "!here", "!everyone"].contains(&whom)
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
fn entities(text: &str) -> Cow<'_, str> {
    match text.contains(['&', '<', '>']) {
        true => Cow::Owned(text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")),
        false => Cow::Borrowed(text),
    }
}

fn chime(text: &str) -> String {
    let span = |span: &Span| match (span.mention, span.text.as_str()) {
        (true, "!channel" | "!everyone") => "@All".to_owned(),
        (true, "!here") => "@Present".to_owned(),
        _ => without_mentions(&span.plain()),
    };
    rich::spans(text).iter().map(span).collect()
}

/// Chime mentions by `@All`, `@Present` and `@alias`.
fn without_mentions(text: &str) -> String {
    text.replace('@', "@\u{2060}")
}

/// `text` as runs with commas between, at least one, so that a list stays a list.
fn runs(text: &str) -> String {
    let spans = rich::spans(text);
    if spans.is_empty() {
        return run(&Span { text: " ".to_owned(), ..Span::default() });
    }
    spans.iter().map(run).collect::<Vec<_>>().join(",")
}

/// One `TextRun`, whose text is no Markdown: <https://learn.microsoft.com/en-us/adaptive-cards/schema-explorer/text-run>
fn run(span: &Span) -> String {
    let mut run =
        Map::from_iter([("type".to_owned(), json!("TextRun")), ("text".to_owned(), json!(without_functions(&span.shown())))]);
    if span.code {
        run.insert("fontType".to_owned(), json!("Monospace"));
    }
    if span.strong {
        run.insert("weight".to_owned(), json!("Bolder"));
    }
    if span.emphasis {
        run.insert("italic".to_owned(), json!(true));
    }
    if let Some(url) = span.link.as_deref().and_then(web_address) {
        run.insert("selectAction".to_owned(), json!({ "type": "Action.OpenUrl", "url": url }));
    }
    Value::Object(run).to_string()
}

/// `{{DATE(…)}}` and `{{TIME(…)}}` work in a `TextRun` too:
/// <https://learn.microsoft.com/en-us/adaptive-cards/authoring-cards/text-features#datetime-formatting-and-localization>
fn without_functions(text: &str) -> String {
    text.replace("{{DATE(", "{\u{2060}{DATE(").replace("{{TIME(", "{\u{2060}{TIME(")
}

/// A mail's text ends where its template begins the HTML with a `<!doctype html>`: no value may write one.
fn without_declarations(text: &str) -> String {
    text.replace("<!", "<\u{2060}!")
}

fn html(text: &str) -> String {
    rich::spans(text).iter().map(html_span).collect()
}

fn html_span(span: &Span) -> String {
    let mut out = if span.code { html_code(&span.text) } else { html_entities(&span.shown()).replace('\n', "<br>\n") };
    if span.emphasis {
        out = format!("<em>{out}</em>");
    }
    if span.strong {
        out = format!("<strong>{out}</strong>");
    }
    match span.link.as_deref().and_then(web_address) {
        Some(url) => format!("<a href=\"{}\">{out}</a>", html_entities(&url)),
        None => out,
    }
}

/// Its style stands in the element: many mail programs drop style sheets. The background serves light and dark alike.
fn html_code(text: &str) -> String {
    let style = "font-family:ui-monospace,Menlo,Consolas,monospace;background:rgba(127,127,127,.16);\
                 padding:1px 4px;border-radius:4px;word-break:break-word";
    format!("<code style=\"{style}\">{}</code>", html_entities(text))
}

/// <https://html.spec.whatwg.org/multipage/parsing.html#escapingString>, and the apostrophe for attributes quoted by it.
fn html_entities(text: &str) -> String {
    entities(text).replace('"', "&quot;").replace('\'', "&#39;")
}

const ZERO_WIDTH_SPACE: char = '\u{200b}';

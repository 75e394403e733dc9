//! Inline markup inside an ordinary string: code, strong, emphasis, mentions and links, between Unicode noncharacters.
//!
//! Words are composed once (`format!("renewed: {}", code(domain))`), and each channel's escaping turns the marks into its
//! own form, or drops them. Noncharacters are for a program's own use and never interchanged
//! (<https://www.unicode.org/faq/private_use.html#noncharacters>); [`intake`](super::mask::intake) takes them out of all
//! that comes in, so no sender can write one.

use std::borrow::Cow;

const CODE: [char; 2] = ['\u{fdd0}', '\u{fdd1}'];
const STRONG: [char; 2] = ['\u{fdd2}', '\u{fdd3}'];
const EMPHASIS: [char; 2] = ['\u{fdd4}', '\u{fdd5}'];
/// Before the address, between address and label, after the label.
const LINK: [char; 3] = ['\u{fdd6}', '\u{fdd7}', '\u{fdd8}'];
const MENTION: [char; 2] = ['\u{fdd9}', '\u{fdda}'];

/// An identifier to be shown as it is, and copied.
pub fn code(text: &str) -> String {
    wrap(CODE, text)
}

pub fn strong(text: &str) -> String {
    wrap(STRONG, text)
}

pub fn emphasis(text: &str) -> String {
    wrap(EMPHASIS, text)
}

/// A call of somebody, as Slack writes it between its angle brackets: `!channel`, `@U012AB3CD`, `!subteam^S012AB3CD`.
pub fn mention(whom: &str) -> String {
    wrap(MENTION, whom)
}

/// A link; `url` is http or https and holds no blank.
pub fn link(url: &str, label: &str) -> String {
    let [start, middle, end] = LINK;
    format!("{start}{url}{middle}{label}{end}")
}

/// A stretch of text in one style.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Span {
    pub text: String,
    pub code: bool,
    pub strong: bool,
    pub emphasis: bool,
    /// The text is whom to call.
    pub mention: bool,
    pub link: Option<String>,
}

impl Span {
    /// The text as a reader sees it.
    pub fn shown(&self) -> Cow<'_, str> {
        match self.mention {
            true => Cow::Owned(format!("@{}", self.text.trim_start_matches(['!', '@']))),
            false => Cow::Borrowed(&self.text),
        }
    }

    /// The text without any style; a link whose label is not its address is followed by it.
    pub fn plain(&self) -> String {
        match self.link.as_ref().filter(|link| **link != self.text) {
            Some(link) => format!("{} ({link})", self.shown()),
            None => self.shown().into_owned(),
        }
    }
}

/// `text` as stretches of one style each; a mark that is never closed holds to the end.
pub fn spans(text: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut span = Span::default();
    let mut address = None::<String>;
    for char in text.chars() {
        if !is_mark(char) {
            match &mut address {
                Some(address) => address.push(char),
                None => span.text.push(char),
            }
            continue;
        }
        let next = Span { text: String::new(), ..span.clone() };
        let done = std::mem::replace(&mut span, next);
        if !done.text.is_empty() {
            spans.push(done);
        }
        match char {
            _ if CODE.contains(&char) => span.code = char == CODE[0],
            _ if STRONG.contains(&char) => span.strong = char == STRONG[0],
            _ if EMPHASIS.contains(&char) => span.emphasis = char == EMPHASIS[0],
            _ if MENTION.contains(&char) => span.mention = char == MENTION[0],
            _ if char == LINK[0] => address = Some(String::new()),
            _ if char == LINK[1] => span.link = address.take(),
            _ => (span.link, address) = (None, None),
        }
    }
    if !span.text.is_empty() {
        spans.push(span);
    }
    spans
}

/// `text` without marks; a link whose label is not its address is followed by it.
pub fn plain(text: &str) -> Cow<'_, str> {
    if !text.contains(is_mark) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(spans(text).iter().map(Span::plain).collect())
}

/// `text` without any noncharacter of ours, for what comes from outside.
pub fn without_marks(text: &str) -> Cow<'_, str> {
    match text.contains(is_mark) {
        true => Cow::Owned(text.replace(is_mark, "")),
        false => Cow::Borrowed(text),
    }
}

fn wrap([on, off]: [char; 2], text: &str) -> String {
    format!("{on}{text}{off}")
}

pub(super) fn is_mark(char: char) -> bool {
    ('\u{fdd0}'..='\u{fdda}').contains(&char)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_make_spans_and_fall_off() {
        let text = format!("renewed: {}, see {}", code("*.example.jp"), link("https://a.example/", "this"));
        let spans = spans(&text);
        assert_eq!(
            spans.iter().map(|span| span.text.as_str()).collect::<Vec<_>>(),
            ["renewed: ", "*.example.jp", ", see ", "this"]
        );
        assert!(spans.get(1).is_some_and(|span| span.code));
        assert!(spans.get(3).is_some_and(|span| span.link.as_deref() == Some("https://a.example/")));
        assert_eq!(plain(&text), "renewed: *.example.jp, see this (https://a.example/)");
    }

    #[test]
    fn a_cut_mark_holds_to_the_end_and_an_address_is_never_text() {
        assert_eq!(spans("a\u{fdd0}b").last(), Some(&Span { text: "b".into(), code: true, ..Span::default() }));
        assert_eq!(plain("a\u{fdd6}https://half"), "a");
    }
}

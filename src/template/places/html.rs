//! What is wrong with the texts of a mail: a text part, then HTML from its doctype on.
//!
//! The HTML is read as far as it takes to know where a tag of the template stands:
//! <https://html.spec.whatwg.org/multipage/parsing.html#tokenization>

use super::super::trace::Pieces;
use super::{Form, Misplaced, Tags};

/// What is wrong with the tags that wrote `pieces`.
pub(in super::super) fn misplaced(pieces: &Pieces, tags: &Tags) -> Vec<Misplaced> {
    let (mut reader, mut found, mut literal) = (Reader::default(), Vec::new(), String::new());
    for (tag, text) in pieces {
        let Some(tag) = tag else {
            literal.push_str(text);
            continue;
        };
        reader.read(&std::mem::take(&mut literal));
        let problem = wrong(&reader.state, text, *tag, tags);
        found.extend(problem.map(|problem| Misplaced { tag: *tag, problem, is_empty: false }));
        reader.skip(text);
    }
    found
}

/// What is wrong with a `tag` that wrote `written` where the reader stands.
fn wrong(state: &State, written: &str, tag: usize, tags: &Tags) -> Option<String> {
    let inner = tags.inner(tag);
    let (form, value) = Form::of(inner);
    let must_be = |place: &str, form: &str| Some(format!("`{{{{{inner}}}}}` stands {place} and must be `{{{{{form}{value}}}}}`"));
    let nowhere = |place: &str| Some(format!("`{{{{{inner}}}}}` stands {place}, which is no place for a text"));
    match (state, form) {
        // A number or a word of ours is the same in every form.
        (State::Tag { attribute: Attribute::Value { name, .. }, .. }, _) if is_address(name) => {
            match (state.begun_address(), form) {
                (_, Form::Url) => None,
                (true, Form::Text) if !written.contains('<') => None,
                (true, _) => must_be("in an address", ""),
                (false, _) => must_be("in an address", "url "),
            }
        }
        (_, Form::Text | Form::Plain) if tags.is_ours(tag) => None,
        (State::TextPart, Form::Plain) => None,
        (State::TextPart, _) => must_be("in the text part", "plain "),
        (State::Content, Form::Plain | Form::Json) => must_be("in HTML", ""),
        (State::Content, _) => None,
        (State::Comment, _) => nowhere("in a comment"),
        (State::Declaration, _) => nowhere("in a declaration"),
        (State::Raw(element), _) => nowhere(&format!("in `<{element}>`")),
        (State::Tag { attribute, .. }, _) => match attribute {
            Attribute::Value { name, .. } if name == "style" || name.starts_with("on") => nowhere(&format!("in `{name}`")),
            Attribute::Value { .. } if matches!(form, Form::Plain | Form::Code | Form::Json) => must_be("in an attribute", ""),
            Attribute::Value { name, .. } if written.contains('<') => {
                Some(format!("`{{{{{inner}}}}}` writes markup, which cannot stand in `{name}`"))
            }
            Attribute::Value { .. } => None,
            Attribute::Awaited(_) | Attribute::Unquoted => nowhere("in an attribute without quotes"),
            Attribute::None | Attribute::Name(_) => nowhere("inside of an element's tag"),
        },
    }
}

/// Attributes that hold an address: <https://html.spec.whatwg.org/multipage/indices.html#attributes-3>
fn is_address(attribute: &str) -> bool {
    matches!(
        attribute,
        "href" | "src" | "action" | "formaction" | "background" | "poster" | "cite" | "data" | "srcset" | "xlink:href"
    )
}

/// Where the reader stands.
#[derive(Debug)]
enum State {
    /// Before the HTML.
    TextPart,
    Content,
    Comment,
    /// `<!doctype html>` and its like.
    Declaration,
    /// In an element whose text is no HTML.
    Raw(&'static str),
    /// Between `<` and `>`.
    Tag {
        element: String,
        attribute: Attribute,
    },
}

#[derive(Debug)]
enum Attribute {
    None,
    Name(String),
    /// Behind the `=`.
    Awaited(String),
    /// In a value, with what of it has come.
    Value {
        name: String,
        quote: char,
        begun: String,
    },
    Unquoted,
}

impl State {
    /// Whether the value of this attribute has got beyond the host of its address.
    fn begun_address(&self) -> bool {
        match self {
            State::Tag { attribute: Attribute::Value { begun, .. }, .. } => {
                let host = begun.split_once("://").map(|(_, host)| host);
                host.is_some_and(|host| host.contains(['/', '?', '#'])) || begun.starts_with("mailto:")
            }
            _ => false,
        }
    }
}

struct Reader {
    state: State,
}

impl Default for Reader {
    fn default() -> Reader {
        Reader { state: State::TextPart }
    }
}

impl Reader {
    /// Reads what the template itself says.
    fn read(&mut self, text: &str) {
        let mut rest = text;
        while !rest.is_empty() {
            let (state, read) = match &mut self.state {
                State::TextPart => match find(rest, "<!doctype html") {
                    Some(at) => (State::Content, at),
                    None => return,
                },
                State::Content => match rest.find('<') {
                    Some(at) => {
                        let (state, length) = opened(rest.get(at..).unwrap_or_default());
                        (state, at + length)
                    }
                    None => return,
                },
                State::Comment => match rest.find("-->") {
                    Some(at) => (State::Content, at + 3),
                    None => return,
                },
                State::Declaration => match rest.find('>') {
                    Some(at) => (State::Content, at + 1),
                    None => return,
                },
                State::Raw(element) => match find(rest, &format!("</{element}")) {
                    Some(at) => (State::Tag { element: "/".to_owned(), attribute: Attribute::None }, at + 2),
                    None => return,
                },
                State::Tag { element, attribute } => match in_tag(rest, element, attribute) {
                    Some(read) => (after_tag(element), read),
                    None => return,
                },
            };
            self.state = state;
            rest = rest.get(read..).unwrap_or_default();
        }
    }

    /// Takes note of what a tag of the template has written, which in the right form ends nothing.
    fn skip(&mut self, text: &str) {
        if let State::Tag { attribute, .. } = &mut self.state {
            match attribute {
                Attribute::Value { begun, .. } => begun.push_str(text),
                Attribute::Awaited(_) => *attribute = Attribute::Unquoted,
                Attribute::None | Attribute::Name(_) | Attribute::Unquoted => {}
            }
        }
    }
}

/// What a `<` opens, and how long that is.
fn opened(text: &str) -> (State, usize) {
    if text.starts_with("<!--") {
        return (State::Comment, 4);
    }
    match text.chars().nth(1) {
        Some('!' | '?') => (State::Declaration, 2),
        Some(char) if !char.is_ascii_alphabetic() && char != '/' => (State::Content, 1),
        // Where the literal text ends, the template names the element.
        _ => (State::Tag { element: String::new(), attribute: Attribute::None }, 1),
    }
}

/// Reads on inside a tag; the length up to its end, if that comes.
fn in_tag(text: &str, element: &mut String, attribute: &mut Attribute) -> Option<usize> {
    for (at, char) in text.char_indices() {
        match attribute {
            Attribute::Value { quote, begun, .. } => match char == *quote {
                true => *attribute = Attribute::None,
                false => begun.push(char),
            },
            _ if char == '>' => return Some(at + 1),
            Attribute::Awaited(_) if char.is_whitespace() => {}
            Attribute::Awaited(name) if matches!(char, '"' | '\'') => {
                *attribute = Attribute::Value { name: std::mem::take(name), quote: char, begun: String::new() };
            }
            Attribute::Awaited(_) => *attribute = Attribute::Unquoted,
            Attribute::Name(name) if char == '=' => *attribute = Attribute::Awaited(name.trim_end().to_owned()),
            // Blanks may stand before the `=`; behind them begins the next name, if none follows.
            Attribute::Name(name) if name.ends_with(' ') && !char.is_whitespace() => {
                *name = char.to_ascii_lowercase().to_string()
            }
            Attribute::Name(name) => name.push(if char.is_whitespace() { ' ' } else { char.to_ascii_lowercase() }),
            Attribute::Unquoted if char.is_whitespace() => *attribute = Attribute::None,
            Attribute::None if char.is_whitespace() => element.push(' '),
            // The element's own name, up to the first blank.
            Attribute::None if !element.contains(' ') => element.push(char.to_ascii_lowercase()),
            Attribute::None => *attribute = Attribute::Name(char.to_ascii_lowercase().to_string()),
            Attribute::Unquoted => {}
        }
    }
    None
}

/// What follows the tag of an `element`.
fn after_tag(element: &str) -> State {
    match element.trim_end() {
        "script" => State::Raw("script"),
        "style" => State::Raw("style"),
        _ => State::Content,
    }
}

/// Where `word` begins in `text`, in capitals or not.
fn find(text: &str, word: &str) -> Option<usize> {
    text.to_ascii_lowercase().find(word)
}

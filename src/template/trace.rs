//! Which tag wrote what: a template filled with a mark before and after each tag's text.
//!
//! A mark is one private-use character, so it can stand wherever text can. What is written is what the template itself
//! writes, but for blanks that a `{{~` would have taken away.

use serde_json::Value;

use super::scan::{Tag, TagKind};

/// The marks of one template.
pub(super) struct Marks {
    places: Vec<Mark>,
}

/// A place in the template.
#[derive(Debug, Clone, Copy)]
struct Mark {
    offset: usize,
    /// The tag, by its number, that begins or ends here; none where a line of text begins.
    tag: Option<usize>,
    begins: bool,
}

/// What a template with marks wrote.
pub(super) struct Trace<'a> {
    marks: &'a Marks,
    /// The output with its marks.
    marked: &'a str,
    /// The output itself.
    pub(super) written: String,
    /// Where in `written` which mark stood.
    stood: Vec<(usize, Mark)>,
}

/// A text of the output, in pieces: what a tag wrote with the tag's number, and what stands between.
pub(super) type Pieces = Vec<(Option<usize>, String)>;

impl Marks {
    /// `source` with marks in it.
    pub(super) fn new(source: &str, tags: &[Tag]) -> (Marks, String) {
        let mut places = Vec::new();
        let mut at = 0;
        for (number, tag) in tags.iter().enumerate() {
            lines(source, at, tag.start, &mut places);
            if tag.kind == TagKind::Value {
                places.push(Mark { offset: tag.start, tag: Some(number), begins: true });
                places.push(Mark { offset: tag.end, tag: Some(number), begins: false });
            }
            at = tag.end;
        }
        lines(source, at, source.len(), &mut places);
        let mut marked = String::with_capacity(source.len() + places.len() * 4);
        let mut at = 0;
        let text = |from: usize, to: usize| source.get(from..to).unwrap_or_default().replace(is_mark, "\u{100000}");
        for (number, mark) in places.iter().enumerate() {
            marked.push_str(&text(at, mark.offset));
            marked.extend(char_of(number));
            at = mark.offset;
        }
        marked.push_str(&text(at, source.len()));
        (Marks { places }, marked)
    }

    pub(super) fn trace<'a>(&'a self, marked: &'a str) -> Trace<'a> {
        let (mut written, mut stood) = (String::with_capacity(marked.len()), Vec::new());
        for char in marked.chars() {
            match self.mark(char) {
                Some(mark) => stood.push((written.len(), mark)),
                None => written.push(char),
            }
        }
        Trace { marks: self, marked, written, stood }
    }

    fn mark(&self, char: char) -> Option<Mark> {
        let number = usize::try_from(u32::from(char).checked_sub(FIRST)?).ok()?;
        self.places.get(number).copied()
    }

    /// A text of [`Trace::json`] in pieces.
    pub(super) fn pieces(&self, text: &str) -> Pieces {
        let mut pieces = vec![(None, String::new())];
        for char in text.chars() {
            match self.mark(char) {
                Some(mark) => pieces.push((mark.tag.filter(|_| mark.begins), String::new())),
                None => pieces.last_mut().into_iter().for_each(|(_, text)| text.push(char)),
            }
        }
        pieces
    }
}

impl Trace<'_> {
    /// Where in the template the byte at `offset` of the output is from, and the tag that wrote it, if one did.
    pub(super) fn origin(&self, offset: usize) -> (usize, Option<usize>) {
        match self.stood.iter().rev().find(|(at, _)| *at <= offset) {
            Some((_, Mark { offset, tag: Some(tag), begins: true })) => (*offset, Some(*tag)),
            Some((at, mark)) => (mark.offset + offset - at, None),
            None => (0, None),
        }
    }

    /// The output as JSON with the marks of tags in its strings, if it is JSON, and the tags that wrote outside of strings.
    pub(super) fn json(&self) -> (Option<Value>, Vec<usize>) {
        let (mut json, mut outside) = (String::with_capacity(self.marked.len()), Vec::new());
        let (mut in_string, mut escaped, mut open) = (false, false, None);
        for char in self.marked.chars() {
            if let Some(mark) = self.marks.mark(char) {
                open = if mark.begins { Some(char) } else { None };
                match mark.tag {
                    Some(_) if in_string => json.push(char),
                    Some(tag) if mark.begins => outside.push(tag),
                    _ => {}
                }
                continue;
            }
            json.push(char);
            match char {
                _ if escaped => escaped = false,
                '\\' => escaped = in_string,
                '"' => {
                    in_string = !in_string;
                    // A tag that began before the string wrote this one too.
                    json.extend(open.filter(|_| in_string));
                }
                _ => {}
            }
        }
        (serde_json::from_str(&json).ok(), outside)
    }
}

/// Marks each line of text between two tags where it begins, unless a comment stands there.
///
/// A mark beside nothing but a block's tag would keep the tag's line in the output.
fn lines(source: &str, from: usize, to: usize, places: &mut Vec<Mark>) {
    let mut at = from;
    for line in source.get(from..to).unwrap_or_default().split_inclusive('\n') {
        let text = line.trim_start();
        if !text.is_empty() && !text.starts_with("{{!") {
            places.push(Mark { offset: at + line.len() - text.len(), tag: None, begins: false });
        }
        at += line.len();
    }
}

fn char_of(number: usize) -> Option<char> {
    char::from_u32(FIRST + u32::try_from(number).ok()?).filter(|char| is_mark(*char))
}

fn is_mark(char: char) -> bool {
    (FIRST..=LAST).contains(&u32::from(char))
}

/// Plane 15, for private use; a template of 64 KiB has at most 32,768 marks.
const FIRST: u32 = 0xf0000;
const LAST: u32 = 0xffffd;

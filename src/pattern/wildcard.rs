//! The `wildcard` operator: `*` stands for any run of characters, none included.

/// A compiled wildcard.
#[derive(Debug, Clone)]
pub(super) struct Wildcard {
    source: String,
    /// The literal text before, between and after the stars: one part more than there are stars.
    parts: Vec<String>,
}

impl Wildcard {
    /// Compiles a wildcard, in which `\*` is a star and `\\` a backslash.
    ///
    /// # Errors
    ///
    /// A clause that says what is wrong: two stars in a row, or a backslash before anything else.
    pub(super) fn parse(source: &str) -> Result<Self, &'static str> {
        let mut parts = Vec::new();
        let mut part = String::new();
        let mut chars = source.chars().peekable();
        while let Some(char) = chars.next() {
            match char {
                '*' if chars.peek() == Some(&'*') => return Err("must not have two `*` in a row"),
                '*' => parts.push(std::mem::take(&mut part)),
                '\\' => match chars.next() {
                    Some(escaped @ ('*' | '\\')) => part.push(escaped),
                    _ => return Err(r"must have a `\` only before `*` or another `\`"),
                },
                _ => part.push(char),
            }
        }
        parts.push(part);
        Ok(Self { source: source.to_owned(), parts })
    }

    /// The wildcard as it was written.
    pub(super) fn source(&self) -> &str {
        &self.source
    }

    /// Whether the whole text has this form.
    pub(super) fn matches(&self, text: &str) -> bool {
        match self.parts.as_slice() {
            [] => false,
            [whole] => text == whole,
            [first, middle @ .., last] => {
                let Some(mut rest) = text.strip_prefix(first.as_str()) else {
                    return false;
                };
                // The leftmost place leaves the most to the parts that follow, so no other needs trying.
                for part in middle {
                    match rest.split_once(part.as_str()) {
                        Some((_, after)) => rest = after,
                        None => return false,
                    }
                }
                rest.ends_with(last.as_str())
            }
        }
    }
}

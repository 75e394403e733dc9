//! Chatbot's `client-markdown`: bold, italic, code and https links become inline marks, mentions where they may; all else
//! stays text.
//!
//! The sender wrote it for Slack (`*bold*`, `<https://…|label>`) or as common Markdown (`**bold**`, `[label](https://…)`):
//! <https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html>

use crate::text::clean;
use crate::text::rich::{code, emphasis, link, mention, strong};

/// `source` with inline marks, cleaned: what a reader does not see parts no mark from its word and makes no new line.
/// Mentions are text unless `allow_mentions`.
pub(super) fn rich(source: &str, allow_mentions: bool) -> String {
    let source = clean(source);
    let mut out = String::with_capacity(source.len());
    let mut rest = &*source;
    let mut before = None::<char>;
    while let Some(char) = rest.chars().next() {
        // A mark opens a stretch only where a word begins.
        let opens = before.is_none_or(|before| !before.is_alphanumeric() && before != char);
        let found = match char {
            '`' => code_span(rest),
            '*' | '_' if opens => styled(rest),
            '<' if allow_mentions => slack_link(rest).or_else(|| slack_mention(rest)),
            '<' => slack_link(rest),
            // Not behind a bracket or a quote: what was refused as a link stays text as a whole.
            'h' if before.is_none_or(|before| before.is_whitespace() || !before.is_ascii()) => bare_link(rest),
            '[' => markdown_link(rest),
            _ => None,
        };
        let taken = match found {
            Some((text, taken)) => {
                out.push_str(&text);
                taken
            }
            None => {
                out.push(char);
                char.len_utf8()
            }
        };
        before = rest.get(..taken).and_then(|taken| taken.chars().next_back());
        rest = rest.get(taken..).unwrap_or_default();
    }
    out
}

/// What a stretch at the start of a text becomes, and how many bytes it takes.
type Found = Option<(String, usize)>;

fn code_span(rest: &str) -> Found {
    let fence = if rest.starts_with("```") { "```" } else { "`" };
    let (inner, taken) = until(rest.strip_prefix(fence)?, fence, fence.len())?;
    Some((code(inner.trim()), taken))
}

fn styled(rest: &str) -> Found {
    let (mark, style): (&str, fn(&str) -> String) = match rest {
        _ if rest.starts_with("**") => ("**", strong),
        _ if rest.starts_with("__") => ("__", strong),
        _ if rest.starts_with('*') => ("*", strong),
        _ => ("_", emphasis),
    };
    let (inner, taken) = until(rest.strip_prefix(mark)?, mark, mark.len())?;
    let ends = rest.get(taken..).and_then(|rest| rest.chars().next()).is_none_or(|next| !next.is_ascii_alphanumeric());
    let tight = !inner.starts_with(char::is_whitespace) && !inner.ends_with(char::is_whitespace);
    (tight && ends && !inner.contains('\n')).then(|| (style(inner), taken))
}

/// `<https://…>` or `<https://…|label>`; blanks around the bar are meant.
fn slack_link(rest: &str) -> Found {
    let (inner, taken) = until(near(rest.strip_prefix('<')?, '<'), ">", 1)?;
    let (url, label) = inner.split_once('|').unwrap_or((inner, inner));
    Some((web_link(url.trim(), label.trim())?, taken))
}

/// `<!channel>`, `<@U012AB3CD>`, `<!subteam^S012AB3CD>`; what stands behind a bar is for older clients.
fn slack_mention(rest: &str) -> Found {
    let (inner, taken) = until(near(rest.strip_prefix('<')?, '<'), ">", 1)?;
    let whom = inner.split('|').next().unwrap_or_default();
    let is_word = whom.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!@^".contains(&byte));
    (is_word && whom.starts_with(['!', '@'])).then(|| (mention(whom), taken))
}

/// `https://…` up to a blank, without what ends its sentence.
fn bare_link(rest: &str) -> Found {
    let ends = |char: char| !char.is_ascii_graphic() || "<>|\"`".contains(char);
    let url = rest.get(..rest.find(ends).unwrap_or(rest.len()))?.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '*', '_']);
    // A bracket around it is not its own.
    let url = if url.contains('(') { url } else { url.trim_end_matches(')') };
    (url.len() > "https://".len()).then(|| web_link(url, url)).flatten().map(|link| (link, url.len()))
}

/// `[label](https://…)`
fn markdown_link(rest: &str) -> Found {
    let (label, taken) = until(near(rest.strip_prefix('[')?, '['), "](", 1)?;
    let address = rest.get(taken..)?;
    let (url, more) = until(address.get(..address.floor_char_boundary(MAX_ADDRESS))?, ")", 0)?;
    Some((web_link(url.trim(), label.trim())?, taken + more))
}

/// Only https, and no label that is another address; styles inside a label are left to the reader's eye.
fn web_link(url: &str, label: &str) -> Option<String> {
    let label = label.trim_matches(['_', '*']);
    let honest = label == url || !label.contains("://");
    // A bracket that somebody left open is no link around all that follows.
    let one = !label.contains(['[', '<', '\n']);
    (one && url.starts_with("https://") && honest && !label.is_empty() && !url.contains(char::is_whitespace))
        .then(|| link(url, label))
}

/// The longest address that is looked for the end of, in bytes.
const MAX_ADDRESS: usize = 4096;

/// As much of `text` as the inside of a link can take: no line break and no second `bracket`. Every bracket of a long text would else look for
/// its end in all that follows.
fn near(text: &str, bracket: char) -> &str {
    text.split([bracket, '\n']).next().unwrap_or(text)
}

/// The text before `end`, and how many bytes it takes with `end` and `before` bytes in front of it.
fn until<'a>(text: &'a str, end: &str, before: usize) -> Option<(&'a str, usize)> {
    let at = text.find(end).filter(|at| *at > 0)?;
    Some((text.get(..at)?, before + at + end.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_becomes_marks_and_all_else_stays() {
        for (source, marked) in [
            ("*Total:* $50", format!("{} $50", strong("Total:"))),
            ("**x** and _y_", format!("{} and {}", strong("x"), emphasis("y"))),
            ("・ *名前*: `a_b`", format!("・ {}: {}", strong("名前"), code("a_b"))),
            ("see <https://a.example/x | _the_ runbook>", format!("see {}", link("https://a.example/x", "the_ runbook"))),
            ("[csv](https://a.example/c)", link("https://a.example/c", "csv")),
            ("snake_case_name 2*3*4 * x *", "snake_case_name 2*3*4 * x *".to_owned()),
            (
                "<https://evil.example|https://console.aws.amazon.com>",
                "<https://evil.example|https://console.aws.amazon.com>".to_owned(),
            ),
            (
                "<http://169.254.169.254/|x> [x](file:///etc/passwd)",
                "<http://169.254.169.254/|x> [x](file:///etc/passwd)".to_owned(),
            ),
            ("[0m red\n[x](https://a.example/)", format!("[0m red\n{}", link("https://a.example/", "x"))),
            ("<!channel> <@U1> [x](javascript:alert(1))", "<!channel> <@U1> [x](javascript:alert(1))".to_owned()),
            ("{{#each x}} <script>", "{{#each x}} <script>".to_owned()),
            ("*open\nline*", "*open\nline*".to_owned()),
            ("*open\rline*", "*open\nline*".to_owned()),
            ("``` a\n b ```", code("a\n b")),
            (
                "see https://a.example/x?y=(1), or\nhttps://b.example/.",
                format!(
                    "see {}, or\n{}.",
                    link("https://a.example/x?y=(1)", "https://a.example/x?y=(1)"),
                    link("https://b.example/", "https://b.example/")
                ),
            ),
            (
                "xhttps://a.example/ (https://a.example/) https:// http://a.example/",
                "xhttps://a.example/ (https://a.example/) https:// http://a.example/".to_owned(),
            ),
        ] {
            assert_eq!(rich(source, false), marked, "{source}");
        }
    }

    /// Where each bracket looked through all that follows, this took minutes.
    #[test]
    fn a_long_text_of_brackets_is_read_in_one_go() {
        for source in ["<".repeat(400_000), "[".repeat(400_000), "[x](".repeat(100_000)] {
            assert_eq!(rich(&source, true), source);
        }
    }

    #[test]
    fn mentions_are_marks_where_they_are_allowed() {
        for (source, marked) in [
            ("<!channel> up", format!("{} up", mention("!channel"))),
            ("<@U012AB3CD|jane>", mention("@U012AB3CD")),
            ("<!subteam^S01>", mention("!subteam^S01")),
            ("<!date^1^{date}|x> <b> @here", "<!date^1^{date}|x> <b> @here".to_owned()),
        ] {
            assert_eq!(rich(source, true), marked, "{source}");
            assert_eq!(rich(source, false), source);
        }
    }
}

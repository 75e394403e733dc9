//! Text as such: what is taken in, cut at graphemes, cleaned, named. It knows no channel and no event.

pub mod columns;
pub mod mask;
mod names;
mod near;
pub mod rich;

use std::borrow::Cow;

pub use names::names;
pub use near::{near, nearest};
use unicode_segmentation::UnicodeSegmentation;

/// The SHA-256 of `parts`, each preceded by its length, as 64 hexadecimal digits.
pub fn sha256_hex(parts: &[&str]) -> String {
    let mut context = ring::digest::Context::new(&ring::digest::SHA256);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part.as_bytes());
    }
    let digits = context.finish().as_ref().iter().flat_map(|byte| [byte >> 4, byte & 15]).collect::<Vec<u8>>();
    digits.into_iter().filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

/// `text` with at most `max` characters, cut at a grapheme and ended with `…`; `None` where it fits as it is.
///
/// Markers of [`rich`] count as characters; one that is cut off is closed by whoever reads the text.
pub fn cut(text: &str, max: usize) -> Option<String> {
    if text.len() <= max || text.chars().count() <= max {
        return None;
    }
    let mut short = String::new();
    let mut room = max.saturating_sub(1);
    for grapheme in text.graphemes(true) {
        let chars = grapheme.chars().count();
        if chars > room {
            break;
        }
        room -= chars;
        short.push_str(grapheme);
    }
    short.truncate(short.trim_end().len());
    short.push('…');
    Some(short)
}

/// `text` without what a reader cannot see and an attacker can use: control characters other than the line feed and
/// the tab, and what Unicode calls default ignorable (bidirectional controls, zero-width characters, fillers) where it is
/// no part of an emoji or of the form of a character.
///
/// <https://www.unicode.org/Public/UCD/latest/ucd/DerivedCoreProperties.txt>
pub fn clean(text: &str) -> Cow<'_, str> {
    let is_plain = |byte| matches!(byte, b'\n' | b'\t' | b' '..=b'~');
    let stands = |char| !is_line_end(char) && !is_ignorable(char) && !is_selector(char);
    if text.bytes().all(is_plain) || text.chars().all(stands) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    // A joiner waits for what it joins to the last character.
    let mut joins = false;
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        let last = || out.chars().next_back();
        let shown = match char {
            '\r' if chars.peek() == Some(&'\n') => continue,
            _ if is_line_end(char) => '\n',
            // It stands between two symbols of an emoji family; anywhere else it hides something.
            JOINER => {
                joins = last().is_some_and(|last| is_symbol(last) || last == '\u{fe0f}');
                continue;
            }
            // A selector chooses the form of one character; a row of them carries a text that nobody sees.
            _ if is_selector(char) && !last().is_some_and(takes_selector) => continue,
            _ if is_ignorable(char) => continue,
            _ => char,
        };
        if std::mem::take(&mut joins) && is_symbol(shown) {
            out.push(JOINER);
        }
        out.push(shown);
    }
    Cow::Owned(out)
}

const JOINER: char = '\u{200d}';

/// Whether it ends a line and is no line feed.
fn is_line_end(char: char) -> bool {
    matches!(char, '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Whether nobody sees it, wherever it stands.
fn is_ignorable(char: char) -> bool {
    match char {
        '\n' | '\t' | ' '..='~' => false,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' => true,
        '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => true,
        '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' => true,
        '\u{1d173}'..='\u{1d17a}' => true,
        '\u{e0000}'..='\u{e0fff}' => !is_selector(char),
        _ => char.is_control(),
    }
}

/// What emoji are made of: <https://www.unicode.org/Public/UCD/latest/ucd/emoji/emoji-data.txt>
fn is_symbol(char: char) -> bool {
    matches!(char, '\u{a9}' | '\u{ae}' | '\u{203c}'..='\u{2bff}' | '\u{3030}' | '\u{303d}' | '\u{3297}' | '\u{3299}')
        || matches!(char, '\u{1f000}'..='\u{1faff}')
}

fn takes_selector(char: char) -> bool {
    !char.is_whitespace() && !is_selector(char) && !rich::is_mark(char)
}

fn is_selector(char: char) -> bool {
    matches!(char, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// A host name in the letters that it is looked up by: a name that only looks like another one then looks like itself.
///
/// What is no host name stays as it is.
pub fn ascii_host(name: &str) -> Cow<'_, str> {
    if name.is_ascii() {
        return Cow::Borrowed(name);
    }
    match url::Host::parse(name) {
        Ok(url::Host::Domain(ascii)) => Cow::Owned(ascii),
        _ => Cow::Borrowed(name),
    }
}

/// The first line that says something, trimmed: neither blank nor a rule of dashes.
pub fn first_line(text: &str) -> Option<&str> {
    let says_nothing = |line: &&str| line.chars().all(|char| matches!(char, '-' | '=' | '*' | '_' | ' ' | '\t'));
    text.lines()
        .map(str::trim)
        .find(|line| !says_nothing(line))
        .or_else(|| text.lines().map(str::trim).find(|line| !line.is_empty()))
}

/// An event code as words: `AWS_EC2_INSTANCE_STORE_DEGRADED` without its `EC2` reads "instance store degraded".
///
/// `prefix` (a service's name) is left out where the code repeats it. Short codes that are names stay in capitals.
pub fn humanise(code: &str, prefix: &str) -> String {
    const NAMES: &[&str] = &[
        "ACL", "ACM", "AMI", "API", "AWS", "AZ", "CA", "CAA", "CPU", "DB", "DDOS", "DMCA", "DNS", "DOS", "EBS", "EC2", "ECS",
        "EFS", "EKS", "ELB", "FSX", "GPU", "HSM", "IAM", "ID", "IO", "IP", "KMS", "NAT", "OS", "PCA", "PII", "RAM", "RDS", "RI",
        "S3", "SES", "SLR", "SNS", "SP", "SQS", "SSL", "SSM", "SSO", "TLS", "VM", "VPC", "VPN", "WAF",
    ];
    let code = code.strip_prefix("AWS_").unwrap_or(code);
    let code = code.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('_')).unwrap_or(code);
    let words = code.split('_').filter(|word| !word.is_empty());
    words.map(|word| if NAMES.contains(&word) { word.to_owned() } else { word.to_lowercase() }).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_cut_keeps_graphemes_whole() {
        let family = "👨‍👩‍👧‍👦";
        assert_eq!(cut("short", 5), None);
        assert_eq!(cut("longer", 5).as_deref(), Some("long…"));
        assert_eq!(cut(&format!("ab{family}c"), 5).as_deref(), Some("ab…"), "a family is seven characters and one grapheme");
        assert_eq!(cut("証明書を更新しました", 5).as_deref(), Some("証明書を…"));
        assert_eq!(cut("e\u{301}e\u{301}e\u{301}", 4).as_deref(), Some("e\u{301}…"));
    }

    #[test]
    fn cleaning_takes_what_hides_and_keeps_what_shows() {
        for (dirty, clean_text) in [
            ("plain", "plain"),
            ("a\r\nb\rc\u{2028}d", "a\nb\nc\nd"),
            ("x\u{200b}y\u{202e}z\u{2066}\u{feff}", "xyz"),
            ("bell\u{7}\u{1b}[31mred", "bell[31mred"),
            ("nul\0nul", "nulnul"),
            ("👨‍👩‍👧 a\u{200d}b", "👨‍👩‍👧 ab"),
            ("❤\u{fe0f}\u{200d}🔥 👨\u{200d}\u{200d}\u{202e}👩 👨\u{200d}", "❤\u{fe0f}\u{200d}🔥 👨\u{200d}👩 👨"),
            ("日本語\t→", "日本語\t→"),
            ("葛\u{e0100}城市 ❤\u{fe0f} 1\u{fe0f}\u{20e3}", "葛\u{e0100}城市 ❤\u{fe0f} 1\u{fe0f}\u{20e3}"),
            ("x\u{fe0f}\u{e0101}\u{fe01} \u{fe0f}\u{3164}\u{206a}", "x\u{fe0f} "),
        ] {
            assert_eq!(clean(dirty), clean_text);
        }
    }

    #[test]
    fn a_host_is_shown_as_it_is_looked_up() {
        for (name, shown) in [
            ("Example.com", "Example.com"),
            ("*.例え.jp", "*.xn--r8jz45g.jp"),
            ("аpple.com", "xn--pple-43d.com"),
            ("no host, 名前", "no host, 名前"),
        ] {
            assert_eq!(ascii_host(name), shown);
        }
    }

    #[test]
    fn codes_read_as_words() {
        for (code, prefix, words) in [
            ("AWS_EC2_INSTANCE_RETIREMENT_SCHEDULED", "EC2", "instance retirement scheduled"),
            ("AWS_ELASTICLOADBALANCING_API_ISSUE", "ELASTICLOADBALANCING", "API issue"),
            ("AWS_ABUSE_DOS_REPORT", "ABUSE", "DOS report"),
            ("CAA_CHECK_FAILURE", "ACM", "CAA check failure"),
            ("", "EC2", ""),
        ] {
            assert_eq!(humanise(code, prefix), words);
        }
    }

    proptest! {
        #[test]
        fn a_cut_fits_whatever_the_text(text in any::<String>(), max in 1usize..40) {
            let short = cut(&text, max).unwrap_or(text);
            prop_assert!(short.chars().count() <= max);
        }

        #[test]
        fn cleaning_twice_is_cleaning_once(text in any::<String>()) {
            let once = clean(&text).into_owned();
            prop_assert_eq!(clean(&once), once.as_str());
        }
    }
}

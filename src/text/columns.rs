//! Text in a terminal's columns, where a Chinese character takes two.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// How many columns `text`, one line of it, takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// `text` and as many blanks as it takes to fill `columns`.
pub fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// `text` in lines of at most `columns`, broken at blanks and between wide characters.
///
/// A word that is wider by itself, such as an ARN, stays whole so that it can be copied. No line begins with a closing mark
/// or ends with an opening one (<https://www.w3.org/TR/jlreq/#characters_not_starting_a_line>).
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    text.lines().flat_map(|line| wrap_line(line, columns)).collect()
}

fn wrap_line(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    // The columns of the line, and of the blanks that it ends with.
    let (mut filled, mut blanks) = (0, 0);
    // Where the next line could begin.
    let mut place = None;
    let mut before = "";
    for grapheme in text.graphemes(true) {
        let wide = width(grapheme);
        if grapheme == " " {
            blanks += wide;
        } else {
            let between = wide > 1 || width(before) > 1;
            let breaks = before == " " || between && !NEVER_FIRST.contains(grapheme) && !NEVER_LAST.contains(before);
            if breaks && filled > 0 {
                place = Some(line.len());
            }
            filled += std::mem::take(&mut blanks) + wide;
        }
        before = grapheme;
        line.push_str(grapheme);
        if filled > columns
            && let Some(at) = place.take()
        {
            let rest = line.split_off(at);
            lines.push(line.trim_end().to_owned());
            (filled, line) = (width(&rest), rest);
        }
    }
    lines.push(line.trim_end().to_owned());
    lines
}

const NEVER_FIRST: &str = "、。，．・：；？！）」』】〉》〕］｝ーっッゃゅょャュョ々…";
const NEVER_LAST: &str = "（「『【〈《〔［｛";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_break_where_a_reader_would_break_them() {
        for (text, columns, lines) in [
            ("short", 10, vec!["short"]),
            ("", 10, vec![]),
            ("one two three", 8, vec!["one two", "three"]),
            ("one  two", 4, vec!["one", "two"]),
            ("a\n\nb", 4, vec!["a", "", "b"]),
            ("  kept indent", 8, vec!["  kept", "indent"]),
            ("arn:aws:acm:x:certificate/1 is whole", 10, vec!["arn:aws:acm:x:certificate/1", "is whole"]),
            ("証明書を更新しました", 10, vec!["証明書を更", "新しました"]),
            ("証明書を更新。しました", 12, vec!["証明書を更", "新。しました"]),
            ("証明書を（更新）しました", 10, vec!["証明書を", "（更新）し", "ました"]),
            ("あと 12 日で失効", 8, vec!["あと 12", "日で失効"]),
            ("あと12日です", 7, vec!["あと12", "日です"]),
            ("👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧", 4, vec!["👨‍👩‍👧👨‍👩‍👧", "👨‍👩‍👧"]),
        ] {
            assert_eq!(wrap(text, columns), lines, "{text}");
        }
    }

    /// Were the line measured anew at every character, this would take for ever.
    #[test]
    fn a_long_line_costs_no_more_than_its_length() {
        for part in ["a", "証", " ", "a ", "証 ", "、", "a証"] {
            let long = part.repeat(300_000);
            assert!(wrap(&long, 80).concat().len() <= long.len(), "{part}");
        }
    }

    #[test]
    fn a_wide_character_takes_two_columns() {
        assert_eq!((width("証明書"), width("abc"), width("ｱ")), (6, 3, 1));
        assert_eq!((pad("証明", 6).as_str(), pad("abc", 2).as_str()), ("証明  ", "abc"));
    }

    proptest! {
        #[test]
        fn nothing_but_blanks_is_lost(text in "[a-z 証、（）。🔴]{0,60}", columns in 1usize..20) {
            let kept = |text: &str| text.replace(' ', "");
            prop_assert_eq!(kept(&wrap(&text, columns).concat()), kept(&text));
        }
    }
}

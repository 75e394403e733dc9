//! What a person reads on standard output: 80 columns, in colours where a terminal shows them.

use std::io::IsTerminal;

use super::print;
use crate::secret::Env;
use crate::text::clean;
use crate::text::columns::{pad, width, wrap};

/// The page that is written on.
pub(super) struct Page {
    colours: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Bold,
    Dim,
    Good,
    Bad,
    Warning,
}

impl Page {
    /// Standard output as it is: a pipe takes no colours, nor does who sets `NO_COLOR` (<https://no-color.org>).
    pub(super) fn of(env: &Env) -> Page {
        Page { colours: std::io::stdout().is_terminal() && wants_colours(env) }
    }

    /// Standard error, likewise.
    pub(super) fn of_errors(env: &Env) -> Page {
        Page { colours: std::io::stderr().is_terminal() && wants_colours(env) }
    }

    /// `text` as a paragraph.
    pub(super) fn write(&self, text: &str, style: Style) {
        self.write_behind("", "", text, style);
    }

    /// `text` with `mark` before its first line, and blanks before the others.
    pub(super) fn item(&self, mark: &str, style: Style, text: &str) {
        self.write_behind(&self.paint(mark, style), &" ".repeat(width(mark)), text, Style::Plain);
    }

    /// `text` with `bar` before every line.
    pub(super) fn quote(&self, bar: &str, text: &str) {
        let bar = self.paint(bar, Style::Dim);
        self.write_behind(&bar, &bar, text, Style::Plain);
    }

    /// A value behind its label.
    pub(super) fn row(&self, label: &str, value: &str) {
        self.item(&format!("  {} ", pad(label, LABEL)), Style::Dim, value);
    }

    /// A key behind its label, whole whatever its length: it is there to be copied.
    pub(super) fn key(&self, label: &str, key: &str) {
        print(&format!("{}{}", self.paint(&format!("  {} ", pad(label, LABEL)), Style::Dim), clean(key)));
    }

    fn write_behind(&self, first: &str, more: &str, text: &str, style: Style) {
        let mut before = first;
        // What a sender wrote must not steer a terminal.
        for line in lines(&clean(text), COLUMNS.saturating_sub(shown(first))) {
            print(format!("{before}{}", self.paint(&line, style)).trim_end());
            before = more;
        }
    }

    pub(super) fn paint(&self, text: &str, style: Style) -> String {
        let code = match style {
            _ if !self.colours || text.is_empty() => return text.to_owned(),
            Style::Plain => return text.to_owned(),
            Style::Bold => "1",
            Style::Dim => "2",
            Style::Good => "32",
            Style::Bad => "31",
            Style::Warning => "33",
        };
        format!("{ESCAPE}[{code}m{text}{ESCAPE}[0m")
    }
}

fn wants_colours(env: &Env) -> bool {
    env.get("NO_COLOR").is_none_or(str::is_empty) && env.get("TERM") != Some("dumb")
}

/// At least one line, if it is an empty one.
fn lines(text: &str, columns: usize) -> Vec<String> {
    let lines = wrap(text, columns);
    if lines.is_empty() { vec![String::new()] } else { lines }
}

/// The columns of a painted text.
fn shown(text: &str) -> usize {
    let mut parts = text.split(ESCAPE);
    let plain = width(parts.next().unwrap_or_default());
    plain + parts.filter_map(|part| part.split_once('m')).map(|(_, text)| width(text)).sum::<usize>()
}

const ESCAPE: char = '\u{1b}';
/// What every terminal has at least.
const COLUMNS: usize = 80;
/// The width of a label.
pub(super) const LABEL: usize = 11;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_for_who_wants_them_and_take_no_room() {
        for (variables, wanted) in [
            (vec![], true),
            (vec![("NO_COLOR", "")], true),
            (vec![("NO_COLOR", "1")], false),
            (vec![("TERM", "dumb")], false),
            (vec![("TERM", "xterm")], true),
        ] {
            let env = Env::from_iter(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
            assert_eq!(wants_colours(&env), wanted, "{variables:?}");
        }
        let (painted, plain) = (Page { colours: true }, Page { colours: false });
        assert_eq!(painted.paint("✓ 証", Style::Good), "\u{1b}[32m✓ 証\u{1b}[0m");
        assert_eq!(plain.paint("✓ 証", Style::Good), "✓ 証");
        assert_eq!(shown(&format!("a{}b", painted.paint("✓ 証", Style::Good))), 6);
    }
}

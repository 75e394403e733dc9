//! What a page shows, run: the commands in its `console` blocks, and what they print.

use std::fs;
use std::path::Path;
use std::process::Command;

/// A command of a page, and what the page says it prints; a line `…` stands for any lines.
#[derive(Debug)]
pub(crate) struct Shown {
    command: String,
    output: Vec<String>,
}

/// What a page has its reader do.
pub(crate) enum Step {
    /// To save a block as a file: that which the line above it names, as "`hikyaku.yaml`:".
    Save {
        path: String,
        text: String,
    },
    Run(Shown),
}

/// All that a page has its reader do, from top to bottom.
pub(crate) fn steps(page: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let parts: Vec<&str> = page.split("```").collect();
    for pair in parts.chunks_exact(2) {
        let (language, text) = pair[1].split_once('\n').unwrap();
        let named = pair[0].trim_end().lines().last().and_then(|line| line.strip_prefix('`')?.strip_suffix("`:"));
        match (language, named) {
            ("console", _) => steps.extend(commands(text).into_iter().map(Step::Run)),
            (_, Some(path)) => steps.push(Step::Save { path: path.to_owned(), text: text.to_owned() }),
            _ => {}
        }
    }
    steps
}

/// The commands in a `console` block.
fn commands(block: &str) -> Vec<Shown> {
    let mut all: Vec<Shown> = Vec::new();
    for line in block.lines() {
        match (line.strip_prefix("$ "), all.last_mut()) {
            (Some(command), _) => all.push(Shown { command: command.to_owned(), output: Vec::new() }),
            (None, Some(Shown { output, .. })) => output.push(line.to_owned()),
            (None, None) => panic!("output without a command: {line}"),
        }
    }
    all
}

/// Does what `page` says in `folder`, and holds what it tells against what is printed; the page with the true output, for
/// who wants to write it.
pub(crate) fn walk(page: &str, folder: &Path) -> String {
    let mut true_page = page.to_owned();
    let mut exports = String::new();
    for step in steps(page) {
        match step {
            Step::Save { path, text } => fs::write(folder.join(path), text).unwrap(),
            Step::Run(shown) if shown.command.starts_with("export ") => exports += &format!("{}; ", shown.command),
            Step::Run(shown) => {
                let printed = shown.run(folder, &exports);
                if !shown.tells(&printed) {
                    true_page = shown.mend(&true_page, &printed);
                }
            }
        }
    }
    true_page
}

/// Walks through the part of the page at `path` from `start` to `end` in `folder`: all that it tells has to be true.
/// `UPDATE_GOLDENS=1` writes the truth.
pub(crate) fn holds(path: &Path, (start, end): (&str, &str), folder: &Path) {
    let page = fs::read_to_string(path).unwrap();
    let (head, rest) = page.split_at(page.find(start).unwrap_or_else(|| panic!("{}: no {start}", path.display())));
    let (part, tail) = rest.split_at(rest.find(end).filter(|at| *at > 0 && !end.is_empty()).unwrap_or(rest.len()));
    let true_part = walk(part, folder);
    if std::env::var_os("UPDATE_GOLDENS").is_some() {
        fs::write(path, format!("{head}{true_part}{tail}")).unwrap();
    } else {
        let told: Vec<&str> = part.lines().collect();
        let wrong = true_part.lines().zip(&told).find(|(line, told)| line != *told);
        assert!(true_part == part, "{}: UPDATE_GOLDENS=1 writes what is printed: {wrong:?}", path.display());
    }
}

impl Shown {
    /// What it prints in `folder`, on both outputs, after these commands.
    fn run(&self, folder: &Path, exports: &str) -> Vec<String> {
        let home = Path::new(env!("CARGO_BIN_EXE_hikyaku")).parent().unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", &format!("exec 2>&1; {exports}{}", self.command)]).current_dir(folder);
        command.env_clear().env("PATH", format!("{}:/usr/bin:/bin", home.display()));
        let text = String::from_utf8(command.output().unwrap().stdout).unwrap();
        text.trim_end().lines().map(str::to_owned).collect()
    }

    /// Whether the page tells what was printed.
    fn tells(&self, printed: &[String]) -> bool {
        let chunks: Vec<&[String]> = self.output.split(|line| line == ANY).collect();
        let mut rest = printed;
        for (number, chunk) in chunks.iter().enumerate() {
            let (first, last) = (number == 0, number + 1 == chunks.len());
            let at = match (first, last) {
                (true, _) => 0,
                (_, true) => rest.len().saturating_sub(chunk.len()),
                _ => (0..rest.len()).find(|at| rest[*at..].starts_with(chunk)).unwrap_or(rest.len()),
            };
            if !rest[at..].starts_with(chunk) {
                return false;
            }
            rest = &rest[at + chunk.len()..];
        }
        chunks.len() > 1 || rest.is_empty()
    }

    /// The page with what was printed in place of what it told. Of an output that is shown in part, a part begins and ends
    /// with the lines that begin alike.
    fn mend(&self, page: &str, printed: &[String]) -> String {
        let alike = |line: &String, shown: &String| line.chars().take(ALIKE).eq(shown.chars().take(ALIKE));
        let mut at = 0;
        let parts = self.output.split(|line| line == ANY).map(|part| {
            let (Some(first), Some(last)) = (part.first(), part.last()) else { return String::new() };
            let whole = self.output.len() == part.len();
            let begins = (at..printed.len()).find(|at| alike(&printed[*at], first)).filter(|_| !whole).unwrap_or(at);
            let near = |end: &usize| end.abs_diff(begins + part.len() - 1);
            let ends = (begins..printed.len()).filter(|at| alike(&printed[*at], last)).min_by_key(near);
            at = ends.filter(|_| !whole).map_or(printed.len(), |end| end + 1);
            printed[begins..at].iter().map(|line| format!("{line}\n")).collect()
        });
        let new = parts.collect::<Vec<String>>().join(&format!("{ANY}\n"));
        let old: String = self.output.iter().map(|line| format!("{line}\n")).collect();
        page.replacen(&format!("$ {}\n{old}", self.command), &format!("$ {}\n{new}", self.command), 1)
    }
}

const ANY: &str = "…";
/// So many characters hold a line's label.
const ALIKE: usize = 12;

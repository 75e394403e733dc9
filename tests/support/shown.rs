//! What a page shows, run: the commands in its `console` blocks, and what they print.

use std::path::Path;
use std::process::Command;

/// A command of a page, and what the page says it prints; a line `…` stands for any lines.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) command: String,
    output: Vec<String>,
}

/// The commands of `hikyaku` in the page's `console` blocks. Those of other programs are left out.
pub(crate) fn commands(page: &str) -> Vec<Shown> {
    let mut all = Vec::new();
    for block in blocks(page, "console") {
        for line in block.lines() {
            match (line.strip_prefix("$ "), all.last_mut()) {
                (Some(command), _) => all.push(Shown { command: command.to_owned(), output: Vec::new() }),
                (None, Some(Shown { output, .. })) => output.push(line.to_owned()),
                (None, None) => panic!("output without a command: {line}"),
            }
        }
    }
    all.retain(|shown| shown.command.split_whitespace().any(|word| word == "hikyaku"));
    all
}

/// What stands in the page's blocks of `language`.
pub(crate) fn blocks<'a>(page: &'a str, language: &str) -> Vec<&'a str> {
    let start = format!("```{language}\n");
    page.split(&start).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

impl Shown {
    /// What it prints in `folder`, on both outputs.
    pub(crate) fn run(&self, folder: &Path) -> Vec<String> {
        let home = Path::new(env!("CARGO_BIN_EXE_hikyaku")).parent().unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", &format!("exec 2>&1; {}", self.command)]).current_dir(folder);
        command.env_clear().env("PATH", format!("{}:/usr/bin:/bin", home.display()));
        let text = String::from_utf8(command.output().unwrap().stdout).unwrap();
        text.trim_end().lines().map(str::to_owned).collect()
    }

    /// Whether the page tells what was printed.
    pub(crate) fn tells(&self, printed: &[String]) -> bool {
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
    pub(crate) fn mend(&self, page: &str, printed: &[String]) -> String {
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

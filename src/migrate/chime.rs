//! Away from Chime: a configuration's receivers, turned into those of another channel where they stand.

use serde_json::Value;

use super::plan::plain;
use crate::config::tree::{Tree, dotted, escape};
use crate::config::{Level, Problem};

/// A configuration without Chime.
#[derive(Debug)]
pub struct Moved {
    /// The file's text, all else in it as it was.
    pub text: String,
    /// The receivers that were turned.
    pub receivers: Vec<String>,
    /// What is concerned, and what is to be looked at, in the order of its places.
    pub problems: Vec<Problem>,
}

/// The configuration in `text` with each of Chime's receivers turned into one of the channel `to`.
///
/// # Errors
/// If it is no YAML.
pub fn from_chime(text: &str, to: &str) -> Result<Moved, Problem> {
    let tree = Tree::parse(text, "receivers")?;
    let mut turn =
        Turn { tree: &tree, lines: text.split('\n').map(str::to_owned).collect(), edits: Vec::new(), problems: Vec::new() };
    let names: Vec<String> = tree.keys("/receivers").into_iter().filter(|name| tree.has(&chime(name))).collect();
    names.iter().for_each(|name| turn.receiver(name, to));
    turn.routes("/routes", &names, to);
    if !names.is_empty() && tree.has("/templates_dir") {
        turn.warn(
            "/templates_dir",
            format!("templates of your own for Chime are in its folder `chime`; write them anew in `{to}`"),
        );
    }
    let Turn { mut lines, mut edits, mut problems, .. } = turn;
    // From the end on, so that what comes before stays where it is.
    edits.sort();
    edits.dedup_by_key(|(line, start, ..)| (*line, *start));
    for (line, start, end, with) in edits.into_iter().rev() {
        if let Some(line) = lines.get_mut(line).filter(|line| line.get(start..end).is_some()) {
            line.replace_range(start..end, &with);
        }
    }
    problems.sort_by_key(|problem| problem.at);
    Ok(Moved { text: lines.join("\n"), receivers: names, problems })
}

struct Turn<'a> {
    tree: &'a Tree,
    lines: Vec<String>,
    /// Line, first and last byte in it, and what comes in their place.
    edits: Vec<(usize, usize, usize, String)>,
    problems: Vec<Problem>,
}

impl Turn<'_> {
    fn receiver(&mut self, name: &str, to: &str) {
        let base = chime(name);
        let address = format!("ssm:/hikyaku/{}", plain(name, to));
        let url = self.tree.value(&format!("{base}/url")).and_then(Value::as_str).unwrap_or_default().to_owned();
        let turned = self.replace(&base, 0, "chime", to) && self.replace(&format!("{base}/url"), "url".len(), &url, &address);
        match turned {
            true => self.warn(&base, format!("goes to {to} now; put the new webhook's address into {address}")),
            false => self.note(
                Level::Error,
                &base,
                format!("cannot be turned where it stands: write `{to}: {{ url: \"{address}\" }}` by hand"),
            ),
        }
        for key in self.tree.keys(&base).iter().filter(|key| *key != "url") {
            self.warn(&format!("{base}/{}", escape(key)), format!("was for Chime: see whether {to} needs it"));
        }
    }

    /// Tells which routes led to Chime, those inside of others too.
    fn routes(&mut self, pointer: &str, names: &[String], to: &str) {
        for index in 0..self.tree.length(pointer) {
            let route = format!("{pointer}/{index}");
            let (receivers, mention) = (format!("{route}/to"), format!("{route}/mention"));
            let all = self.tree.value(&receivers).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
            let turned: Vec<&str> = all.filter(|name| names.iter().any(|one| one == name)).collect();
            if !turned.is_empty() {
                self.warn(&receivers, format!("led to Chime by {}", turned.join(", ")));
                if to == "teams" && self.tree.value(&mention).is_some_and(|mention| mention != "none") {
                    self.warn(&mention, "calls nobody in Teams");
                }
            }
            self.routes(&format!("{route}/routes"), names, to);
        }
    }

    /// Replaces `found`, which stands on the line of `pointer` so many bytes behind its place.
    fn replace(&mut self, pointer: &str, behind: usize, found: &str, with: &str) -> bool {
        let place = self.tree.position(pointer).and_then(|(line, column)| {
            let line = usize::try_from(line).ok()?.checked_sub(1)?;
            let text = self.lines.get(line)?;
            let column = usize::try_from(column).ok()?.checked_sub(1)?;
            let start = text.char_indices().nth(column)?.0.checked_add(behind)?;
            let start = start + text.get(start..)?.find(found).filter(|_| !found.is_empty())?;
            Some((line, start, start + found.len()))
        });
        place.map(|(line, start, end)| self.edits.push((line, start, end, with.to_owned()))).is_some()
    }

    fn warn(&mut self, pointer: &str, text: impl Into<String>) {
        self.note(Level::Warning, pointer, text.into());
    }

    fn note(&mut self, level: Level, pointer: &str, text: String) {
        let at = self.tree.position(pointer);
        self.problems.push(Problem { level, file: None, at, setting: dotted(pointer), text, help: None });
    }
}

fn chime(receiver: &str) -> String {
    format!("/receivers/{}/chime", escape(receiver))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test says so by failing")]
mod tests {
    use super::*;

    /// What a configuration becomes, and what is told, with the lines.
    fn moved(text: &str, to: &str) -> (String, Vec<String>) {
        let moved = from_chime(text, to).unwrap();
        let told = moved.problems.iter().map(|problem| format!("{} {}", problem.at.unwrap_or_default().0, problem.setting));
        (moved.text, told.collect())
    }

    #[test]
    fn a_receiver_is_turned_where_it_stands() {
        for (line, turned) in [
            (r#"{ chime: { url: "env:CHIME" } } # keep"#, r#"{ slack: { url: "ssm:/hikyaku/ops" } } # keep"#),
            (r#"{ 'chime': { 'url': 'env:CHIME' }, locale: ja }"#, r#"{ 'slack': { 'url': 'ssm:/hikyaku/ops' }, locale: ja }"#),
            ("{ chime: { url: ssm:/chime } }", "{ slack: { url: ssm:/hikyaku/ops } }"),
            ("{ locale: en, chime: {url: env:url}}", "{ locale: en, slack: {url: ssm:/hikyaku/ops}}"),
            (
                "\n    chime: # 証\n      url: env:CHIME\n    locale: ja",
                "\n    slack: # 証\n      url: ssm:/hikyaku/ops\n    locale: ja",
            ),
        ] {
            let (text, told) = moved(&format!("# 飛脚\r\nreceivers:\n  ops: {line}\nroutes: [{{ to: [ops] }}]\n"), "slack");
            assert_eq!(text, format!("# 飛脚\r\nreceivers:\n  ops: {turned}\nroutes: [{{ to: [ops] }}]\n"));
            assert_eq!(told.len(), 2, "{told:?}");
        }
    }

    #[test]
    fn all_that_it_concerns_is_told() {
        let text = "receivers:\n  a: { chime: { url: env:A, allow_hosts: [x] } }\n  b: { chime: { url: env:B } }\n  c: { console: {} }\n\
                    routes:\n  - { match: { kind: [alarm] }, to: [a, c], mention: channel }\n  - { to: [c], routes: [{ to: [b] }] }\n\
                    templates_dir: t\n";
        let (turned, told) = moved(text, "teams");
        let lines = [
            "2 receivers.a.chime",
            "2 receivers.a.chime.allow_hosts",
            "3 receivers.b.chime",
            "6 routes[0].to",
            "6 routes[0].mention",
            "7 routes[1].routes[0].to",
            "8 templates_dir",
        ];
        assert_eq!(told, lines);
        assert!(
            turned.contains("a: { teams: { url: ssm:/hikyaku/a, allow_hosts: [x] } }\n  b: { teams: { url: ssm:/hikyaku/b } }")
        );
        let (same, told) = moved("receivers: { c: { console: {} } }\n", "slack");
        assert_eq!((same.as_str(), told.len()), ("receivers: { c: { console: {} } }\n", 0));
    }

    #[test]
    fn what_cannot_be_turned_in_place_is_said() {
        for line in ["{ chime: { url: \"env:CH\\x49ME\" } }", "{ chime: {} }", "{ chime: { url:\n      env:CHIME } }"] {
            let problems = from_chime(&format!("receivers:\n  ops: {line}\n"), "slack").unwrap().problems;
            assert_eq!(problems.first().map(|problem| problem.level), Some(Level::Error), "{line}");
        }
        let shared = "receivers:\n  a: &a { chime: { url: env:A } }\n  b: *a\n";
        assert_eq!(moved(shared, "slack").0, "receivers:\n  a: &a { slack: { url: ssm:/hikyaku/a } }\n  b: *a\n");
        assert!(from_chime("receivers: [", "slack").is_err());
    }
}

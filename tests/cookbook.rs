//! The cookbook in `docs/cookbook`, tried: every set-up is a good configuration whose expectations hold and leave no route out,
//! and its page shows the very file and what the commands print.
//!
//! `UPDATE_GOLDENS=1 cargo test --test cookbook` writes both into the pages anew; read them.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says so by failing")]

#[allow(dead_code, reason = "each test crate uses its part of it")]
mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use support::shown;

#[test]
fn every_set_up_passes_the_check_and_its_expectations_leave_no_route_out() {
    for folder in set_ups() {
        let name = folder.display();
        let (status, told) = hikyaku(&folder, &["check", "--strict", "hikyaku.yaml"]);
        assert_eq!(status, Some(0), "{name}: {told}");
        let (status, told) = hikyaku(&folder, &["test"]);
        assert_eq!(status, Some(0), "{name}: {told}");
        let (_, told) = hikyaku(&folder, &["test", "--json"]);
        let told: Value = serde_json::from_str(&told).unwrap();
        let routes = told["coverage"]["routes"].as_array().unwrap();
        let untouched: Vec<&Value> = routes.iter().filter(|route| route["times"] == 0).collect();
        assert_eq!(untouched, Vec::<&Value>::new(), "{name}");
    }
}

#[test]
fn every_page_shows_its_configuration_and_what_the_commands_print() {
    for folder in set_ups() {
        let path = folder.join("README.md");
        let page = fs::read_to_string(&path).unwrap();
        assert!(page.contains("```console\n$ hikyaku "), "{} shows nothing that arrives", path.display());
        let config = fs::read_to_string(folder.join("hikyaku.yaml")).unwrap();
        let (head, rest) = page.split_once("```yaml\n").unwrap();
        let (shown, tail) = rest.split_once("```").unwrap();
        if std::env::var_os("UPDATE_GOLDENS").is_some() {
            fs::write(&path, format!("{head}```yaml\n{config}```{tail}")).unwrap();
        } else {
            assert_eq!(shown, config, "{}", path.display());
        }
        shown::holds(&path, ("# ", ""), &folder);
    }
}

#[test]
fn the_index_has_every_set_up_and_no_other() {
    let index = fs::read_to_string(cookbook().join("README.md")).unwrap();
    let rows = index.lines().filter_map(|line| Some(line.strip_prefix("| [")?.split_once("](")?.1.split_once("/README.md)")?.0));
    let folders = set_ups().into_iter().map(|folder| folder.file_name().unwrap().to_string_lossy().into_owned());
    assert_eq!(rows.map(str::to_owned).collect::<BTreeSet<_>>(), folders.collect());
}

/// A page that leads nowhere is found out before its reader does.
#[test]
fn every_link_of_the_pages_leads_to_a_file_and_its_heading() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pages = ["README.md", "README.ja.md", "CONTRIBUTING.md", "infra/README.md"].map(|page| root.join(page)).to_vec();
    collect(&root.join("docs"), &mut pages);
    let mut links = 0;
    for page in pages {
        let text = fs::read_to_string(&page).unwrap();
        let prose = text.split("```").step_by(2).collect::<String>();
        for link in prose.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.contains("://") {
                continue;
            }
            let (file, heading) = link.split_once('#').map_or((link, None), |(file, heading)| (file, Some(heading)));
            let target = if file.is_empty() { page.clone() } else { page.parent().unwrap().join(file) };
            assert!(target.exists(), "{}: {link} leads nowhere", page.display());
            if let Some(heading) = heading {
                let headings = anchors(&fs::read_to_string(target).unwrap());
                assert!(headings.iter().any(|known| known == heading), "{}: {link} is none of {headings:?}", page.display());
            }
            links += 1;
        }
    }
    assert!(links > 30, "{links}");
}

/// The page's headings, as GitHub makes anchors of them.
fn anchors(page: &str) -> Vec<String> {
    let headings = page.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let kept = |char: &char| char.is_alphanumeric() || matches!(char, '-' | '_' | ' ');
    headings.map(|heading| heading.to_lowercase().chars().filter(kept).collect::<String>().replace(' ', "-")).collect()
}

/// The Markdown pages below `folder`.
fn collect(folder: &Path, pages: &mut Vec<PathBuf>) {
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            collect(&path, pages);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            pages.push(path);
        }
    }
}

fn cookbook() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/cookbook")
}

fn set_ups() -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = fs::read_dir(cookbook()).unwrap().map(|entry| entry.unwrap().path()).collect();
    all.retain(|path| path.is_dir());
    all.sort();
    assert!(all.len() >= 10, "{all:?}");
    all
}

fn hikyaku(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hikyaku"));
    let done = command.args(arguments).env_clear().current_dir(folder).output().unwrap();
    (done.status.code(), String::from_utf8(done.stdout).unwrap() + &String::from_utf8_lossy(&done.stderr))
}

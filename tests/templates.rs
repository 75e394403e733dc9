//! Own templates from the outside: their reference, and `hikyaku check`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says so by failing")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use hikyaku::channels::CHANNELS;
use hikyaku::config::Origin;
use hikyaku::notification::{Kind, Mention};
use hikyaku::render::{Caps, Library, Locale, Occasion, Reader, View, specimens};
use hikyaku::secret::Env;
use hikyaku::template::{Shape, helper_names};
use jiff::tz::TimeZone;

#[test]
fn the_reference_has_every_name_of_the_view_and_no_other() {
    let reference = reference();
    let names = |text: &str| -> BTreeSet<(String, String)> { rows(text).collect() };
    let all = section(&reference, "## What there is to show", "### ");
    let of_view = shape("").into_iter().filter(|(name, _)| !name.starts_with("notification.data."));
    assert_eq!(names(&all), of_view.collect());
    let of = |family: &str| section(&reference, &format!("### `{family}"), "\n##");
    for family in ["certificate", "budget", "cost", "health", "alarm", "finding", "custom"] {
        let mut told = names(&of(family));
        if family == "certificate" {
            told.extend(names(&of("health")));
        }
        let data = shape(family).into_iter();
        let data = data.filter_map(|(name, holds)| Some((name.strip_prefix("notification.data.")?.to_owned(), holds)));
        assert_eq!(told, data.collect(), "{family}");
    }
    // What is always there is in bold.
    for kind in Kind::ALL.iter().filter(|kind| !matches!(kind, Kind::Event | Kind::Text)) {
        let family = kind.as_str().split('.').next().unwrap();
        let least = serde_json::to_value(specimens::minimal(*kind).data).unwrap();
        let least: BTreeSet<String> = least.as_object().unwrap().keys().cloned().collect();
        let bold =
            of(family).lines().filter_map(|line| Some(line.strip_prefix("| **`")?.split('`').next()?.to_owned())).collect();
        assert_eq!(least, bold, "{family}");
    }
}

#[test]
fn the_reference_has_every_helper_and_channel() {
    let reference = reference();
    let helpers = section(&reference, "| helper |", "## ");
    let first_cells = helpers.lines().filter_map(|line| line.strip_prefix("| `")?.split(" |").next());
    let told: BTreeSet<&str> =
        first_cells.flat_map(|cell| cell.split("`, `")).filter_map(|call| call.split([' ', '`']).next()).collect();
    assert_eq!(told, helper_names().collect());
    for kind in CHANNELS {
        let row = format!("| `{}` | ", kind.profile.channel);
        assert!(reference.contains(&row), "templates/README.md lacks the row {row}");
    }
}

#[test]
fn the_examples_of_the_reference_pass() {
    let reference = reference();
    let examples = section(&reference, "## Three examples", "\n# ");
    let folder = Folder::new("examples");
    let fenced: Vec<&str> = examples.split("```").collect();
    for example in fenced.chunks_exact(2) {
        let [above, source] = example else { panic!("chunks of two") };
        folder.write(above.split('`').nth(1).unwrap(), source.strip_prefix("handlebars\n").unwrap());
    }
    assert_eq!(fenced.len(), 7, "three examples");
    let (library, errors) = Library::open(&folder.0);
    assert_eq!(errors, []);
    let profiles: Vec<_> = CHANNELS.iter().map(|kind| &kind.profile).collect();
    assert_eq!(library.check(&profiles), []);
}

#[test]
fn check_tells_what_a_start_does_not_look_for() {
    let folder = Folder::new("check");
    folder.write("hikyaku.yaml", "receivers: { here: { console: } }\ntemplates_dir: own\n");
    folder.write("own/slack/default.hbs", "{\n  \"text\": \"{{titel}}\"\n}");
    folder.write("own/slack/certifcate.hbs", "{}");
    let config = folder.0.join("hikyaku.yaml");
    let (_, problems) = Origin::File(config.clone()).load(&Env::default()).unwrap_or_else(|broken| panic!("{broken}"));
    assert_eq!(problems, [], "a start reads the files and no more");

    let check = |arguments: &[&str]| {
        let done = Command::new(env!("CARGO_BIN_EXE_hikyaku")).arg("check").arg(&config).args(arguments).output().unwrap();
        (done.status.code().unwrap(), String::from_utf8(done.stdout).unwrap().replace(&format!("{}/", folder.0.display()), ""))
    };
    let (status, told) = check(&[]);
    assert_eq!(status, 1);
    let first_lines: String = told.lines().filter(|line| line.contains(": error: ")).map(|line| format!("{line}\n")).collect();
    assert_eq!(
        first_lines,
        "own/slack/certifcate.hbs: error: no kind begins with `certifcate`; did you mean `certificate`?\n\
         own/slack/default.hbs:2:14: error: no such value: `titel`; did you mean `title`?\n"
    );
    let (status, told) = check(&["--json"]);
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!(status, 1);
    let mut problem = told.pointer("/problems/1").unwrap().clone();
    let help = problem.as_object_mut().unwrap().remove("help").unwrap();
    assert!(help.as_str().unwrap().contains("has every name and helper"), "{help}");
    assert_eq!(
        problem,
        serde_json::json!({
            "level": "error", "setting": "", "text": "no such value: `titel`; did you mean `title`?",
            "file": "own/slack/default.hbs", "line": 2, "column": 14,
        })
    );

    // What cannot be read at all is known from the start, together with everything else.
    fs::write(folder.0.join("own/slack/alarm.hbs"), b"{\"text\": \"\xff\"}").unwrap();
    folder.write("hikyaku.yaml", "receivers: { here: { console: } }\ntemplates_dir: own\nlocal: ja\n");
    let broken = Origin::File(config.clone()).load(&Env::default()).err().unwrap().to_string();
    assert!(
        broken.contains("local: is no setting") && broken.contains("own/slack/alarm.hbs:1:11: error: is no UTF-8"),
        "{broken}"
    );
    let (status, told) = check(&[]);
    let errors = told.lines().filter(|line| line.contains(": error: ")).count();
    assert_eq!((status, errors), (1, 4), "{told}");
}

fn reference() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/README.md")).unwrap()
}

/// The text from `start` up to `end`.
fn section(text: &str, start: &str, end: &str) -> String {
    let rest = text.split_once(start).unwrap_or_else(|| panic!("{start} is missing")).1;
    rest.split(end).next().unwrap().to_owned()
}

/// The first two cells of every row that begins with a name.
fn rows(text: &str) -> impl Iterator<Item = (String, String)> {
    text.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| ")?.split(" | ");
        let name = cells.next()?.trim_matches('*').strip_prefix('`')?.strip_suffix('`')?;
        Some((name.to_owned(), cells.next()?.to_owned()))
    })
}

/// Every name that the view of a kind of `family` can have, and what it holds.
fn shape(family: &str) -> Vec<(String, String)> {
    let mut shape = Shape::default();
    let accounts = specimens::accounts();
    let reader = Reader::new(Locale::En, TimeZone::UTC);
    for kind in Kind::ALL.iter().filter(|kind| kind.as_str().starts_with(family)) {
        let notification = specimens::full(*kind);
        let occasion = Occasion { mention: Some(Mention::Channel), ..Occasion::new(&reader, &accounts) };
        let view = View::new(&notification, &occasion, Caps::DEFAULT).with_document(&notification, &occasion, Caps::DEFAULT);
        shape.add(&serde_json::to_value(view).unwrap());
    }
    shape.names().into_iter().map(|(name, holds)| (name, holds.to_owned())).collect()
}

/// A folder that goes when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let folder = std::env::temp_dir().join(format!("hikyaku-templates-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Folder(folder)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

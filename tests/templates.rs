//! Own templates from the outside: the examples of their guide, `hikyaku templates` and `hikyaku check`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says so by failing")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use hikyaku::channels::CHANNELS;
use hikyaku::config::Origin;
use hikyaku::render::Library;
use hikyaku::secret::Env;

#[test]
fn the_examples_of_the_guide_pass() {
    let guide = guide();
    let examples = section(&guide, "## Three examples", "\n# ");
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

#[test]
fn the_built_in_ones_are_listed_and_printed() {
    let templates = |arguments: &[&str]| {
        let done = Command::new(env!("CARGO_BIN_EXE_hikyaku")).arg("templates").args(arguments).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (done.status.code().unwrap(), text(done.stdout), text(done.stderr))
    };
    let (status, listed, _) = templates(&[]);
    assert_eq!(status, 0);
    assert!(listed.contains("slack/default    every kind\n") && listed.contains("teams/plain      what was refused"), "{listed}");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    for line in listed.lines() {
        let name = line.split_whitespace().next().unwrap();
        let source = fs::read_to_string(root.join(name).with_extension("hbs")).unwrap();
        for name in [name.to_owned(), format!("{name}.hbs")] {
            let (status, printed, _) = templates(&[&name]);
            assert_eq!((status, printed.trim_end()), (0, source.trim_end()), "{name}");
        }
    }
    let (_, json, _) = templates(&["--json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json.as_array().unwrap().len(), listed.lines().count());
    let missing = |name| templates(&[name]).2;
    assert_eq!(missing("slack/defalt"), "hikyaku: there is no built-in template `slack/defalt`; did you mean `slack/default`?\n");
    assert_eq!(missing("pigeon"), "hikyaku: there is no built-in template `pigeon`; see `hikyaku templates`\n");
}

fn guide() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/templates.md")).unwrap()
}

/// The text from `start` up to `end`.
fn section(text: &str, start: &str, end: &str) -> String {
    let rest = text.split_once(start).unwrap_or_else(|| panic!("{start} is missing")).1;
    rest.split(end).next().unwrap().to_owned()
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

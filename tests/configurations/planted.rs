//! A secret planted in a configuration beside a text that somebody else has chosen: for a property test, and for a fuzzer.

use hikyaku::config::{Excerpts, problems};
use hikyaku::secret::Env;

/// Holds that what is told of a configuration with `text` in it, behind a secret in the form and the place that `choice`
/// says, does not show the secret.
pub(crate) fn assert_hidden(choice: [u8; 3], text: &str) {
    let [place, form, indent] = choice.map(usize::from);
    let secret = match FORMS.get(form % FORMS.len()) {
        Some(form) => form.replace("SECRET", &format!("https://audit.example.com/in/{SECRET}")),
        None => return,
    };
    let Some(place) = PLACES.get(place % PLACES.len()) else { return };
    let margin = " ".repeat(indent % 10);
    // No folder of this machine is to be read.
    let lines: String = text.replace("templates_dir", "templates").lines().map(|line| format!("{margin}{line}\n")).collect();
    let yaml = format!("{}\n{lines}", place.replace("SECRET", &secret));
    for told in told(&yaml) {
        assert!(!told.contains(SECRET), "{told}\n{yaml}");
    }
}

/// Every text that `hikyaku check` would show of `yaml`.
pub(crate) fn told(yaml: &str) -> Vec<String> {
    let excerpts = Excerpts::of_text(yaml);
    let all = problems(yaml, &Env::default());
    let lines = |problem: &_| {
        let excerpt = excerpts.excerpt(problem);
        if let Some(excerpt) = &excerpt {
            assert!(
                excerpt.width > 0 && excerpt.before + excerpt.width < 250 && !excerpt.text.contains(['\n', '\t']),
                "{excerpt:?}"
            );
        }
        [Some(format!("{problem}")), excerpts.help(problem), excerpt.map(|excerpt| excerpt.text)]
    };
    all.iter().flat_map(lines).flatten().collect()
}

const SECRET: &str = "kanaria4Zq8Wm1Xp6e";

/// What a text can be in YAML.
const FORMS: &[&str] = &[
    "SECRET",
    "\"SECRET\"",
    "'SECRET'",
    "|\n        SECRET",
    ">-\n        SECRET\n        SECRET",
    "!!str SECRET",
    "SECRET\n        SECRET",
    "\"SECRET",
    "'SECRET",
    "[SECRET",
    "{ a: SECRET",
    "env:HOOK # SECRET",
];

const PLACES: &[&str] = &[
    "receivers:\n  ops:\n    slack:\n      url: SECRET",
    "receivers:\n  ops:\n    webhook:\n      signing_secret: SECRET",
    "receivers:\n  ops:\n    smtp:\n      password: SECRET",
    "receivers:\n  ops:\n    smtp:\n      pasword: SECRET",
    "receivers:\n  ops:\n    slack: SECRET",
    "receivers:\n  ops: SECRET",
    "secret: SECRET",
];

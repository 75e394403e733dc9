#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says so by failing")]

mod places;

use std::path::{Path, PathBuf};

use super::*;
use crate::channels::CHANNELS;
use crate::render::library::{BUILT_IN, PLAIN};

fn profiles() -> Vec<&'static Profile> {
    CHANNELS.iter().map(|kind| &kind.profile).collect()
}

/// A folder of templates that goes when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new(files: &[(&str, &[u8])]) -> Folder {
        let names: Vec<String> =
            files.iter().map(|(name, source)| format!("{name}{}", String::from_utf8_lossy(source))).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let name = format!("hikyaku-check-{}-{}", std::process::id(), crate::text::sha256_hex(&names));
        let folder = Folder(std::env::temp_dir().join(name));
        std::fs::create_dir_all(&folder.0).unwrap();
        for (name, source) in files {
            let path = folder.0.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, source).unwrap();
        }
        folder
    }

    /// What is wrong with it, each as `path:line:column: problem`.
    fn problems(&self) -> Vec<String> {
        let (library, errors) = Library::open(&self.0);
        let all = errors.into_iter().chain(library.check(&profiles()));
        all.map(|error| error.to_string().replace(&format!("{}/", self.0.display()), "")).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn problems(name: &str, source: &str) -> Vec<String> {
    Folder::new(&[(name, source.as_bytes())]).problems()
}

#[test]
fn the_built_in_templates_pass() {
    for (name, source) in BUILT_IN {
        let (channel, stem) = name.split_once('/').unwrap();
        let profile = profiles().into_iter().find(|profile| profile.channel == channel).unwrap();
        // The plain form serves them all.
        let kinds = kinds(if stem == PLAIN { "default" } else { stem });
        assert_eq!(super::problems(source, profile, &kinds), [], "{name}");
    }
}

/// A Slack message of one section with this text object.
fn section(text: &str) -> String {
    format!("{{\"blocks\":[\n{{\"type\":\"section\",\"text\":{text}}}]}}")
}

#[test]
fn names_that_no_view_has_are_told_with_their_places() {
    for (source, expected) in [
        ("{\n  \"text\": \"{{titel}}\"\n}", &["2:14: no such value: `titel`; did you mean `title`?"][..]),
        ("{\"text\":\"{{#if sumary}}x{{/if}}\"}", &["1:16: no such value: `sumary`; did you mean `summary`?"]),
        ("{\"text\":\"{{#unless a.b}}x{{/unless}}\"}", &["1:20: no such value: `a.b`"]),
        ("{\"text\":\"{{#each facst}}{{x}}{{/each}}\"}", &["1:18: no such value: `facst`; did you mean `facts`?"]),
        (
            "{\"text\":\"{{#with notificatio}}{{x}}{{/with}}\"}",
            &["1:18: no such value: `notificatio`; did you mean `notification`?"],
        ),
        ("{\"text\":\"{{#if quiet}}日本\n{{else if bdy}}y{{/if}}\"}", &["2:11: no such value: `bdy`; did you mean `body`?"]),
        ("{\"text\":\"{{#if (eq kidn 'alarm')}}y{{/if}}\"}", &["1:20: no such value: `kidn`; did you mean `kind`?"]),
        (
            "{\"text\":\"{{#each facts}}{{label}}{{valeu}}{{title}}{{../title}}{{@index}}{{@../index}}{{/each}}{{@first}}\"}",
            &[
                "1:36: no such value: `valeu`; did you mean `value`?",
                "1:45: no such value: `title`; in here it is `../title`",
                "1:76: `@index` is there only in `{{#each}}`",
                "1:98: `@first` is there only in `{{#each}}`",
            ],
        ),
        (
            "{\"text\":\"{{#each links as |link i|}}{{link.label}}{{i}}{{link.href}}{{/each}}{{links.[0].urk}}\"}",
            &["1:58: no such value: `link.href`", "1:80: no such value: `links.[0].urk`; did you mean `url`?"],
        ),
        (
            "{\"text\":\"{{#with notification}}{{title}}{{@root.title}}{{@root.titel}}{{/with}}{{../title}}\"}",
            &["1:58: no such value: `@root.titel`; did you mean `title`?", "1:82: `../title` leads above the whole view"],
        ),
        (
            "{\"text\":\"{{facts}}{{notification}}{{facts.length}}{{#each title}}{{/each}}\"}",
            &[
                "1:12: `facts` is a list; go over it with `{{#each facts}}`",
                "1:21: `notification` is a group of values; name one of them",
                "1:37: no such value: `facts.length`; how many there are says `len`",
                "1:59: `title` is no list",
            ],
        ),
    ] {
        let expected: Vec<String> = expected.iter().map(|problem| format!("slack/default.hbs:{problem}")).collect();
        assert_eq!(problems("slack/default.hbs", source), expected, "{source}");
    }
    let of_another_kind = "{\"text\":\"{{notification.data.state}} {{#if notification.data.budget_name}}x{{/if}}\"}";
    assert_eq!(
        problems("slack/budget.hbs", of_another_kind),
        ["slack/budget.hbs:1:12: no such value: `notification.data.state`; did you mean `action_state`?"]
    );
}

#[test]
fn helpers_are_called_as_they_can_be() {
    for (source, expected) in [
        ("{{uppercase title}}", &["1:3: no such helper: `uppercase`"][..]),
        ("{{log title}}", &["1:3: no such helper: `log`"]),
        ("{{palin title}}", &["1:3: no such helper: `palin`; did you mean `plain`?"]),
        ("{{plain}}{{plain title summary}}", &["1:3: `plain` takes one value", "1:12: `plain` takes one value"]),
        ("{{#each links}}{{url}}{{/each}}", &["1:18: `url` takes one value: `{{url url}}`"]),
        ("{{code title max=3}}", &["1:14: `code` takes no `max`"]),
        ("{{if quiet}}", &["1:3: `if` is a block: `{{#if …}}…{{/if}}`"]),
        ("{{#plain title}}{{/plain}}", &["1:4: `plain` is no block: `{{plain …}}`"]),
        ("{{#if (plain title)}}{{/if}}", &["1:8: `plain` cannot stand in brackets: it answers nothing"]),
        ("{{#if title as |t|}}{{/if}}", &["1:13: `as |…|` goes with `each` and `with`"]),
        ("{{#facts}}{{/facts}}", &["1:4: `facts` is no helper; go over the list with `{{#each facts}}`"]),
        ("{{#summary}}{{/summary}}", &["1:4: `summary` is no helper; ask for the value with `{{#if summary}}`"]),
        ("{{title 1}}", &["1:3: `title` is no helper but a value, which takes nothing behind it"]),
        ("{{json title}}", &["1:1: `{{json title}}` is for payloads of JSON; here it must be `{{title}}`"]),
        // What handlebars itself or its parser would not take.
        ("a {{title", &["1:3: `{{` is never closed by `}}`"]),
        ("{{title}}\n {{title..x}}", &["2:2: `{{title..x}}` is no handlebars"]),
        ("\n{{#if title}}", &["2:1: `{{#if}}` is never closed by `{{/if}}`"]),
        ("{{#each facts}}\n{{/if}}", &["2:1: `{{/if}}` closes `{{#each}}` of line 1"]),
        ("{{/if}}", &["1:1: `{{/if}}` closes no block"]),
        ("{{else}}", &["1:1: `{{else}}` stands in no block"]),
        ("{{#if quiet}}{{else}}{{else}}{{/if}}", &["1:22: stands after the `{{else}}` of `{{#if}}`"]),
        (" {{{title}}}", &["1:2: writes a value unescaped; use {{x}}, {{plain x}}, {{url x}}, {{code x}} or {{json x}}"]),
        (" {{ & title}}", &["1:2: writes a value unescaped; use {{x}}, {{plain x}}, {{url x}}, {{code x}} or {{json x}}"]),
        ("{{> a}}", &["1:1: partials are not supported"]),
    ] {
        let expected: Vec<String> = expected.iter().map(|problem| format!("console/default.hbs:{problem}")).collect();
        assert_eq!(problems("console/default.hbs", source), expected, "{source}");
    }
    assert_eq!(
        problems("chime/default.hbs", "{{plain title}}"),
        ["chime/default.hbs:1:1: `{{plain title}}` lets an `@` mention people; it must be `{{title}}`"]
    );
}

#[test]
fn what_the_channel_does_not_take_is_told_with_the_kind() {
    let plain = |text: &str| section(&format!("{{\"type\":\"plain_text\",\"text\":\"{text}\"}}"));
    let mrkdwn = |text: &str| section(&format!("{{\"type\":\"mrkdwn\",\"text\":{text}}}"));
    for (name, source, expected) in [
        ("slack/default", "{\n\"text\": \"{{title}}\",\n}".to_owned(), &[":3:1: writes no JSON: trailing comma at line 3 column 1 of its output"][..]),
        (
            "slack/alarm",
            "{\"blocks\": [\n{{#each links}}\n  {},\n{{/each}}\n]}".to_owned(),
            &[":5:1: writes no JSON: trailing comma at line 4 column 1 of its output (a full `alarm`)"],
        ),
        ("slack/default", "{\"text\": {{title}}}".to_owned(), &[":1:10: `{{title}}` stands outside of a string and must be `{{json title}}`"]),
        ("slack/default", "{\"text\": \"{{json title}}\"}".to_owned(), &[":1:11: `{{json title}}` stands inside a string and must be `{{title}}`"]),
        (
            "webhook/alarm",
            "{\"account\": {{#if notification.account}}{{notification.account}}{{else}}0{{/if}}, \"n\": {{len facts}}, \"quiet\": {{quiet}}}".to_owned(),
            &[":1:41: `{{notification.account}}` stands outside of a string and must be `{{json notification.account}}` (a full `alarm`)"],
        ),
        ("slack/default", "[]".to_owned(), &[": writes what the channel `slack` does not take"]),
        ("email/default", "{{title}}".to_owned(), &[": writes what the channel `email` does not take"]),
        ("slack/default", format!("{{\"text\":\"{}\"}}", "x".repeat(13_000)), &[": is too long at its shortest: 13011 characters, where `slack` takes 12000"]),
        ("slack/text", plain(&"x".repeat(3001)), &[": has a part that is empty or longer than `slack` takes, even at its shortest"]),
        ("slack/default", "{\"text\":\"{{plain title}}\"}".to_owned(), &[":1:10: `{{plain title}}` stands in mrkdwn and must be `{{title}}`"]),
        (
            "slack/default",
            plain("{{title}} {{code title}}"),
            &[
                ":2:55: `{{title}}` stands in plain text and must be `{{plain title}}`",
                ":2:65: `{{code title}}` stands in plain text and must be `{{plain title}}`",
            ],
        ),
        ("slack/default", mrkdwn("{{json title}}"), &[":2:50: `{{json title}}` stands in mrkdwn and must be `{{title}}`"]),
        (
            "slack/default",
            "{\"blocks\":[{\"type\":\"header\",\"text\":{\"type\":\"mrkdwn\",\"text\":\"{{title}}\"}}]}".to_owned(),
            &[":1:61: `{{title}}` stands in plain text and must be `{{plain title}}`"],
        ),
        (
            "slack/event",
            mrkdwn("\"{{summary}}\""),
            &[":2:51: leaves a text of Slack's empty; put it between `{{#if summary}}` and `{{/if}}`"],
        ),
        (
            "slack/default",
            "{\"image_url\":\"https://a.example/{{kind}}\",\"alt_text\":\"{{plain title}}\"}".to_owned(),
            &[":1:33: `{{kind}}` stands in an address and must be `{{url kind}}`, or `{{plain kind}}` as a part of one"],
        ),
        (
            "slack/text",
            mrkdwn("\"{{notification.region}}\""),
            &[
                ":2:53: `notification.region` is not in every notification; put it between `{{#if notification.region}}` and `{{/if}}` (a minimal `text`)",
            ],
        ),
        (
            "slack/text",
            mrkdwn("\"{{typo}}{{plain title}}\""),
            &[
                ":2:53: no such value: `typo`; did you mean `todo`?",
                ":2:59: `{{plain title}}` stands in mrkdwn and must be `{{title}}`",
            ],
        ),
        (
            "slack/certificate",
            "{\"text\":\"{{notification.region}} {{notification.data.domain}}\"}".to_owned(),
            &[
                ":1:12: `notification.region` is not in every notification; put it between `{{#if notification.region}}` and `{{/if}}` (a minimal `certificate.renewed` and 6 more)",
                ":1:36: `notification.data.domain` is not in every notification; put it between `{{#if notification.data.domain}}` and `{{/if}}` (a minimal `certificate.renewed` and 6 more)",
            ],
        ),
        (
            "slack/alarm",
            "{\"text\":\"x{{#if (eq notification.data.state 'ALARM')}}{{/if}}\"}".to_owned(),
            &[":1:18: a value behind `eq` is not in every notification; ask for it first, with `{{#if …}}` (a minimal `alarm`)"],
        ),
    ] {
        let expected: Vec<String> = expected.iter().map(|problem| format!("{name}.hbs{problem}")).collect();
        assert_eq!(problems(&format!("{name}.hbs"), &source), expected, "{source}");
    }
}

#[test]
fn a_template_serves_what_no_more_particular_one_does() {
    let of_alarms = b"{\"text\":\"{{#if notification.data.alarm_name}}{{notification.data.alarm_name}}{{/if}}\"}".as_slice();
    assert_eq!(Folder::new(&[("slack/alarm.hbs", of_alarms)]).problems(), [""; 0]);
    let every_budget = b"{\"text\":\"{{notification.data.budget_name}}\"}".as_slice();
    let one = b"{\"text\":\"{{title}}\"}".as_slice();
    let budgets = [
        ("slack/budget.hbs", every_budget),
        ("slack/budget.action.hbs", one),
        ("slack/cost.hbs", one),
        ("slack/cost.anomaly.hbs", one),
    ];
    assert_eq!(Folder::new(&budgets).problems(), [""; 0]);
}

#[test]
fn files_are_read_as_they_come_and_named_as_they_must() {
    let crlf = "\u{feff}Subject: {{title}}\r\n\r\n{{#if summary}}\r\n{{summary}}\r\n{{/if}}\r\n{{footer}}\r\n";
    assert_eq!(problems("email/default.hbs", crlf), [""; 0]);
    for (name, source, expected) in [
        (
            "slack/certifcate.hbs",
            b"{}".as_slice(),
            "slack/certifcate.hbs: no kind begins with `certifcate`; did you mean `certificate`?",
        ),
        (
            "slack/certificate.renewd.hbs",
            b"{}",
            "slack/certificate.renewd.hbs: no kind begins with `certificate.renewd`; did you mean `certificate.renewed`?",
        ),
        (
            "slack/certificate.ren.hbs",
            b"{}",
            "slack/certificate.ren.hbs: no kind begins with `certificate.ren`; did you mean `certificate`?",
        ),
        ("slak/default.hbs", b"{}", "slak: there is no channel `slak`; did you mean `slack`?"),
        ("default.hbs", b"{}", "default.hbs: stands in no channel's folder"),
        (
            "slack/certificate/renewed.hbs",
            b"{}",
            "slack/certificate: holds no templates: one is a file in its channel's folder, such as certificate.renewed.hbs",
        ),
        ("slack/default.hbs", b"{\n \"text\": \"\xff\"}", "slack/default.hbs:2:11: is no UTF-8"),
        ("slack/default.hbs", &[b'x'; 65_537], "slack/default.hbs: is over 64 KiB"),
    ] {
        assert_eq!(Folder::new(&[(name, source)]).problems(), [expected]);
    }
    let beside =
        [("README.md", b"\xff".as_slice()), (".git/x.hbs", b"\xff"), ("slack/default.hbs~", b"\xff"), ("slack/.x.hbs", b"\xff")];
    assert_eq!(Folder::new(&beside).problems(), [""; 0]);
}

#[cfg(unix)]
#[test]
fn a_link_stays_in_the_folder() {
    use std::os::unix::fs::symlink;
    let folder = Folder::new(&[("chime/default.hbs", b"{{title}}"), ("outside/secret", b"x")]);
    let inside = Folder(folder.0.join("inside"));
    std::fs::create_dir_all(inside.0.join("console")).unwrap();
    std::fs::create_dir_all(inside.0.join("email")).unwrap();
    std::fs::write(inside.0.join("console/default.hbs"), "{{title}}").unwrap();
    symlink(folder.0.join("outside/secret"), inside.0.join("console/alarm.hbs")).unwrap();
    symlink(inside.0.join("nothing"), inside.0.join("console/text.hbs")).unwrap();
    symlink(inside.0.join("console/default.hbs"), inside.0.join("console/event.hbs")).unwrap();
    symlink(folder.0.join("chime"), inside.0.join("chime")).unwrap();
    assert_eq!(
        inside.problems(),
        [
            "chime/default.hbs: leads out of the templates' folder",
            "console/alarm.hbs: leads out of the templates' folder",
            "console/text.hbs: No such file or directory (os error 2)",
        ]
    );
}

#[test]
fn a_folder_that_is_not_there_is_told() {
    let (_, errors) = Library::open(Path::new("/nowhere/templates"));
    assert_eq!(
        errors.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["/nowhere/templates: No such file or directory (os error 2)"]
    );
}

//! `hikyaku migrate`: from what AWS Chatbot was told to a configuration that does the same. The folders of `tests/migrate`
//! hold the files that are given, and in `expected` what comes of them.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says so by failing")]

#[allow(dead_code, reason = "each test crate uses its part of it")]
mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use hikyaku::config::{Level, Origin};
use hikyaku::migrate::{Input, from_chatbot};
use hikyaku::secret::Env;
use serde_json::{Value, json};

use support::folder::Folder;
use support::program::{Run, hikyaku};

const FILES: [&str; 3] = ["hikyaku.yaml", "subscriptions.yaml", "subscriptions.sh"];

/// Each folder, and whether nothing is left to be mended.
const FOLDERS: &[(&str, bool)] =
    &[("two_channels", true), ("described", true), ("parameters", true), ("unknown", false), ("names", true)];

/// A copy of a folder's files, and `hikyaku migrate chatbot` with all of them.
fn migrate(name: &str) -> (Folder, Run) {
    let folder = Folder::new();
    let mut given: Vec<PathBuf> =
        fs::read_dir(place(name)).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect();
    given.sort();
    let names = given.iter().map(|path| path.file_name().unwrap().to_str().unwrap().to_owned());
    let names: Vec<String> = names.collect();
    for (path, name) in given.iter().zip(&names) {
        folder.write(name, fs::read(path).unwrap());
    }
    let run = hikyaku(&folder, ["migrate", "chatbot"]).args(names);
    (folder, run)
}

fn place(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/migrate").join(name)
}

#[tokio::test]
async fn what_chatbot_did_is_written_down() {
    let update = std::env::var_os("UPDATE_GOLDENS").is_some();
    let mut broken = Vec::new();
    for (name, is_whole) in FOLDERS {
        let (folder, run) = migrate(name);
        let said = run.args(["--out", "."]).run().await;
        assert_eq!(said.status, i32::from(!is_whole), "{name}: {said:?}");
        let mut came = vec![("stderr".to_owned(), said.stderr)];
        for file in FILES {
            came.push((file.to_owned(), fs::read_to_string(folder.path().join(file)).unwrap()));
        }
        for (file, text) in came {
            let golden = place(name).join("expected").join(&file);
            if update {
                fs::create_dir_all(golden.parent().unwrap()).unwrap();
                fs::write(&golden, &text).unwrap();
            } else if fs::read_to_string(&golden).ok().as_deref() != Some(&text) {
                broken.push(format!("{name}/{file}:\n{text}"));
            }
        }
        let script = Command::new("sh").args(["-n", "subscriptions.sh"]).current_dir(folder.path()).status().unwrap();
        assert!(script.success(), "{name}");
        // The same on standard output.
        for (part, file) in ["config", "template", "script"].iter().zip(FILES) {
            let said = migrate(name).1.args(["--print", part]).run().await;
            assert_eq!(said.stdout, fs::read_to_string(folder.path().join(file)).unwrap(), "{name}");
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_made() {
    let (folder, run) = migrate("two_channels");
    let said = run.args(["--out", "made/by/it"]).run().await;
    assert!(said.status == 0 && said.stderr.contains("warning"), "{said:?}");
    for file in FILES {
        assert!(folder.path().join("made/by/it").join(file).is_file(), "{file}");
    }
}

/// What the AWS CLI says of a permission that is there already, and of a function that is not.
#[tokio::test]
async fn the_script_can_be_run_again_and_stops_at_what_is_wrong() {
    let (folder, run) = migrate("two_channels");
    run.args(["--out", "."]).run().await;
    fs::create_dir(folder.path().join("bin")).unwrap();
    let with = |add: &str| {
        let aws =
            folder.write("bin/aws", format!("#!/bin/sh\necho \"$1 $2\" >>said\ncase $2 in add-permission) {add} ;; esac\n"));
        fs::set_permissions(aws, fs::Permissions::from_mode(0o755)).unwrap();
        fs::write(folder.path().join("said"), "").unwrap();
        let path = format!("{}:{}", folder.path().join("bin").display(), std::env::var("PATH").unwrap());
        let mut script = Command::new("sh");
        script.arg("subscriptions.sh").current_dir(folder.path()).env("PATH", path).env("FUNCTION", "f");
        let output = script.output().unwrap();
        let said = fs::read_to_string(folder.path().join("said")).unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        (output.status.success(), said.matches("sns subscribe").count(), stderr)
    };
    assert_eq!(with("echo '{}'"), (true, 2, String::new()));
    let conflict = "echo 'An error occurred (ResourceConflictException) when calling AddPermission' >&2; exit 254";
    assert_eq!(with(conflict), (true, 2, String::new()));
    let missing = "echo 'An error occurred (ResourceNotFoundException)' >&2; exit 254";
    assert_eq!(with(missing), (false, 0, "An error occurred (ResourceNotFoundException)\n".to_owned()));
}

#[tokio::test]
async fn check_takes_what_was_written_but_for_what_is_missing() {
    for (name, is_whole) in FOLDERS {
        let (folder, run) = migrate(name);
        run.args(["--out", "."]).run().await;
        let said = hikyaku(&folder, ["check", "--strict", "--json"]).run().await;
        let problems = said.json()["problems"].as_array().unwrap().clone();
        let known = |problem: &Value| {
            let setting = problem["setting"].as_str().unwrap();
            setting.starts_with("topics[") && problem["text"].as_str().unwrap().contains("is no topic such as")
        };
        assert_eq!((said.status, problems.is_empty()), (i32::from(!is_whole), *is_whole), "{name}: {said:?}");
        assert!(problems.iter().all(known), "{name}: {said:?}");
    }
}

const ALARMS: &str = "arn:aws:sns:ap-northeast-1:111122223333:notices-Alarms-1A2B3C4D5E6F";
const BUDGETS: &str = "arn:aws:sns:ap-northeast-1:111122223333:notices-budgets";

/// Who gets a message of `topic`, by the migrated configuration in `folder`.
async fn receivers(folder: &Folder, topic: Option<&str>, message: &str) -> Vec<String> {
    let event = match topic {
        Some(topic) => {
            json!({ "Records": [{ "EventSource": "aws:sns", "Sns": { "TopicArn": topic, "MessageId": "m", "Message": message } }] })
        }
        None => json!(message),
    };
    let event = folder.write("event.json", event.to_string());
    let explained = hikyaku(folder, ["explain", "--json"]).arg(event).run().await.json();
    let deliveries = explained[0]["deliveries"].as_array().unwrap();
    deliveries.iter().map(|delivery| delivery["receiver"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_topics_messages_go_where_they_went() {
    let (folder, run) = migrate("two_channels");
    run.args(["--out", "."]).run().await;
    for (topic, wanted) in [
        (Some(ALARMS), &["operations"][..]),
        (Some(BUDGETS), &["notices-finance"]),
        (Some("arn:aws:sns:ap-northeast-1:444455556666:notices-budgets"), &[]),
        (None, &["operations", "notices-finance"]),
    ] {
        assert_eq!(receivers(&folder, topic, "the disk is full").await, wanted, "{topic:?}");
    }
    let (folder, run) = migrate("described");
    run.args(["--out", "."]).run().await;
    let health = receivers(&folder, Some("arn:aws:sns:us-east-1:111122223333:health"), "x").await;
    assert_eq!(health, ["operations", "security"], "a topic with two channels");
}

#[tokio::test]
async fn custom_notifications_arrive_as_they_did() {
    let (folder, run) = migrate("two_channels");
    run.args(["--out", "."]).run().await;
    let custom = json!({
        "version": "1.0", "source": "custom",
        "content": { "textType": "client-markdown", "title": "Orders", "description": "*late* by `3` days", "nextSteps": ["look"] },
    });
    assert_eq!(receivers(&folder, Some(BUDGETS), &custom.to_string()).await, ["notices-finance"]);
    let said = hikyaku(&folder, ["explain", "--json", "event.json"]).run().await.json();
    let told = (&said[0]["notification"]["kind"], &said[0]["notification"]["source"], &said[0]["notification"]["title"]);
    assert_eq!(told, (&json!("custom"), &json!("chatbot.custom"), &json!("Orders")));
}

/// Runs it on one template; its exit status, standard output and standard error.
async fn of_text(text: &str, arguments: &[&str]) -> (i32, String, String) {
    let folder = Folder::new();
    let said = hikyaku(&folder, ["migrate", "chatbot", "-"]).args(arguments.iter().copied()).input(text).run().await;
    (said.status, said.stdout, said.stderr)
}

fn channel(topics: &str) -> String {
    format!(
        "Resources:\n  T: {{ Type: AWS::SNS::Topic, Properties: {{ TopicName: t }} }}\n  C:\n    Type: AWS::Chatbot::SlackChannelConfiguration\n    \
         Properties:\n      SlackWorkspaceId: T0EXAMPLE\n      SlackChannelId: C0EXAMPLE0\n      SnsTopicArns: {topics}\n"
    )
}

#[tokio::test]
async fn a_name_that_is_said_by_hand_is_known() {
    let arn = "arn:aws:sns:eu-west-1:111122223333:t";
    let region = ["--ref", "AWS::Region=eu-west-1", "--ref", "AWS::AccountId=111122223333"];
    let by_name = format!("T={arn}");
    for (topics, arguments) in [
        ("[!Ref T]", &["--ref", &by_name][..]),
        ("[!Ref T]", &region),
        ("[!GetAtt T.TopicArn]", &region),
        ("[{ Fn::GetAtt: [T, TopicArn] }]", &region),
        ("[!Sub \"${T}\"]", &region),
        ("[!Sub [\"arn:aws:sns:${R}:${AWS::AccountId}:${T.TopicName}\", { R: !Ref AWS::Region }]]", &region),
        ("!Split [\",\", !Ref T]", &region),
        ("!If [X, [!Ref T], !Ref \"AWS::NoValue\"]", &region),
        (arn, &[]),
    ] {
        let (status, config, said) = of_text(&channel(topics), arguments).await;
        assert_eq!((status, config.matches(arn).count()), (0, 1), "{topics}: {config}{said}");
        let (_, template, _) = of_text(&channel(topics), &[arguments, &["--print", "template"]].concat()).await;
        assert_eq!(template.matches("SourceArn: ").count(), 1, "{template}");
    }
    let partition = ["--ref", "AWS::Region=cn-north-1", "--ref", "AWS::AccountId=111122223333"];
    assert!(of_text(&channel("[!Ref T]"), &partition).await.1.contains("arn:aws-cn:sns:cn-north-1:111122223333:t"));
}

#[tokio::test]
async fn what_cannot_be_read_stops_it_and_all_of_it_is_told() {
    let processed = json!({ "TemplateBody": channel("[arn:aws:sns:eu-west-1:111122223333:t]"), "StagesAvailable": ["Original", "Processed"] });
    let (status, config, said) = of_text(&processed.to_string(), &[]).await;
    assert!(status == 0 && config.contains("receivers:"), "{said}");
    let each = "Resources:\n  Fn::ForEach::Chats:\n    - Name\n    - [a, b]\n    - \"Chat${Name}\":\n        Type: AWS::Chatbot::SlackChannelConfiguration\n";
    for (text, says) in [
        ("", "holds no `Resources` of a CloudFormation template"),
        ("Resources: [", "is no YAML"),
        ("{\"Resources\": {\"a\"", "is no YAML"),
        ("Resources:\n  A: 1\n  A: 2\n", "the key `A` stands twice"),
        ("hello: world", "holds no `Resources` of a CloudFormation template"),
        ("{\"SlackWorkspaces\": []}", "holds no `Resources` of a CloudFormation template"),
        ("Resources: {}", "there is nothing to migrate"),
        (each, "get-template --template-stage Processed"),
        ("Resources: { A: { Type: \"AWS::Chatbot::Fax\" } }", "Resources.A.Type: is no channel configuration that is known here"),
        ("{\"SlackChannelConfigurations\": [], \"NextToken\": \"x\"}", "there are more than this page has"),
    ] {
        let (status, config, said) = of_text(text, &[]).await;
        assert_eq!((status, config.as_str()), (1, ""), "{text}: {said}");
        assert!(said.contains(says), "{text}: {said}");
    }
    let folder = Folder::new();
    folder.write("good.yaml", channel("[arn:aws:sns:eu-west-1:111122223333:t]"));
    folder.write("bad.yaml", "Resources: [");
    folder.write("worse.yaml", each);
    let run = || hikyaku(&folder, ["migrate", "chatbot", "good.yaml", "bad.yaml", "worse.yaml", "--out", "."]);
    let said = run().run().await;
    assert!(said.status == 1 && said.stderr.contains("bad.yaml:1:") && said.stderr.contains("worse.yaml:2:3: error"), "{said:?}");
    assert!(!folder.path().join("hikyaku.yaml").exists(), "half a migration would lose messages");
    let problems = run().arg("--json").run().await.json()["problems"].clone();
    assert!(
        problems.as_array().unwrap().iter().all(|problem| problem["line"].is_u64() && problem["file"].is_string()),
        "{problems}"
    );
}

#[tokio::test]
async fn what_cannot_run_is_2_and_what_is_there_stays() {
    let folder = Folder::new();
    folder.write("template.yaml", channel("[arn:aws:sns:eu-west-1:111122223333:t]"));
    folder.write("latin.yaml", b"a: caf\xe9");
    let config = folder.write("subscriptions.sh", "mine");
    for (line, says) in [
        ("migrate", "Usage"),
        ("migrate chatbot", "FILE"),
        ("migrate chatbot none.yaml", "none.yaml: No such file"),
        ("migrate chatbot latin.yaml", "latin.yaml: "),
        ("migrate chatbot template.yaml --ref T", "must be NAME=VALUE"),
        ("migrate chatbot template.yaml --out .", "subscriptions.sh is there already; --force writes over it"),
        ("migrate chatbot template.yaml --out latin.yaml", "latin.yaml"),
    ] {
        let said = hikyaku(&folder, line.split(' ')).run().await;
        assert_eq!((said.status, said.stdout.as_str()), (2, ""), "{line}: {said:?}");
        assert!(said.stderr.contains(says), "{line}: {said:?}");
    }
    assert_eq!(fs::read_to_string(&config).unwrap(), "mine");
    assert!(!folder.path().join("hikyaku.yaml").exists(), "all of it, or nothing");
    let said = hikyaku(&folder, ["migrate", "chatbot", "template.yaml", "--out", ".", "--force", "--json"]).run().await;
    assert_eq!((said.status, said.json()["written"].as_array().unwrap().len()), (0, 3), "{said:?}");
    assert!(fs::read_to_string(&config).unwrap().contains("aws sns subscribe"));
}

#[tokio::test]
async fn a_configuration_goes_on_without_chime() {
    let folder = Folder::new();
    folder.write(
        "hikyaku.yaml",
        "# Ours.\nreceivers:\n  ops: { chime: { url: \"env:CHIME_WEBHOOK_URL\" }, locale: ja } # the room\n  log: { console: {} }\n\
         routes:\n  - { match: { kind: [alarm] }, to: [ops] }\n  - to: [log]\n",
    );
    let migrate = |arguments: &[&str]| hikyaku(&folder, ["migrate", "chime"]).args(arguments.iter().copied());
    for (arguments, to) in [(&[][..], "slack"), (&["--to", "teams"], "teams")] {
        let said = migrate(arguments).run().await;
        assert_eq!(said.status, 0, "{said:?}");
        assert!(said.stdout.starts_with("# Ours.\n") && said.stdout.contains("locale: ja } # the room\n"), "{said:?}");
        for told in ["hikyaku.yaml:3:10: warning: receivers.ops.chime: goes to ", "hikyaku.yaml:6:", "hikyaku render --channel "]
        {
            assert!(said.stderr.contains(told), "{told}: {said:?}");
        }
        let moved = folder.write("moved.yaml", &said.stdout);
        let checked = hikyaku(&folder, ["check", "--strict"]).arg(&moved).run().await;
        assert_eq!(checked.status, 0, "{checked:?}");
        assert!(said.stdout.contains(&format!("ops: {{ {to}: {{ url: \"ssm:/hikyaku/ops\" }}")), "{said:?}");
    }
    assert_eq!(migrate(&["--json"]).run().await.json()["receivers"], json!(["ops"]));
    for (config, status, says) in [
        ("receivers: { log: { console: {} } }\n", 0, "no receiver goes to Chime"),
        ("receivers: { ops: { chime: {} } }\n", 1, "write `slack: { url: \"ssm:/hikyaku/ops\" }` by hand"),
        ("receivers: [", 1, "is no YAML"),
    ] {
        folder.write("hikyaku.yaml", config);
        let said = migrate(&[]).run().await;
        assert!(said.status == status && said.stderr.contains(says), "{config}: {said:?}");
    }
    let said = hikyaku(&Folder::new(), ["migrate", "chime"]).run().await;
    assert!(said.status == 2 && said.stderr.contains("SLACK_WEBHOOK_URL"), "{said:?}");
}

/// Files like the given ones, with pieces of one put into another, doubled, cut out or changed: no panic, no hang, and whatever
/// is written can be read. `HIKYAKU_GENERATED` says how many; `cargo fuzz run migrate` goes further.
#[test]
fn any_bytes_end_in_files_that_can_be_read() {
    let rounds = std::env::var("HIKYAKU_GENERATED").map_or(300, |rounds| rounds.parse().unwrap());
    let seed = std::env::var("SEED").map_or(fastrand::u64(..), |seed| seed.parse().unwrap());
    let mut random = fastrand::Rng::with_seed(seed);
    let given: Vec<Vec<u8>> = FOLDERS
        .iter()
        .flat_map(|(name, _)| fs::read_dir(place(name)).unwrap().map(|entry| entry.unwrap().path()))
        .filter(|path| path.is_file())
        .map(|path| fs::read(path).unwrap())
        .collect();
    let folder = Folder::new();
    let mut written = 0;
    for round in 0..rounds {
        let inputs: Vec<Input> = (0..random.usize(1..=3))
            .map(|number| Input { name: format!("{number}.yaml"), text: changed(&given, &mut random) })
            .collect();
        let refs = [("AWS::AccountId".to_owned(), "111122223333".to_owned())];
        let migration = from_chatbot(&inputs, &refs);
        let file = |name: &str| migration.files.iter().find(|(file, _)| *file == name).map(|(_, text)| text.as_str());
        let (Some(config), Some(template)) = (file("hikyaku.yaml"), file("subscriptions.yaml")) else {
            assert!(!migration.is_whole(), "round {round} of seed {seed}");
            continue;
        };
        written += 1;
        let place = || format!("round {round} of seed {seed}: {:?}\n{config}\n{template}", migration.problems);
        let path = folder.write("hikyaku.yaml", config);
        let Ok((checked, problems)) = Origin::File(path).check(&Env::default()) else { panic!("{}", place()) };
        assert!(!checked.receivers.is_empty(), "{}", place());
        for problem in problems {
            // What nobody has said stands open, in one place.
            let is_open = problem.setting.starts_with("topics[") && !migration.is_whole();
            assert!(problem.level == Level::Warning || is_open, "{problem}: {}", place());
        }
        let again = from_chatbot(&[Input { name: "subscriptions.yaml".to_owned(), text: template.to_owned() }], &[]);
        assert!(again.problems.is_empty(), "{:?}: {}", again.problems, place());
    }
    assert!(written * 10 > rounds, "{written} of {rounds}: most were broken beyond reading");
}

/// One of `given`, changed in up to four places.
fn changed(given: &[Vec<u8>], random: &mut fastrand::Rng) -> String {
    const BITS: [&[u8]; 16] = [
        b"'",
        b"\"",
        b"\n",
        b": ",
        b"!Ref ",
        b"!Sub \"${",
        b"}",
        b"Fn::If",
        b"\0",
        b"\xff",
        b"*name",
        b"&name ",
        b"- ",
        b"#",
        b"[",
        b"true",
    ];
    let mut text = random.choice(given).unwrap().clone();
    for _ in 0..random.usize(0..=4) {
        let at = random.usize(0..=text.len());
        let end = (at + random.usize(0..=24)).min(text.len());
        match random.u8(0..5) {
            0 => drop(text.drain(at..end)),
            1 => {
                let piece = text[at..end].to_vec();
                text.splice(end..end, piece);
            }
            2 => {
                let other = random.choice(given).unwrap();
                let from = random.usize(0..other.len());
                let piece = other[from..(from + random.usize(0..=200)).min(other.len())].to_vec();
                text.splice(at..end, piece);
            }
            3 => {
                let bit = *random.choice(BITS.iter()).unwrap();
                text.splice(at..at, bit.iter().copied());
            }
            _ => {
                let lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
                let line = random.usize(0..lines.len());
                text = lines
                    .iter()
                    .enumerate()
                    .filter(|(number, _)| *number != line)
                    .map(|(_, line)| *line)
                    .collect::<Vec<_>>()
                    .join(&b'\n');
            }
        }
    }
    String::from_utf8_lossy(&text).into_owned()
}

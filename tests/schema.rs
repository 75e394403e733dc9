//! The published schemas, held against the code: what that of our own format names is what the router reads, and what that of
//! the configuration refuses `hikyaku check` refuses too.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says so by failing")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use boon::{Compiler, SchemaIndex, Schemas};
use hikyaku::ingress::{Envelope, unwrap};
use hikyaku::notification::{Kind, Label, ManagedBy, Notification, Period, Severity, Status};
use hikyaku::render::{Accounts, Caps, Document, Locale, Reader, specimens};
use hikyaku::sources::decode;
use hikyaku::template::Shape;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

#[test]
fn every_closed_set_is_the_codes() {
    let schema = schema();
    let values = |pointer: &str| -> BTreeSet<String> {
        let list = schema.pointer(pointer).and_then(Value::as_array).unwrap_or_else(|| panic!("{pointer} is missing"));
        list.iter().map(|value| value.as_str().unwrap().to_owned()).collect()
    };
    fn all(names: impl Iterator<Item = &'static str>) -> BTreeSet<String> {
        names.map(str::to_owned).collect()
    }
    assert_eq!(values("/properties/kind/enum"), all(Kind::ALL.iter().map(|kind| kind.as_str())));
    assert_eq!(values("/properties/status/enum"), all(Status::ALL.iter().map(|status| status.as_str())));
    assert_eq!(values("/properties/severity/enum"), all(Severity::ALL.iter().map(|severity| severity.as_str())));
    assert_eq!(values("/$defs/certificate/properties/managed_by/enum"), all(ManagedBy::ALL.iter().map(|by| by.as_str())));
    assert_eq!(values("/$defs/budget/properties/period/enum"), all(Period::ALL.iter().map(|period| period.as_str())));
}

#[test]
fn every_name_of_the_notification_is_in_it_and_no_other() {
    let schema = schema();
    let mut names: BTreeSet<String> = keys(&document(&specimens::full(Kind::Alarm), Caps::DEFAULT));
    names.insert("hikyaku".to_owned());
    names.insert("data".to_owned());
    // What only some kinds have.
    names.extend(["summary", "action"].map(str::to_owned));
    // What `explain` and patterns see beside it.
    names.insert("topic".to_owned());
    assert_eq!(keys(&schema["properties"]), names);
    for kind in Kind::ALL.iter().filter(|kind| !matches!(kind, Kind::Event | Kind::Text)) {
        let family = kind.as_str().split('.').next().unwrap();
        let mut told = BTreeMap::new();
        told_names(&schema, &schema["$defs"][family], "", &mut told);
        let mut shape = Shape::default();
        shape.add(&serde_json::to_value(specimens::full(*kind).data).unwrap());
        let names: BTreeMap<String, String> = shape.names().into_iter().map(|(name, holds)| (name, holds.to_owned())).collect();
        assert_eq!(told, names, "{kind}");
    }
}

/// The names that `schema` tells, and what they hold, as [`Shape::names`] has them.
fn told_names(root: &Value, schema: &Value, at: &str, told: &mut BTreeMap<String, String>) {
    let everywhere = schema["allOf"].as_array().into_iter().flatten().chain([schema]);
    for reference in everywhere.filter_map(|schema| schema["$ref"].as_str()) {
        told_names(root, root.pointer(reference.trim_start_matches('#')).unwrap(), at, told);
    }
    for (name, value) in schema["properties"].as_object().into_iter().flatten() {
        let name = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
        assert!(value["description"].is_string(), "{name} has no description");
        let holds = match value["type"].as_str() {
            Some("string") | None => "text",
            Some("number" | "integer") => "number",
            Some("boolean") => "yes or no",
            Some("array") => "list",
            Some(other) => panic!("{name}: {other}"),
        };
        told.insert(name.clone(), holds.to_owned());
        told_names(root, &value["items"], &format!("{name}[]"), told);
    }
}

#[test]
fn it_takes_its_own_examples_and_the_router_understands_them() {
    let (validator, schema) = (Validator::new(), schema());
    let examples = schema["examples"].as_array().unwrap();
    assert!(examples.len() >= 3);
    for example in examples {
        assert_eq!(validator.problem(example), None, "{example}");
        let told = read(example);
        assert_eq!((told.kind.as_str(), has_problem(&told)), (example["kind"].as_str().unwrap(), false), "{example}");
    }
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let message = readme.split_once("--message '").unwrap().1.split_once('\'').unwrap().0;
    let message: Value = serde_json::from_str(message).unwrap();
    assert_eq!((validator.problem(&message), has_problem(&read(&message))), (None, false), "the README's example");
}

#[test]
fn what_it_refuses_the_router_names() {
    let validator = Validator::new();
    let good = json!({ "hikyaku": "1.0", "kind": "certificate.expiring", "data": { "domain": "a.example.com", "days_left": 3 } });
    assert_eq!((validator.problem(&good), has_problem(&read(&good))), (None, false));
    for (pointer, value) in [
        ("/hikyaku", json!("2.0")),
        ("/kind", json!("certificate.expird")),
        ("/severity", json!("hot")),
        ("/status", json!("open")),
        ("/title", json!({ "en": "x" })),
        ("/occurred_at", json!("tomorrow")),
        ("/fields", json!([{ "label": "x" }])),
        ("/fields", json!([{ "label": "x", "value": [] }])),
        ("/links", json!([{ "url": "http://example.com/" }])),
        ("/links", json!([{ "label": "x" }])),
        ("/resources", json!([{}])),
        ("/data", json!([])),
        ("/data/days_left", json!("soon")),
        ("/data/expires_at", json!("soon")),
        ("/data/managed_by", json!("me")),
        ("/data/in_use", json!("perhaps")),
    ] {
        let mut bad = good.clone();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        bad.pointer_mut(parent).unwrap()[key] = value;
        assert!(validator.problem(&bad).is_some(), "{bad}");
        assert!(has_problem(&read(&bad)), "{bad}");
    }
    for bad in [
        json!({ "hikyaku": "1.0" }),
        json!({ "hikyaku": "1.0", "kind": "budget.actual" }),
        json!({ "hikyaku": "1.0", "kind": "finding", "data": {} }),
    ] {
        assert!(validator.problem(&bad).is_some() && has_problem(&read(&bad)), "{bad}");
    }
    for (pointer, key) in [("", "sevrity"), ("/data", "dommain"), ("/fields/0", "lable"), ("/links/0", "lable")] {
        let mut slip = good.clone();
        slip["fields"] = json!([{ "label": "x", "value": 1 }]);
        slip["links"] = json!([{ "url": "https://example.com/" }]);
        slip.pointer_mut(pointer).unwrap()[key] = json!("x");
        assert!(validator.problem(&slip).is_some(), "{slip}");
        assert!(has_problem(&read(&slip)), "{slip}");
    }
}

/// What `explain --json` shows of any notification is a message of our own format, and tells the same again.
#[test]
fn what_explain_shows_can_be_sent_again() {
    let validator = Validator::new();
    let specimens = Kind::ALL.iter().flat_map(|kind| [specimens::full(*kind), specimens::minimal(*kind)]);
    let fixtures = envelopes().into_iter().map(|envelope| decode(&envelope));
    let mut count = 0;
    for notification in specimens.chain(fixtures) {
        let mut shown = document(&notification, Caps::NONE);
        let mut message = shown.clone();
        message["hikyaku"] = json!("1.0");
        assert_eq!(validator.problem(&message), None, "{message:#}");
        let again = read(&message);
        let mut again = document(&again, Caps::NONE);
        // How much was left out before is known no more.
        for document in [&mut shown, &mut again] {
            document.as_object_mut().unwrap().remove("shortened");
        }
        assert_eq!(again, shown, "{message:#}");
        count += 1;
    }
    assert!(count > 100, "{count}");
}

/// The configuration's schema is made of the settings' own types; what lies in `schema` is what `hikyaku schema` prints.
#[test]
fn the_configurations_schema_is_up_to_date() {
    let made = serde_json::to_string_pretty(&hikyaku::config::schema()).unwrap() + "\n";
    let path = root().join("schema/hikyaku.schema.json");
    if std::env::var_os("UPDATE_GOLDENS").is_some() {
        fs::write(&path, &made).unwrap();
    }
    assert!(fs::read_to_string(&path).unwrap_or_default() == made, "UPDATE_GOLDENS=1 cargo test --test schema writes it anew");
}

#[test]
fn every_setting_has_a_meaning_and_every_example_is_right() {
    fn walk(root: &Value, at: &str, seen: &mut usize) {
        let schema = root.pointer(at).unwrap();
        for (name, value) in schema["properties"].as_object().into_iter().flatten() {
            let at = format!("{at}/properties/{name}");
            assert!(value["description"].is_string(), "{at} has no description");
            for example in value["examples"].as_array().into_iter().flatten().chain(value.get("default")) {
                assert_eq!(Validator::at(root.clone(), &at).problem(example), None, "{at}: {example}");
            }
            *seen += 1;
            walk(root, &at, seen);
        }
        for inside in ["items", "additionalProperties"].into_iter().filter(|key| schema.get(key).is_some()) {
            walk(root, &format!("{at}/{inside}"), seen);
        }
    }
    let mut seen = 0;
    walk(&hikyaku::config::schema(), "", &mut seen);
    assert!(seen > 60, "{seen}");
}

/// What the program takes, an editor may not underline.
#[test]
fn it_takes_every_good_configuration() {
    let validator = Validator::of(hikyaku::config::schema());
    let mut files: Vec<(String, String)> = Vec::new();
    let set_ups = fs::read_dir(root().join("docs/cookbook")).unwrap().map(|entry| entry.unwrap().path().join("hikyaku.yaml"));
    for file in set_ups.filter(|file| file.exists()).chain([root().join("src/cli/starter/hikyaku.yaml")]) {
        files.push((file.display().to_string(), fs::read_to_string(&file).unwrap()));
    }
    for file in ["README.md", "infra/README.md", "docs/configuration.md", "docs/templates.md"] {
        let text = fs::read_to_string(root().join(file)).unwrap();
        let blocks = text.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap().to_owned());
        files.extend(blocks.map(|block| (file.to_owned(), block)));
    }
    let good = [
        "receivers: { here: { console: } }\n",
        "receivers:\n  ops: { slack: { url: env:HOOK, allow_hosts: [chat.example.com], allow_private: [10.0.0.0/8], ca_file: env:CA } }\n  \
         mail: { smtp: { host: localhost, port: 2525, tls: none, allow_insecure_loopback: true, from: a@example.com, to: [b@example.com] }, rate: { per_second: 0.5 } }\n\
         expiry_ladder: none\ndedupe: none\n",
        "receivers: { a: { webhook: { url: env:HOOK, signing_secret: env:KEY }, locale: ja, timezone: Asia/Tokyo, ambiguous: keep, fallback: b }, b: { console: {} } }\n\
         expiry_ladder: { life_fractions: [0.33] }\nfailure_queue: https://sqs.ap-northeast-1.amazonaws.com/111122223333/failures\n",
    ];
    files.extend(good.iter().map(|yaml| ("here".to_owned(), (*yaml).to_owned())));
    let mut count = 0;
    for (file, yaml) in files {
        let value: Value = serde_saphyr::from_str(&yaml).unwrap_or_else(|error| panic!("{file}: {error}\n{yaml}"));
        // Expectations, workflows and parts of a configuration are something else.
        let Some(keys) = value.as_object() else { continue };
        if keys.contains_key("expectations") || !keys.keys().all(|key| hikyaku::config::schema()["properties"].get(key).is_some())
        {
            continue;
        }
        let mut value = value;
        value.as_object_mut().unwrap().entry("receivers").or_insert_with(|| json!({ "a": { "console": null } }));
        assert_eq!(validator.problem(&value), None, "{file}\n{yaml}");
        count += 1;
    }
    assert!(count >= 19, "{count}");
}

/// A mistake of shape shows in the editor. What only the program can know (who leads where, what an address may be, what a
/// pattern or a template says) is here, by the name of its file.
#[test]
fn it_refuses_every_broken_shape() {
    const BEYOND_SHAPE: &[&str] = &[
        "address_by_http",
        "address_in_this_network",
        "address_of_another_channel",
        "address_of_another_host",
        "address_of_retired_teams_connector",
        "address_on_another_port",
        "address_over_two_lines",
        "address_with_user_information",
        "broken_escape",
        "fallback_in_a_circle",
        "keep_without_queue",
        "last_route_with_match",
        "no_network",
        "override_of_good_news",
        "password_without_user",
        "pattern_numeric_malformed",
        "pattern_operator_misspelt",
        "pattern_operator_outside_of_list",
        "reference_as_arn",
        "reference_misspelt",
        "reference_to_nothing",
        "route_never_reached",
        "route_to_nobody",
        "source_link_by_http",
        "source_template_unclosed",
        "source_time_by_word",
        "template_broken",
        "templates_dir_is_not_there",
        "templates_dir_misnamed",
        "time_zone_by_abbreviation",
        "unknown_fallback",
        "unknown_receiver_in_route",
        "unknown_time_zone",
    ];
    let validator = Validator::of(hikyaku::config::schema());
    let mut passed = Vec::new();
    let mut refused = 0;
    for entry in fs::read_dir(root().join("tests/configurations/bad")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "yaml" && extension != "json") {
            continue;
        }
        let Ok(value) = serde_saphyr::from_str::<Value>(&fs::read_to_string(&path).unwrap()) else { continue };
        match validator.problem(&value) {
            Some(_) => refused += 1,
            None => passed.push(path.file_stem().unwrap().to_str().unwrap().to_owned()),
        }
    }
    passed.sort();
    assert_eq!(passed, BEYOND_SHAPE);
    assert!(refused > 30, "{refused}");
}

struct Validator {
    schemas: Schemas,
    index: SchemaIndex,
}

impl Validator {
    /// Of our own format.
    fn new() -> Validator {
        Validator::of(schema())
    }

    fn of(schema: Value) -> Validator {
        Validator::at(schema, "")
    }

    /// Of what stands at `pointer` in it.
    fn at(schema: Value, pointer: &str) -> Validator {
        const NAME: &str = "urn:hikyaku:schema";
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.enable_format_assertions();
        compiler.add_resource(NAME, schema).unwrap();
        let index = compiler.compile(&format!("{NAME}#{pointer}"), &mut schemas).unwrap();
        Validator { schemas, index }
    }

    /// Why `message` does not fit the schema.
    fn problem(&self, message: &Value) -> Option<String> {
        self.schemas.validate(message, self.index).err().map(|error| error.to_string())
    }
}

fn read(message: &Value) -> Notification {
    decode(&unwrap(&message.to_string()).unwrap().envelopes[0])
}

fn has_problem(notification: &Notification) -> bool {
    notification.fields.iter().any(|field| field.label == Label::Problem)
}

fn document(notification: &Notification, caps: Caps) -> Value {
    let reader = Reader::new(Locale::En, TimeZone::UTC);
    let accounts = specimens::accounts();
    let accounts = if caps == Caps::NONE { Accounts::default() } else { accounts };
    serde_json::to_value(Document::new(notification, &reader, &accounts, caps)).unwrap()
}

fn keys(value: &Value) -> BTreeSet<String> {
    value.as_object().unwrap().keys().cloned().collect()
}

fn schema() -> Value {
    serde_json::from_str(&fs::read_to_string(root().join("schema/notification.schema.json")).unwrap()).unwrap()
}

/// Those of every fixture that is JSON.
fn envelopes() -> Vec<Envelope> {
    let folders = fs::read_dir(root().join("tests/fixtures")).unwrap().map(|entry| entry.unwrap().path());
    let files = folders.flat_map(|folder| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>());
    let texts = files.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    texts.flat_map(|path| unwrap(&fs::read_to_string(path).unwrap()).unwrap().envelopes).collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

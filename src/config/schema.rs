//! What a configuration can say: its keys, their types, meanings and examples. All of it is in the settings' own types and
//! their doc comments; here they are put together.
//!
//! The schema is made for editors, for the reference and for the command line's hints, and by them alone: the function
//! needs no more than the [names](crate::text::names) of the keys.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde_json::{Value, json};

use super::routes::RouteSettings;
use crate::aws::TopicArn;
use crate::channels::{self, Rate};
use crate::deliver::Ambiguity;
use crate::memory::{Dedupe, Ladder, LedgerSettings};
use crate::render::{Accounts, Locale};
use crate::sources::{self, Overrides};

/// Who gets what AWS says, and how.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "each key is read by its owner; here are their names, and what they are for")]
pub(super) struct Root {
    /// The time zone of all times in messages, by its IANA name.
    #[schemars(example = &"Asia/Tokyo", extend("default" = "UTC"))]
    timezone: Option<String>,
    /// The language of our words in messages.
    #[schemars(example = &"ja", extend("default" = "en"))]
    locale: Option<Locale>,
    /// What people call your accounts, by their ids of 12 digits, in quotes.
    #[schemars(
        example = json!({ "111122223333": { "name": "prod", "owner": "sre" } }),
        extend("propertyNames" = { "pattern": "^[0-9]{12}$" })
    )]
    accounts: Option<Accounts>,
    /// Where messages go, by names of your own: letters, digits, `-`, `_` and `.`. Each names one channel.
    #[schemars(example = json!({ "ops": { "slack": { "url": "ssm:/hikyaku/slack" } } }), extend("minProperties" = 1, "propertyNames" = { "pattern": r"^[^\s:/#]+$" }))]
    receivers: BTreeMap<String, Receiver>,
    /// Who gets what, tried from top to bottom; the first that matches wins. Without any, everybody gets everything.
    #[schemars(
        length(min = 1),
        example = json!([{ "match": { "kind": [{ "prefix": "budget." }] }, "to": ["finance"] }, { "to": ["ops"] }])
    )]
    routes: Option<Vec<RouteSettings>>,
    /// Senders that speak a format of their own, tried from top to bottom before the built-in ones.
    #[schemars(example = json!([{ "name": "deploys", "match": { "source": ["my.deployer"] } }]))]
    sources: Option<Vec<sources::Settings>>,
    /// Severities by kind, or by what kinds begin with, whoever tells them; good news stays good.
    #[schemars(example = json!({ "budget": "notice", "certificate.expiring": "critical" }))]
    overrides: Option<Overrides>,
    /// A folder with handlebars templates of your own, as `CHANNEL/KIND.hbs`, beside this file.
    #[schemars(example = &"templates")]
    templates_dir: Option<String>,
    /// The SNS topics that may send to us, each by its whole ARN; any if absent. What comes to a function URL needs it.
    #[schemars(length(min = 1), example = ["arn:aws:sns:ap-northeast-1:111122223333:notices"])]
    topics: Option<Vec<TopicArn>>,
    /// Whether SNS's signatures of version 1, which rest on SHA-1, are believed too.
    #[schemars(extend("default" = false))]
    allow_signature_v1: Option<bool>,
    /// When two deliveries are one.
    #[schemars(extend("default" = "fact"))]
    dedupe: Option<Dedupe>,
    /// When to tell of a certificate that ends: at first sight, then once at each rung.
    #[schemars(example = json!({ "days": [30, 14, 7, 3, 2, 1] }), extend("default" = { "days": [30, 14, 7, 3, 2, 1] }))]
    expiry_ladder: Option<Ladder>,
    /// A table in which all of the function's sandboxes remember what was delivered. Else named by `LEDGER_TABLE` in the
    /// environment.
    #[schemars(example = json!({ "dynamodb": { "table": "hikyaku-ledger" } }))]
    ledger: Option<LedgerSettings>,
    /// The URL of the SQS queue that keeps what was refused for good. Else in `FAILURE_QUEUE_URL` in the environment.
    #[schemars(
        example = &"https://sqs.ap-northeast-1.amazonaws.com/111122223333/failures",
        extend("pattern" = "^https?://")
    )]
    failure_queue: Option<String>,
    /// Whether the function's log tells CloudWatch metrics.
    #[schemars(extend("default" = true))]
    metrics: Option<bool>,
}

/// What any receiver can say beside its channel.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "as above")]
pub(super) struct Common {
    /// The language of our words in its messages; else that of the whole file.
    #[schemars(example = &"ja")]
    locale: Option<Locale>,
    /// The time zone of its messages, by its IANA name; else that of the whole file.
    #[schemars(example = &"Asia/Tokyo")]
    timezone: Option<String>,
    /// Whether a custom notification's own `<!here>` or `<@U012AB3CD>` calls people there, in Slack and Chime.
    #[schemars(extend("default" = false))]
    allow_mentions: Option<bool>,
    /// The receiver that gets what this one refuses for good.
    #[schemars(example = &"spare")]
    fallback: Option<String>,
    /// How fast messages go out; else as its channel's own hosts say: Slack 1 a second and 5 at once, Teams 4 and 4, Chime 1
    /// and 1, others as fast as they go.
    #[schemars(example = json!({ "per_second": 1, "burst": 5 }))]
    rate: Option<Rate>,
    /// What becomes of a message that may have arrived or not; `keep` needs a `failure_queue`.
    #[schemars(extend("default" = "retry"))]
    ambiguous: Option<Ambiguity>,
}

/// One channel's settings, and what is common to all.
#[derive(Deserialize)]
struct Receiver;

impl JsonSchema for Receiver {
    fn schema_name() -> Cow<'static, str> {
        "Receiver".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let channels = channels::schemas(generator);
        let mut schema = Common::json_schema(generator);
        schema.insert("description".to_owned(), "One channel, and how it is served.".into());
        let one = channels.iter().map(|(name, _)| json!({ "required": [name] })).collect();
        schema.insert("oneOf".to_owned(), Value::Array(one));
        if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
            properties.extend(channels.into_iter().map(|(name, schema)| (name.to_owned(), schema.to_value())));
        }
        schema
    }
}

/// The JSON Schema of a configuration, all of it in one piece. In draft 7, which every editor knows.
pub fn schema() -> Value {
    let settings = SchemaSettings::draft07().with(|settings| settings.inline_subschemas = true);
    let mut schema = settings.into_generator().into_root_schema_for::<Root>().to_value();
    tidy(&mut schema);
    let head = json!({ "$schema": "http://json-schema.org/draft-07/schema#", "title": "hikyaku.yaml" });
    match (head, schema) {
        (Value::Object(mut head), Value::Object(schema)) => {
            for (key, value) in schema {
                head.entry(key).or_insert(value);
            }
            Value::Object(head)
        }
        (_, schema) => schema,
    }
}

/// Takes out what only Rust wants to know: the formats of numbers, and that what can be left out can be null as well.
fn tidy(schema: &mut Value) {
    const NULL: &str = "null";
    match schema {
        Value::Object(map) => {
            map.shift_remove("format");
            map.retain(|key, value| key != "default" || !value.is_null());
            if let Some(Value::Array(kinds)) = map.get("type")
                && let [kind, Value::String(last)] = kinds.as_slice()
                && last == NULL
            {
                let kind = kind.clone();
                map.insert("type".to_owned(), kind);
            }
            if let Some(Value::Array(words)) = map.get_mut("enum") {
                words.retain(|word| !word.is_null());
            }
            if let Some(Value::Array(variants)) = map.get("anyOf")
                && let [Value::Object(one), Value::Object(last)] = variants.as_slice()
                && last.get("type").is_some_and(|kind| kind == NULL)
            {
                let one = one.clone();
                map.shift_remove("anyOf");
                for (key, value) in one {
                    map.entry(key).or_insert(value);
                }
            }
            // Examples are values, whatever they hold.
            map.iter_mut().filter(|(key, _)| !matches!(key.as_str(), "examples" | "default")).for_each(|(_, value)| tidy(value));
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        _ => {}
    }
}

/// The schema of what stands at `pointer`; none if nothing can.
pub(super) fn at<'a>(root: &'a Value, pointer: &str) -> Option<&'a Value> {
    let mut at = vec![root];
    for part in pointer.split('/').skip(1) {
        let part = part.replace("~1", "/").replace("~0", "~");
        let steps = at.into_iter().flat_map(variants).filter_map(|schema| step(schema, &part));
        at = steps.map(|schema| followed(root, schema)).collect();
    }
    at.into_iter().next()
}

/// What `schema` refers to, if it does.
fn followed<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let reference = schema.get("$ref").and_then(Value::as_str).and_then(|reference| reference.strip_prefix('#'));
    reference.and_then(|pointer| root.pointer(pointer)).unwrap_or(schema)
}

/// What `part` of what `schema` describes is.
fn step<'a>(schema: &'a Value, part: &str) -> Option<&'a Value> {
    const ANYTHING: &Value = &Value::Bool(true);
    if schema == ANYTHING {
        return Some(ANYTHING);
    }
    if let Some(property) = schema.get("properties").and_then(|properties| properties.get(part)) {
        return Some(property);
    }
    if is_of(schema, "object") {
        return schema.get("additionalProperties").map_or(Some(ANYTHING), Some).filter(|more| **more != Value::Bool(false));
    }
    let is_index = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    (is_of(schema, "array") && is_index).then(|| schema.get("items").unwrap_or(ANYTHING))
}

/// `schema`, and what it can be instead.
fn variants(schema: &Value) -> Vec<&Value> {
    let lists = ["anyOf", "oneOf"].into_iter().filter_map(|key| schema.get(key)?.as_array());
    std::iter::once(schema).chain(lists.flatten().flat_map(variants)).collect()
}

fn is_of(schema: &Value, kind: &str) -> bool {
    match schema.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().any(|found| found == kind),
        Some(found) => found == kind,
        None => false,
    }
}

/// Whether a plain value belongs there, and is no secret.
pub(super) fn is_shown(schema: &Value) -> bool {
    let variants = variants(schema);
    let is_plain = |schema: &&Value| {
        **schema == Value::Bool(true)
            || ["string", "number", "integer", "boolean"].iter().any(|kind| is_of(schema, kind))
            || schema.get("const").or(schema.get("enum")).is_some()
    };
    variants.iter().any(is_plain) && !variants.iter().any(|schema| schema.get("writeOnly").is_some())
}

/// What a setting is for, its first paragraph.
pub(super) fn description(schema: &Value) -> Option<&str> {
    let text = schema.get("description")?.as_str()?;
    text.split("\n\n").next()
}

/// The words that a setting takes, if it takes no others.
pub(super) fn values(schema: &Value) -> Vec<String> {
    let variants = variants(schema);
    if variants.iter().any(|schema| is_of(schema, "object")) {
        return Vec::new();
    }
    let one = variants.iter().filter_map(|schema| schema.get("const"));
    let several = variants.iter().filter_map(|schema| schema.get("enum")?.as_array()).flatten();
    one.chain(several).filter_map(|value| value.as_str().map(str::to_owned)).collect()
}

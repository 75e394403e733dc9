//! `hikyaku notify`: a message from a shell, a cron job or certbot's hooks, to the topic or straight to the receivers.

mod message;

use std::io::{IsTerminal, Read};
use std::path::Path;

use clap::Args;
use jiff::Timestamp;
use serde_json::{Value, json};

use self::message::{Message, Words};
use super::send::{deliver_now, tell_undelivered};
use super::{Context, Done, Stop, open, print_json, say};
use crate::aws::{Aws, MAX_MESSAGE, TopicArn, subject_line};
use crate::ingress;
use crate::outcome::Reason;

#[derive(Args)]
pub(super) struct Arguments {
    /// Publish to this SNS topic [default: $HIKYAKU_TOPIC_ARN]
    #[arg(long, value_name = "ARN", value_parser = topic)]
    topic: Option<TopicArn>,
    /// Deliver straight to the configured receivers, as a message of --topic if that is given
    #[arg(long)]
    pub(super) direct: bool,
    /// Print the message as SNS would hand it over, and send nothing: hikyaku notify --dry-run … | hikyaku explain -
    #[arg(long)]
    dry_run: bool,
    /// SNS's Subject, for who reads the topic by mail; a text without a title is called by it
    #[arg(long, value_name = "TEXT")]
    subject: Option<String>,
    #[command(flatten)]
    words: Words,
}

pub(super) async fn run(arguments: &Arguments, context: &Context) -> Result<Done, Stop> {
    let (topic, now) = (chosen_topic(arguments, context)?, Timestamp::now());
    let Some(message) = message(&arguments.words, context, now)? else { return Ok(Done::AllHolds) };
    let subject = arguments.subject.as_deref().and_then(subject_line);
    if arguments.dry_run {
        print_json(&payload(&fitting(message)?, subject, topic.as_ref()));
        return Ok(Done::AllHolds);
    }
    if arguments.direct {
        let payload = payload(&message.into_text(), subject.clone(), topic.as_ref());
        return deliver(&payload, subject, context, now).await;
    }
    let Some(topic) = topic else {
        return Err(Stop::could_not_run("--topic ARN or HIKYAKU_TOPIC_ARN has to name the topic, or --direct to go without one"));
    };
    match Aws::default().publish(&topic, subject.as_deref(), &fitting(message)?).await {
        Ok(id) => {
            if context.json {
                print_json(&json!({ "topic": topic.as_str(), "message_id": id }));
            }
            Ok(Done::AllHolds)
        }
        Err(problem) => Err(Stop { status: 1, message: format!("not published to {}: {problem}", topic.as_str()) }),
    }
}

fn chosen_topic(arguments: &Arguments, context: &Context) -> Result<Option<TopicArn>, Stop> {
    let named = context.env.get("HIKYAKU_TOPIC_ARN").filter(|arn| !arn.trim().is_empty());
    let named = named.map(|arn| topic(arn.trim())).transpose();
    match &arguments.topic {
        Some(topic) => Ok(Some(topic.clone())),
        None => named.map_err(|problem| Stop::could_not_run(format!("HIKYAKU_TOPIC_ARN {problem}"))),
    }
}

fn topic(arn: &str) -> Result<TopicArn, String> {
    match TopicArn::try_from(arn.to_owned()) {
        Ok(topic) if arn.ends_with(".fifo") => {
            Err(format!("`{}` is a FIFO topic: no Lambda function can be its subscriber", topic.as_str()))
        }
        Ok(topic) => Ok(topic),
        Err(problem) => Err(problem.to_owned()),
    }
}

/// What is to be said; none if an empty input leaves nothing to say.
fn message(words: &Words, context: &Context, now: Timestamp) -> Result<Option<Message>, Stop> {
    let text = match (&words.message, &words.file) {
        (Some(text), _) if text.trim().is_empty() => return Err(Stop::could_not_run("--message says nothing")),
        (Some(text), _) => Some(text.clone()),
        (None, Some(path)) => Some(read(path)?),
        (None, None) if words.says_something() => None,
        (None, None) => {
            if std::io::stdin().is_terminal() {
                say("hikyaku: type the message; Ctrl-D on a line of its own ends it");
            }
            Some(read(Path::new("-"))?)
        }
    };
    let text = text.map(|text| text.trim_end().to_owned()).filter(|text| !text.trim().is_empty());
    words.message(text, context, now)
}

/// The text at `path`; a byte that is no UTF-8 costs no more than itself.
fn read(path: &Path) -> Result<String, Stop> {
    let (name, mut reader) = open(path)?;
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).map_err(|error| Stop::could_not_run(format!("{name}: {error}")))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The text, made to fit into what SNS takes; what was left out is told.
fn fitting(message: Message) -> Result<String, Stop> {
    let Some((text, left_out)) = message.fit() else {
        return Err(Stop {
            status: 1,
            message: format!("not published: SNS takes {MAX_MESSAGE} bytes, and it cannot be cut without losing its sense"),
        });
    };
    if left_out > 0 {
        say(&format!("hikyaku: {left_out} bytes were left out in the middle of the text: SNS takes {MAX_MESSAGE} with all else"));
    }
    Ok(text)
}

/// The message as SNS hands it over, or as it stands if no topic is named.
fn payload(message: &str, subject: Option<String>, topic: Option<&TopicArn>) -> Value {
    let Some(topic) = topic else {
        return serde_json::from_str(message).ok().filter(Value::is_object).unwrap_or_else(|| message.into());
    };
    let mut sns = json!({ "Type": "Notification", "TopicArn": topic.as_str(), "Message": message });
    if let (Some(subject), Value::Object(sns)) = (subject, &mut sns) {
        sns.insert("Subject".to_owned(), subject.into());
    }
    sns
}

async fn deliver(payload: &Value, subject: Option<String>, context: &Context, now: Timestamp) -> Result<Done, Stop> {
    let mut envelopes = ingress::unwrap(&payload.to_string()).map_err(|error| Stop::could_not_run(error.to_string()))?.envelopes;
    for envelope in &mut envelopes {
        envelope.subject.clone_from(&subject);
        envelope.time = Some(now);
    }
    // Cron makes a mail of every word; what is wrong with a configuration that works, `check` tells.
    let config = match context.origin.load(&context.env) {
        Ok((config, _)) => config,
        Err(_) => context.config()?,
    };
    let app = context.app(config);
    let report = deliver_now(&app, &envelopes, &[], now).await;
    tell_undelivered(&report, context);
    if report.outcomes.iter().any(|outcome| outcome.reason == Some(Reason::Untrusted)) {
        return Err(Stop {
            status: 1,
            message: "not delivered: the topic is not one of the configuration's `topics`".to_owned(),
        });
    }
    Ok(if report.complete() { Done::AllHolds } else { Done::FallsShort })
}

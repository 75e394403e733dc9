//! One channel configuration as it was told, wherever it was written down.

use serde_json::Value;

use super::known::Unknown;
use super::{File, Reading, one_line};
use crate::aws::TopicArn;
use crate::config::tree::escape;

/// What Chatbot posts into one channel.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Channel {
    /// What its configuration is called.
    pub(super) name: String,
    pub(super) service: Service,
    /// What makes it the same channel as another one.
    pub(super) identity: String,
    /// The channel in words, and where it was told, for a comment.
    pub(super) about: String,
    pub(super) topics: Vec<Topic>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    Slack,
    Teams,
}

/// A topic whose messages it gets.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Topic {
    /// None if nobody has said which it is.
    pub(super) arn: Option<TopicArn>,
    /// As it was written: an ARN, or an expression of CloudFormation's.
    pub(super) written: Value,
    /// What to call it by.
    pub(super) name: String,
    /// The file that the expression is from.
    pub(super) file: String,
}

impl Service {
    /// The channel's kind here.
    pub(super) fn kind(self) -> &'static str {
        match self {
            Service::Slack => "slack",
            Service::Teams => "teams",
        }
    }

    pub(super) fn called(self) -> &'static str {
        match self {
            Service::Slack => "Slack",
            Service::Teams => "Teams",
        }
    }
}

/// A channel's configuration at `pointer`, under the names that its origin has for its properties.
pub(super) struct Told<'a> {
    pub(super) file: &'a File,
    pub(super) pointer: &'a str,
    pub(super) service: Service,
    /// What it is called where its own name is not known.
    pub(super) name: &'a str,
    /// Where it was told, for people.
    pub(super) place: String,
    pub(super) channel: Names,
}

/// The properties that say which channel it is, the outermost last: that of a name, which may be empty, and that of an id.
pub(super) type Names = &'static [(&'static str, &'static str)];

impl Told<'_> {
    /// Adds the channel to what was found; it is left out if nothing comes from any topic.
    pub(super) fn take(self, reading: &mut Reading) {
        let Told { file, pointer, service, name, place, channel } = self;
        let property = |key: &str| file.value(&format!("{pointer}/{key}"));
        let own_name = reading.known.text(property("ConfigurationName")).ok().filter(|name| !name.trim().is_empty());
        let text = |key: &str| reading.known.text(property(key)).ok().filter(|text| !text.trim().is_empty());
        // What is not known is the same if it is written the same.
        let id = |key: &str| text(key).unwrap_or_else(|| property(key).to_string());
        let identity: Vec<String> = channel.iter().map(|(_, key)| id(key)).collect();
        let shown =
            channel.iter().filter_map(|(name, id)| text(name).or_else(|| text(id))).take(2).collect::<Vec<_>>().join(", ");
        let about = format!("{} {}{place}", service.called(), if shown.is_empty() { shown } else { format!("{shown}, ") });
        let topics = topics(file, &format!("{pointer}/SnsTopicArns"), reading);
        if topics.is_empty() {
            return reading.warn(file, pointer, NO_TOPIC);
        }
        let name = own_name.unwrap_or_else(|| name.to_owned());
        let identity = format!("{} {}", service.kind(), identity.join(" "));
        reading.channels.push(Channel { name, service, identity, about: one_line(&about), topics });
    }
}

fn topics(file: &File, pointer: &str, reading: &mut Reading) -> Vec<Topic> {
    let value = file.value(pointer).clone();
    let items = match reading.known.items(&value) {
        Ok((items, both)) => {
            if both {
                reading.warn(file, pointer, "has a condition, of which both branches were taken: take out what does not apply");
            }
            items
        }
        // It stays one topic, to be named.
        Err(_) => vec![(String::new(), value)],
    };
    items.into_iter().map(|(at, written)| topic(file, &format!("{pointer}{at}"), written, reading)).collect()
}

fn topic(file: &File, pointer: &str, written: Value, reading: &mut Reading) -> Topic {
    let of = |arn, name: &str| Topic { arn, written: written.clone(), name: name.to_owned(), file: file.name.clone() };
    match reading.known.text(&written) {
        Ok(text) => match TopicArn::try_from(text.trim().to_owned()) {
            Ok(arn) => {
                let name = arn.as_str().rsplit(':').next().unwrap_or_default().to_owned();
                of(Some(arn), &name)
            }
            Err(problem) => {
                reading.error(file, pointer, format!("`{}` {problem}", one_line(&text)));
                of(None, &text)
            }
        },
        Err(unknown) => {
            let (problem, name) = match unknown {
                Unknown::Name(name) => (format!("nobody has said what `{name}` is: {}", way_to(&name, file, &written)), name),
                Unknown::Function(function) => {
                    (format!("only CloudFormation can carry out `{function}`: {DESCRIBE}"), "Topic".to_owned())
                }
                Unknown::Nothing => ("is no topic's ARN, and nothing that stands for one".to_owned(), "Topic".to_owned()),
            };
            reading.error(file, pointer, one_line(&problem));
            of(None, &name)
        }
    }
}

/// How to say what `name` is.
fn way_to(name: &str, file: &File, written: &Value) -> String {
    let command = if written.to_string().contains("Fn::ImportValue") {
        "list-exports"
    } else if file.tree.has(&format!("/Parameters/{}", escape(name))) {
        "describe-stacks --stack-name STACK"
    } else {
        "describe-stack-resources --stack-name STACK"
    };
    format!("add a file with what `aws cloudformation {command}` prints, or --ref {name}=VALUE")
}

const DESCRIBE: &str =
    "take what `aws chatbot describe-slack-channel-configurations` prints, or write the topic's ARN into the template";
const NO_TOPIC: &str = "has no topic, so nothing comes from SNS: it was there for commands, or for AWS User Notifications, whose rules can have the function as their target; left out";

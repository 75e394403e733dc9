//! Who gets what: one receiver a channel, and routes that send each topic where Chatbot posted it.

use serde_json::Value;

use super::channel::{Channel, Service, Topic};
use crate::config::{Level, Problem};

pub(super) struct Plan {
    pub(super) receivers: Vec<Receiver>,
    pub(super) topics: Vec<Planned>,
}

/// A receiver to be.
pub(super) struct Receiver {
    pub(super) name: String,
    pub(super) service: Service,
    /// Which channels it stands for.
    pub(super) about: Vec<String>,
    identity: String,
}

/// A topic, and who gets its messages.
pub(super) struct Planned {
    /// Its ARN, or what stands in its place until somebody says it.
    pub(super) arn: String,
    pub(super) is_known: bool,
    /// As the template has it.
    pub(super) written: Value,
    pub(super) name: String,
    pub(super) file: String,
    /// Places in `receivers`, in their order.
    pub(super) to: Vec<usize>,
}

impl Plan {
    pub(super) fn new(channels: Vec<Channel>, problems: &mut Vec<Problem>) -> Plan {
        let mut plan = Plan { receivers: Vec::new(), topics: Vec::new() };
        for channel in channels {
            let Channel { name, service, identity, about, topics } = channel;
            let place = match plan.receivers.iter().position(|receiver| receiver.identity == identity) {
                Some(place) => place,
                None => {
                    let name = unused(&plain(&name, service.kind()), |name| plan.receivers.iter().any(|one| one.name == name));
                    plan.receivers.push(Receiver { name, service, about: Vec::new(), identity });
                    plan.receivers.len() - 1
                }
            };
            if let Some(receiver) = plan.receivers.get_mut(place) {
                if !receiver.about.is_empty() {
                    let text = format!(
                        "{} is one channel with {}: receiver `{}` stands for both",
                        about,
                        receiver.about.join(" and "),
                        receiver.name
                    );
                    problems.push(Problem {
                        level: Level::Warning,
                        file: None,
                        at: None,
                        setting: String::new(),
                        text,
                        help: None,
                    });
                }
                receiver.about.push(about);
            }
            for topic in topics {
                plan.add(topic, place);
            }
        }
        plan
    }

    fn add(&mut self, topic: Topic, receiver: usize) {
        let Topic { arn, written, name, file } = topic;
        let is_same = |planned: &Planned| match &arn {
            Some(arn) => planned.is_known && planned.arn == arn.as_str(),
            None => !planned.is_known && planned.written == written && planned.file == file,
        };
        let place = self.topics.iter().position(is_same).unwrap_or_else(|| {
            let is_known = arn.is_some();
            let arn = arn.as_ref().map(|arn| arn.as_str().to_owned()).unwrap_or_else(|| {
                let stands_in = |name: &str| format!("arn:aws:sns:REGION:ACCOUNT:{name}");
                let name = unused(&plain(&name, "topic"), |name| self.topics.iter().any(|one| one.arn == stands_in(name)));
                stands_in(&name)
            });
            self.topics.push(Planned { arn, is_known, written, name, file, to: Vec::new() });
            self.topics.len() - 1
        });
        if let Some(planned) = self.topics.get_mut(place)
            && !planned.to.contains(&receiver)
        {
            planned.to.push(receiver);
            planned.to.sort_unstable();
        }
    }

    /// The topics that go to the same receivers, together.
    pub(super) fn routes(&self) -> Vec<(Vec<&Planned>, &[usize])> {
        let mut routes: Vec<(Vec<&Planned>, &[usize])> = Vec::new();
        for topic in &self.topics {
            match routes.iter_mut().find(|(_, to)| *to == topic.to) {
                Some((topics, _)) => topics.push(topic),
                None => routes.push((vec![topic], &topic.to)),
            }
        }
        routes
    }
}

/// `name` in letters, digits, `-`, `_` and `.`, as both a receiver's name and a parameter's of SSM have to be.
pub(super) fn plain(name: &str, otherwise: &str) -> String {
    /// The least that anything it is used for takes; Chatbot allows 128.
    const MAX_CHARS: usize = 128;
    let char = |char: char| if char.is_ascii_alphanumeric() || "-_.".contains(char) { char } else { '-' };
    let name: String = name.chars().map(char).take(MAX_CHARS).collect();
    let name = name.trim_matches(['-', '.', '_']);
    if name.is_empty() { otherwise.to_owned() } else { name.to_owned() }
}

/// `name`, with a number behind it if it is used already.
pub(super) fn unused(name: &str, is_used: impl Fn(&str) -> bool) -> String {
    let numbered = (2..).map(|number: u32| format!("{name}-{number}"));
    std::iter::once(name.to_owned()).chain(numbered).find(|name| !is_used(name)).unwrap_or_default()
}

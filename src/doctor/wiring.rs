//! What carries a notice from its publisher to the function, and where it rests if that fails: as a template draws it, or as
//! an account has it. The checks look at this and do not ask which.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::aws;

/// A value, or why it cannot be seen.
pub(super) type Seen<T> = Result<T, Unseen>;

/// Something that the caller may not look at, or that did not answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unseen {
    /// The permission that looking takes, such as `kms:GetKeyPolicy`; none where that is not the trouble.
    pub permission: &'static str,
    pub of: String,
    /// What came back instead: `AccessDenied`, `no answer`.
    pub problem: String,
}

impl Unseen {
    /// What a template names and does not hold.
    pub(super) fn elsewhere(arn: &str) -> Unseen {
        Unseen { permission: "", of: arn.to_owned(), problem: "the template does not hold it".to_owned() }
    }

    /// Whether the caller may not.
    pub fn is_denied(&self) -> bool {
        aws::is_denied(&self.problem)
    }
}

/// How what is wrong is mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hand {
    /// By a line in the template.
    Template,
    /// By a call of the AWS command line.
    Account,
}

#[derive(Debug, Clone)]
pub struct Wiring {
    pub hand: Hand,
    pub account: String,
    pub region: String,
    pub function: Function,
    /// Those that lead to the function, and, if none does, those that could.
    pub topics: Vec<Topic>,
    /// Why there may be topics beside these.
    pub unlisted: Option<Unseen>,
    /// Those that lead to the function, its queue or one of the topics.
    pub rules: Seen<Vec<Rule>>,
    pub queues: BTreeMap<String, Queue>,
    /// What the rules of a template say against its parameters.
    pub refused: Vec<String>,
    /// What a template makes: its name there, and the [`kin`] that it will have, with `*` for what nobody knows before.
    pub made: BTreeMap<String, String>,
    /// The URL of a failure queue that somebody names.
    pub kept: Option<String>,
    /// Where an alarm about the notifier itself would be heard; none where nobody looked.
    pub alarms: Option<Vec<Alarm>>,
}

#[derive(Debug, Clone)]
pub struct Function {
    pub name: String,
    pub arn: String,
    pub runtime: Option<String>,
    /// An image brings its own runtime.
    pub is_image: bool,
    /// In seconds.
    pub timeout: u64,
    /// The environment; any value may be a secret.
    pub variables: BTreeMap<String, String>,
    /// When it was last changed.
    pub changed: Option<String>,
    /// The concurrency that it has reserved.
    pub reserved: Seen<Option<u64>>,
    pub failures: Seen<Failures>,
    /// Who may call it.
    pub policy: Seen<Value>,
    /// The queues that it takes events from.
    pub sources: Seen<Vec<EventSource>>,
    /// The group of its log.
    pub log: String,
    /// How many days its log is kept; none for ever.
    pub log_days: Seen<Option<u64>>,
    /// What its role may do; none where nobody looked.
    pub role: Option<Vec<Value>>,
}

/// What becomes of an asynchronous event that the function could not handle.
/// <https://docs.aws.amazon.com/lambda/latest/api/API_FunctionEventInvokeConfig.html>
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failures {
    /// The ARN of the on-failure destination, or of the older dead-letter target.
    pub target: Option<String>,
    /// In seconds.
    pub max_age: u64,
    pub retries: u64,
}

impl Default for Failures {
    fn default() -> Failures {
        Failures { target: None, max_age: LONGEST_AGE, retries: MOST_RETRIES }
    }
}

/// 6 hours: Lambda's default, and the most that it allows.
pub(super) const LONGEST_AGE: u64 = 21_600;
/// Lambda's default, and the most that it allows.
pub(super) const MOST_RETRIES: u64 = 2;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventSource {
    pub queue: String,
    pub enabled: bool,
    /// Whether only what failed comes again.
    pub reports_items: bool,
}

#[derive(Debug, Clone)]
pub struct Topic {
    pub arn: String,
    pub policy: Seen<Value>,
    pub key: Seen<Option<Key>>,
    /// Those that lead to the function or its queue.
    pub subscriptions: Seen<Vec<Subscription>>,
}

/// What encrypts.
#[derive(Debug, Clone)]
pub struct Key {
    pub id: String,
    /// Whether it is one that AWS keeps, whose policy nobody can change.
    pub is_managed: bool,
    /// A key that is off, or is to be deleted, encrypts nothing.
    pub is_enabled: bool,
    pub policy: Seen<Value>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// `lambda`, `sqs`.
    pub protocol: String,
    pub endpoint: String,
    pub confirmed: bool,
    /// The filter policy, and whether it looks at the body.
    pub filter: Option<(Value, bool)>,
    /// The dead-letter queue's ARN.
    pub dead_letters: Option<String>,
}

#[derive(Debug, Clone)]
pub struct Rule {
    pub name: String,
    pub arn: String,
    pub enabled: bool,
    /// None for one that runs by a schedule.
    pub pattern: Option<Value>,
    /// Those that lead to us.
    pub targets: Vec<Target>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub arn: String,
    pub dead_letters: Option<String>,
    /// All of it, for whoever writes it anew: what is left out is gone then.
    pub whole: Value,
}

#[derive(Debug, Clone)]
pub struct Queue {
    pub arn: String,
    /// For the command line.
    pub url: String,
    pub state: Seen<QueueState>,
}

#[derive(Debug, Clone)]
pub struct QueueState {
    pub policy: Value,
    /// In seconds.
    pub retention: u64,
    /// In seconds.
    pub visibility: u64,
    /// A key of KMS, where it is not SQS's own encryption.
    pub key: Option<Seen<Key>>,
    /// The dead-letter queue's ARN, and after how many receptions.
    pub dead_letters: Option<(String, u64)>,
    /// How many messages lie in it; none where there is none yet.
    pub waiting: Option<u64>,
}

/// An alarm of CloudWatch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// One, or those that an expression is made of.
    pub metrics: Vec<Metric>,
    pub actions: Vec<String>,
    /// One that is not says nothing to anybody.
    pub enabled: bool,
    /// Whether it rings where there is nothing to measure.
    pub minds_silence: bool,
}

/// A metric of CloudWatch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metric {
    pub namespace: String,
    pub name: String,
    pub dimensions: BTreeMap<String, String>,
}

impl Wiring {
    /// The line that mends something: of a template, or of the command line.
    pub fn mend(&self, template: impl Into<String>, command: impl Into<String>) -> String {
        match self.hand {
            Hand::Template => template.into(),
            Hand::Account => command.into(),
        }
    }

    /// A statement that lets `service` do `actions` on `resource`, under a condition (operator, key, value), on one line.
    pub fn statement(&self, service: &str, actions: &[&str], resource: &str, condition: Option<(&str, &str, &str)>) -> String {
        let resource = self.named(resource);
        if self.hand == Hand::Account {
            let mut statement =
                json!({ "Effect": "Allow", "Principal": { "Service": service }, "Action": actions, "Resource": resource });
            if let (Some((operator, key, value)), Some(statement)) = (condition, statement.as_object_mut()) {
                statement.insert("Condition".to_owned(), json!({ operator: { key: value } }));
            }
            return statement.to_string();
        }
        let condition = condition.map(|(operator, key, value)| {
            let value =
                if value.starts_with("${") { format!("!Ref {}", value.trim_matches(['$', '{', '}'])) } else { self.named(value) };
            format!(", Condition: {{ {operator}: {{ \"{key}\": {value} }} }}")
        });
        let actions = actions.join(", ");
        let condition = condition.unwrap_or_default();
        format!("{{ Effect: Allow, Principal: {{ Service: {service} }}, Action: [{actions}], Resource: {resource}{condition} }}")
    }

    /// An ARN, or how a template says it.
    pub fn named(&self, arn: &str) -> String {
        match self.hand {
            Hand::Template if arn == "*" => "\"*\"".to_owned(),
            Hand::Template if self.topics.iter().any(|topic| topic.arn == arn) => format!("!Ref {}", short(arn)),
            Hand::Template if arn.starts_with("arn:aws:stack:") => format!("!GetAtt {}.Arn", short(arn)),
            _ => arn.to_owned(),
        }
    }

    /// The queues that take what could not be handed on.
    pub fn failure_queues(&self) -> Vec<&Queue> {
        self.queues.values().filter(|queue| self.is_for_failures(&queue.arn)).collect()
    }

    /// Whether the queue stands before the function.
    pub fn is_source(&self, queue: &str) -> bool {
        self.function.sources.iter().flatten().any(|source| source.queue == queue)
    }

    fn is_for_failures(&self, queue: &str) -> bool {
        let is_it = |arn: &Option<String>| arn.as_deref() == Some(queue);
        self.kept.is_some() && self.queues.get(queue).is_some_and(|queue| Some(&queue.url) == self.kept.as_ref())
            || self.function.failures.as_ref().is_ok_and(|failures| is_it(&failures.target))
            || self.topics.iter().flat_map(|topic| topic.subscriptions.iter().flatten()).any(|one| is_it(&one.dead_letters))
            || self.rules.iter().flatten().flat_map(|rule| &rule.targets).any(|target| is_it(&target.dead_letters))
            || self.queues.values().any(|source| {
                source.state.as_ref().is_ok_and(|state| state.dead_letters.as_ref().is_some_and(|(arn, _)| arn == queue))
            })
    }
}

/// An ARN without where it is: `sqs:failures`, `ssm:parameter/hikyaku/slack`.
pub(super) fn kin(arn: &str) -> String {
    let mut parts = arn.splitn(6, ':').skip(2);
    format!("{}:{}", parts.next().unwrap_or_default(), parts.nth(2).unwrap_or_default())
}

/// What a thing is called in its ARN, its URL or a template.
pub(super) fn short(arn: &str) -> &str {
    arn.rsplit([':', '/']).next().unwrap_or(arn)
}

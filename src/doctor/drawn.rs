//! The wiring that a template draws: ours, or a user's own with our function in it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::at;
use super::policy::list;
use super::stack::{SOMEWHERE, Stack};
use super::wiring::{
    Alarm, EventSource, Failures, Function, Hand, Key, LONGEST_AGE, MOST_RETRIES, Metric, Queue, QueueState, Rule, Subscription,
    Target, Topic, Unseen, Wiring,
};

/// Reads the wiring around the function called `function` in the template, or the only one that could be ours.
///
/// # Errors
/// If there is no such function, or several.
pub fn draw(stack: &Stack, function: Option<&str>) -> Result<Wiring, String> {
    let name = choose(stack, function)?;
    let draft = Draft { stack, name };
    let function = draft.function();
    let sources: Vec<String> = function.sources.iter().flatten().map(|source| source.queue.clone()).collect();
    let topics = draft.topics(&sources);
    let rules = draft.rules(&sources, &topics);
    let queues = stack.all("AWS::SQS::Queue").into_iter().map(|(name, queue)| (stack.arn(name), draft.queue(name, queue)));
    Ok(Wiring {
        hand: Hand::Template,
        account: SOMEWHERE.account.to_owned(),
        region: SOMEWHERE.region.to_owned(),
        function,
        topics,
        unlisted: None,
        rules: Ok(rules),
        queues: queues.collect(),
        refused: stack.refused.clone(),
        made: draft.made(),
        kept: None,
        alarms: Some(draft.alarms()),
    })
}

/// The function that is meant: by its name, by its handler and runtime, or because there is no other.
fn choose<'a>(stack: &'a Stack, named: Option<&'a str>) -> Result<&'a str, String> {
    let all: Vec<(&str, &Value)> = FUNCTIONS.iter().flat_map(|kind| stack.all(kind)).collect();
    if let Some(named) = named {
        let called = |(name, function): &&(&str, &Value)| *name == named || at(function, "/FunctionName") == named;
        return all.iter().find(called).map(|(name, _)| *name).ok_or_else(|| format!("there is no function {named}"));
    }
    let custom =
        |(_, function): &&(&str, &Value)| at(function, "/Runtime").as_str().is_some_and(|name| name.starts_with("provided"));
    let ours: Vec<&(&str, &Value)> = match all.iter().filter(custom).collect::<Vec<_>>() {
        ours if ours.is_empty() => all.iter().collect(),
        ours => ours,
    };
    match ours.as_slice() {
        [(name, _)] => Ok(name),
        [] => Err("there is no function in it".to_owned()),
        several => {
            let names: Vec<&str> = several.iter().map(|(name, _)| *name).collect();
            Err(format!("which function is hikyaku? --function {}", names.join(" or ")))
        }
    }
}

const FUNCTIONS: [&str; 2] = ["AWS::Serverless::Function", "AWS::Lambda::Function"];

struct Draft<'a> {
    stack: &'a Stack,
    /// Of our function.
    name: &'a str,
}

impl Draft<'_> {
    fn properties(&self) -> &Value {
        self.stack.properties(self.name).unwrap_or(&Value::Null)
    }

    /// Whether `text` is our function, by its ARN or name, with or without a qualifier.
    fn is_ours(&self, text: &str) -> bool {
        text == self.name
            || text == self.stack.arn(self.name)
            || text.strip_prefix(&self.stack.arn(self.name)).is_some_and(|rest| rest.starts_with(':'))
            || at(self.properties(), "/FunctionName")
                .as_str()
                .is_some_and(|name| text == name || text.ends_with(&format!(":function:{name}")))
    }

    fn function(&self) -> Function {
        let properties = self.properties();
        let variables = at(properties, "/Environment/Variables").as_object().into_iter().flatten();
        Function {
            name: self.name.to_owned(),
            arn: self.stack.arn(self.name),
            runtime: at(properties, "/Runtime").as_str().map(str::to_owned),
            is_image: at(properties, "/PackageType") == "Image"
                || ["/ImageUri", "/Code/ImageUri"].iter().any(|uri| !at(properties, uri).is_null()),
            // Lambda's default: https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
            timeout: number(at(properties, "/Timeout")).unwrap_or(3),
            variables: variables.map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned())).collect(),
            changed: None,
            reserved: Ok(number(at(properties, "/ReservedConcurrentExecutions"))),
            failures: Ok(self.failures()),
            policy: Ok(self.permissions()),
            sources: Ok(self.sources()),
            log: text(at(properties, "/LoggingConfig/LogGroup")).unwrap_or_else(|| format!("/aws/lambda/{}", self.name)),
            log_days: Ok(self.log_days()),
            role: self.role(),
        }
    }

    fn failures(&self) -> Failures {
        let properties = self.properties();
        let configs = self.stack.all("AWS::Lambda::EventInvokeConfig");
        let own = configs.iter().find(|(_, config)| at(config, "/FunctionName").as_str().is_some_and(|name| self.is_ours(name)));
        let config = own.map_or(at(properties, "/EventInvokeConfig"), |(_, config)| *config);
        let older = [at(properties, "/DeadLetterConfig/TargetArn"), at(properties, "/DeadLetterQueue/TargetArn")];
        let target = text(at(config, "/DestinationConfig/OnFailure/Destination"));
        Failures {
            target: target.or_else(|| older.into_iter().find_map(text)),
            max_age: number(at(config, "/MaximumEventAgeInSeconds")).unwrap_or(LONGEST_AGE),
            retries: number(at(config, "/MaximumRetryAttempts")).unwrap_or(MOST_RETRIES),
        }
    }

    /// The events that SAM writes out, of one of `kinds`.
    fn events(&self, kinds: &[&str]) -> Vec<(&str, &Value)> {
        let events = at(self.properties(), "/Events").as_object().into_iter().flatten();
        let of_kind = events.filter(|(_, event)| at(event, "/Type").as_str().is_some_and(|kind| kinds.contains(&kind)));
        of_kind.map(|(name, event)| (name.as_str(), at(event, "/Properties"))).collect()
    }

    /// The permissions as the policy that Lambda makes of them; SAM gives those of its events by itself.
    fn permissions(&self) -> Value {
        let ours = self.stack.all("AWS::Lambda::Permission").into_iter();
        let ours = ours.filter(|(_, one)| at(one, "/FunctionName").as_str().is_some_and(|name| self.is_ours(name)));
        let statement = |(_, one): (&str, &Value)| {
            let mut condition = json!({});
            for (property, operator, key) in
                [("SourceArn", "ArnLike", "aws:SourceArn"), ("SourceAccount", "StringEquals", "aws:SourceAccount")]
            {
                if let (Some(value), Some(condition)) = (one.get(property), condition.as_object_mut()) {
                    condition.insert(operator.to_owned(), json!({ key: value }));
                }
            }
            json!({ "Effect": "Allow", "Principal": { "Service": at(one, "/Principal") }, "Action": at(one, "/Action"),
                "Resource": "*", "Condition": condition })
        };
        let by_sam = [(["SNS"].as_slice(), "sns.amazonaws.com"), (RULES, "events.amazonaws.com")].into_iter();
        let by_sam = by_sam.filter(|(kinds, _)| !self.events(kinds).is_empty()).map(|(_, service)| {
            json!({ "Effect": "Allow", "Principal": { "Service": service }, "Action": "lambda:InvokeFunction", "Resource": "*" })
        });
        json!({ "Statement": ours.map(statement).chain(by_sam).collect::<Vec<_>>() })
    }

    fn sources(&self) -> Vec<EventSource> {
        let mappings = self.stack.all("AWS::Lambda::EventSourceMapping").into_iter();
        let mappings = mappings.filter(|(_, one)| at(one, "/FunctionName").as_str().is_some_and(|name| self.is_ours(name)));
        let mapping = |one: &Value, queue: &str| {
            Some(EventSource {
                queue: text(one.get(queue)?)?,
                enabled: *at(one, "/Enabled") != false,
                reports_items: list(at(one, "/FunctionResponseTypes")).contains(&"ReportBatchItemFailures"),
            })
        };
        let by_sam = self.events(&["SQS"]).into_iter().filter_map(|(_, one)| mapping(one, "Queue"));
        mappings.filter_map(|(_, one)| mapping(one, "EventSourceArn")).chain(by_sam).collect()
    }

    fn log_days(&self) -> Option<u64> {
        let group = text(at(self.properties(), "/LoggingConfig/LogGroup"));
        let groups = self.stack.all("AWS::Logs::LogGroup");
        let ours = |(name, log): &&(&str, &Value)| {
            group.as_deref().is_some_and(|group| group == *name || at(log, "/LogGroupName") == group)
                || text(at(log, "/LogGroupName")).is_some_and(|log| log.starts_with("/aws/lambda/") && log.ends_with(self.name))
        };
        groups.iter().find(ours).and_then(|(_, log)| number(at(log, "/RetentionInDays")))
    }

    /// The policies of its role, where that is in the template and has no others.
    fn role(&self) -> Option<Vec<Value>> {
        let role = text(at(self.properties(), "/Role"))?;
        let role = self.stack.properties(self.stack.named(&role)?)?;
        let has_roles = |(_, policy): &(&str, &Value)| at(policy, "/Roles").as_array().is_some_and(|roles| !roles.is_empty());
        let others = ["AWS::IAM::Policy", "AWS::IAM::RolePolicy"].iter().any(|kind| !self.stack.all(kind).is_empty())
            || self.stack.all("AWS::IAM::ManagedPolicy").iter().any(has_roles);
        if others || role.get("ManagedPolicyArns").is_some() {
            return None;
        }
        Some(at(role, "/Policies").as_array()?.iter().map(|policy| at(policy, "/PolicyDocument").clone()).collect())
    }

    fn topics(&self, sources: &[String]) -> Vec<Topic> {
        let mut subscriptions: Vec<(String, Subscription)> = Vec::new();
        for (_, one) in self.stack.all("AWS::SNS::Subscription") {
            subscriptions.extend(text(at(one, "/TopicArn")).map(|topic| (topic, subscription(one))));
        }
        for (name, topic) in self.stack.all("AWS::SNS::Topic") {
            let inline = at(topic, "/Subscription").as_array().into_iter().flatten();
            subscriptions.extend(inline.map(|one| (self.stack.arn(name), subscription(one))));
        }
        for (_, one) in self.events(&["SNS"]) {
            let ours = Subscription { protocol: "lambda".to_owned(), endpoint: self.stack.arn(self.name), ..subscription(one) };
            subscriptions.extend(text(at(one, "/Topic")).map(|topic| (topic, ours)));
        }
        subscriptions.retain(|(_, one)| self.is_ours(&one.endpoint) || sources.contains(&one.endpoint));
        let mut arns: Vec<String> = subscriptions.iter().map(|(topic, _)| topic.clone()).collect();
        if arns.is_empty() {
            // One of these was meant to.
            let alarms: Vec<String> = self.alarms().into_iter().flat_map(|alarm| alarm.actions).collect();
            arns = self.stack.all("AWS::SNS::Topic").iter().map(|(name, _)| self.stack.arn(name)).collect();
            arns.retain(|arn| !alarms.contains(arn));
        }
        arns.sort();
        arns.dedup();
        let topic = |arn: String| {
            let own = self.stack.named(&arn).and_then(|name| self.stack.properties(name)).ok_or_else(|| Unseen::elsewhere(&arn));
            Topic {
                policy: own.clone().map(|_| self.topic_policy(&arn)),
                key: own.map(|own| self.key(at(own, "/KmsMasterKeyId"))),
                subscriptions: Ok(subscriptions.iter().filter(|(topic, _)| *topic == arn).map(|(_, one)| one.clone()).collect()),
                arn,
            }
        };
        arns.into_iter().map(topic).collect()
    }

    /// The statements of all policies on a topic; that of SNS itself, where there is none.
    /// <https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html>
    fn topic_policy(&self, topic: &str) -> Value {
        self.policies("AWS::SNS::TopicPolicy", "Topics", topic).unwrap_or_else(|| {
            json!({ "Statement": { "Effect": "Allow", "Principal": { "AWS": "*" }, "Action": "SNS:Publish", "Resource": topic,
                "Condition": { "StringEquals": { "AWS:SourceOwner": SOMEWHERE.account } } } })
        })
    }

    /// The statements of all policies of a type that name `arn`; none if there is no policy.
    fn policies(&self, kind: &str, names: &str, arn: &str) -> Option<Value> {
        let is_it = |text: &str| text == arn || self.stack.named(text).is_some_and(|name| self.stack.arn(name) == arn);
        let all = self.stack.all(kind).into_iter();
        let of_it: Vec<&Value> = all
            .filter(|(_, one)| list(one.get(names).unwrap_or(&Value::Null)).into_iter().any(is_it))
            .map(|(_, one)| one)
            .collect();
        let statements = of_it.iter().flat_map(|one| super::policy::statements(at(one, "/PolicyDocument"))).cloned();
        (!of_it.is_empty()).then(|| json!({ "Statement": statements.collect::<Vec<_>>() }))
    }

    /// The key that a property names: one of the stack, one that AWS keeps, or one of somewhere else, which nobody sees.
    fn key(&self, property: &Value) -> Option<Key> {
        let id = text(property)?;
        let name = self.stack.named(&id).or_else(|| self.aliased(&id));
        let key = name.and_then(|name| self.stack.properties(name));
        Some(Key {
            is_managed: id.contains("alias/aws/"),
            is_enabled: key.is_none_or(|key| *at(key, "/Enabled") != false),
            policy: key.map(|key| at(key, "/KeyPolicy").clone()).ok_or_else(|| Unseen::elsewhere(&id)),
            id,
        })
    }

    fn aliased(&self, id: &str) -> Option<&str> {
        let alias = self.stack.all("AWS::KMS::Alias").into_iter().find(|(_, alias)| at(alias, "/AliasName") == id)?.1;
        self.stack
            .resources
            .keys()
            .map(String::as_str)
            .find(|name| at(alias, "/TargetKeyId").as_str() == Some(*name) || *at(alias, "/TargetKeyId") == self.stack.arn(name))
    }

    fn rules(&self, sources: &[String], topics: &[Topic]) -> Vec<Rule> {
        let leads_here = |arn: &str| {
            self.is_ours(arn) || sources.iter().any(|queue| queue == arn) || topics.iter().any(|topic| topic.arn == arn)
        };
        let drawn = self.stack.all("AWS::Events::Rule").into_iter().map(|(name, rule)| {
            let targets = at(rule, "/Targets").as_array().into_iter().flatten().filter_map(|target| {
                let dead_letters = text(at(target, "/DeadLetterConfig/Arn"));
                Some(Target { arn: text(at(target, "/Arn"))?, dead_letters, whole: target.clone() })
            });
            Rule {
                name: name.to_owned(),
                arn: self.stack.arn(name),
                enabled: !at(rule, "/State").as_str().is_some_and(|state| state.starts_with("DISABLED")),
                pattern: rule.get("EventPattern").cloned(),
                targets: targets.filter(|target| leads_here(&target.arn)).collect(),
            }
        });
        let by_sam = self.events(RULES).into_iter().map(|(name, rule)| {
            let name = format!("{}{name}", self.name);
            let dead_letters = text(at(rule, "/DeadLetterConfig/Arn"));
            let target = Target { arn: self.stack.arn(self.name), dead_letters, whole: Value::Null };
            Rule {
                arn: self.stack.arn(&name),
                name,
                enabled: *at(rule, "/Enabled") != false && at(rule, "/State") != "DISABLED",
                pattern: rule.get("Pattern").cloned(),
                targets: vec![target],
            }
        });
        drawn.chain(by_sam).filter(|rule| !rule.targets.is_empty()).collect()
    }

    fn queue(&self, name: &str, queue: &Value) -> Queue {
        let arn = self.stack.arn(name);
        let redrive = at(queue, "/RedrivePolicy");
        let state = QueueState {
            policy: self.policies("AWS::SQS::QueuePolicy", "Queues", &arn).unwrap_or_default(),
            // SQS's defaults: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
            retention: number(at(queue, "/MessageRetentionPeriod")).unwrap_or(345_600),
            visibility: number(at(queue, "/VisibilityTimeout")).unwrap_or(30),
            key: self.key(at(queue, "/KmsMasterKeyId")).map(Ok),
            dead_letters: text(at(redrive, "/deadLetterTargetArn")).zip(number(at(redrive, "/maxReceiveCount"))),
            waiting: None,
        };
        Queue { arn, url: name.to_owned(), state: Ok(state) }
    }

    /// What a configuration may name by its ARN. CloudFormation makes names of the stack's and the resource's, if a template gives none.
    fn made(&self) -> BTreeMap<String, String> {
        let of_kind = |(kind, property, before, generated, after): &(&str, &str, &str, &str, &str)| {
            let named = |(name, resource): (&str, &Value)| {
                let called =
                    text(resource.get(*property).unwrap_or(&Value::Null)).unwrap_or_else(|| format!("{generated}{name}-*"));
                (name.to_owned(), format!("{before}{}{after}", called.trim_start_matches('/')))
            };
            self.stack.all(kind).into_iter().map(named).collect::<Vec<_>>()
        };
        MADE.iter().flat_map(of_kind).collect()
    }

    fn alarms(&self) -> Vec<Alarm> {
        let all = self.stack.all("AWS::CloudWatch::Alarm").into_iter();
        all.map(|(_, alarm)| Alarm {
            metrics: metrics(alarm).filter_map(|metric| self.metric(metric)).collect(),
            actions: list(at(alarm, "/AlarmActions")).into_iter().map(str::to_owned).collect(),
            minds_silence: at(alarm, "/TreatMissingData") == "breaching",
            enabled: !["false", "False"].contains(&plain(at(alarm, "/ActionsEnabled")).as_str()),
        })
        .collect()
    }

    /// What is of our function or of a queue has its name in the template.
    fn metric(&self, metric: &Value) -> Option<Metric> {
        let dimensions = at(metric, "/Dimensions").as_array().into_iter().flatten().filter_map(|one| {
            let value = text(at(one, "/Value"))?;
            let queues = self.stack.all("AWS::SQS::Queue");
            let queue = queues.iter().find(|(_, queue)| *at(queue, "/QueueName") == value).map(|(name, _)| *name);
            let own = if self.is_ours(&value) { Some(self.name) } else { queue };
            Some((text(at(one, "/Name"))?, own.map_or(value.clone(), str::to_owned)))
        });
        let dimensions = dimensions.collect();
        let namespace = text(at(metric, "/Namespace")).unwrap_or_default();
        Some(Metric { namespace, name: text(at(metric, "/MetricName"))?, dimensions })
    }
}

/// What an alarm is on: itself says it, or each of several does.
fn metrics(alarm: &Value) -> impl Iterator<Item = &Value> {
    let several = at(alarm, "/Metrics").as_array().into_iter().flatten().map(|one| at(one, "/MetricStat/Metric"));
    [alarm].into_iter().chain(several)
}

fn subscription(one: &Value) -> Subscription {
    let by_body = at(one, "/FilterPolicyScope") == "MessageBody";
    let redrive = match at(one, "/RedrivePolicy") {
        Value::String(json) => serde_json::from_str(json).unwrap_or_default(),
        policy => policy.clone(),
    };
    Subscription {
        protocol: text(at(one, "/Protocol")).unwrap_or_default(),
        endpoint: text(at(one, "/Endpoint")).unwrap_or_default(),
        // A template's are confirmed as they are made: the queue or the function is of the same account.
        confirmed: true,
        filter: one.get("FilterPolicy").filter(|filter| !filter.is_null()).map(|filter| (filter.clone(), by_body)),
        dead_letters: text(at(&redrive, "/deadLetterTargetArn")),
    }
}

/// A value as it stands in a text: what is given as a parameter is one.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// A number, or one in a text, as parameters are.
fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

/// Type, the property that names it, what stands before the name, before its logical name where CloudFormation makes one of that,
/// and behind it.
const MADE: &[(&str, &str, &str, &str, &str)] = &[
    ("AWS::SNS::Topic", "TopicName", "sns:", "*-", ""),
    ("AWS::SQS::Queue", "QueueName", "sqs:", "*-", ""),
    ("AWS::DynamoDB::Table", "TableName", "dynamodb:table/", "*-", ""),
    ("AWS::SSM::Parameter", "Name", "ssm:parameter/", "*-", ""),
    ("AWS::SecretsManager::Secret", "Name", "secretsmanager:secret:", "", "-??????"),
];

const RULES: &[&str] = &["EventBridgeRule", "CloudWatchEvent"];

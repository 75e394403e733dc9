//! The wiring that an account has around the function, as far as the caller may see it. It changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::at;
use super::policy::{list, statements};
use super::wiring::{
    EventSource, Failures, Function, Hand, Key, LONGEST_AGE, MOST_RETRIES, Queue, QueueState, Rule, Seen, Subscription, Target,
    Topic, Unseen, Wiring, short,
};
use crate::aws::{Aws, Refused};

/// What to look for in an account.
pub struct Request<'a> {
    /// The function's name or ARN.
    pub function: &'a str,
    /// The topic, else those that lead to the function or its queue, and those that these let in.
    pub topic: Option<&'a str>,
    /// The URL of the failure queue, where the function's environment names none.
    pub queue: Option<&'a str>,
}

/// What was found, and AWS's clock.
pub struct Surveyed {
    /// Or why there is nothing to look at.
    pub wiring: Seen<Wiring>,
    /// The `Date` of the first answer.
    pub date: Option<String>,
}

/// Looks at what is around a function.
pub async fn survey(asked: &Request<'_>, aws: &Aws) -> Surveyed {
    let surveyor = Surveyor { aws };
    let path = format!("/2015-03-31/functions/{}/configuration", asked.function.replace(':', "%3A"));
    let answer = aws.get("lambda", &path).await;
    let wiring = match answer.result {
        Ok(configuration) => Ok(surveyor.wiring(&configuration, asked).await),
        Err(refused) => Err(unseen("lambda:GetFunctionConfiguration", asked.function, refused)),
    };
    Surveyed { wiring, date: answer.date }
}

/// Looks at the failure queue that the configuration names, too: it goes before that of the function's environment.
pub async fn keep(wiring: &mut Wiring, url: &str, aws: &Aws) {
    let surveyor = Surveyor { aws };
    let arn = surveyor.queue_arn(url).await.unwrap_or_else(|| url.to_owned());
    surveyor.add_queue_at(&arn, url, &mut wiring.queues).await;
    wiring.kept = Some(url.to_owned());
}

struct Surveyor<'a> {
    aws: &'a Aws,
}

impl Surveyor<'_> {
    async fn wiring(&self, configuration: &Value, asked: &Request<'_>) -> Wiring {
        let function = self.function(configuration).await;
        let mut queues = BTreeMap::new();
        let sources: Vec<String> = function.sources.iter().flatten().map(|source| source.queue.clone()).collect();
        for source in &sources {
            self.add_queue(source, &mut queues).await;
        }
        let part = |place: usize| function.arn.split(':').nth(place).unwrap_or_default().to_owned();
        let ends = Ends { function: &function.arn, sources: &sources };
        let (topics, unlisted) = match asked.topic {
            Some(topic) => (BTreeSet::from([topic.to_owned()]), None),
            None => {
                let let_in = topics(&function, &queues);
                match self.subscribed(&part(3), &ends).await {
                    Ok(subscribed) => (&let_in | &subscribed, None),
                    Err(unseen) => (let_in, Some(unseen)),
                }
            }
        };
        let mut found = Vec::new();
        for topic in topics {
            found.push(self.topic(topic, &ends).await);
        }
        let ends: Vec<String> = [function.arn.clone()]
            .into_iter()
            .chain(sources.clone())
            .chain(found.iter().map(|topic| topic.arn.clone()))
            .collect();
        let rules = self.rules(&ends).await;
        // The function's own, and one that only the caller knows.
        let kept = asked.queue.or(function.variables.get("FAILURE_QUEUE_URL").map(String::as_str)).filter(|url| !url.is_empty());
        let kept = kept.map(str::to_owned);
        if let Some(url) = kept.as_deref() {
            let arn = self.queue_arn(url).await.unwrap_or_else(|| url.to_owned());
            self.add_queue_at(&arn, url, &mut queues).await;
        }
        let dead = found.iter().flat_map(|topic| topic.subscriptions.iter().flatten()).filter_map(|one| one.dead_letters.clone());
        let dead =
            dead.chain(rules.iter().flatten().flat_map(|rule| &rule.targets).filter_map(|target| target.dead_letters.clone()));
        let dead = dead.chain(function.failures.iter().filter_map(|failures| failures.target.clone()));
        let behind = queues.values().filter_map(|queue| Some(queue.state.as_ref().ok()?.dead_letters.as_ref()?.0.clone()));
        let dead: BTreeSet<String> = dead.chain(behind).filter(|arn| arn.contains(":sqs:")).collect();
        for queue in dead {
            self.add_queue(&queue, &mut queues).await;
        }
        Wiring {
            hand: Hand::Account,
            account: part(4),
            region: part(3),
            topics: found,
            unlisted,
            rules,
            queues,
            refused: Vec::new(),
            made: BTreeMap::new(),
            kept,
            alarms: None,
            function,
        }
    }

    async fn function(&self, configuration: &Value) -> Function {
        let name = text(at(configuration, "/FunctionName")).unwrap_or_default();
        let variables = at(configuration, "/Environment/Variables").as_object().into_iter().flatten();
        let log = text(at(configuration, "/LoggingConfig/LogGroup")).unwrap_or_else(|| format!("/aws/lambda/{name}"));
        let reserved = self.lambda("lambda:GetFunctionConcurrency", &name, "2019-09-30", "concurrency").await;
        let policy = self.lambda("lambda:GetPolicy", &name, "2015-03-31", "policy").await;
        Function {
            arn: text(at(configuration, "/FunctionArn")).unwrap_or_default(),
            runtime: text(at(configuration, "/Runtime")),
            is_image: at(configuration, "/PackageType") == "Image",
            timeout: at(configuration, "/Timeout").as_u64().unwrap_or(3),
            variables: variables.map(|(name, value)| (name.clone(), text(value).unwrap_or_default())).collect(),
            changed: text(at(configuration, "/LastModified")),
            reserved: reserved.map(|answer| at(&answer, "/ReservedConcurrentExecutions").as_u64()),
            failures: self.failures(&name, configuration).await,
            policy: policy.map(|answer| parsed(at(&answer, "/Policy"))),
            sources: self.sources(&name).await,
            log_days: self.log_days(&log).await,
            log,
            role: None,
            name,
        }
    }

    /// What Lambda says of a function; null if it has nothing of the kind.
    async fn lambda(&self, permission: &'static str, name: &str, version: &str, what: &str) -> Seen<Value> {
        let answer = self.aws.get("lambda", &format!("/{version}/functions/{name}/{what}")).await;
        match answer.result {
            Err(refused) if refused.problem.is_missing() => Ok(Value::Null),
            answer => answer.map_err(|refused| unseen(permission, name, refused)),
        }
    }

    async fn failures(&self, name: &str, configuration: &Value) -> Seen<Failures> {
        let config = self.lambda("lambda:GetFunctionEventInvokeConfig", name, "2019-09-25", "event-invoke-config").await?;
        let target = text(at(&config, "/DestinationConfig/OnFailure/Destination"));
        Ok(Failures {
            target: target.or_else(|| text(at(configuration, "/DeadLetterConfig/TargetArn"))),
            max_age: at(&config, "/MaximumEventAgeInSeconds").as_u64().unwrap_or(LONGEST_AGE),
            retries: at(&config, "/MaximumRetryAttempts").as_u64().unwrap_or(MOST_RETRIES),
        })
    }

    async fn sources(&self, name: &str) -> Seen<Vec<EventSource>> {
        let answer = self.aws.get("lambda", &format!("/2015-03-31/event-source-mappings/?FunctionName={name}")).await;
        let answer = answer.result.map_err(|refused| unseen("lambda:ListEventSourceMappings", name, refused))?;
        let all = at(&answer, "/EventSourceMappings").as_array().into_iter().flatten();
        Ok(all
            .filter_map(|one| {
                Some(EventSource {
                    queue: text(at(one, "/EventSourceArn")).filter(|arn| arn.contains(":sqs:"))?,
                    enabled: !text(at(one, "/State")).is_some_and(|state| state.starts_with("Disabl")),
                    reports_items: list(at(one, "/FunctionResponseTypes")).contains(&"ReportBatchItemFailures"),
                })
            })
            .collect())
    }

    async fn log_days(&self, group: &str) -> Seen<Option<u64>> {
        let asked = json!({ "logGroupNamePrefix": group });
        let answer = self.aws.json("logs", "Logs_20140328.DescribeLogGroups", &asked).await;
        let answer = answer.map_err(|refused| unseen("logs:DescribeLogGroups", group, refused))?;
        let groups = at(&answer, "/logGroups").as_array().into_iter().flatten();
        let ours = groups.into_iter().find(|one| at(one, "/logGroupName") == group);
        Ok(ours.and_then(|one| at(one, "/retentionInDays").as_u64()))
    }

    /// The topics that lead here, whoever lets them in.
    async fn subscribed(&self, region: &str, ends: &Ends<'_>) -> Seen<BTreeSet<String>> {
        let all = self.aws.all_subscriptions(region).await.map_err(|refused| unseen("sns:ListSubscriptions", "*", refused))?;
        let ours = all.iter().filter(|one| at(one, "/Endpoint").as_str().is_some_and(|endpoint| ends.have(endpoint)));
        Ok(ours.filter_map(|one| text(at(one, "/TopicArn"))).collect())
    }

    async fn topic(&self, arn: String, ends: &Ends<'_>) -> Topic {
        let attributes = self.aws.topic_attributes(&arn).await.map_err(|refused| unseen("sns:GetTopicAttributes", &arn, refused));
        let subscriptions = self.subscriptions(&arn, ends).await;
        let key = match &attributes {
            Err(unseen) => Err(unseen.clone()),
            Ok(attributes) => match text(at(attributes, "/KmsMasterKeyId")) {
                Some(id) => self.key(&id).await.map(Some),
                None => Ok(None),
            },
        };
        Topic { policy: attributes.map(|attributes| parsed(at(&attributes, "/Policy"))), key, subscriptions, arn }
    }

    async fn subscriptions(&self, topic: &str, ends: &Ends<'_>) -> Seen<Vec<Subscription>> {
        let all =
            self.aws.subscriptions(topic).await.map_err(|refused| unseen("sns:ListSubscriptionsByTopic", topic, refused))?;
        let mut found = Vec::new();
        for one in all.iter().filter(|one| at(one, "/Endpoint").as_str().is_some_and(|endpoint| ends.have(endpoint))) {
            let arn = text(at(one, "/SubscriptionArn")).unwrap_or_default();
            let attributes = match arn.starts_with("arn:") {
                true => self.aws.subscription_attributes(&arn).await,
                false => Ok(Value::Null),
            };
            let attributes = attributes.map_err(|refused| unseen("sns:GetSubscriptionAttributes", topic, refused))?;
            found.push(subscription(one, &attributes));
        }
        Ok(found)
    }

    async fn key(&self, id: &str) -> Seen<Key> {
        if id.contains("alias/aws/") {
            return Ok(Key { id: id.to_owned(), is_managed: true, is_enabled: true, policy: Ok(Value::Null) });
        }
        let described = self.aws.json("kms", "TrentService.DescribeKey", &json!({ "KeyId": id })).await;
        let described = match described {
            Ok(described) => described,
            // Its policy may be seen even so, unless it goes by an alias.
            Err(refused) if id.contains("alias/") => return Err(unseen("kms:DescribeKey", id, refused)),
            Err(_) => json!({ "KeyMetadata": { "Arn": id } }),
        };
        let arn = text(at(&described, "/KeyMetadata/Arn")).unwrap_or_else(|| id.to_owned());
        let asked = json!({ "KeyId": arn, "PolicyName": "default" });
        let policy = self.aws.json("kms", "TrentService.GetKeyPolicy", &asked).await;
        let policy =
            policy.map(|answer| parsed(at(&answer, "/Policy"))).map_err(|refused| unseen("kms:GetKeyPolicy", &arn, refused));
        Ok(Key {
            is_managed: at(&described, "/KeyMetadata/KeyManager") == "AWS",
            is_enabled: *at(&described, "/KeyMetadata/Enabled") != false,
            id: arn,
            policy,
        })
    }

    async fn rules(&self, ends: &[String]) -> Seen<Vec<Rule>> {
        let mut names = BTreeSet::new();
        for end in ends {
            let answer = self.aws.json("events", "AWSEvents.ListRuleNamesByTarget", &json!({ "TargetArn": end })).await;
            let answer = answer.map_err(|refused| unseen("events:ListRuleNamesByTarget", end, refused))?;
            names.extend(list(at(&answer, "/RuleNames")).into_iter().map(str::to_owned));
        }
        let mut rules = Vec::new();
        for name in names {
            let rule = self.aws.json("events", "AWSEvents.DescribeRule", &json!({ "Name": name })).await;
            let rule = rule.map_err(|refused| unseen("events:DescribeRule", &name, refused))?;
            let targets = self.aws.json("events", "AWSEvents.ListTargetsByRule", &json!({ "Rule": name })).await;
            let targets = targets.map_err(|refused| unseen("events:ListTargetsByRule", &name, refused))?;
            let targets = at(&targets, "/Targets").as_array().into_iter().flatten().filter_map(|target| {
                let arn = text(at(target, "/Arn")).filter(|arn| ends.contains(arn))?;
                Some(Target { arn, dead_letters: text(at(target, "/DeadLetterConfig/Arn")), whole: target.clone() })
            });
            rules.push(Rule {
                arn: text(at(&rule, "/Arn")).unwrap_or_default(),
                enabled: at(&rule, "/State") != "DISABLED",
                pattern: Some(parsed(at(&rule, "/EventPattern"))).filter(|pattern| !pattern.is_null()),
                targets: targets.collect(),
                name,
            });
        }
        Ok(rules)
    }

    async fn add_queue(&self, arn: &str, queues: &mut BTreeMap<String, Queue>) {
        if queues.contains_key(arn) {
            return;
        }
        let owner = arn.split(':').nth(4).unwrap_or_default();
        let asked = json!({ "QueueName": short(arn), "QueueOwnerAWSAccountId": owner });
        match self.aws.json("sqs", "AmazonSQS.GetQueueUrl", &asked).await {
            Ok(answer) => self.add_queue_at(arn, &text(at(&answer, "/QueueUrl")).unwrap_or_default(), queues).await,
            Err(refused) => {
                let state = Err(unseen("sqs:GetQueueUrl", arn, refused));
                queues.insert(arn.to_owned(), Queue { arn: arn.to_owned(), url: short(arn).to_owned(), state });
            }
        }
    }

    async fn add_queue_at(&self, arn: &str, url: &str, queues: &mut BTreeMap<String, Queue>) {
        let state = match self.attributes(url).await {
            Ok(attributes) => Ok(self.state(&attributes).await),
            Err(refused) => Err(unseen("sqs:GetQueueAttributes", arn, refused)),
        };
        queues.insert(arn.to_owned(), Queue { arn: arn.to_owned(), url: url.to_owned(), state });
    }

    async fn queue_arn(&self, url: &str) -> Option<String> {
        text(at(&self.attributes(url).await.ok()?, "/QueueArn"))
    }

    async fn attributes(&self, url: &str) -> Result<Value, Refused> {
        let asked = json!({ "QueueUrl": url, "AttributeNames": ["All"] });
        let answer = self.aws.json("sqs", "AmazonSQS.GetQueueAttributes", &asked).await?;
        Ok(at(&answer, "/Attributes").clone())
    }

    async fn state(&self, attributes: &Value) -> QueueState {
        let redrive = parsed(at(attributes, "/RedrivePolicy"));
        QueueState {
            policy: parsed(at(attributes, "/Policy")),
            retention: number(at(attributes, "/MessageRetentionPeriod")).unwrap_or_default(),
            visibility: number(at(attributes, "/VisibilityTimeout")).unwrap_or_default(),
            key: match text(at(attributes, "/KmsMasterKeyId")) {
                Some(id) => Some(self.key(&id).await),
                None => None,
            },
            dead_letters: text(at(&redrive, "/deadLetterTargetArn")).zip(number(at(&redrive, "/maxReceiveCount"))),
            waiting: number(at(attributes, "/ApproximateNumberOfMessages")),
        }
    }
}

/// Where a subscription has to lead to.
struct Ends<'a> {
    function: &'a str,
    /// The queues before it.
    sources: &'a [String],
}

impl Ends<'_> {
    fn have(&self, endpoint: &str) -> bool {
        endpoint == self.function
            || endpoint.strip_prefix(self.function).is_some_and(|rest| rest.starts_with(':'))
            || self.sources.iter().any(|queue| queue == endpoint)
    }
}

/// The topics that the function or its queue lets in: they are meant to send.
fn topics(function: &Function, queues: &BTreeMap<String, Queue>) -> BTreeSet<String> {
    let policies = function.policy.iter().chain(queues.values().filter_map(|queue| Some(&queue.state.as_ref().ok()?.policy)));
    let conditions = policies.flat_map(statements).filter_map(|statement| at(statement, "/Condition").as_object());
    let sources = conditions.flatten().filter_map(|(_, keys)| {
        keys.as_object()?.iter().find(|(key, _)| key.eq_ignore_ascii_case("aws:SourceArn")).map(|(_, value)| list(value))
    });
    sources.flatten().filter(|arn| arn.contains(":sns:") && !arn.contains('*')).map(str::to_owned).collect()
}

fn subscription(one: &Value, all: &Value) -> Subscription {
    let arn = text(at(one, "/SubscriptionArn")).unwrap_or_default();
    let filter = parsed(at(all, "/FilterPolicy"));
    let is_empty = filter.as_object().is_none_or(serde_json::Map::is_empty);
    Subscription {
        protocol: text(at(one, "/Protocol")).unwrap_or_default(),
        endpoint: text(at(one, "/Endpoint")).unwrap_or_default(),
        confirmed: arn.starts_with("arn:") && at(all, "/PendingConfirmation") != "true",
        filter: (!is_empty).then(|| (filter, at(all, "/FilterPolicyScope") == "MessageBody")),
        dead_letters: text(at(&parsed(at(all, "/RedrivePolicy")), "/deadLetterTargetArn")),
    }
}

fn unseen(permission: &'static str, of: &str, refused: Refused) -> Unseen {
    Unseen { permission, of: of.to_owned(), problem: refused.problem.to_string() }
}

/// JSON in a text.
fn parsed(value: &Value) -> Value {
    value.as_str().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

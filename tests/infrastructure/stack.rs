//! A template under given parameters, as CloudFormation would see it: conditions decided, functions resolved.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use crate::yaml::{mapping, read};

pub(crate) const ACCOUNT: &str = "111122223333";
pub(crate) const REGION: &str = "ap-northeast-1";

/// The resources that a stack would have.
pub(crate) struct Stack {
    pub(crate) resources: BTreeMap<String, Value>,
    pub(crate) refused: Vec<String>,
}

impl Stack {
    /// `infra/template.yaml` with one parameter given, and those of `parameters` besides.
    pub(crate) fn of(parameters: &[(&str, &str)]) -> Stack {
        Stack::read("infra/template.yaml", &[&[("SlackWebhookUrl", "ssm:/hikyaku/slack")], parameters].concat())
    }

    /// `infra/region.yaml`, in another Region than hikyaku's.
    pub(crate) fn of_region() -> Stack {
        Stack::read("infra/region.yaml", &[("HomeRegion", "eu-west-1"), ("AlarmEmail", "ops@example.com")])
    }

    pub(crate) fn read(template: &str, parameters: &[(&str, &str)]) -> Stack {
        Stack::new(&read(template), parameters)
    }

    fn new(template: &Value, parameters: &[(&str, &str)]) -> Stack {
        let resolver = Resolver { template, parameters: values(template, parameters) };
        let mut resources = BTreeMap::new();
        for (name, resource) in mapping(&template["Resources"]) {
            if resolver.exists(name) {
                let mut resource = resource.clone();
                resource.as_object_mut().unwrap().remove("Condition");
                resources.insert(name.clone(), resolver.resolve(&resource).unwrap());
            }
        }
        let mut refused = Vec::new();
        for rule in template["Rules"].as_object().into_iter().flat_map(Map::values) {
            for assertion in rule["Assertions"].as_array().unwrap() {
                if resolver.resolve(&assertion["Assert"]).unwrap() != json!(true) {
                    refused.push(assertion["AssertDescription"].as_str().unwrap().to_owned());
                }
            }
        }
        Stack { resources, refused }
    }

    /// The properties of the resource `name`.
    pub(crate) fn get(&self, name: &str) -> &Value {
        &self.resources.get(name).unwrap_or_else(|| panic!("no {name} in this stack"))["Properties"]
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.resources.contains_key(name)
    }

    /// Names and properties of the resources of a type.
    pub(crate) fn all(&self, kind: &str) -> Vec<(&str, &Value)> {
        let of_kind = self.resources.iter().filter(|(_, resource)| resource["Type"] == kind);
        of_kind.map(|(name, resource)| (name.as_str(), &resource["Properties"])).collect()
    }
}

/// The stacks that the switches of `infra/template.yaml` make, each with its switches.
pub(crate) fn every_stack() -> &'static [(String, Stack)] {
    static STACKS: LazyLock<Vec<(String, Stack)>> = LazyLock::new(stacks);
    &STACKS
}

fn stacks() -> Vec<(String, Stack)> {
    let template = read("infra/template.yaml");
    let switches: [(&str, [&str; 2]); 14] = [
        ("Durable", ["false", "true"]),
        ("Ledger", ["false", "true"]),
        ("RuleTarget", ["direct", "topic"]),
        ("SlackWebhookUrl", ["https://hooks.example.com/x", "ssm:/hikyaku/slack"]),
        ("ConfigLayer", ["", "arn:aws:lambda:ap-northeast-1:111122223333:layer:hikyaku:3"]),
        (
            "SecretArns",
            ["", "arn:aws:ssm:ap-northeast-1:111122223333:parameter/a,arn:aws:ssm:ap-northeast-1:111122223333:parameter/b"],
        ),
        ("EmailTopicArns", ["", "arn:aws:sns:ap-northeast-1:111122223333:finance"]),
        ("KeyArns", ["", "arn:aws:kms:ap-northeast-1:111122223333:key/1"]),
        ("AlarmEmail", ["", "ops@example.com"]),
        ("MonthlyBudget", ["0", "500"]),
        ("SilenceDays", ["0", "7"]),
        ("AlarmOnUnrouted", ["false", "true"]),
        ("ConfigParameter", ["", "/hikyaku/config"]),
        ("SelfTestSchedule", ["", "rate(1 day)"]),
    ];
    let most = u32::try_from(switches.len()).unwrap() - 2;
    (0..1_usize << switches.len())
        // All off, all on, and a spread of what lies between: each pair of switches in all four positions.
        .filter(|bits| bits.count_ones() <= 2 || bits.count_ones() >= most)
        .map(|bits| {
            let chosen: Vec<(&str, &str)> =
                switches.iter().enumerate().map(|(index, (name, values))| (*name, values[bits >> index & 1])).collect();
            (format!("{chosen:?}"), Stack::new(&template, &chosen))
        })
        .collect()
}

/// The ARN that a resource has in these tests.
pub(crate) fn arn(name: &str) -> String {
    format!("arn:aws:test:{REGION}:{ACCOUNT}:{name}")
}

fn values(template: &Value, given: &[(&str, &str)]) -> BTreeMap<String, Value> {
    let mut values = BTreeMap::new();
    for (name, parameter) in mapping(&template["Parameters"]) {
        // What is given last counts.
        let given = given.iter().rev().find(|(other, _)| other == name).map(|(_, value)| json!(value));
        let value = given.or_else(|| parameter.get("Default").cloned()).unwrap_or_else(|| panic!("{name} is needed"));
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let is_list = parameter["Type"] == "CommaDelimitedList";
        values.insert(name.clone(), if is_list { text.split(',').collect() } else { json!(text) });
    }
    for (name, _) in given {
        assert!(values.contains_key(*name), "there is no parameter {name}");
    }
    values
}

struct Resolver<'a> {
    template: &'a Value,
    parameters: BTreeMap<String, Value>,
}

impl Resolver<'_> {
    fn exists(&self, resource: &str) -> bool {
        match &self.template["Resources"][resource] {
            Value::Null => panic!("{resource} is neither a parameter nor a resource"),
            resource => resource.get("Condition").is_none_or(|condition| self.condition(condition)),
        }
    }

    fn condition(&self, name: &Value) -> bool {
        let condition = &self.template["Conditions"][name.as_str().unwrap()];
        assert!(!condition.is_null(), "there is no condition {name}");
        self.resolve(condition).unwrap().as_bool().unwrap()
    }

    /// `value` with its functions resolved; none for `AWS::NoValue`.
    fn resolve(&self, value: &Value) -> Option<Value> {
        match value {
            Value::Array(items) => Some(items.iter().filter_map(|item| self.resolve(item)).collect()),
            Value::Object(entries) => match entries.iter().next() {
                Some((name, argument)) if entries.len() == 1 && is_function(name, argument) => self.call(name, argument),
                _ => Some(Value::Object(
                    entries.iter().filter_map(|(key, value)| Some((key.clone(), self.resolve(value)?))).collect(),
                )),
            },
            plain => Some(plain.clone()),
        }
    }

    fn call(&self, function: &str, argument: &Value) -> Option<Value> {
        if function == "Fn::If" {
            let branch = if self.condition(&argument[0]) { &argument[1] } else { &argument[2] };
            return self.resolve(branch);
        }
        if function == "Fn::Sub" {
            return Some(self.substitute(argument).into());
        }
        if argument == "AWS::NoValue" {
            return None;
        }
        let resolved = self.resolve(argument).unwrap();
        let truth = |value: &Value| value.as_bool().unwrap();
        Some(match function {
            "Ref" => self.reference(resolved.as_str().unwrap()),
            "Fn::GetAtt" => self.attribute(resolved[0].as_str().unwrap(), resolved[1].as_str().unwrap()),
            "Condition" => json!(self.condition(&resolved)),
            "Fn::Not" => json!(!truth(&resolved[0])),
            "Fn::And" => json!(resolved.as_array().unwrap().iter().all(truth)),
            // CloudFormation compares as text.
            "Fn::Equals" => json!(text(&resolved[0]) == text(&resolved[1])),
            "Fn::Join" => {
                let parts: Vec<String> = resolved[1].as_array().unwrap().iter().map(text).collect();
                json!(parts.join(resolved[0].as_str().unwrap()))
            }
            "Fn::Split" => resolved[1].as_str().unwrap().split(resolved[0].as_str().unwrap()).collect(),
            "Fn::Select" => {
                let index = usize::try_from(resolved[0].as_u64().unwrap()).unwrap();
                resolved[1].get(index).unwrap_or_else(|| panic!("Fn::Select cannot select {index} of {}", resolved[1])).clone()
            }
            other => panic!("{other} is not known here"),
        })
    }

    fn reference(&self, name: &str) -> Value {
        match name {
            "AWS::AccountId" => ACCOUNT.into(),
            "AWS::Region" => REGION.into(),
            "AWS::Partition" => "aws".into(),
            _ => self.parameters.get(name).cloned().unwrap_or_else(|| {
                assert!(self.exists(name), "{name} is not in this stack");
                match self.template["Resources"][name]["Type"].as_str().unwrap() {
                    "AWS::SNS::Topic" | "AWS::IAM::ManagedPolicy" => arn(name).into(),
                    "AWS::SQS::Queue" => format!("https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}").into(),
                    _ => name.into(),
                }
            }),
        }
    }

    fn attribute(&self, name: &str, attribute: &str) -> Value {
        assert!(self.exists(name), "{name} is not in this stack");
        match attribute {
            "Arn" => arn(name).into(),
            "QueueName" | "TopicName" => name.into(),
            other => panic!("{other} is not known here"),
        }
    }

    fn substitute(&self, argument: &Value) -> String {
        let (pattern, own) = match argument {
            Value::String(pattern) => (pattern.as_str(), None),
            list => (list[0].as_str().unwrap(), Some(self.resolve(&list[1]).unwrap())),
        };
        let mut parts = pattern.split("${");
        let mut result = parts.next().unwrap().to_owned();
        for part in parts {
            let (name, rest) = part.split_once('}').unwrap();
            let value = match (own.as_ref().and_then(|own| own.get(name)), name.split_once('.')) {
                (Some(own), _) => own.clone(),
                (None, Some((resource, attribute))) => self.attribute(resource, attribute),
                (None, None) => self.reference(name),
            };
            result += &text(&value);
            result += rest;
        }
        result
    }
}

/// Not every key that a function is called by is one: a policy has a `Condition` too.
fn is_function(name: &str, argument: &Value) -> bool {
    name == "Ref" || name.starts_with("Fn::") || (name == "Condition" && argument.is_string())
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

//! Intrinsic functions: <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html>.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Place, arn, queue_url, text};
use crate::doctor::at;

pub(super) struct Resolver<'a> {
    template: &'a Value,
    parameters: BTreeMap<String, Value>,
    place: Place<'a>,
    problems: RefCell<BTreeSet<String>>,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(template: &'a Value, parameters: BTreeMap<String, Value>, place: Place<'a>) -> Resolver<'a> {
        Resolver { template, parameters, place, problems: RefCell::default() }
    }

    pub(super) fn into_problems(self) -> BTreeSet<String> {
        self.problems.into_inner()
    }

    pub(super) fn problem(&self, problem: String) {
        self.problems.borrow_mut().insert(problem);
    }

    pub(super) fn exists(&self, resource: &str) -> bool {
        match self.resource(resource) {
            Value::Null => {
                self.problem(format!("{resource} is neither a parameter nor a resource"));
                false
            }
            resource => resource.get("Condition").is_none_or(|condition| self.condition(condition)),
        }
    }

    fn resource(&self, name: &str) -> &Value {
        at(self.template, "/Resources").get(name).unwrap_or(&Value::Null)
    }

    fn condition(&self, name: &Value) -> bool {
        let condition = at(self.template, "/Conditions").get(name.as_str().unwrap_or_default()).unwrap_or(&Value::Null);
        if condition.is_null() {
            self.problem(format!("there is no condition {name}"));
        }
        self.resolve(condition) == Some(json!(true))
    }

    /// `value` with its functions resolved; none for `AWS::NoValue`.
    pub(super) fn resolve(&self, value: &Value) -> Option<Value> {
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

    /// Whether `value` asks for something that is not known here, such as a parameter that has no value yet.
    pub(super) fn is_open(&self, value: &Value) -> bool {
        match value {
            Value::Array(items) => items.iter().any(|item| self.is_open(item)),
            Value::Object(entries) => entries.iter().any(|(key, value)| {
                let named = value.as_str().filter(|_| key == "Ref");
                self.is_open(value) || named.is_some_and(|name| text(&self.reference(name)).contains("${"))
            }),
            _ => false,
        }
    }

    fn call(&self, function: &str, argument: &Value) -> Option<Value> {
        if function == "Fn::If" {
            let branch = if self.condition(at(argument, "/0")) { at(argument, "/1") } else { at(argument, "/2") };
            return self.resolve(branch);
        }
        if function == "Fn::Sub" {
            return Some(self.substitute(argument).into());
        }
        if argument == "AWS::NoValue" {
            return None;
        }
        let resolved = self.resolve(argument).unwrap_or_default();
        let holds = |value: &Value| value.as_bool().unwrap_or_default();
        let items = |value: &Value| value.as_array().cloned().unwrap_or_default();
        Some(match function {
            "Ref" => self.reference(&text(&resolved)),
            "Fn::GetAtt" => self.attribute(&text(at(&resolved, "/0")), &text(at(&resolved, "/1"))),
            "Condition" => json!(self.condition(&resolved)),
            "Fn::Not" => json!(!holds(at(&resolved, "/0"))),
            "Fn::And" => json!(items(&resolved).iter().all(holds)),
            "Fn::Or" => json!(items(&resolved).iter().any(holds)),
            // CloudFormation compares as text.
            "Fn::Equals" => json!(text(at(&resolved, "/0")) == text(at(&resolved, "/1"))),
            "Fn::Join" => {
                let parts: Vec<String> = items(at(&resolved, "/1")).iter().map(text).collect();
                json!(parts.join(at(&resolved, "/0").as_str().unwrap_or_default()))
            }
            "Fn::Split" => text(at(&resolved, "/1")).split(at(&resolved, "/0").as_str().unwrap_or(",")).collect(),
            "Fn::Select" => {
                let index = text(at(&resolved, "/0")).parse::<usize>().ok();
                let chosen = index.and_then(|index| at(&resolved, "/1").get(index)).cloned();
                chosen.unwrap_or_else(|| {
                    self.problem(format!("Fn::Select cannot select {} of {}", at(&resolved, "/0"), at(&resolved, "/1")));
                    unknown(function)
                })
            }
            "Fn::FindInMap" => {
                let keys = items(&resolved);
                let found = keys.iter().take(3).try_fold(at(self.template, "/Mappings"), |map, key| map.get(text(key)));
                found.cloned().unwrap_or_else(|| unknown(function))
            }
            // Of another stack, or of the Region.
            "Fn::ImportValue" | "Fn::GetAZs" | "Fn::Base64" | "Fn::Cidr" | "Fn::Transform" => unknown(&text(&resolved)),
            other => {
                self.problem(format!("{other} is not known here"));
                unknown(other)
            }
        })
    }

    fn reference(&self, name: &str) -> Value {
        match name {
            "AWS::AccountId" => self.place.account.into(),
            "AWS::Region" => self.place.region.into(),
            "AWS::Partition" => "aws".into(),
            "AWS::URLSuffix" => "amazonaws.com".into(),
            _ if name.starts_with("AWS::") => unknown(name),
            _ if self.parameters.contains_key(name) => self.parameters.get(name).cloned().unwrap_or_default(),
            _ if at(self.template, "/Parameters").get(name).is_some() => unknown(name),
            _ => {
                self.must_exist(name);
                match at(self.resource(name), "/Type").as_str() {
                    Some("AWS::SNS::Topic" | "AWS::IAM::ManagedPolicy") => arn(name, self.place).into(),
                    Some("AWS::SQS::Queue") => queue_url(name, self.place).into(),
                    _ => name.into(),
                }
            }
        }
    }

    fn attribute(&self, name: &str, attribute: &str) -> Value {
        self.must_exist(name);
        match attribute {
            "Arn" | "TopicArn" | "FunctionArn" => arn(name, self.place).into(),
            "QueueName" | "TopicName" => name.into(),
            "QueueUrl" => queue_url(name, self.place).into(),
            other => unknown(&format!("{name}.{other}")),
        }
    }

    fn must_exist(&self, name: &str) {
        if !self.exists(name) {
            self.problem(format!("{name} is not in this stack"));
        }
    }

    fn substitute(&self, argument: &Value) -> String {
        let (pattern, own) = match argument {
            Value::String(pattern) => (pattern.as_str(), Value::Null),
            list => (at(list, "/0").as_str().unwrap_or_default(), self.resolve(at(list, "/1")).unwrap_or_default()),
        };
        let mut parts = pattern.split("${");
        let mut result = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let Some((name, rest)) = part.split_once('}') else { continue };
            let value = match (name.strip_prefix('!'), own.get(name), name.split_once('.')) {
                (Some(literal), ..) => unknown(literal),
                (None, Some(own), _) => own.clone(),
                (None, None, Some((resource, attribute))) => self.attribute(resource, attribute),
                (None, None, None) => self.reference(name),
            };
            result += &text(&value);
            result += rest;
        }
        result
    }
}

/// Not every key that a function is called by is one: a policy has a `Condition` too.
pub(super) fn is_function(name: &str, argument: &Value) -> bool {
    name == "Ref" || name.starts_with("Fn::") || (name == "Condition" && argument.is_string())
}

/// What is not known, by its name.
fn unknown(name: &str) -> Value {
    format!("${{{name}}}").into()
}

#[cfg(test)]
mod tests {
    use super::super::{SOMEWHERE, Stack, parse};
    use super::*;

    #[test]
    fn a_rule_that_is_broken_for_certain_is_told() {
        let template = "Parameters: { Stage: { Type: String }, Size: { Type: String, Default: '1' } }\n\
            Rules: { Some: { RuleCondition: CONDITION, Assertions: [{ Assert: ASSERT, AssertDescription: no }] } }\nResources: {}";
        for (condition, assert, refused) in [
            ("!Equals [a, a]", "!Equals [!Ref Size, '1']", false),
            ("!Equals [a, a]", "!Equals [!Ref Size, '2']", true),
            ("!Equals [a, b]", "!Equals [!Ref Size, '2']", false),
            ("!Equals [a, a]", "!Equals [!Ref Stage, prod]", false),
            ("!Equals [a, a]", "!Equals [!Ref AWS::Region, us-east-1]", false),
            ("!Equals [!Ref Stage, prod]", "!Equals [!Ref Size, '2']", false),
        ] {
            let template = template.replace("CONDITION", condition).replace("ASSERT", assert);
            let stack = Stack::new(&parse(&template).unwrap_or_default(), &[], SOMEWHERE);
            assert_eq!(!stack.refused.is_empty(), refused, "{condition} {assert}");
        }
    }

    #[test]
    fn functions_are_resolved_as_far_as_a_template_knows() {
        let template = "Parameters: { Stage: { Type: String }, Names: { Type: CommaDelimitedList, Default: 'a,b' } }\n\
            Mappings: { Sizes: { small: { Memory: 128 } } }\n\
            Conditions: { Never: !Equals [1, 2], Either: !Or [!Condition Never, !Equals ['2', 2]] }\n\
            Resources: { Queue: { Type: AWS::SQS::Queue }, Topic: { Type: AWS::SNS::Topic }, X: { Type: T, Properties: { V: VALUE } } }";
        for (value, resolved) in [
            ("!Ref Stage", json!("${Stage}")),
            ("!Sub 'x-${Stage}-${!literal}'", json!("x-${Stage}-${literal}")),
            ("!Ref Names", json!(["a", "b"])),
            ("!Select [1, !Ref Names]", json!("b")),
            ("!FindInMap [Sizes, small, Memory]", json!(128)),
            ("!FindInMap [Sizes, large, Memory]", json!("${Fn::FindInMap}")),
            ("!If [Either, 1, 2]", json!(1)),
            ("!If [Never, 1, 2]", json!(2)),
            ("!If [Never, 1, !Ref AWS::NoValue]", Value::Null),
            ("!ImportValue shared-topic", json!("${shared-topic}")),
            ("!Ref Topic", json!("arn:aws:stack:${AWS::Region}:${AWS::AccountId}:Topic")),
            ("!GetAtt Queue.Arn", json!("arn:aws:stack:${AWS::Region}:${AWS::AccountId}:Queue")),
            ("!Ref Queue", json!("https://sqs.${AWS::Region}.amazonaws.com/${AWS::AccountId}/Queue")),
        ] {
            let stack = Stack::new(&parse(&template.replace("VALUE", value)).unwrap_or_default(), &[], SOMEWHERE);
            assert_eq!(stack.properties("X").map(|properties| &properties["V"]), Some(&resolved), "{value}");
            assert!(stack.problems.is_empty(), "{value}: {:?}", stack.problems);
        }
        for value in ["!Ref Nowhere", "!GetAtt Nowhere.Arn", "!Sub '${Nowhere}'", "!Select [5, [a]]", "!Fly away"] {
            let stack = Stack::new(&parse(&template.replace("VALUE", value)).unwrap_or_default(), &[], SOMEWHERE);
            assert_eq!(stack.problems.len(), if value.contains("Nowhere") { 2 } else { 1 }, "{value}: {:?}", stack.problems);
        }
    }
}

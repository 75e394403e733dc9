//! A template under given parameters, as CloudFormation would see it: conditions decided, functions resolved.
//!
//! What a template cannot know, such as a parameter that has no default, stands as its name: `${Name}`.

mod resolve;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::at;
use crate::config::tree::Tree;
use resolve::{Resolver, is_function};

/// A template in YAML or JSON, its short forms written out.
///
/// # Errors
/// What is wrong with it, and where.
pub fn parse(text: &str) -> Result<Value, String> {
    let tree = Tree::parse_template(text).map_err(|problem| {
        let at = problem.at.map(|(line, column)| format!("{line}:{column}: ")).unwrap_or_default();
        format!("{at}{}", problem.text)
    })?;
    Ok(tree.value("").cloned().unwrap_or_default())
}

/// Where a stack would be.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    pub account: &'a str,
    pub region: &'a str,
}

/// Anywhere.
pub const SOMEWHERE: Place<'static> = Place { account: "${AWS::AccountId}", region: "${AWS::Region}" };

/// The resources that a stack would have.
pub struct Stack {
    pub resources: BTreeMap<String, Value>,
    /// The descriptions of the rules that the parameters break.
    pub refused: Vec<String>,
    /// What CloudFormation would stumble over, or what is not known here.
    pub problems: BTreeSet<String>,
    place: (String, String),
}

impl Stack {
    /// The stack that `template` makes with `parameters`, of which the last of a name counts.
    pub fn new(template: &Value, parameters: &[(&str, &str)], place: Place<'_>) -> Stack {
        let resolver = Resolver::new(template, values(template, parameters), place);
        for (name, _) in parameters {
            if at(template, "/Parameters").get(*name).is_none() {
                resolver.problem(format!("there is no parameter {name}"));
            }
        }
        let mut resources = BTreeMap::new();
        for (name, resource) in at(template, "/Resources").as_object().into_iter().flatten() {
            if resolver.exists(name) {
                let mut resource = resource.clone();
                if let Some(resource) = resource.as_object_mut() {
                    resource.shift_remove("Condition");
                    if resource.get("Type").is_some_and(|kind| kind == "AWS::Serverless::Function") {
                        let own = resource.get("Properties").unwrap_or(&Value::Null);
                        let properties = over(at(template, "/Globals/Function"), own);
                        resource.insert("Properties".to_owned(), properties);
                    }
                }
                resources.insert(name.clone(), resolver.resolve(&resource).unwrap_or_default());
            }
        }
        // What is not known here may be right.
        let is = |value: bool, asked: &Value| resolver.resolve(asked) == Some(json!(value)) && !resolver.is_open(asked);
        let rules = at(template, "/Rules").as_object().into_iter().flat_map(Map::values);
        let rules = rules.filter(|rule| rule.get("RuleCondition").is_none_or(|condition| is(true, condition)));
        let assertions = rules.flat_map(|rule| at(rule, "/Assertions").as_array().into_iter().flatten());
        let broken = assertions.filter(|assertion| is(false, at(assertion, "/Assert")));
        let refused =
            broken.map(|assertion| at(assertion, "/AssertDescription").as_str().unwrap_or_default().to_owned()).collect();
        let place = (place.account.to_owned(), place.region.to_owned());
        Stack { resources, refused, problems: resolver.into_problems(), place }
    }

    /// The properties of the resource `name`.
    pub fn properties(&self, name: &str) -> Option<&Value> {
        Some(at(self.resources.get(name)?, "/Properties"))
    }

    pub fn has(&self, name: &str) -> bool {
        self.resources.contains_key(name)
    }

    /// Names and properties of the resources of a type.
    pub fn all(&self, kind: &str) -> Vec<(&str, &Value)> {
        let of_kind = self.resources.iter().filter(|(_, resource)| at(resource, "/Type") == kind);
        of_kind.map(|(name, resource)| (name.as_str(), at(resource, "/Properties"))).collect()
    }

    pub fn arn(&self, name: &str) -> String {
        let (account, region) = &self.place;
        arn(name, Place { account, region })
    }

    /// The resource that `text` names: by its stand-in for an ARN, or by what `Ref` gives.
    pub fn named<'a>(&'a self, text: &'a str) -> Option<&'a str> {
        let last = text.rsplit([':', '/']).next().unwrap_or(text);
        self.has(last).then_some(last)
    }
}

/// `own` over what SAM's `Globals` says, whose lists come first.
/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html>
fn over(global: &Value, own: &Value) -> Value {
    let is_map = |value: &Value| value.as_object().is_some_and(|entries| !entries.iter().any(|(key, one)| is_function(key, one)));
    match (global, own) {
        (global, Value::Null) => global.clone(),
        (Value::Array(global), Value::Array(own)) => global.iter().chain(own).cloned().collect(),
        (Value::Object(entries), Value::Object(more)) if is_map(global) && is_map(own) => {
            let mut entries = entries.clone();
            for (key, own) in more {
                let value = over(entries.get(key).unwrap_or(&Value::Null), own);
                entries.insert(key.clone(), value);
            }
            Value::Object(entries)
        }
        _ => own.clone(),
    }
}

/// What stands for the ARN of a resource, which a template cannot know.
pub fn arn(name: &str, place: Place<'_>) -> String {
    format!("arn:aws:stack:{}:{}:{name}", place.region, place.account)
}

fn queue_url(name: &str, place: Place<'_>) -> String {
    format!("https://sqs.{}.amazonaws.com/{}/{name}", place.region, place.account)
}

fn values(template: &Value, given: &[(&str, &str)]) -> BTreeMap<String, Value> {
    let mut values = BTreeMap::new();
    for (name, parameter) in at(template, "/Parameters").as_object().into_iter().flatten() {
        let given = given.iter().rev().find(|(other, _)| other == name).map(|(_, value)| json!(value));
        let Some(value) = given.or_else(|| parameter.get("Default").cloned()) else { continue };
        let text = text(&value);
        let is_list =
            at(parameter, "/Type").as_str().is_some_and(|kind| kind == "CommaDelimitedList" || kind.starts_with("List<"));
        values.insert(name.clone(), if is_list { text.split(',').collect() } else { json!(text) });
    }
    values
}

/// A value as CloudFormation puts it into a text.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

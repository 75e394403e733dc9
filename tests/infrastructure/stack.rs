//! The templates of `infra` under given parameters, in the library's reading.

use std::ops::Deref;
use std::sync::LazyLock;

use hikyaku::doctor::stack::{self, Place};
use serde_json::Value;

use crate::yaml::read;

pub(crate) const ACCOUNT: &str = "111122223333";
pub(crate) const REGION: &str = "ap-northeast-1";
const HERE: Place<'static> = Place { account: ACCOUNT, region: REGION };

/// A stack without anything in it that CloudFormation would stumble over.
pub(crate) struct Stack(stack::Stack);

impl Deref for Stack {
    type Target = stack::Stack;

    fn deref(&self) -> &stack::Stack {
        &self.0
    }
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
        let stack = stack::Stack::new(template, parameters, HERE);
        assert!(stack.problems.is_empty(), "{parameters:?}: {:?}", stack.problems);
        Stack(stack)
    }

    /// The properties of the resource `name`.
    pub(crate) fn get(&self, name: &str) -> &Value {
        self.properties(name).unwrap_or_else(|| panic!("no {name} in this stack"))
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
    stack::arn(name, HERE)
}

//! What the AWS CLI prints: of Chatbot its channel configurations, of CloudFormation what the names of a template stand for.
//!
//! <https://docs.aws.amazon.com/chatbot/latest/APIReference/API_DescribeSlackChannelConfigurations.html>,
//! <https://docs.aws.amazon.com/chatbot/latest/APIReference/API_ListMicrosoftTeamsChannelConfigurations.html>,
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackResources.html>

use serde_json::Value;

use super::channel::{Names, Service, Told};
use super::template::lost;
use super::{File, Reading};

/// Learns what names stand for: resources, parameters, exports, and where the stack is.
pub(super) fn learn(file: &File, reading: &mut Reading) {
    for (list, name, value) in NAMES {
        for index in 0..file.tree.length(list) {
            let base = format!("{list}/{index}");
            let text = |key: &str| file.value(&format!("{base}/{key}")).as_str();
            if let Some(stack) = text("StackId") {
                learn_place(file, &base, stack, reading);
            }
            if let (Some(name), Some(value)) = (text(name), text(value)) {
                tell(file, &base, name, value, reading);
            }
        }
    }
    for index in 0..file.tree.length("/Stacks") {
        let base = format!("/Stacks/{index}");
        let text = |pointer: &str| file.value(&format!("{base}/{pointer}")).as_str();
        if let Some(stack) = text("StackId") {
            learn_place(file, &base, stack, reading);
        }
        for index in 0..file.tree.length(&format!("{base}/Parameters")) {
            let text = |key: &str| text(&format!("Parameters/{index}/{key}"));
            // What a parameter of SSM's stands for is its resolved value.
            let value = text("ResolvedValue").or_else(|| text("ParameterValue"));
            if let (Some(name), Some(value)) = (text("ParameterKey"), value) {
                tell(file, &format!("{base}/Parameters/{index}"), name, value, reading);
            }
        }
    }
}

/// `arn:aws:cloudformation:REGION:ACCOUNT:stack/NAME/ID`
fn learn_place(file: &File, pointer: &str, stack: &str, reading: &mut Reading) {
    let parts: Vec<&str> = stack.splitn(6, ':').collect();
    if let ["arn", partition, "cloudformation", region, account, name] = parts.as_slice() {
        let name = name.split('/').nth(1).unwrap_or_default();
        for (key, value) in [
            ("AWS::Partition", *partition),
            ("AWS::Region", region),
            ("AWS::AccountId", account),
            ("AWS::StackName", name),
            ("AWS::StackId", stack),
        ] {
            tell(file, pointer, key, value, reading);
        }
    }
}

fn tell(file: &File, pointer: &str, name: &str, value: &str, reading: &mut Reading) {
    if let Some(before) = reading.known.tell(name, value) {
        let text = format!("`{name}` is `{value}` here and was `{before}` before: take one stack at a time");
        reading.error(file, pointer, text);
    }
}

/// Whether `file` is one of the CLI's; then its channels are taken.
pub(super) fn read(file: &File, reading: &mut Reading) -> bool {
    let mut is_known = false;
    for (list, service, channel) in CHANNELS {
        is_known |= file.tree.has(list);
        for index in 0..file.tree.length(list) {
            read_channel(file, &format!("{list}/{index}"), *service, channel, reading);
        }
        if file.value(list).is_object() {
            read_channel(file, list, *service, channel, reading);
        }
    }
    for index in 0..file.tree.length("/WebhookConfigurations") {
        reading.warn(file, &format!("/WebhookConfigurations/{index}"), CHIME);
    }
    if is_known && file.tree.has("/NextToken") {
        reading.fail(
            file,
            "/NextToken",
            "there are more than this page has: run the command without --max-items and --no-paginate",
        );
    }
    is_known || OTHERS.iter().any(|key| file.tree.has(key))
}

fn read_channel(file: &File, pointer: &str, service: Service, channel: Names, reading: &mut Reading) {
    for name in file.tree.keys(pointer) {
        let pointer = format!("{pointer}/{name}");
        let says_something = !matches!(file.value(&pointer), Value::Null | Value::Bool(false)) && file.value(&pointer) != "NONE";
        let is_empty = file.value(&pointer).as_array().is_some_and(Vec::is_empty);
        if let Some(text) = lost(&name).filter(|_| says_something && !is_empty) {
            reading.lose(file, &pointer, text);
        }
    }
    if file.value(&format!("{pointer}/State")) == "DISABLED" {
        reading.warn(file, &format!("{pointer}/State"), "Chatbot posts nothing there at present; hikyaku will");
    }
    let arn = file.value(&format!("{pointer}/ChatConfigurationArn")).as_str().unwrap_or_default();
    let name = arn.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or(service.kind());
    Told { file, pointer, service, name, place: format!("in {}", file.name), channel }.take(reading);
}

/// The lists of names: where, what is called, what it stands for.
const NAMES: &[(&str, &str, &str)] = &[
    ("/StackResources", "LogicalResourceId", "PhysicalResourceId"),
    ("/StackResourceSummaries", "LogicalResourceId", "PhysicalResourceId"),
    ("/Exports", "Name", "Value"),
];

const CHANNELS: &[(&str, Service, Names)] = &[
    ("/SlackChannelConfigurations", Service::Slack, SLACK_CHANNEL),
    ("/TeamChannelConfigurations", Service::Teams, TEAMS_CHANNEL),
    ("/ChannelConfiguration", Service::Teams, TEAMS_CHANNEL),
];
const SLACK_CHANNEL: Names = &[("SlackChannelName", "SlackChannelId"), ("SlackTeamName", "SlackTeamId")];
const TEAMS_CHANNEL: Names = &[("ChannelName", "ChannelId"), ("TeamName", "TeamId"), ("", "TenantId")];

/// What is known and holds no channel.
const OTHERS: &[&str] = &["/StackResources", "/StackResourceSummaries", "/Exports", "/Stacks", "/WebhookConfigurations"];

const CHIME: &str = "is a webhook of Amazon Chime, which ended on 2026-02-20: left out; its topics need another channel";

//! A CloudFormation template: its channel configurations, and what of them has no counterpart here.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-chatbot-slackchannelconfiguration.html>,
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-chatbot-microsoftteamschannelconfiguration.html>

use serde_json::Value;

use super::channel::{Names, Service, Told};
use super::{File, Reading};
use crate::config::tree::escape;
use crate::text::nearest;

/// Whether `file` is a template; then its channels are taken.
pub(super) fn read(file: &File, reading: &mut Reading) -> bool {
    if !file.value("/Resources").is_object() {
        return false;
    }
    // What the template says itself counts where nobody has said anything else, and in this template alone.
    let before = reading.known.clone();
    for name in file.tree.keys("/Parameters") {
        let default = file.value(&format!("/Parameters/{}/Default", escape(&name)));
        if let (Ok(default), None) = (reading.known.text(default), reading.known.value(&name)) {
            reading.known.tell(&name, &default);
        }
    }
    let ids = file.tree.keys("/Resources");
    for id in &ids {
        name_topic(file, id, reading);
    }
    for id in &ids {
        read_resource(file, id, reading);
    }
    reading.known = before;
    true
}

/// A topic with a name of its own has a known ARN, where the account and the Region are known.
fn name_topic(file: &File, id: &str, reading: &mut Reading) {
    let base = format!("/Resources/{}", escape(id));
    if file.value(&format!("{base}/Type")) != "AWS::SNS::Topic" || reading.known.value(id).is_some() {
        return;
    }
    let name = reading.known.text(file.value(&format!("{base}/Properties/TopicName")));
    let place = ["AWS::Partition", "AWS::Region", "AWS::AccountId"].map(|name| reading.known.value(name).map(str::to_owned));
    if let (Ok(name), [Some(partition), Some(region), Some(account)]) = (name, place) {
        reading.known.tell(id, &format!("arn:{partition}:sns:{region}:{account}:{name}"));
    }
}

fn read_resource(file: &File, id: &str, reading: &mut Reading) {
    let base = format!("/Resources/{}", escape(id));
    if id.starts_with("Fn::ForEach") || id.starts_with("Fn::Transform") {
        if file.value(&base).to_string().contains("AWS::Chatbot::") {
            reading.fail(file, &base, IS_A_MACRO);
        }
        return;
    }
    let (service, known, channel): (_, &[&str], Names) = match file.value(&format!("{base}/Type")).as_str() {
        Some("AWS::Chatbot::SlackChannelConfiguration") => (Service::Slack, SLACK, SLACK_CHANNEL),
        Some("AWS::Chatbot::MicrosoftTeamsChannelConfiguration") => (Service::Teams, TEAMS, TEAMS_CHANNEL),
        Some("AWS::Chatbot::CustomAction") => return reading.lose(file, &base, CUSTOM_ACTIONS),
        Some(other) if other.starts_with("AWS::Chatbot::") => {
            return reading.fail(file, &format!("{base}/Type"), "is no channel configuration that is known here");
        }
        Some("AWS::CloudFormation::Stack") => return reading.warn(file, &base, NESTED),
        _ => return,
    };
    let properties = format!("{base}/Properties");
    if let Value::String(condition) = file.value(&format!("{base}/Condition")) {
        let text = format!("is there under the condition `{condition}` alone; the configuration has it in any case");
        reading.warn(file, &format!("{base}/Condition"), text);
    }
    if file.value(&format!("{base}/DeletionPolicy")).as_str().is_some_and(|policy| policy.starts_with("Retain")) {
        reading.warn(file, &format!("{base}/DeletionPolicy"), RETAINED);
    }
    for name in file.tree.keys(&properties) {
        let pointer = format!("{properties}/{}", escape(&name));
        if let Some(text) = lost(&name) {
            reading.lose(file, &pointer, text);
        } else if !known.contains(&name.as_str()) {
            reading.warn(file, &pointer, format!("is no property of it{}", nearest(&name, known.iter().copied())));
        }
    }
    let place = match file.tree.position(&base) {
        Some((line, _)) => format!("{id} in {}:{line}", file.name),
        None => format!("{id} in {}", file.name),
    };
    Told { file, pointer: &properties, service, name: id, place, channel }.take(reading);
}

/// What is lost with a property, under CloudFormation's name for it or the API's, and what to do.
pub(super) fn lost(property: &str) -> Option<&'static str> {
    LOST.iter().find(|(names, _)| names.contains(&property)).map(|(_, text)| *text)
}

const LOST: &[(&[&str], &str)] = &[
    (
        &["IamRoleArn"],
        "nobody gives commands to AWS from the channel any more: the role can go, unless something else assumes it",
    ),
    (
        &["GuardrailPolicies", "GuardrailPolicyArns"],
        "guardrails bound what could be done from the channel; hikyaku only posts, so that there is nothing to bound",
    ),
    (
        &["UserRoleRequired", "UserAuthorizationRequired"],
        "user roles were for commands from the channel, of which there are none any more",
    ),
    (&["LoggingLevel"], "hikyaku logs every delivery, and no message's text; there is no level to set"),
    (&["CustomizationResourceArns"], CUSTOM_ACTIONS),
];

const CUSTOM_ACTIONS: &str = "custom actions and command aliases have no counterpart: a message links to the runbook of its account (`accounts`), or to what its sender gives as a link";
const NESTED: &str =
    "is a stack of its own, which is not looked into: add its template if there are channel configurations in it";
const RETAINED: &str = "keeps it when it is taken out of the template: delete it in Chatbot at the cut-over, else both post";
const IS_A_MACRO: &str = "only CloudFormation expands this: take what `aws cloudformation get-template --template-stage Processed --stack-name STACK` prints";

const SLACK_CHANNEL: Names = &[("", "SlackChannelId"), ("", "SlackWorkspaceId")];
const TEAMS_CHANNEL: Names = &[("TeamsChannelName", "TeamsChannelId"), ("TeamName", "TeamId"), ("", "TeamsTenantId")];
/// The properties that have a counterpart, or need none.
const SLACK: &[&str] = &["ConfigurationName", "SlackWorkspaceId", "SlackChannelId", "SnsTopicArns", "Tags"];
const TEAMS: &[&str] =
    &["ConfigurationName", "TeamId", "TeamName", "TeamsChannelId", "TeamsChannelName", "TeamsTenantId", "SnsTopicArns", "Tags"];

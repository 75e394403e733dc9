//! The files: a configuration, and the subscriptions of its topics as CloudFormation and as commands.

use serde_json::Value;

use super::plan::{Plan, Planned, Receiver, plain, unused};
use super::{Input, one_line};

pub(super) fn all(plan: &Plan, inputs: &[Input]) -> Vec<(&'static str, String)> {
    let names: Vec<String> = inputs.iter().map(|input| one_line(&input.name)).collect();
    let from = names.join(", ");
    vec![
        ("hikyaku.yaml", configuration(plan, &from)),
        ("subscriptions.yaml", template(plan, &from)),
        ("subscriptions.sh", script(plan, &from)),
    ]
}

fn configuration(plan: &Plan, from: &str) -> String {
    let mut out = format!("# What AWS Chatbot does by {from}, done by hikyaku. Made by `hikyaku migrate chatbot`.\n\n");
    out.push_str(WEBHOOKS);
    out.push_str("receivers:\n");
    for Receiver { name, service, about, .. } in &plan.receivers {
        about.iter().for_each(|about| out.push_str(&format!("  # {about}\n")));
        let url = quoted(&format!("ssm:/hikyaku/{name}"));
        out.push_str(&format!("  {}: {{ {}: {{ url: {url} }} }}\n", key(name), service.kind()));
    }
    let names = |to: &[usize]| {
        let names = to.iter().filter_map(|place| plan.receivers.get(*place)).map(|receiver| key(&receiver.name));
        names.collect::<Vec<_>>().join(", ")
    };
    let routes = plan.routes();
    let everybody: Vec<usize> = (0..plan.receivers.len()).collect();
    out.push_str("\n# Each topic's messages go where Chatbot posted them.\nroutes:\n");
    if routes.iter().any(|(_, to)| *to != everybody) {
        for (topics, to) in &routes {
            let topics: Vec<String> = topics.iter().map(|topic| quoted(&topic.arn)).collect();
            match topics.as_slice() {
                [topic] => out.push_str(&format!("  - match: {{ topic: [{topic}] }}\n")),
                topics => out.push_str(&format!("  - match:\n      topic:\n        - {}\n", topics.join("\n        - "))),
            }
            out.push_str(&format!("    to: [{}]\n", names(to)));
        }
        out.push_str("  # What came through none of them, such as an event of a rule whose target is the function.\n");
    }
    out.push_str(&format!("  - to: [{}]\n\n{TOPICS}topics:\n", names(&everybody)));
    for Planned { arn, is_known, file, .. } in &plan.topics {
        let note = if *is_known {
            String::new()
        } else {
            format!("   # not known from {}: write its ARN here and above", one_line(file))
        };
        out.push_str(&format!("  - {}{note}\n", quoted(arn)));
    }
    out
}

fn template(plan: &Plan, from: &str) -> String {
    let mut out = format!("# hikyaku's function as a subscriber of the topics in {from}.\n{TEMPLATE}");
    let mut used: Vec<String> = Vec::new();
    for topic in &plan.topics {
        let id = unused(&logical_id(topic), |id| used.iter().any(|one| one == &id.replace('-', ""))).replace('-', "");
        // What stands for no topic is no expression that could stay.
        let written = if topic.is_known || !topic.written.is_string() { expression(&topic.written) } else { quoted(&topic.arn) };
        // Where the topic is a name of the template's own, the stack is where it is.
        let region = match topic.written.is_string() && topic.is_known {
            true => format!("      Region: {}\n", quoted(topic.arn.split(':').nth(3).unwrap_or_default())),
            false => String::new(),
        };
        out.push_str(&format!(
            "  {id}Subscription:\n    Type: AWS::SNS::Subscription\n    Properties:\n      TopicArn: {written}\n{region}      \
             Protocol: lambda\n      Endpoint: !Ref HikyakuFunctionArn\n  {id}Permission:\n    Type: AWS::Lambda::Permission\n    \
             Properties:\n      Action: lambda:InvokeFunction\n      FunctionName: !Ref HikyakuFunctionArn\n      \
             Principal: sns.amazonaws.com\n      SourceArn: {written}\n"
        ));
        used.push(id);
    }
    out
}

/// `Hikyaku` and the topic's name in its template, or its own in words.
fn logical_id(topic: &Planned) -> String {
    const MAX_CHARS: usize = 100;
    let name = topic.written.get("Ref").and_then(Value::as_str).unwrap_or(&topic.name);
    let words = name.split(|char: char| !char.is_ascii_alphanumeric()).filter_map(|word| {
        let (first, rest) = word.split_at_checked(1)?;
        Some(first.to_ascii_uppercase() + rest)
    });
    format!("Hikyaku{}", words.collect::<String>()).chars().take(MAX_CHARS).collect()
}

fn script(plan: &Plan, from: &str) -> String {
    let mut out = format!("#!/bin/sh\n# hikyaku's function as a subscriber of the topics in {from}.\n{SCRIPT}");
    for (number, Planned { arn, is_known, name, .. }) in plan.topics.iter().enumerate() {
        let mark = if *is_known { "" } else { "# " };
        if !is_known {
            out.push_str("# Not known: write the topic's ARN into these lines.\n");
        }
        let (arn, region) = (shell(arn), shell(arn.split(':').nth(3).unwrap_or_default()));
        let statement =
            format!("hikyaku-{}-{}", number + 1, plain(&name.replace('.', "-"), "topic")).chars().take(100).collect::<String>();
        out.push_str(&format!("{mark}subscribe {statement} {region} {arn}\n"));
    }
    out
}

/// A value of a template: `!Ref Topic` in its short form, anything else as JSON, which YAML is too.
fn expression(value: &Value) -> String {
    let short = value.as_object().filter(|object| object.len() == 1).and_then(|object| object.iter().next());
    match short {
        Some((function, Value::String(name))) if function == "Ref" && is_word(name) => format!("!Ref {name}"),
        _ => json(value),
    }
}

/// A key of a mapping, or an item of a list, that is a text whatever it looks like.
fn key(name: &str) -> String {
    const WORDS: &[&str] = &["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    match is_word(name) && !WORDS.contains(&name.to_ascii_lowercase().as_str()) {
        true => name.to_owned(),
        false => quoted(name),
    }
}

fn is_word(text: &str) -> bool {
    text.starts_with(|char: char| char.is_ascii_alphabetic())
        && text.chars().all(|char| char.is_ascii_alphanumeric() || "-_".contains(char))
}

fn quoted(text: &str) -> String {
    json(&Value::from(text))
}

/// JSON that YAML takes too: it wants an escape for what JSON lets stand.
///
/// <https://yaml.org/spec/1.2.2/#51-character-set>
fn json(value: &Value) -> String {
    let escaped =
        |char: char| matches!(char, '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}');
    let written = |char: char| if escaped(char) { format!("\\u{:04x}", u32::from(char)) } else { char.to_string() };
    value.to_string().chars().map(written).collect()
}

/// A word that a shell takes as it stands.
fn shell(text: &str) -> String {
    let is_plain = |char: char| char.is_ascii_alphanumeric() || ":-_./".contains(char);
    if !text.is_empty() && text.chars().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", one_line(text).replace('\'', "'\\''"))
    }
}

const WEBHOOKS: &str = "\
# Chatbot posted as an app; hikyaku posts to a webhook, which is made once for each channel:
#   Slack: https://api.slack.com/apps, Create New App, Incoming Webhooks, Add New Webhook, and choose the channel.
#   Teams: the channel's Workflows, \"Post to a channel when a webhook request is received\".
# Its address is a secret:
#   aws ssm put-parameter --name /hikyaku/NAME --type SecureString --value ADDRESS
";

const TOPICS: &str = "\
# Who may send. If something is to come through the topic of hikyaku's own stack, add its output TopicArn.
";

const TEMPLATE: &str = "\
# What is a !Ref belongs into the template that has the topic, all else into any stack in the function's Region.
#   aws lambda get-function --function-name NAME --query Configuration.FunctionArn
Parameters:
  HikyakuFunctionArn:
    Type: String

Resources:
";

const SCRIPT: &str = "\
#   FUNCTION=NAME sh subscriptions.sh     # the stack's output FunctionName
set -eu
arn=$(aws lambda get-function --function-name \"$FUNCTION\" --query Configuration.FunctionArn --output text)

# To run it again does no harm: a permission that is there stays, and SNS answers with the subscription that is there.
subscribe() {
  said=$(aws lambda add-permission --function-name \"$FUNCTION\" --statement-id \"$1\" --action lambda:InvokeFunction \\
    --principal sns.amazonaws.com --source-arn \"$3\" 2>&1) || case $said in
    *ResourceConflictException*) ;;
    *) printf '%s\\n' \"$said\" >&2; return 1 ;;
  esac
  aws sns subscribe --region \"$2\" --topic-arn \"$3\" --protocol lambda --notification-endpoint \"$arn\"
}

";

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test says so by failing")]
mod tests {
    use super::*;

    #[test]
    fn what_is_quoted_reads_the_same_in_yaml() {
        let odd: String = ('\0'..='\u{ff}').chain("\u{2028}\u{2029}\u{feff}\u{fffd}\u{fffe}\u{ffff}🔑通知".chars()).collect();
        for text in [odd.as_str(), "", "'\"\\", "a: b # c", "- !Ref x"] {
            let read: String = serde_saphyr::from_str(&quoted(text)).unwrap();
            assert_eq!(read, text);
        }
    }
}

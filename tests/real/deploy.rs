//! The stack in moto, as far as moto goes, and one notice from its topic over its queue and the function to a receiver.
use std::path::Path;
use std::process::Command;

use hikyaku::doctor::stack::{Place, Stack, parse};
use serde_json::{Value, json};

use crate::aws::{Moto, REGION};
use crate::emulator::Function;
use crate::support::{Sink, tool};

const ACCOUNT: &str = "111122223333";

#[test]
fn a_notice_goes_from_the_topic_of_the_stack_to_a_receiver() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let template = parse(&std::fs::read_to_string(root.join("infra/template.yaml")).unwrap()).unwrap();
    let parameters = [
        ("SlackWebhookUrl", "ssm:/hikyaku/slack"),
        ("AlarmEmail", "ops@example.com"),
        ("Durable", "true"),
        ("AlarmOnUnrouted", "true"),
        ("SelfTestSchedule", "rate(1 day)"),
    ];
    let stack = Stack::new(&template, &parameters, Place { account: ACCOUNT, region: REGION });
    assert!(stack.problems.is_empty() && stack.refused.is_empty(), "{:?} {:?}", stack.problems, stack.refused);

    let moto = Moto::start("a_notice_goes_from_the_topic_of_the_stack_to_a_receiver");
    let file = moto.write("resources.json", &json!(stack.resources).to_string());
    let built = Command::new(tool("python/bin/python"))
        .arg(root.join("tests/real/deploy.py"))
        .args([&moto.address(), ACCOUNT])
        .arg(file)
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let built: Value = serde_json::from_slice(&built.stdout).unwrap();
    for kind in [
        "AWS::KMS::Key",
        "AWS::SQS::Queue",
        "AWS::SQS::QueuePolicy",
        "AWS::SNS::Topic",
        "AWS::SNS::TopicPolicy",
        "AWS::SNS::Subscription",
        "AWS::Events::Rule",
        "AWS::CloudWatch::Alarm",
    ] {
        assert_eq!(built["made"][kind], stack.all(kind).len(), "{kind}: {built}");
    }
    assert_eq!(built["alarms"], stack.all("AWS::CloudWatch::Alarm").len());

    // As Lambda's mapping hands it on: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
    let records = built["messages"].as_array().unwrap().iter().map(|message| {
        json!({
            "messageId": message["MessageId"], "receiptHandle": message["ReceiptHandle"], "body": message["Body"],
            "attributes": {}, "messageAttributes": {}, "eventSource": "aws:sqs", "awsRegion": REGION,
            "eventSourceARN": format!("arn:aws:sqs:{REGION}:{ACCOUNT}:EventQueue"),
        })
    });
    let records = records.collect::<Vec<Value>>();
    assert_eq!(records.len(), 1, "{built}");
    let sink = Sink::start();
    let function = Function::start("a_notice_goes_from_the_topic_of_the_stack_to_a_receiver_function", &sink);
    let answer = function.invoke(&json!({ "Records": records }));
    assert_eq!(answer, json!({ "batchItemFailures": [] }));
    let received = sink.take();
    assert!(received.len() == 1 && received[0].body.contains("mizuumi wrote 1,204 rows"), "{received:?}");
}

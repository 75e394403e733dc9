//! An account that lets nobody look, a clock that is wrong, and a test message.

use std::net::Ipv4Addr;

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use crate::support::canary::CANARY;
use crate::support::folder::Folder;
use crate::support::http::Message;
use crate::support::program::{Run, hikyaku};
use crate::support::server::Server;

const FUNCTION: &str = "arn:aws:lambda:ap-northeast-1:111122223333:function:hikyaku";
const TOPIC: &str = "arn:aws:sns:ap-northeast-1:111122223333:notices";

/// An account on loopback whose caller may see the function's configuration and nothing else, or is `refused` everything; its clock
/// stands at `date`.
async fn account(date: &'static str, refused: Option<&'static str>) -> String {
    account_with(date, refused, Vec::new()).await
}

/// One that also gives `answers`: words that a request has, the last that fit, and what it is answered.
type Answers = Vec<(&'static str, Value)>;

async fn account_with(date: &'static str, refused: Option<&'static str>, answers: Answers) -> String {
    let answers: &'static Answers = Box::leak(Box::new(answers));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                while let Some(request) = Message::read(&mut stream).await {
                    let (status, body) = answer(&request, refused, answers);
                    let head = format!("HTTP/1.1 {status} x\r\ndate: {date}\r\ncontent-length: {}", body.len());
                    if stream.write_all(format!("{head}\r\n\r\n{body}").as_bytes()).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    address
}

fn answer(request: &Message, refused: Option<&str>, answers: &Answers) -> (u16, String) {
    // It is signed, for the service that it is meant for.
    let authorization = request.header("authorization").unwrap();
    assert!(authorization.starts_with("AWS4-HMAC-SHA256 Credential=x/"), "{authorization}");
    let asked = format!("{} {} {}", request.first, request.header("x-amz-target").unwrap_or_default(), request.body);
    let is_asked = |words: &str| words.split(' ').all(|word| asked.contains(word));
    // Null is what nobody may see.
    if let Some((_, answer)) = answers.iter().rev().find(|(words, _)| is_asked(words)).filter(|(_, answer)| !answer.is_null()) {
        return (200, answer.as_str().map_or_else(|| answer.to_string(), str::to_owned));
    }
    if refused.is_none() && request.first.starts_with("GET /2015-03-31/functions/hikyaku/configuration ") {
        assert!(authorization.contains("/ap-northeast-1/lambda/aws4_request"), "{authorization}");
        let configuration = json!({ "FunctionName": "hikyaku", "FunctionArn": FUNCTION, "Runtime": "provided.al2023", "Timeout": 60,
            "DeadLetterConfig": { "TargetArn": "arn:aws:sqs:ap-northeast-1:111122223333:failures" } });
        return (200, configuration.to_string());
    }
    if authorization.contains("/sns/") {
        let error = format!("<Error><Type>Sender</Type><Code>AuthorizationError</Code><Message>{CANARY}</Message></Error>");
        return (403, format!("<ErrorResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\">{error}</ErrorResponse>"));
    }
    (
        400,
        json!({ "__type": format!("com.amazon#{}", refused.unwrap_or("AccessDeniedException")), "message": CANARY }).to_string(),
    )
}

fn online(folder: &Folder, account: &str) -> Run {
    seen(folder, account, &["--topic", TOPIC])
}

fn seen(folder: &Folder, account: &str, arguments: &[&str]) -> Run {
    let run = hikyaku(folder, ["doctor", "--json", "--online", "--function", "hikyaku"].iter().chain(arguments));
    let variables = [
        ("AWS_ENDPOINT_URL", account),
        ("AWS_REGION", "ap-northeast-1"),
        ("AWS_ACCESS_KEY_ID", "x"),
        ("AWS_SECRET_ACCESS_KEY", "x"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ];
    variables.into_iter().fold(run, |run, (name, value)| run.env(name, value))
}

/// The date header of now, give or take less than AWS minds.
fn now() -> &'static str {
    let now = jiff::Timestamp::now();
    Box::leak(jiff::fmt::rfc2822::to_string(&now.to_zoned(jiff::tz::TimeZone::UTC)).unwrap().into_boxed_str())
}

#[tokio::test]
async fn what_the_caller_may_not_see_is_unknown_with_the_permission_that_it_takes() {
    let folder = Folder::new();
    folder.write(
        "hikyaku.yaml",
        "receivers: { ops: { slack: { url: \"ssm:/hook\" } }, mail: { email: { topic_arn: \
        \"arn:aws:sns:ap-northeast-1:111122223333:mail\" } } }\nroutes: [{ to: [ops, mail] }]\nfailure_queue: \
        https://sqs.ap-northeast-1.amazonaws.com/111122223333/failures\nledger: { dynamodb: { table: ledger } }\n",
    );
    let said = online(&folder, &account(now(), None).await).run().await;
    assert_eq!(said.status, 0, "{said:?}");
    let findings = said.json()["findings"].as_array().unwrap().clone();
    for (check, permission) in [
        ("secret.readable", "ssm:GetParameter"),
        ("receiver.reachable", "sns:ListSubscriptionsByTopic"),
        ("ledger.table", "dynamodb:DescribeTable"),
        ("topic.subscribed", "sns:ListSubscriptionsByTopic"),
        ("topic.publishers", "sns:GetTopicAttributes"),
        ("topic.key", "sns:GetTopicAttributes"),
        ("rule.events", "events:ListRuleNamesByTarget"),
        ("function.concurrency", "lambda:GetFunctionConcurrency"),
        ("function.callers", "lambda:GetPolicy"),
        ("function.failures", "lambda:GetFunctionEventInvokeConfig"),
        ("function.log", "logs:DescribeLogGroups"),
        ("queue.source", "lambda:ListEventSourceMappings"),
    ] {
        let found = findings.iter().find(|finding| finding["check"] == check).unwrap_or_else(|| panic!("{check}: {findings:#?}"));
        assert_eq!(found["level"], "unknown", "{found}");
        assert!(found["mend"].as_str().unwrap().starts_with(&format!("allow yourself {permission}")), "{found}");
    }
    assert!(findings.iter().all(|finding| finding["level"] == "ok" || finding["level"] == "unknown"), "{findings:#?}");
    let clock = findings.iter().find(|finding| finding["check"] == "clock").unwrap();
    assert_eq!(clock["level"], "ok", "{clock}");
}

#[tokio::test]
async fn a_clock_that_is_wrong_is_an_error() {
    let folder = Folder::new();
    let (past, future) = ("Sat, 21 Nov 2020 07:30:00 GMT", "Sat, 21 Nov 2099 07:30:00 GMT");
    for (date, refused, says) in [
        (past, None, "minutes ahead of AWS's"),
        (future, None, "minutes behind AWS's"),
        // As AWS does with a signature of another time: there is nothing else to see.
        (past, Some("InvalidSignatureException"), "minutes ahead of AWS's"),
    ] {
        let said = online(&folder, &account(date, refused).await).run().await;
        assert_eq!(said.status, 1, "{said:?}");
        let findings = said.json()["findings"].as_array().unwrap().clone();
        let clock = findings.iter().find(|finding| finding["check"] == "clock").unwrap();
        assert_eq!(clock["level"], "error", "{clock}");
        assert!(clock["says"].as_str().unwrap().contains(says) && clock["mend"].is_string(), "{clock}");
    }
}

#[tokio::test]
async fn a_function_that_cannot_be_seen_is_2() {
    let folder = Folder::new();
    let said = online(&folder, &account(now(), Some("AccessDeniedException")).await).run().await;
    assert_eq!((said.status, said.stdout.as_str()), (2, ""), "{said:?}");
    assert!(said.stderr.contains("AccessDeniedException; allow yourself lambda:GetFunctionConfiguration"), "{said:?}");
    let said = online(&folder, "http://127.0.0.1:1").run().await;
    assert_eq!(said.status, 2, "{said:?}");
    assert!(said.stderr.contains("hikyaku: no connection"), "{said:?}");
}

#[tokio::test]
async fn a_test_message_says_what_it_is_in_the_receivers_language() {
    for (locale, words) in [("en", "A test for ops. Nothing has happened"), ("ja", "ops への送信テストです。")] {
        let (server, folder) = (Server::start().await, Folder::new());
        folder.config(&[("ops", "slack", &server.url("ops"))], &format!("locale: {locale}\n"));
        let run = |arguments: &[&str]| hikyaku(&folder, ["doctor", "--json", "--online"].iter().chain(arguments));
        let said = run(&[]).run().await;
        assert!(server.requests("ops").is_empty(), "nothing is sent unasked: {said:?}");
        let said = run(&["--send", "ops"]).run().await;
        let findings = said.json()["findings"].as_array().unwrap().clone();
        let sent: Vec<&Value> = findings.iter().filter(|finding| finding["check"] == "receiver.sent").collect();
        assert_eq!(sent.len(), 1, "{findings:#?}");
        assert_eq!((&sent[0]["level"], &sent[0]["says"]), (&json!("ok"), &json!("a test message: delivered, status 200")));
        assert!(server.only("ops").json().to_string().contains(words), "{:?}", server.only("ops").json());
    }
    let folder = Folder::new();
    folder.config(&[("ops", "slack", "http://127.0.0.1:1/x")], "");
    let said = hikyaku(&folder, ["doctor", "--json", "--online", "--send", "ops"]).run().await;
    assert_eq!(said.status, 1, "{said:?}");
    let findings = said.json()["findings"].as_array().unwrap().clone();
    for check in ["receiver.reachable", "receiver.sent"] {
        let found = findings.iter().find(|finding| finding["check"] == check).unwrap();
        assert_eq!(found["level"], "error", "{found}");
    }
    let said = hikyaku(&folder, ["doctor", "--online", "--send", "nobody"]).run().await;
    assert_eq!(said.status, 2, "{said:?}");
}

const QUEUE: &str = "arn:aws:sqs:ap-northeast-1:111122223333:failures";
const QUEUE_URL: &str = "https://sqs.ap-northeast-1.amazonaws.com/111122223333/failures";

/// What an account answers of which everything is seen and whole, but for alarms.
fn whole() -> Answers {
    let policy = |service: &str| {
        json!({ "Statement": [{ "Effect": "Allow", "Principal": { "Service": service }, "Action": "*", "Resource": "*",
            "Condition": { "ArnLike": { "aws:SourceArn": TOPIC } } }] })
        .to_string()
    };
    let everybody = json!({ "Statement": [{ "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*" }] }).to_string();
    let queue = json!({ "QueueArn": QUEUE, "Policy": everybody, "MessageRetentionPeriod": "1209600", "VisibilityTimeout": "30",
        "ApproximateNumberOfMessages": "0" });
    let subscription = format!(
        "<member><SubscriptionArn>{TOPIC}:1</SubscriptionArn><TopicArn>{TOPIC}</TopicArn><Protocol>lambda</Protocol><Endpoint>{FUNCTION}</Endpoint></member>"
    );
    let redrive = json!({ "deadLetterTargetArn": QUEUE }).to_string();
    vec![
        ("GET /2015-03-31/functions/hikyaku/configuration", configuration(json!({}))),
        ("GET concurrency", json!({})),
        ("GET /policy", json!({ "Policy": policy("sns.amazonaws.com") })),
        ("GET event-invoke-config", json!({ "DestinationConfig": { "OnFailure": { "Destination": QUEUE } } })),
        ("GET event-source-mappings", json!({ "EventSourceMappings": [] })),
        ("DescribeLogGroups", json!({ "logGroups": [] })),
        ("GetQueueUrl", json!({ "QueueUrl": QUEUE_URL })),
        ("GetQueueAttributes", json!({ "Attributes": queue })),
        ("ListRuleNamesByTarget", json!({ "RuleNames": [] })),
        ("Action=GetTopicAttributes", sns("GetTopicAttributes", &entries(&[("Policy", &everybody)]))),
        (
            "Action=ListSubscriptionsByTopic",
            sns("ListSubscriptionsByTopic", &format!("<Subscriptions>{subscription}</Subscriptions>")),
        ),
        ("Action=ListSubscriptions&", sns("ListSubscriptions", &format!("<Subscriptions>{subscription}</Subscriptions>"))),
        ("Action=GetSubscriptionAttributes", sns("GetSubscriptionAttributes", &entries(&[("RedrivePolicy", &redrive)]))),
    ]
}

/// The function, with `more` to it.
fn configuration(more: Value) -> Value {
    let mut whole = json!({ "FunctionName": "hikyaku", "FunctionArn": FUNCTION, "Runtime": "provided.al2023", "Timeout": 60 });
    whole.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    whole
}

/// An answer of SNS.
fn sns(action: &str, result: &str) -> Value {
    let result = format!("<{action}Result>{result}</{action}Result>");
    format!("<{action}Response xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\">{result}</{action}Response>").into()
}

fn entries(attributes: &[(&str, &str)]) -> String {
    let entry =
        |(key, value): &(&str, &str)| format!("<entry><key>{key}</key><value>{}</value></entry>", value.replace('"', "&quot;"));
    format!("<Attributes>{}</Attributes>", attributes.iter().map(entry).collect::<String>())
}

/// What is found in an account that answers like a whole one, but for `answers`.
async fn found(arguments: &[&str], answers: Answers) -> Vec<Value> {
    found_from(&Folder::new(), arguments, answers).await
}

async fn found_from(folder: &Folder, arguments: &[&str], answers: Answers) -> Vec<Value> {
    let said = seen(folder, &account_with(now(), None, [whole(), answers].concat()).await, arguments).run().await;
    said.json()["findings"].as_array().unwrap().clone()
}

/// Of one check, those that do not hold.
fn short<'a>(findings: &'a [Value], check: &str) -> Vec<&'a Value> {
    findings.iter().filter(|finding| finding["check"] == check && finding["level"] != "ok").collect()
}

#[tokio::test]
async fn a_line_that_mends_breaks_nothing_else() {
    let target = json!({ "Id": "Target0", "Arn": FUNCTION, "InputTransformer": { "InputTemplate": "\"it's <x>\"" } });
    let findings = found(
        &["--topic", TOPIC],
        vec![
            (
                "GET /2015-03-31/functions/hikyaku/configuration",
                configuration(json!({ "LoggingConfig": { "LogGroup": "/of/ours" } })),
            ),
            (
                "GET event-invoke-config",
                json!({ "MaximumRetryAttempts": 0, "DestinationConfig": { "OnFailure": { "Destination": QUEUE } } }),
            ),
            ("DescribeLogGroups", json!({ "logGroups": [{ "logGroupName": "/of/ours", "retentionInDays": 3 }] })),
            ("ListRuleNamesByTarget", json!({ "RuleNames": ["health"] })),
            ("DescribeRule", json!({ "Arn": "arn:aws:events:ap-northeast-1:111122223333:rule/health", "State": "ENABLED" })),
            ("ListTargetsByRule", json!({ "Targets": [target] })),
        ],
    )
    .await;
    for (check, mend) in [
        // `put` would take the destination away,
        ("function.failures", "aws lambda update-function-event-invoke-config --function-name hikyaku --maximum-event-age"),
        ("function.log", "aws logs put-retention-policy --log-group-name /of/ours --retention-in-days 30"),
        // another id make a second target, and what is left out be gone.
        (
            "rule.failures",
            r#"aws events put-targets --rule health --targets '[{"Id":"Target0","Arn":"arn:aws:lambda:ap-northeast-1:111122223333:function:hikyaku","InputTransformer":{"InputTemplate":"\"it'\''s <x>\""},"DeadLetterConfig":{"Arn":"QUEUE-ARN"}}]'"#,
        ),
    ] {
        let found = short(&findings, check);
        assert!(found.len() == 1 && found[0]["mend"].as_str().unwrap().starts_with(mend), "{check}: {found:#?}");
    }
    let findings = found(&["--topic", TOPIC], vec![("GET event-invoke-config", json!({}))]).await;
    let found = short(&findings, "function.failures");
    assert!(found[0]["mend"].as_str().unwrap().starts_with("aws lambda put-function-event-invoke-config "), "{found:#?}");
}

#[tokio::test]
async fn a_topic_is_found_by_its_subscription_though_nothing_lets_it_in() {
    let nobody = ("GET /policy", json!({ "Policy": "{}" }));
    let member = |endpoint: &str| {
        format!(
            "<member><SubscriptionArn>{TOPIC}:1</SubscriptionArn><TopicArn>{TOPIC}</TopicArn><Protocol>lambda</Protocol><Endpoint>{endpoint}</Endpoint></member>"
        )
    };
    let page = |members: String, next: &str| sns("ListSubscriptions", &format!("<Subscriptions>{members}</Subscriptions>{next}"));
    let first = page(member("arn:aws:sqs:ap-northeast-1:111122223333:other"), "<NextToken>second</NextToken>");
    let pages =
        [("Action=ListSubscriptions&", first), ("Action=ListSubscriptions& NextToken=second", page(member(FUNCTION), ""))];
    let findings = found(&[], [vec![nobody.clone()], pages.to_vec()].concat()).await;
    assert!(findings.iter().any(|finding| finding["check"] == "topic.subscribed" && finding["level"] == "ok"), "{findings:#?}");
    let found_short = short(&findings, "function.callers");
    assert_eq!(found_short[0]["says"], "does not let sns.amazonaws.com call it for notices");

    // One that is let in may still be the only one.
    for (listed, permission) in [(page(String::new(), ""), "--topic"), (Value::Null, "allow yourself sns:ListSubscriptions on *")]
    {
        let findings = found(&[], vec![nobody.clone(), ("Action=ListSubscriptions&", listed.clone())]).await;
        let none = short(&findings, "topic.subscribed");
        assert_eq!((none.len(), &none[0]["level"], &none[0]["about"]), (1, &json!("unknown"), &json!("hikyaku")), "{none:#?}");
        assert!(none[0]["mend"].as_str().unwrap().starts_with(permission), "{none:#?}");
        let findings = found(&[], vec![("Action=ListSubscriptions&", listed)]).await;
        assert!(findings.iter().any(|finding| finding["check"] == "topic.key"), "{findings:#?}");
    }
}

#[tokio::test]
async fn the_failure_queue_of_the_configuration_is_looked_at() {
    const REJECTED: &str = "https://sqs.ap-northeast-1.amazonaws.com/111122223333/rejected";
    let folder = Folder::new();
    folder.write(
        "hikyaku.yaml",
        format!("receivers: {{ log: {{ console: {{}} }} }}\nroutes: [{{ to: [log] }}]\nfailure_queue: {REJECTED}\n"),
    );
    let attributes = json!({ "QueueArn": QUEUE.replace("failures", "rejected"), "MessageRetentionPeriod": "345600", "VisibilityTimeout": "30",
        "ApproximateNumberOfMessages": "2" });
    let variables = json!({ "Environment": { "Variables": { "FAILURE_QUEUE_URL": QUEUE_URL } } });
    let answers = vec![
        ("GetQueueAttributes rejected", json!({ "Attributes": attributes })),
        ("GET /2015-03-31/functions/hikyaku/configuration", configuration(variables)),
    ];
    let findings = found_from(&folder, &["--topic", TOPIC], answers.clone()).await;
    let waiting = short(&findings, "queue.waiting");
    assert_eq!((waiting.len(), &waiting[0]["about"]), (1, &json!("rejected")), "{findings:#?}");
    assert!(waiting[0]["mend"].as_str().unwrap().contains(REJECTED), "{waiting:?}");
    let findings = found_from(&folder, &["--topic", TOPIC, "--queue", QUEUE_URL], answers).await;
    assert!(short(&findings, "queue.waiting").is_empty(), "another one was asked for: {findings:#?}");
}

//! Part F: who may talk to us.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::rig::canary;
use crate::rig::events::{WORDS, over_http, plain_text, record, sns, sqs};
use crate::rig::folder::Folder;
use crate::rig::function::{Answer, Function};
use crate::rig::program::{ending, hikyaku, send};
use crate::rig::script::{Step, answer};
use crate::rig::server::Server;
use crate::rig::sns::{CERTIFICATE_PATH, TOKEN, TOPIC, certificate, confirmation, notification, posted, serves, signed};
use crate::signatures::with;
use crate::support::{acm, event, none_shows, only, sns as sns_event};

pub(crate) const OTHER: &str = "arn:aws:sns:ap-northeast-1:111122223333:other";

#[tokio::test]
async fn b97_a_topic_that_is_not_named_is_not_heard() {
    let (server, folder) = (Server::start().await, Folder::new());
    let config = folder.config(&[("ops", "slack", &server.url("ops"))], &format!("topics: [\"{TOPIC}\"]\n"));
    let from = |topic: &str| {
        let mut record = record("m-1", None, WORDS);
        record["Sns"]["TopicArn"] = topic.into();
        record
    };
    let without = {
        let mut record = record("m-1", None, WORDS);
        record["Sns"].as_object_mut().unwrap().remove("TopicArn");
        record
    };
    let inside = |outer: &str, inner: &str| {
        let mut record = from(outer);
        record["Sns"]["Message"] = from(inner)["Sns"].to_string().into();
        record
    };
    for (name, event, expected) in [
        ("named", sns(&[from(TOPIC)]), vec!["delivered"]),
        ("another", sns(&[from(OTHER)]), vec!["skipped untrusted"]),
        ("both", sns(&[from(OTHER), from(TOPIC)]), vec!["skipped untrusted", "delivered"]),
        ("its name in other letters", sns(&[from(&TOPIC.to_uppercase())]), vec!["skipped untrusted"]),
        ("its name and more", sns(&[from(&format!("{TOPIC}x"))]), vec!["skipped untrusted"]),
        ("no name", sns(&[without]), vec!["skipped untrusted"]),
        ("through a queue", json!({ "Records": [sqs("q", &from(OTHER)["Sns"].to_string())] }), vec!["skipped untrusted"]),
        ("a dead letter", json!({ "Records": [sqs("q", &sns(&[from(OTHER)]).to_string())] }), vec!["skipped untrusted"]),
        // What is inside of a message, its publisher wrote.
        ("an envelope in a message", sns(&[inside(OTHER, TOPIC)]), vec!["skipped untrusted"]),
        ("from topic to topic", sns(&[inside(TOPIC, OTHER)]), vec!["delivered"]),
        ("not over a topic", event("shop.orders", "Late", json!({})), vec!["delivered"]),
    ] {
        let before = server.all().len();
        for dry in [true, false] {
            let mut run = send(&folder, &event).config(&config);
            if dry {
                run = run.arg("--dry-run");
            }
            let said = run.run().await;
            let endings: Vec<_> = said.lines().iter().map(ending).collect();
            let expected: Vec<_> = expected
                .iter()
                .map(|ending| if dry { ending.replace("delivered", "skipped") } else { (*ending).to_owned() })
                .collect();
            assert_eq!((said.status, endings), (0, expected), "{name}, dry {dry}: {said:?}");
        }
        let delivered = expected.iter().filter(|ending| **ending == "delivered").count();
        assert_eq!(server.all().len() - before, delivered, "{name}");
    }
    let file = folder.write("other.json", sns(&[from(OTHER)]).to_string());
    let said = hikyaku(&folder, ["explain", "--json"]).arg(file).config(&config).run().await;
    let explained = &said.json()[0];
    assert_eq!((&explained["routes"][0]["matched"], &explained["deliveries"]), (&json!(false), &json!([])), "{explained}");
    assert_eq!(explained["routes"][0]["reason"], "its topic is not one of `topics`");
}

#[tokio::test]
async fn b98_a_forged_event_by_direct_invoke_is_held_to_the_same_topics() {
    let (server, folder) = (Server::start().await, Folder::new());
    let config = folder.config(&[("ops", "slack", &server.url("ops"))], &format!("topics: [\"{OTHER}\"]\n"));
    let mut function = Function::start(folder, &config, &[]).await;
    let forged = [
        plain_text(),
        json!({ "records": [record("m", None, WORDS)] }),
        record("m", None, WORDS)["Sns"].clone(),
        json!({ "requestContext": { "condition": "RetriesExhausted" }, "requestPayload": plain_text() }),
    ];
    for (index, event) in forged.iter().enumerate() {
        let answer = function.invoke(event).await;
        assert!(!answer.is_error, "{event}: {answer:?}");
        let line = function.outcomes()[index].clone();
        assert_eq!((ending(&line).as_str(), line["kind"].as_str()), ("skipped untrusted", Some("text")), "{event}");
    }
    assert_eq!(server.all().len(), 0);
    // Whatever comes over HTTP is a request, be it by another door than the function's URL.
    let body = plain_text().to_string();
    for request in [
        json!({ "requestContext": { "http": {} }, "body": body }),
        json!({ "requestContext": { "elb": {} }, "httpMethod": "POST", "headers": {}, "body": body }),
        json!({ "requestContext": { "apiId": "x" }, "httpMethod": "POST", "headers": {}, "body": body }),
    ] {
        let answer = function.invoke(&request).await;
        assert_eq!(answer.body["statusCode"], 403, "{request}: {answer:?}");
    }
    assert_eq!(server.all().len(), 0);
}

/// A function whose URL `topics` may post to; SNS is `server`, too.
async fn function(server: &Server) -> Function {
    let folder = Folder::new();
    let config = folder.config(&[("ops", "slack", &server.url("ops"))], &format!("topics: [\"{TOPIC}\"]\n"));
    let endpoint = server.url("/");
    let env = [
        ("AWS_ENDPOINT_URL_SNS", endpoint.as_str()),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "x"),
        ("AWS_SECRET_ACCESS_KEY", canary::CANARY),
    ];
    server.on(CERTIFICATE_PATH, [serves(&certificate("sns.amazonaws.com", 2020, 2100))]);
    Function::start(folder, &config, &env).await
}

fn assert_answer(answer: &Answer, status: i64, body: &str) {
    assert!(!answer.is_error, "{answer:?}");
    assert_eq!((&answer.body["statusCode"], answer.body["body"].as_str()), (&json!(status), Some(body)), "{answer:?}");
}

fn now() -> String {
    format!("{:.3}", Timestamp::now())
}

#[tokio::test]
async fn b100_what_sns_has_signed_is_delivered_once() {
    let server = Server::start().await;
    let mut function = function(&server).await;
    let delivery = signed(notification("https-1", &now(), WORDS));
    assert_answer(&function.invoke(&posted(&delivery)).await, 200, "delivered\n");
    assert!(server.only("ops").body().contains(WORDS));
    // Again, be it SNS that did not hear us, or somebody who listened.
    assert_answer(&function.invoke(&posted(&delivery)).await, 200, "delivered before\n");
    let mut encoded = posted(&signed(notification("https-2", &now(), "In base64.")));
    encoded["body"] = base64(encoded["body"].as_str().unwrap()).into();
    encoded["isBase64Encoded"] = true.into();
    assert_answer(&function.invoke(&encoded).await, 200, "delivered\n");
    assert_answer(&function.invoke(&over_http("no JSON")).await, 400, "not JSON\n");
    let forged = with(signed(notification("https-3", &now(), WORDS)), "Message", "Forged.".into());
    assert_answer(&function.invoke(&posted(&forged)).await, 403, "refused\n");
    assert_eq!((server.requests("ops").len(), server.requests(CERTIFICATE_PATH).len()), (2, 1));
    let endings: Vec<_> = function.outcomes().iter().map(ending).collect();
    assert_eq!(endings, ["delivered", "delivered"]);
    let said = function.said();
    assert!(said.contains("refused: its signature is not SNS's") && !said.contains("Forged"), "{said}");
}

#[tokio::test]
async fn b100_what_is_not_delivered_is_asked_for_again() {
    let server = Server::start().await;
    let mut function = function(&server).await;
    let delivery = signed(notification("https-1", &now(), WORDS));
    server.on("ops", [answer(500, "").into()]);
    assert_answer(&function.invoke(&posted(&delivery)).await, 503, "not delivered\n");
    assert!(function.said().contains("not delivered: text to ops (server_error)"), "{}", function.said());
    server.on("ops", [answer(200, "ok").into()]);
    let before = server.requests("ops").len();
    assert_answer(&function.invoke(&posted(&delivery)).await, 200, "delivered\n");
    assert_eq!(server.requests("ops").len() - before, 1);
    // Nobody can tell whether it is SNS's while the certificate is not to be had.
    let mut elsewhere = notification("https-2", &now(), WORDS);
    elsewhere["SigningCertURL"] = "https://sns.ap-northeast-1.amazonaws.com/SimpleNotificationService-2.pem".into();
    server.on("/SimpleNotificationService-2.pem", [answer(500, "").into()]);
    assert_answer(&function.invoke(&posted(&signed(elsewhere))).await, 503, "try again\n");
    // SNS waits fifteen seconds, however long the function may run.
    server.on("ops", [Step::Hang]);
    let slow = posted(&signed(notification("https-3", &now(), WORDS))).to_string();
    let answer = function.invoke_raw(slow, Duration::from_secs(60)).await;
    assert_answer(&answer, 503, "not delivered\n");
    assert!(answer.took < Duration::from_secs(15), "{answer:?}");
}

#[tokio::test]
async fn b100_a_subscription_is_confirmed_by_its_token_alone() {
    let server = Server::start().await;
    let mut function = function(&server).await;
    let done = "<ConfirmSubscriptionResponse><ConfirmSubscriptionResult><SubscriptionArn>a</SubscriptionArn>\
                </ConfirmSubscriptionResult></ConfirmSubscriptionResponse>";
    let error = |code: &str| format!("<ErrorResponse><Error><Code>{code}</Code></Error></ErrorResponse>");
    let ask = |id: &str| posted(&signed(confirmation("SubscriptionConfirmation", id, &now())));
    for (index, (step, status, body, asked)) in [
        (answer(500, &error("InternalError")), 503, "try again\n", 1),
        (answer(403, &error("AuthorizationError")), 503, "try again\n", 1),
        (answer(400, &error("InvalidParameter")), 403, "refused\n", 1),
        (answer(200, done), 200, "the subscription is confirmed\n", 1),
        (answer(200, done), 200, "delivered before\n", 0),
    ]
    .into_iter()
    .enumerate()
    {
        server.on("/", [step.into()]);
        let before = server.requests("/").len();
        let answer = function.invoke(&ask("c-1")).await;
        assert_answer(&answer, status, body);
        let requests = server.requests("/");
        assert_eq!(requests.len() - before, asked, "{index}");
        for request in &requests[before..] {
            let says = |text: &str| assert!(request.body().contains(text), "{text}: {request:?}");
            says("Action=ConfirmSubscription");
            says(&format!("Token={TOKEN}"));
            says("AuthenticateOnUnsubscribe=true");
            assert!(request.header("authorization").contains("/ap-northeast-1/sns/"), "in the topic's Region: {request:?}");
        }
    }
    // Another topic, a bad signature: nobody is asked.
    let other = signed(with(confirmation("SubscriptionConfirmation", "c-2", &now()), "TopicArn", OTHER.into()));
    let forged = with(signed(confirmation("SubscriptionConfirmation", "c-3", &now())), "Token", "x".into());
    let before = server.all().len();
    for refused in [other, forged] {
        assert_answer(&function.invoke(&posted(&refused)).await, 403, "refused\n");
    }
    let ended = signed(confirmation("UnsubscribeConfirmation", "c-4", &now()));
    assert_answer(&function.invoke(&posted(&ended)).await, 200, "the subscription has ended\n");
    assert_eq!(server.all().len(), before, "no address is visited, and nobody told");
    let log = function.log();
    let told: Vec<_> = log.iter().filter(|line| line["level"] == "info").map(|line| line["topic"].clone()).collect();
    assert_eq!(told, [json!(TOPIC), Value::Null, json!(TOPIC)], "{log:?}");
    assert!(!function.said().contains(TOKEN), "{}", function.said());
}

fn base64(text: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(text)
}

#[test]
fn b101_an_address_in_an_event_like_awss_own_leads_to_aws_or_nowhere() {
    let evil = "https://console.aws.amazon.com.evil.example/login";
    let finding = json!({ "findings": [{ "SchemaVersion": "2018-10-08", "Id": "f-1", "Title": "t", "AwsAccountId": "111122223333",
        "Severity": { "Label": "HIGH" }, "Remediation": { "Recommendation": { "Url": evil } } }] });
    let anomaly =
        json!({ "accountId": "111122223333", "anomalyId": "a-1", "anomalyDetailsLink": evil, "impact": { "totalImpact": 5 } });
    let mut certificate = acm("Approaching Expiration", json!({ "CommonName": "a.example", "DaysToExpiry": 9 }));
    certificate["resources"] = json!([evil]);
    for (name, event) in [
        ("finding", event("aws.securityhub", "Security Hub Findings - Imported", finding.clone())),
        ("anomaly over SNS", sns_event(&anomaly.to_string())),
        ("anomaly", event("aws.ce", "Anomaly Detected", anomaly.clone())),
    ] {
        let notification = only(&event);
        assert!(notification.links.iter().all(|link| !link.url.contains("evil")), "{name}: {:?}", notification.links);
        none_shows(&notification, "evil.example");
    }
    let notification = only(&certificate);
    assert!(notification.links.iter().all(|link| !link.url.contains("evil")), "{:?}", notification.links);
    let docs = "https://docs.aws.amazon.com/console/securityhub/EC2.19/remediation";
    let mut finding = finding;
    finding["findings"][0]["Remediation"]["Recommendation"]["Url"] = docs.into();
    let told = only(&event("aws.securityhub", "Security Hub Findings - Imported", finding));
    assert!(told.links.iter().any(|link| link.url == docs), "{:?}", told.links);
}

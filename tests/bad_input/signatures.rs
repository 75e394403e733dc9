//! Part F: the signature of what SNS posts, in every way that it can be wrong.

use std::sync::Arc;

use hikyaku::aws::{Aws, TopicArn};
use hikyaku::ingress::{Arrival, Delivery, Envelope, receive};
use hikyaku::secret::Env;
use hikyaku::trust::{Refusal, Settings, Trust};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::rig::events::over_http;
use crate::rig::script::{Step, answer};
use crate::rig::server::Server;
use crate::rig::sns::{CERTIFICATE_PATH, TOPIC, certificate, confirmation, notification, posted, serves, signed, signed_v1};
use crate::trust::OTHER;

const NOW: &str = "2026-11-21T07:31:00Z";
const SENT: &str = "2026-11-21T07:30:00.000Z";

/// Whoever is asked is `server`.
fn trust(server: &Server, topics: &[&str], allow_signature_v1: bool) -> Trust {
    let topics = topics.iter().map(|topic| TopicArn::try_from((*topic).to_owned()).unwrap()).collect();
    let env = Env::from_iter([("AWS_ENDPOINT_URL_SNS".to_owned(), server.url("/"))]);
    Trust::new(Settings { topics: Some(topics), allow_signature_v1 }, &env, Arc::new(Aws::default()))
}

async fn examine(trust: &Trust, request: &Value, now: Timestamp) -> Result<Delivery, Refusal> {
    let Ok(Arrival::Http(request)) = receive(&request.to_string()) else { panic!("no request: {request}") };
    trust.examine(&request, now).await
}

/// What is said of `request` a minute after it was sent; nothing if it is believed.
async fn objection(trust: &Trust, request: &Value) -> String {
    match examine(trust, request, NOW.parse().unwrap()).await {
        Ok(_) => String::new(),
        Err(Refusal::NotJson) => "no JSON".to_owned(),
        Err(Refusal::Untrusted(why)) => why.to_owned(),
        Err(Refusal::Unknown(why)) => format!("for now: {why}"),
    }
}

fn good() -> Value {
    signed(notification("m-1", SENT, "A message."))
}

pub(crate) fn with(mut value: Value, key: &str, new: Value) -> Value {
    value[key] = new;
    value
}

fn without(mut value: Value, key: &str) -> Value {
    value.as_object_mut().unwrap().remove(key);
    value
}

#[tokio::test]
async fn b99_a_certificate_that_is_not_at_sns_is_not_fetched() {
    hikyaku::net::install_tls();
    let server = Server::start().await;
    server.on(CERTIFICATE_PATH, [serves(&certificate("sns.amazonaws.com", 2026, 2027))]);
    let trust = trust(&server, &[TOPIC], false);
    let host = "sns.ap-northeast-1.amazonaws.com";
    for url in [
        format!("http://{host}{CERTIFICATE_PATH}"),
        format!("HTTPS://{host}{CERTIFICATE_PATH}"),
        format!("https://sns.evil.example{CERTIFICATE_PATH}"),
        format!("https://sns.us-east-1.amazonaws.com.evil.example{CERTIFICATE_PATH}"),
        format!("https://x.s3.amazonaws.com{CERTIFICATE_PATH}"),
        format!("https://s3.amazonaws.com/sns.us-east-1.amazonaws.com{CERTIFICATE_PATH}"),
        format!("https://sns.evil.example.amazonaws.com{CERTIFICATE_PATH}"),
        format!("https://sns..amazonaws.com{CERTIFICATE_PATH}"),
        format!("https://sns.amazonaws.com{CERTIFICATE_PATH}"),
        format!("https://evilsns.us-east-1.amazonaws.com{CERTIFICATE_PATH}"),
        format!("https://sns.us-east-1.amazonaws.com.cn.evil.example{CERTIFICATE_PATH}"),
        format!("https://sns.us-east-1.amazonaws.org{CERTIFICATE_PATH}"),
        format!("https://{host}:8443{CERTIFICATE_PATH}"),
        format!("https://{host}@evil.example{CERTIFICATE_PATH}"),
        format!("https://evil.example@{host}{CERTIFICATE_PATH}"),
        format!("https://evil.example#{host}{CERTIFICATE_PATH}"),
        format!("https://evil.example\\.{host}{CERTIFICATE_PATH}"),
        format!("https://{host}.{CERTIFICATE_PATH}"),
        format!("https://{host}/x{CERTIFICATE_PATH}"),
        format!("https://{host}/../evil.pem"),
        format!("https://{host}/SimpleNotificationService-.pem"),
        format!("https://{host}/SimpleNotificationService-a/../../evil.pem"),
        format!("https://{host}/SimpleNotificationService-a.pem?x=.pem"),
        format!("https://{host}/SimpleNotificationService-a.pem#.pem"),
        format!("https://{host}/SimpleNotificationService-a.pem/"),
        format!("https://{host}/SimpleNotificationService-a%2e.pem"),
        format!("https://{host}/Other-a.pem"),
        format!(" https://{host}{CERTIFICATE_PATH}"),
        format!("https://{host}{CERTIFICATE_PATH}\n"),
        format!("https://sns.ａp-northeast-1.amazonaws.com{CERTIFICATE_PATH}"),
        format!("//{host}{CERTIFICATE_PATH}"),
        "file:///etc/ssl/certs/SimpleNotificationService-a.pem".to_owned(),
        String::new(),
    ] {
        let forged = signed(with(notification("m-1", SENT, "x"), "SigningCertURL", url.clone().into()));
        assert_eq!(objection(&trust, &posted(&forged)).await, "its certificate is not at SNS", "{url:?}");
    }
    assert_eq!(server.all().len(), 0, "nothing was fetched");
    assert_eq!(objection(&trust, &posted(&good())).await, "");
}

#[tokio::test]
async fn b99_a_certificate_is_taken_from_where_it_is_and_from_nowhere_else() {
    hikyaku::net::install_tls();
    let (server, other) = (Server::start().await, Server::start().await);
    let pem = certificate("sns.amazonaws.com", 2026, 2027);
    other.on("/away", [serves(&pem)]);
    let away = answer(302, "").with("location", &other.url("/away"));
    let long = format!("{}{pem}", "x".repeat(20_000));
    for (step, says) in [
        (away.into(), "its certificate is not at SNS"),
        (answer(404, &pem).into(), "its certificate is not at SNS"),
        (answer(403, &pem).into(), "its certificate is not at SNS"),
        (answer(500, &pem).into(), "for now: its certificate cannot be fetched"),
        (answer(429, "").into(), "for now: its certificate cannot be fetched"),
        (Step::CloseUnanswered, "for now: its certificate cannot be fetched"),
        (Step::Cut(answer(200, &pem)), "for now: its certificate cannot be fetched"),
        (serves(""), "its certificate is none"),
        (serves("<html>Sign in</html>"), "its certificate is none"),
        (serves("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), "its certificate is none"),
        (serves(&long), "its certificate is none"),
        (Step::Endless(answer(200, "x")), "its certificate is none"),
    ] {
        server.on(CERTIFICATE_PATH, [step.clone()]);
        assert_eq!(objection(&trust(&server, &[TOPIC], false), &posted(&good())).await, says, "{step:?}");
    }
    assert_eq!(other.all().len(), 0);
    // A good one is fetched once.
    let before = server.all().len();
    server.on(CERTIFICATE_PATH, [serves(&pem)]);
    let trust = trust(&server, &[TOPIC], false);
    for _ in 0..3 {
        assert_eq!(objection(&trust, &posted(&good())).await, "");
    }
    assert_eq!(server.all().len() - before, 1);
}

#[tokio::test]
async fn b100_a_certificate_is_snss_and_valid() {
    hikyaku::net::install_tls();
    let server = Server::start().await;
    for (name, from, to, says) in [
        ("sns.amazonaws.com", 2026, 2027, ""),
        ("sns.ap-northeast-1.amazonaws.com", 2026, 2027, ""),
        ("sns-signing.ap-northeast-1.amazonaws.com", 2026, 2027, ""),
        ("sns-signing.ap-east-1.amazonaws.com", 2026, 2027, "its certificate is not SNS's"),
        ("sns.cn-north-1.amazonaws.com.cn", 2026, 2027, "its certificate is not SNS's"),
        ("evil.example", 2026, 2027, "its certificate is not SNS's"),
        ("*.amazonaws.com", 2026, 2027, ""),
        ("sns.amazonaws.com", 2025, 2026, "its certificate is not valid now"),
        ("sns.amazonaws.com", 2027, 2028, "its certificate is not valid now"),
    ] {
        server.on(CERTIFICATE_PATH, [serves(&certificate(name, from, to))]);
        assert_eq!(objection(&trust(&server, &[TOPIC], false), &posted(&good())).await, says, "{name} {from}");
    }
    // One that is known is looked at again: it runs out while we know it.
    server.on(CERTIFICATE_PATH, [serves(&certificate("sns.amazonaws.com", 2026, 2027))]);
    let trust = trust(&server, &[TOPIC], false);
    assert_eq!(objection(&trust, &posted(&good())).await, "");
    let later = posted(&signed(notification("m-1", "2027-03-01T00:00:00.000Z", "A message.")));
    let refused = examine(&trust, &later, "2027-03-01T00:01:00Z".parse().unwrap()).await.map(drop);
    assert_eq!(refused, Err(Refusal::Untrusted("its certificate is not valid now")));
    // Another kind of key cannot have signed it.
    let stranger = rcgen::generate_simple_self_signed(["sns.amazonaws.com".to_owned()]).unwrap();
    server.on(CERTIFICATE_PATH, [serves(&stranger.cert.pem())]);
    let trust = self::trust(&server, &[TOPIC], false);
    assert_eq!(objection(&trust, &posted(&good())).await, "its signature is not SNS's");
}

#[tokio::test]
async fn b100_every_part_of_a_message_is_signed() {
    hikyaku::net::install_tls();
    let server = Server::start().await;
    server.on(CERTIFICATE_PATH, [serves(&certificate("sns.amazonaws.com", 2026, 2027))]);
    let trust = trust(&server, &[TOPIC, OTHER], false);
    let plain = signed(without(notification("m-1", SENT, "A message."), "Subject"));
    let empty = signed(with(notification("m-1", SENT, "A message."), "Subject", "".into()));
    let subscription = signed(confirmation("SubscriptionConfirmation", "c-1", SENT));
    for believed in [&good(), &plain, &empty, &subscription, &signed(confirmation("UnsubscribeConfirmation", "c-2", SENT))] {
        assert_eq!(objection(&trust, &posted(believed)).await, "", "{believed}");
    }
    // What is not signed may differ.
    for (key, new) in
        [("UnsubscribeURL", json!("https://evil.example")), ("MessageAttributes", json!({ "a": "b" })), ("x", json!(1))]
    {
        assert_eq!(objection(&trust, &posted(&with(good(), key, new))).await, "", "{key}");
    }
    let bad = "its signature is not SNS's";
    let other_type = "SubscriptionConfirmation";
    for (name, changed, says) in [
        ("Message", with(good(), "Message", "A massage.".into()), bad),
        ("Message with a line more", with(good(), "Message", "A message.\n".into()), bad),
        ("MessageId", with(good(), "MessageId", "m-2".into()), bad),
        ("Subject", with(good(), "Subject", "nightly export".into()), bad),
        ("no Subject", without(good(), "Subject"), bad),
        ("Subject null", with(good(), "Subject", Value::Null), bad),
        ("Subject empty", with(good(), "Subject", "".into()), bad),
        ("a Subject where none was", with(plain.clone(), "Subject", "x".into()), bad),
        ("an empty Subject where none was", with(plain.clone(), "Subject", "".into()), bad),
        ("no Subject where an empty one was", without(empty.clone(), "Subject"), bad),
        ("a line for another", with(with(good(), "Message", "A message.\nMessageId".into()), "MessageId", "m-1".into()), bad),
        ("Timestamp", with(good(), "Timestamp", "2026-11-21T07:30:01.000Z".into()), bad),
        ("Timestamp written otherwise", with(good(), "Timestamp", "2026-11-21T07:30:00Z".into()), bad),
        ("TopicArn", with(good(), "TopicArn", OTHER.into()), bad),
        ("Type", with(good(), "Type", other_type.into()), "it is nothing that SNS would post"),
        ("Signature", with(good(), "Signature", signed_v1()["Signature"].clone()), bad),
        (
            "Signature cut",
            with(good(), "Signature", good()["Signature"].as_str().unwrap().chars().skip(4).collect::<String>().into()),
            bad,
        ),
        ("Signature empty", with(good(), "Signature", "".into()), bad),
        ("Signature no base64", with(good(), "Signature", "%".into()), bad),
        ("Token", with(subscription.clone(), "Token", "x".into()), bad),
        ("no Token", without(subscription.clone(), "Token"), "it is nothing that SNS would post"),
        ("SubscribeURL", with(subscription.clone(), "SubscribeURL", "https://evil.example".into()), bad),
        ("a confirmation as a notification", with(subscription.clone(), "Type", "Notification".into()), bad),
        ("a confirmation of another kind", with(subscription.clone(), "Type", "UnsubscribeConfirmation".into()), bad),
        ("another type", with(good(), "Type", "Other".into()), "it is nothing that SNS would post"),
    ] {
        assert_eq!(objection(&trust, &posted(&changed)).await, says, "{name}");
    }
    for key in ["Type", "MessageId", "TopicArn", "Message", "Timestamp", "SignatureVersion", "Signature", "SigningCertURL"] {
        for changed in
            [without(good(), key), with(good(), key, Value::Null), with(good(), key, json!(1)), with(good(), key, json!([]))]
        {
            let mut request = posted(&good());
            request["body"] = changed.to_string().into();
            assert_eq!(objection(&trust, &request).await, "it is nothing that SNS would post", "{key}: {changed}");
        }
    }
    // Two of a kind: one reader might take the first, another the last.
    let mut twice = posted(&good());
    twice["body"] = good().to_string().replacen('{', "{\"Message\":\"evil\",", 1).into();
    assert_eq!(objection(&trust, &twice).await, "it is nothing that SNS would post");
}

#[tokio::test]
async fn b100_only_what_is_signed_is_shown() {
    hikyaku::net::install_tls();
    let server = Server::start().await;
    server.on(CERTIFICATE_PATH, [serves(&certificate("sns.amazonaws.com", 2026, 2027))]);
    let trust = trust(&server, &[TOPIC], false);
    let mut forged = signed(without(notification("m-1", SENT, "A message."), "Subject"));
    for (key, value) in [("subject", "evil"), ("message", "evil"), ("topicArn", OTHER), ("messageId", "evil")] {
        forged[key] = value.into();
    }
    let delivery = examine(&trust, &posted(&forged), NOW.parse().unwrap()).await.unwrap_or_else(|why| panic!("{why:?}"));
    let envelopes = delivery.open();
    assert!(!format!("{envelopes:?}").contains("evil"), "{envelopes:?}");
    assert_eq!((envelopes[0].topic.as_deref(), envelopes[0].subject.as_deref()), (Some(TOPIC), None));
    assert_eq!((envelopes[0].id.as_deref(), envelopes[0].time), (Some("m-1"), SENT.parse().ok()));
    // What a failure queue keeps of it says the same when it is given again.
    for delivery in [good(), forged].map(|delivery| Delivery::read(&delivery.to_string()).unwrap()) {
        let kept = delivery.payload().unwrap();
        let given_again = hikyaku::ingress::unwrap(kept.get()).unwrap().envelopes;
        let told = delivery.open().into_iter().map(|envelope| Envelope { carriers: vec!["SNS"], ..envelope });
        assert_eq!(given_again, told.collect::<Vec<_>>(), "{kept}");
        assert!(!["evil", "Signature", "Unsubscribe"].iter().any(|word| kept.get().contains(word)), "{kept}");
    }
}

#[tokio::test]
async fn b100_versions_ages_topics_and_headers() {
    hikyaku::net::install_tls();
    let server = Server::start().await;
    server.on(CERTIFICATE_PATH, [serves(&certificate("sns.amazonaws.com", 2026, 2027))]);
    let (strict, lenient) = (trust(&server, &[TOPIC], false), trust(&server, &[TOPIC], true));
    let old = "its signature is of version 1; set the topic's `SignatureVersion` to 2, or `allow_signature_v1`";
    let (unknown, bad) = ("its signature is of a version that is not known", "its signature is not SNS's");
    for (name, trust, delivery, says) in [
        ("2", &strict, good(), ""),
        ("2", &lenient, good(), ""),
        ("1", &strict, signed_v1(), old),
        ("1", &lenient, signed_v1(), ""),
        ("1 changed", &lenient, with(signed_v1(), "Message", "A massage of version 1.".into()), bad),
        ("1 said to be 2", &lenient, with(signed_v1(), "SignatureVersion", "2".into()), bad),
        ("2 said to be 1", &lenient, with(good(), "SignatureVersion", "1".into()), bad),
        ("3", &lenient, with(good(), "SignatureVersion", "3".into()), unknown),
        ("none", &lenient, with(good(), "SignatureVersion", "".into()), unknown),
        ("blank", &lenient, with(good(), "SignatureVersion", " 2".into()), unknown),
    ] {
        assert_eq!(objection(trust, &posted(&delivery)).await, says, "version {name}");
    }
    let age = "it is more than an hour old, or from the future";
    let sent: Timestamp = SENT.parse().unwrap();
    for (seconds, says) in [(0, ""), (3600, ""), (3601, age), (7200, age), (-300, ""), (-301, age), (-86_400, age)] {
        let refused = examine(&strict, &posted(&good()), sent + SignedDuration::from_secs(seconds)).await.map(drop);
        assert_eq!(
            refused.map_err(|why| why == Refusal::Untrusted(age)),
            if says.is_empty() { Ok(()) } else { Err(true) },
            "{seconds} s"
        );
    }
    let timeless = signed(with(notification("m-1", SENT, "x"), "Timestamp", "now".into()));
    assert_eq!(objection(&strict, &posted(&timeless)).await, "it has no time");
    // A good signature for another topic; nothing is fetched for it.
    let before = server.all().len();
    let other = signed(with(notification("m-1", SENT, "x"), "TopicArn", OTHER.into()));
    assert_eq!(objection(&strict, &posted(&other)).await, "its topic is not one of `topics`");
    let open = Trust::new(Settings::default(), &Env::default(), Arc::new(Aws::default()));
    assert_eq!(objection(&open, &posted(&good())).await, "the configuration names no `topics` that may post to it");
    assert_eq!(server.all().len(), before);
    let said_otherwise = "its headers say something else than its body";
    for (header, value, says) in [
        ("x-amz-sns-message-type", "SubscriptionConfirmation", said_otherwise),
        ("x-amz-sns-message-id", "m-2", said_otherwise),
        ("x-amz-sns-topic-arn", OTHER, said_otherwise),
        ("x-amz-sns-rawdelivery", "true", "raw message delivery has no signature; turn it off for this subscription"),
        ("X-Amz-Sns-RawDelivery", "true", "raw message delivery has no signature; turn it off for this subscription"),
        ("x-amz-sns-subscription-arn", "anything", ""),
    ] {
        let mut request = posted(&good());
        request["headers"][header] = value.into();
        assert_eq!(objection(&strict, &request).await, says, "{header}");
    }
    let mut bare = posted(&good());
    bare["headers"] = Value::Null;
    assert_eq!(objection(&strict, &bare).await, "");
    for (method, says) in [("GET", "it is no POST"), ("PUT", "it is no POST"), ("post", "it is no POST")] {
        let mut request = posted(&good());
        request["requestContext"]["http"]["method"] = method.into();
        assert_eq!(objection(&strict, &request).await, says, "{method}");
    }
    for body in ["", "{", "Hello", "{} {}", "\u{feff}{}"] {
        assert_eq!(objection(&strict, &over_http(body)).await, "no JSON", "{body}");
    }
    for body in ["{}", "[]", "null", "1", "\"x\""] {
        assert_eq!(objection(&strict, &over_http(body)).await, "it is nothing that SNS would post", "{body}");
    }
}

//! Secrets that cannot be had, are not what they should be, or have changed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::credential_fn::provide_credentials_fn;
use aws_credential_types::provider::SharedCredentialsProvider;
use hikyaku::aws::Aws;
use hikyaku::secret::{Env, SecretRef};
use hikyaku::secrets::Secrets;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::support::canary::{self, CANARY};
use crate::support::events::{plain_text, text};
use crate::support::folder::Folder;
use crate::support::function::Function;
use crate::support::program::{Run, ending, send};
use crate::support::script::{Step, answer};
use crate::support::server::Server;

const NOW: Timestamp = Timestamp::constant(1_795_246_200, 0);

/// Secrets whose stores are `server`.
fn secrets(server: &Server) -> Secrets {
    secrets_as(server, SharedCredentialsProvider::new(Credentials::new("x", CANARY, None, None, "test")))
}

fn secrets_as(server: &Server, who: SharedCredentialsProvider) -> Secrets {
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("ap-northeast-1"))
        .endpoint_url(server.url("/"))
        .credentials_provider(who)
        .retry_config(aws_config::retry::RetryConfig::disabled())
        .build();
    Secrets::new(Env::default(), Arc::new(Aws::new(config)))
}

#[tokio::test]
async fn f25_credentials_are_used_until_their_end_and_those_without_one_asked_for_anew() {
    for (hours, asked) in [(Some(1), 1), (Some(0), 3), (None, 3)] {
        let server = Server::start().await;
        let count = Arc::new(AtomicUsize::new(0));
        let given = Arc::clone(&count);
        let who = provide_credentials_fn(move || {
            given.fetch_add(1, Ordering::Relaxed);
            let end = hours.map(|hours| SystemTime::now() + Duration::from_secs(hours * 3600));
            async move { Ok(Credentials::new("x", CANARY, None, end, "test")) }
        });
        let secrets = secrets_as(&server, SharedCredentialsProvider::new(who));
        server.on("/", [parameter("one")]);
        for name in ["ssm:/a", "ssm:/b", "ssm:/c"] {
            assert_eq!(told(&secrets, name, NOW).await, "one");
        }
        assert_eq!(count.load(Ordering::Relaxed), asked, "{hours:?}");
    }
}

fn parameter(value: &str) -> Step {
    answer(200, &json!({ "Parameter": { "Name": "/ops", "Value": value, "Version": 1 } }).to_string()).into()
}

fn secret(value: &str) -> Step {
    answer(200, &json!({ "ARN": "a", "Name": "prod", "SecretString": value, "VersionId": "1" }).to_string()).into()
}

fn failing(status: u16, code: &str) -> Step {
    answer(status, &json!({ "__type": code, "message": CANARY }).to_string()).into()
}

/// What a secret is, or what is said of it.
async fn told(secrets: &Secrets, reference: &str, now: Timestamp) -> String {
    let found = secrets.resolve(&SecretRef::from(reference.to_owned()), now).await;
    found.map_or_else(
        |error| format!("{error}{}", if error.transient { " (for now)" } else { "" }),
        |found| found.reveal().clone(),
    )
}

/// `run` with `server` for every AWS service.
fn with_stores(run: Run, server: &Server) -> Run {
    run.env("AWS_ENDPOINT_URL", server.url("/"))
        .env("AWS_REGION", "ap-northeast-1")
        .env("AWS_ACCESS_KEY_ID", "x")
        .env("AWS_SECRET_ACCESS_KEY", CANARY)
        .env("AWS_EC2_METADATA_DISABLED", "true")
}

#[tokio::test]
async fn f25_a_value_is_good_for_five_minutes_of_the_clock_on_the_wall() {
    let server = Server::start().await;
    server.on("/", [parameter("one"), parameter("two"), parameter("three"), parameter("four")]);
    let secrets = secrets(&server);
    let at = |seconds: i64| NOW + SignedDuration::from_secs(seconds);
    for (seconds, value, fetched) in [
        (0, "one", 1),
        (299, "one", 1),
        (300, "two", 2),
        // The function was frozen for six hours.
        (6 * 3600, "three", 3),
        (6 * 3600 + 1, "three", 3),
        // The clock went back by more than nothing.
        (6 * 3600 - 60, "four", 4),
    ] {
        assert_eq!(told(&secrets, "ssm:/ops", at(seconds)).await, value, "after {seconds} s");
        assert_eq!(server.requests("/").len(), fetched, "after {seconds} s");
    }
}

#[tokio::test]
async fn f39_a_store_that_is_down_fails_its_receivers_for_now_and_nobody_else() {
    let (server, stores) = (Server::start().await, Server::start().await);
    for (step, says) in [
        (failing(500, "InternalServerError"), "could not be read (InternalServerError)"),
        (failing(400, "ThrottlingException"), "could not be read (ThrottlingException)"),
        (failing(400, "AccessDeniedException"), "may not be read by this function"),
        (Step::CloseUnanswered, "could not be read (no answer)"),
        (answer(200, "<html>not JSON</html>").into(), "could not be read (no answer)"),
    ] {
        let folder = Folder::new();
        stores.on("/", [step.clone()]);
        let there = server.url("there");
        let config = folder.config(
            &[("ssm", "slack", "ssm:/ops"), ("sm", "slack", "secretsmanager:prod#slack"), ("there", "slack", &there)],
            "",
        );
        let said = with_stores(send(&folder, &plain_text()).config(&config), &stores).run().await;
        let endings = ["ssm", "sm", "there"].map(|name| ending(&said.about(name)));
        assert_eq!(endings, ["retry secret", "retry secret", "delivered"], "{step:?}: {said:?}");
        for reference in ["ssm: ssm:/ops", "sm: secretsmanager:prod#slack"] {
            assert!(said.stderr.contains(&format!("{reference} {says}")), "{step:?}: {said:?}");
        }
    }
}

#[tokio::test]
async fn f39_a_value_goes_on_to_serve_while_its_store_is_down_and_no_longer_than_it_is_there() {
    let server = Server::start().await;
    let (down, gone, denied) =
        (failing(503, "ServiceUnavailable"), failing(400, "ParameterNotFound"), failing(400, "AccessDeniedException"));
    let secrets = secrets(&server);
    let at = |minutes: i64| NOW + SignedDuration::from_mins(minutes);
    for (minutes, step, value, fetched) in [
        (0, down.clone(), "ssm:/ops could not be read (ServiceUnavailable) (for now)", 1),
        (0, parameter("one"), "ssm:/ops could not be read (ServiceUnavailable) (for now)", 1),
        (1, parameter("one"), "one", 2),
        (10, down.clone(), "one", 3),
        (10, down.clone(), "one", 3),
        (11, down, "one", 4),
        (12, parameter("two"), "two", 5),
        (20, denied, "ssm:/ops may not be read by this function (for now)", 6),
        (21, parameter("two"), "two", 7),
        (30, gone, "ssm:/ops is not there", 8),
        (31, parameter("three"), "three", 9),
    ] {
        server.on("/", [step]);
        assert_eq!(told(&secrets, "ssm:/ops", at(minutes)).await, value, "after {minutes} min");
        assert_eq!(server.requests("/").len(), fetched, "after {minutes} min");
    }
}

#[tokio::test]
async fn f39_many_who_need_one_secret_ask_for_it_once() {
    let server = Server::start().await;
    let secrets = Arc::new(secrets(&server));
    let slow = |step: Step| match step {
        Step::Whole(answer) => Step::Whole(answer.after(Duration::from_millis(100))),
        step => step,
    };
    for (step, ends) in [(failing(500, "InternalServiceError"), "could not be read"), (secret(r#"{"a":"1","b":"2"}"#), "")] {
        let before = server.requests("/").len();
        server.on("/", [slow(step)]);
        let now = NOW + SignedDuration::from_secs(i64::try_from(before).unwrap());
        let one = |key: &'static str| {
            let secrets = Arc::clone(&secrets);
            tokio::spawn(async move { told(&secrets, &format!("secretsmanager:prod#{key}"), now).await })
        };
        // Two keys of one secret, by several receivers each.
        let asked: Vec<_> = ["a", "b", "a", "b", "a", "b"].map(one).into_iter().collect();
        for (index, answer) in asked.into_iter().enumerate() {
            let answer = answer.await.unwrap();
            let expected = if index % 2 == 0 { "1" } else { "2" };
            assert!(answer == expected || (!ends.is_empty() && answer.contains(ends)), "{answer}");
        }
        assert_eq!(server.requests("/").len() - before, 1);
    }
}

#[tokio::test]
async fn f40_a_refused_secret_is_asked_for_once_more_whatever_is_held() {
    let server = Server::start().await;
    server.on("/", [parameter("old"), parameter("new"), failing(500, "InternalServerError")]);
    let secrets = secrets(&server);
    let reference = SecretRef::from("ssm:/ops".to_owned());
    assert_eq!(told(&secrets, "ssm:/ops", NOW).await, "old");
    // Two receivers find it out in the same invocation.
    for _ in 0..2 {
        assert_eq!(secrets.refresh(&reference, NOW).await.unwrap().reveal(), "new");
    }
    assert_eq!((told(&secrets, "ssm:/ops", NOW).await.as_str(), server.requests("/").len()), ("new", 2));
    // In a later one the store is down: what is held was refused, and is no answer; for all others it still serves.
    let later = NOW + SignedDuration::from_secs(60);
    let error = secrets.refresh(&reference, later).await.map(drop).unwrap_err();
    assert!(error.transient, "{error}");
    assert_eq!((told(&secrets, "ssm:/ops", later).await.as_str(), server.requests("/").len()), ("new", 3));
}

#[tokio::test]
async fn f41_a_value_that_is_no_address_is_named_by_its_reference_alone() {
    let server = Server::start().await;
    let folder = Folder::new();
    let good = server.url("good");
    let values = [
        ("blanks", format!("  {good}\r\n"), "delivered", ""),
        ("empty", " \n".to_owned(), "rejected secret", "file:{} is empty"),
        ("json", format!("{{\"url\": \"{good}\"}}"), "rejected secret", "the address in file:{} is no URL"),
        ("two-lines", format!("{good}\n{good}"), "rejected secret", "the address in file:{} is no URL: it holds blanks"),
        ("a-line-break", good.replace("services", "ser\nvices"), "rejected secret", "the address in file:{} is no URL"),
        ("token-alone", CANARY.to_owned(), "rejected secret", "the address in file:{} is no URL"),
        ("other-host", format!("https://evil.example/services/{CANARY}"), "rejected secret", "the address in file:{} leads to"),
        ("user", format!("https://{CANARY}@hooks.slack.com/"), "rejected secret", "the address in file:{} must hold no user"),
        ("long", "x".repeat(70_000), "rejected secret", "file:{} holds more than 64 KiB"),
    ];
    let files: Vec<_> = values.iter().map(|(name, value, ..)| folder.write(name, value)).collect();
    let references: Vec<_> = files.iter().map(|file| format!("file:{}", file.display())).collect();
    let receivers: Vec<_> =
        values.iter().zip(&references).map(|((name, ..), reference)| (*name, "slack", reference.as_str())).collect();
    let config = folder.config(&receivers, "");
    let said = send(&folder, &plain_text()).config(&config).run().await;
    for ((name, _, ends, says), file) in values.iter().zip(&files) {
        assert_eq!(ending(&said.about(name)), *ends, "{name}: {said:?}");
        let says = says.replace("{}", &file.display().to_string());
        assert!(says.is_empty() || said.stderr.contains(&format!("{name}: {says}")), "{name}: {says}: {said:?}");
    }
    assert_eq!(server.all().len(), 1);
}

#[tokio::test]
async fn f41_json_in_secrets_manager_says_how_to_name_its_key() {
    let (server, folder) = (Server::start().await, Folder::new());
    server.on("/", [secret(&json!({ "slack": format!("https://hooks.slack.com/services/{CANARY}") }).to_string())]);
    let rows = [("whole", "secretsmanager:prod"), ("other", "secretsmanager:prod#teams")];
    let config = folder.config(&rows.map(|(name, reference)| (name, "slack", reference)), "");
    let said = with_stores(send(&folder, &plain_text()).config(&config), &server).run().await;
    assert_eq!(rows.map(|(name, _)| ending(&said.about(name))), ["rejected secret", "rejected secret"]);
    assert!(said.stderr.contains("whole: secretsmanager:prod holds JSON: name the key"), "{said:?}");
    assert!(said.stderr.contains("other: secretsmanager:prod#teams is no JSON object with such a key"), "{said:?}");
}

#[tokio::test]
async fn b81_a_secret_that_is_not_there_is_binary_or_too_long_is_refused_for_good_and_a_missing_right_for_now() {
    let server = Server::start().await;
    let secrets = secrets(&server);
    let binary = answer(200, &json!({ "Name": "prod", "SecretBinary": "AAEC" }).to_string());
    for (index, (step, says)) in [
        (failing(400, "ResourceNotFoundException"), "is not there"),
        (failing(400, "InvalidRequestException"), "cannot be read: it is to be deleted"),
        (failing(400, "AccessDeniedException"), "may not be read by this function (for now)"),
        (failing(400, "DecryptionFailure"), "could not be read (DecryptionFailure) (for now)"),
        (binary.into(), "holds no text"),
        (secret(""), "is empty"),
        (secret(&format!("{CANARY}{}", "x".repeat(70_000))), "holds more than 64 KiB"),
    ]
    .into_iter()
    .enumerate()
    {
        server.on("/", [step]);
        // One of another account and Region.
        let reference = format!("secretsmanager:arn:aws:secretsmanager:us-east-1:444455556666:secret:prod-{index}");
        let told = told(&secrets, &reference, NOW).await;
        canary::assert_none("an error", &told);
        assert_eq!(told, format!("{reference} {says}"));
    }
}

/// A function whose receiver `ops` has its address in SSM, which `stores` is.
async fn function_of_ssm(stores: &Server) -> Function {
    let folder = Folder::new();
    let config = folder.config(&[("ops", "slack", "ssm:/ops")], "");
    let endpoint = stores.url("/");
    let env = [
        ("AWS_ENDPOINT_URL", endpoint.as_str()),
        ("AWS_REGION", "ap-northeast-1"),
        ("AWS_ACCESS_KEY_ID", "x"),
        ("AWS_SECRET_ACCESS_KEY", CANARY),
    ];
    Function::start(folder, &config, &env).await
}

#[tokio::test]
async fn f39_a_function_that_is_given_the_event_again_finds_the_store_back() {
    let (server, stores) = (Server::start().await, Server::start().await);
    stores.on("/", [failing(500, "InternalServerError"), parameter(&server.url("ops"))]);
    let mut function = function_of_ssm(&stores).await;
    assert!(function.invoke_as("one", plain_text().to_string(), Duration::from_secs(30)).await.is_error);
    assert!(!function.invoke_as("one", plain_text().to_string(), Duration::from_secs(30)).await.is_error);
    assert_eq!((stores.requests("/").len(), server.requests("ops").len()), (2, 1));
}

#[tokio::test]
async fn f40_an_address_that_was_changed_is_found_within_the_invocation() {
    let (server, stores) = (Server::start().await, Server::start().await);
    stores.on("/", [parameter(&server.url("old")), parameter(&server.url("new"))]);
    let mut function = function_of_ssm(&stores).await;
    assert!(!function.invoke(&text("one", "before")).await.is_error);
    server.on("old", [answer(404, "no_service").into()]);
    assert!(!function.invoke(&text("two", "after")).await.is_error);
    assert_eq!(["old", "new"].map(|name| server.requests(name).len()), [2, 1]);
    assert_eq!(stores.requests("/").len(), 2);
    // Nobody is left alone for what an old address said.
    assert!(!function.invoke(&text("three", "later")).await.is_error);
    assert_eq!((server.requests("new").len(), stores.requests("/").len()), (2, 2));
}

//! `hikyaku send` against moto, which plays SNS, SQS, SSM and Secrets Manager.
use crate::events::budget;
use crate::support::{Server, Sink, free_port, post, scratch, tool};
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

pub(crate) const REGION: &str = "ap-northeast-1";
/// moto's own account.
const ACCOUNT: &str = "123456789012";

#[test]
fn a_mail_goes_out_over_sns() {
    let moto = Moto::start("a_mail_goes_out_over_sns");
    let topic = format!("arn:aws:sns:{REGION}:{ACCOUNT}:finance");
    let queue = format!("arn:aws:sqs:{REGION}:{ACCOUNT}:inbox");
    moto.call("sns", "", "Action=CreateTopic&Name=finance");
    let inbox = moto.json("sqs", "AmazonSQS.CreateQueue", &json!({ "QueueName": "inbox" }));
    moto.call("sns", "", &format!("Action=Subscribe&Protocol=sqs&TopicArn={topic}&Endpoint={queue}"));

    let output = moto.send(&[("EMAIL_TOPIC_ARN", &topic)], &[]);
    let report = report(&output);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(report.len(), 1, "{report:?}");
    assert_eq!((&report[0]["channel"], &report[0]["outcome"]), (&json!("email"), &json!("delivered")));

    let receive = json!({ "QueueUrl": inbox["QueueUrl"], "MaxNumberOfMessages": 10 });
    let received = moto.json("sqs", "AmazonSQS.ReceiveMessage", &receive);
    let messages = received["Messages"].as_array().expect("a message in the queue");
    assert_eq!(messages.len(), 1, "{messages:?}");
    let mail: Value = serde_json::from_str(messages[0]["Body"].as_str().unwrap()).unwrap();
    let subject = mail["Subject"].as_str().unwrap();
    assert!(subject.contains("pigeon-post"), "{subject}");
    // Fewer than 100: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html (moto takes 100 too).
    assert!(subject.chars().count() < 100, "{subject}");
    let text = mail["Message"].as_str().unwrap();
    assert!(text.contains("pigeon-post") && text.contains("$412.09"), "{text}");
}

#[test]
fn a_mail_to_no_topic_is_reported() {
    let moto = Moto::start("a_mail_to_no_topic_is_reported");
    let topic = format!("arn:aws:sns:{REGION}:{ACCOUNT}:nowhere");
    let output = moto.send(&[("EMAIL_TOPIC_ARN", &topic)], &[]);
    let report = report(&output);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(report[0]["outcome"], "rejected", "{report:?}");
}

#[test]
fn a_hosts_message_is_in_the_topic() {
    let moto = Moto::start("a_hosts_message_is_in_the_topic");
    let topic = format!("arn:aws:sns:{REGION}:{ACCOUNT}:notices");
    let queue = format!("arn:aws:sqs:{REGION}:{ACCOUNT}:inbox");
    moto.call("sns", "", "Action=CreateTopic&Name=notices");
    let inbox = moto.json("sqs", "AmazonSQS.CreateQueue", &json!({ "QueueName": "inbox" }));
    moto.call("sns", "", &format!("Action=Subscribe&Protocol=sqs&TopicArn={topic}&Endpoint={queue}"));
    let notify = |topic: &str| {
        let mut command = moto.hikyaku();
        command.args(["notify", "--topic", topic, "--title", "Backup failed", "--severity", "critical"]).output().unwrap()
    };
    let output = notify(&topic);
    assert_eq!((output.status.code(), output.stdout.len(), output.stderr.len()), (Some(0), 0, 0), "{output:?}");
    let receive = json!({ "QueueUrl": inbox["QueueUrl"], "MaxNumberOfMessages": 10 });
    let received = moto.json("sqs", "AmazonSQS.ReceiveMessage", &receive);
    // What the queue holds, the router reads.
    let event = moto.folder.join("received.json");
    let record = json!({ "eventSource": "aws:sqs", "messageId": "m", "body": received["Messages"][0]["Body"] });
    fs::write(&event, json!({ "Records": [record] }).to_string()).unwrap();
    let output = moto.hikyaku().arg("explain").arg("--json").arg(&event).output().unwrap();
    let explained: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
    let told = &explained[0]["notification"];
    assert_eq!((&told["title"], &told["severity"]), (&json!("Backup failed"), &json!("critical")), "{explained}");
    assert_eq!(told["topic"], json!(topic));

    let output = notify(&format!("{topic}-gone"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && said.contains("there is no such topic"), "{output:?}");
}

#[test]
fn secrets_come_from_their_stores() {
    let sink = Sink::start();
    let moto = Moto::start("secrets_come_from_their_stores");
    let (ssm, secret) = ("/services/from-ssm-5Jc2", "/services/from-secrets-manager-8Rw1");
    let parameter = json!({ "Name": "/hikyaku/hook", "Type": "SecureString", "Value": sink.url(ssm) });
    moto.json("ssm", "AmazonSSM.PutParameter", &parameter);
    let value = json!({ "slack": sink.url(secret), "other": "not this" }).to_string();
    let entry = json!({ "Name": "hikyaku", "SecretString": value });
    moto.json("secretsmanager", "secretsmanager.CreateSecret", &entry);
    let config = r#"
receivers:
  parameter: { slack: { url: "ssm:/hikyaku/hook", allow_insecure_loopback: true } }
  secret: { slack: { url: "secretsmanager:hikyaku#slack", allow_insecure_loopback: true } }
routes:
  - to: [parameter, secret]
"#;
    let file = moto.folder.join("stores.yaml");
    fs::write(&file, config).unwrap();

    let output = moto.send(&[], &["--config", file.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let report = report(&output);
    assert_eq!(report.len(), 2, "{report:?}");
    assert!(report.iter().all(|line| line["outcome"] == "delivered"), "{report:?}");

    let mut received = sink.take();
    received.sort_by(|a, b| a.path.cmp(&b.path));
    let paths: Vec<_> = received.iter().map(|request| request.path.as_str()).collect();
    assert_eq!(paths, [secret, ssm]);
    assert!(received.iter().all(|request| request.body.contains("pigeon-post")), "{received:?}");
    let said = format!("{output:?}");
    assert!(!said.contains("from-ssm-5Jc2") && !said.contains("from-secrets-manager-8Rw1"), "{said}");
}

#[test]
fn a_configuration_comes_from_parameter_store_in_the_version_that_is_named() {
    let sink = Sink::start();
    let moto = Moto::start("a_configuration_comes_from_parameter_store_in_the_version_that_is_named");
    let (name, long) = ("/hikyaku/config", format!("# {}\n", "a long note ".repeat(500)));
    let config = |path: &str| {
        let url = sink.url(path);
        format!("{long}receivers: {{ ops: {{ slack: {{ url: \"{url}\", allow_insecure_loopback: true }} }} }}\n")
    };
    for (path, kind) in [("/services/first", "String"), ("/services/second", "SecureString")] {
        let parameter = json!({ "Name": name, "Type": kind, "Tier": "Advanced", "Value": config(path), "Overwrite": true });
        moto.json("ssm", "AmazonSSM.PutParameter", &parameter);
    }
    let arn = format!("ssm:arn:aws:ssm:{REGION}:{ACCOUNT}:parameter{name}");
    for (named, path) in [
        ("ssm:/hikyaku/config", Some("/services/second")),
        ("ssm:/hikyaku/config:1", Some("/services/first")),
        (&arn, Some("/services/second")),
        ("ssm:/hikyaku/config:9", None),
        ("ssm:/hikyaku/none", None),
    ] {
        let output = moto.send(&[("HIKYAKU_CONFIG", named)], &[]);
        let paths: Vec<String> = sink.take().into_iter().map(|request| request.path).collect();
        assert_eq!(paths, path.map(str::to_owned).into_iter().collect::<Vec<_>>(), "{named}: {output:?}");
        assert_eq!(output.status.code(), Some(if path.is_some() { 0 } else { 2 }), "{named}: {output:?}");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(path.is_some() || said.contains(&format!("{named} is not there")), "{said}");
    }
}

pub(crate) struct Moto {
    _server: Server,
    port: u16,
    folder: PathBuf,
}

impl Moto {
    pub(crate) fn start(test: &str) -> Self {
        let folder = scratch(test);
        let port = free_port();
        let mut command = Command::new(tool("python/bin/python"));
        command.args(["-m", "moto.server", "-H", "127.0.0.1", "-p", &port.to_string()]);
        let server = Server::start(command, port, folder.join("log"));
        Self { _server: server, port, folder }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The table `ledger`.
    pub(crate) fn create_ledger(&self) {
        self.json(
            "dynamodb",
            "DynamoDB_20120810.CreateTable",
            &json!({
                "TableName": "ledger",
                "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [{ "AttributeName": "id", "AttributeType": "S" }],
                "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }],
            }),
        );
    }

    pub(crate) fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Writes a file into the test's folder.
    pub(crate) fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.folder.join(name);
        fs::write(&path, content).unwrap();
        path
    }

    /// What a program has to have in its environment to find it.
    pub(crate) fn env(&self) -> [(&'static str, String); 4] {
        [
            ("AWS_ENDPOINT_URL", self.address()),
            ("AWS_REGION", REGION.to_owned()),
            ("AWS_ACCESS_KEY_ID", "test".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
        ]
    }

    /// One call of an AWS API; moto reads the service from the credential's scope and checks no signature.
    fn call(&self, service: &str, target: &str, body: &str) -> String {
        let scope = format!("AWS4-HMAC-SHA256 Credential=test/20261119/{REGION}/{service}/aws4_request");
        let kind = if target.is_empty() { "application/x-www-form-urlencoded" } else { "application/x-amz-json-1.1" };
        let headers = [("authorization", scope.as_str()), ("content-type", kind), ("x-amz-target", target)];
        let (status, answer) = post(self.port, "/", &headers, body);
        assert_eq!(status, 200, "{service} {target} {body}: {answer}");
        answer
    }

    pub(crate) fn json(&self, service: &str, target: &str, body: &Value) -> Value {
        let answer = self.call(service, target, &body.to_string());
        serde_json::from_str(&answer).expect(&answer)
    }

    /// `hikyaku send` of a budget's mail, with nothing else in its environment.
    fn send(&self, environment: &[(&str, &str)], arguments: &[&str]) -> Output {
        let event = self.folder.join("event.json");
        fs::write(&event, budget().to_string()).unwrap();
        let mut command = self.hikyaku();
        command.arg("send").arg(&event).arg("--json").args(arguments).envs(environment.iter().copied()).output().unwrap()
    }

    /// `hikyaku`, with nothing in its environment but the way to moto.
    fn hikyaku(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hikyaku"));
        command
            .current_dir(&self.folder)
            .env_clear()
            .env("AWS_ENDPOINT_URL", self.address())
            .env("AWS_REGION", REGION)
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test");
        command
    }
}

/// The report that `send --json` prints, one line for each notification and receiver.
fn report(output: &Output) -> Vec<Value> {
    let text = std::str::from_utf8(&output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{output:?}"))).collect()
}

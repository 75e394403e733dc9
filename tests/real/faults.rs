//! The programs between moto, which plays DynamoDB and SQS, and a proxy that breaks what goes through.
use crate::aws::{Moto, REGION};
use crate::proxy::{Fault, Proxy};
use crate::rig::events::text;
use crate::rig::folder::Folder;
use crate::rig::function::Function;
use crate::rig::program::{Run, hikyaku};
use crate::rig::script::answer;
use crate::rig::server::Server;
use serde_json::json;
use std::path::PathBuf;
use std::time::Duration;

/// A table and a queue in moto, behind a proxy, and a receiver.
struct Stage {
    moto: Moto,
    proxy: Proxy,
    server: Server,
    queue: String,
}

impl Stage {
    async fn new(test: &str) -> Stage {
        let moto = Moto::start(test);
        moto.create_ledger();
        let made = moto.json("sqs", "AmazonSQS.CreateQueue", &json!({ "QueueName": "failures" }));
        let queue = made["QueueUrl"].as_str().unwrap().to_owned();
        let proxy = Proxy::start(moto.port()).await;
        Stage { moto, proxy, server: Server::start().await, queue }
    }

    fn config(&self, folder: &Folder) -> PathBuf {
        let more = format!("failure_queue: \"{}\"\nledger: {{ dynamodb: {{ table: ledger }} }}\n", self.queue);
        folder.config(&[("ops", "webhook", &self.server.url("ops"))], &more)
    }

    fn env(&self) -> [(&'static str, String); 4] {
        [
            ("AWS_ENDPOINT_URL", self.proxy.address()),
            ("AWS_REGION", REGION.to_owned()),
            ("AWS_ACCESS_KEY_ID", "test".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
        ]
    }

    /// A sandbox of its own.
    async fn function(&self) -> Function {
        let folder = Folder::new();
        let config = self.config(&folder);
        let env = self.env();
        let env: Vec<_> = env.iter().map(|(name, value)| (*name, value.as_str())).collect();
        Function::start(folder, &config, &env).await
    }

    fn replay(&self, folder: &Folder) -> Run {
        let run = hikyaku(folder, ["replay", "--send", "--rate", "100"]).config(&self.config(folder));
        self.env().into_iter().fold(run, |run, (name, value)| run.env(name, value))
    }

    fn letters(&self) -> usize {
        let asked = json!({ "QueueUrl": self.queue, "AttributeNames": ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"] });
        let attributes = self.moto.json("sqs", "AmazonSQS.GetQueueAttributes", &asked)["Attributes"].clone();
        let count = |name: &str| attributes[name].as_str().unwrap().parse::<usize>().unwrap();
        count("ApproximateNumberOfMessages") + count("ApproximateNumberOfMessagesNotVisible")
    }
}

#[tokio::test]
async fn f29_to_f36_a_broken_way_to_the_ledger_costs_a_duplicate_at_most_and_no_message() {
    let stage = Stage::new("f29_to_f36").await;
    let (mut one, mut other) = (stage.function().await, stage.function().await);
    // The first call may wait for moto to wake up.
    assert!(!one.invoke(&text("first", "okosu")).await.is_error);
    let mut id = 0;
    for (action, fault, again) in [
        ("PutItem", None, false),
        ("PutItem", Some(Fault::Late(Duration::from_millis(50))), false),
        ("PutItem", Some(Fault::Reset), true),
        ("PutItem", Some(Fault::Nothing), true),
        ("PutItem", Some(Fault::Error(500, "InternalServerError")), true),
        ("PutItem", Some(Fault::Error(400, "ProvisionedThroughputExceededException")), true),
        ("PutItem", Some(Fault::Error(400, "ResourceNotFoundException")), true),
    ] {
        id += 1;
        let event = text(&format!("event-{id}"), &format!("tsuuchi {id}"));
        let before = stage.server.requests("ops").len();
        if let Some(fault) = fault {
            stage.proxy.fault(action, fault);
        }
        let answer = one.invoke(&event).await;
        let broken = stage.proxy.mend();
        assert!(!answer.is_error && answer.took < Duration::from_secs(10), "{fault:?}: {answer:?}");
        assert_eq!(broken > 0, fault.is_some(), "{fault:?}");
        assert!(!other.invoke(&event).await.is_error, "{fault:?}");
        let sent = stage.server.requests("ops").len() - before;
        assert_eq!(sent, 1 + usize::from(again), "{fault:?}");
        // Each knows by itself what it has sent.
        assert!(!one.invoke(&event).await.is_error && !other.invoke(&event).await.is_error);
        assert_eq!(stage.server.requests("ops").len() - before, sent, "{fault:?}");
    }
}

#[tokio::test]
async fn f36_a_mark_whose_answer_is_lost_is_one() {
    let stage = Stage::new("f36_a_mark_whose_answer_is_lost_is_one").await;
    let (mut one, mut other) = (stage.function().await, stage.function().await);
    assert!(!one.invoke(&text("first", "okosu")).await.is_error);
    stage.proxy.fault("PutItem", Fault::DoneAndReset);
    let event = text("event", "tsuuchi");
    assert!(!one.invoke(&event).await.is_error);
    assert!(stage.proxy.mend() > 0);
    assert!(!other.invoke(&event).await.is_error);
    assert_eq!(stage.server.requests("ops").len(), 2, "the first one, and this one once");
}

#[tokio::test]
async fn f10_and_f57_a_failure_is_kept_or_an_error_and_a_replay_brings_it_home_once() {
    let stage = Stage::new("f10_and_f57").await;
    let folder = Folder::new();
    for (index, fault) in [Fault::Reset, Fault::Nothing, Fault::Error(500, "InternalError"), Fault::Error(403, "AccessDenied")]
        .into_iter()
        .enumerate()
    {
        let mut function = stage.function().await;
        stage.server.on("ops", [answer(410, "").into()]);
        let (event, before) = (text(&format!("event-{index}"), "tsuuchi"), stage.letters());
        stage.proxy.fault("SendMessage", fault);
        let failed = function.invoke_as("r", event.to_string(), Duration::from_secs(8)).await;
        assert!(failed.is_error && stage.proxy.mend() > 0, "{fault:?}: {failed:?}");
        let kept = function.invoke_as("r", event.to_string(), Duration::from_secs(8)).await;
        assert!(!kept.is_error, "{fault:?}: {kept:?}");
        assert_eq!(stage.letters() - before, 1, "{fault:?}");
    }
    stage.server.on("ops", []);
    let (letters, before) = (stage.letters(), stage.server.requests("ops").len());
    // They arrive, and the queue does not forget them; the ledger remembers.
    stage.proxy.fault("DeleteMessage", Fault::Reset);
    let said = stage.replay(&folder).run().await;
    assert!(stage.proxy.mend() > 0 && said.status == 1 && said.stdout.contains("could not be deleted"), "{said:?}");
    assert_eq!((stage.letters(), stage.server.requests("ops").len() - before), (letters, letters), "{said:?}");
    let said = stage.replay(&folder).run().await;
    assert_eq!((said.status, stage.letters(), stage.server.requests("ops").len() - before), (0, 0, letters), "{said:?}");
}

//! `hikyaku replay`: dead letters of every kind, to those who have nothing yet.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::aws::Fault;
use crate::support::canary::CANARY;
use crate::support::events::{acm_expiring, record, sns};
use crate::support::folder::Folder;
use crate::support::program::{Run, Said, ending, hikyaku};
use crate::support::queue::Queue;
use crate::support::script::{Step, answer};
use crate::support::server::Server;
use crate::support::table::Table;
use crate::support::until;

/// A queue of failures, two receivers on a server, and a configuration that names them all.
struct Stage {
    server: Server,
    queue: Queue,
    folder: Folder,
    config: PathBuf,
}

impl Stage {
    async fn new(more: &str) -> Stage {
        let (server, queue, folder) = (Server::start().await, Queue::start().await, Folder::new());
        let (ops, audit) = (server.url("ops"), server.url("audit"));
        let queue_url = format!("failure_queue: \"{}\"\n{more}", queue.url());
        let config = folder.config(&[("ops", "webhook", &ops), ("audit", "webhook", &audit)], &queue_url);
        Stage { server, queue, folder, config }
    }

    fn replay(&self, arguments: &str) -> Run {
        let run = hikyaku(&self.folder, ["replay", "--rate", "100"].into_iter().chain(arguments.split_whitespace()));
        self.queue.known_to(run.config(&self.config))
    }

    async fn run(&self, arguments: &str) -> Said {
        self.replay(arguments).run().await
    }

    /// How many messages each receiver has taken.
    fn taken(&self) -> [usize; 2] {
        ["ops", "audit"].map(|name| self.server.requests(name).iter().filter(|request| request.step.takes()).count())
    }
}

fn event(words: &str) -> Value {
    sns(&[record(words, None, words)])
}

/// As the function writes it, for these receivers.
fn own(words: &str, receivers: &[&str]) -> String {
    let envelopes = hikyaku::ingress::unwrap(&event(words).to_string()).unwrap().envelopes;
    let key = hikyaku::sources::decode(&envelopes[0]).dedup_key;
    let failed: Vec<_> =
        receivers.iter().map(|receiver| json!({ "receiver": receiver, "dedup_key": key, "reason": "auth_error" })).collect();
    json!({ "hikyaku_undelivered": "1.0", "request_id": "r-1", "failed": failed, "payload": event(words) }).to_string()
}

/// As Lambda writes it once it has given up, with what the function said last.
fn lambda(words: &str, error: Value) -> String {
    json!({
        "version": "1.0",
        "timestamp": "2026-11-21T07:36:00.123Z",
        "requestContext": { "requestId": "r-2", "functionArn": "arn:aws:lambda:ap-northeast-1:111122223333:function:hikyaku:$LATEST",
            "condition": "RetriesExhausted", "approximateInvokeCount": 3 },
        "requestPayload": event(words),
        "responseContext": { "statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled" },
        "responsePayload": error,
    })
    .to_string()
}

/// One letter of each kind; of the receivers, two letters name just one.
fn all_kinds(queue: &Queue) {
    let said = "not delivered: text to audit (server_error) #";
    let envelopes = hikyaku::ingress::unwrap(&event("futatsu-me").to_string()).unwrap().envelopes;
    let key = hikyaku::sources::decode(&envelopes[0]).dedup_key;
    let digest = ring::digest::digest(&ring::digest::SHA256, &[&(key.len() as u64).to_be_bytes()[..], key.as_bytes()].concat());
    let fact: String = digest.as_ref()[..4].iter().map(|byte| format!("{byte:02x}")).collect();
    queue.put(own("hitotsu-me", &["ops"]));
    queue.put(lambda("futatsu-me", json!({ "errorType": "NotDelivered", "errorMessage": format!("{said}{fact}") })));
    queue.put(event("mittsu-me")["Records"][0]["Sns"].to_string());
    queue.put_with(
        acm_expiring().to_string(),
        &[("RULE_ARN", "arn:aws:events:ap-northeast-1:111122223333:rule/certificates"), ("ERROR_CODE", "NO_PERMISSIONS")],
    );
    queue.put_with(event("itsutsu-me").to_string(), &[("RequestID", "r-5"), ("ErrorCode", "200"), ("ErrorMessage", "failed")]);
    queue.put(lambda("muttsu-me", json!({ "errorMessage": "2026-11-21T07:36:00.123Z r-2 Task timed out after 60.00 seconds" })));
}

#[tokio::test]
async fn f56_without_send_it_shows_what_it_would_do_and_does_nothing() {
    let stage = Stage::new("").await;
    all_kinds(&stage.queue);
    let said = stage.run("--json").await;
    assert_eq!(said.status, 0, "{said:?}");
    let found: Vec<_> = said
        .lines()
        .iter()
        .map(|line| {
            let receivers: Vec<_> = line["outcomes"]
                .as_array()
                .unwrap()
                .iter()
                .map(|outcome| {
                    assert_eq!(ending(outcome), "skipped", "{line}");
                    outcome["receiver"].as_str().unwrap().to_owned()
                })
                .collect();
            assert_eq!(line["state"], "rehearsed");
            format!("{} {}", line["from"].as_str().unwrap(), receivers.join(" "))
        })
        .collect();
    assert_eq!(
        found,
        ["hikyaku ops", "lambda audit", "sns ops audit", "eventbridge ops audit", "lambda_dlq ops audit", "lambda ops audit"]
    );
    let said = stage.run("").await;
    for words in ["RECORD", "00000001  hikyaku", "ops (webhook)", "would be sent", "hitotsu-me", "shop.example.jp"] {
        assert!(said.stdout.contains(words), "{words}: {}", said.stdout);
    }
    assert!(said.stderr.contains("6 records; nothing was sent, --send does it"), "{said:?}");
    assert_eq!((stage.server.all().len(), stage.queue.bodies().len(), stage.queue.hidden()), (0, 6, 0));
    assert_eq!(stage.queue.calls("DeleteMessage"), 0);
}

#[tokio::test]
async fn f56_all_kinds_go_to_those_who_have_nothing_and_are_deleted() {
    let stage = Stage::new("").await;
    all_kinds(&stage.queue);
    let said = stage.run("--send --json").await;
    assert_eq!(said.status, 0, "{said:?}");
    assert!(said.lines().iter().all(|line| line["state"] == "replayed"), "{said:?}");
    assert_eq!((stage.taken(), stage.queue.bodies().len()), ([5, 5], 0));
    let has = |receiver: &str, words: &str| stage.server.requests(receiver).iter().any(|request| request.body().contains(words));
    assert!(has("ops", "hitotsu-me") && !has("audit", "hitotsu-me"));
    assert!(!has("ops", "futatsu-me") && has("audit", "futatsu-me"));
    // Nothing is left, and nothing more is sent.
    let said = stage.run("--send").await;
    assert_eq!((said.status, stage.taken()), (0, [5, 5]), "{said:?}");
    assert!(said.stderr.contains("0 records"), "{said:?}");
}

#[tokio::test]
async fn f56_what_does_not_arrive_stays_for_those_who_have_nothing_alone() {
    let stage = Stage::new("").await;
    stage.queue.put(own("nokoru", &["ops", "audit"]));
    stage.queue.put(own("mattaku", &["audit"]));
    stage.server.on("audit", [answer(410, "").into()]);
    let said = stage.run("--send --json").await;
    let states: Vec<_> = said.lines().iter().map(|line| line["state"].as_str().unwrap().to_owned()).collect();
    assert_eq!((said.status, states), (1, vec!["narrowed".to_owned(), "kept".to_owned()]), "{said:?}");
    assert_eq!((stage.taken(), stage.queue.hidden()), ([1, 0], 0));
    let left: Vec<Value> = stage.queue.bodies().iter().map(|body| serde_json::from_str(body).unwrap()).collect();
    let left_to: Vec<_> = left.iter().map(|left| left["failed"].as_array().unwrap().len()).collect();
    assert_eq!(left_to, [1, 1]);
    assert!(left.iter().all(|left| left["failed"][0]["receiver"] == "audit"), "{left:?}");
    stage.server.on("audit", []);
    let said = stage.run("--send").await;
    assert_eq!((said.status, stage.taken(), stage.queue.bodies().len()), (0, [1, 2], 0), "{said:?}");
}

#[tokio::test]
async fn f56_only_the_receiver_that_was_asked_for_gets_anything() {
    let stage = Stage::new("").await;
    stage.queue.put(own("futari-ni", &["ops", "audit"]));
    stage.queue.put(own("ops-ni-dake", &["ops"]));
    let said = stage.run("--send --json --receiver audit").await;
    let states: Vec<_> = said.lines().iter().map(|line| line["state"].as_str().unwrap().to_owned()).collect();
    assert_eq!((said.status, states), (0, vec!["narrowed".to_owned(), "kept".to_owned()]), "{said:?}");
    assert_eq!((stage.taken(), stage.queue.bodies().len()), ([0, 1], 2));
    let said = stage.run("--send").await;
    assert_eq!((said.status, stage.taken(), stage.queue.bodies().len()), (0, [2, 1], 0), "{said:?}");
}

#[tokio::test]
async fn f56_no_more_are_taken_than_were_asked_for() {
    let stage = Stage::new("").await;
    (0..5).for_each(|number| stage.queue.put(own(&format!("bangou-{number}"), &["ops"])));
    let said = stage.run("--send --max 2").await;
    assert_eq!((said.status, stage.taken(), stage.queue.bodies().len(), stage.queue.hidden()), (0, [2, 0], 3, 0), "{said:?}");
    let said = stage.run("--max 2 --json").await;
    assert_eq!((said.lines().len(), stage.queue.bodies().len(), stage.queue.hidden()), (2, 3, 0), "{said:?}");
}

#[tokio::test]
async fn f56_records_go_out_no_faster_than_asked() {
    let stage = Stage::new("").await;
    (0..4).for_each(|number| stage.queue.put(own(&format!("bangou-{number}"), &["ops"])));
    let run = hikyaku(&stage.folder, ["replay", "--send", "--rate", "5"]).config(&stage.config);
    let began = std::time::Instant::now();
    assert_eq!(stage.queue.known_to(run).run().await.status, 0);
    // From the first to the fourth, which a busy machine can only make longer; what lies between two arrivals it can shorten.
    assert!(stage.taken() == [4, 0] && began.elapsed() > std::time::Duration::from_millis(590), "{:?}", began.elapsed());
}

#[tokio::test]
async fn f57_killed_after_sending_and_before_deleting_it_sends_at_most_once_more() {
    for (has_ledger, taken) in [(false, 2), (true, 1)] {
        let table = Table::start().await;
        let stage = Stage::new(if has_ledger { "ledger: { dynamodb: { table: hikyaku } }\n" } else { "" }).await;
        stage.queue.put(own("ichido", &["ops"]));
        stage.queue.put(own("tsugi", &["ops"]));
        stage.queue.fail("DeleteMessage", [Fault::Hang]);
        let running = table.known_to(stage.replay("--send")).start(&stage.folder);
        stage.queue.wait("DeleteMessage", 1).await;
        drop(running);
        assert_eq!((stage.taken(), stage.queue.bodies().len()), ([1, 0], 2), "the letter is still there");
        stage.queue.let_timeouts_pass();
        let said = table.known_to(stage.replay("--send")).run().await;
        assert_eq!((said.status, stage.queue.bodies().len()), (0, 0), "{said:?}");
        let ichido = stage.server.requests("ops").iter().filter(|request| request.body().contains("ichido")).count();
        assert_eq!((ichido, stage.taken()), (taken, [taken + 1, 0]), "ledger: {has_ledger}");
    }
}

#[tokio::test]
async fn f57_killed_while_sending_it_loses_nothing() {
    let stage = Stage::new("").await;
    stage.queue.put(own("ichido", &["ops"]));
    stage.server.on("ops", [Step::Hang]);
    let running = stage.replay("--send").start(&stage.folder);
    stage.server.wait("ops", 1).await;
    drop(running);
    stage.server.on("ops", []);
    // Until its time is over, the letter is hidden: nobody sends it a second time meanwhile.
    assert_eq!((stage.run("--send").await.status, stage.taken()), (0, [0, 0]));
    stage.queue.let_timeouts_pass();
    assert_eq!((stage.run("--send").await.status, stage.taken(), stage.queue.bodies().len()), (0, [1, 0], 0));
}

#[tokio::test]
async fn f69_a_receiver_that_is_gone_is_reported_and_the_record_kept() {
    let stage = Stage::new("").await;
    stage.queue.put(own("mukashi", &["furui", "ops"]));
    stage.queue.put(own("mukashi-dake", &["../../etc/passwd\u{1b}[31m"]));
    let said = stage.run("--json").await;
    assert_eq!(said.lines()[0]["outcomes"][0]["detail"], "there is no such receiver any more", "{said:?}");
    let said = stage.run("").await;
    assert!(said.status == 1 && said.stdout.contains("furui") && said.stdout.contains("no such receiver"), "{said:?}");
    assert!(!said.stdout.contains('\u{1b}'), "{said:?}");
    let said = stage.run("--send").await;
    assert_eq!((said.status, stage.taken(), stage.queue.bodies().len()), (1, [1, 0], 2), "{said:?}");
    // What is left is for the one that is gone.
    let said = stage.run("--send").await;
    assert_eq!((said.status, stage.taken(), stage.queue.bodies().len()), (1, [1, 0], 2), "{said:?}");
    let narrowed = stage.queue.bodies().iter().filter(|body| body.contains("furui") && !body.contains("\"ops\"")).count();
    assert_eq!(narrowed, 1, "{:?}", stage.queue.bodies());
}

#[tokio::test]
async fn what_the_queue_refuses_is_said_and_nothing_lost() {
    let stage = Stage::new("").await;
    stage.queue.put(own("ichido", &["ops"]));
    stage.queue.fail("ReceiveMessage", [Fault::Error(400, "QueueDoesNotExist")]);
    let said = stage.run("--send").await;
    assert!(said.status == 2 && said.stderr.contains("SQS says QueueDoesNotExist"), "{said:?}");
    stage.queue.fail("DeleteMessage", [Fault::Error(403, "AccessDenied")]);
    let said = stage.run("--send").await;
    assert!(said.status == 1 && said.stdout.contains("could not be deleted: the queue: SQS says AccessDenied"), "{said:?}");
    stage.server.on("audit", [answer(410, "").into()]);
    stage.queue.put(own("futari", &["ops", "audit"]));
    stage.queue.fail("SendMessage", [Fault::Error(403, "AccessDenied")]);
    let said = stage.run("--send").await;
    assert!(said.status == 1 && said.stdout.contains("the letter stays as it was"), "{said:?}");
    assert!(stage.queue.bodies().iter().any(|body| body.contains("\"audit\"") && body.contains("\"ops\"")));
}

#[tokio::test]
async fn b102_a_file_is_read_line_by_line_and_a_bad_line_takes_no_other_with_it() {
    let stage = Stage::new("").await;
    let lines = [
        own("gyou-1", &["ops"]),
        String::new(),
        format!("{{\"hikyaku_undelivered\":\"1.0\",\"failed\":\"{CANARY}\",\"payload\":{{}}}}"),
        format!("password {CANARY}"),
        format!("\"{}\"", "x".repeat(3 << 20)),
        json!({ "MessageId": "sqs-1", "Body": own("gyou-6", &["audit"]), "MessageAttributes": {} }).to_string(),
        own("gyou-7", &["ops"]).replace("\"1.0\"", "\"9.0\""),
        event("gyou-8").to_string(),
    ];
    let file = stage.folder.write("letters.jsonl", lines.join("\n"));
    let said = replay_file(&stage, &file, "--json").await;
    let found: Vec<_> = said
        .lines()
        .iter()
        .map(|line| format!("{} {}", line["record"].as_str().unwrap(), line["state"].as_str().unwrap()))
        .collect();
    assert_eq!(
        (said.status, found.iter().map(String::as_str).collect::<Vec<_>>()),
        (
            1,
            vec![
                "line 1 rehearsed",
                "line 3 unreadable",
                "line 4 unreadable",
                "line 5 unreadable",
                "sqs-1 rehearsed",
                "line 7 unreadable",
                "line 8 rehearsed"
            ]
        )
    );
    for problem in ["line 1, column", "not JSON", "larger than 1 MiB", "version"] {
        assert!(said.stdout.contains(problem), "{problem}: {said:?}");
    }
    assert_eq!(stage.server.all().len(), 0, "dry by default");
    let said = replay_file(&stage, &file, "--send").await;
    assert_eq!((said.status, stage.taken()), (1, [2, 2]), "{said:?}");
    assert_eq!(std::fs::read_to_string(file).unwrap(), lines.join("\n"), "a file stays as it is");
}

#[tokio::test]
async fn b102_one_document_may_hold_several_and_what_is_none_is_refused() {
    let stage = Stage::new("").await;
    let message = |body: String| json!({ "MessageId": body.len().to_string(), "Body": body });
    let messages = json!({ "Messages": [message(own("hitotsu", &["ops"])), message(own("futatsu", &["audit"]))] });
    let queued = |body: String| {
        json!({ "messageId": "m", "body": body, "eventSource": "aws:sqs", "messageAttributes":
        { "RequestID": { "stringValue": "r", "dataType": "String" }, "ErrorCode": { "stringValue": "200", "dataType": "Number" } } })
    };
    for (document, receivers) in [
        (messages, vec!["ops", "audit"]),
        (json!([serde_json::from_str::<Value>(&own("hitotsu", &["ops"])).unwrap()]), vec!["ops"]),
        (serde_json::from_str(&own("hitotsu", &["audit"])).unwrap(), vec!["audit"]),
        (json!({ "Records": [queued("{\"a\": 1}".to_owned())] }), vec!["ops", "audit"]),
    ] {
        let file = stage.folder.write("pretty.json", serde_json::to_string_pretty(&document).unwrap());
        let said = replay_file(&stage, &file, "--json").await;
        let found: Vec<_> = said.lines().iter().flat_map(|line| line["outcomes"].as_array().unwrap().clone()).collect();
        let found: Vec<_> = found.iter().map(|outcome| outcome["receiver"].as_str().unwrap()).collect();
        assert_eq!((said.status, found), (0, receivers), "{said:?}");
    }
    for (file, says) in
        [(format!("{{\n  \"{CANARY}\": {CANARY}"), "line 2, column"), ("{".repeat(100_000), "neither one record a line")]
    {
        let file = stage.folder.write("broken.json", file);
        let said = replay_file(&stage, &file, "").await;
        assert!(said.status == 2 && said.stderr.contains(says), "{said:?}");
    }
    for (arguments, says) in [
        ("nowhere.json", "nowhere.json: No such file"),
        ("--receiver nobody-knows", "no receiver `nobody-knows`"),
        ("--rate 0", "--rate"),
        ("--queue x y", "cannot be used with"),
    ] {
        let said = stage.run(arguments).await;
        assert!(said.status == 2 && said.stderr.contains(says), "{arguments}: {said:?}");
    }
    let said = stage.replay("-").input(own("hyoujun", &["ops"])).run().await;
    assert!(said.status == 0 && said.stdout.contains("ops (webhook)"), "{said:?}");
}

async fn replay_file(stage: &Stage, file: &Path, arguments: &str) -> Said {
    stage.replay(arguments).arg(file).run().await
}

#[tokio::test]
async fn b102_a_line_without_an_end_is_not_held_in_memory() {
    let stage = Stage::new("").await;
    let line = format!("{}\n{}\n", "x".repeat(64 << 20), own("ato", &["ops"]));
    let file = stage.folder.write("long.jsonl", line);
    let running = stage.replay("--send").arg(&file).start(&stage.folder);
    until("the line after it", || (stage.taken() == [1, 0]).then_some(())).await;
    let peak = running.peak_memory();
    assert!(peak.is_none_or(|bytes| bytes < 40 << 20), "{peak:?}");
    until("what it says", || running.stdout().contains("larger than 1 MiB").then_some(())).await;
}

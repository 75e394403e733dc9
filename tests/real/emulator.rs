//! `hikyaku-lambda` under AWS's Runtime Interface Emulator.
use crate::events::samples;
use crate::support::{Server, Sink, free_port, post, scratch, tool};
use serde_json::Value;
use std::fs;
use std::process::Command;

/// The secret part of the webhook's URL.
const HOOK: &str = "/services/T0HATO/B0HATO/kp7Vq2mX9wL4";

const CONFIG: &str = r#"
receivers:
  ops: { slack: { url: "env:HOOK_URL", allow_insecure_loopback: true } }
routes:
  - to: [ops]
"#;

#[test]
fn each_event_arrives_once() {
    let sink = Sink::start();
    let function = Function::start("each_event_arrives_once", &sink);
    for sample in samples() {
        let answer = function.invoke(&sample.event);
        assert!(answer.get("errorType").is_none(), "{}: {answer}", sample.name);
        let received = sink.take();
        assert_eq!(received.len(), 1, "{}: {received:?}", sample.name);
        assert_eq!(received[0].path, HOOK, "{}", sample.name);
        let payload: Value = serde_json::from_str(&received[0].body).expect(sample.name);
        assert!(payload.is_object(), "{}: {payload}", sample.name);
        for word in sample.says {
            assert!(received[0].body.contains(word), "{} without {word}: {payload}", sample.name);
        }
    }
    assert_eq!(function.outcomes("delivered"), samples().len(), "{}", function.server.log());
    assert!(sink.take().is_empty());
    function.gave_nothing_away("");
}

#[test]
fn an_undelivered_event_is_an_error() {
    let sink = Sink::start();
    let function = Function::start("an_undelivered_event_is_an_error", &sink);
    let event = &samples()[0].event;
    sink.answer(500);
    let answer = function.invoke(event);
    assert!(answer["errorType"].is_string(), "{answer}");
    assert!(sink.take().len() > 1, "a 500 is worth another try");
    assert_eq!(function.outcomes("delivered"), 0, "{}", function.server.log());
    function.gave_nothing_away(&answer.to_string());

    // The same function goes on once the receiver is back.
    sink.answer(200);
    let answer = function.invoke(event);
    assert!(answer.get("errorType").is_none(), "{answer}");
    assert_eq!(sink.take().len(), 1);
}

pub(crate) struct Function {
    server: Server,
    port: u16,
}

impl Function {
    pub(crate) fn start(test: &str, sink: &Sink) -> Self {
        let folder = scratch(test);
        let config = folder.join("hikyaku.yaml");
        fs::write(&config, CONFIG).unwrap();
        let (port, api) = (free_port(), free_port());
        let mut command = Command::new(tool("aws-lambda-rie"));
        command
            .args(["--runtime-interface-emulator-address", &format!("127.0.0.1:{port}")])
            .args(["--runtime-api-address", &format!("127.0.0.1:{api}")])
            .arg(env!("CARGO_BIN_EXE_hikyaku-lambda"))
            .current_dir(&folder)
            .env_clear()
            .env("AWS_LAMBDA_FUNCTION_TIMEOUT", "30")
            .env("HIKYAKU_CONFIG", &config)
            .env("TMPDIR", &folder)
            .env("HOOK_URL", sink.url(HOOK));
        let server = Server::start(command, port, folder.join("log"));
        Self { server, port }
    }

    pub(crate) fn invoke(&self, event: &Value) -> Value {
        let path = "/2015-03-31/functions/function/invocations";
        let (status, answer) = post(self.port, path, &[], &event.to_string());
        assert_eq!(status, 200, "{answer}\n{}", self.server.log());
        serde_json::from_str(&answer).expect(&answer)
    }

    /// How many lines of the report in the function's log have this outcome.
    fn outcomes(&self, outcome: &str) -> usize {
        self.server.log().matches(&format!(r#""outcome":"{outcome}""#)).count()
    }

    fn gave_nothing_away(&self, answer: &str) {
        for said in [answer, &self.server.log()] {
            assert!(!said.contains("kp7Vq2mX9wL4") && !said.contains("/services/"), "{said}");
        }
    }
}

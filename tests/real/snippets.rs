//! The ways to deploy that `infra/README.md` shows, each read by its own language's parser. Nothing is deployed.
use crate::support::tool;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

#[test]
fn terraform_gives_what_the_template_takes() {
    let parse = "import hcl2, json, sys; print(json.dumps(hcl2.loads(sys.stdin.read())))";
    let parsed = read(parse, &snippet("hcl")).unwrap_or_else(|error| panic!("{error}"));
    let text = parsed.to_string();
    for word in ["aws_cloudformation_stack", "template_url", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND", "TopicArn"] {
        assert!(text.contains(word), "{word}: {text}");
    }
    takes(&parameters(&parsed));
    assert!(read(parse, "resource \"a\" {").is_err(), "a broken one is noticed");
}

#[test]
fn cdk_gives_what_the_template_takes() {
    let parse = "\
import ast, json, sys
tree = ast.parse(sys.stdin.read())
calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and getattr(node.func, 'id', '') == 'CfnInclude']
[given] = [ast.literal_eval(keyword.value) for keyword in calls[0].keywords if keyword.arg == 'parameters']
print(json.dumps({'parameters': given}))";
    let parsed = read(parse, &snippet("python")).unwrap_or_else(|error| panic!("{error}"));
    takes(&parameters(&parsed));
    assert!(read(parse, "app = App(").is_err(), "a broken one is noticed");
}

/// The one piece of code in `language` that the README has.
fn snippet(language: &str) -> String {
    let readme = fs::read_to_string(root().join("infra/README.md")).unwrap();
    let start = format!("```{language}\n");
    let mut pieces = readme.split(&start).skip(1);
    let piece = pieces.next().expect("a snippet").split("```").next().unwrap().to_owned();
    assert!(pieces.next().is_none(), "one {language} snippet");
    piece
}

/// What `program` makes of `text`, or what it says instead.
fn read(program: &str, text: &str) -> Result<Value, String> {
    let mut command = Command::new(tool("python/bin/python"));
    command.args(["-c", program]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    Ok(serde_json::from_slice(&output.stdout).unwrap())
}

/// The names under `parameters`, wherever it is.
fn parameters(value: &Value) -> Vec<String> {
    match value {
        Value::Object(entries) => {
            let own = entries.get("parameters").and_then(Value::as_object);
            let own = own.into_iter().flat_map(|given| given.keys().map(|key| key.trim_matches('"').to_owned()));
            own.chain(entries.values().flat_map(parameters)).collect()
        }
        Value::Array(items) => items.iter().flat_map(parameters).collect(),
        _ => Vec::new(),
    }
}

/// Whether `infra/template.yaml` has these parameters.
fn takes(given: &[String]) {
    let template = fs::read_to_string(root().join("infra/template.yaml")).unwrap();
    let parameters = template.split("\nRules:").next().unwrap();
    assert!(given.iter().any(|name| name == "SlackWebhookUrl"), "{given:?}");
    for name in given {
        assert!(parameters.contains(&format!("\n  {name}:\n    Type: ")), "there is no parameter {name}");
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

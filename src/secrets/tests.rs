#![allow(clippy::unwrap_used, reason = "a test says so by failing")]

use super::*;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

#[tokio::test]
async fn a_secret_is_found_or_its_reference_named() {
    let folder = std::env::temp_dir();
    let file = |name: &str, content: &[u8]| {
        let path = folder.join(format!("hikyaku-secret-{name}-{}", std::process::id()));
        std::fs::write(&path, content).unwrap();
        path
    };
    let (good, binary, long) = (file("good", b" CANARY\n"), file("binary", b"CANARY\xff"), file("long", &[b'C'; 70_000]));
    let env = [("HOOK", "CANARY"), ("EMPTY", " \n"), ("NUL", "CANARY\0CANARY")];
    let secrets = Secrets::new(env.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect(), Arc::default());
    for (reference, found) in [
        ("env:HOOK".to_owned(), Ok("CANARY")),
        (format!("file:{}", good.display()), Ok("CANARY")),
        ("CANARY".to_owned(), Ok("CANARY")),
        (" CANARY\r\n".to_owned(), Ok("CANARY")),
        ("env:EMPTY".to_owned(), Err("is empty")),
        ("env:NUL".to_owned(), Err("holds no text")),
        ("env:NONE".to_owned(), Err("is not set")),
        ("file:/nonexistent".to_owned(), Err("cannot be read")),
        (format!("file:{}", folder.display()), Err("cannot be read")),
        (format!("file:{}", binary.display()), Err("holds no text")),
        (format!("file:{}", long.display()), Err("holds more than 64 KiB")),
    ] {
        for got in [
            secrets.resolve(&SecretRef::from(reference.clone()), NOW).await,
            secrets.refresh(&SecretRef::from(reference.clone()), NOW).await,
        ] {
            let got = got.as_ref().map(|secret| secret.reveal().as_str()).map_err(SecretError::to_string);
            assert_eq!(got, found.map_err(|problem| format!("{reference} {problem}")));
        }
    }
    for path in [good, binary, long] {
        std::fs::remove_file(path).unwrap();
    }
}

#[test]
fn a_key_is_taken_from_a_json_secret() {
    let found = |text: &str, key: &str| json_value(text, key).map(|value| value.reveal().clone());
    assert_eq!(found(r#"{"slack":"x","n":1}"#, "slack").as_deref(), Some("x"));
    assert_eq!(found(r#"{"slack":"x","n":1}"#, "n"), None);
    assert_eq!(found("x", "slack"), None);
}

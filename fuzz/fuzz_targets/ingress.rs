//! Any bytes that claim to be a payload: taken apart and decoded without a panic, with keys that a store takes.
#![no_main]

use hikyaku::ingress::{Body, unwrap};
use hikyaku::sources::decode;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let Ok(payload) = unwrap(&text) else { return };
    for envelope in &payload.envelopes {
        let notification = decode(envelope);
        for key in [&notification.dedup_key, &notification.thread_key] {
            assert!(!key.is_empty() && key.len() <= 255, "{key:?}");
            assert!(!key.contains(char::is_control), "{key:?}");
        }
        assert!(!notification.source.is_empty());
        assert!(notification.fields.len() <= 100, "{}", notification.fields.len());
        assert_eq!(notification, decode(envelope), "decoding reads nothing but the envelope");
    }
    // A text is a payload too, as an SNS Message: it yields exactly one notification, whatever is in it.
    if !matches!(payload.envelopes.as_slice(), [one] if matches!(one.body, Body::Text(_))) {
        return;
    }
    let quoted = serde_json::Value::from(&*text);
    let carried = format!(r#"{{"Records":[{{"EventSource":"aws:sns","Sns":{{"Message":{quoted}}}}}]}}"#);
    assert_eq!(unwrap(&carried).map(|payload| payload.envelopes.len()), Ok(1));
});

//! Custom notifications of AWS Chatbot, now Amazon Q Developer in chat applications, schema 1.0:
//! <https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html>.
//!
//! `{"version": "1.0", "source": "custom", "id", "content": {"textType", "title", "description", "nextSteps", "keywords"},
//! "metadata": {"threadId", "summary", "relatedResources", "additionalContext", …}}`. People put keys of their own into
//! `metadata`, and leave out the description, which AWS demands. Its limits are not ours: render shortens.

use serde_json::Value;

use super::{from_envelope, generic, read};
use crate::ingress::{Body, Envelope, Event};
use crate::notification::{
    Custom, Data, Field, FieldValue, Kind, Label, Markup, Notification, Prose, Severity, Status, Term, key,
};

pub(super) fn decode(envelope: &Envelope) -> Option<Notification> {
    let custom = match &envelope.body {
        Body::Json(value) | Body::Event(Event { detail: value, .. }) => value,
        Body::Text(_) | Body::Invocation(_) => return None,
    };
    let content = match content(custom)? {
        Ok(content) => content,
        Err(problem) => {
            let mut notification = generic::any(envelope);
            notification.fields.insert(0, Field::new(Label::Problem, FieldValue::Term(problem)));
            return Some(notification);
        }
    };
    let metadata = custom.get("metadata").unwrap_or(&Value::Null);
    let (status, severity) = standing(metadata);
    let mut notification = from_envelope(envelope, Kind::Custom, status, severity);
    if !matches!(&envelope.body, Body::Event(event) if event.source.is_some()) {
        notification.source = "chatbot.custom".to_owned();
    }
    (notification.subject, notification.description) = words(content);
    notification.resources.extend(texts(metadata, "relatedResources"));
    if let Some(id) = read::written(custom, "id") {
        notification.dedup_key = key(&["custom", &id]);
    }
    let thread_id = read::written(metadata, "threadId");
    notification.thread_key = match &thread_id {
        Some(thread) => key(&["custom", "thread", thread]),
        None => notification.dedup_key.clone(),
    };
    notification.data =
        Data::Custom(Custom { thread_id, keywords: texts(content, "keywords"), next_steps: texts(content, "nextSteps") });
    Some(notification)
}

/// The content, if `value` is a custom notification; that there is nothing to say in it, if that is what is wrong with it.
fn content(value: &Value) -> Option<Result<&Value, Term>> {
    let version = value.get("version")?;
    // A template that leaves out the quotes makes a number of it.
    let is_version = version.as_str() == Some("1.0") || version.as_f64() == Some(1.0);
    let is_custom = is_version && read::text(value, "source") == Some("custom");
    let content = value.get("content").filter(|_| is_custom)?;
    let has_words = read::text(content, "description").is_some() || read::text(content, "title").is_some();
    Some(if has_words { Ok(content) } else { Err(Term::NeitherTitleNorDescription) })
}

/// By `severity` or `priority` in `additionalContext`; the first of them that says something counts.
fn standing(metadata: &Value) -> (Status, Severity) {
    let context = metadata.get("additionalContext").unwrap_or(&Value::Null);
    let told = ["severity", "priority"].iter().filter_map(|key| read::text(context, key));
    told.map(str::to_lowercase).find_map(|word| of_word(&word)).unwrap_or((Status::Info, Severity::Info))
}

fn of_word(word: &str) -> Option<(Status, Severity)> {
    match word {
        "critical" | "fatal" | "p1" => Some((Status::Firing, Severity::Critical)),
        "high" | "error" | "warning" | "p2" => Some((Status::Firing, Severity::Warning)),
        "medium" | "notice" => Some((Status::Info, Severity::Notice)),
        "resolved" | "ok" => Some((Status::Resolved, Severity::Info)),
        _ => None,
    }
}

/// The title, or the first line of the description in its place, and the description that follows it.
fn words(content: &Value) -> (Option<String>, Vec<Prose>) {
    /// What AWS allows a title. A longer line gets cut in its place, and is therefore shown whole below.
    const TITLE_CHARS: usize = 250;
    let text = read::text(content, "description").unwrap_or_default();
    let (subject, rest) = match (read::text(content, "title"), text.split_once('\n').unwrap_or((text, ""))) {
        (Some(title), _) => (title, text),
        (None, (first, _)) if first.chars().count() > TITLE_CHARS => (first, text),
        (None, first_and_rest) => first_and_rest,
    };
    let is_markdown = read::text(content, "textType").is_none_or(|text_type| text_type.eq_ignore_ascii_case("client-markdown"));
    let markup = if is_markdown { Markup::ClientMarkdown } else { Markup::None };
    let prose = Prose { language: None, text: rest.trim().to_owned(), markup };
    (Some(subject.trim().to_owned()), Some(prose).filter(|prose| !prose.text.is_empty()).into_iter().collect())
}

/// The strings of a list, or a lone string in its place.
fn texts(value: &Value, key: &str) -> Vec<String> {
    read::string(value, key).map_or_else(|| read::strings(value, key), |text| vec![text])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "a test says so by failing")]

    use serde_json::json;

    use super::*;
    use crate::sources::tests::envelope;

    fn decode_json(payload: Value) -> Option<Notification> {
        decode(&envelope(&payload))
    }

    fn custom(content: Value, metadata: Value) -> Value {
        json!({ "version": "1.0", "source": "custom", "id": "c-1", "content": content, "metadata": metadata })
    }

    fn data(notification: &Notification) -> &Custom {
        match &notification.data {
            Data::Custom(custom) => custom,
            other => panic!("{other:?}"),
        }
    }

    fn full() -> Value {
        custom(
            json!({ "title": ":warning: *Orders* are late", "description": "Two hours by now.\nSee <https://shop.example|the board>.",
                "nextSteps": ["_Look_ at the queue", "Page @jane"], "keywords": ["orders", "SRE"] }),
            json!({ "threadId": "orders-1", "summary": "no title", "relatedResources": ["i-0", "i-1"], "Event ID": "abc",
                "additionalContext": { "priority": "critical" }, "enableCustomActions": true }),
        )
    }

    #[test]
    fn everything_is_kept_as_written() {
        let notification = decode_json(full()).unwrap();
        assert_eq!((notification.kind, notification.source.as_str()), (Kind::Custom, "chatbot.custom"));
        assert_eq!((notification.status, notification.severity), (Status::Firing, Severity::Critical));
        assert_eq!((&notification.account, &notification.region, &notification.occurred_at), (&None, &None, &None));
        assert_eq!(notification.subject.as_deref(), Some(":warning: *Orders* are late"));
        let text = "Two hours by now.\nSee <https://shop.example|the board>.".to_owned();
        assert_eq!(notification.description, [Prose { language: None, text, markup: Markup::ClientMarkdown }]);
        assert_eq!((notification.resources, notification.fields), (vec!["i-0".into(), "i-1".into()], vec![]));
        assert_eq!(notification.dedup_key, key(&["custom", "c-1"]));
        assert_eq!(notification.thread_key, key(&["custom", "thread", "orders-1"]));
        let Data::Custom(data) = notification.data else { panic!("no custom") };
        assert_eq!(data.thread_id.as_deref(), Some("orders-1"));
        assert_eq!(data.keywords, ["orders", "SRE"]);
        assert_eq!(data.next_steps, ["_Look_ at the queue", "Page @jane"]);
    }

    #[test]
    fn a_word_says_how_it_stands() {
        use Severity::{Critical, Info, Notice, Warning};
        for (words, status, severity) in [
            (&["critical", "FATAL", "p1", "P1"][..], Status::Firing, Critical),
            (&["high", "Error", "warning", "p2"], Status::Firing, Warning),
            (&["medium", "notice"], Status::Info, Notice),
            (&["low", "info", "p3", "sev?", ""], Status::Info, Info),
            (&["resolved", "OK"], Status::Resolved, Info),
        ] {
            for word in words {
                for key in ["severity", "priority"] {
                    let payload = custom(json!({ "title": "x" }), json!({ "additionalContext": { key: word } }));
                    let notification = decode_json(payload).unwrap();
                    assert_eq!((notification.status, notification.severity), (status, severity), "{key} {word}");
                }
            }
        }
        for (context, severity) in [
            (json!({ "severity": "resolved", "priority": "p1" }), Info),
            (json!({ "severity": "?", "priority": "p1" }), Critical),
            (json!({ "severity": 1 }), Info),
            (json!("critical"), Info),
            (Value::Null, Info),
        ] {
            let payload = custom(json!({ "title": "x" }), json!({ "additionalContext": context }));
            assert_eq!(decode_json(payload).unwrap().severity, severity, "{context}");
        }
    }

    #[test]
    fn a_first_line_is_the_title_and_not_said_twice() {
        for (content, subject, description) in [
            (json!({ "description": "one\n\ntwo\nthree\n" }), "one", Some("two\nthree")),
            (json!({ "description": "  \r\none\r\ntwo" }), "one", Some("two")),
            (json!({ "description": "one" }), "one", None),
            (json!({ "title": "  ", "description": "one" }), "one", None),
            (json!({ "title": 5, "description": "one" }), "one", None),
            (json!({ "title": "one", "description": "one" }), "one", Some("one")),
            (json!({ "title": "one", "description": "" }), "one", None),
        ] {
            let notification = decode_json(custom(content.clone(), Value::Null)).unwrap();
            assert_eq!(notification.subject.as_deref(), Some(subject), "{content}");
            let text = notification.description.first().map(|prose| prose.text.as_str());
            assert_eq!((text, notification.description.len()), (description, usize::from(description.is_some())), "{content}");
        }
    }

    #[test]
    fn only_client_markdown_is_marked_up() {
        for (text_type, markup) in [
            (Value::Null, Markup::ClientMarkdown),
            (json!("client-markdown"), Markup::ClientMarkdown),
            (json!("plain-text"), Markup::None),
        ] {
            let content = json!({ "title": "x", "description": "*y*", "textType": text_type });
            let notification = decode_json(custom(content, Value::Null)).unwrap();
            assert_eq!(notification.description.first().map(|prose| prose.markup), Some(markup), "{text_type}");
        }
    }

    #[test]
    fn an_id_makes_the_fact_and_a_thread_id_the_thread() {
        let (title, thread) = (json!({ "title": "x" }), json!({ "threadId": "t" }));
        let first = decode_json(custom(title.clone(), thread.clone())).unwrap();
        let other =
            decode_json(json!({ "version": "1.0", "source": "custom", "id": 2, "content": title, "metadata": thread })).unwrap();
        assert_eq!(first.thread_key, other.thread_key);
        assert_ne!(first.dedup_key, other.dedup_key);
        assert_eq!(other.dedup_key, key(&["custom", "2"]));
        let alone = decode_json(custom(title.clone(), Value::Null)).unwrap();
        assert_eq!(alone.thread_key, alone.dedup_key);
        let without_id = |text: &str| {
            decode_json(json!({ "version": "1.0", "source": "custom", "content": { "description": text } })).unwrap()
        };
        assert_ne!(without_id("one").dedup_key, without_id("two").dedup_key);
        assert_eq!(without_id("one").dedup_key, without_id("one").thread_key);
    }

    #[test]
    fn odd_shapes_are_taken_as_they_are() {
        let long = "D".repeat(9_000);
        let payload = json!({ "version": 1.0, "source": "custom", "content": { "description": long, "nextSteps": "one step", "keywords": [1, " ", "k"] },
            "metadata": "none" });
        let notification = decode_json(payload).unwrap();
        assert_eq!(notification.subject.as_deref(), Some(long.as_str()));
        assert_eq!(notification.description.first().map(|prose| &prose.text), Some(&long), "nobody shows a title of that length");
        let data = data(&notification);
        assert_eq!((&data.thread_id, data.next_steps.len(), data.keywords.len()), (&None, 1, 1));
    }

    #[test]
    fn as_the_detail_of_an_event_it_keeps_what_the_event_knows() {
        let event = json!({ "id": "e-1", "source": "shop.orders", "detail-type": "Late", "account": "111122223333", "region": "eu-west-1",
            "time": "2026-11-21T07:30:00Z", "resources": ["arn:q"], "detail": full() });
        let notification = decode_json(event).unwrap();
        assert_eq!((notification.kind, notification.source.as_str()), (Kind::Custom, "shop.orders"));
        assert_eq!((notification.account.as_deref(), notification.region.as_deref()), (Some("111122223333"), Some("eu-west-1")));
        assert_eq!(notification.resources, ["arn:q", "i-0", "i-1"]);
        let handmade = decode_json(json!({ "detail-type": "Late", "detail": full() })).unwrap();
        assert_eq!(handmade.source, "chatbot.custom");
    }

    #[test]
    fn without_words_it_is_a_text_that_says_so() {
        for content in [json!("x"), json!({ "keywords": ["x"] }), json!({ "title": 5, "description": " " })] {
            let told = decode_json(json!({ "version": "1.0", "source": "custom", "content": content })).unwrap();
            let problem = Field::new(Label::Problem, FieldValue::Term(Term::NeitherTitleNorDescription));
            assert_eq!((told.kind, told.fields.first()), (Kind::Text, Some(&problem)), "{content}");
        }
    }

    #[test]
    fn what_is_no_custom_notification_is_left_to_others() {
        let content = json!({ "description": "x" });
        for payload in [
            json!({ "version": "2.0", "source": "custom", "content": content }),
            json!({ "version": 2, "source": "custom", "content": content }),
            json!({ "source": "custom", "content": content }),
            json!({ "version": "1.0", "source": "other", "content": content }),
            json!({ "version": "1.0", "source": "custom" }),
            json!("version 1.0 source custom"),
        ] {
            assert_eq!(decode_json(payload.clone()), None, "{payload}");
        }
    }
}

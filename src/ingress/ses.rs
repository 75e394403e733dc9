//! SES: mail that a receipt rule handed to SNS, as JSON with `notificationType: Received`. The mail's text is the message,
//! whatever it says; it is never taken for an event.
//!
//! - An SNS action sends the whole mail in `content`, as it came or in base64.
//! - Any other action tells of the mail without it.
//!
//! <https://docs.aws.amazon.com/ses/latest/dg/receiving-email-notifications-contents.html>

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mail_parser::MessageParser;
use serde_json::{Map, Value};

use super::{Body, Envelope, Outer, take_string};

pub(super) fn is_received(object: &Map<String, Value>) -> bool {
    object.get("notificationType").and_then(Value::as_str) == Some("Received") && object.get("mail").is_some_and(Value::is_object)
}

pub(super) fn open(mut object: Map<String, Value>, outer: &Outer, out: &mut Vec<Envelope>) {
    let content = take_string(&mut object, "content");
    let action = object.get("receipt").and_then(|receipt| receipt.get("action"));
    let read = content.map(|content| Mail::read(&bytes(content, action))).unwrap_or_default();
    let mail = object.get("mail");
    let told = |path: &str| {
        let text = mail.and_then(|mail| mail.pointer(path)).and_then(Value::as_str).map(str::trim);
        text.filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let outer = Outer {
        id: told("/messageId").or_else(|| outer.id.clone()),
        subject: read.subject.or_else(|| told("/commonHeaders/subject")).or_else(|| outer.subject.clone()),
        sender: read.from.or_else(|| told("/commonHeaders/from/0")).or_else(|| told("/source")),
        time: outer.time.or_else(|| told("/timestamp").and_then(|time| time.parse().ok())),
        ..outer.through("mail to SES")
    };
    let text = read.text.or_else(|| action.and_then(stored_at)).unwrap_or_default();
    out.push(outer.seal(Body::Text(text)));
}

/// What a mail says.
#[derive(Debug, Default)]
struct Mail {
    subject: Option<String>,
    from: Option<String>,
    /// Its first text; that of an HTML part, if there is no other.
    text: Option<String>,
}

impl Mail {
    fn read(bytes: &[u8]) -> Mail {
        let Some(message) = MessageParser::default().parse(bytes) else { return Mail::default() };
        let sender = message.from().and_then(|from| from.first());
        let name = sender.and_then(|sender| sender.name.as_deref()).map(str::trim).filter(|name| !name.is_empty());
        let address = sender.and_then(|sender| sender.address.as_deref());
        Mail {
            subject: message.subject().map(str::trim).filter(|subject| !subject.is_empty()).map(str::to_owned),
            from: match (name, address) {
                (Some(name), Some(address)) => Some(format!("{name} <{address}>")),
                (name, address) => name.or(address).map(str::to_owned),
            },
            text: message.body_text(0).map(|text| text.replace("\r\n", "\n").trim().to_owned()).filter(|text| !text.is_empty()),
        }
    }
}

/// The mail's bytes: decoded, if the action says so, or if it is nothing but base64 (no mail is: its headers have colons).
fn bytes(content: String, action: Option<&Value>) -> Vec<u8> {
    let encoding = action.and_then(|action| action.get("encoding")).and_then(Value::as_str);
    if encoding.is_none_or(|encoding| encoding.eq_ignore_ascii_case("base64")) && !content.contains(':') {
        let packed: String = content.split_ascii_whitespace().collect();
        if let Ok(decoded) = STANDARD.decode(packed) {
            return decoded;
        }
    }
    content.into_bytes()
}

/// Where an S3 action left the mail.
fn stored_at(action: &Value) -> Option<String> {
    let text = |key: &str| action.get(key).and_then(Value::as_str).filter(|text| !text.trim().is_empty());
    Some(format!("s3://{}/{}", text("bucketName")?, text("objectKey")?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says so by failing")]

    use std::time::Instant;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn received(content: Option<&str>, encoding: Option<&str>) -> Envelope {
        let mut action = json!({ "type": "SNS" });
        encoding.inspect(|encoding| action["encoding"] = json!(encoding));
        let mut message = json!({ "notificationType": "Received", "receipt": { "action": action },
            "mail": { "messageId": "ses-1", "source": "bounce@example.com", "timestamp": "2026-11-21T03:00:00.000Z",
                "commonHeaders": { "from": ["Headers <h@example.com>"], "subject": "told by SES" } } });
        content.inspect(|content| message["content"] = json!(content));
        let sns = json!({ "Type": "Notification", "MessageId": "sns-1", "TopicArn": "arn:t", "Subject": "Amazon SES Email Receipt",
            "Message": message.to_string() });
        let mut envelopes = crate::ingress::unwrap(&sns.to_string()).unwrap().envelopes;
        assert_eq!(envelopes.len(), 1);
        envelopes.remove(0)
    }

    fn text(envelope: &Envelope) -> &str {
        match &envelope.body {
            Body::Text(text) => text,
            _ => "not a text",
        }
    }

    fn packed(mail: &[u8]) -> String {
        STANDARD.encode(mail)
    }

    #[test]
    fn a_mails_text_is_the_message() {
        let head = "From: =?UTF-8?B?55uj6KaW?= <watch@example.com>\r\nSubject: =?UTF-8?Q?job_=E5=A4=B1=E6=95=97?=\r\n";
        let plain = format!("{head}\r\nline 1\r\nline 2\r\n");
        let quoted = format!(
            "{head}Content-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=E8=A1=8C=\r\n 1\r\n"
        );
        let html = format!("{head}Content-Type: text/html\r\n\r\n<html><body><p>line&nbsp;1</p></body></html>");
        let parts = format!(
            "{head}Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\nContent-Type: multipart/alternative; boundary=i\r\n\r\n\
             --i\r\nContent-Type: text/plain\r\n\r\nthe text\r\n--i\r\nContent-Type: text/html\r\n\r\n<b>the html</b>\r\n--i--\r\n\
             --o\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename=a.log\r\n\r\nthe log\r\n--o--\r\n"
        );
        let mut japanese =
            b"From: watch@example.com\r\nSubject: x\r\nContent-Type: text/plain; charset=ISO-2022-JP\r\n\r\n".to_vec();
        japanese.extend(b"\x1b$B<:GT\x1b(B 1");
        for (content, encoding, subject, sender, words) in [
            (plain.clone(), Some("UTF8"), "job 失敗", "監視 <watch@example.com>", "line 1\nline 2"),
            (plain.clone(), None, "job 失敗", "監視 <watch@example.com>", "line 1\nline 2"),
            (packed(plain.as_bytes()), Some("BASE64"), "job 失敗", "監視 <watch@example.com>", "line 1\nline 2"),
            (packed(plain.as_bytes()), None, "job 失敗", "監視 <watch@example.com>", "line 1\nline 2"),
            (quoted, Some("UTF8"), "job 失敗", "監視 <watch@example.com>", "行 1"),
            (html, Some("UTF8"), "job 失敗", "監視 <watch@example.com>", "line\u{a0}1"),
            (parts, Some("UTF8"), "job 失敗", "監視 <watch@example.com>", "the text"),
            (packed(&japanese), Some("Base64"), "x", "watch@example.com", "失敗 1"),
            ("no headers, no colon".to_owned(), Some("UTF8"), "told by SES", "Headers <h@example.com>", ""),
        ] {
            let mail = received(Some(&content), encoding);
            let told = (mail.subject.as_deref().unwrap(), mail.sender.as_deref().unwrap(), text(&mail));
            assert_eq!(told, (subject, sender, words), "{content}");
            assert_eq!((mail.id.as_deref(), mail.carrier()), (Some("ses-1"), "sns"));
        }
    }

    #[test]
    fn a_mail_is_never_taken_for_an_event() {
        let event = json!({ "detail-type": "AWS Health Event", "source": "aws.health", "detail": {} });
        let mail = received(Some(&format!("Subject: x\r\n\r\n{event}")), Some("UTF8"));
        assert_eq!(text(&mail), event.to_string());
    }

    #[test]
    fn a_mail_without_its_content_has_a_subject_and_a_sender() {
        let mail = received(None, None);
        assert_eq!((mail.subject.as_deref(), mail.sender.as_deref()), (Some("told by SES"), Some("Headers <h@example.com>")));
        assert_eq!(text(&mail), "");
        let bare = json!({ "notificationType": "Received", "mail": { "source": "s@example.com" },
            "receipt": { "action": { "type": "S3", "bucketName": "mails", "objectKey": "in/1" } } });
        let envelope = crate::ingress::unwrap(&bare.to_string()).unwrap().envelopes.remove(0);
        assert_eq!((envelope.sender.as_deref(), text(&envelope)), (Some("s@example.com"), "s3://mails/in/1"));
    }

    proptest! {
        #[test]
        fn any_pieces_of_mail_in_any_order_are_read(pieces in prop::collection::vec(0..PIECES.len(), 0..40), junk in any::<Vec<u8>>()) {
            let mut mail: Vec<u8> = pieces.iter().flat_map(|piece| PIECES[*piece].bytes()).collect();
            drop(Mail::read(&mail));
            mail.extend(junk);
            drop(Mail::read(&mail));
        }
    }

    const PIECES: &[&str] = &[
        "From: ",
        "Subject: ",
        "Received: from a by b; ",
        "Date: Sat, 21 Nov 2026 12:00:07 +0900",
        "Content-Type: multipart/mixed; boundary=b",
        "Content-Type: multipart/digest; boundary=\"\"",
        "Content-Type: message/rfc822",
        "Content-Type: text/html; charset=ISO-2022-JP",
        "Content-Type: text/plain; charset*0*=UTF-8''x; charset*1=y",
        "Content-Transfer-Encoding: base64",
        "Content-Transfer-Encoding: quoted-printable",
        "Content-Disposition: attachment; filename*=UTF-8''%E2%82",
        "\r\n",
        "\r\n\r\n",
        "\n",
        " ",
        "--b",
        "--b--",
        "--",
        "=?UTF-8?B?",
        "=?ISO-2022-JP?Q?=1B$B",
        "?=",
        "\u{1b}$B<:GT\u{1b}(B",
        "<a@example.com>, ",
        "group: a@b, c;",
        "(comment",
        "\"quoted",
        "\\",
        "<p>&nbsp;&#x110000;<!-- ",
        "=\r\n",
        "=E",
        "PHA+",
        "失敗",
        "\0",
    ];

    #[test]
    fn hostile_mail_is_read_without_end_or_panic() {
        let nested: String =
            (0..5_000).map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n")).collect();
        let messages = "Content-Type: message/rfc822\r\n\r\n".repeat(5_000);
        let mut encoded = "Subject: inner\r\n\r\ntext".to_owned();
        for _ in 0..8 {
            encoded = format!(
                "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n{}",
                packed(encoded.as_bytes())
            );
        }
        let many = format!("Content-Type: multipart/mixed; boundary=b\r\n\r\n{}", "--b\r\n\r\nx\r\n".repeat(10_000));
        let headers = "Subject: x\r\n".repeat(10_000);
        let comments = format!("From: {}a@example.com\r\n\r\nx", "(".repeat(100_000));
        let folded = format!("Subject: {}\r\n\r\nx", "\r\n ".repeat(50_000));
        let half_html = format!("Content-Type: text/html\r\n\r\n{}", "<a <!-- &".repeat(15_000));
        let no_end = "Content-Type: multipart/mixed; boundary=\r\n\r\n--\r\n--\r\n\r\n";
        for hostile in
            [&nested, &messages, &encoded, &many, &headers, &comments, &folded, &half_html, no_end, "", ":", "\r\n\r\n", "\0"]
        {
            let start = Instant::now();
            drop(received(Some(hostile), Some("UTF8")));
            drop(received(Some(&packed(hostile.as_bytes())), Some("BASE64")));
            // Far more than it needs: what is meant is that it ends.
            assert!(start.elapsed().as_secs() < 30, "{}…", hostile.chars().take(60).collect::<String>());
        }
    }
}

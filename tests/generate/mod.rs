//! Payloads by a seed: what really comes in, with values that hurt in any place.

use fastrand::Rng;
use serde_json::{Map, Value, json};

/// Makes payloads. The same seed makes the same ones.
pub(crate) struct Generator<'a> {
    rng: Rng,
    /// Payloads to begin with: the fixtures.
    samples: &'a [Value],
}

impl<'s> Generator<'s> {
    pub(crate) fn new(seed: u64, samples: &'s [Value]) -> Generator<'s> {
        Generator { rng: Rng::with_seed(seed), samples }
    }

    /// The next payload: a sample, or any JSON, changed a little or a lot, in whatever carrier.
    pub(crate) fn payload(&mut self) -> String {
        let mut value = match self.rng.u8(..10) {
            0 => self.any(3),
            1 => self.wide(),
            _ => self.samples.get(self.rng.usize(..self.samples.len())).cloned().unwrap_or_default(),
        };
        // How likely each value is to be another, in percent.
        let rate = *self.pick(&[0, 2, 10, 40, 100]);
        self.change(&mut value, rate, 0);
        for _ in 0..*self.pick(&[0, 0, 0, 1, 1, 2]) {
            value = self.carried(value);
        }
        value.to_string()
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.rng.usize(..from.len())]
    }

    fn change(&mut self, value: &mut Value, rate: u8, depth: usize) {
        if self.rng.u8(..100) < rate && depth > 0 {
            match (self.rng.u8(..6), value.as_str()) {
                (0, _) => *value = self.any(2),
                (1, Some(text)) => *value = Value::String(format!("{text}{}", self.text())),
                (2, Some(text)) => *value = Value::String(format!("{} {text}", self.text())),
                (_, Some(_)) | (5, _) => *value = Value::String(self.text()),
                _ => {}
            }
        }
        match value {
            // JSON in a text: an SNS Message, an SQS body.
            Value::String(text) if text.starts_with('{') => {
                if let Ok(mut inner) = serde_json::from_str(text) {
                    self.change(&mut inner, rate, depth + 1);
                    *text = inner.to_string();
                }
            }
            Value::Array(items) => {
                items.iter_mut().for_each(|item| self.change(item, rate, depth + 1));
                if self.rng.u8(..100) < rate && !items.is_empty() {
                    let more = *self.pick(&[0, 1, 12, 60]);
                    items.extend((0..more).map(|_| Value::String(self.short())).collect::<Vec<_>>());
                }
            }
            Value::Object(object) => {
                object.values_mut().for_each(|item| self.change(item, rate, depth + 1));
                if self.rng.u8(..200) < rate {
                    let key = object.keys().nth(self.rng.usize(..=object.len())).cloned();
                    key.and_then(|key| object.shift_remove(&key));
                }
                if self.rng.u8(..200) < rate {
                    object.insert(self.short(), self.any(1));
                }
            }
            _ => {}
        }
    }

    fn carried(&mut self, value: Value) -> Value {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let sns = json!({ "Type": "Notification", "MessageId": "0f5d1c0e-7a44-5c1b-9f3a-4d2f6b8e9a10", "Message": text,
            "Subject": if self.rng.bool() { Value::Null } else { Value::String(self.text()) },
            "TopicArn": "arn:aws:sns:ap-northeast-1:111122223333:alerts", "Timestamp": "2026-11-21T07:30:00.000Z" });
        match self.rng.u8(..6) {
            0 | 1 => json!({ "Records": [{ "EventSource": "aws:sns", "Sns": sns }] }),
            2 => json!({ "Records": [{ "eventSource": "aws:sqs", "messageId": "q", "body": text }] }),
            3 => json!({ "Records": [{ "eventSource": "aws:sqs", "messageId": "q", "body": sns.to_string() }] }),
            4 => json!({ "id": "e", "source": self.short(), "detail-type": self.short(), "account": "111122223333",
                "time": "2026-11-21T07:30:00Z", "region": "ap-northeast-1", "resources": [self.short()], "detail": value }),
            _ => json!({ "version": "1.0", "source": "custom", "content": { "title": self.text(), "description": text,
                "nextSteps": [self.text()], "textType": self.pick(&["client-markdown", "plain"]) } }),
        }
    }

    fn any(&mut self, depth: usize) -> Value {
        match self.rng.u8(..if depth == 0 { 6 } else { 8 }) {
            0 => Value::Null,
            1 => Value::Bool(self.rng.bool()),
            2 => json!(self.rng.i64(..)),
            3 => json!(f64::from_bits(self.rng.u64(..))),
            4 | 5 => Value::String(self.text()),
            6 => (0..self.rng.usize(..5)).map(|_| self.any(depth - 1)).collect(),
            _ => Value::Object((0..self.rng.usize(..6)).map(|_| (self.short(), self.any(depth - 1))).collect()),
        }
    }

    /// An object of many values.
    fn wide(&mut self) -> Value {
        let count = *self.pick(&[10, 60, 400]);
        Value::Object((0..count).map(|n| (format!("{n} {}", self.short()), Value::String(self.short()))).collect::<Map<_, _>>())
    }

    fn text(&mut self) -> String {
        if self.rng.u8(..12) > 0 {
            return self.short();
        }
        // Around every limit there is.
        let length = *self.pick(&[98, 99, 100, 149, 150, 151, 1999, 2000, 2001, 2999, 3000, 3001, 4096, 9000, 12_001]);
        let unit = if self.rng.bool() { self.short() } else { (*self.pick(UNITS)).to_owned() };
        let unit = if unit.is_empty() { "x".to_owned() } else { unit };
        unit.chars().cycle().take(length).collect()
    }

    fn short(&mut self) -> String {
        match self.rng.u8(..5) {
            0 => (0..self.rng.usize(..24)).map(|_| self.rng.char(..)).collect(),
            1 => (0..self.rng.usize(..24)).map(|_| *self.pick(MARKS)).collect(),
            2 => {
                let parts: Vec<&str> = (0..self.rng.usize(1..4)).map(|_| *self.pick(HOSTILE)).collect();
                let between: &str = self.pick::<&str>(&["", " ", "\n", "証明書"]);
                parts.join(between)
            }
            _ => (*self.pick(HOSTILE)).to_owned(),
        }
    }
}

const UNITS: &[&str] = &["a", "&", "<", "*", "`", "_", "あ", "😀", "👨‍👩‍👧‍👦", "🇯🇵", "e\u{301}", "\n", "a b ", "a_b ", "@", "\""];

const MARKS: &[char] = &[
    '<',
    '>',
    '&',
    '*',
    '_',
    '~',
    '`',
    '@',
    '|',
    '{',
    '}',
    '[',
    ']',
    '(',
    ')',
    '"',
    '\\',
    '/',
    '!',
    '#',
    ':',
    '.',
    ' ',
    '\n',
    '\t',
    '\r',
    '\0',
    '\u{1b}',
    '\u{7f}',
    '\u{85}',
    '\u{a0}',
    '\u{200b}',
    '\u{200d}',
    '\u{202e}',
    '\u{2028}',
    '\u{2066}',
    '\u{2060}',
    '\u{feff}',
    '\u{fe0f}',
    '\u{e0100}',
    '\u{3000}',
    '\u{fdd0}',
    '\u{fdd2}',
    '\u{fdd6}',
    '\u{fdd7}',
    'a',
    'あ',
    '証',
    '😀',
    '❤',
    '👨',
    'é',
    '\u{301}',
];

const HOSTILE: &[&str] = &[
    "",
    " ",
    "\u{200b}",
    "\u{3164}",
    "plain words",
    "証明書の期限が近づいています。",
    "<!channel> <!here> <!everyone> <!subteam^S1> <@U123> <#C123>",
    "&lt;!channel&gt;",
    "<https://evil.example|https://console.aws.amazon.com>",
    "[click](https://evil.example)",
    "*bold* _x_ ~y~ `code` ```fence```",
    "```",
    "`",
    "*",
    "a*b_c~d",
    "@All @all @Present @alias@corp.example",
    "/md # x",
    "@everyone @here <@1> <@&1> <users/all> <at>x</at>",
    "<script>x</script><img src=x onerror=y>\"><a href=\"z\">",
    "javascript:alert(1)",
    "x\r\nBcc: evil@example.com\r\n\r\nbody",
    "\u{1b}[31mred\u{1b}[0m\u{7}\u{8}\u{2028}\u{2029}\u{85}",
    "\"}\n{\"level\":\"ERROR\"",
    "\u{202e}gnp.exe \u{2066}x\u{2069} a\u{200d}b",
    "{{secret}} {{#each}} {{{x}}} {{> partial}} ${env:X} %s %{}",
    "{\u{fdd0}\u{fdd6}https://evil.example\u{fdd7}x\u{fdd8}",
    "__proto__",
    "a.b[0] 'c' \"d\"",
    "https://user:pw@host.example/x?y=1&z=2",
    "http://169.254.169.254/latest/meta-data/",
    "file:///etc/passwd",
    "https://аpple.example/",
    "AKIAIOSFODNN7EXAMPLE password=hunter2 xoxb-1234567890-abc",
    "arn:aws:acm:ap-northeast-1:111122223333:certificate/12345678-1234-1234-1234-123456789012",
    "*.例え.jp",
    "xn--r8jz45g.jp",
    "2026-11-21T07:30:00Z",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59+14:00",
    "Sat, 21 Nov 2026 07:30:60 GMT",
    "-9223372036854775808",
    "18446744073709551616",
    "1e308",
    "$1,000.00",
    "ALARM",
    "OK",
    "ACTION_REQUIRED",
    "issue",
    "scheduledChange",
    "closed",
    "RENEWAL",
    "ACM",
    "true",
];

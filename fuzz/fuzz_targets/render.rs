//! Any notification, any limit: every channel's message in both locales is what the channel takes, judged by the tests' own
//! judge, or there is an error that says so.
//!
//! The input is a few bytes of choices, then texts between line feeds that fill the notification one after the other.
#![no_main]

#[path = "../../tests/limits/mod.rs"]
mod limits;

use std::sync::LazyLock;

use hikyaku::channels::CHANNELS;
use hikyaku::notification::{
    Alarm, Budget, Certificate, CostAnomaly, Custom, Data, Field, FieldValue, Finding, Happening, Health, Kind, Label, Link,
    LinkTo, ManagedBy, Markup, Mention, Notification, OwnWords, Period, Prose, RootCause, Severity, State, Status, Term, Thing,
};
use hikyaku::render::{Accounts, Library, Locale, Profile, Occasion, Reader, render};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use libfuzzer_sys::fuzz_target;

static LIBRARY: LazyLock<Library> = LazyLock::new(Library::default);

/// How many bytes of choices come first.
const CHOICES: usize = 16;

fuzz_target!(|bytes: &[u8]| {
    let Some((choices, texts)) = bytes.split_at_checked(CHOICES) else { return };
    let mut input = Input { choices, texts: &String::from_utf8_lossy(texts) };
    let notification = notification(&mut input);
    let mention = input.one_of(&[None, Some(Mention::Here), Some(Mention::Channel)]);
    let smaller = input.choice();
    for locale in Locale::ALL {
        let reader = Reader::new(*locale, TimeZone::fixed(jiff::tz::offset(9)));
        for kind in CHANNELS {
            let profile = &kind.profile;
            let own = render(&notification, profile, &Occasion { mention, ..Occasion::new(&reader, &Accounts::default()) }, &LIBRARY);
            let message = own.unwrap_or_else(|problem| panic!("{problem}: {notification:?}"));
            assert_eq!(message.degraded, None);
            let found = limits::problems(profile.channel, &message.payload, mention.map(Mention::as_str));
            assert!(found.is_empty(), "{found:#?}\n{}\n{notification:#?}", message.payload);
            // Any limit: it holds, or there is an error.
            let limit = profile.limit >> (smaller % 8);
            let tight = Profile { limit, ..*profile };
            if let Ok(message) = render(&notification, &tight, &Occasion { mention, ..Occasion::new(&reader, &Accounts::default()) }, &LIBRARY) {
                assert!(tight.unit.measure(&message.payload) <= limit);
                let found = limits::problems(profile.channel, &message.payload, mention.map(Mention::as_str));
                assert!(found.is_empty(), "limit {limit}: {found:#?}\n{}", message.payload);
            }
        }
    }
});

struct Input<'a> {
    choices: &'a [u8],
    texts: &'a str,
}

impl Input<'_> {
    fn choice(&mut self) -> usize {
        let Some((first, rest)) = self.choices.split_first() else { return 0 };
        self.choices = rest;
        usize::from(*first)
    }

    fn one_of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.choice() % all.len()].clone()
    }

    /// The next text; `\u{0}` in it stands for a line feed.
    fn text(&mut self) -> Option<String> {
        let (text, rest) = self.texts.split_once('\n').unwrap_or((self.texts, ""));
        self.texts = rest;
        Some(text.replace('\0', "\n")).filter(|text| !text.is_empty())
    }

    fn texts(&mut self) -> Vec<String> {
        let count = self.choice() % 24;
        (0..count).map_while(|_| self.text()).collect()
    }

    fn string(&mut self) -> String {
        self.text().unwrap_or_default()
    }

    fn time(&mut self) -> Option<Timestamp> {
        let moments = [
            None,
            Some(Timestamp::MIN),
            Some(Timestamp::MAX),
            Some(Timestamp::UNIX_EPOCH),
            Some(Timestamp::constant(1_795_246_200, 0)),
        ];
        self.one_of(&moments)
    }

    fn number(&mut self) -> Option<f64> {
        self.one_of(&[None, Some(0.0), Some(-5.5), Some(83.7), Some(f64::MAX), Some(f64::MIN_POSITIVE), Some(f64::NAN)])
    }
}

fn notification(input: &mut Input<'_>) -> Notification {
    let kind = input.one_of(Kind::ALL);
    let flags = input.choice();
    let data = data(kind, input);
    Notification {
        kind,
        status: input.one_of(Status::ALL),
        severity: input.one_of(Severity::ALL),
        source: "aws.health".to_owned(),
        account: input.text(),
        region: input.text(),
        occurred_at: input.time(),
        subject: input.text(),
        own_words: match flags & 16 {
            0 => OwnWords::default(),
            _ => OwnWords { title: input.text(), summary: input.text(), action: input.text() },
        },
        description: input
            .text()
            .map(|text| Prose {
                language: (flags & 1 == 0).then(|| "en".to_owned()),
                text,
                markup: if flags & 2 == 0 { Markup::None } else { Markup::ClientMarkdown },
            })
            .into_iter()
            .collect(),
        fields: fields(input, flags),
        more_fields: if flags & 4 == 0 { 0 } else { 388 },
        links: input.text().map(|url| Link { to: LinkTo::Sender(input.string()), url }).into_iter().collect(),
        resources: input.texts(),
        data,
        dedup_key: hikyaku::notification::key(&["dedup", &input.string()]),
        thread_key: hikyaku::notification::key(&["thread", &input.string()]),
    }
}

fn fields(input: &mut Input<'_>, flags: usize) -> Vec<Field> {
    let mut fields: Vec<Field> = Field::text(Label::Error, input.text().as_deref()).into_iter().collect();
    fields.extend(Field::code(Label::Object, input.text().as_deref()));
    if flags & 8 != 0 {
        fields.push(Field::new(Label::Sender(input.string()), FieldValue::List(input.texts())));
        fields.push(Field::new(Label::Sender(input.string()), FieldValue::Text(input.string())));
    }
    fields.extend(input.time().map(|time| Field::new(Label::Ends, FieldValue::Time(time))));
    fields.push(Field::new(Label::Page, FieldValue::Term(Term::Page(u32::MAX, 1))));
    fields
}

fn data(kind: Kind, input: &mut Input<'_>) -> Data {
    match kind.as_str().split('.').next() {
        Some("certificate") => Data::Certificate(Box::new(Certificate {
            domain: input.text(),
            certificate_arn: input.text(),
            reason: input.text(),
            action: input.text(),
            domains: input.texts(),
            domain_count: input.one_of(&[None, Some(0), Some(3), Some(u32::MAX)]),
            expires_at: input.time(),
            days_left: input.one_of(&[None, Some(i64::MIN), Some(-1), Some(0), Some(1), Some(15), Some(i64::MAX)]),
            managed_by: input.one_of(&[None, Some(ManagedBy::Aws), Some(ManagedBy::Acme), Some(ManagedBy::Customer)]),
            in_use: input.one_of(&[None, Some(true), Some(false)]),
            ..Certificate::default()
        })),
        Some("budget") => Data::Budget(Budget {
            budget_name: input.string(),
            budgeted_amount: input.text(),
            amount: input.text(),
            threshold: input.text(),
            action_state: input.text(),
            percent_of_budget: input.number(),
            period: input.one_of(&[None, Some(Period::Daily), Some(Period::Annually)]),
            ..Budget::default()
        }),
        Some("cost") => Data::CostAnomaly(CostAnomaly {
            anomaly_id: input.text(),
            total_impact: input.number(),
            total_impact_percent: input.number(),
            expected_spend: input.number(),
            actual_spend: input.number(),
            root_causes: vec![RootCause { service: input.text(), ..RootCause::default() }],
        }),
        Some("health") => Data::Health(Box::new(Health {
            event_arn: input.text(),
            service: input.text(),
            event_type_code: input.text(),
            scope: input.one_of(&[None, Some("PUBLIC".to_owned())]),
            actionability: input.one_of(&[None, Some("ACTION_REQUIRED".to_owned())]),
            starts_at: input.time(),
            ..Health::default()
        })),
        Some("alarm") => Data::Alarm(Alarm { alarm_name: input.text(), reason: input.text(), ..Alarm::default() }),
        Some("finding") => Data::Finding(Finding {
            finding_type: input.text(),
            product: input.string(),
            count: input.one_of(&[None, Some(u64::MAX)]),
            ..Finding::default()
        }),
        Some("custom") => Data::Custom(Custom { next_steps: input.texts(), ..Custom::default() }),
        _ => {
            let (thing, failed) = (input.one_of(&[Thing::Pipeline, Thing::Mail]), input.one_of(&[true, false]));
            let state = input.one_of(&[State::Failed, State::Upcoming]);
            match input.choice() % 4 {
                0 => Data::Happening(Happening::Became { thing, state }),
                1 => Data::Happening(Happening::Said { thing, word: input.string() }),
                2 => Data::Happening(Happening::Called { by: input.text(), on: input.text(), failed }),
                _ => Data::None {},
            }
        }
    }
}

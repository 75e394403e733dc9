//! The hours of the week in which a route holds.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::de::{Deserializer, Error};
use serde::{Deserialize, de};
use serde_json::Value;

use super::Matter;

/// Days of the week, and the hours in each of them, on the clocks of one place.
///
/// Hours that end before they begin go on after midnight, and belong to the day in which they began.
#[derive(Debug, Clone, PartialEq)]
pub struct During {
    days: Vec<Weekday>,
    from: Minute,
    until: Minute,
    zone: TimeZone,
    /// As it is told: `mon-fri 09:00–18:00`.
    words: String,
}

/// Hours as they are written; all that is not said is without a bound.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, expecting = "a mapping with `days`, `from`, `until` and `timezone`")]
pub struct DuringSettings {
    /// Days of the week, or a range of them; all if absent.
    #[serde(deserialize_with = "days")]
    #[schemars(with = "DaysWritten", default, example = &"mon-fri")]
    days: Vec<Days>,
    /// When it begins, as HH:MM; at midnight if absent.
    #[serde(deserialize_with = "parsed")]
    #[schemars(with = "Option<String>", example = &"09:00")]
    from: Option<Minute>,
    /// When it ends, as HH:MM; hours that end before they begin go on after midnight.
    #[serde(deserialize_with = "parsed")]
    #[schemars(with = "Option<String>", example = &"18:00")]
    until: Option<Minute>,
    /// The time zone of the hours, by its IANA name; else that of the whole file.
    #[serde(deserialize_with = "parsed")]
    #[schemars(with = "Option<String>", example = &"Asia/Tokyo")]
    timezone: Option<Zone>,
}

#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "how they may be written, for the schema")]
enum DaysWritten {
    One(String),
    Several(Vec<String>),
}

/// A minute of the day, up to 24:00.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Minute(u16);

/// `mon`, `mon-fri`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Days(Weekday, Weekday);

#[derive(Debug, Clone)]
struct Zone(TimeZone);

impl During {
    /// What `settings` say, on the clocks of `zone` if they name no other.
    ///
    /// # Errors
    /// If they say nothing, or nothing lies between their bounds.
    pub fn new(settings: DuringSettings, zone: &TimeZone) -> Result<During, &'static str> {
        let DuringSettings { days, from, until, timezone } = settings;
        if days.is_empty() && from.is_none() && until.is_none() {
            return Err("must say `days`, `from` or `until`");
        }
        let (start, end) = (from.unwrap_or(Minute(0)), until.unwrap_or(Minute(DAY)));
        if start == end || start == Minute(DAY) {
            return Err("begins when it ends");
        }
        let mut words: Vec<String> = vec![days.iter().map(Days::to_string).collect::<Vec<_>>().join(", ")];
        words.extend((from.is_some() || until.is_some()).then(|| format!("{start}–{end}")));
        words.retain(|words| !words.is_empty());
        let days: Vec<Weekday> = days.iter().flat_map(Days::all).collect();
        let days = if days.is_empty() { Days(Weekday::Monday, Weekday::Sunday).all().collect() } else { days };
        let zone = timezone.map_or_else(|| zone.clone(), |Zone(zone)| zone);
        Ok(During { days, from: start, until: end, zone, words: words.join(" ") })
    }

    /// Why a notification belongs to these hours, or why not: by when it occurred, so that every attempt goes the same way, or
    /// if that is not known, by the time of delivery.
    pub(super) fn matches(&self, matter: &Matter<'_>) -> Result<String, String> {
        let (what, at) = match (matter.occurred_at(), matter.now()) {
            (Some(at), _) => ("`occurred_at`", at),
            (None, Some(at)) => ("the time", at),
            (None, None) => return Err("it has no `occurred_at`, and no time is given (`--at`)".to_owned()),
        };
        let local = at.to_zoned(self.zone.clone());
        let zone = self.zone.iana_name().unwrap_or("UTC");
        let at = format!("{what} is {} in {zone}", local.strftime("%a %H:%M").to_string().to_lowercase());
        match self.holds_at(local.timestamp()) {
            true => Ok(format!("{at}, within {}", self.words)),
            false => Err(format!("{at}, not within {}", self.words)),
        }
    }

    fn holds_at(&self, at: Timestamp) -> bool {
        let local = at.to_zoned(self.zone.clone());
        let minute = Minute(u16::try_from(i32::from(local.hour()) * 60 + i32::from(local.minute())).unwrap_or_default());
        let (today, yesterday) = (local.weekday(), local.weekday().previous());
        match self.from < self.until {
            true => self.days.contains(&today) && (self.from..self.until).contains(&minute),
            false => self.days.contains(&today) && minute >= self.from || self.days.contains(&yesterday) && minute < self.until,
        }
    }
}

impl FromStr for Minute {
    type Err = String;

    fn from_str(text: &str) -> Result<Minute, String> {
        let number = |part: &str| part.parse::<u16>().ok().filter(|_| part.len() == 2 && !part.starts_with('+'));
        let minute = text.split_once(':').and_then(|(hours, minutes)| {
            let minutes = number(minutes).filter(|minutes| *minutes < 60)?;
            Some(number(hours)? * 60 + minutes).filter(|minute| *minute <= DAY)
        });
        minute.map(Minute).ok_or_else(|| format!("`{text}` is no time of the day such as \"09:00\""))
    }
}

impl fmt::Display for Minute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl Days {
    /// From the first to the last, over the end of the week if it must be.
    fn all(&self) -> impl Iterator<Item = Weekday> + use<> {
        let Days(first, last) = *self;
        let length = usize::try_from(first.until(last)).unwrap_or_default() + 1;
        first.cycle_forward().take(length)
    }
}

impl FromStr for Days {
    type Err = String;

    fn from_str(text: &str) -> Result<Days, String> {
        let day = |name: &str| WEEK.iter().find(|(known, _)| *known == name.trim()).map(|(_, day)| *day);
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        match (day(first), day(last)) {
            (Some(first), Some(last)) => Ok(Days(first, last)),
            _ => Err(format!("`{text}` is no day such as mon, and no days such as mon-fri")),
        }
    }
}

impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |wanted: Weekday| WEEK.iter().find(|(_, day)| *day == wanted).map_or("", |(name, _)| name);
        f.write_str(name(self.0))?;
        if self.0 == self.1 { Ok(()) } else { write!(f, "-{}", name(self.1)) }
    }
}

impl FromStr for Zone {
    type Err = String;

    fn from_str(name: &str) -> Result<Zone, String> {
        TimeZone::get(name).map(Zone).map_err(|_| format!("`{name}` is no IANA time zone such as Asia/Tokyo"))
    }
}

/// A list of days, or one of them alone.
fn days<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Days>, D::Error> {
    let words = match Value::deserialize(deserializer)? {
        Value::String(word) => vec![Value::String(word)],
        Value::Array(words) if !words.is_empty() => words,
        _ => return Err(D::Error::custom("must be a list of days such as [mon-fri, sun]")),
    };
    words.iter().map(|word| word.as_str().unwrap_or_default().parse().map_err(D::Error::custom)).collect()
}

/// A text that is read further.
fn parsed<'de, D: Deserializer<'de>, T: FromStr<Err = String>>(deserializer: D) -> Result<Option<T>, D::Error> {
    String::deserialize(deserializer)?.parse().map(Some).map_err(de::Error::custom)
}

/// The minutes of a day.
const DAY: u16 = 24 * 60;

const WEEK: &[(&str, Weekday)] = &[
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test says so by failing")]
mod tests {
    use serde_json::json;

    use super::*;

    fn during(settings: Value) -> Result<During, String> {
        let settings = DuringSettings::deserialize(settings).map_err(|error| error.to_string())?;
        During::new(settings, &TimeZone::get("Asia/Tokyo").unwrap()).map_err(str::to_owned)
    }

    #[test]
    fn hours_hold_on_the_clocks_of_their_place() {
        let (office, night) =
            (json!({ "days": ["mon-fri"], "from": "09:00", "until": "18:00" }), json!({ "from": "22:00", "until": "06:00" }));
        let friday_night = json!({ "days": "fri", "from": "22:00", "until": "06:00", "timezone": "UTC" });
        let around_the_weekend = json!({ "days": ["sat-mon", "wed"], "timezone": "UTC" });
        // In 2026, clocks in New York went from 02:00 to 03:00 on 8 March, and from 02:00 to 01:00 on 1 November.
        let new_york = |from: &str, until: &str| json!({ "from": from, "until": until, "timezone": "America/New_York" });
        for (settings, at, holds) in [
            (&office, "2026-11-20T00:00:00Z", true),  // Fri 09:00
            (&office, "2026-11-20T08:59:59Z", true),  // Fri 17:59:59
            (&office, "2026-11-20T09:00:00Z", false), // Fri 18:00
            (&office, "2026-11-22T23:59:00Z", false), // Mon 08:59
            (&office, "2026-11-21T03:00:00Z", false), // Sat 12:00
            (&night, "2026-11-20T13:00:00Z", true),   // 22:00
            (&night, "2026-11-20T20:59:00Z", true),   // 05:59
            (&night, "2026-11-20T21:00:00Z", false),  // 06:00
            (&night, "2026-11-20T12:59:00Z", false),  // 21:59
            (&friday_night, "2026-11-20T23:00:00Z", true),
            (&friday_night, "2026-11-21T05:00:00Z", true), // Saturday, of Friday's night
            (&friday_night, "2026-11-20T05:00:00Z", false), // Friday, of Thursday's
            (&friday_night, "2026-11-21T23:00:00Z", false),
            (&around_the_weekend, "2026-11-22T12:00:00Z", true),
            (&around_the_weekend, "2026-11-23T23:59:00Z", true),
            (&around_the_weekend, "2026-11-24T00:00:00Z", false),
            (&around_the_weekend, "2026-11-25T00:00:00Z", true),
            (&json!({ "from": "18:00", "timezone": "UTC" }), "2026-11-25T23:59:59Z", true),
            (&json!({ "until": "24:00", "from": "23:00", "timezone": "UTC" }), "2026-11-25T23:59:59Z", true),
            (&json!({ "until": "06:00", "timezone": "UTC" }), "2026-11-25T00:00:00Z", true),
            // What the spring leaves out begins an hour later, what the autumn has twice holds twice.
            (&new_york("02:30", "03:30"), "2026-03-08T06:59:00Z", false), // 01:59
            (&new_york("02:30", "03:30"), "2026-03-08T07:00:00Z", true),  // 03:00
            (&new_york("01:30", "02:00"), "2026-11-01T05:30:00Z", true),
            (&new_york("01:30", "02:00"), "2026-11-01T06:00:00Z", false),
            (&new_york("01:30", "02:00"), "2026-11-01T06:30:00Z", true),
            (&new_york("01:30", "02:00"), "2026-11-01T07:00:00Z", false),
        ] {
            assert_eq!(during(settings.clone()).unwrap().holds_at(at.parse().unwrap()), holds, "{settings} at {at}");
        }
    }

    #[test]
    fn what_is_no_time_is_told() {
        for (settings, expected) in [
            (json!({}), "must say `days`, `from` or `until`"),
            (json!({ "timezone": "UTC" }), "must say `days`, `from` or `until`"),
            (json!({ "days": [] }), "must be a list of days such as [mon-fri, sun]"),
            (json!({ "days": ["mon", 2] }), "`` is no day such as mon"),
            (json!({ "days": "mon-funday" }), "`mon-funday` is no day such as mon, and no days such as mon-fri"),
            (json!({ "from": "9:00" }), "`9:00` is no time of the day such as \"09:00\""),
            (json!({ "from": "24:01" }), "`24:01` is no time"),
            (json!({ "from": "12:60" }), "`12:60` is no time"),
            (json!({ "from": 540 }), "expected a string"),
            (json!({ "from": "09:00", "until": "09:00" }), "begins when it ends"),
            (json!({ "from": "24:00", "until": "09:00" }), "begins when it ends"),
            (json!({ "from": "09:00", "to": "18:00" }), "unknown field `to`"),
            (json!({ "days": "mon", "timezone": "Asia/Tokio" }), "`Asia/Tokio` is no IANA time zone such as Asia/Tokyo"),
        ] {
            let problem = during(settings.clone()).unwrap_err();
            assert!(problem.contains(expected), "{settings}: {problem}");
        }
    }
}

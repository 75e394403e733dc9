//! Moments as a reader in one time zone writes them.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Writes moments in one zone.
#[derive(Debug, Clone, PartialEq)]
pub struct Times {
    pub zone: TimeZone,
}

impl Times {
    /// `2026-11-21 16:30 JST (07:30 UTC)`; the day of UTC too where it is another.
    pub fn moment(&self, time: Timestamp) -> String {
        let here = time.to_zoned(self.zone.clone());
        let utc = time.to_zoned(TimeZone::UTC);
        if here.offset() == utc.offset() {
            return utc.strftime("%Y-%m-%d %H:%M UTC").to_string();
        }
        let there = if here.date() == utc.date() { "%H:%M UTC" } else { "%m-%d %H:%M UTC" };
        format!("{} ({})", here.strftime("%Y-%m-%d %H:%M %Z"), utc.strftime(there))
    }

    /// `2026-11-21 16:30 JST`, for the middle of a sentence.
    pub fn local(&self, time: Timestamp) -> String {
        let here = time.to_zoned(self.zone.clone());
        let zone = if here.offset().is_zero() { "UTC".to_owned() } else { here.strftime("%Z").to_string() };
        format!("{} {zone}", here.strftime("%Y-%m-%d %H:%M"))
    }

    /// `2026-11-21`
    pub fn date(&self, time: Timestamp) -> String {
        time.to_zoned(self.zone.clone()).strftime("%Y-%m-%d").to_string()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test says so by failing")]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_local_with_utc_behind() {
        for (zone, time, written) in [
            ("Asia/Tokyo", "2026-11-21T07:30:00Z", "2026-11-21 16:30 JST (07:30 UTC)"),
            ("Asia/Tokyo", "2026-11-21T22:30:00Z", "2026-11-22 07:30 JST (11-21 22:30 UTC)"),
            ("UTC", "2026-11-21T07:30:00Z", "2026-11-21 07:30 UTC"),
            ("Europe/Lisbon", "2026-07-01T07:30:00Z", "2026-07-01 08:30 WEST (07:30 UTC)"),
        ] {
            let times = Times { zone: TimeZone::get(zone).unwrap() };
            assert_eq!(times.moment(time.parse().unwrap()), written);
        }
    }
}

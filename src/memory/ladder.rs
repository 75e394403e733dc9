//! A coming expiry is told when it reaches a rung, not every day.

use schemars::JsonSchema;
use serde::Deserialize;

/// When to tell of a certificate that ends.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ladder {
    /// Every time that somebody says so.
    None,
    /// At so many days before its end.
    #[serde(deserialize_with = "days")]
    Days(#[schemars(length(min = 1), inner(range(min = 1)))] Vec<i64>),
    /// At these shares of its life, counted from its end; where its life is not known, at the usual days.
    #[serde(deserialize_with = "fractions")]
    LifeFractions(#[schemars(length(min = 1), inner(range(min = 0.0, max = 1.0)))] Vec<f64>),
}

impl Default for Ladder {
    fn default() -> Ladder {
        Ladder::Days(DAYS.to_vec())
    }
}

impl Ladder {
    /// The rung that is reached with `days_left`: 0 above the ladder, which is the first sight of a certificate that has
    /// time, then 1 for the highest, and so on. Each is told once, so that a missed day loses none. None if every day is
    /// to be told.
    pub fn rung(&self, days_left: i64, life_days: Option<i64>) -> Option<usize> {
        let reached = |rungs: &[i64]| rungs.iter().filter(|rung| days_left <= **rung).count();
        match (self, life_days) {
            (Ladder::None, _) => None,
            (Ladder::Days(rungs), _) => Some(reached(rungs)),
            (Ladder::LifeFractions(shares), Some(life)) => {
                Some(shares.iter().filter(|share| days_left as f64 <= **share * life as f64).count())
            }
            (Ladder::LifeFractions(_), None) => Some(reached(DAYS)),
        }
    }

    /// Where `days_left` stands, in words; none if every day is to be told.
    pub(super) fn standing(&self, days_left: i64, life_days: Option<i64>) -> Option<String> {
        let rung = self.rung(days_left, life_days)?;
        let mut rungs: Vec<(f64, String)> = match (self, life_days) {
            (Ladder::LifeFractions(shares), Some(life)) => {
                shares.iter().map(|share| (*share, format!("{share} of a life of {}", in_days(life)))).collect()
            }
            (Ladder::Days(days), _) => days.iter().map(|days| (*days as f64, in_days(*days))).collect(),
            _ => DAYS.iter().map(|days| (*days as f64, in_days(*days))).collect(),
        };
        rungs.sort_by(|left, right| right.0.total_cmp(&left.0));
        let at = match rung.checked_sub(1).and_then(|index| rungs.get(index)) {
            Some((_, name)) => format!("on the rung of {name}"),
            None => "above the highest rung".to_owned(),
        };
        let all: Vec<String> = rungs.iter().map(|(rung, _)| rung.to_string()).collect();
        let unknown = matches!((self, life_days), (Ladder::LifeFractions(_), None));
        let unknown = if unknown { ", for its life is not known" } else { "" };
        Some(format!("{at}, with {} left; the rungs are {}{unknown}", in_days(days_left), all.join(", ")))
    }
}

fn in_days(days: i64) -> String {
    format!("{days} day{}", if days == 1 { "" } else { "s" })
}

fn days<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<i64>, D::Error> {
    let days = Vec::<i64>::deserialize(deserializer)?;
    match days.is_empty() || days.iter().any(|days| *days < 1) {
        true => Err(serde::de::Error::custom("must be whole days from 1 on, such as [30, 14, 7, 3, 2, 1]")),
        false => Ok(days),
    }
}

fn fractions<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<f64>, D::Error> {
    let shares = Vec::<f64>::deserialize(deserializer)?;
    match shares.is_empty() || shares.iter().any(|share| !(*share > 0.0 && *share <= 1.0)) {
        true => Err(serde::de::Error::custom("must be shares of a life above 0 and up to 1, such as [0.33, 0.15, 0.05]")),
        false => Ok(shares),
    }
}

const DAYS: &[i64] = &[30, 14, 7, 3, 2, 1];

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test says so by failing")]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// The days that are told of those that are heard, in their order.
    fn told(ladder: &Ladder, life: Option<i64>, heard: impl IntoIterator<Item = i64>) -> Vec<i64> {
        let mut known = BTreeSet::new();
        heard.into_iter().filter(|days| ladder.rung(*days, life).is_none_or(|rung| known.insert(rung))).collect()
    }

    #[test]
    fn a_daily_event_is_told_first_and_at_each_rung() {
        let usual = Ladder::default();
        for (heard, expected) in [
            ((1..=45).rev().collect::<Vec<_>>(), vec![45, 30, 14, 7, 3, 2, 1]),
            (vec![29, 28], vec![29]),
            // The 14th is missed: the 13th tells its rung.
            (vec![31, 30, 15, 13, 12], vec![31, 30, 13]),
            (vec![5], vec![5]),
            // Several rungs at once are one message.
            (vec![40, 2, 1], vec![40, 2, 1]),
            (vec![7, 7, 7], vec![7]),
        ] {
            assert_eq!(told(&usual, None, heard.clone()), expected, "{heard:?}");
        }
        assert_eq!(told(&Ladder::None, None, [9, 8, 7]), [9, 8, 7]);
    }

    #[test]
    fn a_share_of_a_life_makes_a_rung_where_the_life_is_known() {
        let shares = Ladder::LifeFractions(vec![0.33, 0.15, 0.05]);
        assert_eq!(told(&shares, Some(47), (1..=20).rev()), [20, 15, 7, 2]);
        assert_eq!(told(&shares, Some(100), (1..=45).rev()), [45, 33, 15, 5]);
        assert_eq!(told(&shares, None, (1..=45).rev()), [45, 30, 14, 7, 3, 2, 1]);
    }

    #[test]
    fn where_a_day_stands_is_told_in_words() {
        let (days, shares) = (Ladder::Days(vec![7, 30, 1]), Ladder::LifeFractions(vec![0.33, 0.05]));
        for (ladder, left, life, standing) in [
            (&days, 45, None, "above the highest rung, with 45 days left; the rungs are 30, 7, 1"),
            (&days, 30, None, "on the rung of 30 days, with 30 days left; the rungs are 30, 7, 1"),
            (&days, 8, None, "on the rung of 30 days, with 8 days left; the rungs are 30, 7, 1"),
            (&days, 1, None, "on the rung of 1 day, with 1 day left; the rungs are 30, 7, 1"),
            (&shares, 12, Some(47), "on the rung of 0.33 of a life of 47 days, with 12 days left; the rungs are 0.33, 0.05"),
            (
                &shares,
                12,
                None,
                "on the rung of 14 days, with 12 days left; the rungs are 30, 14, 7, 3, 2, 1, for its life is not known",
            ),
        ] {
            assert_eq!(ladder.standing(left, life).as_deref(), Some(standing));
        }
        assert_eq!(Ladder::None.standing(12, None), None);
    }

    #[test]
    fn a_ladder_is_read_or_refused() {
        let read = |text: &str| serde_json::from_str::<Ladder>(text).ok();
        assert_eq!(read(r#"{"days":[60,7]}"#), Some(Ladder::Days(vec![60, 7])));
        assert_eq!(read(r#"{"life_fractions":[0.33]}"#), Some(Ladder::LifeFractions(vec![0.33])));
        assert_eq!(read(r#""none""#), Some(Ladder::None));
        for wrong in [r#"{"days":[]}"#, r#"{"days":[0]}"#, r#"{"days":[1.5]}"#, r#"{"life_fractions":[1.5]}"#, r#"{"weeks":[1]}"#]
        {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_missed_the_first_is_told_each_rung_once_and_none_is_lost(
            heard in proptest::collection::btree_set(1i64..60, 1..60),
            rungs in proptest::collection::btree_set(1i64..60, 1..8),
        ) {
            let ladder = Ladder::Days(rungs.iter().rev().copied().collect());
            let heard: Vec<i64> = heard.into_iter().rev().collect();
            let told = told(&ladder, None, heard.clone());
            prop_assert_eq!(told.first(), heard.first());
            prop_assert!(told.len() <= rungs.len() + 1);
            for rung in rungs {
                // The first day heard at or below a rung is told, be it for that rung or a lower one.
                let due = heard.iter().find(|days| **days <= rung);
                prop_assert!(due.is_none_or(|due| told.contains(due)), "{} of {:?}: {:?}", rung, heard, told);
            }
        }
    }
}

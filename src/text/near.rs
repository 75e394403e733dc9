//! Words that were meant.

/// `; did you mean …?`, if one of `known` is [near](near()).
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    near(word, known).map(|known| format!("; did you mean `{known}`?")).unwrap_or_default()
}

/// The one of `known` that is near: two letters away at most, and no more than half of them, or one in the other. Capitals,
/// `-` and `_` make no difference.
pub fn near<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let fold = |word: &str| word.trim().to_lowercase().replace([' ', '-'], "_");
    let word = fold(word);
    // Who writes a page into a name has meant no other.
    if word.len() > MAX_BYTES {
        return None;
    }
    let most = (word.chars().count() / 2).min(MAX_DISTANCE);
    let ranked = known.into_iter().map(|known| {
        let other = fold(known);
        let (short, long) = if word.len() < other.len() { (&word, &other) } else { (&other, &word) };
        let part = short.len() >= MIN_PART && long.contains(short.as_str());
        // A part of it is further away than a slip of the pen.
        (distance(&word, &other).min(if part { most } else { usize::MAX }), known)
    });
    ranked.min().filter(|(distance, _)| *distance <= most).map(|(_, known)| known)
}

/// How many characters have to be changed, put in, taken out or swapped with the next to make one word the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut above: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    let mut before = None;
    for (i, from) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        for (j, to) in b.iter().enumerate() {
            let at = |row: &[usize], j: usize| row.get(j).copied().unwrap_or(usize::MAX - 1);
            let mut least = (at(&row, j) + usize::from(from != *to)).min(at(&row, j + 1) + 1).min(at(&next, j) + 1);
            let swapped = j > 0 && before == Some(*to) && b.get(j - 1) == Some(&from);
            if swapped {
                least = least.min(at(&above, j - 1) + 1);
            }
            next.push(least);
        }
        above = std::mem::replace(&mut row, next);
        before = Some(from);
    }
    row.last().copied().unwrap_or_default()
}

const MAX_DISTANCE: usize = 2;
const MAX_BYTES: usize = 100;
/// The least of a word that says which one it is a part of.
const MIN_PART: usize = 3;

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_near_word_is_named() {
        assert_eq!(nearest("slak", ["slack", "chime"]), "; did you mean `slack`?");
        assert_eq!(nearest("Min-Severity", ["match", "min_severity"]), "; did you mean `min_severity`?");
        for (word, meant) in [("ulr", "url"), ("webhook_url", "url"), ("warn", "warning"), ("urls", "url")] {
            assert_eq!(nearest(word, ["url", "warning"]), format!("; did you mean `{meant}`?"), "{word}");
        }
        for far in ["discord", "xx", "", &"slack".repeat(1000)] {
            assert_eq!(nearest(far, ["slack", "chime", "en"]), "", "{far}");
        }
    }
}

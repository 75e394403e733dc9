//! Words that were meant.

/// `; did you mean …?`, if one of `known` is near.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let near = known.into_iter().map(|known| (distance(word, known), known)).min().filter(|(distance, _)| *distance <= 2);
    near.map(|(_, known)| format!("; did you mean `{known}`?")).unwrap_or_default()
}

/// How many characters have to be changed, put in or taken out to make one word the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        for ((to, diagonal), above) in b.iter().zip(&row).zip(row.iter().skip(1)) {
            let left = next.last().copied().unwrap_or_default();
            next.push((diagonal + usize::from(from != *to)).min(above + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_near_word_is_named() {
        assert_eq!(nearest("slak", ["slack", "chime"]), "; did you mean `slack`?");
        assert_eq!(nearest("discord", ["slack", "chime"]), "");
    }
}

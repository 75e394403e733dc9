//! The arithmetic of docs/cost.md, done again.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says so by failing")]

use std::collections::HashMap;

const PAGE: &str = include_str!("../docs/cost.md");
/// What an amount may be off by its rounding to cents.
const HALF_A_CENT: f64 = 0.005_000_1;

/// The cells of the table under `heading`, without its head.
fn table(heading: &str) -> Vec<Vec<&'static str>> {
    let section = PAGE.split("\n## ").find(|section| section.starts_with(heading)).unwrap_or_else(|| panic!("no {heading}"));
    let rows = section.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    rows.skip(2).map(|row| row.split('|').map(str::trim).collect()).collect()
}

fn parameters() -> HashMap<&'static str, f64> {
    table("Parameters").iter().map(|row| (row[0], row[1].parse().unwrap())).collect()
}

/// What a product of numbers and parameters comes to.
fn value(product: &str, parameters: &HashMap<&str, f64>) -> f64 {
    let factors = product.split(" × ").map(|factor| factor.parse().unwrap_or_else(|_| parameters[factor]));
    factors.product()
}

/// Holds each line of a table, and its sum, which it returns.
fn sum_of(heading: &str, parameters: &HashMap<&str, f64>) -> f64 {
    let mut sum = 0.0;
    let rows = table(heading);
    let (last, lines) = rows.split_last().unwrap();
    for line in lines {
        let [what, product, said] = line[..] else { panic!("{line:?}") };
        let amount = value(product, parameters);
        assert!((amount - said.parse::<f64>().unwrap()).abs() < HALF_A_CENT, "{heading}, {what}: {amount}");
        sum += amount;
    }
    let said: f64 = last.last().unwrap().trim_matches('*').parse().unwrap();
    assert!((sum - said).abs() < HALF_A_CENT, "{heading}: {sum}");
    sum
}

#[test]
fn each_line_is_the_product_that_it_names() {
    let parameters = parameters();
    for heading in ["As it is deployed", "With `Durable`", "With `Ledger`"] {
        sum_of(heading, &parameters);
    }
    let used = |name: &str| PAGE.split("\n## As it").nth(1).unwrap().split(['|', '×']).any(|word| word.trim() == name);
    let idle: Vec<&&str> = parameters.keys().filter(|name| !used(name)).collect();
    assert!(idle.is_empty(), "no line has {idle:?}");
}

#[test]
fn what_the_page_says_in_words_is_so_too() {
    let mut parameters = parameters();
    let notices: f64 = table("As it is deployed")
        .iter()
        .filter(|row| ["Lambda's requests", "Lambda's time", "SNS", "the log"].contains(&row[0]))
        .map(|row| value(row[1], &parameters))
        .sum();
    assert!((notices - 0.02).abs() < HALF_A_CENT, "{notices}");
    let lines = table("As it is deployed");
    let usual = parameters.clone();
    parameters.insert("events", 1_000_000.0);
    let sum: f64 = lines.iter().filter(|row| !row[1].is_empty()).map(|row| value(row[1], &parameters)).sum();
    assert!(PAGE.contains(&format!("the sum is {sum:.2}")), "{sum}");
    let (first, key) = (sum_of("As it is deployed", &usual), usual["kms_key"]);
    let later = format!("the sum is {:.2} in the second year, and {:.2}\nfrom the third on", first + key, first + 2.0 * key);
    assert!(PAGE.contains(&later), "{later}");
}

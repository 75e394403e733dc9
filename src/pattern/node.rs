//! A compiled pattern without `$or`, held against an event.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::condition::Condition;

/// What is wanted at one place of the event.
#[derive(Debug, Clone, Default)]
pub(super) struct Node {
    /// What the plain values here have to be: one of them has to fit one of these. Shared by the
    /// combinations of `$or`.
    pub(super) leaf: Option<Arc<[Condition]>>,
    /// What the objects here have to hold, in the order of the pattern.
    pub(super) fields: Vec<(String, Node)>,
}

impl Node {
    /// Adds what is wanted at a path below this node. False, and nothing is added, if the path has a
    /// list of conditions already.
    pub(super) fn insert(&mut self, path: &[&str], conditions: &Arc<[Condition]>) -> bool {
        let [key, rest @ ..] = path else {
            let free = self.leaf.is_none();
            self.leaf.get_or_insert_with(|| Arc::clone(conditions));
            return free;
        };
        if let Some((_, child)) = self.fields.iter_mut().find(|(field, _)| field == key) {
            return child.insert(rest, conditions);
        }
        let mut child = Self::default();
        child.insert(rest, conditions);
        self.fields.push(((*key).to_owned(), child));
        true
    }

    /// Whether the values found at this place fit; see [`elements`] for what they are.
    pub(super) fn fits(&self, values: &[&Value]) -> bool {
        self.fit(values) != Fit::No
    }

    /// Whether the plain values among these fit the leaf.
    pub(super) fn leaf_fits(&self, values: &[&Value]) -> bool {
        self.leaf_fit(values) != Fit::No
    }

    fn fit(&self, values: &[&Value]) -> Fit {
        Fit::of_all([self.leaf_fit(values), self.fields_fit(values)])
    }

    fn leaf_fit(&self, values: &[&Value]) -> Fit {
        let Some(conditions) = &self.leaf else {
            return Fit::ByAbsence;
        };
        let mut plain = values.iter().filter(|value| !value.is_object()).peekable();
        if plain.peek().is_none() {
            return if conditions.iter().any(Condition::fits_absence) { Fit::ByAbsence } else { Fit::No };
        }
        if plain.any(|value| conditions.iter().any(|condition| condition.fits(value))) { Fit::ByPresence } else { Fit::No }
    }

    fn fields_fit(&self, values: &[&Value]) -> Fit {
        let objects = objects(values);
        if objects.is_empty() {
            return Fit::of_all(self.fields.iter().map(|(_, child)| child.fit(&[])));
        }
        Fit::of_elements(
            objects
                .into_iter()
                .map(|object| Fit::of_all(self.fields.iter().map(|(key, child)| child.fit(&elements(object.get(key)))))),
        )
    }
}

/// Whether, and on what ground, a part of the event fits.
///
/// The ground matters in a list of objects: a value found decides in which element everything else has
/// to fit, while a field that is to be absent, alone, has to be absent from every element.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    No,
    ByAbsence,
    ByPresence,
}

impl Fit {
    /// Of parts that all have to fit, in the same object.
    fn of_all(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut fit = Self::ByAbsence;
        for part in parts {
            if part == Self::No {
                return Self::No;
            }
            fit = fit.max(part);
        }
        fit
    }

    /// Of the elements of a list, where one is enough if it has a value to show.
    fn of_elements(elements: impl IntoIterator<Item = Self>) -> Self {
        let mut fit = Self::ByAbsence;
        for element in elements {
            if element == Self::ByPresence {
                return element;
            }
            fit = fit.min(element);
        }
        fit
    }
}

/// The values in order, each list replaced by its elements, those of lists in lists included. Works
/// without recursion, for an event may nest deeper than the stack reaches.
pub(super) fn elements<'a>(values: impl IntoIterator<Item = &'a Value>) -> Vec<&'a Value> {
    let mut found = Vec::new();
    let mut pending: Vec<&Value> = values.into_iter().collect();
    pending.reverse();
    while let Some(next) = pending.pop() {
        match next {
            Value::Array(inner) => pending.extend(inner.iter().rev()),
            other => found.push(other),
        }
    }
    found
}

/// The objects among the values.
pub(super) fn objects<'a>(values: &[&'a Value]) -> Vec<&'a Map<String, Value>> {
    values.iter().filter_map(|value| value.as_object()).collect()
}

//! DynamoDB: conditional writes of whole items.
//! <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB.html>

use std::collections::{HashMap, VecDeque};

use serde_json::{Value, json};

use super::aws::{Api, Service};

/// One table, whose partition key is `id`.
pub(crate) type Table = Service<Items>;

#[derive(Default)]
pub(crate) struct Items(HashMap<String, Value>);

impl Service<Items> {
    pub(crate) fn items(&self) -> Vec<Value> {
        self.with(|items| items.0.values().cloned().collect())
    }

    /// Changes every item in place, as time would.
    pub(crate) fn change(&self, change: impl FnMut(&mut Value)) {
        self.with(|items| items.0.values_mut().for_each(change));
    }

    /// Lets the leases of all who have begun run out.
    pub(crate) fn let_leases_pass(&self) {
        self.change(|item| {
            if let Some(until) = item.get_mut("lease_until") {
                *until = json!({ "N": "0" });
            }
        });
    }
}

impl Api for Items {
    const TARGET: &str = "DynamoDB_20120810.";
    const ERRORS: &str = "com.amazonaws.dynamodb.v20120810#";
    const VARIABLE: &str = "AWS_ENDPOINT_URL_DYNAMODB";

    fn answer(&mut self, action: &str, asked: &Value) -> Result<Value, (&'static str, Value)> {
        let key = |of: &Value| of["id"]["S"].as_str().unwrap().to_owned();
        let id = if action == "PutItem" { key(&asked["Item"]) } else { key(&asked["Key"]) };
        let old = self.0.get(&id);
        if !Condition::holds(asked, old) {
            let wanted = asked["ReturnValuesOnConditionCheckFailure"] == "ALL_OLD";
            let item = old.filter(|_| wanted).map_or(Value::Null, |old| json!({ "Item": old }));
            return Err(("ConditionalCheckFailedException", item));
        }
        match action {
            "PutItem" => drop(self.0.insert(id, asked["Item"].clone())),
            "DeleteItem" => drop(self.0.remove(&id)),
            "GetItem" => return Ok(old.map_or_else(|| json!({}), |item| json!({ "Item": item }))),
            other => panic!("this table does not know {other}"),
        }
        Ok(json!({}))
    }
}

/// A condition expression: comparisons, `attribute_exists`, `attribute_not_exists`, `AND`, `OR`, `NOT`, parentheses.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html>
struct Condition<'a> {
    tokens: VecDeque<String>,
    asked: &'a Value,
    item: Option<&'a Value>,
}

impl Condition<'_> {
    fn holds(asked: &Value, item: Option<&Value>) -> bool {
        let Some(text) = asked["ConditionExpression"].as_str() else { return true };
        let spaced = ["(", ")", ","].iter().fold(text.to_owned(), |text, sign| text.replace(sign, &format!(" {sign} ")));
        let tokens = spaced.split_whitespace().map(str::to_owned).collect();
        let mut condition = Condition { tokens, asked, item };
        let holds = condition.any();
        assert!(condition.tokens.is_empty(), "not read to its end: {text}");
        holds
    }

    fn any(&mut self) -> bool {
        let mut holds = self.all();
        while self.next_is("OR") {
            holds |= self.all();
        }
        holds
    }

    fn all(&mut self) -> bool {
        let mut holds = self.one();
        while self.next_is("AND") {
            holds &= self.one();
        }
        holds
    }

    fn one(&mut self) -> bool {
        if self.next_is("NOT") {
            return !self.one();
        }
        if self.next_is("(") {
            let holds = self.any();
            assert!(self.next_is(")"));
            return holds;
        }
        for (function, wanted) in [("attribute_exists", true), ("attribute_not_exists", false)] {
            if self.next_is(function) {
                assert!(self.next_is("("));
                let found = self.value().is_some();
                assert!(self.next_is(")"));
                return found == wanted;
            }
        }
        let left = self.value();
        let sign = self.tokens.pop_front().unwrap();
        let right = self.value();
        // A comparison with what is not there is false.
        let (Some(left), Some(right)) = (left, right) else { return false };
        match (sign.as_str(), &left["N"], &right["N"]) {
            ("=", ..) => left == right,
            ("<>", ..) => left != right,
            (sign, Value::String(left), Value::String(right)) => {
                let [left, right] = [left, right].map(|number| number.parse::<i128>().unwrap());
                match sign {
                    "<" => left < right,
                    "<=" => left <= right,
                    ">" => left > right,
                    ">=" => left >= right,
                    other => panic!("this table does not know {other}"),
                }
            }
            _ => panic!("this table compares numbers: {left} {sign} {right}"),
        }
    }

    /// The value that a placeholder stands for, or that the item has.
    fn value(&mut self) -> Option<Value> {
        let token = self.tokens.pop_front().unwrap();
        if token.starts_with(':') {
            return Some(self.asked["ExpressionAttributeValues"][&token].clone());
        }
        let name = if token.starts_with('#') { self.asked["ExpressionAttributeNames"][&token].as_str().unwrap() } else { &token };
        self.item?.get(name).cloned()
    }

    fn next_is(&mut self, token: &str) -> bool {
        let is = self.tokens.front().is_some_and(|next| next == token);
        if is {
            self.tokens.pop_front();
        }
        is
    }
}

//! What objects, lists of the event and `$or` mean.

use serde_json::{Map, Value, json};

use super::{assert_field, assert_fits};
use crate::pattern::Pattern;

#[test]
fn every_key_has_to_fit() {
    assert_fits(
        &json!({ "Location": ["New York"], "Day": ["Monday"] }),
        &[json!({ "Location": "New York", "Day": "Monday", "Hour": 9 })],
        &[
            json!({ "Location": "New York", "Day": "Friday" }),
            json!({ "Location": "New York" }),
            json!({}),
            json!([{ "Location": "New York", "Day": "Monday" }]),
            json!("New York"),
            json!(null),
        ],
    );
    assert_fits(
        &json!({ "detail": { "state": ["terminated"] } }),
        &[json!({ "detail": { "state": "terminated" } })],
        &[
            json!({ "state": "terminated" }),
            json!({ "detail": { "inner": { "state": "terminated" } } }),
            json!({ "detail": "terminated" }),
            json!({ "detail.state": "terminated" }),
        ],
    );
}

#[test]
fn only_an_object_is_an_event() {
    assert_fits(&json!({ "a": [{ "exists": false }] }), &[json!({})], &[json!([]), json!([{}]), json!(null), json!("text")]);
}

#[test]
fn any_element_of_an_event_list_fits() {
    assert_field(
        json!(["admin", { "prefix": "x" }]),
        &[json!(["user", "admin"]), json!([["user"], [["xy"]]]), json!([{ "a": 1 }, "admin"])],
        &[json!(["user"]), json!([]), json!([{ "admin": "admin" }])],
    );
    // One element outside the set is enough.
    assert_field(json!([{ "anything-but": ["a", "b"] }]), &[json!(["a", "c"])], &[json!(["a", "b"]), json!([])]);
    assert_field(json!([{ "numeric": [">", 0, "<", 10] }]), &[json!([100, 5])], &[json!([-1, 11])]);
}

#[test]
fn fields_below_a_list_fit_in_the_same_element() {
    let employees = json!({ "employees": [
        { "first": "John", "last": "Doe" },
        [{ "first": "Anna", "last": "Smith" }, { "first": "Peter", "last": "Jones" }],
    ] });
    let pattern = |first: &str, last: &str| json!({ "employees": { "first": [first], "last": [last] } });
    assert_fits(&pattern("Anna", "Smith"), std::slice::from_ref(&employees), &[]);
    assert_fits(&pattern("Anna", "Jones"), &[], std::slice::from_ref(&employees));
    assert_fits(
        &json!({ "users": { "tags": { "key": ["color"], "value": ["blue"] }, "on": [true] } }),
        &[json!({ "users": [{ "on": true, "tags": [{ "key": "size" }, { "key": "color", "value": "blue" }] }] })],
        &[
            json!({ "users": [{ "on": true, "tags": [{ "key": "color" }, { "value": "blue" }] }] }),
            json!({ "users": [{ "on": true }, { "tags": { "key": "color", "value": "blue" } }] }),
        ],
    );
}

#[test]
fn absence_below_a_list() {
    let absent = json!({ "list": { "b": [{ "exists": false }] } });
    assert_fits(
        &absent,
        &[json!({ "list": [{ "a": 1 }, {}] }), json!({ "list": [] }), json!({ "list": ["b"] })],
        &[json!({ "list": [{ "a": 1 }, { "b": 1 }] })],
    );
    // A value found decides which element the absence is asked of.
    for (present, absent) in [("a", "z"), ("z", "a")] {
        assert_fits(
            &json!({ "list": { present: [1], absent: [{ "exists": false }] } }),
            &[json!({ "list": [{ present: 2, absent: 2 }, { present: 1 }] })],
            &[json!({ "list": [{ present: 1, absent: 2 }, { present: 2 }] })],
        );
    }
}

#[test]
fn or_at_the_top() {
    assert_fits(
        &json!({ "$or": [{ "Location": ["New York"] }, { "Day": ["Monday"] }] }),
        &[json!({ "Location": "New York" }), json!({ "Day": "Monday", "Location": "Rome" })],
        &[json!({ "Location": "Rome", "Day": "Friday" }), json!({})],
    );
    assert_fits(
        &json!({
            "source": ["aws.cloudwatch"],
            "$or": [
                { "metricName": ["CPUUtilization"] },
                { "metricType": ["MetricType"], "$or": [{ "metricId": [1234] }, { "spaceId": [1000] }] },
            ],
        }),
        &[
            json!({ "source": "aws.cloudwatch", "metricName": "CPUUtilization" }),
            json!({ "source": "aws.cloudwatch", "metricType": "MetricType", "spaceId": 1000 }),
        ],
        &[
            json!({ "source": "aws.ec2", "metricName": "CPUUtilization" }),
            json!({ "source": "aws.cloudwatch", "metricType": "MetricType" }),
            json!({ "source": "aws.cloudwatch", "metricId": 1234 }),
        ],
    );
}

#[test]
fn or_below_the_top() {
    let pattern = json!({
        "$or": [{ "metricName": ["a"] }, { "namespace": ["b"] }],
        "detail": { "$or": [{ "source": ["c"] }, { "count": [{ "numeric": [">", 5] }] }] },
    });
    assert_fits(
        &pattern,
        &[json!({ "metricName": "a", "detail": { "source": "c" } }), json!({ "namespace": "b", "detail": { "count": 6 } })],
        &[json!({ "metricName": "a", "detail": { "count": 5 } }), json!({ "detail": { "source": "c", "count": 6 } })],
    );
    // The field beside `$or` and the one in it are below the same list.
    assert_fits(
        &json!({ "list": { "b": [2] }, "$or": [{ "list": { "a": [1] } }, { "x": [1] }] }),
        &[json!({ "list": [{ "a": 1, "b": 2 }] }), json!({ "list": { "b": 2 }, "x": 1 })],
        &[json!({ "list": [{ "a": 1 }, { "b": 2 }] })],
    );
    // One place as a plain value and as an object, which only a list can be.
    assert_fits(
        &json!({ "tag": { "a": [1] }, "$or": [{ "tag": ["x"] }, { "y": [1] }] }),
        &[json!({ "tag": ["x", { "a": 1 }] })],
        &[json!({ "tag": "x" }), json!({ "tag": { "a": 1 } })],
    );
}

#[test]
fn a_deep_event_does_not_exhaust_the_stack() {
    let mut value = json!("x");
    for _ in 0..100_000 {
        value = Value::Array(vec![value]);
    }
    let event = Value::Object(Map::from_iter([("f".to_owned(), value)]));
    for (wanted, fits) in [("x", true), ("y", false)] {
        let pattern = Pattern::parse(&json!({ "f": [wanted] })).expect("a pattern");
        assert_eq!(pattern.check(&event).is_ok(), fits);
    }
    // Dropping it would recurse, which is the event's own affair.
    std::mem::forget(event);
}

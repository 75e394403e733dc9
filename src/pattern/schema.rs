//! What a pattern looks like, for editors. Its operators are checked when it is compiled.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::Pattern;

impl JsonSchema for Pattern {
    fn schema_name() -> Cow<'static, str> {
        "Pattern".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {
                "anyOf": [{ "type": "array", "minItems": 1 }, { "type": "object", "minProperties": 1 }]
            },
        })
    }
}

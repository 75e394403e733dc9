//! What templates can name, told by the doc comments of what they see.

use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::view::View;

/// The JSON Schema of [`View`], all of it in one piece: each value with its description. What `notification.data` holds stands
/// in `schema/notification.schema.json`, by kind.
pub fn vocabulary() -> Value {
    let settings = SchemaSettings::draft07().with(|settings| settings.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<View<'static>>().to_value()
}

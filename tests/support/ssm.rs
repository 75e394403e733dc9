//! Parameter Store: <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html>

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::aws::{Api, Service};

/// Parameters, each with its versions.
pub(crate) type ParameterStore = Service<Parameters>;

#[derive(Default)]
pub(crate) struct Parameters(BTreeMap<String, Vec<String>>);

impl Service<Parameters> {
    /// Stores `value` as the newest version of `name`.
    pub(crate) fn put(&self, name: &str, value: impl Into<String>) {
        self.with(|parameters| parameters.0.entry(name.to_owned()).or_default().push(value.into()));
    }
}

impl Api for Parameters {
    const TARGET: &str = "AmazonSSM.";
    const ERRORS: &str = "";
    const VARIABLE: &str = "AWS_ENDPOINT_URL_SSM";

    fn answer(&mut self, action: &str, asked: &Value) -> Result<Value, (&'static str, Value)> {
        assert_eq!((action, &asked["WithDecryption"]), ("GetParameter", &json!(true)));
        let (name, version) = match asked["Name"].as_str().unwrap().split_once(':') {
            Some((name, version)) => (name, Some(version.parse::<usize>().unwrap())),
            None => (asked["Name"].as_str().unwrap(), None),
        };
        let versions = self.0.get(name).ok_or(("ParameterNotFound", Value::Null))?;
        let version = version.unwrap_or(versions.len());
        let value = versions.get(version - 1).ok_or(("ParameterVersionNotFound", Value::Null))?;
        Ok(json!({ "Parameter": { "Name": name, "Type": "SecureString", "Value": value, "Version": version } }))
    }
}

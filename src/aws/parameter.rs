//! Parameters of SSM's Parameter Store.

use std::fmt;

use serde_json::{Value, json};

use super::Aws;
use crate::secret::Secret;

/// A version of a parameter, decrypted; it may hold secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Counted from 1: <https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-versions.html>
    pub version: i64,
    pub value: Secret<String>,
}

/// Why a parameter cannot be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoParameter {
    /// There is none of that name, or not in that version.
    Missing,
    /// The permission is missing.
    Denied,
    /// Parameter Store cannot be reached, or has a bad time.
    Down,
}

impl NoParameter {
    pub fn text(self) -> &'static str {
        match self {
            NoParameter::Missing => "is not there",
            NoParameter::Denied => "may not be read by this function",
            NoParameter::Down => "could not be read from SSM",
        }
    }
}

impl fmt::Display for NoParameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl std::error::Error for NoParameter {}

impl Aws {
    /// The parameter of that name or ARN: the newest version, or the one that `:VERSION` or `:LABEL` behind the name selects.
    ///
    /// # Errors
    /// If there is none, or not for us, or not now.
    pub async fn parameter(&self, name: &str) -> Result<Parameter, NoParameter> {
        let asked = json!({ "Name": name, "WithDecryption": true });
        let answer = self.json("ssm", "AmazonSSM.GetParameter", &asked).await.map_err(|refused| match &*refused.problem {
            "ParameterNotFound" | "ParameterVersionNotFound" => NoParameter::Missing,
            _ if refused.is_denied() => NoParameter::Denied,
            _ => NoParameter::Down,
        })?;
        let value = answer.pointer("/Parameter/Value").and_then(Value::as_str);
        let version = answer.pointer("/Parameter/Version").and_then(Value::as_i64);
        match (value, version) {
            (Some(value), Some(version)) => Ok(Parameter { version, value: Secret::new(value.to_owned()) }),
            _ => Err(NoParameter::Down),
        }
    }
}

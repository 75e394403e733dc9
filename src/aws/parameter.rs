//! Parameters of SSM's Parameter Store.

use std::fmt;

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
        let answer = self.ssm().await.get_parameter().name(name).with_decryption(true).send().await;
        let answer = answer.map_err(|error| match error.as_service_error() {
            Some(error) if error.is_parameter_not_found() || error.is_parameter_version_not_found() => NoParameter::Missing,
            Some(error) if error.meta().code().is_some_and(|code| code.starts_with("AccessDenied")) => NoParameter::Denied,
            _ => NoParameter::Down,
        })?;
        let parameter = answer.parameter.ok_or(NoParameter::Missing)?;
        let value = parameter.value.map(Secret::new).ok_or(NoParameter::Missing)?;
        Ok(Parameter { version: parameter.version, value })
    }
}

//! What AWS keeps for us: parameters of SSM's Parameter Store, and secrets of Secrets Manager.

use std::fmt;

use serde_json::{Value, json};

use super::{Aws, Problem};
use crate::net::Failure;
use crate::secret::Secret;

/// A version of a parameter, decrypted; it may hold secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Counted from 1: <https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-versions.html>
    pub version: i64,
    pub value: Secret<String>,
}

/// Why what is kept cannot be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unread {
    /// There is none of that name, or not in that version.
    Missing,
    /// It is there and of no use, and why.
    Unusable(&'static str),
    /// The permission is missing.
    Denied,
    /// It is not known what is there.
    Down(Problem),
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unread::Missing => f.write_str("is not there"),
            Unread::Unusable(why) => f.write_str(why),
            Unread::Denied => f.write_str("may not be read by this function"),
            Unread::Down(problem) => write!(f, "could not be read ({problem})"),
        }
    }
}

impl std::error::Error for Unread {}

impl Aws {
    /// The parameter of that name or ARN: the newest version, or the one that `:VERSION` or `:LABEL` behind the name selects.
    ///
    /// <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html>
    ///
    /// # Errors
    /// If there is none, or not for us, or not now.
    pub async fn parameter(&self, name: &str) -> Result<Parameter, Unread> {
        let asked = json!({ "Name": name, "WithDecryption": true });
        let answer = self.json("ssm", "AmazonSSM.GetParameter", &asked).await;
        let answer = answer.map_err(|refused| match refused.problem.code() {
            "ParameterNotFound" | "ParameterVersionNotFound" => Unread::Missing,
            _ => unread(refused.problem),
        })?;
        let value = answer.pointer("/Parameter/Value").and_then(Value::as_str);
        let version = answer.pointer("/Parameter/Version").and_then(Value::as_i64);
        match (value, version) {
            (Some(value), Some(version)) => Ok(Parameter { version, value: Secret::new(value.to_owned()) }),
            _ => Err(Unread::Down(Failure::NoAnswer.into())),
        }
    }

    /// The text of the secret of that name or ARN.
    ///
    /// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html>
    ///
    /// # Errors
    /// If there is none, or not for us, or not now, or it is no text.
    pub async fn secret(&self, id: &str) -> Result<Secret<String>, Unread> {
        let asked = json!({ "SecretId": id });
        let answer = self.json("secretsmanager", "secretsmanager.GetSecretValue", &asked).await;
        let answer = answer.map_err(|refused| match refused.problem.code() {
            "ResourceNotFoundException" => Unread::Missing,
            "InvalidRequestException" => Unread::Unusable("cannot be read: it is to be deleted"),
            _ => unread(refused.problem),
        })?;
        match answer.get("SecretString").and_then(Value::as_str) {
            Some(text) => Ok(Secret::new(text.to_owned())),
            None if answer.get("SecretBinary").is_some() => Err(Unread::Unusable("holds no text")),
            None => Err(Unread::Down(Failure::NoAnswer.into())),
        }
    }
}

fn unread(problem: Problem) -> Unread {
    if problem.is_denied() { Unread::Denied } else { Unread::Down(problem) }
}

//! References to secrets resolved: from the environment, a file, SSM Parameter Store or Secrets Manager, each once.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use crate::aws::Aws;
use crate::secret::{Env, Secret, SecretRef};

/// Resolves references and remembers what they led to.
pub struct Secrets {
    env: Env,
    aws: Arc<Aws>,
    resolved: Mutex<HashMap<SecretRef, Secret<String>>>,
}

/// A secret that cannot be had. It names the reference, never a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretError {
    pub reference: String,
    pub problem: &'static str,
    /// Whether it may be there at another time: a service that did not answer.
    pub transient: bool,
}

impl fmt::Display for SecretError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.reference, self.problem)
    }
}

impl std::error::Error for SecretError {}

impl Secrets {
    pub fn new(env: Env, aws: Arc<Aws>) -> Secrets {
        Secrets { env, aws, resolved: Mutex::default() }
    }

    /// The value that `reference` leads to, without blanks around it.
    ///
    /// # Errors
    /// If it leads nowhere, to nothing, or the service that keeps it does not answer.
    pub async fn resolve(&self, reference: &SecretRef) -> Result<Secret<String>, SecretError> {
        let known = self.resolved.lock().unwrap_or_else(PoisonError::into_inner).get(reference).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let fail = |problem, transient| SecretError { reference: reference.to_string(), problem, transient };
        let value = self.fetch(reference).await.map_err(|(problem, transient)| fail(problem, transient))?;
        let value = value.trim().to_owned();
        if value.is_empty() {
            return Err(fail("is empty", false));
        }
        let value = Secret::new(value);
        self.resolved.lock().unwrap_or_else(PoisonError::into_inner).insert(reference.clone(), value.clone());
        Ok(value)
    }

    async fn fetch(&self, reference: &SecretRef) -> Result<String, (&'static str, bool)> {
        match reference {
            SecretRef::Literal(value) => Ok(value.reveal().clone()),
            SecretRef::Env(name) => self.env.get(name).map(str::to_owned).ok_or(("is not set", false)),
            SecretRef::File(path) => std::fs::read_to_string(path).map_err(|_| ("cannot be read", false)),
            SecretRef::Ssm(name) => {
                let request = self.aws.ssm().await.get_parameter().name(name).with_decryption(true);
                let answer = request.send().await.map_err(|error| match error.as_service_error() {
                    Some(error) if error.is_parameter_not_found() => ("is not there", false),
                    _ => ("could not be read from SSM", true),
                })?;
                answer.parameter.and_then(|parameter| parameter.value).ok_or(("has no value", false))
            }
            SecretRef::SecretsManager { id, key } => {
                let request = self.aws.secrets_manager().await.get_secret_value().secret_id(id);
                let answer = request.send().await.map_err(|error| match error.as_service_error() {
                    Some(error) if error.is_resource_not_found_exception() => ("is not there", false),
                    _ => ("could not be read from Secrets Manager", true),
                })?;
                let text = answer.secret_string.ok_or(("holds no text", false))?;
                match key {
                    None => Ok(text),
                    Some(key) => json_value(&text, key).ok_or(("is no JSON object with such a key", false)),
                }
            }
        }
    }
}

fn json_value(text: &str, key: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    value.get(key)?.as_str().map(str::to_owned)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test says so by failing")]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_secret_is_found_or_its_reference_named() {
        let file = std::env::temp_dir().join(format!("hikyaku-secret-{}", std::process::id()));
        std::fs::write(&file, " CANARY\n").unwrap();
        let env = Env::from_iter([("HOOK".to_owned(), "CANARY".to_owned()), ("EMPTY".to_owned(), " ".to_owned())]);
        let secrets = Secrets::new(env, Arc::default());
        for (reference, found) in [
            ("env:HOOK".to_owned(), Ok("CANARY")),
            (format!("file:{}", file.display()), Ok("CANARY")),
            ("CANARY".to_owned(), Ok("CANARY")),
            ("env:EMPTY".to_owned(), Err("env:EMPTY is empty")),
            ("env:NONE".to_owned(), Err("env:NONE is not set")),
            ("file:/nonexistent".to_owned(), Err("file:/nonexistent cannot be read")),
        ] {
            let got = secrets.resolve(&SecretRef::from(reference)).await;
            assert_eq!(
                got.as_ref().map(|secret| secret.reveal().as_str()).map_err(|e| e.to_string()),
                found.map_err(str::to_owned)
            );
        }
        std::fs::remove_file(file).unwrap();
    }

    #[test]
    fn a_key_is_taken_from_a_json_secret() {
        assert_eq!(json_value(r#"{"slack":"x","n":1}"#, "slack").as_deref(), Some("x"));
        assert_eq!(json_value(r#"{"slack":"x","n":1}"#, "n"), None);
        assert_eq!(json_value("x", "slack"), None);
    }
}

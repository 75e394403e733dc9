//! A value that cannot be printed, and where to find one.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::PathBuf;

use serde::Deserialize;

/// A secret: no `Debug`, no `Display`, no `Serialize`. What holds one cannot derive them either, so that nothing prints it by
/// the way.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    pub fn new(value: T) -> Secret<T> {
        Secret(value)
    }

    /// The value itself, for the one place that must use it. Never format it.
    pub fn reveal(&self) -> &T {
        &self.0
    }
}

/// The environment's variables, handed on as a value; any of them may be a secret.
#[derive(Clone, Default)]
pub struct Env(Secret<BTreeMap<String, String>>);

impl Env {
    /// The value of `name`; none if it is not set.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.reveal().get(name).map(String::as_str)
    }
}

impl FromIterator<(String, String)> for Env {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(variables: I) -> Env {
        Env(Secret::new(variables.into_iter().collect()))
    }
}

/// Secrets by the references that led to them: what one delivery needs.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Keys(HashMap<SecretRef, Secret<String>>);

impl Keys {
    pub fn insert(&mut self, reference: SecretRef, value: Secret<String>) {
        self.0.insert(reference, value);
    }

    /// The value of `reference`; a literal is its own.
    pub fn get<'a>(&'a self, reference: &'a SecretRef) -> Option<&'a str> {
        match reference {
            SecretRef::Literal(value) => Some(value.reveal()),
            reference => self.0.get(reference).map(|value| value.reveal().as_str()),
        }
    }
}

/// Where a secret is kept: `env:NAME`, `file:PATH`, `ssm:/NAME`, `secretsmanager:ID[#JSON-KEY]`; anything else is the value.
#[derive(Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(from = "String")]
pub enum SecretRef {
    Env(String),
    File(PathBuf),
    /// The name or ARN of an SSM parameter.
    Ssm(String),
    SecretsManager {
        /// The name or ARN of the secret.
        id: String,
        /// The key of its JSON object that holds the value.
        key: Option<String>,
    },
    Literal(Secret<String>),
}

impl From<String> for SecretRef {
    fn from(text: String) -> SecretRef {
        match text.split_once(':') {
            Some(("env", name)) => SecretRef::Env(name.to_owned()),
            Some(("file", path)) => SecretRef::File(PathBuf::from(path)),
            Some(("ssm", name)) => SecretRef::Ssm(name.to_owned()),
            Some(("secretsmanager", rest)) => match rest.split_once('#') {
                Some((id, key)) => SecretRef::SecretsManager { id: id.to_owned(), key: Some(key.to_owned()) },
                None => SecretRef::SecretsManager { id: rest.to_owned(), key: None },
            },
            _ => SecretRef::Literal(Secret::new(text)),
        }
    }
}

/// Shows where the secret is, never the secret.
impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SecretRef::Env(name) => write!(f, "env:{name}"),
            SecretRef::File(path) => write!(f, "file:{}", path.display()),
            SecretRef::Ssm(name) => write!(f, "ssm:{name}"),
            SecretRef::SecretsManager { id, key: Some(key) } => {
                write!(f, "secretsmanager:{id}#{key}")
            }
            SecretRef::SecretsManager { id, key: None } => write!(f, "secretsmanager:{id}"),
            SecretRef::Literal(_) => f.write_str("a literal value"),
        }
    }
}

impl fmt::Debug for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_read_and_shown_without_its_secret() {
        for (text, shown) in [
            ("env:HOOK", "env:HOOK"),
            ("file:/run/hook", "file:/run/hook"),
            ("ssm:/hikyaku/hook", "ssm:/hikyaku/hook"),
            ("secretsmanager:prod/hikyaku#slack", "secretsmanager:prod/hikyaku#slack"),
            (
                "secretsmanager:arn:aws:secretsmanager:us-east-1:1:secret:x",
                "secretsmanager:arn:aws:secretsmanager:us-east-1:1:secret:x",
            ),
            ("https://hooks.slack.com/services/T0/B0/CANARY", "a literal value"),
        ] {
            let reference = SecretRef::from(text.to_owned());
            assert_eq!(reference.to_string(), shown);
            assert_eq!(format!("{reference:?}"), shown);
        }
    }

    /// Whether a type implements a trait: an inherent constant goes before a trait's.
    macro_rules! implements {
        ($type:ty: $trait:path) => {{
            struct Asked<T>(std::marker::PhantomData<T>);
            #[allow(dead_code, reason = "a type that has the trait has no need of it")]
            trait Otherwise {
                const YES: bool = false;
            }
            impl<T> Otherwise for Asked<T> {}
            #[allow(dead_code, reason = "a type that has not the trait has no use for it")]
            impl<T: $trait> Asked<T> {
                const YES: bool = true;
            }
            <Asked<$type>>::YES
        }};
    }

    const _: () = {
        assert!(implements!(String: fmt::Debug) && implements!(String: fmt::Display) && implements!(String: serde::Serialize));
        assert!(!implements!(Secret<String>: fmt::Debug));
        assert!(!implements!(Secret<String>: fmt::Display));
        assert!(!implements!(Secret<String>: serde::Serialize));
        assert!(!implements!(Env: fmt::Debug) && !implements!(Keys: fmt::Debug));
        assert!(!implements!(SecretRef: serde::Serialize));
    };
}

//! A value that cannot be printed, and where to find one.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::PathBuf;

use schemars::JsonSchema;
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

    /// These variables, and `others` over them.
    pub fn with(&self, others: impl IntoIterator<Item = (String, String)>) -> Env {
        let own = self.0.reveal().iter().map(|(name, value)| (name.clone(), value.clone()));
        own.chain(others).collect()
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
///
/// Its schema says `writeOnly`, which marks what is not to be shown.
#[derive(Clone, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(try_from = "Written")]
#[schemars(with = "String", extend("writeOnly" = true))]
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

/// A reference as somebody wrote it.
#[derive(Deserialize)]
#[serde(transparent)]
struct Written(String);

impl TryFrom<Written> for SecretRef {
    type Error = String;

    /// Refuses a reference that leads nowhere, and what was meant as one: taken for the value, it would only fail in the field.
    fn try_from(Written(text): Written) -> Result<SecretRef, String> {
        if let Some(meant) = text.split_once(':').and_then(|(scheme, rest)| meant(scheme, rest)) {
            return Err(format!("is no reference to a secret; did you mean `{meant}:`?"));
        }
        let reference = SecretRef::from(text);
        let (scheme, name) = match &reference {
            SecretRef::Env(name) => ("env:NAME", name.as_str()),
            SecretRef::File(path) => ("file:PATH", path.to_str().unwrap_or("?")),
            SecretRef::Ssm(name) => ("ssm:/NAME", name.as_str()),
            SecretRef::SecretsManager { id, key: None } => ("secretsmanager:ID", id.as_str()),
            SecretRef::SecretsManager { id, key: Some(key) } => {
                ("secretsmanager:ID#KEY", if key.is_empty() { "" } else { id.as_str() })
            }
            SecretRef::Literal(value) => ("env:NAME", if value.reveal().is_empty() { "" } else { "?" }),
        };
        match name.trim().is_empty() {
            true => Err(format!("leads nowhere: something must stand there, as in `{scheme}`")),
            false => Ok(reference),
        }
    }
}

/// The scheme that was meant by one that is none, as far as `rest` looks like what follows it.
fn meant(scheme: &str, rest: &str) -> Option<&'static str> {
    const OTHERS: &[(&str, &str)] = &[
        ("secretmanager", SECRETS_MANAGER),
        ("secretsmanger", SECRETS_MANAGER),
        ("secrets-manager", SECRETS_MANAGER),
        ("secret-manager", SECRETS_MANAGER),
        ("secrets_manager", SECRETS_MANAGER),
        ("secretmanger", SECRETS_MANAGER),
        ("secretsmananger", SECRETS_MANAGER),
        ("secret", SECRETS_MANAGER),
        ("secrets", SECRETS_MANAGER),
        ("parameter", "ssm"),
        ("parameterstore", "ssm"),
        ("ssn", "ssm"),
        ("smm", "ssm"),
        ("enviroment", "env"),
        ("environment", "env"),
        ("evn", "env"),
    ];
    let lower = scheme.to_ascii_lowercase();
    let known = SCHEMES.iter().find(|known| lower == **known && scheme != **known);
    let other = OTHERS.iter().find(|(other, _)| lower == *other).map(|(_, known)| known);
    known.or(other).copied().or_else(|| match (scheme, rest) {
        // As AWS writes them elsewhere.
        ("arn", rest) if rest.contains(":secretsmanager:") => Some("secretsmanager:arn"),
        ("arn", rest) if rest.contains(":ssm:") => Some("ssm:arn"),
        _ => None,
    })
}

const SECRETS_MANAGER: &str = "secretsmanager";
const SCHEMES: &[&str] = &["env", "file", "ssm", SECRETS_MANAGER];

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

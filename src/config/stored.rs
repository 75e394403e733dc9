//! A configuration that is a parameter of SSM's Parameter Store: `ssm:/name`, `ssm:/name:7`, `ssm:/name:LABEL`.

use std::fmt;
use std::path::Path;

use super::{Broken, LAYER, Loader};
use crate::aws::{self, Aws, Parameter};

/// The name of the parameter, and what was read there.
#[derive(Clone, PartialEq, Eq)]
pub struct Stored {
    /// As Parameter Store knows it, or its ARN; with a version or a label if one is pinned.
    name: String,
    read: Result<Parameter, Unread>,
}

/// Why nothing was read.
#[derive(Clone, PartialEq, Eq)]
enum Unread {
    NobodyAsked,
    Failed(aws::Unread),
}

impl Stored {
    /// What `text` names, if that is a parameter.
    pub fn named(text: &str) -> Option<Stored> {
        let name = text.strip_prefix("ssm:")?.to_owned();
        Some(Stored { name, read: Err(Unread::NobodyAsked) })
    }

    /// The version that was read.
    pub fn version(&self) -> Option<i64> {
        self.read.as_ref().ok().map(|read| read.version)
    }

    /// The same as Parameter Store has it now, or with the reason why it has not.
    pub(super) async fn fetch(self, aws: &Aws) -> Stored {
        let read = self.read(aws).await;
        read.unwrap_or_else(|problem| Stored { read: Err(Unread::Failed(problem)), ..self })
    }

    /// The same as Parameter Store has it now.
    ///
    /// # Errors
    /// If it has none, or not for us, or does not answer.
    pub async fn read(&self, aws: &Aws) -> Result<Stored, aws::Unread> {
        let read = aws.parameter(&self.name).await?;
        Ok(Stored { name: self.name.clone(), read: Ok(read) })
    }

    /// The same in that version.
    ///
    /// # Errors
    /// As those of `read`.
    pub async fn read_version(&self, version: i64, aws: &Aws) -> Result<Stored, aws::Unread> {
        let read = aws.parameter(&format!("{}:{version}", self.name)).await?;
        Ok(Stored { name: self.name.clone(), read: Ok(read) })
    }

    /// The numbers of versions before the one that was read, the newest first; none where somebody has pinned one.
    pub fn earlier(&self) -> impl Iterator<Item = i64> + use<> {
        // An ARN has five colons of its own.
        let own = if self.name.starts_with("arn:") { 5 } else { 0 };
        let is_pinned = self.name.matches(':').count() > own;
        let newest = self.version().filter(|_| !is_pinned).unwrap_or_default();
        (1..newest).rev()
    }

    /// What was read, if anything was.
    pub(super) fn text(&self) -> Option<&str> {
        self.read.as_ref().ok().map(|read| read.value.reveal().as_str())
    }

    /// A loader of what was read; a path in it is one in the function's layer.
    pub(super) fn loader(&self, needs: &str) -> Result<Loader, Broken> {
        match &self.read {
            Ok(read) => Loader::parse(read.value.reveal(), needs, Path::new(LAYER)),
            Err(Unread::NobodyAsked) => Err(Broken::Unreadable(format!("{self} has not been read"))),
            Err(Unread::Failed(problem)) => Err(Broken::Unreadable(format!("{self} {problem}"))),
        }
    }
}

impl fmt::Display for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ssm:{}", self.name)
    }
}

impl fmt::Debug for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    #[test]
    fn a_version_that_somebody_pinned_has_none_before_it() {
        for (name, expected) in [
            ("/hikyaku/config", &[3, 2, 1][..]),
            ("arn:aws:ssm:ap-northeast-1:111122223333:parameter/hikyaku/config", &[3, 2, 1]),
            ("/hikyaku/config:4", &[]),
            ("/hikyaku/config:live", &[]),
            ("arn:aws:ssm:ap-northeast-1:111122223333:parameter/hikyaku/config:4", &[]),
        ] {
            let read = Ok(Parameter { version: 4, value: Secret::new(String::new()) });
            let stored = Stored { name: name.to_owned(), read };
            assert_eq!(stored.earlier().collect::<Vec<_>>(), expected, "{name}");
        }
    }
}

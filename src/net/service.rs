//! Requests that somebody else has written whole: those of the AWS clients.

use http::{Request, Response};

use super::{Failure, client};

/// A way to services that are trusted. Where they are, and how long they may take, is the caller's business.
#[derive(Debug, Clone)]
pub struct Service {
    client: Option<reqwest::Client>,
}

impl Default for Service {
    fn default() -> Service {
        Service { client: client(None).and_then(|client| client.build().ok()) }
    }
}

impl Service {
    /// Sends `request` and reads the answer whole.
    ///
    /// # Errors
    /// If there is no whole answer; see [`Failure`].
    pub async fn call(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Failure> {
        let client = self.client.as_ref().ok_or(Failure::NotSent("no TLS connection"))?;
        let request = request.try_into().map_err(|error| Failure::of(&error))?;
        let mut answer = client.execute(request).await.map_err(|error| Failure::of(&error))?;
        let mut whole = Response::default();
        *whole.status_mut() = answer.status();
        *whole.headers_mut() = std::mem::take(answer.headers_mut());
        *whole.body_mut() = answer.bytes().await.map_err(|error| Failure::of(&error))?.into();
        Ok(whole)
    }
}

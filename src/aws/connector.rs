//! The HTTP of the clients: ours, so that there is one TLS and one set of trusted authorities in the program.

use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;

use crate::net::{Failure, Service};

/// A client for every service of AWS; its errors have a [`Failure`] as their source.
pub(super) fn client(service: &Service) -> SharedHttpClient {
    let service = service.clone();
    http_client_fn(move |settings, _| {
        // Who looks for credentials sets both, and goes on to the next place where they may be.
        let limit = settings.connect_timeout().zip(settings.read_timeout()).map(|(connect, read)| connect + read);
        SharedHttpConnector::new(Connector { service: service.clone(), limit })
    })
}

#[derive(Debug)]
struct Connector {
    service: Service,
    limit: Option<Duration>,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (service, limit) = (self.service.clone(), self.limit.unwrap_or(Duration::MAX));
        HttpConnectorFuture::new(async move {
            let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
            // No call of ours streams what it sends.
            let request = request.map(|body| body.bytes().map(<[u8]>::to_vec).unwrap_or_default());
            let answer = tokio::time::timeout(limit, service.call(request)).await.unwrap_or(Err(Failure::TimedOut));
            let answer = answer.map_err(|failure| match failure {
                Failure::TimedOut => ConnectorError::timeout(failure.into()),
                _ => ConnectorError::io(failure.into()),
            })?;
            HttpResponse::try_from(answer.map(SdkBody::from)).map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

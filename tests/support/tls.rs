//! Servers that speak TLS, each wrong in its own way.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use super::canary::CANARY;

/// An authority of one test.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A server at `localhost` that answers 200 `ok` to whoever gets through the handshake.
pub(crate) struct TlsServer {
    port: u16,
    requests: Arc<AtomicUsize>,
}

/// A certificate and its key.
pub(crate) struct Identity {
    pem: String,
    config: ServerConfig,
}

impl Authority {
    pub(crate) fn new() -> Authority {
        let mut parameters = CertificateParams::new(Vec::new()).unwrap();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Authority(CertifiedIssuer::self_signed(parameters, KeyPair::generate().unwrap()).unwrap())
    }

    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    /// An identity for `host`, valid until the beginning of a year.
    pub(crate) fn identity(&self, host: &str, until: i32) -> Identity {
        let (parameters, key) = (parameters(host, 2020, until), KeyPair::generate().unwrap());
        let certificate = parameters.signed_by(&key, &self.0).unwrap();
        identity(certificate, &key)
    }

    /// As `identity`, but from a year to come on.
    pub(crate) fn not_yet(&self, host: &str, from: i32) -> Identity {
        let (parameters, key) = (parameters(host, from, from + 1), KeyPair::generate().unwrap());
        identity(parameters.signed_by(&key, &self.0).unwrap(), &key)
    }
}

/// An identity that nobody vouches for.
pub(crate) fn self_signed(host: &str) -> Identity {
    let key = KeyPair::generate().unwrap();
    identity(parameters(host, 2020, 2100).self_signed(&key).unwrap(), &key)
}

fn parameters(host: &str, from: i32, to: i32) -> CertificateParams {
    let mut parameters = CertificateParams::new(vec![host.to_owned()]).unwrap();
    (parameters.not_before, parameters.not_after) = (date_time_ymd(from, 1, 1), date_time_ymd(to, 1, 1));
    parameters
}

fn identity(certificate: rcgen::Certificate, key: &KeyPair) -> Identity {
    let pem = certificate.pem();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], key).unwrap();
    Identity { pem, config }
}

impl Identity {
    pub(crate) fn pem(&self) -> &str {
        &self.pem
    }
}

impl TlsServer {
    pub(crate) async fn start(identity: Identity) -> TlsServer {
        let acceptor = TlsAcceptor::from(Arc::new(identity.config));
        TlsServer::serve(move |stream, requests| {
            let acceptor = acceptor.clone();
            async move {
                // A client that does not trust us goes away within the handshake.
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let mut bytes = [0; 16 * 1024];
                if stream.read(&mut bytes).await.is_ok_and(|read| read > 0) {
                    requests.fetch_add(1, Ordering::SeqCst);
                    let _ = stream.write_all(b"HTTP/1.1 200 x\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok").await;
                    let _ = stream.shutdown().await;
                }
            }
        })
        .await
    }

    /// One that says these bytes to whatever a client says first.
    pub(crate) async fn saying(bytes: Vec<u8>) -> TlsServer {
        TlsServer::serve(move |mut stream: TcpStream, _| {
            let bytes = bytes.clone();
            async move {
                let mut hello = [0; 4096];
                let _ = stream.read(&mut hello).await;
                let _ = stream.write_all(&bytes).await;
                let _ = stream.read(&mut hello).await;
            }
        })
        .await
    }

    async fn serve<F, T>(handle: F) -> TlsServer
    where
        F: Fn(TcpStream, Arc<AtomicUsize>) -> T + Send + 'static,
        T: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&requests);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(handle(stream, Arc::clone(&counted)));
            }
        });
        TlsServer { port, requests }
    }

    pub(crate) fn url(&self) -> String {
        format!("https://localhost:{}/services/{CANARY}", self.port)
    }

    /// How many requests got through the handshake.
    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

/// A ServerHello of TLS 1.0 in a record of its own: all that a server of that age can say to a client of today.
pub(crate) fn hello_of_tls_1_0() -> Vec<u8> {
    let mut hello = vec![0x03, 0x01];
    hello.extend([7; 32]);
    // No session, TLS_RSA_WITH_AES_128_CBC_SHA, no compression.
    hello.extend([0, 0x00, 0x2f, 0]);
    let length = u8::try_from(hello.len()).unwrap();
    let mut record = vec![0x16, 0x03, 0x01, 0, length + 4, 0x02, 0, 0, length];
    record.extend(hello);
    record
}

/// The fatal alert `protocol_version`.
pub(crate) fn alert_of_the_version() -> Vec<u8> {
    vec![0x15, 0x03, 0x01, 0, 2, 2, 70]
}

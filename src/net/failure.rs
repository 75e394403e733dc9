//! Why nothing came back, in words that hold no address.

use std::error::Error;
use std::{fmt, io};

use rustls::{AlertDescription, CertificateError};

/// Nothing came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// It never went out, and why: no address, no connection, no trust in the certificate.
    NotSent(&'static str),
    /// It may have gone out; no whole answer came.
    NoAnswer,
    /// As `NoAnswer`, since the time was up.
    TimedOut,
    /// The client cannot be built: the CA file holds no certificate.
    BadTrust,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Failure::NotSent(why) => why,
            Failure::NoAnswer => "no answer",
            Failure::TimedOut => "no answer in time",
            Failure::BadTrust => "the CA file holds no certificate in PEM",
        })
    }
}

impl Error for Failure {}

impl Failure {
    /// The class of an error. The error itself holds the address and goes no further.
    pub(super) fn of(error: &reqwest::Error) -> Failure {
        if error.is_connect() || error.is_builder() {
            Failure::NotSent(not_sent(error))
        } else if error.is_timeout() {
            Failure::TimedOut
        } else {
            Failure::NoAnswer
        }
    }
}

/// What our resolver says of a name that leads nowhere.
#[derive(Debug)]
pub(super) struct Unreachable(pub(super) &'static str);

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Error for Unreachable {}

fn not_sent(error: &reqwest::Error) -> &'static str {
    why(error).unwrap_or(if error.is_timeout() { "no connection in time" } else { "no connection" })
}

/// Why there is no connection, where `error` or one of its causes is of TLS or of our resolver.
pub fn why(error: &(dyn Error + 'static)) -> Option<&'static str> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(Unreachable(why)) = error.downcast_ref() {
            return Some(why);
        }
        if let Some(error) = error.downcast_ref::<rustls::Error>() {
            return Some(tls(error));
        }
        // What an I/O error wraps is not its source: that is the source of what it wraps.
        let inside = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        cause = inside.map(|inside| inside as &(dyn Error + 'static)).or_else(|| error.source());
    }
    None
}

/// Which check of TLS did not pass.
fn tls(error: &rustls::Error) -> &'static str {
    match error {
        rustls::Error::InvalidCertificate(error) => match error {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => "the server's certificate has expired",
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "the server's certificate is not valid yet"
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "the server's certificate is for another host"
            }
            CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                "the server's certificate is from no authority that is trusted; `ca_file` can name a private one"
            }
            CertificateError::Revoked => "the server's certificate is revoked",
            _ => "the server's certificate is not valid",
        },
        rustls::Error::PeerIncompatible(_)
        | rustls::Error::AlertReceived(AlertDescription::ProtocolVersion | AlertDescription::HandshakeFailure) => {
            "the server speaks no TLS of version 1.2 or newer that is safe"
        }
        _ => "no TLS connection",
    }
}

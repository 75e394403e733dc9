//! The signature of a message: what it covers, and whether it is good.
//!
//! <https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message-verify-message-signature.html>

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use ring::signature::{RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, UnparsedPublicKey};
use rustls::pki_types::{AlgorithmIdentifier, CertificateDer, InvalidSignature, SignatureVerificationAlgorithm, alg_id};
use webpki::EndEntityCert;

use crate::ingress::{Delivery, DeliveryKind};

/// Of signature version 2.
pub(super) const SHA256: &dyn SignatureVerificationAlgorithm = webpki::ring::RSA_PKCS1_2048_8192_SHA256;
/// Of signature version 1.
pub(super) const SHA1: &dyn SignatureVerificationAlgorithm = &RsaSha1;

/// The text that is signed: names and values, a line each, in the order of the alphabet. None if a value is missing that has
/// to be there.
pub(super) fn text(delivery: &Delivery) -> Option<String> {
    let Delivery { message, message_id, timestamp, topic_arn, .. } = delivery;
    let kind = delivery.kind.as_str();
    let mut lines = vec![("Message", message.as_str()), ("MessageId", message_id)];
    match delivery.kind {
        DeliveryKind::Notification => {
            lines.extend(delivery.subject.as_deref().map(|subject| ("Subject", subject)));
            lines.push(("Timestamp", timestamp));
        }
        DeliveryKind::SubscriptionConfirmation | DeliveryKind::UnsubscribeConfirmation => {
            lines.push(("SubscribeURL", delivery.subscribe_url.as_deref()?));
            lines.push(("Timestamp", timestamp));
            lines.push(("Token", delivery.token.as_deref()?));
        }
    }
    lines.extend([("TopicArn", topic_arn.as_str()), ("Type", kind)]);
    Some(lines.iter().map(|(name, value)| format!("{name}\n{value}\n")).collect())
}

/// Whether `signature`, in base64, is that of the certificate's owner over `text`.
pub(super) fn is_good(
    algorithm: &dyn SignatureVerificationAlgorithm,
    certificate: &CertificateDer<'_>,
    text: &str,
    signature: &str,
) -> bool {
    let (Ok(certificate), Ok(signature)) = (EndEntityCert::try_from(certificate), BASE64.decode(signature)) else {
        return false;
    };
    certificate.verify_signature(algorithm, text.as_bytes(), &signature).is_ok()
}

/// RSA with SHA-1, which no certificate may be signed with any more, and which SNS still signs messages with.
#[derive(Debug)]
struct RsaSha1;

impl SignatureVerificationAlgorithm for RsaSha1 {
    fn verify_signature(&self, public_key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, public_key);
        key.verify(message, signature).map_err(|_| InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::RSA_ENCRYPTION
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        // sha1WithRSAEncryption in DER: https://www.rfc-editor.org/rfc/rfc8017#appendix-C
        AlgorithmIdentifier::from_slice(b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05\x05\x00")
    }
}

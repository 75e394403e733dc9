//! SNS over HTTPS, as far as a subscriber sees of it: messages signed with a key of our own, and the certificate to it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Value, json};

use super::canary::CANARY;
use super::script::{Step, answer};

/// Made for these tests with `openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048`; it opens nothing.
const KEY: &str = include_str!("key.pem");

pub(crate) const TOPIC: &str = "arn:aws:sns:ap-northeast-1:111122223333:notices";
/// Who has it can confirm a subscription: it may be told to SNS alone.
pub(crate) const TOKEN: &str = "2336412f37fb687f5d51e6e2425";
pub(crate) const CERTIFICATE_PATH: &str = "/SimpleNotificationService-0f3e5a.pem";

/// SNS's certificate in PEM, for `name`, valid from the beginning of one year to that of another.
pub(crate) fn certificate(name: &str, from: i32, to: i32) -> String {
    let mut parameters = CertificateParams::new(vec![name.to_owned()]).unwrap();
    (parameters.not_before, parameters.not_after) = (date_time_ymd(from, 1, 1), date_time_ymd(to, 1, 1));
    parameters.self_signed(&KeyPair::from_pem(KEY).unwrap()).unwrap().pem()
}

/// What a server at the certificate's address does.
pub(crate) fn serves(pem: &str) -> Step {
    answer(200, pem).into()
}

/// A notification that is not signed yet.
pub(crate) fn notification(id: &str, time: &str, message: &str) -> Value {
    json!({
        "Type": "Notification",
        "MessageId": id,
        "TopicArn": TOPIC,
        "Subject": "Nightly export",
        "Message": message,
        "Timestamp": time,
        "SignatureVersion": "2",
        "Signature": "",
        "SigningCertURL": format!("https://sns.ap-northeast-1.amazonaws.com{CERTIFICATE_PATH}"),
        "UnsubscribeURL": format!("https://sns.ap-northeast-1.amazonaws.com/?Action=Unsubscribe&SubscriptionArn={TOPIC}:{CANARY}")
    })
}

/// A confirmation of `kind` that is not signed yet. Its token is a secret.
pub(crate) fn confirmation(kind: &str, id: &str, time: &str) -> Value {
    let mut delivery = notification(id, time, "You have chosen to subscribe.\nTo confirm it, visit the SubscribeURL.");
    let object = delivery.as_object_mut().unwrap();
    object.remove("Subject");
    object.insert("Type".into(), kind.into());
    object.insert("Token".into(), TOKEN.into());
    let url = format!("https://sns.ap-northeast-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token={TOKEN}");
    object.insert("SubscribeURL".into(), url.into());
    delivery
}

/// `delivery` with the signature that SNS would have written below it.
pub(crate) fn signed(mut delivery: Value) -> Value {
    let names: &[&str] = match delivery["Type"].as_str() {
        Some("Notification") => &["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"],
        _ => &["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"],
    };
    let lines = names.iter().filter_map(|name| Some(format!("{name}\n{}\n", delivery.get(name)?.as_str()?)));
    let text: String = lines.collect();
    let key = RsaKeyPair::from_pkcs8(PrivatePkcs8KeyDer::from_pem_slice(KEY.as_bytes()).unwrap().secret_pkcs8_der()).unwrap();
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature).unwrap();
    delivery["Signature"] = BASE64.encode(signature).into();
    delivery
}

/// A notification of 2026-11-21T07:30:00.000Z with a signature of version 1, made with
/// `openssl dgst -sha1 -sign key.pem`, since nothing here signs with SHA-1.
pub(crate) fn signed_v1() -> Value {
    let mut delivery = notification("v1", "2026-11-21T07:30:00.000Z", "A message of version 1.");
    delivery["SignatureVersion"] = "1".into();
    delivery["Signature"] = concat!(
        "kTtvn6QAGFXDJTJyIwFu4Z3eWsYhfad+5XGklJ2VDyLd1xAug7qr0UBe4SmZD0ceXCW6gv5Aae8ZCCf5sAareV5zuDgQ88FpihuWB/7+jsCIUB",
        "kjY/Pe3J8gAMqpSdJe5D+aDS0XBdsJNRRh5dEGAcFMTe/mvE7bQuq+JqZtycuvxZvJvRHZ3wlYmO2vRYoPaP/6Ck2vbiWEUpjlSzSh7DpXcGlg",
        "naobbmv8/bUD/oYqeqi3HCkTMo9j0M+ICeCLbuk4Ny9kNdO+gf9alGWVADNwwQWgtCb2WwgyVTE9reX5mZFHZKG7pRzRhkJkfAh11CZ6CmkE9V",
        "8u5ZnBI4uBiw==",
    )
    .into();
    delivery
}

/// What a function URL hands over when SNS posts `delivery` to it.
pub(crate) fn posted(delivery: &Value) -> Value {
    let mut request = super::events::over_http(&delivery.to_string());
    request["headers"] = json!({
        "content-type": "text/plain; charset=UTF-8",
        "user-agent": "Amazon Simple Notification Service Agent",
        "x-amz-sns-message-type": delivery["Type"],
        "x-amz-sns-message-id": delivery["MessageId"],
        "x-amz-sns-topic-arn": delivery["TopicArn"],
    });
    request
}

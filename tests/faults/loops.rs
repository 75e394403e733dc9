//! What we published and what comes back.

use serde_json::json;

use crate::support::deliver::{MAIL, mail};
use crate::support::events::{WORDS, plain_text, record, sns, sqs};
use crate::support::folder::Folder;
use crate::support::program::{ending, send};
use crate::support::server::Server;

#[tokio::test]
async fn f58_a_message_of_our_own_that_comes_back_ends_here() {
    let (server, folder) = (Server::start().await, Folder::new());
    let config = folder.config(&[("ops", "slack", &server.url("ops"))], MAIL);
    let said = mail(send(&folder, &plain_text()).config(&config), &server).run().await;
    assert_eq!(said.status, 0, "{said:?}");
    let published = server.only("/");
    let attribute = |key: &str| published.body().contains(&format!("MessageAttributes.entry.1.{key}"));
    assert!(attribute("Name=hikyaku-hop") && attribute("Value.StringValue=1"), "{published:?}");

    let marked = |mut record: serde_json::Value, place: &str, key: &str, value: serde_json::Value| {
        *record.pointer_mut(place).unwrap() = json!({ key: value });
        record
    };
    let mark = json!({ "Type": "Number", "Value": "1" });
    let over_sns = marked(record("back", None, WORDS), "/Sns/MessageAttributes", "hikyaku-hop", mark);
    let raw = json!({ "stringValue": "1", "dataType": "Number" });
    let events = [
        sns(std::slice::from_ref(&over_sns)),
        json!({ "Records": [sqs("wrapped", &over_sns["Sns"].to_string())] }),
        json!({ "Records": [marked(sqs("raw", WORDS), "/messageAttributes", "hikyaku-hop", raw)] }),
    ];
    for event in events {
        let said = send(&folder, &event).config(&config).run().await;
        let endings: Vec<_> = said.lines().iter().map(ending).collect();
        assert_eq!((said.status, endings), (0, vec!["skipped dropped".to_owned()]), "{event}");
    }
    assert_eq!(server.all().len(), 2, "nothing more went out");
    let other = marked(record("other", None, WORDS), "/Sns/MessageAttributes", "hop", json!({ "Type": "String", "Value": "1" }));
    let said = mail(send(&folder, &sns(&[other])).config(&config), &server).run().await;
    assert_eq!(said.lines().iter().map(ending).collect::<Vec<_>>(), ["delivered", "delivered"]);
}

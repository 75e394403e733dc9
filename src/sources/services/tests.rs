//! Every row by what it makes of a message: headline, standing, keys; and what it makes of a message that is not as it
//! should be.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test says so by failing")]

use serde_json::{Value, json};

use super::*;
use crate::notification::{Operation, Phase, Topic};
use crate::sources::decode as any;
use crate::sources::tests::envelope;

use Severity::{Critical, Info, Notice, Warning};
use State::*;

const PIPELINE: &str = "CodePipeline Pipeline Execution State Change";
const ACTION: &str = "CodePipeline Action Execution State Change";
const BACKUP: &str = "Backup Job State Change";
const DB: &str = "arn:aws:rds:eu-west-1:111122223333:db:orders";
const RUN: &str = "Step Functions Execution Status Change";
const SCAN: &str = "GuardDuty Malware Protection Object Scan Result";
const STACK: &str = "arn:aws:cloudformation:eu-west-1:111122223333:stack/shop/0b7e";

fn event(source: &str, detail_type: &str, detail: Value) -> Notification {
    let resources = match source {
        "aws.ecs" => json!(["arn:aws:ecs:eu-west-1:111122223333:service/prod/orders"]),
        "aws.savingsplans" => json!(["arn:aws:savingsplans::111122223333:savingsplan/07ec"]),
        _ => json!([]),
    };
    any(&envelope(&json!({ "id": "e-1", "source": source, "detail-type": detail_type, "account": "111122223333",
        "region": "eu-west-1", "time": "2026-11-21T07:30:00Z", "resources": resources, "detail": detail })))
}

fn became(notification: &Notification) -> Option<State> {
    match &notification.data {
        Data::Happening(Happening::Became { state, .. }) => Some(*state),
        _ => None,
    }
}

#[test]
fn every_event_tells_what_became_of_what_and_how_much_it_matters() {
    let approval = |state| json!({ "pipeline": "shop", "stage": "Go", "action": "Sign", "state": state, "type": { "category": "Approval" } });
    let stopped = |stop_code, exit_codes: &[i64]| {
        let containers: Vec<_> = exit_codes.iter().map(|code| json!({ "exitCode": code })).collect();
        json!({ "group": "service:orders", "lastStatus": "STOPPED", "stopCode": stop_code, "containers": containers })
    };
    let stack = |status| json!({ "stack-id": STACK, "status-details": { "status": status } });
    let rds = |category, id| json!({ "SourceIdentifier": "orders", "EventCategories": [category], "EventID": id });
    let check = |status| json!({ "check-name": "Idle ", "status": status });
    let run =
        |status| json!({ "stateMachineArn": "arn:aws:states:eu-west-1:111122223333:stateMachine:orders", "status": status });
    let scan = |result| {
        json!({ "scanStatus": "COMPLETED", "s3ObjectDetails": { "bucketName": "uploads", "objectKey": "a/b.zip" },
            "scanResultDetails": { "scanResultStatus": result, "threats": null } })
    };
    let backup = |state| json!({ "backupJobId": "5b1e", "resourceArn": DB, "state": state });
    let plan = |state| json!({ "currentState": state });
    for (source, detail_type, detail, name, state, severity) in [
        ("aws.codepipeline", PIPELINE, json!({ "pipeline": "shop", "state": "STARTED" }), "shop", Started, Info),
        ("aws.codepipeline", PIPELINE, json!({ "pipeline": "shop", "state": "FAILED" }), "shop", Failed, Warning),
        ("aws.codepipeline", PIPELINE, json!({ "pipeline": "shop", "state": "SUCCEEDED" }), "shop", Succeeded, Info),
        ("aws.codepipeline", PIPELINE, json!({ "pipeline": "shop", "state": "STOPPED" }), "shop", Stopped, Notice),
        (
            "aws.codepipeline",
            "CodePipeline Stage Execution State Change",
            json!({ "pipeline": "shop", "stage": "Go", "state": "CANCELED" }),
            "shop / Go",
            Canceled,
            Notice,
        ),
        ("aws.codepipeline", ACTION, approval("STARTED"), "shop / Go / Sign", AwaitsApproval, Notice),
        ("aws.codepipeline", ACTION, approval("SUCCEEDED"), "shop / Go / Sign", Approved, Info),
        ("aws.codepipeline", ACTION, approval("FAILED"), "shop / Go / Sign", Rejected, Warning),
        (
            "aws.codepipeline",
            ACTION,
            json!({ "pipeline": "shop", "action": "Test", "state": "FAILED" }),
            "shop / Test",
            Failed,
            Warning,
        ),
        (
            "aws.codebuild",
            "CodeBuild Build State Change",
            json!({ "project-name": "shop", "build-status": "TIMED_OUT" }),
            "shop",
            TimedOut,
            Warning,
        ),
        (
            "aws.codebuild",
            "CodeBuild Build Phase Change",
            json!({ "project-name": "shop", "completed-phase": "COMPLETED" }),
            "shop / COMPLETED",
            Succeeded,
            Info,
        ),
        (
            "aws.codedeploy",
            "CodeDeploy Deployment State-change Notification",
            json!({ "application": "shop", "deploymentGroup": "prod", "state": "SUCCESS" }),
            "shop / prod",
            Succeeded,
            Info,
        ),
        ("aws.ecs", "ECS Task State Change", stopped("EssentialContainerExited", &[0, 137]), "orders", StoppedByError, Warning),
        ("aws.ecs", "ECS Task State Change", stopped("EssentialContainerExited", &[0, 0]), "orders", Succeeded, Info),
        ("aws.ecs", "ECS Task State Change", stopped("EssentialContainerExited", &[]), "orders", StoppedByError, Warning),
        ("aws.ecs", "ECS Task State Change", stopped("UserInitiated", &[137]), "orders", Stopped, Notice),
        ("aws.ecs", "ECS Task State Change", stopped("TaskFailedToStart", &[]), "orders", CouldNotStart, Warning),
        ("aws.ecs", "ECS Task State Change", json!({ "group": "family:x", "lastStatus": "PENDING" }), "x", Starting, Info),
        ("aws.ecs", "ECS Service Action", json!({ "eventName": "SERVICE_STEADY_STATE" }), "orders", SteadyState, Info),
        (
            "aws.ecs",
            "ECS Service Action",
            json!({ "eventName": "SERVICE_TASK_START_IMPAIRED" }),
            "orders",
            CannotStartTasks,
            Warning,
        ),
        (
            "aws.ecs",
            "ECS Deployment State Change",
            json!({ "eventName": "SERVICE_DEPLOYMENT_FAILED" }),
            "orders",
            Failed,
            Warning,
        ),
        (
            "aws.ecs",
            "ECS Container Instance State Change",
            json!({ "ec2InstanceId": "i-1", "status": "DRAINING" }),
            "i-1",
            Draining,
            Info,
        ),
        (
            "aws.cloudformation",
            "CloudFormation Stack Status Change",
            stack("CREATE_COMPLETE"),
            "shop",
            Operated(Operation::Create, Phase::Done),
            Info,
        ),
        (
            "aws.cloudformation",
            "CloudFormation Stack Status Change",
            stack("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"),
            "shop",
            Operated(Operation::RollBack, Phase::Done),
            Warning,
        ),
        (
            "aws.cloudformation",
            "CloudFormation Stack Status Change",
            stack("ROLLBACK_IN_PROGRESS"),
            "shop",
            Operated(Operation::RollBack, Phase::Going),
            Notice,
        ),
        (
            "aws.cloudformation",
            "CloudFormation Resource Status Change",
            json!({ "stack-id": STACK, "logical-resource-id": "Queue", "status-details": { "status": "DELETE_FAILED" } }),
            "shop / Queue",
            Operated(Operation::Delete, Phase::Failed),
            Warning,
        ),
        (
            "aws.cloudformation",
            "CloudFormation Drift Detection Status Change",
            json!({ "stack-id": STACK, "status-details": { "stack-drift-status": "DRIFTED" } }),
            "shop",
            Drifted,
            Notice,
        ),
        ("aws.rds", "RDS DB Instance Event", rds("failover", "RDS-EVENT-0049"), "orders", About(Topic::Failover), Notice),
        ("aws.rds", "RDS DB Instance Event", rds("low storage", "RDS-EVENT-0007"), "orders", StorageFull, Critical),
        ("aws.rds", "RDS DB Instance Event", rds("failure", "RDS-EVENT-0031"), "orders", OutOfService, Critical),
        ("aws.rds", "RDS DB Cluster Event", rds("failure", "RDS-EVENT-0035"), "orders", About(Topic::Failure), Warning),
        ("aws.rds", "RDS DB Snapshot Event", rds("creation", "RDS-EVENT-0042"), "orders", About(Topic::Creation), Info),
        ("aws.rds", "RDS DB Cluster Snapshot Event", rds("backup", "RDS-EVENT-0075"), "orders", About(Topic::Backup), Info),
        ("aws.rds", "RDS Custom Version Event", rds("creation", "RDS-EVENT-1"), "orders", About(Topic::Creation), Info),
        (
            "aws.autoscaling",
            "EC2 Instance Launch Unsuccessful",
            json!({ "AutoScalingGroupName": "web" }),
            "web",
            CouldNotLaunchInstance,
            Warning,
        ),
        (
            "aws.autoscaling",
            "EC2 Instance Terminate Successful",
            json!({ "AutoScalingGroupName": "web" }),
            "web",
            TerminatedInstance,
            Info,
        ),
        ("aws.trustedadvisor", "Trusted Advisor Check Item Refresh Notification", check("ERROR"), "Idle", NeedsAction, Warning),
        (
            "aws.trustedadvisor",
            "Trusted Advisor Check Item Refresh Notification",
            check("WARN"),
            "Idle",
            NeedsInvestigation,
            Notice,
        ),
        ("aws.trustedadvisor", "Trusted Advisor Check Item Refresh Notification", check("OK"), "Idle", NoProblem, Info),
        (
            "aws.ses",
            "Email Bounced",
            json!({ "eventType": "Bounce", "mail": { "destination": ["a@example.net"] } }),
            "a@example.net",
            Bounced,
            Warning,
        ),
        ("aws.backup", BACKUP, backup("FAILED"), "orders", Failed, Warning),
        ("aws.backup", BACKUP, backup("EXPIRED"), "orders", CouldNotStart, Warning),
        ("aws.backup", BACKUP, backup("COMPLETED"), "orders", Succeeded, Info),
        ("aws.backup", "Copy Job State Change", backup("ABORTED"), "orders", Stopped, Notice),
        (
            "aws.backup",
            "Restore Job State Change",
            json!({ "restoreJobId": "5b1e", "createdResourceArn": DB, "status": "RUNNING" }),
            "orders",
            InProgress,
            Info,
        ),
        ("aws.states", RUN, run("FAILED"), "orders", Failed, Warning),
        ("aws.states", RUN, run("TIMED_OUT"), "orders", TimedOut, Warning),
        ("aws.states", RUN, run("ABORTED"), "orders", Stopped, Notice),
        ("aws.states", RUN, run("RUNNING"), "orders", Started, Info),
        ("aws.guardduty", SCAN, scan("THREATS_FOUND"), "uploads / a/b.zip", Infected, Critical),
        ("aws.guardduty", SCAN, scan("NO_THREATS_FOUND"), "uploads / a/b.zip", Clean, Info),
        ("aws.guardduty", SCAN, scan("ACCESS_DENIED"), "uploads / a/b.zip", ScanDenied, Warning),
        ("aws.guardduty", SCAN, scan("UNSUPPORTED"), "uploads / a/b.zip", ScanUnsupported, Notice),
        ("aws.guardduty", SCAN, scan("FAILED"), "uploads / a/b.zip", ScanFailed, Warning),
        ("aws.savingsplans", "Savings Plans State Change", plan("payment-failed"), "07ec", PaymentFailed, Warning),
        ("aws.savingsplans", "Savings Plans State Change", plan("active"), "07ec", Active, Info),
        ("aws.savingsplans", "Savings Plans State Change Alert", plan("active"), "07ec", Upcoming, Notice),
        ("aws.savingsplans", "Savings Plans State Changange Alert", plan("active"), "07ec", Upcoming, Notice),
    ] {
        let told = event(source, detail_type, detail.clone());
        assert_eq!(told.kind, Kind::Event);
        assert_eq!((told.subject.as_deref(), became(&told), told.severity), (Some(name), Some(state), severity), "{detail}");
        assert!(severity < Warning || told.status == Status::Firing, "{detail}");
        assert_eq!(told.fields.iter().filter(|field| field.label == Label::Event).count(), 1, "{detail}");
    }
}

#[test]
fn good_news_is_resolved_and_what_waits_for_somebody_is_firing() {
    let status = |state| event("aws.codepipeline", PIPELINE, json!({ "pipeline": "shop", "state": state })).status;
    for (state, expected) in [
        ("SUCCEEDED", Status::Resolved),
        ("FAILED", Status::Firing),
        ("STARTED", Status::Info),
        ("STOPPED", Status::Info),
        ("SUPERSEDED", Status::Info),
    ] {
        assert_eq!(status(state), expected, "{state}");
    }
    for (state, expected) in [
        (AwaitsApproval, Status::Firing),
        (Drifted, Status::Firing),
        (Delivered, Status::Resolved),
        (NoProblem, Status::Resolved),
        (Operated(Operation::Delete, Phase::Done), Status::Info),
        (Operated(Operation::Update, Phase::Done), Status::Resolved),
    ] {
        assert_eq!(standing::standing(&Happening::Became { thing: Thing::Stack, state }, None).0, expected, "{state:?}");
    }
}

fn happening(notification: &Notification) -> Happening {
    match &notification.data {
        Data::Happening(happening) => happening.clone(),
        other => panic!("{other:?}"),
    }
}

/// The beginning of every detail-type that a row reads.
const EVENTS: &[(&str, &str)] = &[
    ("aws.codepipeline", PIPELINE),
    ("aws.codepipeline", "CodePipeline Stage Execution State Change"),
    ("aws.codepipeline", ACTION),
    ("aws.codebuild", "CodeBuild Build State Change"),
    ("aws.codebuild", "CodeBuild Build Phase Change"),
    ("aws.codedeploy", "CodeDeploy Deployment State-change Notification"),
    ("aws.cloudformation", "CloudFormation Stack Status Change"),
    ("aws.cloudformation", "CloudFormation Resource Status Change"),
    ("aws.cloudformation", "CloudFormation Drift Detection Status Change"),
    ("aws.ecs", "ECS Task State Change"),
    ("aws.ecs", "ECS Service Action"),
    ("aws.ecs", "ECS Deployment State Change"),
    ("aws.ecs", "ECS Container Instance State Change"),
    ("aws.rds", "RDS DB Instance Event"),
    ("aws.autoscaling", "EC2 Instance Launch Successful"),
    ("aws.ses", "Email Complaint Received"),
    ("aws.trustedadvisor", "Trusted Advisor Check Item Refresh Notification"),
    ("aws.savingsplans", "Savings Plans State Change"),
    ("aws.backup", BACKUP),
    ("aws.states", "Step Functions Execution Status Change"),
    ("aws.guardduty", SCAN),
    ("aws.s3", "AWS API Call via CloudTrail"),
    ("aws.signin", "AWS Console Sign In via CloudTrail"),
];

#[test]
fn an_event_that_lacks_everything_is_told_all_the_same() {
    let odd = json!({ "pipeline": 5, "project-name": [], "state": {}, "containers": "x", "stack-id": "no arn", "status": null,
        "EventCategories": {}, "EventID": 7, "userIdentity": "me", "eventName": [], "requestParameters": 3, "group": "", "note": "seen" });
    for (source, detail_type) in EVENTS {
        for detail in [json!({}), json!(null), json!([1, [2]]), json!("a text"), odd.clone()] {
            let told = event(source, detail_type, detail.clone());
            assert!(matches!(told.data, Data::Happening(_)), "{detail_type}: {detail}");
            let shows = |text: &str| said(&told).iter().any(|said| said.contains(text));
            assert!(shows(detail_type), "{detail_type}: {told:?}");
            assert!(detail != odd || shows("seen"), "{detail_type}: {told:?}");
        }
    }
}

#[test]
fn a_state_that_nobody_knows_is_told_in_the_senders_words() {
    for (state, word, standing) in [
        ("WAITING_FOR_QUOTA", "waiting for quota", (Status::Info, Info)),
        ("HALF_FAILED", "half failed", (Status::Firing, Warning)),
        ("Internal-Error", "internal error", (Status::Firing, Warning)),
    ] {
        let told = event("aws.codepipeline", PIPELINE, json!({ "pipeline": "shop", "state": state, "quota": { "limit": 50 } }));
        assert_eq!(happening(&told), Happening::Said { thing: Thing::Pipeline, word: word.to_owned() });
        assert_eq!((told.status, told.severity), standing);
        assert!(told.fields.contains(&Field::code(Label::State, Some(state)).unwrap()));
        assert!(told.fields.iter().any(|field| field.label == Label::Sender("quota.limit".to_owned())), "{:?}", told.fields);
    }
    let action = json!({ "eventName": "SOMETHING_NEW", "eventType": "ERROR" });
    assert_eq!(event("aws.ecs", "ECS Service Action", action).severity, Warning, "by the sender's own word");
}

#[test]
fn one_thing_has_one_thread() {
    let thread = |source, detail_type, detail| event(source, detail_type, detail).thread_key;
    let shop = thread("aws.codepipeline", PIPELINE, json!({ "pipeline": "shop", "state": "STARTED" }));
    assert_eq!(shop, "aws.codepipeline|111122223333|eu-west-1|shop");
    let action = json!({ "pipeline": "shop", "stage": "Go", "action": "Sign", "state": "FAILED" });
    assert_eq!(shop, thread("aws.codepipeline", ACTION, action));
    assert_ne!(shop, thread("aws.codepipeline", PIPELINE, json!({ "pipeline": "blog", "state": "STARTED" })));
    let service = |name| thread("aws.ecs", name, json!({ "eventName": "X" }));
    assert_eq!(service("ECS Service Action"), service("ECS Deployment State Change"));
}

#[test]
fn an_understood_message_is_filled_up_and_no_more() {
    let detail = json!({ "pipeline": "shop", "state": "FAILED", "execution-id": "x-1", "version": 3, "again": "shop",
        "id": "0b7e1c52-4f0d-4a0b-9f21-6a5d2c3e4f10", "at": "2026-11-21T07:30:00Z", "arn": "arn:aws:s3:::x", "a": "1", "b": "2",
        "c": "3", "d": "4", "e": "5" });
    let told = event("aws.codepipeline", PIPELINE, detail);
    let labels: Vec<_> = told.fields.iter().map(|field| field.label.clone()).collect();
    let rest = ["a", "b", "c", "d"].map(|label| Label::Sender(label.to_owned()));
    assert_eq!(labels, [[Label::Execution, Label::Event].as_slice(), &rest].concat());
    assert_eq!(told.more_fields, 0);
}

fn message(message: Value) -> Notification {
    let text = message.as_str().map_or_else(|| message.to_string(), str::to_owned);
    any(&envelope(&json!({ "Type": "Notification", "MessageId": "m-1", "TopicArn": "arn:aws:sns:eu-west-1:111122223333:t",
        "Message": text, "Timestamp": "2026-11-21T08:00:00Z" })))
}

#[test]
fn a_message_over_sns_tells_the_same_and_where_and_when() {
    let rds = |source, id: &str| {
        json!({ "Event Source": source, "Event Time": "2026-11-21 07:30:00.000", "Source ID": "orders", "Event Message": "It ran.",
            "Identifier Link": "https://console.aws.amazon.com/rds/home?region=eu-west-1#dbinstance:id=orders",
            "Source ARN": "arn:aws:rds:eu-west-1:111122223333:db:orders",
            "Event ID": format!("http://docs.amazonwebservices.com/AmazonRDS/latest/UserGuide/USER_Events.html#{id}") })
    };
    let group = |event| {
        json!({ "Event": event, "AutoScalingGroupName": "web", "Time": "2026-11-21T07:30:00.000Z", "RequestId": "r-1",
            "AutoScalingGroupARN": "arn:aws:autoscaling:eu-west-1:111122223333:autoScalingGroup:x:autoScalingGroupName/web" })
    };
    let mail = |key: &str, kind: &str, more: (&str, Value)| {
        json!({ key: kind, more.0: more.1, "mail": { "messageId": "s-1", "destination": ["a@example.net"],
            "timestamp": "2026-11-21T07:30:00.000Z", "sourceArn": "arn:aws:ses:eu-west-1:111122223333:identity/example.com" } })
    };
    let bounce = |kind| ("bounce", json!({ "bounceType": kind, "bouncedRecipients": [{ "emailAddress": "a@example.net" }] }));
    let none = || ("send", json!({}));
    for (sent, name, state, severity) in [
        (rds("db-instance", "RDS-EVENT-0006"), "orders", About(Topic::Availability), Notice),
        (rds("db-instance", "RDS-EVENT-0007"), "orders", StorageFull, Critical),
        (rds("db-proxy", "RDS-EVENT-0002"), "orders", About(Topic::Backup), Info),
        (group("autoscaling:EC2_INSTANCE_LAUNCH_ERROR"), "web", CouldNotLaunchInstance, Warning),
        (group("autoscaling:TEST_NOTIFICATION"), "web", SentTest, Info),
        (mail("notificationType", "Bounce", bounce("Permanent")), "a@example.net", Bounced, Warning),
        (mail("eventType", "Bounce", bounce("Transient")), "a@example.net", BouncedForNow, Notice),
        (mail("notificationType", "Complaint", none()), "a@example.net", Complained, Warning),
        (mail("eventType", "DeliveryDelay", none()), "a@example.net", Delayed, Notice),
        (mail("eventType", "Rendering Failure", none()), "a@example.net", CouldNotRender, Warning),
        (mail("eventType", "Reject", none()), "a@example.net", Refused, Warning),
        (mail("notificationType", "Delivery", none()), "a@example.net", Delivered, Info),
    ] {
        let told = message(sent.clone());
        assert_eq!((told.kind, told.source.as_str()), (Kind::Text, "sns"));
        assert_eq!((told.subject.as_deref(), became(&told), told.severity), (Some(name), Some(state), severity), "{sent}");
        assert_eq!((told.account.as_deref(), told.region.as_deref()), (Some("111122223333"), Some("eu-west-1")), "{sent}");
        assert_eq!(told.occurred_at, "2026-11-21T07:30:00Z".parse().ok(), "{sent}");
        let again =
            any(&envelope(&json!({ "Records": [{ "eventSource": "aws:sqs", "messageId": "q", "body": sent.to_string() }] })));
        assert_eq!((told.dedup_key, told.thread_key), (again.dedup_key, again.thread_key), "raw over SQS: {sent}");
    }
    let other = message(rds("db-instance", "RDS-EVENT-9001"));
    assert_eq!(happening(&other), Happening::Said { thing: Thing::DbInstance, word: "RDS event 9001".to_owned() });
}

#[test]
fn what_only_looks_like_a_services_message_is_not_taken_for_one() {
    for (sent, source) in [
        (json!({ "Event Message": "It ran.", "Event Source": "replication-task", "SourceId": "x" }), "sns"),
        (json!({ "Event": "deployed", "AutoScalingGroupName": "web" }), "sns"),
        (json!({ "notificationType": "Bounce" }), "sns"),
        (json!({ "eventType": "Open", "mail": "x" }), "sns"),
        (json!("StackId='x'\nbut no status"), "sns"),
        (json!("We set ResourceStatus='x' and StackId='y' in one line."), "sns"),
    ] {
        let told = message(sent.clone());
        assert_eq!((told.data, told.source.as_str()), (Data::None {}, source), "{sent}");
    }
}

#[test]
fn a_stack_notification_is_read_whatever_its_properties_hold() {
    let text = |logical: &str, physical: &str, properties: &str| {
        json!(format!(
            "StackId='{STACK}'\nTimestamp='2026-11-21T07:30:00.000Z'\nEventId='e-1'\nLogicalResourceId='{logical}'\n\
             PhysicalResourceId='{physical}'\nResourceProperties='{properties}'\nResourceStatus='CREATE_FAILED'\n\
             ResourceStatusReason='It''s 'full'\nand more'\nStackName='shop'\n"
        ))
    };
    let stack = message(text("shop", STACK, "null"));
    assert_eq!((stack.subject.as_deref(), happening(&stack)), (Some("shop"), failed(Thing::Stack)));
    assert_eq!(stack.fields[0], Field::text(Label::Reason, Some("It''s 'full'\nand more")).unwrap());
    assert_eq!((stack.region.as_deref(), stack.occurred_at), (Some("eu-west-1"), "2026-11-21T07:30:00Z".parse().ok()));
    for properties in ["{\n\"a\":\"b='c'\"\n}", "x\nStackId='evil'\nResourceStatus='DELETE_COMPLETE", "'\n'\n='"] {
        let queue = message(text("Queue", "orders", properties));
        assert_eq!(
            (queue.subject.as_deref(), happening(&queue)),
            (Some("shop / Queue"), failed(Thing::StackResource)),
            "{properties}"
        );
        assert_eq!((&queue.thread_key, &queue.dedup_key), (&stack.thread_key, &stack.dedup_key), "{properties}");
    }
}

fn failed(thing: Thing) -> Happening {
    Happening::Became { thing, state: Operated(Operation::Create, Phase::Failed) }
}

#[test]
fn a_call_tells_who_did_what_to_what() {
    let call = |identity: Value, parameters: Value, error: Option<&str>| {
        let detail =
            json!({ "eventName": "DeleteIt", "userIdentity": identity, "requestParameters": parameters, "errorCode": error });
        event("aws.s3", "AWS API Call via CloudTrail", detail)
    };
    let arn = |arn: &str| json!({ "arn": arn });
    for (identity, parameters, by, on) in [
        (json!({ "type": "IAMUser", "userName": "ann" }), json!({ "bucketName": "logs" }), Some("ann"), Some("logs")),
        (arn("arn:aws:sts::1:assumed-role/ops/ann"), json!({ "functionName": "f" }), Some("ops/ann"), Some("f")),
        (json!({ "type": "Root", "arn": "arn:aws:iam::1:root" }), json!({ "force": "yes", "keyId": " " }), Some("root"), None),
        (json!({ "invokedBy": "ecs.amazonaws.com" }), json!(null), Some("ecs.amazonaws.com"), None),
        (
            json!({}),
            json!({ "tags": [], "certificateArn": "arn:aws:acm:eu-west-1:1:certificate/x" }),
            None,
            Some("certificate/x"),
        ),
    ] {
        let told = call(identity.clone(), parameters, None);
        let expected = Happening::Called { by: by.map(str::to_owned), on: on.map(str::to_owned), failed: false };
        assert_eq!((told.subject.as_deref(), happening(&told)), (Some("DeleteIt"), expected));
        let severity = if by == Some("root") { Notice } else { Info };
        assert_eq!((told.status, told.severity), (Status::Info, severity), "{identity}");
    }
    assert_eq!(call(json!({}), json!({}), Some("AccessDenied")).severity, Notice);
    let open = call(json!({}), json!({ "groupId": "sg-1", "ipPermissions": { "items": [{ "toPort": 22 }] } }), None);
    assert_eq!(open.thread_key, "aws.s3|111122223333|eu-west-1|sg-1");
    assert_eq!(open.fields.last().unwrap().label, Label::Sender("ipPermissions.items.1.toPort".to_owned()));
    for (answer, state) in [("Success", SignedIn), ("Failure", CouldNotSignIn)] {
        let detail = json!({ "eventName": "ConsoleLogin", "userIdentity": { "userName": "ann" },
            "responseElements": { "ConsoleLogin": answer } });
        let told = event("aws.signin", "AWS Console Sign In via CloudTrail", detail);
        assert_eq!((told.subject.as_deref(), became(&told)), (Some("ann"), Some(state)));
    }
}

#[test]
fn links_land_on_the_thing_and_never_on_another_host() {
    let url = |notification: &Notification| notification.links.first().map(|link| link.url.clone());
    let pipeline = |name: &str| event("aws.codepipeline", PIPELINE, json!({ "pipeline": name, "state": "FAILED" }));
    assert_eq!(
        url(&pipeline("a b/../c")).as_deref(),
        Some("https://eu-west-1.console.aws.amazon.com/codesuite/codepipeline/pipelines/a%20b/../c/view?region=eu-west-1")
    );
    let at = |region| {
        let event =
            json!({ "source": "aws.codepipeline", "detail-type": PIPELINE, "region": region, "detail": { "pipeline": "x" } });
        url(&any(&envelope(&event)))
    };
    assert!(at("cn-north-1").unwrap().starts_with("https://cn-north-1.console.amazonaws.cn/"));
    assert!(at("us-gov-west-1").unwrap().starts_with("https://us-gov-west-1.console.amazonaws-us-gov.com/"));
    assert_eq!(at("evil.example/"), None);
    let build = |deep_link| {
        let detail = json!({ "project-name": "x", "additional-information": { "logs": { "deep-link": deep_link } } });
        event("aws.codebuild", "CodeBuild Build State Change", detail).links
    };
    assert_eq!(build("javascript:alert(1)"), []);
    assert_eq!(build("https://console.aws.amazon.com/x")[0].to, LinkTo::Logs);
}

"""Builds in moto what `hikyaku doctor --online` looks at, and breaks it: doctor.py ENDPOINT HOOK [WHAT IS BROKEN].

Everything is as infra/template.yaml has it; `durable` puts a queue before the function.
"""

import io
import json
import sys
import zipfile

import boto3

REGION, ACCOUNT = "ap-northeast-1", "123456789012"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:notices"
FAILURES = f"arn:aws:sqs:{REGION}:{ACCOUNT}:failures"
EVENTS = f"arn:aws:sqs:{REGION}:{ACCOUNT}:events"
RULE = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/hikyaku"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:hikyaku"

endpoint, broken = sys.argv[1], (sys.argv[3:] or [""])[0]
durable = broken == "durable" or broken.startswith("queue.source")


def client(service):
    return boto3.client(service, endpoint_url=endpoint, region_name=REGION, aws_access_key_id="x", aws_secret_access_key="x")


iam, sns, sqs, kms, events, logs = map(client, ["iam", "sns", "sqs", "kms", "events", "logs"])
functions, ssm, dynamodb = map(client, ["lambda", "ssm", "dynamodb"])


def allow(service, actions, resource, condition=None):
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": actions, "Resource": resource}
    return statement | ({"Condition": condition} if condition else {})


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


OWN = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
PUBLISHERS = [("budgets", OWN), ("cloudwatch", OWN), ("costalerts", OWN), ("events", None)]
if broken == "topic.accounts":
    PUBLISHERS[0] = ("budgets", None)

use = ["kms:Decrypt"] if broken == "topic.key" else ["kms:Decrypt", "kms:GenerateDataKey*"]
administrators = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*"}
publishers = [allow(f"{name}.amazonaws.com", use, "*", condition) for name, condition in PUBLISHERS]
key = kms.create_key(Policy=policy(administrators, *publishers))["KeyMetadata"]["Arn"]

if broken == "topic.key.off":
    # moto knows it by its id alone.
    kms.disable_key(KeyId=key.split("/")[-1])

# ── queues ──
retention = "345600" if broken == "queue.retention" else "1209600"
attributes = {"MessageRetentionPeriod": retention}
if broken == "queue.key":
    attributes["KmsMasterKeyId"] = "alias/aws/sqs"
sender = lambda service, queue, source: allow(service, "sqs:SendMessage", queue, {"ArnEquals": {"aws:SourceArn": source}})
keepers = {"topic.failures": [("events", RULE)], "rule.failures": [("sns", TOPIC)]}.get(
    broken, [("sns", TOPIC), ("events", RULE)]
)
attributes["Policy"] = policy(*[sender(f"{name}.amazonaws.com", FAILURES, source) for name, source in keepers])
failures = sqs.create_queue(QueueName="failures", Attributes=attributes)["QueueUrl"]
if broken == "queue.waiting":
    sqs.send_message(QueueUrl=failures, MessageBody="{}")
if durable:
    visibility = "60" if broken == "queue.source" else "360"
    redrive = json.dumps({"deadLetterTargetArn": FAILURES, "maxReceiveCount": 240})
    senders = [sender("sns.amazonaws.com", EVENTS, TOPIC), sender("events.amazonaws.com", EVENTS, RULE)]
    sqs.create_queue(
        QueueName="events",
        Attributes={"VisibilityTimeout": visibility, "RedrivePolicy": redrive, "Policy": policy(*senders)},
    )

# ── the function ──
role = iam.create_role(RoleName="hikyaku", AssumeRolePolicyDocument=policy(allow("lambda.amazonaws.com", "sts:AssumeRole", "*")))
archive = io.BytesIO()
with zipfile.ZipFile(archive, "w") as file:
    file.writestr("bootstrap", "")
functions.create_function(
    FunctionName="hikyaku",
    Runtime="provided.al2" if broken == "function.runtime" else "provided.al2023",
    Handler="bootstrap",
    Role=role["Role"]["Arn"],
    Timeout=3 if broken == "function.timeout" else 60,
    Code={"ZipFile": archive.getvalue()},
    Environment={"Variables": {"FAILURE_QUEUE_URL": failures}},
)
for name, source in [("sns", TOPIC), ("events", RULE)]:
    if not durable and not (broken == "function.callers" and name == "events"):
        functions.add_permission(
            FunctionName="hikyaku",
            StatementId=name,
            Action="lambda:InvokeFunction",
            Principal=f"{name}.amazonaws.com",
            SourceArn=source,
        )
if broken != "function.failures":
    functions.put_function_event_invoke_config(
        FunctionName="hikyaku",
        MaximumEventAgeInSeconds=21600,
        MaximumRetryAttempts=2,
        DestinationConfig={"OnFailure": {"Destination": FAILURES}},
    )
if broken == "function.concurrency":
    functions.put_function_concurrency(FunctionName="hikyaku", ReservedConcurrentExecutions=0)
logs.create_log_group(logGroupName="/aws/lambda/hikyaku")
logs.put_retention_policy(logGroupName="/aws/lambda/hikyaku", retentionInDays=3 if broken == "function.log" else 90)
if durable:
    functions.create_event_source_mapping(
        EventSourceArn=EVENTS, FunctionName="hikyaku", FunctionResponseTypes=["ReportBatchItemFailures"]
    )

# ── the topic ──
sns.create_topic(Name="notices", Attributes={"KmsMasterKeyId": "alias/aws/sns" if broken == "topic.key.aws" else key})
names = PUBLISHERS[1:] if broken == "topic.publishers" else PUBLISHERS
sns.set_topic_attributes(
    TopicArn=TOPIC,
    AttributeName="Policy",
    AttributeValue=policy(*[allow(f"{name}.amazonaws.com", "sns:Publish", TOPIC, condition) for name, condition in names]),
)
target = EVENTS if durable else FUNCTION
if broken != "topic.subscribed":
    attributes = {} if broken == "topic.failures.none" else {"RedrivePolicy": json.dumps({"deadLetterTargetArn": FAILURES})}
    if broken == "topic.filter":
        attributes["FilterPolicy"] = json.dumps({"team": ["ops"]})
    sns.subscribe(TopicArn=TOPIC, Protocol="sqs" if durable else "lambda", Endpoint=target, Attributes=attributes)

# ── the rule ──
pattern = {"source": ["aws.health", "aws.acm"], "detail-type": [{"prefix": "AWS Health "}, {"prefix": "ACM Certificate "}]}
events.put_rule(Name="hikyaku", EventPattern=json.dumps(pattern), State="DISABLED" if broken == "rule.events" else "ENABLED")
events.put_targets(Rule="hikyaku", Targets=[{"Id": "hikyaku", "Arn": target, "DeadLetterConfig": {"Arn": FAILURES}}])

# ── what the configuration names ──
hook = "no address" if broken == "receiver.address" else sys.argv[2]
if broken != "secret.readable":
    ssm.put_parameter(Name="/hikyaku/slack", Type="SecureString", Value=hook)
sns.create_topic(Name="mail")
if broken != "receiver.reachable":
    sns.subscribe(TopicArn=TOPIC.replace("notices", "mail"), Protocol="sqs", Endpoint=FAILURES)
hash_key = "other" if broken == "ledger.table" else "id"
dynamodb.create_table(
    TableName="ledger",
    BillingMode="PAY_PER_REQUEST",
    AttributeDefinitions=[{"AttributeName": hash_key, "AttributeType": "S"}],
    KeySchema=[{"AttributeName": hash_key, "KeyType": "HASH"}],
)

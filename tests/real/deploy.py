"""Makes in moto what a resolved template has, as far as moto goes, and sends a notice through it.

deploy.py ENDPOINT ACCOUNT RESOURCES: the resources as JSON by name, in which an ARN stands as `arn:aws:stack:REGION:ACCOUNT:NAME`.
Prints what the function's queue then holds, and how many resources there are of each type.
"""

import collections
import json
import sys

import boto3

endpoint, account, path = sys.argv[1:]
REGION = "ap-northeast-1"
resources = json.loads(open(path).read())
made = collections.Counter()


def client(service):
    return boto3.client(service, endpoint_url=endpoint, region_name=REGION, aws_access_key_id="x", aws_secret_access_key="x")


kms, sns, sqs, events, cloudwatch = map(client, ["kms", "sns", "sqs", "events", "cloudwatch"])


def arn(name):
    return f"arn:aws:stack:{REGION}:{account}:{name}"


def named(name, real):
    """From now on `name` is called what it really is."""
    global resources
    resources = json.loads(json.dumps(resources).replace(f'{arn(name)}"', f'{real}"'))


def of(kind):
    """Names and properties, as far as they are known by now."""
    for name in [name for name, resource in resources.items() if resource["Type"] == kind]:
        made[kind] += 1
        yield name, resources[name].get("Properties", {})


for name, properties in of("AWS::KMS::Key"):
    named(name, kms.create_key(Policy=json.dumps(properties["KeyPolicy"]))["KeyMetadata"]["Arn"])

urls = {}
# The queue that others give what they cannot deliver first.
for name, properties in sorted(of("AWS::SQS::Queue"), key=lambda queue: "RedrivePolicy" in queue[1]):
    properties = resources[name]["Properties"]
    text = lambda value: value if isinstance(value, str) else json.dumps(value)
    urls[name] = sqs.create_queue(QueueName=name, Attributes={key: text(value) for key, value in properties.items()})["QueueUrl"]
    named(name, f"arn:aws:sqs:{REGION}:123456789012:{name}")

for name, properties in of("AWS::SNS::Topic"):
    attributes = {"KmsMasterKeyId": properties["KmsMasterKeyId"]} if "KmsMasterKeyId" in properties else {}
    named(name, sns.create_topic(Name=name, Attributes=attributes)["TopicArn"])

for name, properties in of("AWS::Events::Rule"):
    given = {key: properties[key] for key in ("Description", "ScheduleExpression") if key in properties}
    if "EventPattern" in properties:
        given["EventPattern"] = json.dumps(properties["EventPattern"])
    named(name, events.put_rule(Name=name, **given)["RuleArn"])
    events.put_targets(Rule=name, Targets=resources[name]["Properties"]["Targets"])

for name, properties in of("AWS::SQS::QueuePolicy"):
    for queue in properties["Queues"]:
        policy = json.dumps(properties["PolicyDocument"])
        sqs.set_queue_attributes(QueueUrl=urls[queue.rsplit("/", 1)[-1]], Attributes={"Policy": policy})

for name, properties in of("AWS::SNS::TopicPolicy"):
    for topic in properties["Topics"]:
        policy = json.dumps(properties["PolicyDocument"])
        sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)

for name, properties in of("AWS::SNS::Subscription"):
    redrive = {"RedrivePolicy": json.dumps(properties["RedrivePolicy"])} if "RedrivePolicy" in properties else {}
    sns.subscribe(
        TopicArn=properties["TopicArn"], Protocol=properties["Protocol"], Endpoint=properties["Endpoint"], Attributes=redrive
    )

for name, properties in of("AWS::CloudWatch::Alarm"):
    # A parameter is a text where CloudFormation wants a number too.
    numbers = {key: int(properties[key]) for key in ("EvaluationPeriods", "Period", "DatapointsToAlarm") if key in properties}
    cloudwatch.put_metric_alarm(AlarmName=name, **(properties | numbers))

topic = next(topic["TopicArn"] for topic in sns.list_topics()["Topics"] if topic["TopicArn"].endswith(":Topic"))
sns.publish(TopicArn=topic, Subject="Nightly export", Message="The nightly export of mizuumi wrote 1,204 rows.")
got = sqs.receive_message(QueueUrl=urls["EventQueue"], MaxNumberOfMessages=10, WaitTimeSeconds=5).get("Messages", [])
print(json.dumps({"made": made, "messages": got, "alarms": len(cloudwatch.describe_alarms(MaxRecords=100)["MetricAlarms"])}))

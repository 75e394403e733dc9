#!/bin/sh
# hikyaku's function as a subscriber of the topics in template.yaml.
#   FUNCTION=NAME sh subscriptions.sh     # the stack's output FunctionName
set -eu
arn=$(aws lambda get-function --function-name "$FUNCTION" --query Configuration.FunctionArn --output text)

# To run it again does no harm: a permission that is there stays, and SNS answers with the subscription that is there.
subscribe() {
  said=$(aws lambda add-permission --function-name "$FUNCTION" --statement-id "$1" --action lambda:InvokeFunction \
    --principal sns.amazonaws.com --source-arn "$3" 2>&1) || case $said in
    *ResourceConflictException*) ;;
    *) printf '%s\n' "$said" >&2; return 1 ;;
  esac
  aws sns subscribe --region "$2" --topic-arn "$3" --protocol lambda --notification-endpoint "$arn"
}

# Not known: write the topic's ARN into these lines.
# subscribe hikyaku-1-Alarms REGION arn:aws:sns:REGION:ACCOUNT:Alarms
# Not known: write the topic's ARN into these lines.
# subscribe hikyaku-2-Given REGION arn:aws:sns:REGION:ACCOUNT:Given
# Not known: write the topic's ARN into these lines.
# subscribe hikyaku-3-shared-topic REGION arn:aws:sns:REGION:ACCOUNT:shared-topic
# Not known: write the topic's ARN into these lines.
# subscribe hikyaku-4-Topic REGION arn:aws:sns:REGION:ACCOUNT:Topic
# Not known: write the topic's ARN into these lines.
# subscribe hikyaku-5-alarms REGION arn:aws:sns:REGION:ACCOUNT:alarms
# Not known: write the topic's ARN into these lines.
# subscribe hikyaku-6-arn-aws-sqs-us-east-1-111122223333-alarms REGION arn:aws:sns:REGION:ACCOUNT:arn-aws-sqs-us-east-1-111122223333-alarms
subscribe hikyaku-7-known us-east-1 arn:aws:sns:us-east-1:111122223333:known

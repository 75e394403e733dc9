#!/bin/sh
# hikyaku's function as a subscriber of the topics in template.yaml.
#   FUNCTION=NAME sh subscriptions.sh     # the stack's output FunctionName
set -eu
arn=$(aws lambda get-function --function-name "$FUNCTION" --query Configuration.FunctionArn --output text)
# Not known: write the topic's ARN into these lines.
# aws lambda add-permission --function-name "$FUNCTION" --statement-id hikyaku-1-Alarms --action lambda:InvokeFunction --principal sns.amazonaws.com --source-arn arn:aws:sns:REGION:ACCOUNT:Alarms
# aws sns subscribe --region REGION --topic-arn arn:aws:sns:REGION:ACCOUNT:Alarms --protocol lambda --notification-endpoint "$arn"
# Not known: write the topic's ARN into these lines.
# aws lambda add-permission --function-name "$FUNCTION" --statement-id hikyaku-2-Given --action lambda:InvokeFunction --principal sns.amazonaws.com --source-arn arn:aws:sns:REGION:ACCOUNT:Given
# aws sns subscribe --region REGION --topic-arn arn:aws:sns:REGION:ACCOUNT:Given --protocol lambda --notification-endpoint "$arn"
# Not known: write the topic's ARN into these lines.
# aws lambda add-permission --function-name "$FUNCTION" --statement-id hikyaku-3-shared-topic --action lambda:InvokeFunction --principal sns.amazonaws.com --source-arn arn:aws:sns:REGION:ACCOUNT:shared-topic
# aws sns subscribe --region REGION --topic-arn arn:aws:sns:REGION:ACCOUNT:shared-topic --protocol lambda --notification-endpoint "$arn"
# Not known: write the topic's ARN into these lines.
# aws lambda add-permission --function-name "$FUNCTION" --statement-id hikyaku-4-Topic --action lambda:InvokeFunction --principal sns.amazonaws.com --source-arn arn:aws:sns:REGION:ACCOUNT:Topic
# aws sns subscribe --region REGION --topic-arn arn:aws:sns:REGION:ACCOUNT:Topic --protocol lambda --notification-endpoint "$arn"
# Not known: write the topic's ARN into these lines.
# aws lambda add-permission --function-name "$FUNCTION" --statement-id hikyaku-5-alarms --action lambda:InvokeFunction --principal sns.amazonaws.com --source-arn arn:aws:sns:REGION:ACCOUNT:alarms
# aws sns subscribe --region REGION --topic-arn arn:aws:sns:REGION:ACCOUNT:alarms --protocol lambda --notification-endpoint "$arn"
# Not known: write the topic's ARN into these lines.
# aws lambda add-permission --function-name "$FUNCTION" --statement-id hikyaku-6-arn-aws-sqs-us-east-1-111122223333-alarms --action lambda:InvokeFunction --principal sns.amazonaws.com --source-arn arn:aws:sns:REGION:ACCOUNT:arn-aws-sqs-us-east-1-111122223333-alarms
# aws sns subscribe --region REGION --topic-arn arn:aws:sns:REGION:ACCOUNT:arn-aws-sqs-us-east-1-111122223333-alarms --protocol lambda --notification-endpoint "$arn"
aws lambda add-permission --function-name "$FUNCTION" --statement-id hikyaku-7-known --action lambda:InvokeFunction --principal sns.amazonaws.com --source-arn arn:aws:sns:us-east-1:111122223333:known
aws sns subscribe --region us-east-1 --topic-arn arn:aws:sns:us-east-1:111122223333:known --protocol lambda --notification-endpoint "$arn"

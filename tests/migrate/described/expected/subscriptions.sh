#!/bin/sh
# hikyaku's function as a subscriber of the topics in slack.json, teams.json, webhooks.json.
#   FUNCTION=NAME sh subscriptions.sh     # the stack's output FunctionName
set -eu
arn=$(aws lambda get-function --function-name "$FUNCTION" --query Configuration.FunctionArn --output text)
aws lambda add-permission --function-name "$FUNCTION" --statement-id hikyaku-1-alarms --action lambda:InvokeFunction --principal sns.amazonaws.com --source-arn arn:aws:sns:ap-northeast-1:111122223333:alarms
aws sns subscribe --region ap-northeast-1 --topic-arn arn:aws:sns:ap-northeast-1:111122223333:alarms --protocol lambda --notification-endpoint "$arn"
aws lambda add-permission --function-name "$FUNCTION" --statement-id hikyaku-2-health --action lambda:InvokeFunction --principal sns.amazonaws.com --source-arn arn:aws:sns:us-east-1:111122223333:health
aws sns subscribe --region us-east-1 --topic-arn arn:aws:sns:us-east-1:111122223333:health --protocol lambda --notification-endpoint "$arn"
aws lambda add-permission --function-name "$FUNCTION" --statement-id hikyaku-3-budgets --action lambda:InvokeFunction --principal sns.amazonaws.com --source-arn arn:aws:sns:us-east-1:111122223333:budgets
aws sns subscribe --region us-east-1 --topic-arn arn:aws:sns:us-east-1:111122223333:budgets --protocol lambda --notification-endpoint "$arn"

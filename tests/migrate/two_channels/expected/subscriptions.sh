#!/bin/sh
# hikyaku's function as a subscriber of the topics in stack.json, template.yaml.
#   FUNCTION=NAME sh subscriptions.sh     # the stack's output FunctionName
set -eu
arn=$(aws lambda get-function --function-name "$FUNCTION" --query Configuration.FunctionArn --output text)
aws lambda add-permission --function-name "$FUNCTION" --statement-id hikyaku-1-notices-Alarms-1A2B3C4D5E6F --action lambda:InvokeFunction --principal sns.amazonaws.com --source-arn arn:aws:sns:ap-northeast-1:111122223333:notices-Alarms-1A2B3C4D5E6F
aws sns subscribe --region ap-northeast-1 --topic-arn arn:aws:sns:ap-northeast-1:111122223333:notices-Alarms-1A2B3C4D5E6F --protocol lambda --notification-endpoint "$arn"
aws lambda add-permission --function-name "$FUNCTION" --statement-id hikyaku-2-notices-budgets --action lambda:InvokeFunction --principal sns.amazonaws.com --source-arn arn:aws:sns:ap-northeast-1:111122223333:notices-budgets
aws sns subscribe --region ap-northeast-1 --topic-arn arn:aws:sns:ap-northeast-1:111122223333:notices-budgets --protocol lambda --notification-endpoint "$arn"

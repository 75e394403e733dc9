#!/bin/sh
# hikyaku's function as a subscriber of the topics in template.yaml.
#   FUNCTION=NAME sh subscriptions.sh     # the stack's output FunctionName
set -eu
arn=$(aws lambda get-function --function-name "$FUNCTION" --query Configuration.FunctionArn --output text)
aws lambda add-permission --function-name "$FUNCTION" --statement-id hikyaku-1-it_s --action lambda:InvokeFunction --principal sns.amazonaws.com --source-arn arn:aws:sns:us-east-1:111122223333:it_s
aws sns subscribe --region us-east-1 --topic-arn arn:aws:sns:us-east-1:111122223333:it_s --protocol lambda --notification-endpoint "$arn"
aws lambda add-permission --function-name "$FUNCTION" --statement-id hikyaku-2-two --action lambda:InvokeFunction --principal sns.amazonaws.com --source-arn arn:aws:sns:us-east-1:111122223333:two
aws sns subscribe --region us-east-1 --topic-arn arn:aws:sns:us-east-1:111122223333:two --protocol lambda --notification-endpoint "$arn"
aws lambda add-permission --function-name "$FUNCTION" --statement-id hikyaku-3-three --action lambda:InvokeFunction --principal sns.amazonaws.com --source-arn arn:aws:sns:us-east-1:111122223333:three
aws sns subscribe --region us-east-1 --topic-arn arn:aws:sns:us-east-1:111122223333:three --protocol lambda --notification-endpoint "$arn"

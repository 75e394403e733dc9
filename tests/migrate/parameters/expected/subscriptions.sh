#!/bin/sh
# hikyaku's function as a subscriber of the topics in exports.json, stacks.json, template.json.
#   FUNCTION=NAME sh subscriptions.sh     # the stack's output FunctionName
set -eu
arn=$(aws lambda get-function --function-name "$FUNCTION" --query Configuration.FunctionArn --output text)
aws lambda add-permission --function-name "$FUNCTION" --statement-id hikyaku-1-one --action lambda:InvokeFunction --principal sns.amazonaws.com --source-arn arn:aws:sns:us-east-1:111122223333:one
aws sns subscribe --region us-east-1 --topic-arn arn:aws:sns:us-east-1:111122223333:one --protocol lambda --notification-endpoint "$arn"
aws lambda add-permission --function-name "$FUNCTION" --statement-id hikyaku-2-two --action lambda:InvokeFunction --principal sns.amazonaws.com --source-arn arn:aws:sns:us-east-1:111122223333:two
aws sns subscribe --region us-east-1 --topic-arn arn:aws:sns:us-east-1:111122223333:two --protocol lambda --notification-endpoint "$arn"
aws lambda add-permission --function-name "$FUNCTION" --statement-id hikyaku-3-extra --action lambda:InvokeFunction --principal sns.amazonaws.com --source-arn arn:aws:sns:us-east-1:111122223333:extra
aws sns subscribe --region us-east-1 --topic-arn arn:aws:sns:us-east-1:111122223333:extra --protocol lambda --notification-endpoint "$arn"
aws lambda add-permission --function-name "$FUNCTION" --statement-id hikyaku-4-pieced --action lambda:InvokeFunction --principal sns.amazonaws.com --source-arn arn:aws:sns:ap-northeast-1:111122223333:pieced
aws sns subscribe --region ap-northeast-1 --topic-arn arn:aws:sns:ap-northeast-1:111122223333:pieced --protocol lambda --notification-endpoint "$arn"
aws lambda add-permission --function-name "$FUNCTION" --statement-id hikyaku-5-shared --action lambda:InvokeFunction --principal sns.amazonaws.com --source-arn arn:aws:sns:ap-northeast-1:111122223333:shared
aws sns subscribe --region ap-northeast-1 --topic-arn arn:aws:sns:ap-northeast-1:111122223333:shared --protocol lambda --notification-endpoint "$arn"
aws lambda add-permission --function-name "$FUNCTION" --statement-id hikyaku-6-split --action lambda:InvokeFunction --principal sns.amazonaws.com --source-arn arn:aws:sns:us-east-1:111122223333:split
aws sns subscribe --region us-east-1 --topic-arn arn:aws:sns:us-east-1:111122223333:split --protocol lambda --notification-endpoint "$arn"
aws lambda add-permission --function-name "$FUNCTION" --statement-id hikyaku-7-prod --action lambda:InvokeFunction --principal sns.amazonaws.com --source-arn arn:aws:sns:us-east-1:111122223333:prod
aws sns subscribe --region us-east-1 --topic-arn arn:aws:sns:us-east-1:111122223333:prod --protocol lambda --notification-endpoint "$arn"

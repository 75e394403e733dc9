#!/bin/sh
# hikyaku's function as a subscriber of the topics in slack.json, teams.json, webhooks.json.
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

subscribe hikyaku-1-alarms ap-northeast-1 arn:aws:sns:ap-northeast-1:111122223333:alarms
subscribe hikyaku-2-health us-east-1 arn:aws:sns:us-east-1:111122223333:health
subscribe hikyaku-3-budgets us-east-1 arn:aws:sns:us-east-1:111122223333:budgets

//! Who publishes to a topic without being asked, and what each says of itself when it calls SNS and KMS.

use super::wiring::Wiring;

/// A service of AWS that publishes.
#[derive(Debug, Clone, Copy)]
pub struct Publisher {
    pub service: &'static str,
    /// What it brings.
    pub brings: &'static str,
    /// The resource that it acts for, where it names one; `{}` stands for the account, `{region}` for the Region.
    source: Option<&'static str>,
    /// Whether it names anything at all: the account, to begin with.
    pub names_itself: bool,
    /// Whether SNS takes it for the topic's owner, whom SNS's own policy lets in.
    is_owner: bool,
}

/// - Budgets: <https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-sns-policy.html>
/// - CloudWatch: <https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html>
/// - Cost Anomaly Detection: <https://docs.aws.amazon.com/cost-management/latest/userguide/ad-SNS.html>
/// - EventBridge: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions>
pub const PUBLISHERS: &[Publisher] = &[
    Publisher {
        service: "budgets.amazonaws.com",
        brings: "what AWS Budgets tells",
        source: Some("arn:aws:budgets::{}:budget/any"),
        names_itself: true,
        is_owner: false,
    },
    Publisher {
        service: "cloudwatch.amazonaws.com",
        brings: "every alarm of CloudWatch",
        source: Some("arn:aws:cloudwatch:{region}:{}:alarm:any"),
        names_itself: true,
        is_owner: true,
    },
    Publisher {
        service: "costalerts.amazonaws.com",
        brings: "what Cost Anomaly Detection finds",
        source: None,
        names_itself: true,
        is_owner: false,
    },
    Publisher {
        service: "events.amazonaws.com",
        brings: "what EventBridge rules send to the topic: Health, ACM, findings",
        source: None,
        names_itself: false,
        is_owner: false,
    },
];

/// What a publisher to an encrypted topic does with its key: <https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html>.
pub const USE_OF_A_KEY: [&str; 2] = ["kms:GenerateDataKey", "kms:Decrypt"];

impl Publisher {
    /// The condition keys that it sets when it acts for `account`.
    pub fn context(&self, account: &str, region: &str) -> Vec<(&'static str, String)> {
        let mut context = vec![("aws:PrincipalIsAWSService", "true".to_owned()), ("aws:SecureTransport", "true".to_owned())];
        context.push(("aws:ViaAWSService", "false".to_owned()));
        if self.names_itself {
            context.push(("aws:SourceAccount", account.to_owned()));
        }
        if self.is_owner {
            context.push(("aws:SourceOwner", account.to_owned()));
        }
        context.extend(self.source.map(|source| ("aws:SourceArn", source.replace("{}", account).replace("{region}", region))));
        context
    }

    /// A statement that lets it do `actions` on `resource`, as the wiring's hand writes it.
    pub fn statement(&self, actions: &[&str], resource: &str, wiring: &Wiring) -> String {
        let condition = self.names_itself.then_some(("StringEquals", "aws:SourceAccount", wiring.account.as_str()));
        wiring.statement(self.service, actions, resource, condition)
    }
}

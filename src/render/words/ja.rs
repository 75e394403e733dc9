//! 日本語。

mod certificate;
mod happening;

use std::borrow::Cow;

use super::{
    Change, Share, Words, certificate, change, dollars, grouped, health_topic, measured, named, own_headline, percent,
    service_name, share, span, wanted,
};
use crate::notification::{Budget, Data, Health, Kind, Label, LinkTo, Notification, Period, Severity, Status, Term};
use crate::render::times::Times;
use crate::render::unfit::Unfit;
use crate::text::humanise;
use crate::text::rich::{code, strong};

pub(super) struct Ja;

impl Words for Ja {
    fn headline(&self, notification: &Notification) -> String {
        match &notification.data {
            Data::Certificate(certificate) => certificate::headline(notification, certificate),
            Data::Budget(budget) => budget_headline(notification.kind, budget),
            Data::CostAnomaly(anomaly) => {
                let more = anomaly.total_impact.map(|impact| format!(" +{}", dollars(impact))).unwrap_or_default();
                named("コストの異常を検出しました", notification.subject.as_deref(), &more)
            }
            Data::Health(health) => health_headline(notification, health),
            Data::Alarm(alarm) => {
                let state = match notification.status {
                    Status::Firing => "が発生しました",
                    Status::Resolved => "が OK に戻りました",
                    Status::Info if alarm.state.as_deref() == Some("INSUFFICIENT_DATA") => "のデータが不足しています",
                    Status::Info => "の状態が変わりました",
                };
                match &alarm.alarm_name {
                    Some(name) => format!("{} {} {}", strong("アラーム"), code(name), strong(state)),
                    None => strong(&format!("アラーム{state}")),
                }
            }
            Data::Finding(finding) => {
                let over = if notification.status == Status::Resolved { "（解決済み）" } else { "" };
                let what = format!("{} の検出結果{over}", finding.product);
                strong(&notification.subject.as_ref().map_or(what.clone(), |title| format!("{what}: {title}")))
            }
            Data::Happening(happened) => happening::headline(happened, notification.subject.as_deref()),
            Data::Custom(_) | Data::None {} => own_headline(self, notification),
        }
    }

    fn summary(&self, notification: &Notification, times: &Times) -> Option<String> {
        match &notification.data {
            Data::Certificate(certificate) => certificate::summary(notification, certificate, times),
            Data::Budget(budget) => budget_summary(notification.kind, budget),
            Data::CostAnomaly(anomaly) => {
                let (actual, expected) = anomaly.actual_spend.zip(anomaly.expected_spend)?;
                let more = anomaly.total_impact_percent.map(|share| format!("（{} 増）", percent(share))).unwrap_or_default();
                Some(format!("想定 {} に対して実績 {} です{more}。", dollars(expected), dollars(actual)))
            }
            Data::Health(health) => health_summary(notification, health, times),
            Data::Finding(finding) => {
                finding.count.filter(|count| *count > 1).map(|count| format!("{} 回検出しています。", grouped(count)))
            }
            Data::Happening(happened) => happening::summary(happened),
            Data::Alarm(_) | Data::Custom(_) | Data::None {} => None,
        }
    }

    fn action(&self, notification: &Notification) -> Option<String> {
        match &notification.data {
            Data::Certificate(certificate) => certificate::action(notification.kind, certificate),
            // A notification to the account fires nothing and can ask for something all the same.
            Data::Health(health) if notification.status != Status::Resolved => match health.actionability.as_deref() {
                Some("ACTION_REQUIRED") => Some("対応が必要です。手順は AWS の本文を確認してください。".to_owned()),
                Some("ACTION_MAY_BE_REQUIRED") => Some("対応が必要な場合があります。AWS の本文を確認してください。".to_owned()),
                _ => None,
            },
            Data::Budget(budget) if budget.action_state.as_deref() == Some("PENDING") => {
                Some("予算の画面でアクションを承認または却下してください。".to_owned())
            }
            _ => None,
        }
    }

    fn severity(&self, severity: Severity) -> &'static str {
        match severity {
            Severity::Critical => "重大",
            Severity::Warning => "警告",
            Severity::Notice => "通知",
            Severity::Info => "情報",
        }
    }

    fn label<'a>(&self, label: &'a Label) -> Cow<'a, str> {
        Cow::Borrowed(match label {
            Label::Domains => "ドメイン",
            Label::Reason => "理由",
            Label::Object => "保存先",
            Label::Error => "エラー",
            Label::BudgetAction => "アクション",
            Label::State => "状態",
            Label::Ends => "終了予定",
            Label::Ended => "終了",
            Label::Metric => "メトリクス",
            Label::RootCauses => "要因",
            Label::Days => "期間",
            Label::Page => "ページ",
            Label::InUse => "使用中",
            Label::Principal => "アクセス元",
            Label::Action => "許可された操作",
            Label::AlarmRule => "アラームルール",
            Label::FindingType => "タイプ",
            Label::Findings => "検出結果",
            Label::Problem => "問題",
            Label::Event => "イベント",
            Label::From => "差出人",
            Label::MailSubject => "件名",
            Label::Recipients => "宛先",
            Label::Execution => "実行",
            Label::StartedBy => "開始者",
            Label::Stage => "ステージ",
            Label::Revision => "リビジョン",
            Label::Cluster => "クラスター",
            Label::TaskDefinition => "タスク定義",
            Label::ExitCode => "終了コード",
            Label::ResourceType => "種類",
            Label::AvailabilityZone => "アベイラビリティーゾーン",
            Label::Service => "サービス",
            Label::SourceAddress => "接続元",
            Label::NextState => "次の状態",
            Label::Instance => "インスタンス",
            Label::Savings => "毎月の節約見込み",
            Label::ChangesOn => "変更日",
            Label::EventId => "イベント ID",
            Label::PhysicalId => "物理 ID",
            Label::Threats => "脅威",
            Label::DriftedResources => "ドリフトしたリソース数",
            Label::Mfa => "MFA の使用",
            Label::Sender(label) => label,
        })
    }

    fn term(&self, term: &Term) -> String {
        match term {
            Term::Yes => "はい".to_owned(),
            Term::No => "いいえ".to_owned(),
            Term::Page(page, total) => format!("{page}／{total}"),
            Term::NeitherTitleNorDescription => "content.title と content.description のどちらにも文字列がありません".to_owned(),
            Term::NotAsDocumented(names) => format!("値がないか、形式が仕様と異なります: {}", names.join(", ")),
            Term::SourceFailed { source, problem } => format!("ソース {source} で読み取れませんでした: {problem}"),
        }
    }

    fn link<'a>(&self, to: &'a LinkTo) -> &'a str {
        match to {
            LinkTo::Certificate => "証明書を開く",
            LinkTo::HealthEvent => "イベントを開く",
            LinkTo::Budget => "予算を開く",
            LinkTo::Alarm => "アラームを開く",
            LinkTo::CostAnomaly => "異常の詳細を開く",
            LinkTo::Finding => "検出結果を開く",
            LinkTo::Remediation => "修復手順",
            LinkTo::Console => "コンソールで開く",
            LinkTo::Logs => "ログを開く",
            LinkTo::Details => "開く",
            LinkTo::Sender(label) => label,
        }
    }

    fn runbook(&self) -> &'static str {
        "手順書"
    }

    fn affected(&self) -> &'static str {
        "影響を受けるリソース"
    }

    fn account(&self, id: &str, name: Option<&str>) -> String {
        match name {
            Some(name) => format!("{name}（{id}）"),
            None => id.to_owned(),
        }
    }

    fn list(&self, items: &[String], more: usize) -> String {
        let items = items.join("、");
        match (more, items.is_empty()) {
            (0, _) => items,
            (more, true) => format!("全 {more} 件"),
            (more, false) => format!("{items} 他 {more} 件"),
        }
    }

    fn separator(&self) -> &'static str {
        "・"
    }

    fn colon(&self) -> &'static str {
        ":"
    }

    fn todo(&self) -> &'static str {
        "対応:"
    }

    fn says(&self, notification: &Notification) -> Option<&'static str> {
        match notification.kind {
            Kind::CertificateRenewed
            | Kind::CertificateIssued
            | Kind::CertificateRenewalFailed
            | Kind::CertificateExpiring
            | Kind::CertificateExpired
            | Kind::CertificateRevoked
            | Kind::CertificateCheckFailed => {
                let by_aws = certificate(notification).is_some_and(|certificate| certificate.health.is_some());
                Some(if by_aws { "AWS の原文:" } else { "原文:" })
            }
            Kind::HealthIssue
            | Kind::HealthScheduledChange
            | Kind::HealthAccountNotification
            | Kind::HealthInvestigation
            | Kind::HealthAbuse => Some("AWS の原文:"),
            _ => None,
        }
    }

    fn late(&self, minutes: i64) -> String {
        let (count, unit) = span(minutes);
        let unit = ["分", "時間", "日"].get(unit).copied().unwrap_or_default();
        format!("（{count} {unit}後に配信）")
    }

    fn shortened(&self, chars: usize, facts: usize, has_links: bool, sender: &str) -> String {
        let counted = |count: usize, word: &str| (count > 0).then(|| format!("{} {word}", grouped(count as u64)));
        let parts: Vec<String> = [counted(facts, "項目"), counted(chars, "文字")].into_iter().flatten().collect();
        let rest = if has_links { "リンク先".to_owned() } else { format!("送信元（{sender}）") };
        format!("{}を省略しました（全体は{rest}にあります）", parts.join("と "))
    }

    fn from(&self, source: &str) -> String {
        if source == "unknown" { "送信元不明".to_owned() } else { format!("送信元: {source}") }
    }

    fn meant_for(&self, receiver: &str) -> String {
        format!("本来の宛先: {receiver}")
    }

    fn refusal(&self, receiver: &str, channel: &str, status: Option<u16>, since: &str) -> [String; 3] {
        let status = status.map(|status| format!("（ステータス {status}）")).unwrap_or_default();
        [
            format!("{receiver} に通知が届いていません"),
            format!("{since} から {channel} チャネルに拒否されています{status}。今後 1 時間は送信を止めます。"),
            format!("宛先の URL か権限を直してから、保管された通知を {} で送り直してください。", code("hikyaku replay")),
        ]
    }

    fn unfit(&self, unfit: &Unfit) -> [String; 3] {
        let Unfit { place, version, in_use, problem } = unfit;
        [
            format!("設定のバージョン {version} は使われていません"),
            format!("設定に誤りがあるため、バージョン {in_use} のまま動作しています: {}", code(problem)),
            format!("{} でエラーがなくなるまで直してから、保存し直してください。", code(&format!("hikyaku check {place}"))),
        ]
    }

    fn untitled(&self, notification: &Notification) -> String {
        match notification.source.as_str() {
            "sns" => "SNS からのメッセージ".to_owned(),
            "unknown" => "件名のないメッセージ".to_owned(),
            source => format!("{source} からのメッセージ"),
        }
    }
}

fn budget_headline(kind: Kind, budget: &Budget) -> String {
    let rest = match (kind, share(budget)) {
        (Kind::BudgetActual | Kind::BudgetForecast, Share::Amount(amount, budgeted)) if measured(budget).is_some() => {
            let forecast = if kind == Kind::BudgetForecast { "予測 " } else { "" };
            let counted = counted(measured(budget).unwrap_or_default());
            match wanted(budget) {
                Some(least) => format!("{forecast}{counted} {amount}（{least} 未満）"),
                None => format!("{forecast}{counted} {budgeted} に対して {amount}"),
            }
        }
        (Kind::BudgetAction, _) => match budget.action_state.as_deref() {
            Some("PENDING") => "アクションが承認待ちです".to_owned(),
            Some("EXECUTION_SUCCESS") => "アクションを実行しました".to_owned(),
            Some(state) if state.ends_with("FAILURE") => "アクションに失敗しました".to_owned(),
            Some(state) => format!("アクション（{}）", humanise(state, "")),
            None => "アクションが発動しました".to_owned(),
        },
        (Kind::BudgetForecast, Share::Percent(share, budgeted)) => format!("予測が {budgeted} の {share}"),
        (Kind::BudgetForecast, Share::Amount(amount, budgeted)) => format!("予測が {budgeted} に対して {amount}"),
        (Kind::BudgetForecast, Share::Unknown) => "予測がしきい値を超えました".to_owned(),
        (_, Share::Percent(share, budgeted)) => format!("実績が {budgeted} の {share}"),
        (_, Share::Amount(amount, budgeted)) => format!("実績が {budgeted} に対して {amount}"),
        (_, Share::Unknown) => "しきい値に達しました".to_owned(),
    };
    format!("{} {}: {}", strong("予算"), code(&budget.budget_name), strong(&rest))
}

/// What a budget counts, with its particle.
fn counted(measured: &str) -> String {
    let words = match measured.to_lowercase().replace('_', " ").as_str() {
        "usage" => "使用量",
        "ri utilization" => "RI 使用率",
        "ri coverage" => "RI カバレッジ",
        "savings plans utilization" => "Savings Plans 使用率",
        "savings plans coverage" => "Savings Plans カバレッジ",
        _ => return format!("{measured} が"),
    };
    format!("{words}が")
}

fn budget_summary(kind: Kind, budget: &Budget) -> Option<String> {
    let amount = budget.amount.as_deref()?;
    let alert = budget.threshold.as_ref().map(|threshold| format!("しきい値は {threshold} です。")).unwrap_or_default();
    let when = match (kind, budget.period) {
        (Kind::BudgetForecast, Some(Period::Daily)) => "本日末の予測は",
        (Kind::BudgetForecast, Some(Period::Monthly)) => "月末の予測は",
        (Kind::BudgetForecast, Some(Period::Quarterly)) => "四半期末の予測は",
        (Kind::BudgetForecast, Some(Period::Annually)) => "年末の予測は",
        (Kind::BudgetForecast, None) => "予測は",
        (_, Some(Period::Daily)) => "1 日の実績は",
        (_, Some(Period::Monthly)) => "今月の実績は",
        (_, Some(Period::Quarterly)) => "今四半期の実績は",
        (_, Some(Period::Annually)) => "今年の実績は",
        (_, None) => "実績は",
    };
    Some(format!("{when} {amount} です。{alert}"))
}

fn health_headline(notification: &Notification, health: &Health) -> String {
    let service = service_name(health);
    let what = match (notification.kind, notification.status) {
        // It is no outage of a service.
        (Kind::HealthIssue, status) if service == "Security" => {
            format!("セキュリティ上の問題{}", if status == Status::Resolved { "は解決済み" } else { "" })
        }
        (Kind::HealthIssue, Status::Resolved) => format!("{service} の障害は解決済み"),
        (Kind::HealthIssue, _) => format!("{service} の障害"),
        (Kind::HealthScheduledChange, _) => match change(notification, health) {
            Change::Ahead => format!("{service} のメンテナンス予定"),
            Change::UnderWay => format!("{service} のメンテナンス中"),
            Change::Done => format!("{service} の変更は完了"),
            Change::Closed => format!("{service} の変更はクローズ済み"),
        },
        (Kind::HealthInvestigation, Status::Resolved) => format!("{service} の調査は終了"),
        (Kind::HealthInvestigation, _) => format!("{service} を調査中"),
        (Kind::HealthAbuse, Status::Resolved) => "不正使用の報告は終了".to_owned(),
        (Kind::HealthAbuse, _) => "不正使用の報告".to_owned(),
        _ => format!("{service} からのお知らせ"),
    };
    strong(&match health_topic(health).map(topic) {
        Some(topic) if !topic.is_empty() => format!("{what}: {topic}"),
        _ => what,
    })
}

/// The words for a code that many services share; empty where the kind says it already.
fn topic(topic: String) -> String {
    let words = match topic.as_str() {
        "maintenance scheduled" | "scheduled maintenance" => "",
        "planned lifecycle event" => "計画されたライフサイクルイベント",
        "security notification" => "セキュリティ通知",
        "billing notification" => "請求に関する通知",
        "instance retirement scheduled" => "インスタンスのリタイア",
        "credentials exposed" => "認証情報の漏えい",
        _ => return topic,
    };
    words.to_owned()
}

fn health_summary(notification: &Notification, health: &Health, times: &Times) -> Option<String> {
    let starts = health.starts_at.map(|time| times.local(time));
    let public = notification.resources.is_empty() && health.scope.as_deref() == Some("PUBLIC");
    let affected = public.then(|| "公開イベントです。自分の環境への影響を確認してください。".to_owned());
    let when = match (notification.kind, notification.status) {
        (_, Status::Resolved) | (Kind::HealthAccountNotification, _) => None,
        (Kind::HealthScheduledChange, _) if matches!(change(notification, health), Change::Ahead) => {
            starts.map(|starts| format!("{starts} に始まります。"))
        }
        _ => starts.map(|starts| format!("{starts} から続いています。")),
    };
    let sentences: Vec<String> = when.into_iter().chain(affected).collect();
    (!sentences.is_empty()).then(|| sentences.concat())
}

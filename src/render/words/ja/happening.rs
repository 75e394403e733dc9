//! What happened to the things of services that have no kind of their own.

use crate::notification::{Happening, Operation, Phase, State, Thing, Topic};
use crate::text::rich::{code, strong};

/// 「パイプライン `orders` が失敗しました」
pub(super) fn headline(happening: &Happening, name: Option<&str>) -> String {
    match happening {
        Happening::Became { thing, state } => sentence(*thing, name, &became(*state)),
        Happening::Said { thing, word } => sentence(*thing, name, &format!(": {word}")),
        Happening::Called { by, on, failed } => {
            let called = if *failed { "呼び出し、失敗しました" } else { "呼び出しました" };
            let parts = [(name, "を"), (by.as_deref(), "が"), (on.as_deref(), "に対して")];
            let parts: Vec<(&str, &str)> = parts.into_iter().filter_map(|(part, particle)| Some((part?, particle))).collect();
            let last = parts.len().saturating_sub(1);
            let part = |(number, (part, particle)): (usize, &(&str, &str))| {
                let called = if number == last { called } else { "" };
                format!(" {} {}", code(part), strong(&format!("{particle}{called}")))
            };
            format!("{}{}", strong("API"), parts.iter().enumerate().map(part).collect::<String>())
        }
        Happening::SelfTest => strong("自己診断は正常です: 通知はここに届いています"),
    }
}

pub(super) fn summary(happening: &Happening) -> Option<String> {
    matches!(happening, Happening::SelfTest)
        .then(|| "経路を確かめるための定期メッセージで、異常はありません。届かなくなった場合はアラームが知らせます。".to_owned())
}

/// `what` begins with its particle or its colon.
fn sentence(thing: Thing, name: Option<&str>, what: &str) -> String {
    match (thing, name) {
        (Thing::Mail, Some(name)) => format!("{} {}", code(name), strong(&format!("宛てのメール{what}"))),
        (thing, Some(name)) if what.starts_with(':') => format!("{} {}{}", strong(noun(thing)), code(name), strong(what)),
        (thing, Some(name)) => format!("{} {} {}", strong(noun(thing)), code(name), strong(what)),
        (thing, None) => strong(&format!("{}{what}", noun(thing))),
    }
}

fn noun(thing: Thing) -> &'static str {
    match thing {
        Thing::AutoScalingGroup => "Auto Scaling グループ",
        Thing::Backup => "バックアップ",
        Thing::BackupCopy => "バックアップのコピー",
        Thing::Build => "ビルド",
        Thing::BuildPhase => "ビルドフェーズ",
        Thing::ContainerInstance => "コンテナインスタンス",
        Thing::DbCluster => "DB クラスター",
        Thing::DbClusterSnapshot => "DB クラスタースナップショット",
        Thing::DbInstance => "DB インスタンス",
        Thing::DbResource => "RDS リソース",
        Thing::DbSnapshot => "DB スナップショット",
        Thing::Deployment => "デプロイ",
        Thing::Function => "関数",
        Thing::Mail => "メール",
        Thing::Pipeline => "パイプライン",
        Thing::PipelineAction => "パイプラインのアクション",
        Thing::PipelineStage => "パイプラインのステージ",
        Thing::Restore => "復元",
        Thing::S3Object => "S3 オブジェクト",
        Thing::SavingsPlan => "Savings Plan",
        Thing::Service => "サービス",
        Thing::Stack => "スタック",
        Thing::StackResource => "スタックのリソース",
        Thing::StateMachine => "ステートマシン",
        Thing::Task => "タスク",
        Thing::TrustedAdvisorCheck => "Trusted Advisor のチェック",
        Thing::User => "ユーザー",
    }
}

fn became(state: State) -> String {
    let what = match state {
        State::Operated(operation, phase) => return operated(operation, phase),
        State::About(topic) => return format!(": {}", about(topic)),
        State::GaveUp(attempts) => return format!("が {attempts} 回試行して失敗しました"),
        State::Started => "が開始しました",
        State::InProgress => "が進行中です",
        State::Succeeded => "が成功しました",
        State::Failed => "が失敗しました",
        State::TimedOut => "がタイムアウトしました",
        State::Stopping => "を停止しています",
        State::Stopped => "が停止しました",
        State::Canceled => "がキャンセルされました",
        State::Superseded => "は新しい実行に置き換えられました",
        State::Resumed => "を再開しました",
        State::Abandoned => "が破棄されました",
        State::AwaitsApproval => "が承認待ちです",
        State::Approved => "が承認されました",
        State::Rejected => "が却下されました",
        State::Drifted => "がテンプレートと異なっています",
        State::InSync => "はテンプレートと一致しています",
        State::Starting => "を起動しています",
        State::Running => "が実行中です",
        State::StoppedByError => "がエラーで停止しました",
        State::CouldNotStart => "を起動できませんでした",
        State::SteadyState => "は定常状態です",
        State::CannotStartTasks => "のタスクが起動し続けられません",
        State::CannotPlaceTasks => "のタスクを配置できません",
        State::Unhealthy => "に異常なタスクがあります",
        State::Draining => "をドレインしています",
        State::LaunchedInstance => "がインスタンスを起動しました",
        State::CouldNotLaunchInstance => "がインスタンスを起動できませんでした",
        State::TerminatedInstance => "がインスタンスを終了しました",
        State::CouldNotTerminateInstance => "がインスタンスを終了できませんでした",
        State::SentTest => "からのテスト通知です",
        State::Sent => "を送信しました",
        State::Delivered => "が届きました",
        State::Delayed => "の配信が遅れています",
        State::Bounced => "がバウンスしました",
        State::BouncedForNow => "が一時的にバウンスしました",
        State::Complained => "が迷惑メールとして報告されました",
        State::Refused => "は SES に拒否され、送信されませんでした",
        State::CouldNotRender => "はテンプレートのエラーで送信されませんでした",
        State::Opened => "が開封されました",
        State::Clicked => "のリンクがクリックされました",
        State::StorageFull => "のストレージに空きがありません",
        State::OutOfService => "が利用できなくなりました",
        State::Active => "が有効になりました",
        State::Queued => "はキューに入っています",
        State::PaymentPending => "は支払い待ちです",
        State::PaymentFailed => "の支払いに失敗しました",
        State::Retired => "が終了しました",
        State::Upcoming => "の状態がまもなく変わります",
        State::NoProblem => "で問題は検出されませんでした",
        State::NeedsInvestigation => "が調査を推奨しています",
        State::NeedsAction => "がアクションを推奨しています",
        State::Infected => "からマルウェアが検出されました",
        State::Clean => "から脅威は検出されませんでした",
        State::ScanDenied => "をスキャンできませんでした（GuardDuty に読み取り権限がありません）",
        State::ScanUnsupported => "をスキャンできませんでした（GuardDuty が対応していません）",
        State::ScanFailed => "をスキャンできませんでした（スキャンに失敗しました）",
        State::SignedIn => "がコンソールにサインインしました",
        State::CouldNotSignIn => "がコンソールにサインインできませんでした",
    };
    what.to_owned()
}

fn operated(operation: Operation, phase: Phase) -> String {
    let noun = match operation {
        Operation::Create => "作成",
        Operation::Update => "更新",
        Operation::Delete => "削除",
        Operation::Import => "インポート",
        Operation::RollBack => "ロールバック",
    };
    match phase {
        Phase::Going => format!("を{noun}しています"),
        Phase::Done => format!("を{noun}しました"),
        Phase::Failed => format!("を{noun}できませんでした"),
    }
}

fn about(topic: Topic) -> &'static str {
    match topic {
        Topic::Availability => "可用性",
        Topic::Backtrack => "バックトラック",
        Topic::Backup => "バックアップ",
        Topic::ConfigurationChange => "設定変更",
        Topic::Creation => "作成",
        Topic::Deletion => "削除",
        Topic::Failover => "フェイルオーバー",
        Topic::Failure => "障害",
        Topic::LowStorage => "ストレージの空き不足",
        Topic::Maintenance => "メンテナンス",
        Topic::Notification => "お知らせ",
        Topic::Patching => "セキュリティパッチ",
        Topic::ReadReplica => "リードレプリカ",
        Topic::Recovery => "復旧",
        Topic::Restoration => "復元",
        Topic::Security => "セキュリティ",
    }
}

//! 証明書。

use super::Ja;
use crate::notification::{Certificate, Kind, ManagedBy, Notification};
use crate::render::times::Times;
use crate::render::words::{Words, certificate_name, domains_to_mend, named};
use crate::text::humanise;
use crate::text::rich::code;

pub(super) fn headline(notification: &Notification, certificate: &Certificate) -> String {
    let (name, others) = certificate_name(notification);
    let more = if others > 0 { format!("（他 {others} 件）") } else { String::new() };
    let what = match notification.kind {
        Kind::CertificateRenewed => "証明書を更新しました".to_owned(),
        Kind::CertificateIssued => match certificate.action.as_deref() {
            Some("IMPORT") => "証明書をインポートしました".to_owned(),
            Some("REIMPORT") => "証明書を再インポートしました".to_owned(),
            _ => "証明書を発行しました".to_owned(),
        },
        Kind::CertificateRenewalFailed if certificate.managed_by == Some(ManagedBy::Acme) => {
            "証明書の更新に失敗しました".to_owned()
        }
        Kind::CertificateRenewalFailed => "証明書を更新できません".to_owned(),
        Kind::CertificateExpired => "証明書の有効期限が切れました".to_owned(),
        Kind::CertificateRevoked => "証明書が取り消されました".to_owned(),
        Kind::CertificateCheckFailed => "証明書を確認できませんでした".to_owned(),
        _ => match certificate.days_left {
            Some(0) => "証明書の有効期限は今日です".to_owned(),
            Some(days @ 1..) => format!("証明書の有効期限まであと {days} 日"),
            Some(days) => format!("証明書の有効期限が {} 日前に過ぎています", days.unsigned_abs()),
            None if name.is_none() => "証明書に関する AWS からのお知らせ".to_owned(),
            None => "証明書を確認してください".to_owned(),
        },
    };
    named(&what, name.as_deref(), &more)
}

pub(super) fn summary(notification: &Notification, certificate: &Certificate, times: &Times) -> Option<String> {
    let date = certificate.expires_at.map(|time| times.date(time));
    let on = date.as_ref().map(|date| format!("（{date}）")).unwrap_or_default();
    let renewer = match certificate.managed_by {
        Some(ManagedBy::Aws) => "ドメインを検証できれば ACM が自動で更新します。",
        Some(ManagedBy::Acme) => "それまでに ACME クライアントが更新する予定です。",
        Some(ManagedBy::Customer) => "自動では更新されません。",
        None => "",
    };
    let then = match certificate.days_left {
        _ if certificate.in_use == Some(false) => "どこからも使われていません。",
        Some(..0) => "接続エラーになっています。",
        _ if notification.kind == Kind::CertificateRenewalFailed => "失効後は接続エラーになります。",
        _ => "期限後は接続エラーになります。",
    };
    Some(match (notification.kind, certificate.days_left) {
        (Kind::CertificateRenewed | Kind::CertificateIssued, _) => format!("有効期限 {}", date?),
        (Kind::CertificateRenewalFailed, Some(days)) => format!("{}{then}", ends(days, &on)),
        (Kind::CertificateRenewalFailed, None) => "現在の証明書がいつまで有効かは不明です。".to_owned(),
        (Kind::CertificateExpiring, Some(_)) => {
            let when = date.map(|date| format!("有効期限は {date} です。")).unwrap_or_default();
            format!("{when}{then}{renewer}")
        }
        (Kind::CertificateExpiring, None) if certificate.health.is_some() => "更新の結果は書かれていません。".to_owned(),
        (Kind::CertificateExpired, _) if certificate.in_use == Some(false) => {
            format!("失効しました{on}。どこからも使われていません。")
        }
        (Kind::CertificateExpired, _) => format!("失効しました{on}。接続エラーになっています。"),
        (Kind::CertificateRevoked, _) => match &certificate.reason {
            Some(reason) => {
                format!("発行者が取り消しました（{}）。検証するクライアントは接続を拒否します。", humanise(reason, ""))
            }
            None => "発行者が取り消しました。検証するクライアントは接続を拒否します。".to_owned(),
        },
        _ => return None,
    })
}

/// When a certificate ends; `on` is the date, if known.
fn ends(days: i64, on: &str) -> String {
    match days {
        0 => format!("今日{on}失効します。"),
        1.. => format!("あと {days} 日{on}で失効します。"),
        _ => format!("{} 日前{on}に失効しました。", days.unsigned_abs()),
    }
}

pub(super) fn action(kind: Kind, certificate: &Certificate) -> Option<String> {
    match kind {
        Kind::CertificateRenewalFailed if certificate.managed_by == Some(ManagedBy::Acme) => {
            Some("更新ツールのログで原因を確認し、直してから再実行してください。".to_owned())
        }
        Kind::CertificateRenewalFailed => renewal_action(certificate),
        Kind::CertificateExpiring if certificate.managed_by == Some(ManagedBy::Customer) => {
            Some("期限までに新しい証明書をインポートしてください。".to_owned())
        }
        Kind::CertificateExpiring if certificate.days_left.is_none() => Some(LOOK.to_owned()),
        Kind::CertificateExpired if certificate.in_use != Some(false) => {
            Some("新しい証明書を発行またはインポートして差し替えてください。".to_owned())
        }
        Kind::CertificateRevoked => Some("新しい証明書を発行して差し替えてください。".to_owned()),
        _ => None,
    }
}

const LOOK: &str = "証明書を開いて更新ステータスを確認してください。";

/// What mends each of ACM's reasons: <https://docs.aws.amazon.com/acm/latest/userguide/troubleshooting-renewal.html>
fn renewal_action(certificate: &Certificate) -> Option<String> {
    let (domains, more) = domains_to_mend(certificate);
    let of = if domains.is_empty() {
        String::new()
    } else {
        format!(" {}{}の", Ja.list(&domains, more), if more > 0 { "" } else { " " })
    };
    let reason = certificate.reason.as_deref().unwrap_or_default();
    Some(match reason {
        "PENDING_DOMAIN_VALIDATION" if certificate.validation_method.as_deref() == Some("EMAIL") => {
            format!("ACM が{of}連絡先に送った検証メールを承認してください。")
        }
        "PENDING_DOMAIN_VALIDATION" => format!("DNS に{of} ACM 検証用 CNAME を戻してください。"),
        "CAA_ERROR" => {
            format!("{of} CAA レコードで {} による発行を許可してください。", code("amazon.com")).trim_start().to_owned()
        }
        "NO_AVAILABLE_CONTACTS" => "ACM がメールを送れる連絡先がありません。DNS 検証に切り替えてください。".to_owned(),
        "ADDITIONAL_VERIFICATION_REQUIRED" => {
            "AWS が追加の確認を求めています。AWS サポートにケースを作成してください。".to_owned()
        }
        "DOMAIN_NOT_ALLOWED" => "ドメインが安全でないと登録されています。登録を解除してからケースを作成してください。".to_owned(),
        "INVALID_PUBLIC_DOMAIN" => {
            "公開ドメインとして無効な名前が含まれています。除いて新しくリクエストしてください。".to_owned()
        }
        "DOMAIN_VALIDATION_DENIED" => {
            "検証が拒否されました。ドメインの所有者に確認してから新しくリクエストしてください。".to_owned()
        }
        "SLR_NOT_FOUND" => "ACM のサービスにリンクされたロールを再作成してください。".to_owned(),
        "PCA_ACCESS_DENIED" => format!("ACM（{}）にプライベート CA の使用を許可してください。", code("acm.amazonaws.com")),
        "PCA_INVALID_STATE" => "プライベート CA をアクティブに戻してください。".to_owned(),
        "PCA_RESOURCE_NOT_FOUND" => "プライベート CA がありません。別の CA から証明書を発行してください。".to_owned(),
        "OTHER" => LOOK.to_owned(),
        "" => return None,
        other => format!("原因（{}）を確認してください。", humanise(other, "")),
    })
}

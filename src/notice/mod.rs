//! What people are told in words outside the phone page.
//!
//! In: facts. Out: text in Chinese and English. May use: domain, config.

use crate::{config::County, domain::case::AskAgainBecause};
use chrono::NaiveDate;

/// One text in both languages.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Notice {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// Asks a person to do the call once more: why, how, until when, and that the pension goes on meanwhile. The text names nobody,
/// so that it may stand on a borrowed phone.
pub fn ask_again(county: &County, because: AskAgainBecause, url: &str, until: NaiveDate) -> Notice {
    let (why_zh, why_en) = match because {
        AskAgainBecause::TooDark => (
            "上次画面太暗，请到亮一点的地方",
            "the picture was too dark; please find a brighter place",
        ),
        AskAgainBecause::Blurred => {
            ("上次画面不清楚，请把手机拿稳", "the picture was blurred; please hold the phone still")
        }
        AskAgainBecause::Covered => (
            "上次脸部有遮挡，请摘下口罩和帽子",
            "the face was covered; please take off mask and hat",
        ),
        AskAgainBecause::NotSure => {
            ("上次没能看清楚是不是您本人", "we could not see clearly enough that it was you")
        }
        AskAgainBecause::OtherPerson => (
            "上次画面里还有别人，请您一个人对着手机",
            "there was somebody else in the picture; please be alone in front of the phone",
        ),
    };
    let (name_zh, name_en, phone) = (&county.name_zh, &county.name_en, &county.phone);
    Notice {
        zh: format!(
            "【{name_zh}】养老金资格确认请再做一次：{why_zh}。免费，不问密码和银行卡。请在{}前打开：{url} 。养老金照常发放。\
             需要人工帮助请拨打 {phone}。",
            until.format("%Y年%-m月%-d日"),
        ),
        en: format!(
            "{name_en}: please do your pension confirmation once more: {why_en}. It is free and never asks for a password or a \
             bank card. Please open by {until}: {url} . Your pension goes on as usual. To speak to a person call {phone}.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_both_texts_with_link_date_and_telephone() {
        let county = County {
            name_zh: "示范县".into(),
            name_en: "Demonstration County".into(),
            phone: "12333".into(),
        };
        let until = NaiveDate::from_ymd_opt(2027, 3, 9).unwrap();
        let mut seen = std::collections::HashSet::new();
        for because in [
            AskAgainBecause::TooDark,
            AskAgainBecause::Blurred,
            AskAgainBecause::Covered,
            AskAgainBecause::NotSure,
            AskAgainBecause::OtherPerson,
        ] {
            let notice = ask_again(&county, because, "https://x/p/t", until);
            assert!(notice.zh.contains("2027年3月9日") && notice.en.contains("2027-03-09"));
            for text in [&notice.zh, &notice.en] {
                assert!(text.contains("https://x/p/t") && text.contains("12333"), "{text}");
                assert!(seen.insert(text.clone()));
            }
        }
    }
}

use super::*;
use crate::{
    config::Settings,
    domain::notice::{NoticeChannel, NoticeKind},
    notice::{
        NoticeError,
        compose::{because, compose, county_facts, date, moment},
        template::Language,
    },
};

fn letter(kind: NoticeKind, language: Language) -> Letter {
    let settings = Settings::defaults();
    let facts =
        county_facts(&settings.county, &settings.notices, language, "2026-11-25".parse().unwrap())
            .with("name", "欧阳秀兰")
            .with("due_on", date("2027-11-30".parse().unwrap(), language))
            .with("until", date("2027-11-30".parse().unwrap(), language))
            .with("receipt_number", "K7M 3PX 9HE RT4")
            .with("why", because(crate::domain::case::AskAgainBecause::OtherPerson, language))
            .with("at", moment("2026-12-01T01:30:00Z".parse().unwrap(), language))
            .with("place", "城关镇人力资源和社会保障服务站（人民路一百二十三号）")
            .with("word", "骆驼 梧桐 (camel plane tree)")
            .with("cycle_months", "12");
    Letter {
        address: vec![
            "示范省示范市示范县城关镇人民路一百二十三号四单元五六七室".into(),
            "欧阳秀兰 收".into(),
        ],
        text: compose(kind, NoticeChannel::Letter, language, &facts).unwrap().text,
        url: format!("https://renzheng.example.gov.cn/p/{}", "x".repeat(43)),
        site: "renzheng.example.gov.cn/k".into(),
        code: "K7M 3PX 9HE RT4".into(),
        qr_words: settings_words(language),
        sender: "示范县社会保险服务中心 示范县人民路 1 号".into(),
        office: vec!["示范县社会保险服务中心".into(), "电话 12333".into(), "周一至周五".into()],
    }
}

fn settings_words(language: Language) -> [String; 2] {
    crate::notice::compose::qr_words(language).map(String::from)
}

fn typefaces() -> Option<(Typeface, Typeface)> {
    let letter = Settings::defaults().notices.letter;
    let found = Typeface::find(&letter.fonts).ok().zip(Typeface::find(&letter.fonts_strong).ok());
    if found.is_none() {
        println!("SKIPPED notice::letter: needs Debian's fonts-noto-cjk");
    }
    found
}

#[test]
fn every_letter_takes_one_sheet_and_only_its_glyphs() {
    let Some((text, strong)) = typefaces() else { return };
    for language in [Language::Zh, Language::En] {
        for kind in NoticeKind::ALL {
            let one = letter(kind, language);
            let pdf = print(std::slice::from_ref(&one), &text, &strong, "t").unwrap();
            assert!(pdf.starts_with(b"%PDF-"), "{kind:?}");
            // To look at them: JIANMIAN_LETTERS_TO=/tmp/letters cargo test letter
            if let Some(folder) = std::env::var_os("JIANMIAN_LETTERS_TO") {
                let file = format!("{kind:?}-{language:?}.pdf").to_lowercase();
                std::fs::write(std::path::Path::new(&folder).join(file), &pdf).unwrap();
            }
            assert!(pdf.len() < 200_000, "{kind:?} {language:?}: {} bytes", pdf.len());
            let two = print(&[one.clone(), one], &text, &strong, "t").unwrap();
            assert!(two.len() < pdf.len() * 2, "fonts are embedded once");
        }
    }
}

#[test]
fn the_same_letters_make_the_same_bytes() {
    let Some((text, strong)) = typefaces() else { return };
    let one = letter(NoticeKind::Due, Language::Zh);
    let print = || print(std::slice::from_ref(&one), &text, &strong, "t").unwrap();
    assert_eq!(print(), print());
}

#[test]
fn what_cannot_be_printed_is_told() {
    let Some((text, strong)) = typefaces() else { return };
    let good = letter(NoticeKind::Due, Language::Zh);
    let print = |letter: Letter| print(&[letter], &text, &strong, "t").unwrap_err().error;
    let rare = Letter { address: vec!["王\u{E000}".into()], ..good.clone() };
    assert_eq!(print(rare), NoticeError::NoGlyph('\u{E000}'));
    let long = Letter { text: "很长的信".repeat(400), ..good.clone() };
    assert_eq!(print(long), NoticeError::TooLong(2));
    let far = Letter { address: vec!["很长的地址".repeat(30)], ..good };
    assert_eq!(print(far), NoticeError::TooLong(1));
    let none = Typeface::find(&["/nowhere/font.ttc#2".into()]).unwrap_err();
    assert!(none.to_string().contains("fonts-noto-cjk"), "{none}");
}

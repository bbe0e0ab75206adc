//! The case word and the code: by them each side knows the other. Derived by the vault, stored nowhere.

use crate::{
    domain::ids::{CaseId, LiveCallId},
    vault::Vault,
};

/// Plain nouns that cannot be misheard for one another, as they are said in Chinese and in English.
const WORDS: [(&str, &str); 32] = [
    ("荷花", "lotus"),
    ("小桥", "bridge"),
    ("茶壶", "teapot"),
    ("月亮", "moon"),
    ("竹林", "bamboo"),
    ("灯笼", "lantern"),
    ("白鹤", "crane"),
    ("石榴", "pomegranate"),
    ("风筝", "kite"),
    ("大雁", "goose"),
    ("雨伞", "umbrella"),
    ("木船", "boat"),
    ("葡萄", "grape"),
    ("铃铛", "bell"),
    ("雪山", "mountain"),
    ("花生", "peanut"),
    ("蝴蝶", "butterfly"),
    ("草帽", "hat"),
    ("水井", "well"),
    ("棉花", "cotton"),
    ("燕子", "swallow"),
    ("柿子", "persimmon"),
    ("毛笔", "brush"),
    ("南瓜", "pumpkin"),
    ("骆驼", "camel"),
    ("剪刀", "scissors"),
    ("核桃", "walnut"),
    ("锣鼓", "drum"),
    ("梧桐", "plane tree"),
    ("金鱼", "goldfish"),
    ("豆腐", "tofu"),
    ("彩虹", "rainbow"),
];

/// The case's word in both languages: two nouns. The same in every message and call about the case.
pub(in crate::service) fn case_word(vault: &Vault, salt: &[u8], case: CaseId) -> String {
    let secret = vault.secret("case word", salt, &case.to_string());
    let of = |byte: u8| usize::from(byte) % WORDS.len();
    let one = of(secret[0]);
    // Never the same noun twice.
    let other = (one + 1 + usize::from(secret[1]) % (WORDS.len() - 1)) % WORDS.len();
    let ((zh, en), (zh_other, en_other)) = (WORDS[one], WORDS[other]);
    format!("{zh} {zh_other} ({en} {en_other})")
}

/// The code that the person reads back in one call: four digits.
pub(super) fn code(vault: &Vault, salt: &[u8], call: LiveCallId) -> String {
    let secret = vault.secret("live call code", salt, &call.to_string());
    let number = secret.iter().take(8).fold(0_u64, |n, byte| (n << 8) | u64::from(*byte));
    format!("{:04}", number % 10_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn word_and_code_belong_to_their_case_and_call() {
        let dir = tempfile::tempdir().unwrap();
        let vault = Vault::open(&dir.path().join("vault.key")).unwrap();
        let case = CaseId::new();
        let word = case_word(&vault, b"salt", case);
        assert_eq!(word, case_word(&vault, b"salt", case));
        let (zh, en) = word.trim_end_matches(')').split_once(" (").unwrap();
        assert!(zh.chars().count() == 5 && en.is_ascii(), "{word}");
        let others = (0..50).filter(|_| case_word(&vault, b"salt", CaseId::new()) != word);
        assert!(others.count() > 40);
        let code = code(&vault, b"salt", LiveCallId::new());
        assert!(code.len() == 4 && code.bytes().all(|b| b.is_ascii_digit()));
    }
}

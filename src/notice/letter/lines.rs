//! Breaking text into lines: Chinese anywhere but before closing and after opening marks, Latin words and numbers as a whole.

/// Marks that must not begin a line.
const CLOSING: &str = "，。、；：！？）”’」』》〉】%,.;:!?)]}";
/// Marks that must not end a line.
const OPENING: &str = "（“‘「『《〈【([{";

/// Breaks `text` into lines of at most `width`; `measure` tells a text's width.
pub(super) fn wrap(text: &str, width: f32, measure: impl Fn(&str) -> f32) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for piece in pieces(text) {
        let longer = format!("{line}{piece}");
        if line.is_empty() || measure(longer.trim_end()) <= width {
            line = longer;
        } else {
            lines.push(line.trim_end().to_owned());
            piece.trim_start().clone_into(&mut line);
        }
        // A word wider than the line is cut: nothing may leave the sheet.
        while measure(line.trim_end()) > width && line.chars().count() > 1 {
            let mut head = String::new();
            for c in line.chars() {
                if !head.is_empty() && measure(&format!("{head}{c}")) > width {
                    break;
                }
                head.push(c);
            }
            line = line[head.len()..].to_owned();
            lines.push(head);
        }
    }
    if !line.trim().is_empty() {
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// The smallest pieces between which a line may be broken.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut before: Option<char> = None;
    for c in text.chars() {
        let joined = before.is_some_and(|b| {
            CLOSING.contains(c)
                || OPENING.contains(b)
                || (is_word(b) && is_word(c))
                || (c == ' ' && b != ' ')
        });
        match pieces.last_mut() {
            Some(last) if joined => last.push(c),
            _ => pieces.push(c.to_string()),
        }
        before = Some(c);
    }
    pieces
}

/// Letters, digits and marks inside of words, numbers and addresses.
fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-/_.'’+:".contains(c) || c.is_ascii_punctuation()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Chinese characters are two wide, others one.
    fn width(text: &str) -> f32 {
        text.chars().map(|c| if c.is_ascii() { 1.0 } else { 2.0 }).sum()
    }

    #[test]
    fn lines_keep_to_the_width_and_lose_nothing() {
        let text = "请在2027年2月28日前做好，打电话 12333，“周一到周五”都可以。See https://x.example/p/TOKEN now.";
        for wide in [8.0, 12.0, 20.0, 33.0, 200.0] {
            let lines = wrap(text, wide, width);
            assert!(lines.iter().all(|l| width(l) <= wide), "{wide}: {lines:?}");
            let plain = |t: &str| t.chars().filter(|c| *c != ' ').collect::<String>();
            assert_eq!(plain(&lines.concat()), plain(text));
            if wide >= 12.0 {
                let first = |l: &String| l.chars().next().unwrap();
                assert!(!lines.iter().any(|l| "，。、”".contains(first(l))), "{wide}: {lines:?}");
            }
        }
    }

    #[test]
    fn numbers_and_words_stay_whole() {
        let lines = wrap("请打电话 0734-8888888 找我们", 14.0, width);
        assert!(lines.iter().any(|l| l.contains("0734-8888888")), "{lines:?}");
        assert_eq!(wrap("", 10.0, width), Vec::<String>::new());
    }
}

//! Reads Rust source just far enough to know which paths it names: comments, strings and lifetimes are dropped, `use` trees
//! are spread out, `self` and `super` are resolved against the file's place in the crate.

/// A word or a sign of the source and the line it stands on.
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    /// An identifier, `::`, or one sign.
    pub text: String,
    /// Line, from 1.
    pub line: usize,
}

/// A path named by the source, resolved: `crate::…` or an external root.
#[derive(Clone, Debug, PartialEq)]
pub struct PathUse {
    /// Segments; the first is `crate` or the name of a crate.
    pub segments: Vec<String>,
    /// Line, from 1.
    pub line: usize,
    /// Inside `#[cfg(test)]`.
    pub in_tests: bool,
}

/// A module of the crate: where it stands and what it names.
#[derive(Debug)]
pub struct Source {
    /// All tokens, for rules about single words.
    pub tokens: Vec<Token>,
    /// All paths.
    pub paths: Vec<PathUse>,
    /// First and last token index of every `#[cfg(test)]` item.
    tests: Vec<(usize, usize)>,
    /// Modules declared under `#[cfg(test)]` that live in their own file.
    pub test_files: Vec<String>,
}

impl Source {
    /// Reads `text` as the module `place` (`["capture", "peer"]` for `src/capture/peer.rs`).
    pub fn read(text: &str, place: &[String]) -> Self {
        let tokens = tokens(text);
        let (tests, test_files) = tests_of(&tokens);
        let mut source = Self { tokens, paths: Vec::new(), tests, test_files };
        source.find_paths(place);
        source
    }

    /// Whether token `index` is inside `#[cfg(test)]`.
    pub fn in_tests(&self, index: usize) -> bool {
        self.tests.iter().any(|&(from, to)| (from..=to).contains(&index))
    }

    fn find_paths(&mut self, place: &[String]) {
        let mut inline: Vec<(String, usize)> = Vec::new(); // inline modules around us, with the depth of their brace
        let mut depth = 0_usize;
        let mut i = 0;
        while i < self.tokens.len() {
            let text = self.tokens[i].text.clone();
            let next = |n: usize| self.tokens.get(i + n).map_or("", |t| t.text.as_str());
            let before = if i == 0 { "" } else { self.tokens[i - 1].text.as_str() };
            let mut step = 1;
            match text.as_str() {
                "{" => depth += 1,
                "}" => {
                    depth = depth.saturating_sub(1);
                    if inline.last().is_some_and(|(_, d)| *d == depth) {
                        inline.pop();
                    }
                }
                "mod" if next(2) == "{" => inline.push((next(1).to_owned(), depth)),
                "use" if next(1) != "<" => {
                    let mut found = Vec::new();
                    let end = spread(&self.tokens, i + 1, &[], &mut found);
                    for (segments, line) in found {
                        self.keep(segments, line, i, place, &inline);
                    }
                    step = end - i;
                }
                word if is_word(word) && next(1) == "::" && before != "::" && before != "." => {
                    let mut segments = vec![text.clone()];
                    while next(step) == "::" && is_word(next(step + 1)) {
                        segments.push(next(step + 1).to_owned());
                        step += 2;
                    }
                    let line = self.tokens[i].line;
                    self.keep(segments, line, i, place, &inline);
                }
                _ => {}
            }
            i += step;
        }
    }

    fn keep(
        &mut self,
        segments: Vec<String>,
        line: usize,
        index: usize,
        place: &[String],
        inline: &[(String, usize)],
    ) {
        let mut here: Vec<String> = place.to_vec();
        here.extend(inline.iter().map(|(name, _)| name.clone()));
        let segments = resolve(segments, &here);
        let in_tests = self.in_tests(index);
        self.paths.push(PathUse { segments, line, in_tests });
    }
}

/// `self::a` and `super::a` as `crate::…::a`; others as they are.
fn resolve(segments: Vec<String>, here: &[String]) -> Vec<String> {
    let ups = segments.iter().take_while(|s| *s == "super" || *s == "self").count();
    if ups == 0 {
        return segments;
    }
    let supers = segments[..ups].iter().filter(|s| *s == "super").count();
    let keep = here.len().saturating_sub(supers);
    let mut whole = vec!["crate".to_owned()];
    whole.extend_from_slice(&here[..keep]);
    whole.extend_from_slice(&segments[ups..]);
    whole
}

/// Spreads the `use` tree that starts at `i`; returns the index after it.
fn spread(
    tokens: &[Token],
    mut i: usize,
    before: &[String],
    found: &mut Vec<(Vec<String>, usize)>,
) -> usize {
    let mut path = before.to_vec();
    let mut line = tokens.get(i).map_or(0, |t| t.line);
    let mut fresh = false;
    while let Some(token) = tokens.get(i) {
        match token.text.as_str() {
            "{" => {
                i = spread(tokens, i + 1, &path, found);
                fresh = false;
                continue;
            }
            "," | "}" | ";" => {
                if fresh {
                    found.push((std::mem::replace(&mut path, before.to_vec()), line));
                }
                path = before.to_vec();
                fresh = false;
                if token.text != "," {
                    return i + 1;
                }
            }
            "as" => i += 1, // the new name says nothing about where it comes from
            "::" => {}
            word => {
                line = token.line;
                path.push(word.to_owned());
                fresh = true;
            }
        }
        i += 1;
    }
    i
}

/// Items under `#[cfg(test)]`: token ranges, and names of modules in files of their own.
fn tests_of(tokens: &[Token]) -> (Vec<(usize, usize)>, Vec<String>) {
    let mark = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut ranges = Vec::new();
    let mut files = Vec::new();
    for start in 0..tokens.len() {
        if !mark
            .iter()
            .enumerate()
            .all(|(n, m)| tokens.get(start + n).is_some_and(|t| t.text == *m))
        {
            continue;
        }
        let mut depth = 0_usize;
        for (end, token) in tokens.iter().enumerate().skip(start + mark.len()) {
            match token.text.as_str() {
                "{" => depth += 1,
                "}" if depth == 1 => {
                    ranges.push((start, end));
                    break;
                }
                "}" => depth = depth.saturating_sub(1),
                ";" if depth == 0 => {
                    if tokens[end - 2].text == "mod" {
                        files.push(tokens[end - 1].text.clone());
                    }
                    ranges.push((start, end));
                    break;
                }
                _ => {}
            }
        }
    }
    (ranges, files)
}

fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Cuts source into words and signs.
pub fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let (mut i, mut line) = (0, 1);
    while i < chars.len() {
        let end = match (chars[i], chars.get(i + 1)) {
            ('/', Some('/')) => until(&chars, i, |c| c == '\n'),
            ('/', Some('*')) => block_comment(&chars, i),
            ('"', _) => string(&chars, i),
            ('r' | 'b' | 'c', _) if prefix(&chars, i).is_some() => {
                prefix(&chars, i).unwrap_or(i + 1)
            }
            ('\'', _) => char_or_lifetime(&chars, i),
            (c, _) if c.is_alphanumeric() || c == '_' => {
                let end = until(&chars, i, |c| !(c.is_alphanumeric() || c == '_'));
                found.push(Token { text: chars[i..end].iter().collect(), line });
                end
            }
            (':', Some(':')) => {
                found.push(Token { text: "::".into(), line });
                i + 2
            }
            (c, _) => {
                if !c.is_whitespace() {
                    found.push(Token { text: c.to_string(), line });
                }
                i + 1
            }
        };
        line += chars[i..end.min(chars.len())].iter().filter(|c| **c == '\n').count();
        i = end;
    }
    found
}

fn until(chars: &[char], from: usize, stop: impl Fn(char) -> bool) -> usize {
    (from..chars.len()).find(|&i| stop(chars[i])).unwrap_or(chars.len())
}

fn block_comment(chars: &[char], from: usize) -> usize {
    let (mut depth, mut i) = (0_usize, from);
    while i < chars.len() {
        match (chars[i], chars.get(i + 1)) {
            ('/', Some('*')) => {
                depth += 1;
                i += 2;
            }
            ('*', Some('/')) => {
                depth -= 1;
                i += 2;
                if depth == 0 {
                    return i;
                }
            }
            _ => i += 1,
        }
    }
    i
}

fn string(chars: &[char], quote: usize) -> usize {
    let mut i = quote + 1;
    while i < chars.len() && chars[i] != '"' {
        i += if chars[i] == '\\' { 2 } else { 1 };
    }
    i + 1
}

/// The end of a string that begins with `r`, `b`, `c`, `br`, `cr` and perhaps `#`; `None` when it is none.
fn prefix(chars: &[char], from: usize) -> Option<usize> {
    let quote = (from..chars.len()).find(|&i| !matches!(chars[i], 'r' | 'b' | 'c' | '#'))?;
    let letters = chars[from..quote].iter().filter(|c| **c != '#').count();
    let raw = chars[from..quote].contains(&'r');
    match chars[quote] {
        '\'' if letters == 1 && chars[from] == 'b' => Some(char_or_lifetime(chars, quote)),
        '"' if letters <= 2 && !raw => Some(string(chars, quote)),
        '"' if letters <= 2 => {
            let hashes = quote - from - letters;
            let closes =
                |i: usize| chars[i] == '"' && (1..=hashes).all(|n| chars.get(i + n) == Some(&'#'));
            (quote + 1..chars.len()).find(|&i| closes(i)).map(|i| i + 1 + hashes)
        }
        _ => None,
    }
}

fn char_or_lifetime(chars: &[char], quote: usize) -> usize {
    match (chars.get(quote + 1), chars.get(quote + 2)) {
        (Some('\\'), _) => until(chars, quote + 3, |c| c == '\'') + 1,
        (Some(_), Some('\'')) => quote + 3,
        _ => until(chars, quote + 1, |c| !(c.is_alphanumeric() || c == '_')),
    }
}

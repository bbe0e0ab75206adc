//! Lists in, scores out: CSV with whatever columns people have.

use anyhow::{Context, bail, ensure};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

/// Most distinct values that make a column a group column by itself.
const VALUES_MAX: usize = 20;
/// Columns that describe a picture, not a group of people.
const NO_GROUPS: [&str; 6] = ["note", "fold", "frame", "session", "source", "file"];

/// A list, as it was read.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Table {
    pub path: PathBuf,
    pub header: Vec<String>,
    pub rows: Vec<Vec<String>>,
    /// Folder that relative paths start from.
    pub root: PathBuf,
}

impl Table {
    /// Reads a CSV file with a header. Relative paths in it start from `root`, else from its own folder.
    pub fn read(path: &Path, root: Option<&Path>) -> anyhow::Result<Self> {
        let file = path.display();
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .flexible(true)
            .from_path(path)
            .with_context(|| format!("{file} cannot be read"))?;
        let clean = |cell: &str| cell.trim_start_matches('\u{feff}').to_owned();
        let header: Vec<String> = reader
            .headers()
            .with_context(|| format!("{file} has no header"))?
            .iter()
            .map(clean)
            .collect();
        let mut rows = Vec::new();
        for (i, record) in reader.records().enumerate() {
            let record = record.with_context(|| format!("{file}, row {}", i + 2))?;
            let (has, needs) = (record.len(), header.len());
            ensure!(has <= needs, "{file}, row {}: {has} cells under {needs} headings", i + 2);
            let mut row: Vec<String> = record.iter().map(str::to_owned).collect();
            row.resize(needs, String::new());
            rows.push(row);
        }
        ensure!(!rows.is_empty(), "{file} has no rows under its header");
        let beside = path.parent().unwrap_or(Path::new("."));
        let root = root.unwrap_or(beside).to_owned();
        Ok(Self { path: path.to_owned(), header, rows, root })
    }

    /// Where the column of one of these names is.
    pub fn find(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| self.header.iter().position(|h| h.eq_ignore_ascii_case(name)))
    }

    /// As [`Self::find`], with an error that says what there is.
    pub fn need(&self, names: &[&str]) -> anyhow::Result<usize> {
        self.find(names).with_context(|| {
            let (file, wanted, has) =
                (self.path.display(), names.join("` or `"), self.header.join(", "));
            format!("{file} needs a column `{wanted}`; it has {has}")
        })
    }

    /// A path of a row, made whole.
    pub fn file(&self, row: usize, column: usize) -> PathBuf {
        self.root.join(&self.rows[row][column])
    }

    /// Reads a column of yes and no; every bad cell would be an error of the result, so the first one stops everything.
    pub fn truth(&self, column: usize) -> anyhow::Result<Vec<bool>> {
        let read = |(i, row): (usize, &Vec<String>)| match row[column].to_ascii_lowercase().as_str()
        {
            "1" | "true" | "yes" | "same" => Ok(true),
            "0" | "false" | "no" | "different" => Ok(false),
            other => bail!(
                "{}, row {}: `{}` is `{other}`; it must be 1 or 0",
                self.path.display(),
                i + 2,
                self.header[column]
            ),
        };
        self.rows.iter().enumerate().map(read).collect()
    }

    /// The group columns: those named, else every further column with few enough values (ages are put into bands).
    pub fn groups(&self, named: &[String], used: &[usize]) -> anyhow::Result<Vec<usize>> {
        if !named.is_empty() {
            return named.iter().map(|name| self.need(&[name.as_str()])).collect();
        }
        let is_group = |column: &usize| {
            let name = self.header[*column].to_ascii_lowercase();
            if used.contains(column)
                || NO_GROUPS.iter().any(|n| name.starts_with(n))
                || name.contains("path")
                || name.contains("identity")
                || name.contains("subject")
            {
                return false;
            }
            let values: BTreeSet<String> =
                (0..self.rows.len()).map(|row| self.group_value(row, *column)).collect();
            (2..=VALUES_MAX).contains(&values.len()) && values.len() * 2 <= self.rows.len()
        };
        Ok((0..self.header.len()).filter(is_group).collect())
    }

    /// The value of a group column; an age becomes its band.
    pub fn group_value(&self, row: usize, column: usize) -> String {
        let value = &self.rows[row][column];
        if self.header[column].to_ascii_lowercase().starts_with("age")
            && let Ok(years) = value.parse::<f32>()
        {
            let band = match years {
                ..20.0 => "under 20",
                ..40.0 => "20 to 39",
                ..60.0 => "40 to 59",
                ..70.0 => "60 to 69",
                ..80.0 => "70 to 79",
                _ => "80 and older",
            };
            return band.to_owned();
        }
        value.clone()
    }

    /// Writes the list with further columns; whole or not at all.
    pub fn write_with(
        &self,
        path: &Path,
        names: &[&str],
        cells: &[Vec<String>],
    ) -> anyhow::Result<()> {
        let new = path.with_extension("csv.new");
        let mut writer = csv::Writer::from_path(&new)
            .with_context(|| format!("{} cannot be written", new.display()))?;
        // A column of the list that has a name of ours would be taken for ours: it is set aside under another name.
        let ours = |name: &str| names.contains(&name);
        let header = self
            .header
            .iter()
            .map(|name| if ours(name) { format!("given_{name}") } else { name.clone() });
        writer.write_record(header.chain(names.iter().map(|n| (*n).to_owned())))?;
        for (row, more) in self.rows.iter().zip(cells) {
            writer.write_record(row.iter().chain(more))?;
        }
        writer.flush()?;
        drop(writer);
        std::fs::rename(&new, path).with_context(|| format!("{} cannot be written", path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> anyhow::Result<Table> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.csv");
        std::fs::write(&path, text).unwrap();
        Table::read(&path, None)
    }

    #[test]
    fn group_columns_are_found_and_ages_banded() {
        let text = "path_a,path_b,same,sex,age_min,note\na,b,1,f,71,x\nc,d,0,m,65,y\ne,f,0,f,83,z\ng,h,1,m,72,w\ni,j,1,m,66,v\nk,l,1,m,66,u\n";
        let table = table(text).unwrap();
        let groups = table.groups(&[], &[0, 1, 2]).unwrap();
        assert_eq!(groups, [3, 4]);
        assert_eq!(table.group_value(2, 4), "80 and older");
        let fault = table.groups(&["region".into()], &[]).unwrap_err().to_string();
        assert!(fault.contains("`region`") && fault.contains("sex"), "{fault}");
    }

    #[test]
    fn bad_lists_are_answered_with_file_and_row() {
        let fault = table("path_a,same\na,1\nb,maybe\n").unwrap().truth(1).unwrap_err().to_string();
        assert!(fault.contains("row 3") && fault.contains("`maybe`"), "{fault}");
        assert!(table("path_a,same\n").unwrap_err().to_string().contains("no rows"));
        assert!(table("a,b\n1,2,3\n").unwrap_err().to_string().contains("3 cells under 2"));
        let fault = table("x,y\n1,2\n").unwrap().need(&["same", "label"]).unwrap_err().to_string();
        assert!(fault.contains("`same` or `label`") && fault.contains("x, y"), "{fault}");
    }

    #[test]
    fn what_was_given_is_kept_beside_what_is_new() {
        let table = table("path_a,score\n\"a, b\",0.1\n").unwrap();
        let out = tempfile::tempdir().unwrap();
        let path = out.path().join("scores.csv");
        table.write_with(&path, &["score", "status"], &[vec!["0.5".into(), "ok".into()]]).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text, "path_a,given_score,score,status\n\"a, b\",0.1,0.5,ok\n");
    }
}

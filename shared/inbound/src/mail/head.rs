//! The header block of a mail or of a part: its fields, and what is odd about it.

use crate::{limits::Limits, mail::unreadable::Unreadable};

/// The fields of a header block, and where the body begins.
pub(crate) struct Head {
    fields: Vec<Field>,
    /// Where the body begins, in bytes from the start.
    pub(crate) body_at: usize,
    /// Whether readers may find other fields than these: a line that is no field, an odd name, a line of white space, NUL,
    /// a bare CR or a bare LF.
    pub(crate) is_ambiguous: bool,
}

struct Field {
    /// In lower case.
    name: String,
    /// With its folded lines.
    value: Vec<u8>,
}

impl Head {
    /// Reads the block that begins the bytes.
    ///
    /// # Errors
    /// [`Unreadable`] if the block is longer than the limits.
    pub(crate) fn read(bytes: &[u8], limits: &Limits) -> Result<Self, Unreadable> {
        let (mut fields, mut at, mut is_ambiguous) = (Vec::<Field>::new(), 0, false);
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let length = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |end| end + 1);
            if at + length > limits.head_bytes {
                return Err(Unreadable::LongHead);
            }
            let line = &rest[..length];
            at += length;
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            match line.first() {
                None => break,
                Some(b' ' | b'\t') => {
                    let is_blank = line.iter().all(|byte| matches!(byte, b' ' | b'\t'));
                    match fields.last_mut() {
                        Some(field) => field.value.extend([b"\r\n", line].concat()),
                        None => is_ambiguous = true,
                    }
                    is_ambiguous |= is_blank;
                }
                Some(_) => match Field::read(line) {
                    Some((field, is_odd)) => {
                        is_ambiguous |= is_odd;
                        fields.push(field);
                    }
                    None => is_ambiguous = true,
                },
            }
            if fields.len() > limits.fields {
                return Err(Unreadable::ManyFields);
            }
            if fields.last().is_some_and(|field| field.value.len() > limits.field_bytes) {
                return Err(Unreadable::LongField);
            }
        }
        is_ambiguous |= has_bare_control(&bytes[..at]);
        Ok(Self { fields, body_at: at, is_ambiguous })
    }

    /// The values of all fields with this name (in lower case), from top to bottom, unfolded.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = Vec<u8>> + 'a {
        self.raw(name).map(unfold)
    }

    /// The values of all fields with this name, with their folded lines.
    pub(crate) fn raw<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> + 'a {
        self.fields.iter().filter(move |field| field.name == name).map(|field| field.value.as_slice())
    }

    /// How many fields have this name.
    pub(crate) fn count(&self, name: &str) -> usize {
        self.raw(name).count()
    }

    /// The first value with this name as text, without white space at its ends. Bytes that are no UTF-8 are replaced.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.all(name).next().map(|value| String::from_utf8_lossy(&value).trim().to_owned())
    }

    /// Whether a field has this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.count(name) > 0
    }

    /// The names of all fields, in lower case.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|field| field.name.as_str())
    }
}

impl Field {
    /// Reads the first line of a field. The flag says that its name is odd: other readers may not take it for one.
    fn read(line: &[u8]) -> Option<(Self, bool)> {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let (name, value) = (&line[..colon], &line[colon + 1..]);
        let trimmed = name.trim_ascii_end();
        let is_odd = trimmed.len() != name.len() || trimmed.is_empty() || !trimmed.iter().all(u8::is_ascii_graphic);
        let name = String::from_utf8_lossy(trimmed).to_ascii_lowercase();
        Some((Self { name, value: value.to_vec() }, is_odd))
    }
}

fn unfold(value: &[u8]) -> Vec<u8> {
    value.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect()
}

/// Whether the bytes have a NUL, a CR without LF, or an LF without CR.
pub(crate) fn has_bare_control(bytes: &[u8]) -> bool {
    let mut before = 0;
    for byte in bytes {
        if *byte == 0 || (*byte == b'\n') != (before == b'\r') {
            return true;
        }
        before = *byte;
    }
    before == b'\r'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(text: &str) -> Head {
        Head::read(text.as_bytes(), &Limits::default()).unwrap()
    }

    #[test]
    fn folded_lines_belong_to_their_field() {
        let head = head("Subject: Delete\r\n Account\r\nFROM: a@b.example\r\n\r\nSubject: body\r\n");
        assert_eq!(head.text("subject").as_deref(), Some("Delete Account"));
        assert_eq!(head.text("from").as_deref(), Some("a@b.example"));
        assert_eq!((head.count("subject"), head.is_ambiguous, head.body_at), (1, false, 48));
    }

    #[test]
    fn what_readers_split_differently_is_ambiguous() {
        for text in [
            "From : a@b.example\r\n\r\n",
            "no field\r\n\r\n",
            " folded\r\nFrom: a\r\n\r\n",
            "From: a\r\n \r\nTo: b\r\n\r\n",
            "Fr\u{f6}m: a\r\n\r\n",
            ": a\r\n\r\n",
            "From: a\rTo: b\r\n\r\n",
            "From: a\nTo: b\r\n\r\n",
            "From: a\0\r\n\r\n",
        ] {
            assert!(head(text).is_ambiguous, "{text:?}");
        }
    }

    #[test]
    fn a_block_beyond_a_limit_is_not_read() {
        let limits = Limits { head_bytes: 1000, fields: 5, field_bytes: 100, ..Limits::default() };
        let read = |text: String| Head::read(text.as_bytes(), &limits).err();
        assert_eq!(read("A: b\r\n".repeat(6)), Some(Unreadable::ManyFields));
        assert_eq!(read(format!("A: {}\r\n", "b".repeat(101))), Some(Unreadable::LongField));
        assert_eq!(read(format!("A: {}\r\n", "b".repeat(2000))), Some(Unreadable::LongHead));
        assert_eq!(read("A: b\r\n".repeat(5)), None);
    }
}

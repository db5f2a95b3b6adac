//! Checksums: what makes a changed, missing, swapped or foreign byte be found.
//!
//! A field goes in with its kind and its length, so that no two different rows give the same bytes. A checksum is no defence
//! against a person who wants to forge; it is one against disks, file systems and careless copies.

/// A checksum over fields.
#[derive(Clone)]
pub(super) struct Seal(crc32fast::Hasher);

impl Seal {
    /// Over what `kind` names; rows of different kinds never have the same checksum by construction.
    pub(super) fn new(kind: &str) -> Self {
        Self(crc32fast::Hasher::new()).text(kind)
    }

    pub(super) fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.update(&[1]);
        self.0.update(&(bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
        self
    }

    pub(super) fn text(self, text: &str) -> Self {
        self.bytes(text.as_bytes())
    }

    pub(super) fn number(mut self, number: i64) -> Self {
        self.0.update(&[2]);
        self.0.update(&number.to_le_bytes());
        self
    }

    pub(super) fn optional(mut self, bytes: Option<&[u8]>) -> Self {
        if let Some(bytes) = bytes {
            return self.bytes(bytes);
        }
        self.0.update(&[0]);
        self
    }

    pub(super) fn finish(self) -> u32 {
        self.0.finalize()
    }
}

/// What a definition is found by: FNV-1a, 64 bits. Two definitions may share it; see `Kept::place`.
pub(super) fn content_hash<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325;
    let mut eat = |byte: u8| hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    for part in parts {
        (part.len() as u64).to_le_bytes().into_iter().for_each(&mut eat);
        part.iter().copied().for_each(&mut eat);
    }
    hash
}

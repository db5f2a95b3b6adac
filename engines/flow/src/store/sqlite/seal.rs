//! Checksums: what makes a changed, missing, swapped or foreign byte be found.
//!
//! A field goes in with its kind and its length, so that no two different rows give the same bytes. A checksum is no defence
//! against a person who wants to forge; it is one against disks, file systems and careless copies.

/// A checksum over fields.
#[derive(Clone)]
pub(super) struct Seal {
    hasher: crc32fast::Hasher,
    /// What has not been taken in: gathered, because a checksum over one long piece costs much less than one over many short.
    gathered: [u8; GATHERED],
    length: usize,
}

const GATHERED: usize = 512;

impl Seal {
    /// Over what `kind` names; rows of different kinds never have the same checksum by construction.
    pub(super) fn new(kind: &str) -> Self {
        let seal = Self {
            hasher: crc32fast::Hasher::new(),
            gathered: [0; GATHERED],
            length: 0,
        };
        seal.text(kind)
    }

    fn take_in(&mut self, bytes: &[u8]) {
        if self.length + bytes.len() > GATHERED {
            self.hasher.update(&self.gathered[..self.length]);
            self.length = 0;
        }
        if bytes.len() > GATHERED {
            self.hasher.update(bytes);
        } else {
            self.gathered[self.length..][..bytes.len()].copy_from_slice(bytes);
            self.length += bytes.len();
        }
    }

    pub(super) fn bytes(mut self, bytes: &[u8]) -> Self {
        self.take_in(&[1]);
        self.take_in(&(bytes.len() as u64).to_le_bytes());
        self.take_in(bytes);
        self
    }

    pub(super) fn text(self, text: &str) -> Self {
        self.bytes(text.as_bytes())
    }

    pub(super) fn number(mut self, number: i64) -> Self {
        self.take_in(&[2]);
        self.take_in(&number.to_le_bytes());
        self
    }

    pub(super) fn optional(mut self, bytes: Option<&[u8]>) -> Self {
        if let Some(bytes) = bytes {
            return self.bytes(bytes);
        }
        self.take_in(&[0]);
        self
    }

    pub(super) fn finish(mut self) -> u32 {
        self.hasher.update(&self.gathered[..self.length]);
        self.hasher.finalize()
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

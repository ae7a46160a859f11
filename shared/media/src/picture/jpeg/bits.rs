//! The bits of an entropy-coded segment, and the Huffman codes in them (ITU-T T.81, annexes B, C and F).

/// Bits that a code is looked up with. Longer codes are searched.
const LOOKUP: u32 = 9;

/// The longest code.
const LONGEST: usize = 16;

/// A table as a file defines it: how many codes each length has, and the symbols in the order of their codes.
#[derive(Debug, Clone)]
pub(super) struct Definition {
    pub counts: [u8; LONGEST],
    pub symbols: Vec<u8>,
}

/// A table to read codes with.
#[derive(Debug)]
pub(super) struct Huffman {
    /// By the next nine bits: the length of the code and its symbol. A length of 0 means that the code is longer.
    short: Vec<(u8, u8)>,
    /// By the length of a code, less one: the first code that is longer, aligned to 16 bits.
    ends: [u32; LONGEST],
    /// By the length of a code, less one: the place of a code's symbol, less the code.
    places: [i32; LONGEST],
    symbols: Vec<u8>,
}

impl Huffman {
    /// `None` when there are more codes of a length than the length has.
    pub fn new(Definition { counts, symbols }: &Definition) -> Option<Self> {
        let mut table = Self {
            short: vec![(0, 0); 1 << LOOKUP],
            ends: [0; LONGEST],
            places: [0; LONGEST],
            symbols: symbols.clone(),
        };
        let (mut code, mut place) = (0_u32, 0_usize);
        for ((length, count), index) in (1_u32..).zip(counts).zip(0..) {
            table.places[index] = i32::try_from(place).ok()? - i32::try_from(code).ok()?;
            for _ in 0..*count {
                let symbol = *symbols.get(place)?;
                if code >= 1 << length {
                    return None;
                }
                if length <= LOOKUP {
                    let first = (code << (LOOKUP - length)) as usize;
                    let same = first..first + (1 << (LOOKUP - length));
                    table.short[same].fill((u8::try_from(length).ok()?, symbol));
                }
                (code, place) = (code + 1, place + 1);
            }
            table.ends[index] = code << (LONGEST as u32 - length);
            code <<= 1;
        }
        Some(table)
    }
}

/// Reads bits up to the next marker. After it there are zeros, which are counted.
#[derive(Debug)]
pub(super) struct Bits<'a> {
    file: &'a [u8],
    at: usize,
    /// The next bits, the first one highest.
    buffer: u64,
    /// The number of bits in the buffer.
    held: u32,
    /// How many bits of the buffer, or that were taken from it, are not in the file.
    made_up: u64,
}

impl<'a> Bits<'a> {
    pub fn new(file: &'a [u8], at: usize) -> Self {
        Self { file, at, buffer: 0, held: 0, made_up: 0 }
    }

    /// The place of the first byte that was not read.
    pub fn at(&self) -> usize {
        self.at
    }

    /// The number of bits that were taken and are not in the file.
    pub fn missing(&self) -> u64 {
        self.made_up.saturating_sub(u64::from(self.held))
    }

    /// Drops what is left before a restart marker.
    pub fn restart(&mut self, at: usize) {
        *self = Self::new(self.file, at);
    }

    /// Takes this many bits, at most 16.
    pub fn take(&mut self, count: u8) -> u32 {
        let count = u32::from(count.min(LONGEST as u8));
        let bits = self.peek() >> (LONGEST as u32 - count);
        self.drop_bits(count);
        bits
    }

    /// Takes a code. `None` if the table does not have it.
    pub fn symbol(&mut self, table: &Huffman) -> Option<u8> {
        let next = self.peek();
        let (length, symbol) = table.short[(next >> (LONGEST as u32 - LOOKUP)) as usize];
        if length > 0 {
            self.drop_bits(u32::from(length));
            return Some(symbol);
        }
        let index = table.ends.iter().position(|end| next < *end)?;
        let length = u32::try_from(index).ok()? + 1;
        let code = i32::try_from(next >> (LONGEST as u32 - length)).ok()?;
        let place = usize::try_from(table.places[index] + code).ok()?;
        self.drop_bits(length);
        table.symbols.get(place).copied()
    }

    /// The next 16 bits.
    fn peek(&mut self) -> u32 {
        if self.held < LONGEST as u32 {
            self.fill();
        }
        (self.buffer >> 48) as u32
    }

    fn drop_bits(&mut self, count: u32) {
        self.buffer <<= count;
        self.held -= count;
    }

    fn fill(&mut self) {
        while self.held <= 56 {
            let byte = self.byte().unwrap_or_else(|| {
                self.made_up += 8;
                0
            });
            self.buffer |= u64::from(byte) << (56 - self.held);
            self.held += 8;
        }
    }

    /// The next byte of the segment. A 0xff is followed by a 0, or else begins a marker.
    fn byte(&mut self) -> Option<u8> {
        loop {
            match self.file.get(self.at..)? {
                [0xff, 0xff, ..] => self.at += 1,
                [0xff, 0, ..] => {
                    self.at += 2;
                    return Some(0xff);
                }
                [0xff, ..] | [] => return None,
                [byte, ..] => {
                    self.at += 1;
                    return Some(*byte);
                }
            }
        }
    }
}

//! Counts what one thread allocates while it does something, exactly: the same work gives the same figures, however busy the machine is.
//!
//! A binary that wants to count makes [`Counting`] its global allocator. Outside of [`measure`] that costs one look at a flag of the
//! thread for each allocation.
//!
//! ```
//! #[global_allocator]
//! static ALLOCATOR: allocations::Counting = allocations::Counting;
//!
//! let (text, allocated) = allocations::measure(|| "twelve bytes".to_owned()).expect("it is installed");
//! assert_eq!((allocated.count, allocated.bytes, allocated.peak), (1, 12, 12));
//! # drop(text);
//! ```

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// The system's allocator, which counts for threads that ask for it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counting;

/// What was allocated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Allocations {
    /// How often memory was asked for: for a new piece, or for a piece to become larger or smaller.
    pub count: u64,
    /// How many bytes were asked for in all; of a piece that becomes larger, those that are added.
    pub bytes: u64,
    /// The most bytes that were there at once, of those that were asked for meanwhile.
    pub peak: u64,
}

/// What a thread is counting.
#[derive(Clone, Copy)]
struct Counter {
    allocations: Allocations,
    /// Bytes there now, without those from before. Below zero while memory from before is given back.
    present: isize,
}

const ZERO: Counter = Counter {
    allocations: Allocations {
        count: 0,
        bytes: 0,
        peak: 0,
    },
    present: 0,
};

thread_local! {
    // Constants without a destructor: reading them allocates nothing and works in a thread that is ending.
    static IS_COUNTING: Cell<bool> = const { Cell::new(false) };
    static COUNTER: Cell<Counter> = const { Cell::new(ZERO) };
}

/// Counts what this thread allocates while it does `work`. `None` if [`Counting`] is not the global allocator of this binary; the work
/// is done all the same, but its result is dropped.
///
/// Within itself it counts for the innermost only.
pub fn measure<T>(work: impl FnOnce() -> T) -> Option<(T, Allocations)> {
    let before = (IS_COUNTING.replace(true), COUNTER.replace(ZERO));
    // To find out whether anybody counts.
    drop(std::hint::black_box(Box::new(0_u8)));
    let is_installed = COUNTER.replace(ZERO).allocations.count > 0;
    let _restored = Restore(before);
    let result = work();
    let allocations = COUNTER.get().allocations;
    is_installed.then_some((result, allocations))
}

/// Puts back what was being counted, also if the work panics.
struct Restore((bool, Counter));

impl Drop for Restore {
    fn drop(&mut self) {
        IS_COUNTING.set(self.0.0);
        COUNTER.set(self.0.1);
    }
}

fn note(freed: usize, allocated: usize) {
    if !IS_COUNTING.get() {
        return;
    }
    let mut counter = COUNTER.get();
    if allocated > 0 {
        counter.allocations.count += 1;
        counter.allocations.bytes += allocated.saturating_sub(freed) as u64;
    }
    // No piece of memory is larger than the largest `isize`.
    counter.present += allocated.cast_signed() - freed.cast_signed();
    counter.allocations.peak = counter
        .allocations
        .peak
        .max(counter.present.max(0).cast_unsigned() as u64);
    COUNTER.set(counter);
}

#[expect(
    unsafe_code,
    reason = "the trait is unsafe; everything is handed on to the system's allocator as it came"
)]
// SAFETY: each method hands its arguments on to `System`, which keeps the contract, and returns what that returns. `note` neither
// allocates nor unwinds.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(0, layout.size());
        // SAFETY: the caller keeps the contract of this very method.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note(0, layout.size());
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        note(layout.size(), 0);
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        note(layout.size(), new_size);
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, new_size) }
    }
}

//! What is counted, in a binary whose allocator counts.

use std::sync::atomic::{AtomicBool, Ordering};

use allocations::{Allocations, Counting, measure};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn counted(work: impl FnOnce()) -> Allocations {
    measure(work).expect("it is installed").1
}

#[test]
fn each_piece_counts_once_and_the_peak_is_what_was_there_at_once() {
    let found = counted(|| {
        drop(Vec::<u8>::with_capacity(100));
        let kept = Vec::<u8>::with_capacity(40);
        drop(Vec::<u8>::with_capacity(30));
        drop(kept);
    });
    let expected = Allocations {
        count: 3,
        bytes: 170,
        peak: 100,
    };
    assert_eq!(found, expected);
}

#[test]
fn of_a_piece_that_grows_what_is_added_counts() {
    let found = counted(|| {
        let mut list: Vec<u8> = Vec::with_capacity(8);
        list.reserve_exact(24);
        drop(list);
    });
    assert_eq!((found.count, found.bytes, found.peak), (2, 24, 24));
}

#[test]
fn giving_back_what_was_there_before_makes_no_room_below_zero() {
    let before = vec![0_u8; 1_000];
    let found = counted(|| {
        drop(before);
        drop(Vec::<u8>::with_capacity(10));
    });
    assert_eq!((found.count, found.bytes, found.peak), (1, 10, 0));
}

#[test]
fn other_threads_do_not_count() {
    let is_over = AtomicBool::new(false);
    let [one, other] = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                std::hint::black_box(vec![0_u8; 64]);
            }
        });
        let found = [(); 2].map(|()| counted(|| drop(vec![1_u8; 16])));
        is_over.store(true, Ordering::Relaxed);
        found
    });
    assert_eq!((one, one.count), (other, 1));
}

#[test]
fn what_is_counted_outside_goes_on_after_what_is_counted_within() {
    let found = counted(|| {
        drop(vec![0_u8; 10]);
        let within = counted(|| drop(vec![0_u8; 99]));
        assert_eq!(within.bytes, 99);
        drop(vec![0_u8; 5]);
    });
    assert_eq!((found.count, found.bytes), (2, 15));
}

#[test]
fn a_panic_leaves_nothing_counting() {
    let caught = std::panic::catch_unwind(|| measure(|| panic!("on purpose")));
    assert!(caught.is_err());
    assert_eq!(counted(|| drop(vec![0_u8; 7])).bytes, 7);
}

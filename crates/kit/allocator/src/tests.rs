use std::thread;

use super::*;

fn layout(size: usize) -> Layout {
    Layout::from_size_align(size, 8).unwrap()
}

#[test]
fn a_freed_block_is_used_for_the_next_of_its_size() {
    let allocator = Caching::new();
    // SAFETY: no layout has the size zero, and each block is freed once with its layout.
    unsafe {
        let first = allocator.alloc(layout(33));
        allocator.dealloc(first, layout(33));

        let second = allocator.alloc(layout(48));

        assert_eq!(first, second);
        allocator.dealloc(second, layout(48));
    }
}

#[test]
fn a_zeroed_block_has_no_bytes_of_a_freed_block() {
    let allocator = Caching::new();
    // SAFETY: as above. All 64 bytes are written before they are read.
    unsafe {
        let used = allocator.alloc(layout(64));
        used.write_bytes(7, 64);
        allocator.dealloc(used, layout(64));

        let zeroed = allocator.alloc_zeroed(layout(64));

        assert_eq!(std::slice::from_raw_parts(zeroed, 64), [0; 64]);
        allocator.dealloc(zeroed, layout(64));
    }
}

#[test]
fn a_block_that_grows_or_shrinks_keeps_its_bytes() {
    let allocator = Caching::new();
    let sizes = [1, 16, 17, 4_000, LARGEST, LARGEST + 1, 100_000, LARGEST, 3];
    // SAFETY: `size` is the size of the block, and no size is zero.
    unsafe {
        let mut size = sizes[0];
        let mut block = allocator.alloc(layout(size));
        block.write_bytes(5, size);
        for new_size in sizes {
            block = allocator.realloc(block, layout(size), new_size);

            let kept = std::slice::from_raw_parts(block, size.min(new_size));
            assert!(kept.iter().all(|byte| *byte == 5), "{size} to {new_size}");
            block.write_bytes(5, new_size);
            size = new_size;
        }
        allocator.dealloc(block, layout(size));
    }
}

#[test]
fn the_alignment_of_a_layout_is_kept() {
    let allocator = Caching::new();
    for alignment in [1, 16, 32, 4_096] {
        let layout = Layout::from_size_align(24, alignment).unwrap();
        // SAFETY: the size is not zero, and the block is freed with its layout.
        unsafe {
            let block = allocator.alloc(layout);

            assert_eq!(block.addr() % alignment, 0, "{alignment}");
            allocator.dealloc(block, layout);
        }
    }
}

#[test]
fn the_cache_keeps_no_more_than_its_capacity() {
    let allocator = Caching::new();
    // SAFETY: each block is freed once with its layout.
    unsafe {
        let blocks: Vec<_> = (0..100).map(|_| allocator.alloc(layout(LARGEST))).collect();
        for block in blocks {
            allocator.dealloc(block, layout(LARGEST));
        }

        let bytes = (*allocator.cache.get()).bytes;
        assert_eq!(bytes, CAPACITY);
    }
}

#[test]
fn no_two_threads_get_the_same_block() {
    static ALLOCATOR: Caching = Caching::new();
    let use_blocks = |mark: u8| {
        for round in 0..20_000 {
            let layout = layout(16 + round % 5 * 16);
            // SAFETY: the block is written before it is read, and freed once with its layout.
            unsafe {
                let block = ALLOCATOR.alloc(layout);
                block.write_bytes(mark, layout.size());
                let read = std::slice::from_raw_parts(block, layout.size());
                assert!(read.iter().all(|byte| *byte == mark), "{round}");
                ALLOCATOR.dealloc(block, layout);
            }
        }
    };

    thread::scope(|scope| {
        for mark in 0..4 {
            scope.spawn(move || use_blocks(mark));
        }
    });
}

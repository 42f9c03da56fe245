#![doc = include_str!("../README.md")]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::UnsafeCell,
    ptr,
    sync::atomic::{AtomicBool, Ordering},
};

/// Cached blocks have sizes that are multiples of this. It is the alignment of the system's blocks.
const STEP: usize = 16;

/// The size of the largest cached blocks.
const LARGEST: usize = 16 * 1024;

/// The number of bytes that the cache keeps at most.
const CAPACITY: usize = 256 * 1024;

/// The system's allocator, with a cache of free blocks.
#[derive(Debug)]
pub struct Caching {
    locked: AtomicBool,
    cache: UnsafeCell<Cache>,
}

#[derive(Debug)]
struct Cache {
    /// The first free block of each size.
    free: [*mut Block; LARGEST / STEP + 1],
    bytes: usize,
}

/// A free block. Its first bytes are the pointer to the next free block of the same size.
#[derive(Debug)]
struct Block {
    next: *mut Self,
}

// SAFETY: the cache is accessed only by the thread that set `locked`.
unsafe impl Sync for Caching {}

impl Caching {
    /// Returns an allocator with an empty cache.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            locked: AtomicBool::new(false),
            cache: UnsafeCell::new(Cache {
                free: [ptr::null_mut(); LARGEST / STEP + 1],
                bytes: 0,
            }),
        }
    }

    /// Calls `access` with the cache. Returns `None` if another thread is using the cache.
    #[inline]
    fn cached<T>(&self, access: impl FnOnce(&mut Cache) -> Option<T>) -> Option<T> {
        if self.locked.swap(true, Ordering::Acquire) {
            return None;
        }
        // SAFETY: this thread has set `locked`, and `access` does not allocate.
        let result = access(unsafe { &mut *self.cache.get() });
        self.locked.store(false, Ordering::Release);
        result
    }
}

impl Default for Caching {
    fn default() -> Self {
        Self::new()
    }
}

impl Cache {
    #[inline]
    fn take(&mut self, size: usize) -> Option<*mut u8> {
        let first = self.free[size / STEP];
        if first.is_null() {
            return None;
        }
        // SAFETY: `put` wrote the block, and nothing else has used it since.
        self.free[size / STEP] = unsafe { (*first).next };
        self.bytes -= size;
        Some(first.cast())
    }

    /// # Safety
    ///
    /// `block` has `size` bytes, is aligned to [`STEP`], and is not used any more.
    #[inline]
    unsafe fn put(&mut self, block: *mut u8, size: usize) -> Option<()> {
        if self.bytes + size > CAPACITY {
            return None;
        }
        let block: *mut Block = block.cast();
        let next = self.free[size / STEP];
        // SAFETY: every size is at least `STEP`, which is enough for a `Block` and its alignment.
        unsafe { block.write(Block { next }) };
        self.free[size / STEP] = block;
        self.bytes += size;
        Some(())
    }
}

/// Returns the layout of the block for a layout that is cached.
#[inline]
fn cacheable(layout: Layout) -> Option<Layout> {
    let size = layout.size().next_multiple_of(STEP);
    let fits = layout.align() <= STEP && layout.size() <= LARGEST;
    fits.then(|| Layout::from_size_align(size, STEP).ok())
        .flatten()
}

// SAFETY: every block comes from `System`, with the layout that `cacheable` returns or else the given one, and is in
// use once.
unsafe impl GlobalAlloc for Caching {
    // Not inlined, nor the others: a binary would be a twentieth larger, and a warm request would need 1 % fewer
    // instructions.
    #[inline(never)]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let Some(block) = cacheable(layout) else {
            // SAFETY: the caller's contract.
            return unsafe { System.alloc(layout) };
        };
        self.cached(|cache| cache.take(block.size()))
            // SAFETY: the size is not zero, as the caller's is not.
            .unwrap_or_else(|| unsafe { System.alloc(block) })
    }

    #[inline(never)]
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        let Some(block) = cacheable(layout) else {
            // SAFETY: `alloc` got the block from `System` with this layout.
            return unsafe { System.dealloc(pointer, layout) };
        };
        // SAFETY: `alloc` returned `pointer` for this layout, and the caller does not use it any more.
        let kept = self.cached(|cache| unsafe { cache.put(pointer, block.size()) });
        if kept.is_none() {
            // SAFETY: `alloc` got the block from `System` with this layout.
            unsafe { System.dealloc(pointer, block) };
        }
    }

    #[inline(never)]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if cacheable(layout).is_none() {
            // SAFETY: the caller's contract.
            return unsafe { System.alloc_zeroed(layout) };
        }
        // SAFETY: the caller's contract.
        let pointer = unsafe { self.alloc(layout) };
        if !pointer.is_null() {
            // SAFETY: the block has at least `layout.size()` bytes.
            unsafe { pointer.write_bytes(0, layout.size()) };
        }
        pointer
    }

    #[inline(never)]
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: the caller's contract: `new_size`, rounded up to the alignment, does not overflow.
        let new_layout = unsafe { Layout::from_size_align_unchecked(new_size, layout.align()) };
        match (cacheable(layout), cacheable(new_layout)) {
            // SAFETY: the block is from `System` with this layout.
            (None, None) => unsafe { System.realloc(pointer, layout, new_size) },
            (old, new) if old == new => pointer,
            _ => {
                // SAFETY: the caller's contract. Both blocks have at least the number of copied bytes.
                unsafe {
                    let new_pointer = self.alloc(new_layout);
                    if !new_pointer.is_null() {
                        let bytes = layout.size().min(new_size);
                        ptr::copy_nonoverlapping(pointer, new_pointer, bytes);
                        self.dealloc(pointer, layout);
                    }
                    new_pointer
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;

//! Least-recently-used caches of several sizes, replayed at once.
//!
//! The cache of `c` blocks holds the `c` blocks that were used last. So one list of all blocks, the
//! latest use first, is every cache at once: the first `c` of it. Each block keeps the smallest
//! cache that holds it, and each cache the block at its edge; a use moves one block to the front
//! and shifts the edges that it crosses by one. A use costs no more than the number of caches.
//!
//! It follows that a larger cache holds whatever a smaller one does, at every moment (the stack
//! property of LRU, Mattson et al. 1970), and so finds at least the same leading blocks.

/// Stands for no block.
const NONE: u32 = u32::MAX;

/// All blocks ever used, by their latest use.
#[derive(Debug)]
pub(super) struct Recency {
    /// Blocks of each cache, ascending, none twice, none 0.
    capacities: Vec<u32>,
    /// The least recent block of each cache; [`NONE`] while there are fewer blocks.
    edges: Vec<u32>,
    blocks: Vec<Block>,
    newest: u32,
    oldest: u32,
}

#[derive(Debug, Clone, Copy)]
struct Block {
    /// The block used after this one.
    newer: u32,
    /// The block used before this one.
    older: u32,
    /// Index of the smallest cache that holds it; the number of caches when none does.
    level: u32,
}

impl Recency {
    pub(super) fn new(capacities: &[u32]) -> Self {
        let mut capacities: Vec<u32> = capacities.iter().copied().filter(|c| *c > 0).collect();
        capacities.sort_unstable();
        capacities.dedup();
        let edges = vec![NONE; capacities.len()];
        Self { capacities, edges, blocks: Vec::new(), newest: NONE, oldest: NONE }
    }

    /// Blocks of each cache, ascending.
    pub(super) fn capacities(&self) -> &[u32] {
        &self.capacities
    }

    /// Different blocks that were used.
    pub(super) fn len(&self) -> usize {
        self.blocks.len()
    }

    /// Index of the smallest cache that holds a block; the number of caches when none does.
    pub(super) fn level(&self, block: u32) -> usize {
        self.blocks[block as usize].level as usize
    }

    /// The first use of a block, whose number is that of the blocks before it.
    pub(super) fn add(&mut self) {
        let block = self.blocks.len() as u32;
        let level = self.capacities.len();
        self.blocks.push(Block { newer: NONE, older: NONE, level: 0 });
        self.push_front(block);
        self.shift_edges(level);
        // Caches that are full from now on.
        for (edge, capacity) in self.edges.iter_mut().zip(&self.capacities) {
            if *capacity as usize == self.blocks.len() {
                *edge = self.oldest;
            }
        }
    }

    /// Another use of a block.
    pub(super) fn touch(&mut self, block: u32) {
        if self.newest == block {
            return;
        }
        let Block { newer, older, level } = self.blocks[block as usize];
        let level = level as usize;
        // Only the smallest cache that holds a block can have it at its edge.
        if self.edges.get(level) == Some(&block) {
            self.edges[level] = newer;
        }
        self.blocks[newer as usize].older = older;
        match self.blocks.get_mut(older as usize) {
            Some(older) => older.newer = newer,
            None => self.oldest = newer,
        }
        self.push_front(block);
        self.shift_edges(level);
    }

    fn push_front(&mut self, block: u32) {
        let front = self.newest;
        self.blocks[block as usize] = Block { newer: NONE, older: front, level: 0 };
        match self.blocks.get_mut(front as usize) {
            Some(front) => front.newer = block,
            None => self.oldest = block,
        }
        self.newest = block;
    }

    /// The caches below `level` did not hold the new front, so that each loses the block at its edge.
    fn shift_edges(&mut self, level: usize) {
        for (at, edge) in self.edges.iter_mut().enumerate().take(level) {
            if let Some(lost) = self.blocks.get_mut(*edge as usize) {
                lost.level = at as u32 + 1;
                *edge = lost.newer;
            }
        }
    }
}

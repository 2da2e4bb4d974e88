package memory

import (
	"iter"
	"slices"
)

// index is a sorted set. It is kept in pieces, so that a change moves few keys however many there are.
type index[K any] struct {
	compare func(a, b K) int
	pieces  [][]K // none empty
}

const pieceSize = 256

// piece returns which piece holds k, or would.
func (x *index[K]) piece(k K) int {
	i, found := slices.BinarySearchFunc(x.pieces, k, func(p []K, k K) int { return x.compare(p[0], k) })
	if found || i == 0 {
		return i
	}
	return i - 1
}

func (x *index[K]) insert(k K) {
	if len(x.pieces) == 0 {
		x.pieces = append(x.pieces, []K{k})
		return
	}
	i := x.piece(k)
	j, found := slices.BinarySearchFunc(x.pieces[i], k, x.compare)
	if found {
		return
	}
	p := slices.Insert(x.pieces[i], j, k)
	if half := len(p) / 2; len(p) > pieceSize {
		x.pieces = slices.Insert(x.pieces, i+1, slices.Clone(p[half:]))
		clear(p[half:])
		p = p[:half]
	}
	x.pieces[i] = p
}

func (x *index[K]) remove(k K) {
	if len(x.pieces) == 0 {
		return
	}
	i := x.piece(k)
	j, found := slices.BinarySearchFunc(x.pieces[i], k, x.compare)
	if !found {
		return
	}
	x.pieces[i] = slices.Delete(x.pieces[i], j, j+1)
	if len(x.pieces[i]) == 0 {
		x.pieces = slices.Delete(x.pieces, i, i+1)
	}
}

// all yields every key in order.
func (x *index[K]) all() iter.Seq[K] {
	return func(yield func(K) bool) {
		for _, p := range x.pieces {
			for _, k := range p {
				if !yield(k) {
					return
				}
			}
		}
	}
}

// from yields the keys from k on, in order.
func (x *index[K]) from(k K) iter.Seq[K] {
	return func(yield func(K) bool) {
		if len(x.pieces) == 0 {
			return
		}
		i := x.piece(k)
		j, _ := slices.BinarySearchFunc(x.pieces[i], k, x.compare)
		for ; i < len(x.pieces); i, j = i+1, 0 {
			for _, k := range x.pieces[i][j:] {
				if !yield(k) {
					return
				}
			}
		}
	}
}

// first returns the least key.
func (x *index[K]) first() (k K, ok bool) {
	for k := range x.all() {
		return k, true
	}
	return k, false
}

package main

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	"lfb/internal/lfb"
	"lfb/internal/source"
)

// slab is how many rows are made at a time, so that none is ever copied.
const slab = 4096

// sorted is rows in key order. Published rows ascend within a year: a file is a few
// runs, and one that is in no order at all is sorted.
type sorted[T any] []*T

const manyRuns = 64 // of one file, from which on a sort is cheaper than the merge

// parseAll parses a file's rows into runs and counts them.
func parseAll[T any](ctx context.Context, r *source.Reader, parse func(int64, []string, *T) *lfb.Reject, key func(*T) string) ([]sorted[T], int, error) {
	var runs []sorted[T]
	var room []T
	last, n := "", 0
	for ctx.Err() == nil {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			return few(runs, key), n, nil
		}
		if err != nil {
			return nil, 0, err
		}
		if len(room) == 0 {
			room = make([]T, slab)
		}
		row := &room[0]
		if parse(rec.Line, rec.Fields, row) != nil {
			continue
		}
		room = room[1:]
		if k := key(row); len(runs) == 0 || k < last {
			runs, last = append(runs, nil), k
		} else {
			last = k
		}
		runs[len(runs)-1] = append(runs[len(runs)-1], row)
		n++
	}
	return nil, 0, ctx.Err()
}

// few is the runs as they are, or all of them sorted into one.
func few[T any](runs []sorted[T], key func(*T) string) []sorted[T] {
	if len(runs) <= manyRuns {
		return runs
	}
	all := slices.Concat(runs...)
	slices.SortStableFunc(all, func(a, b *T) int { return strings.Compare(key(a), key(b)) })
	return []sorted[T]{all}
}

// merge visits the rows of runs in the order of their keys, those of an earlier run
// first, until visit says no. The heads are a heap.
func merge[T any](runs []sorted[T], key func(*T) string, visit func(*T) bool) {
	var heap []head[T]
	for i, r := range runs {
		if len(r) > 0 {
			heap = append(heap, head[T]{key(r[0]), i, r})
		}
	}
	for i := len(heap)/2 - 1; i >= 0; i-- {
		sink(heap, i)
	}
	for len(heap) > 0 {
		h := &heap[0]
		if !visit(h.rest[0]) {
			return
		}
		if h.rest = h.rest[1:]; len(h.rest) > 0 {
			h.key = key(h.rest[0])
		} else {
			heap[0] = heap[len(heap)-1]
			heap = heap[:len(heap)-1]
		}
		sink(heap, 0)
	}
}

// head is a run with its first row's key at hand.
type head[T any] struct {
	key  string
	run  int
	rest sorted[T]
}

func (h *head[T]) before(o *head[T]) bool {
	if h.key != o.key {
		return h.key < o.key
	}
	return h.run < o.run
}

// sink moves heap[i] down to where it belongs.
func sink[T any](heap []head[T], i int) {
	for {
		least := 2*i + 1
		if least >= len(heap) {
			return
		}
		if right := least + 1; right < len(heap) && heap[right].before(&heap[least]) {
			least = right
		}
		if !heap[least].before(&heap[i]) {
			return
		}
		heap[i], heap[least] = heap[least], heap[i]
		i = least
	}
}
